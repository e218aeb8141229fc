//! Making connections of shops: their secrets, sealed, and the signatures that these prove.

use crate::problem::ApiError;
use crate::state::AppState;
use app::context::WantedConnection;
use axum::http::HeaderMap;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::hook::Platform;
use domain::view::MadeConnection;
use domain::{ConnectionId, Problem};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use storage::{Error, Scope, SealedConnection};

/// What the secret is sealed for.
const PURPOSE: &str = "shop-connection";
/// How far a call's time may lie from this server's, in seconds (Standard Webhooks).
const TOLERANCE: i64 = 5 * 60;

/// Makes a connection, or gives the one of this name another secret.
///
/// # Errors
/// `forbidden` by role, a wrong or missing secret or name, `conflict` for a name that is taken, a fault.
pub async fn make(
    state: &AppState,
    scope: &Scope,
    wanted: WantedConnection,
) -> Result<MadeConnection, Error> {
    let given = wanted
        .secret
        .as_deref()
        .map(str::trim)
        .filter(|secret| !secret.is_empty());
    let made = match (given, wanted.platform.brings_secret()) {
        (Some(secret), _) => {
            check_secret(wanted.platform, secret)?;
            None
        }
        (None, true) => {
            let message = "paste the secret that the shop signs with";
            return Err(Problem::field("secret", "required", message).into());
        }
        (None, false) => Some(new_secret(state, wanted.platform)),
    };
    let secret = made.as_deref().or(given).unwrap_or_default().to_owned();
    let seal = |id: ConnectionId| {
        state
            .vault
            .seal(PURPOSE, &id.to_string(), secret.as_bytes())
    };
    let (platform, name) = (wanted.platform, wanted.name.as_str());
    let connection = state
        .storage
        .save_connection(scope, platform, name, &seal)
        .await?;
    Ok(MadeConnection {
        url: format!("{}{}", state.public_url, connection.path()),
        connection,
        secret: made,
    })
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
            ApiError::Problem(problem) => problem,
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

/// Whether a call proves that it comes from the connection's shop, at `now` in seconds.
pub fn is_signed(
    state: &AppState,
    connection: &SealedConnection,
    headers: &HeaderMap,
    body: &[u8],
    now: i64,
) -> bool {
    let owner = connection.view.id.to_string();
    let Some(secret) = state.vault.open(PURPOSE, &owner, &connection.sealed_secret) else {
        tracing::error!(connection = %owner, "the secret was sealed with another key; make the connection's secret anew");
        return false;
    };
    fits(connection.view.platform, &secret, headers, body, now)
}

fn fits(platform: Platform, secret: &[u8], headers: &HeaderMap, body: &[u8], now: i64) -> bool {
    match platform {
        Platform::Shopify => is_of_body(secret, text(headers, "x-shopify-hmac-sha256"), body),
        Platform::Woocommerce => is_of_body(secret, text(headers, "x-wc-webhook-signature"), body),
        Platform::Standard => is_standard(secret, headers, body, now),
    }
}

/// Base64 of the HMAC-SHA256 of the raw body.
fn is_of_body(secret: &[u8], given: Option<&str>, body: &[u8]) -> bool {
    let Some(given) = given.and_then(|given| STANDARD.decode(given.trim()).ok()) else {
        return false;
    };
    mac(secret, &[body]).verify_slice(&given).is_ok()
}

/// `v1,` and base64 of the HMAC-SHA256 of `id.timestamp.body`; several signatures stand with a space between.
fn is_standard(secret: &[u8], headers: &HeaderMap, body: &[u8], now: i64) -> bool {
    let key = std::str::from_utf8(secret).ok().and_then(key_of);
    let (Some(key), Some(id), Some(timestamp), Some(given)) = (
        key,
        text(headers, "webhook-id"),
        text(headers, "webhook-timestamp"),
        text(headers, "webhook-signature"),
    ) else {
        return false;
    };
    let is_timely = timestamp
        .parse::<i64>()
        .is_ok_and(|at| (now.saturating_sub(at)).abs() <= TOLERANCE);
    is_timely
        && given
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
            let right = headers(&[(name, signature)]);
            assert!(fits(platform, b"Jefe", &right, body, 0));
            assert!(!fits(platform, b"Jeff", &right, body, 0));
            assert!(!fits(
                platform,
                b"Jefe",
                &right,
                b"what do ya want for nothing",
                0
            ));
            assert!(!fits(platform, b"Jefe", &headers(&[]), body, 0));
            assert!(!fits(
                platform,
                b"Jefe",
                &headers(&[(name, "no base64")]),
                body,
                0
            ));
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
        let is_right =
            |headers: &HeaderMap, now| fits(Platform::Standard, secret, headers, body, now);
        let right = call(id, "1614265330", signature);
        assert!(is_right(&right, at) && is_right(&right, at + 300) && is_right(&right, at - 300));
        assert!(!is_right(&right, at + 301) && !is_right(&right, at - 301));
        let rotated = call(id, "1614265330", &format!("v1,AAAA v1a,x {signature}"));
        assert!(is_right(&rotated, at));
        assert!(!is_right(&call("msg_other", "1614265330", signature), at));
        assert!(!is_right(&call(id, "1614265331", signature), at));
        assert!(!is_right(&call(id, "yesterday", signature), at));
        assert!(!is_right(&headers(&[]), at));
        assert!(!fits(Platform::Standard, b"whsec_", &right, body, at));
    }
}
