//! Extractors that name the authority a handler needs.

use crate::limits::KeyPaces;
use crate::problem::ApiError;
use crate::requests::{CallFrom, Who};
use crate::session::CurrentSession;
use crate::state::AppState;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use domain::{Code, Problem};
use storage::{KeyAccess, KeyGrant, Principal, Scope, Session};

/// Whoever calls the API: a program with a key, or, for reading only, a signed-in person.
///
/// A session opens `GET` and `HEAD` alone, so that no page of another origin can make a browser change
/// anything through the API; a call that brings a key is judged by the key, whatever its cookies say. A key that calls
/// faster than the settings allow is refused before anything is read of its call.
pub struct Caller(pub Scope);

impl FromRequestParts<AppState> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &AppState,
    ) -> Result<Self, Self::Rejection> {
        let caller = CallFrom::of(&parts.extensions);
        if parts.headers.contains_key(header::AUTHORIZATION) {
            let who = Who::of(&parts.extensions);
            let scope = key_scope(&parts.headers, state, &caller, &who).await?;
            keep_pace(state, &scope)?;
            return Ok(Self(scope));
        }
        let is_reading = matches!(parts.method, Method::GET | Method::HEAD);
        match CurrentSession::of(&parts.extensions) {
            Some(session) if is_reading => Ok(Self(Scope::of_session(session).at(caller))),
            _ => Err(no_key("this call needs a key: send `Authorization: Bearer st_...`").into()),
        }
    }
}

/// A signed-in person.
pub struct SignedIn(pub Session);

impl<S: Sync> FromRequestParts<S> for SignedIn {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        CurrentSession::of(&parts.extensions)
            .cloned()
            .map(Self)
            .ok_or_else(|| no_key("your session has ended; sign in again").into())
    }
}

/// The scope of the bearer key in the headers, which is noted as whose call it is, also where the key is refused.
///
/// # Errors
/// `unauthenticated` when there is no bearer key or it is unknown, over or revoked; `forbidden` from a network that it
/// isn't for; a fault of the database.
pub async fn key_scope(
    headers: &HeaderMap,
    state: &AppState,
    caller: &storage::Caller,
    who: &Who,
) -> Result<Scope, ApiError> {
    let secret = bearer(headers).ok_or_else(|| {
        no_key("the authorization header holds no key: send `Authorization: Bearer st_...`")
    })?;
    let over = || no_key("the key is unknown, was revoked or is over; make another under Settings");
    let scope_of = |grant: &KeyGrant| Scope::of_api_key(grant).at(caller.clone());
    let refusal = match state.storage.key_grant(secret, caller).await? {
        KeyAccess::Granted(grant) => {
            let scope = scope_of(&grant);
            who.found(&scope);
            return Ok(scope);
        }
        KeyAccess::Unknown => over(),
        KeyAccess::Ended(grant) => {
            who.refused(&scope_of(&grant));
            over()
        }
        KeyAccess::WrongNetwork(grant) => {
            who.refused(&scope_of(&grant));
            Problem::new(
                Code::Forbidden,
                "the key may not be used from this address; its networks are set under Settings",
            )
        }
    };
    Err(refusal.into())
}

/// That the scope's key doesn't call too fast.
fn keep_pace(state: &AppState, scope: &Scope) -> Result<(), ApiError> {
    match scope.principal() {
        Principal::Key { id, .. } if !state.paces.admits(*id) => Err(ApiError::Later(
            Problem::new(
                Code::RateLimited,
                "the key calls too fast: nothing of this call was read; send it again after `Retry-After` seconds, or \
                 send many entries in one call",
            ),
            KeyPaces::WAIT_SECONDS,
        )),
        _ => Ok(()),
    }
}

/// The secret of an `Authorization: Bearer` header (RFC 6750 2.1).
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, secret) = value.split_once(' ')?;
    let secret = secret.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !secret.is_empty()).then_some(secret)
}

fn no_key(message: &str) -> Problem {
    Problem::new(Code::Unauthenticated, message)
}
