//! The keyring: who can unlock this tablet. It is kept beside the database, in clear but for the keys.

use std::collections::BTreeMap;
use std::fmt;

use chaski_values::PersonId;
use minicbor::{Decode, Encode};

use crate::{CborError, Confirmation, Label, PinGate, Role, WrappedKeys, cbor};

/// What the unlock screen shows before anything is unlocked, and each person's wrapped keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keyring {
    pub programme: Label,
    pub device_name: Label,
    people: BTreeMap<PersonId, KeyringPerson>,
    newcomer: Option<Newcomer>,
}

/// A person who enrolled, until somebody compared the digits on both screens. They cannot unlock anything before.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Newcomer {
    #[n(0)]
    pub person: KeyringPerson,
    #[n(1)]
    pub confirmation: Confirmation,
}

/// One person who can unlock the tablet. The shown name and initials are what the caller chose to show on a screen that
/// anybody can see; `Debug` does not print them.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub struct KeyringPerson {
    #[cbor(n(0), with = "cbor::person_id")]
    pub person: PersonId,
    #[n(1)]
    pub shown_name: Label,
    #[n(2)]
    pub initials: Label,
    #[n(3)]
    pub role: Role,
    #[n(4)]
    pub keys: WrappedKeys,
    /// As it stood when the keyring was written; [`crate::Gates`] has it since.
    #[n(5)]
    pub gate: PinGate,
}

/// How a keyring is written. **Frozen.** People stand in the order of their ids.
#[derive(Encode, Decode)]
struct File {
    #[n(0)]
    programme: Label,
    #[n(1)]
    device_name: Label,
    #[n(2)]
    people: Vec<KeyringPerson>,
    #[n(3)]
    newcomer: Option<Newcomer>,
}

const VERSION: u16 = 1;

impl Keyring {
    /// Some hundreds of people; a tablet has a handful.
    pub const MAX_BYTES: usize = 256 * 1024;

    pub fn new(programme: Label, device_name: Label) -> Self {
        Self { programme, device_name, people: BTreeMap::new(), newcomer: None }
    }

    /// In the order of their ids.
    pub fn people(&self) -> impl Iterator<Item = &KeyringPerson> {
        self.people.values()
    }

    pub fn person(&self, person: PersonId) -> Option<&KeyringPerson> {
        self.people.get(&person)
    }

    pub fn is_empty(&self) -> bool {
        self.people.is_empty()
    }

    /// Adds a person, or replaces what was kept of them: a new PIN, another role.
    pub fn put(&mut self, person: KeyringPerson) {
        self.people.insert(person.person, person);
    }

    /// Forgets a person. When the last one goes, nothing opens the database any more: that is how a tablet is wiped.
    pub fn remove(&mut self, person: PersonId) -> Option<KeyringPerson> {
        self.people.remove(&person)
    }

    /// Whoever enrolled last, while nobody confirmed it.
    pub fn newcomer(&self) -> Option<&Newcomer> {
        self.newcomer.as_ref()
    }

    /// Keeps somebody who enrolled apart from the people until they are confirmed.
    pub fn expect(&mut self, newcomer: Newcomer) {
        self.newcomer = Some(newcomer);
    }

    /// The digits were the same on both screens: the newcomer is one of the people, in the place of what was kept of them.
    pub fn confirm(&mut self) {
        if let Some(newcomer) = self.newcomer.take() {
            self.put(newcomer.person);
        }
    }

    /// The digits differed: the newcomer's keys are forgotten.
    pub fn turn_away(&mut self) {
        self.newcomer = None;
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        let file = File {
            programme: self.programme.clone(),
            device_name: self.device_name.clone(),
            people: self.people.values().cloned().collect(),
            newcomer: self.newcomer.clone(),
        };
        cbor::to_versioned(VERSION, &file)
    }

    /// # Errors
    /// When the bytes are malformed, over their limit, or of another version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CborError> {
        let file: File = cbor::from_versioned("keyring", bytes, VERSION, Self::MAX_BYTES)?;
        let people = file.people.into_iter().map(|person| (person.person, person)).collect();
        Ok(Self { programme: file.programme, device_name: file.device_name, people, newcomer: file.newcomer })
    }
}

impl fmt::Debug for KeyringPerson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { person, role, gate, .. } = self;
        f.debug_struct("KeyringPerson")
            .field("person", person)
            .field("role", role)
            .field("gate", gate)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{DatabaseKey, DeviceSecret, KdfParams, PersonKeys, Pin, SigningKey, WrapEntropy};

    fn keyring() -> Keyring {
        let mut keyring = Keyring::new(Label::new("Aliados").unwrap(), Label::new("Tableta 3").unwrap());
        let keys = PersonKeys { database: DatabaseKey::from_bytes([1; 32]), user: SigningKey::from_seed(&[2; 32]) };
        for id in [7, 3] {
            let person = PersonId::from_bytes([id; 16]);
            let entropy = WrapEntropy { salt: [id; 16], nonce: [id; 12] };
            let pin = Pin::chosen("482913").unwrap();
            let secret = DeviceSecret::from_bytes([6; 32]);
            keyring.put(KeyringPerson {
                person,
                shown_name: Label::new("Nélida M.").unwrap(),
                initials: Label::new("NM").unwrap(),
                role: Role::Agent,
                keys: WrappedKeys::wrap(&keys, person, &pin, &secret, KdfParams::FLOOR, entropy).unwrap(),
                gate: PinGate::new(),
            });
        }
        keyring
    }

    #[test]
    fn a_keyring_round_trips_and_keeps_a_newcomer_apart() {
        let mut keyring = keyring();
        let id = PersonId::from_bytes([3; 16]);
        let before = keyring.to_bytes();
        let mut person = keyring.person(id).unwrap().clone();
        person.role = Role::Supervisor;
        let confirmation = minicbor::decode(&[0x19, 0x01, 0xc8]).unwrap();
        keyring.expect(Newcomer { person, confirmation });
        let mut read = Keyring::from_bytes(&keyring.to_bytes()).unwrap();
        assert_eq!(read, keyring);
        assert_eq!(read.newcomer().unwrap().confirmation.to_string(), "000 456");
        assert_eq!(read.person(id).unwrap().role, Role::Agent, "as they were until they are confirmed");
        keyring.turn_away();
        assert_eq!(keyring.to_bytes(), before, "without a newcomer it is written as ever");
        read.confirm();
        assert_eq!((read.newcomer(), read.person(id).unwrap().role), (None, Role::Supervisor));
        assert_eq!(read.people().map(|person| person.person.as_bytes()[0]).collect::<Vec<_>>(), [3, 7]);
        assert!(!format!("{read:?}").contains("lida"));
        assert!(!format!("{read:?}").contains("NM"));
    }

    #[test]
    fn a_wiped_tablet_has_nobody() {
        let mut keyring = keyring();
        keyring.remove(PersonId::from_bytes([3; 16]));
        keyring.remove(PersonId::from_bytes([7; 16]));
        assert!(Keyring::from_bytes(&keyring.to_bytes()).unwrap().is_empty());
    }

    #[test]
    fn another_version_is_named() {
        let mut bytes = keyring().to_bytes();
        bytes[1] = 2;
        assert_eq!(Keyring::from_bytes(&bytes), Err(CborError::Version { what: "keyring", found: 2, known: 1 }));
    }

    proptest! {
        #[test]
        fn reading_survives_anything(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = Keyring::from_bytes(&bytes);
        }
    }
}
