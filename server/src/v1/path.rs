//! What stands in a path.

use crate::problem::ApiError;
use axum::extract::{FromRequestParts, Path, RawPathParams};
use axum::http::request::Parts;
use domain::{ActivityId, MessageId, Problem, Seq};

/// How many characters a number or id of the store may have.
const MAX_NAME: usize = 200;

/// The `{id}` of an entry. What is no id names no entry.
pub struct EntryId(pub ActivityId);

impl<S: Send + Sync> FromRequestParts<S> for EntryId {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        let id = path.ok().and_then(|Path(text)| text.parse().ok());
        id.map(Self)
            .ok_or_else(|| Problem::not_found("activity").into())
    }
}

/// The text of a part of a path, by the part's name.
pub async fn part_of<S: Send + Sync>(parts: &mut Parts, state: &S, name: &str) -> Option<String> {
    let parameters = RawPathParams::from_request_parts(parts, state).await.ok()?;
    let (_, text) = parameters.iter().find(|(there, _)| *there == name)?;
    Some(text.to_owned())
}

/// The `{id}` of a message. What is no id names no message.
pub struct MessageKey(pub MessageId);

impl<S: Send + Sync> FromRequestParts<S> for MessageKey {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let id = part_of(parts, state, "id").await;
        let id = id.and_then(|text| text.parse().ok());
        id.map(Self)
            .ok_or_else(|| Problem::not_found("message").into())
    }
}

/// The `{seq}` of an entry of the ledger. What is no number names no entry.
pub struct LedgerNumber(pub Seq);

impl<S: Send + Sync> FromRequestParts<S> for LedgerNumber {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let seq = part_of(parts, state, "seq").await;
        let seq = seq.and_then(|text| text.parse().ok());
        seq.map(|seq| Self(Seq(seq)))
            .ok_or_else(|| Problem::not_found("entry").into())
    }
}

/// The store's own number or id of something: 1 to 200 characters, none of them a control character.
pub struct StoreKey(pub String);

impl<S: Send + Sync> FromRequestParts<S> for StoreKey {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Ok(parameters) = RawPathParams::from_request_parts(parts, state).await else {
            return Err(Problem::field("path", "format", "the path is not UTF-8").into());
        };
        let (name, text) = parameters.iter().next().unwrap_or(("path", ""));
        let key = text.trim();
        let (code, message) = match key.chars().count() {
            0 => ("required", "name it in the path"),
            1..=MAX_NAME if key.chars().any(char::is_control) => {
                ("format", "control characters can't be kept")
            }
            1..=MAX_NAME => return Ok(Self(key.to_owned())),
            _ => ("too_long", "at most 200 characters"),
        };
        Err(Problem::field(name, code, message).into())
    }
}
