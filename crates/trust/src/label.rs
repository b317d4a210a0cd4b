//! Short texts that people gave to things, and a hub's address.

use std::fmt;

use minicbor::decode::{Decoder, Error as DecodeError};
use minicbor::encode::{Encoder, Error as EncodeError, Write};
use minicbor::{Decode, Encode};
use thiserror::Error;

/// The name of a programme, a hub, a tablet or an association: 1 to 120 bytes, no control character, no white space at
/// an end.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label(String);

/// Where a hub answers: `https://` and a host, with a port if it is not 443. At most 200 bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HubAddress(String);

/// Why a text cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LabelError {
    #[error("a name needs 1 to 120 bytes without control characters; this one has {0} bytes")]
    NotALabel(usize),
    #[error("`{0}` is not a hub's address: expected one such as https://192.168.1.10:7443")]
    NotAnAddress(String),
}

/// Whether `text` is short, clean text. Shared with people's names, which must not be printed when they are refused.
pub(crate) fn is_clean(text: &str) -> bool {
    !text.is_empty() && text.len() <= 120 && text.trim() == text && !text.chars().any(char::is_control)
}

impl Label {
    /// # Errors
    /// When `text` is empty, longer than 120 bytes, or has a control character or white space at an end.
    pub fn new(text: impl Into<String>) -> Result<Self, LabelError> {
        let text = text.into();
        if is_clean(&text) { Ok(Self(text)) } else { Err(LabelError::NotALabel(text.len())) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<C> Encode<C> for Label {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), EncodeError<W::Error>> {
        e.str(&self.0)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Label {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, DecodeError> {
        Self::new(d.str()?).map_err(DecodeError::custom)
    }
}

impl HubAddress {
    /// Reads an address as a person types it: white space around it, a missing `https://` and a closing slash are mended.
    ///
    /// # Errors
    /// When what is left is not a host with an optional port, or the scheme is another one: a hub is never spoken to
    /// in clear.
    pub fn new(text: &str) -> Result<Self, LabelError> {
        let refused = || LabelError::NotAnAddress(text.chars().take(80).collect());
        let trimmed = text.trim();
        let rest = match trimmed.split_once("://") {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => rest,
            Some(_) => return Err(refused()),
            None => trimmed,
        };
        let authority = rest.trim_end_matches('/');
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
            _ => (authority, None),
        };
        let host_fits = match host.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')) {
            Some(inner) => inner.parse::<std::net::Ipv6Addr>().is_ok(),
            None => !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte)),
        };
        let port_fits = port.is_none_or(|port| {
            port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port > 0)
        });
        if host_fits && port_fits && authority.len() <= 192 {
            Ok(Self(format!("https://{}", authority.to_ascii_lowercase())))
        } else {
            Err(refused())
        }
    }

    /// The address without a slash at its end, ready for a path such as `/v1/enrol`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for HubAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_as_people_type_it() {
        for (text, expected) in [
            ("https://hub.example.pe", "https://hub.example.pe"),
            (" HTTPS://192.168.1.10:7443/ ", "https://192.168.1.10:7443"),
            ("192.168.1.10:7443", "https://192.168.1.10:7443"),
            ("[::1]:7443", "https://[::1]:7443"),
            ("[::1]", "https://[::1]"),
        ] {
            assert_eq!(HubAddress::new(text).unwrap().as_str(), expected);
        }
        for text in ["", "http://hub", "https://", "hub:0", "hub:99999", "hub:+1", "a b", "hub/path", "hub?x", "u@hub"]
        {
            assert!(HubAddress::new(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_label_is_short_and_clean() {
        assert!(Label::new("Tableta 3 – Huanta").is_ok());
        for text in ["", " a", "a\n", &"x".repeat(121)] {
            assert!(Label::new(text).is_err());
        }
    }
}
