//! `Idempotency-Key`: a call that is sent again is answered again and recorded once.
//!
//! Follows draft-ietf-httpapi-idempotency-key-header-07, but takes the key as it stands, quotes or not.
//!
//! A call that is one transaction of the recorder hands it the key ([`IdempotencyKey::of`]); every other POST is done by
//! [`IdempotencyKey::once`].

use super::body::Sent;
use crate::problem::{ApiError, Fault};
use crate::state::AppState;
use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use domain::{Code, Problem};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use storage::record::{Idempotency, Receipt};
use storage::{CallAnswer, Reserved, Scope};
use tracing::Instrument as _;

/// The header of a request.
pub const HEADER: HeaderName = HeaderName::from_static("idempotency-key");
/// The header of an answer that was stored earlier: `true`.
pub const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// How many characters a key may have.
const MAX_KEY: usize = 255;
/// After how many seconds a call that is still being done is sent again.
const AGAIN_SECONDS: u32 = 1;
/// What is said of a call that was begun under the key and has no answer.
const UNANSWERED: &str = "a call under this idempotency key was begun and has no stored answer: nothing was done now; try again in a \
    moment. If it stays so, the call broke off or its answer was erased: see how things stand, and use a new key for the rest";

/// The request's idempotency key, if it has one, with method and path, for which it is good.
pub struct IdempotencyKey {
    key: Option<String>,
    method: Method,
    /// With the query, if there is one.
    path: String,
    is_in_steps: bool,
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
        let mut path = parts.uri.path().to_owned();
        if let Some(query) = parts.uri.query().filter(|query| !query.is_empty()) {
            path.push('?');
            path.push_str(query);
        }
        Ok(Self {
            key,
            method: parts.method.clone(),
            path,
            is_in_steps: false,
        })
    }
}

fn is_key(bytes: &[u8]) -> bool {
    (1..=MAX_KEY).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_graphic)
}

impl IdempotencyKey {
    /// What the recorder needs to recognise the call. None when the call has no key.
    pub fn of(self, sent: &Sent, answer: fn(&[Receipt]) -> Vec<u8>) -> Option<Idempotency> {
        let key = self.key.clone()?;
        Some(Idempotency {
            key,
            request_digest: self.digest(Some(sent)),
            answer,
        })
    }

    /// The key of a call that does many things one by one: after a fault of ours some are done, so the key stays used and
    /// sending the call again does no more of them.
    #[must_use]
    pub fn in_steps(self) -> Self {
        Self {
            is_in_steps: true,
            ..self
        }
    }

    /// Does a call once: under a key that it takes before, with an answer that is kept after. Sent again, also at the same
    /// moment or after a restart, it gets the kept answer, or `conflict` as long as there is none. A call that was refused
    /// did nothing, and its key is free again. Without a key it is simply done.
    ///
    /// # Errors
    /// As `act`; `idempotency_conflict` when the key was used for another call, `conflict` while it has no answer.
    pub async fn once<F>(
        self,
        state: AppState,
        scope: Scope,
        sent: Option<&Sent>,
        act: impl FnOnce(AppState, Scope) -> F,
    ) -> Result<Response, ApiError>
    where
        F: Future<Output = Result<CallAnswer, ApiError>> + Send + 'static,
    {
        let Some(key) = self.key.clone() else {
            return Ok(given(act(state, scope).await?, false));
        };
        let request_digest = self.digest(sent);
        let storage = state.storage.clone();
        match storage.reserve_key(&scope, &key, request_digest).await? {
            Reserved::New => {}
            Reserved::Answered(answer) => return Ok(given(answer, true)),
            Reserved::Unanswered => {
                let problem = Problem::new(Code::Conflict, UNANSWERED);
                return Err(ApiError::Later(problem, AGAIN_SECONDS));
            }
        }
        let (by, is_in_steps) = (scope.clone(), self.is_in_steps);
        let acting = act(state, scope);
        let done = async move {
            let done = acting.await;
            match &done {
                Ok(answer) => storage.keep_answer(&by, &key, answer).await?,
                Err(ApiError::Fault(_)) if is_in_steps => {}
                Err(_) => storage.release_key(&by, &key).await?,
            }
            done
        };
        // On a task of its own: it goes on, and its answer is kept, when whoever called hangs up.
        let done = tokio::spawn(done.instrument(tracing::Span::current()));
        match done.await {
            Ok(done) => Ok(given(done?, false)),
            Err(error) => Err(ApiError::Fault(Fault::Defect(
                format!("a call under a key: {error}").into(),
            ))),
        }
    }

    fn digest(&self, sent: Option<&Sent>) -> [u8; 32] {
        let (media_type, bytes) = match sent {
            Some(sent) => (sent.media_type.as_str(), &sent.bytes[..]),
            None => ("", &b""[..]),
        };
        request_digest(self.method.as_str(), &self.path, media_type, bytes)
    }
}

/// What tells a call from another one under the same key. `path`: below `/api/v1`.
pub fn request_digest(method: &str, path: &str, media_type: &str, bytes: &[u8]) -> [u8; 32] {
    // Lengths of the parts are fixed by the line feeds, which none of the first three can hold.
    let digest = Sha256::new()
        .chain_update(method)
        .chain_update("\n")
        .chain_update(path)
        .chain_update("\n")
        .chain_update(media_type)
        .chain_update("\n")
        .chain_update(bytes)
        .finalize();
    digest.into()
}

/// The answer of a call that was done: 200 with how it stands now.
///
/// # Errors
/// A fault when it can't be JSON, which can't be.
pub fn done(body: &impl Serialize) -> Result<CallAnswer, ApiError> {
    answered(StatusCode::OK, None, body)
}

/// The answer of a call that recorded or made something: 201, and where that is.
///
/// # Errors
/// As [`done`].
pub fn made(location: Option<String>, body: &impl Serialize) -> Result<CallAnswer, ApiError> {
    answered(StatusCode::CREATED, location, body)
}

fn answered(
    status: StatusCode,
    location: Option<String>,
    body: &impl Serialize,
) -> Result<CallAnswer, ApiError> {
    let body = serde_json::to_vec(body)
        .map_err(|error| ApiError::Fault(Fault::Defect(format!("an answer: {error}").into())))?;
    Ok(CallAnswer {
        status: status.as_u16(),
        location,
        body,
    })
}

fn given(answer: CallAnswer, is_replayed: bool) -> Response {
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let headers = response.headers_mut();
    let json = HeaderValue::from_static("application/json");
    headers.insert(header::CONTENT_TYPE, json);
    let place = answer.location.map(HeaderValue::try_from);
    if let Some(Ok(place)) = place {
        headers.insert(header::LOCATION, place);
    }
    if is_replayed {
        headers.insert(REPLAYED, HeaderValue::from_static("true"));
    }
    response
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
