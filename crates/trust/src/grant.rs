//! Grants and bindings: what the roster gives a person, and which key on which device speaks for that person.

use std::fmt;

use chaski_values::{DeviceId, PersonId, Timestamp};
use minicbor::decode::{Decoder, Error as DecodeError};
use minicbor::encode::{Encoder, Error as EncodeError, Write};
use minicbor::{Decode, Encode};

use crate::{Domain, Label, LabelError, Scope, Statement, Validity, VerifyingKey, cbor, label};

/// What a person does in the programme. **Frozen numbers.** A grant of a role this version does not know is refused whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Role {
    /// Surveys families, visits projects, carries receipts to the assembly.
    #[n(1)]
    Agent,
    /// Sits on an association's board and signs for its money.
    #[n(2)]
    Officer,
    /// Reviews records at the district office; settles conflicts and duplicates.
    #[n(3)]
    Supervisor,
    /// The regional or programme office: approves, watches, exports.
    #[n(4)]
    Office,
    /// Enrols devices and people; publishes forms and settings.
    #[n(5)]
    Administrator,
}

/// A person's names. Personal data: `Debug` does not show them, and an error never quotes them.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Names {
    given: String,
    paternal: String,
    maternal: Option<String>,
}

/// A term of office: from (inclusive) until (exclusive).
pub type Term = Validity;

/// A one-time code's public half: whoever can sign with it holds the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Invitation {
    #[n(0)]
    pub key: VerifyingKey,
    /// The hub accepts nobody by it from then on.
    #[cbor(n(1), with = "cbor::timestamp")]
    pub until: Timestamp,
}

/// What the roster gives one person. Signed by a roster key.
///
/// A person may have several: an agent who is also an officer, a second tablet (another invitation), a new term.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Grant {
    #[cbor(n(0), with = "cbor::person_id")]
    pub person: PersonId,
    #[n(1)]
    pub names: Names,
    #[n(2)]
    pub role: Role,
    #[n(3)]
    pub scope: Scope,
    #[n(4)]
    pub term: Term,
    #[cbor(n(5), with = "cbor::timestamp")]
    pub issued_at: Timestamp,
    /// None where the grant only renews what the person already has a key for.
    #[n(6)]
    pub invitation: Option<Invitation>,
    /// An officer's association.
    #[n(7)]
    pub association: Option<Label>,
}

/// The word of whoever held the one-time code: on this device, this key is mine. Signed by the invitation key.
///
/// It names no person: the code does not say whose it is. The grant with the same invitation key does.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Binding {
    #[n(0)]
    pub invitation: VerifyingKey,
    #[n(1)]
    pub device_key: VerifyingKey,
    #[n(2)]
    pub user_key: VerifyingKey,
    /// By the device's clock: a claim.
    #[cbor(n(3), with = "cbor::timestamp")]
    pub at: Timestamp,
}

impl Invitation {
    /// How long a one-time code is good for: a day.
    pub const LIFE_MILLIS: i64 = 24 * 60 * 60 * 1_000;
}

impl Binding {
    pub fn device(&self) -> DeviceId {
        self.device_key.device_id()
    }
}

impl Role {
    pub const ALL: [Self; 5] = [Self::Agent, Self::Officer, Self::Supervisor, Self::Office, Self::Administrator];

    /// The role's name in settings and messages.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Officer => "officer",
            Self::Supervisor => "supervisor",
            Self::Office => "office",
            Self::Administrator => "administrator",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.code() == code)
    }
}

impl Names {
    /// Given names, paternal surname, and the maternal surname of who has one.
    ///
    /// # Errors
    /// When one of them is empty, longer than 120 bytes, or has a control character or white space at an end.
    pub fn new(given: &str, paternal: &str, maternal: Option<&str>) -> Result<Self, LabelError> {
        for text in [Some(given), Some(paternal), maternal].into_iter().flatten() {
            if !label::is_clean(text) {
                return Err(LabelError::NotALabel(text.len()));
            }
        }
        Ok(Self { given: given.to_owned(), paternal: paternal.to_owned(), maternal: maternal.map(str::to_owned) })
    }

    pub fn given(&self) -> &str {
        &self.given
    }

    pub fn paternal(&self) -> &str {
        &self.paternal
    }

    pub fn maternal(&self) -> Option<&str> {
        self.maternal.as_deref()
    }

    /// `Nélida Mendoza Gutiérrez`.
    pub fn full(&self) -> String {
        let mut full = format!("{} {}", self.given, self.paternal);
        if let Some(maternal) = &self.maternal {
            full.push(' ');
            full.push_str(maternal);
        }
        full
    }

    /// `NM`: the first letters of the given name and the paternal surname.
    pub fn initials(&self) -> String {
        let first =
            |text: &str| text.chars().next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
        first(&self.given) + &first(&self.paternal)
    }
}

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Names(personal)")
    }
}

impl<C> Encode<C> for Names {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.array(3)?.str(&self.given)?.str(&self.paternal)?;
        match &self.maternal {
            Some(maternal) => e.str(maternal)?.ok(),
            None => e.null()?.ok(),
        }
    }
}

impl<'b, C> Decode<'b, C> for Names {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        if d.array()? != Some(3) {
            return Err(DecodeError::message("names are three"));
        }
        let (given, paternal) = (d.str()?, d.str()?);
        let maternal: Option<&str> = d.decode()?;
        Self::new(given, paternal, maternal).map_err(DecodeError::custom)
    }
}

impl Statement for Grant {
    const NAME: &'static str = "grant";
    const DOMAIN: Domain = Domain::Grant;
    const VERSION: u16 = 1;
}

impl Statement for Binding {
    const NAME: &'static str = "binding";
    const DOMAIN: Domain = Domain::Binding;
    const VERSION: u16 = 1;
    const MAX_BYTES: usize = 1024;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cbor;

    #[test]
    fn names_read_well_and_are_never_printed() {
        let nelida = Names::new("Nélida", "Mendoza", Some("Gutiérrez")).unwrap();
        assert_eq!(nelida.full(), "Nélida Mendoza Gutiérrez");
        assert_eq!(nelida.initials(), "NM");
        assert_eq!(Names::new("ñusta", "Ccori", None).unwrap().full(), "ñusta Ccori");
        assert_eq!(format!("{nelida:?}"), "Names(personal)");
        assert!(!Names::new("Nélida ", "Mendoza", None).unwrap_err().to_string().contains("lida"));
    }

    #[test]
    fn names_round_trip() {
        for maternal in [Some("Quispe"), None] {
            let names = Names::new("Ana", "Huamán", maternal).unwrap();
            assert_eq!(cbor::from_slice::<Names>("names", &cbor::to_vec(&names), 100).unwrap(), names);
        }
    }

    #[test]
    fn roles_have_codes() {
        for role in Role::ALL {
            assert_eq!(Role::from_code(role.code()), Some(role));
        }
        assert_eq!(Role::from_code("king"), None);
    }
}
