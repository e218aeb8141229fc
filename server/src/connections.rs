//! Making connections of shops: their secrets, sealed, and the signatures that these prove.

use crate::problem::ApiError;
use crate::state::AppState;
use app::context::WantedConnection;
use axum::http::HeaderMap;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::hook::Platform;
use domain::view::{ConnectionView, MadeConnection};
use domain::{Code, ConnectionId, Problem};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use storage::{Error, Scope, SealedConnection};

/// What the secret is sealed for.
const PURPOSE: &str = "shop-connection";
/// How far a call's time may lie from this server's, in seconds (Standard Webhooks).
const TOLERANCE: i64 = 5 * 60;
/// What a call of Standard Webhooks is signed with beside its body.
const ID: &str = "webhook-id";
const TIMESTAMP: &str = "webhook-timestamp";

/// A connection's secret, and whether it was made here.
struct Secret {
    text: String,
    is_made: bool,
}

/// Makes a connection, or gives the one of this name another secret.
///
/// # Errors
/// `forbidden` by role, a wrong or missing secret or name, `conflict` for a name that is taken, a fault.
pub async fn make(
    state: &AppState,
    scope: &Scope,
    wanted: WantedConnection,
) -> Result<MadeConnection, Error> {
    let secret = secret_of(state, &wanted)?;
    let seal = |id: ConnectionId| sealed(state, id, &secret);
    let (platform, name) = (wanted.platform, wanted.name.as_str());
    let connection = state
        .storage
        .save_connection(scope, platform, name, &seal)
        .await?;
    Ok(made(state, connection, Some(secret)))
}

/// Makes a connection, unless there is one of this name: then that one as it stands, whose secret is not told again.
///
/// # Errors
/// As [`make`].
pub async fn open(
    state: &AppState,
    scope: &Scope,
    wanted: WantedConnection,
) -> Result<MadeConnection, Error> {
    let secret = secret_of(state, &wanted)?;
    let seal = |id: ConnectionId| sealed(state, id, &secret);
    let (platform, name) = (wanted.platform, wanted.name.as_str());
    let (connection, is_new) = state
        .storage
        .open_connection(scope, platform, name, &seal)
        .await?;
    Ok(made(state, connection, Some(secret).filter(|_| is_new)))
}

/// The secret that is brought, or a new one.
fn secret_of(state: &AppState, wanted: &WantedConnection) -> Result<Secret, Problem> {
    let given = wanted
        .secret
        .as_deref()
        .map(str::trim)
        .filter(|secret| !secret.is_empty());
    if let Some(secret) = given {
        check_secret(wanted.platform, secret)?;
        return Ok(Secret {
            text: secret.to_owned(),
            is_made: false,
        });
    }
    if wanted.platform.brings_secret() {
        let message = "paste the secret that the shop signs with";
        return Err(Problem::field("secret", "required", message));
    }
    Ok(Secret {
        text: new_secret(state, wanted.platform),
        is_made: true,
    })
}

fn sealed(state: &AppState, id: ConnectionId, secret: &Secret) -> Vec<u8> {
    let owner = id.to_string();
    state.vault.seal(PURPOSE, &owner, secret.text.as_bytes())
}

/// A secret that was made here is told with its connection.
fn made(state: &AppState, connection: ConnectionView, secret: Option<Secret>) -> MadeConnection {
    let secret = secret.filter(|secret| secret.is_made);
    MadeConnection {
        url: format!("{}{}", state.public_url, connection.path()),
        connection,
        secret: secret.map(|secret| secret.text),
    }
}

/// As [`make`], with faults logged here, since a page's problem has no place for them.
///
/// # Errors
/// As [`make`].
pub async fn make_for_page(
    state: &AppState,
    scope: &Scope,
    wanted: WantedConnection,
) -> Result<MadeConnection, Problem> {
    make(state, scope, wanted)
        .await
        .map_err(|error| match ApiError::from(error) {
            ApiError::Problem(problem) | ApiError::Later(problem, _) => problem,
            ApiError::Fault(fault) => {
                tracing::error!(%fault, "a connection can't be made");
                fault.to_problem("this call's id")
            }
        })
}

fn check_secret(platform: Platform, secret: &str) -> Result<(), Problem> {
    let is_sound = match platform {
        Platform::Standard => key_of(secret).is_some(),
        Platform::Shopify | Platform::Woocommerce => {
            (8..=200).contains(&secret.len()) && secret.bytes().all(|b| b.is_ascii_graphic())
        }
    };
    if is_sound {
        return Ok(());
    }
    let message = match platform {
        Platform::Standard => "whsec_ and 24 to 64 bytes in base64 are expected",
        _ => "8 to 200 letters, digits and signs without a space are expected",
    };
    Err(Problem::field("secret", "format", message))
}

fn new_secret(state: &AppState, platform: Platform) -> String {
    let bytes = state.storage.ambient().entropy.bytes::<32>();
    match platform {
        Platform::Standard => format!("whsec_{}", STANDARD.encode(bytes)),
        _ => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
    }
}

/// The key of `whsec_...`.
fn key_of(secret: &str) -> Option<Vec<u8>> {
    let key = STANDARD.decode(secret.strip_prefix("whsec_")?).ok()?;
    (24..=64).contains(&key.len()).then_some(key)
}

/// Why a call proves nothing. Which of secret, body and signature is the wrong one can't be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unproved {
    /// A header is missing.
    Missing(&'static str),
    /// The call's time is none.
    NoTime,
    /// The call's time lies too far from this server's.
    Untimely,
    /// The signature of this header is none of the body.
    Mismatch(&'static str),
}

impl From<Unproved> for Problem {
    fn from(why: Unproved) -> Self {
        let (header, code, words) = match why {
            Unproved::Missing(header) => (
                header,
                "required",
                "this header is missing, so the call is not signed; nothing was kept",
            ),
            Unproved::NoTime => (
                TIMESTAMP,
                "format",
                "whole seconds since 1970 are expected; nothing was kept",
            ),
            Unproved::Untimely => (
                TIMESTAMP,
                "out_of_range",
                "it lies more than 5 minutes from this server's clock: sign each try anew, and look at the clock that \
                 you sign by; nothing was kept",
            ),
            Unproved::Mismatch(header) => (
                header,
                "contradiction",
                "the signature does not match: sign the body as it is sent, byte for byte, with this connection's secret; \
                 nothing was kept",
            ),
        };
        Self {
            code: Code::Unauthenticated,
            ..Self::field(header, code, words)
        }
    }
}

/// That a call proves that it comes from the connection's shop, at `now` in seconds.
///
/// # Errors
/// `unauthenticated`, with the header that is missing or wrong.
pub fn prove(
    state: &AppState,
    connection: &SealedConnection,
    headers: &HeaderMap,
    body: &[u8],
    now: i64,
) -> Result<(), Problem> {
    let (owner, platform) = (connection.view.id.to_string(), connection.view.platform);
    let Some(secret) = state.vault.open(PURPOSE, &owner, &connection.sealed_secret) else {
        tracing::error!(connection = %owner, "the secret was sealed with another key; make the connection's secret anew");
        return Err(Unproved::Mismatch(signature_of(platform)).into());
    };
    Ok(fits(platform, &secret, headers, body, now)?)
}

/// The header that holds the signature.
const fn signature_of(platform: Platform) -> &'static str {
    match platform {
        Platform::Shopify => "x-shopify-hmac-sha256",
        Platform::Woocommerce => "x-wc-webhook-signature",
        Platform::Standard => "webhook-signature",
    }
}

fn fits(
    platform: Platform,
    secret: &[u8],
    headers: &HeaderMap,
    body: &[u8],
    now: i64,
) -> Result<(), Unproved> {
    let header = signature_of(platform);
    let given = needed(headers, header)?;
    let is_right = match platform {
        Platform::Shopify | Platform::Woocommerce => is_of_body(secret, given, body),
        Platform::Standard => {
            let (id, timestamp) = (needed(headers, ID)?, needed(headers, TIMESTAMP)?);
            let at: i64 = timestamp.parse().map_err(|_| Unproved::NoTime)?;
            if now.saturating_sub(at).saturating_abs() > TOLERANCE {
                return Err(Unproved::Untimely);
            }
            is_standard(secret, given, [id, timestamp], body)
        }
    };
    is_right.then_some(()).ok_or(Unproved::Mismatch(header))
}

fn needed<'h>(headers: &'h HeaderMap, name: &'static str) -> Result<&'h str, Unproved> {
    text(headers, name).ok_or(Unproved::Missing(name))
}

/// Base64 of the HMAC-SHA256 of the raw body.
fn is_of_body(secret: &[u8], given: &str, body: &[u8]) -> bool {
    let given = STANDARD.decode(given.trim());
    given.is_ok_and(|given| mac(secret, &[body]).verify_slice(&given).is_ok())
}

/// `v1,` and base64 of the HMAC-SHA256 of `id.timestamp.body`; several signatures stand with a space between.
fn is_standard(secret: &[u8], given: &str, [id, timestamp]: [&str; 2], body: &[u8]) -> bool {
    let Some(key) = std::str::from_utf8(secret).ok().and_then(key_of) else {
        return false;
    };
    given
        .split(' ')
        .filter_map(|one| STANDARD.decode(one.strip_prefix("v1,")?).ok())
        .any(|one| {
            let parts: [&[u8]; 5] = [id.as_bytes(), b".", timestamp.as_bytes(), b".", body];
            mac(&key, &parts).verify_slice(&one).is_ok()
        })
}

fn mac(key: &[u8], parts: &[&[u8]]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    for part in parts {
        mac.update(part);
    }
    mac
}

/// A header as text.
pub fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers
        .get(name)?
        .to_str()
        .ok()
        .filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let pairs = pairs.iter();
        pairs
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn a_body_is_proved_by_its_hmac_in_base64() {
        // RFC 4231, test case 2.
        let signature = "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=";
        let body = b"what do ya want for nothing?";
        for (platform, name) in [
            (Platform::Shopify, "x-shopify-hmac-sha256"),
            (Platform::Woocommerce, "x-wc-webhook-signature"),
        ] {
            let call = |secret: &[u8], given: &[(&'static str, &str)], body: &[u8]| {
                fits(platform, secret, &headers(given), body, 0)
            };
            let right = [(name, signature)];
            let wrong = Err(Unproved::Mismatch(name));
            assert_eq!(call(b"Jefe", &right, body), Ok(()));
            assert_eq!(call(b"Jeff", &right, body), wrong);
            let cut = b"what do ya want for nothing";
            assert_eq!(call(b"Jefe", &right, cut), wrong);
            assert_eq!(call(b"Jefe", &[(name, "no base64")], body), wrong);
            for none in [&[][..], &[(name, "")]] {
                assert_eq!(call(b"Jefe", none, body), Err(Unproved::Missing(name)));
            }
        }
    }

    #[test]
    fn standard_webhooks_bind_id_time_and_body() {
        // The vector of the reference libraries.
        let secret = b"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        let body = br#"{"test": 2432232314}"#;
        let at = 1_614_265_330;
        let call = |id: &str, time: &str, signature: &str| {
            headers(&[
                ("webhook-id", id),
                ("webhook-timestamp", time),
                ("webhook-signature", signature),
            ])
        };
        let id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
        let judged =
            |headers: &HeaderMap, now| fits(Platform::Standard, secret, headers, body, now);
        let right = call(id, "1614265330", signature);
        for now in [at, at + 300, at - 300] {
            assert_eq!(judged(&right, now), Ok(()));
        }
        for now in [at + 301, at - 301, i64::MIN] {
            assert_eq!(judged(&right, now), Err(Unproved::Untimely));
        }
        let rotated = call(id, "1614265330", &format!("v1,AAAA v1a,x {signature}"));
        assert_eq!(judged(&rotated, at), Ok(()));
        let wrong = Err(Unproved::Mismatch("webhook-signature"));
        assert_eq!(
            judged(&call("msg_other", "1614265330", signature), at),
            wrong
        );
        assert_eq!(judged(&call(id, "1614265331", signature), at), wrong);
        assert_eq!(judged(&call(id, "1614265330", "v1,AAAA"), at), wrong);
        assert_eq!(fits(Platform::Standard, b"whsec_", &right, body, at), wrong);
        let timeless = call(id, "yesterday", signature);
        assert_eq!(judged(&timeless, at), Err(Unproved::NoTime));
        for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
            let mut without = right.clone();
            without.remove(name);
            assert_eq!(judged(&without, at), Err(Unproved::Missing(name)));
        }
    }
}
