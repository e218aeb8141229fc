//! Tokens that stand in links and addresses: unguessable, because a server key signs them, and nothing to keep.
//!
//! A token is the hexadecimal of what it names and of an HMAC-SHA256 over its purpose and that. So a token of one
//! purpose opens nothing of another.

use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretSlice};
use sha2::Sha256;
use std::sync::Arc;
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

/// What a token is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The address that answers to a message go to: `reply+token@domain`.
    Reply,
    /// The picture that tells of an opening.
    Open,
    /// A link of a mail.
    Click,
    /// The end of campaigns.
    Unsubscribe,
    /// A picture inside a mail, for the frame that shows it.
    Inline,
}

impl Purpose {
    const fn label(self) -> &'static [u8] {
        match self {
            Self::Reply => b"storetrail/reply/v1",
            Self::Open => b"storetrail/open/v1",
            Self::Click => b"storetrail/click/v1",
            Self::Unsubscribe => b"storetrail/unsubscribe/v1",
            Self::Inline => b"storetrail/inline/v1",
        }
    }
}

/// How many bytes of the HMAC stand in a token: 2^96 guesses, and short enough for an address' local part.
const MAC_BYTES: usize = 12;

/// What a token names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Named {
    /// The message.
    pub message: Uuid,
    /// Which link or picture of it, from 0.
    pub part: u16,
    /// Until when it is good, in hours since 1970; 0 for always.
    pub until_hour: u32,
}

impl Named {
    /// A message as a whole, for always.
    pub const fn message(message: Uuid) -> Self {
        Self {
            message,
            part: 0,
            until_hour: 0,
        }
    }

    fn bytes(self) -> Vec<u8> {
        let mut bytes = self.message.as_bytes().to_vec();
        if self.part != 0 || self.until_hour != 0 {
            bytes.extend(self.part.to_be_bytes());
            bytes.extend(self.until_hour.to_be_bytes());
        }
        bytes
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (message, rest) = bytes.split_first_chunk::<16>()?;
        let (part, until_hour) = match rest {
            [] => (0, 0),
            [a, b, c, d, e, f] => (
                u16::from_be_bytes([*a, *b]),
                u32::from_be_bytes([*c, *d, *e, *f]),
            ),
            _ => return None,
        };
        Some(Self {
            message: Uuid::from_bytes(*message),
            part,
            until_hour,
        })
    }
}

/// Makes and reads tokens. Cheap to clone.
#[derive(Clone)]
pub struct Tokens(Arc<SecretSlice<u8>>);

impl Tokens {
    /// Tokens signed with this key.
    pub fn new(key: &[u8]) -> Self {
        Self(Arc::new(SecretSlice::from(key.to_vec())))
    }

    /// A token.
    pub fn make(&self, purpose: Purpose, named: Named) -> String {
        let bytes = named.bytes();
        let mac = self.mac(purpose, &bytes);
        bytes
            .iter()
            .chain(&mac)
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    /// What a token names. None when it isn't one of ours, or not of this purpose. Upper case is read too: mail
    /// servers may change an address' case.
    pub fn read(&self, purpose: Purpose, token: &str) -> Option<Named> {
        let bytes = unhex(token)?;
        let at = bytes.len().checked_sub(MAC_BYTES)?;
        let (named, mac) = bytes.split_at(at);
        let is_ours = bool::from(self.mac(purpose, named).as_slice().ct_eq(mac));
        is_ours.then(|| Named::read(named)).flatten()
    }

    fn mac(&self, purpose: Purpose, bytes: &[u8]) -> Vec<u8> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.expose_secret())
            .expect("HMAC takes a key of any length");
        mac.update(purpose.label());
        mac.update(&[0]);
        mac.update(bytes);
        mac.finalize().into_bytes()[..MAC_BYTES].to_vec()
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let is_hex = text.len().is_multiple_of(2)
        && text.len() <= 128
        && text.bytes().all(|b| b.is_ascii_hexdigit());
    if !is_hex {
        return None;
    }
    let pairs = text.as_bytes().chunks_exact(2);
    pairs
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_names_what_it_was_made_for_and_nothing_else() {
        let tokens = Tokens::new(b"key");
        let whole = Named::message(Uuid::from_u128(7));
        let part = Named {
            part: 3,
            until_hour: 500_000,
            ..whole
        };
        for named in [whole, part] {
            let token = tokens.make(Purpose::Click, named);
            assert_eq!(tokens.read(Purpose::Click, &token), Some(named));
            assert_eq!(
                tokens.read(Purpose::Click, &token.to_uppercase()),
                Some(named)
            );
            assert_eq!(tokens.read(Purpose::Open, &token), None);
            assert_eq!(Tokens::new(b"other").read(Purpose::Click, &token), None);
            for at in 0..token.len() {
                let mut other = token.clone().into_bytes();
                other[at] = if other[at] == b'0' { b'1' } else { b'0' };
                let other = String::from_utf8(other).unwrap();
                assert_eq!(tokens.read(Purpose::Click, &other), None);
            }
        }
        for token in ["", "0", "zz", "é", &"0".repeat(200)] {
            assert_eq!(tokens.read(Purpose::Open, token), None);
        }
    }

    #[test]
    fn a_reply_address_fits_into_a_local_part() {
        let token = Tokens::new(b"key").make(Purpose::Reply, Named::message(Uuid::max()));
        assert!(format!("reply+{token}").len() <= 64);
    }
}
