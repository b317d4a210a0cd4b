//! The one-time code that lets a person in: shown as a QR, or typed by hand.

use std::fmt;

use chaski_values::Hash32;
use hkdf::Hkdf;
use sha2::Sha256;
use thiserror::Error;
use zeroize::{Zeroize, Zeroizing};

use crate::{Fingerprint, HubAddress, SigningKey};

/// A 128-bit secret and the fingerprint of the programme it is for.
///
/// Written `CHSK-` and twelve groups of four symbols of Crockford's base 32. **Frozen:** a version byte (1), 16 bytes of
/// secret, 10 of fingerprint, and the first 3 of their hash, which tell a slip of the finger from a code that was used up.
/// Whoever has the secret can derive the invitation key, so the ticket is as good as a key until it is used: `Debug` does
/// not show it. The hub never has it; it knows the public half from the grant.
#[derive(Clone, PartialEq, Eq)]
pub struct Ticket {
    secret: Zeroizing<[u8; 16]>,
    fingerprint: Fingerprint,
}

/// Why a text is not a ticket. It never quotes the text.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TicketError {
    #[error("a code has 48 symbols after CHSK; this one has {0}")]
    Length(usize),
    #[error("group {group} of the code has a symbol that no code has")]
    Symbol { group: usize },
    #[error("the code has a slip: its check does not fit")]
    Checksum,
    #[error("the code is of version {0}, which this app does not know")]
    Version(u8),
    #[error("the text is not an invitation of the form chaski:enrol?code=…&hub=…")]
    NotAnInvitation,
}

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const VERSION: u8 = 1;
const BYTES: usize = 30;
const SYMBOLS: usize = 48;
const PREFIX: &str = "CHSK";

impl Ticket {
    /// A ticket of 16 bytes that the caller drew from the system's random source.
    pub fn new(secret: [u8; 16], fingerprint: Fingerprint) -> Self {
        Self { secret: Zeroizing::new(secret), fingerprint }
    }

    /// The programme whose root the tablet must be shown.
    pub fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// The key that only the holder of this ticket has; its public half is in the grant. **Frozen.**
    pub fn invitation_key(&self) -> SigningKey {
        let mut seed = Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::new(Some(b"chaski 2026 invitation key v1"), &*self.secret)
            .expand(self.fingerprint.as_bytes(), &mut *seed)
            .expect("32 bytes are within what HKDF gives");
        SigningKey::from_seed(&seed)
    }

    /// `CHSK-XXXX-…`, to be shown to the person and nobody else.
    pub fn to_code(&self) -> String {
        let mut code = String::from(PREFIX);
        let mut pending = 0_u32;
        let mut bits = 0;
        let mut written = 0;
        for byte in self.bytes().iter() {
            pending = pending << 8 | u32::from(*byte);
            bits += 8;
            while bits >= 5 {
                bits -= 5;
                if written % 4 == 0 {
                    code.push('-');
                }
                written += 1;
                code.push(char::from(ALPHABET[(pending >> bits & 31) as usize]));
            }
            pending &= (1 << bits) - 1;
        }
        code
    }

    /// Reads a code as people type it: any case, with or without `CHSK`, spaces or hyphens; O is 0, I and L are 1.
    ///
    /// # Errors
    /// When it has a symbol too many, too few or of no code, or its check does not fit.
    pub fn from_code(text: &str) -> Result<Self, TicketError> {
        let mut symbols: Vec<char> = Vec::with_capacity(SYMBOLS + PREFIX.len());
        for symbol in text.chars().filter(|symbol| !symbol.is_whitespace() && !"-–—_.".contains(*symbol)) {
            if symbols.len() > SYMBOLS + PREFIX.len() {
                break;
            }
            symbols.push(symbol.to_ascii_uppercase());
        }
        if symbols.iter().take(PREFIX.len()).copied().eq(PREFIX.chars()) {
            symbols.drain(..PREFIX.len());
        }
        if symbols.len() != SYMBOLS {
            return Err(TicketError::Length(symbols.len()));
        }
        let mut bytes = Zeroizing::new([0; BYTES]);
        let mut pending = 0_u32;
        let mut bits = 0;
        let mut filled = bytes.iter_mut();
        for (index, symbol) in symbols.iter().enumerate() {
            let value = value_of(*symbol).ok_or(TicketError::Symbol { group: index / 4 + 1 })?;
            pending = pending << 5 | value;
            bits += 5;
            if bits >= 8 {
                bits -= 8;
                if let Some(byte) = filled.next() {
                    *byte = (pending >> bits & 0xff) as u8;
                }
                pending &= (1 << bits) - 1;
            }
        }
        symbols.fill('\0');
        Self::from_bytes(&bytes)
    }

    /// `chaski:enrol?code=…&hub=…`: what the QR holds, and what opens the app when a phone reads it.
    pub fn to_url(&self, hub: &HubAddress) -> String {
        let mut url = format!("chaski:enrol?code={}&hub=", self.to_code());
        for byte in hub.as_str().bytes() {
            if byte.is_ascii_alphanumeric() || b"-._".contains(&byte) {
                url.push(char::from(byte));
            } else {
                url.push_str(&format!("%{byte:02X}"));
            }
        }
        url
    }

    /// Reads what the QR holds. Parameters that this version does not know are read past.
    ///
    /// # Errors
    /// When the text is not such an invitation, or its code is not a ticket.
    pub fn from_url(url: &str) -> Result<(Self, HubAddress), TicketError> {
        let refused = TicketError::NotAnInvitation;
        if url.len() > 2_000 {
            return Err(refused);
        }
        let (scheme, rest) = url.trim().split_once(':').ok_or(TicketError::NotAnInvitation)?;
        let (path, query) = rest.trim_start_matches('/').split_once('?').ok_or(TicketError::NotAnInvitation)?;
        if !scheme.eq_ignore_ascii_case("chaski") || path.trim_end_matches('/') != "enrol" {
            return Err(refused);
        }
        let value = |name: &str| query.split('&').filter_map(|pair| pair.split_once('=')).find(|pair| pair.0 == name);
        let (Some((_, code)), Some((_, hub))) = (value("code"), value("hub")) else { return Err(refused) };
        let hub = percent_decoded(hub).ok_or(TicketError::NotAnInvitation)?;
        Ok((Self::from_code(code)?, HubAddress::new(&hub).map_err(|_| refused)?))
    }

    fn bytes(&self) -> Zeroizing<[u8; BYTES]> {
        let mut bytes = Zeroizing::new([0; BYTES]);
        bytes[0] = VERSION;
        bytes[1..17].copy_from_slice(&*self.secret);
        bytes[17..27].copy_from_slice(self.fingerprint.as_bytes());
        let check = check_of(&bytes[..27]);
        bytes[27..].copy_from_slice(&check);
        bytes
    }

    fn from_bytes(bytes: &[u8; BYTES]) -> Result<Self, TicketError> {
        if check_of(&bytes[..27]) != bytes[27..] {
            return Err(TicketError::Checksum);
        }
        if bytes[0] != VERSION {
            return Err(TicketError::Version(bytes[0]));
        }
        let mut secret = [0; 16];
        secret.copy_from_slice(&bytes[1..17]);
        let mut fingerprint = [0; 10];
        fingerprint.copy_from_slice(&bytes[17..27]);
        let ticket = Self::new(secret, Fingerprint::from_bytes(fingerprint));
        secret.zeroize();
        Ok(ticket)
    }
}

fn check_of(bytes: &[u8]) -> [u8; 3] {
    let hash = Hash32::of("chaski 2026 ticket check v1", &[bytes]);
    let [a, b, c, ..] = *hash.as_bytes();
    [a, b, c]
}

fn value_of(symbol: char) -> Option<u32> {
    let symbol = match symbol {
        'O' => b'0',
        'I' | 'L' => b'1',
        symbol => u8::try_from(symbol).ok()?,
    };
    ALPHABET.iter().position(|known| *known == symbol).and_then(|value| u32::try_from(value).ok())
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
                u8::try_from(digit(rest.next())? << 4 | digit(rest.next())?).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ticket(secret, for {})", self.fingerprint)
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use proptest::prelude::*;

    use super::*;

    fn ticket() -> Ticket {
        Ticket::new([0xa5; 16], Fingerprint::from_bytes([0x3c; 10]))
    }

    #[test]
    fn the_code_is_frozen() {
        expect!["CHSK-06JT-B9D5-MPJT-B9D5-MPJT-B9D5-MPJK-RF1W-7GY3-RF1W-7GY9-VYDQ"].assert_eq(&ticket().to_code());
        expect!["chaski:enrol?code=CHSK-06JT-B9D5-MPJT-B9D5-MPJT-B9D5-MPJK-RF1W-7GY3-RF1W-7GY9-VYDQ&hub=https%3A%2F%2F192.168.1.10%3A7443"].assert_eq(&ticket().to_url(&HubAddress::new("192.168.1.10:7443").unwrap()));
        expect!["f63581ce05ea3d45af865464574678e9afe34984c58a24b3deeccfa828d1c97a"]
            .assert_eq(&hex(ticket().invitation_key().verifying_key().as_bytes()));
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn a_code_is_read_as_people_type_it() {
        let code = ticket().to_code();
        let bare = code.trim_start_matches("CHSK-").replace('-', "");
        for text in [
            code.clone(),
            code.to_lowercase(),
            code.replace('-', " "),
            bare.clone(),
            format!("  {bare}\n"),
            code.replace('0', "O").replace('1', "l"),
            code.replace('0', "o").replace('1', "I"),
        ] {
            assert_eq!(Ticket::from_code(&text), Ok(ticket()), "{text}");
        }
    }

    #[test]
    fn a_slip_is_told_apart() {
        let code = ticket().to_code();
        assert_eq!(Ticket::from_code(""), Err(TicketError::Length(0)));
        assert_eq!(Ticket::from_code(&code[..code.len() - 1]), Err(TicketError::Length(47)));
        assert_eq!(Ticket::from_code(&"é".repeat(9_000)), Err(TicketError::Length(53)));
        let slip = code.replacen(code.chars().nth(11).unwrap(), "U", 1);
        assert!(matches!(Ticket::from_code(&slip), Err(TicketError::Symbol { .. })));
        let symbols: Vec<char> = code.chars().collect();
        for index in 5..symbols.len() {
            if symbols[index] == '-' {
                continue;
            }
            let mut changed = symbols.clone();
            changed[index] = if changed[index] == '7' { '8' } else { '7' };
            let refused = Ticket::from_code(&changed.iter().collect::<String>());
            assert_eq!(refused, Err(TicketError::Checksum), "symbol {index}");
        }
    }

    #[test]
    fn an_invitation_carries_the_hub() {
        let hub = HubAddress::new("https://[::1]:7443").unwrap();
        let url = ticket().to_url(&hub);
        assert_eq!(Ticket::from_url(&url), Ok((ticket(), hub.clone())));
        assert_eq!(Ticket::from_url(&format!(" {url}&later=1")), Ok((ticket(), hub.clone())));
        assert_eq!(Ticket::from_url(&url.replace("chaski:", "CHASKI://")), Ok((ticket(), hub)));
        for text in [
            "",
            "chaski:",
            "chaski:enrol",
            "chaski:enrol?code=1",
            "https:enrol?code=1&hub=x",
            "chaski:enrol?code=1&hub=%",
        ] {
            assert!(Ticket::from_url(text).is_err(), "{text}");
        }
    }

    #[test]
    fn debug_shows_no_secret() {
        assert_eq!(format!("{:?}", ticket()), "Ticket(secret, for 3c3c 3c3c 3c3c 3c3c 3c3c)");
    }

    proptest! {
        #[test]
        fn every_ticket_round_trips(secret: [u8; 16], fingerprint: [u8; 10]) {
            let ticket = Ticket::new(secret, Fingerprint::from_bytes(fingerprint));
            prop_assert_eq!(Ticket::from_code(&ticket.to_code()), Ok(ticket));
        }

        #[test]
        fn reading_survives_anything(text in ".{0,80}") {
            let _ = Ticket::from_code(&text);
            let _ = Ticket::from_url(&text);
            let _ = Ticket::from_url(&format!("chaski:enrol?code={text}&hub={text}"));
        }
    }
}
