//! The secret that callers without a signature bring: as a bearer token or as the password of HTTP's basic scheme.

use crate::authority::bearer;
use crate::problem::ApiError;
use crate::state::AppState;
use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::{Code, Problem};
use secrecy::ExposeSecret as _;
use subtle::ConstantTimeEq as _;

/// That the caller knows the secret.
///
/// # Errors
/// `not_found` when none is set: then nobody may call. `unauthenticated` when it is missing or wrong.
pub(super) fn check(state: &AppState, headers: &HeaderMap) -> Result<(), ApiError> {
    let Some(secret) = &state.config.mail_hook_secret else {
        let message = "this hook is off; set STORETRAIL_MAIL_HOOK_SECRET to open it";
        return Err(Problem::new(Code::NotFound, message).into());
    };
    let given = bearer(headers)
        .map(str::to_owned)
        .or_else(|| password(headers));
    let is_right = given
        .is_some_and(|given| bool::from(given.as_bytes().ct_eq(secret.expose_secret().as_bytes())));
    if is_right {
        return Ok(());
    }
    let message = "the secret is missing or wrong; send it as a bearer token, or as the password of basic authentication";
    Err(Problem::new(Code::Unauthenticated, message).into())
}

/// The password of `Authorization: Basic` (RFC 7617).
fn password(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, encoded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (_, password) = decoded.split_once(':')?;
    Some(password.to_owned())
}
