//! `Idempotency-Key`: a call that is sent again is answered again and recorded once.
//!
//! Follows draft-ietf-httpapi-idempotency-key-header-07, but takes the key as it stands, quotes or not.

use super::body::Sent;
use crate::problem::ApiError;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderName, Method};
use domain::Problem;
use sha2::{Digest as _, Sha256};
use storage::record::{Idempotency, Receipt};

/// The header of a request.
pub const HEADER: HeaderName = HeaderName::from_static("idempotency-key");
/// The header of an answer that was stored earlier: `true`.
pub const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// How many characters a key may have.
const MAX_KEY: usize = 255;

/// The request's idempotency key, if it has one, with method and path, for which it is good.
pub struct IdempotencyKey {
    key: Option<String>,
    method: Method,
    path: String,
}

impl<S: Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let mut values = parts.headers.get_all(HEADER).iter();
        let key = match (values.next(), values.next()) {
            (None, _) => None,
            (Some(value), None) if is_key(value.as_bytes()) => {
                value.to_str().ok().map(str::to_owned)
            }
            (Some(_), None) => {
                let message = "1 to 255 visible ASCII characters, such as a UUID";
                return Err(Problem::field("Idempotency-Key", "format", message).into());
            }
            (Some(_), Some(_)) => {
                let message = "the header is there twice; send one key";
                return Err(Problem::field("Idempotency-Key", "contradiction", message).into());
            }
        };
        Ok(Self {
            key,
            method: parts.method.clone(),
            path: parts.uri.path().to_owned(),
        })
    }
}

fn is_key(bytes: &[u8]) -> bool {
    (1..=MAX_KEY).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_graphic)
}

impl IdempotencyKey {
    /// What the recorder needs to recognise the call. None when the call has no key.
    pub fn of(self, sent: &Sent, answer: fn(&[Receipt]) -> Vec<u8>) -> Option<Idempotency> {
        let key = self.key?;
        // Lengths of the parts are fixed by the line feeds, which none of the first three can hold.
        let digest = Sha256::new()
            .chain_update(self.method.as_str())
            .chain_update("\n")
            .chain_update(&self.path)
            .chain_update("\n")
            .chain_update(sent.media_type.as_str())
            .chain_update("\n")
            .chain_update(&sent.bytes)
            .finalize();
        Some(Idempotency {
            key,
            request_digest: digest.into(),
            answer,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_visible_ascii_of_bounded_length() {
        for key in [
            "a",
            "\"8e03978e-40d5-43e8-bc93-6894a57f9324\"",
            "~!",
            &"x".repeat(255),
        ] {
            assert!(is_key(key.as_bytes()), "{key}");
        }
        for key in ["", "a b", "é", "\t", &"x".repeat(256)] {
            assert!(!is_key(key.as_bytes()), "{key}");
        }
    }
}
