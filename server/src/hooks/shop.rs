//! `POST /hooks/{platform}/{name}`: what a shop delivers. Proved by its signature over the raw body, kept, answered; it is
//! processed afterwards ([`crate::processing`]).

use crate::connections::{prove, text};
use crate::problem::ApiError;
use crate::requests::{CallFrom, Who};
use crate::state::AppState;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use domain::hook::{Platform, topic_of, trace_of};
use domain::{Code, Problem};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use storage::{KeptHook, NewHook, Scope, SealedConnection};

type Answer = Result<Json<Value>, ApiError>;

/// Takes a call of Shopify's.
///
/// # Errors
/// `not_found` for a connection that isn't one, `unauthenticated` for a call that the shop didn't sign, with the header that
/// is missing or wrong, `invalid_fields` without a topic.
pub(super) async fn shopify(
    State(state): State<AppState>,
    Path(name): Path<String>,
    parts: Parts,
    body: Bytes,
) -> Answer {
    take(&state, Platform::Shopify, &name, &parts, &body).await
}

/// Takes a call of WooCommerce's.
///
/// # Errors
/// As [`shopify`].
pub(super) async fn woocommerce(
    State(state): State<AppState>,
    Path(name): Path<String>,
    parts: Parts,
    body: Bytes,
) -> Answer {
    if is_ping(&parts.headers, &body) {
        // What it sends when the webhook is saved. It is not signed, so nothing is believed of it.
        let found = state
            .storage
            .connection_called(Platform::Woocommerce, &name)
            .await?;
        found.ok_or_else(unknown)?;
        return Ok(Json(json!({"outcome": "pinged"})));
    }
    take(&state, Platform::Woocommerce, &name, &parts, &body).await
}

/// Takes a call by Standard Webhooks.
///
/// # Errors
/// As [`shopify`].
pub(super) async fn standard(
    State(state): State<AppState>,
    Path(name): Path<String>,
    parts: Parts,
    body: Bytes,
) -> Answer {
    take(&state, Platform::Standard, &name, &parts, &body).await
}

async fn take(
    state: &AppState,
    platform: Platform,
    name: &str,
    parts: &Parts,
    body: &Bytes,
) -> Answer {
    let storage = &state.storage;
    let found = storage.connection_called(platform, name).await?;
    let connection = found.ok_or_else(unknown)?;
    own(state, &connection, parts).await?;
    let now = storage.ambient().clock.now().timestamp();
    prove(state, &connection, &parts.headers, body, now)?;
    let new = read(platform, &parts.headers, body)?;
    let caller = CallFrom::of(&parts.extensions);
    Ok(Json(
        match storage.keep_hook(&connection, new, &caller).await? {
            KeptHook::New(id) => json!({"outcome": "kept", "webhook": id}),
            KeptHook::Repeated(id) => json!({"outcome": "repeated", "webhook": id}),
        },
    ))
}

/// Notes whose call it is, so that the logs that watch tell it in the right store.
async fn own(
    state: &AppState,
    connection: &SealedConnection,
    parts: &Parts,
) -> Result<(), ApiError> {
    let stores = state.storage.list_stores().await?;
    let store = stores.into_iter().find(|s| s.id == connection.store_id);
    let store = store.ok_or_else(unknown)?;
    let scope = Scope::system("webhook", store).at(CallFrom::of(&parts.extensions));
    Who::is(&parts.extensions, &scope);
    Ok(())
}

fn unknown() -> Problem {
    let message = "there is no such connection; /connect shows the address of each";
    Problem::new(Code::NotFound, message)
}

/// `webhook_id=N` as a form, unsigned.
fn is_ping(headers: &HeaderMap, body: &[u8]) -> bool {
    let kind = text(headers, header::CONTENT_TYPE.as_str()).unwrap_or_default();
    kind.starts_with("application/x-www-form-urlencoded")
        && !headers.contains_key("x-wc-webhook-signature")
        && body.strip_prefix(b"webhook_id=").is_some_and(|rest| {
            (1..=20).contains(&rest.len()) && rest.iter().all(u8::is_ascii_digit)
        })
}

/// What a call is about and what tells it from others.
fn read(platform: Platform, headers: &HeaderMap, body: &Bytes) -> Result<NewHook, Problem> {
    let cut = |text: &str, most: usize| text.chars().take(most).collect::<String>();
    let digest = || -> String {
        let digest = Sha256::digest(body);
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    };
    let needed = |name: &str| {
        let message = "this header is needed";
        text(headers, name).ok_or_else(|| Problem::field(name, "required", message))
    };
    let (topic, key) = match platform {
        Platform::Shopify => {
            let topic = needed("x-shopify-topic")?;
            // An event comes once for each subscription to its topic: the same event is the same delivery.
            let event = text(headers, "x-shopify-event-id");
            let id = event.or_else(|| text(headers, "x-shopify-webhook-id"));
            let id = id.map_or_else(digest, str::to_owned);
            (topic.to_owned(), format!("{topic} {id}"))
        }
        Platform::Woocommerce => {
            let topic = needed("x-wc-webhook-topic")?;
            // Made of the webhook's id and the second: two deliveries of one second have the same.
            let id = text(headers, "x-wc-webhook-delivery-id").unwrap_or_default();
            (topic.to_owned(), format!("{topic} {id} {}", digest()))
        }
        Platform::Standard => {
            let id = needed("webhook-id")?;
            let topic = topic_of(body).unwrap_or_else(|| "unknown".to_owned());
            (topic, id.to_owned())
        }
    };
    Ok(NewHook {
        topic: cut(&topic, 200),
        key: cut(&key, 500),
        headers: kept(headers),
        body: body.to_vec(),
        trace_id: (platform == Platform::Standard)
            .then(|| trace_of(body))
            .flatten(),
    })
}

/// The headers that matter; signatures don't once they were checked.
fn kept(headers: &HeaderMap) -> Vec<(String, String)> {
    let is_kept = |name: &str| {
        let is_signature = name.contains("hmac") || name.contains("signature");
        let starts = ["x-shopify-", "x-wc-webhook-", "webhook-"];
        !is_signature
            && (starts.iter().any(|start| name.starts_with(start))
                || matches!(name, "content-type" | "user-agent"))
    };
    let named = headers.iter().filter(|(name, _)| is_kept(name.as_str()));
    named
        .take(40)
        .filter_map(|(name, value)| {
            let value = value.to_str().ok()?.chars().take(500).collect();
            Some((name.as_str().to_owned(), value))
        })
        .collect()
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
    fn only_a_form_without_signature_is_a_ping() {
        let form = ("content-type", "application/x-www-form-urlencoded");
        assert!(is_ping(&headers(&[form]), b"webhook_id=17"));
        assert!(!is_ping(&headers(&[form]), b"webhook_id=17&x=1"));
        assert!(!is_ping(&headers(&[]), b"webhook_id=17"));
        let signed = headers(&[form, ("x-wc-webhook-signature", "x")]);
        assert!(!is_ping(&signed, b"webhook_id=17"));
    }

    #[test]
    fn a_delivery_is_told_from_others_as_its_platform_tells_them() {
        let key = |platform, pairs: &[(&'static str, &str)], body: &'static [u8]| {
            let body = Bytes::from_static(body);
            read(platform, &headers(pairs), &body).unwrap().key
        };
        let shopify = |webhook, topic| {
            let pairs = [
                ("x-shopify-topic", topic),
                ("x-shopify-event-id", "e1"),
                ("x-shopify-webhook-id", webhook),
            ];
            key(Platform::Shopify, &pairs, b"{}")
        };
        assert_eq!(shopify("w1", "orders/paid"), shopify("w2", "orders/paid"));
        assert_ne!(
            shopify("w1", "orders/paid"),
            shopify("w1", "orders/updated")
        );
        let woocommerce = |body| {
            let pairs = [
                ("x-wc-webhook-topic", "order.updated"),
                ("x-wc-webhook-delivery-id", "d1"),
            ];
            key(Platform::Woocommerce, &pairs, body)
        };
        assert_ne!(woocommerce(b"{\"id\":1}"), woocommerce(b"{\"id\":2}"));
        assert_eq!(woocommerce(b"{}"), woocommerce(b"{}"));
    }

    #[test]
    fn signatures_and_cookies_are_not_kept() {
        let found = kept(&headers(&[
            ("x-shopify-topic", "orders/paid"),
            ("x-shopify-hmac-sha256", "secret"),
            ("cookie", "a=b"),
            ("authorization", "Bearer x"),
        ]));
        assert_eq!(
            found,
            [("x-shopify-topic".to_owned(), "orders/paid".to_owned())]
        );
    }
}
