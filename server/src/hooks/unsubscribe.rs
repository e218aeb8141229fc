//! `/unsubscribe/{token}`: the end of campaigns for someone, in one click (RFC 8058), and its undoing.

use crate::email::token::{Named, Purpose};
use crate::problem::ApiError;
use crate::state::AppState;
use crate::tracked::Tracked;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use domain::message::Channel;
use domain::{MessageId, Problem};

use super::scope;

const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Asks. A GET changes nothing: programs that look into mail follow every link.
///
/// # Errors
/// `not_found` for a link that stands in no mail of ours.
pub(super) async fn show(
    State(state): State<AppState>,
    Path(token): Path<String>,
) -> Result<Response, ApiError> {
    let (_, tracked) = find(&state, &token).await?;
    Ok(page(&Page {
        store: &tracked.store.name,
        english: "Do you want no more offers and news from this store by email?",
        arabic: "هل تريد إيقاف رسائل العروض والأخبار من هذا المتجر؟",
        button: "Unsubscribe · إلغاء الاشتراك",
        action: "out",
    }))
}

/// Does it: at the click of the page's button, or of the mail program's own.
///
/// # Errors
/// `not_found` for a link that stands in no mail of ours.
pub(super) async fn unsubscribe(
    State(state): State<AppState>,
    Path(token): Path<String>,
    body: Bytes,
) -> Result<Response, ApiError> {
    let (address, tracked) = find(&state, &token).await?;
    let name = tracked.store.name.clone();
    let scope = scope(tracked.store);
    let is_back =
        form_urlencoded::parse(&body).any(|(name, value)| name == "action" && value == "in");
    if is_back {
        state
            .storage
            .set_opt_out(&scope, Channel::Email, &address, false)
            .await?;
        return Ok(page(&Page {
            store: &name,
            english: "You get offers and news again.",
            arabic: "ستصلك رسائل العروض والأخبار من جديد.",
            button: "Unsubscribe · إلغاء الاشتراك",
            action: "out",
        }));
    }
    state
        .storage
        .set_opt_out(&scope, Channel::Email, &address, true)
        .await?;
    Ok(page(&Page {
        store: &name,
        english: "Done: you get no more offers and news by email. Messages about your orders still reach you.",
        arabic: "تم: لن تصلك رسائل العروض والأخبار. ستظل تصلك الرسائل الخاصة بطلباتك.",
        button: "Undo · تراجع",
        action: "in",
    }))
}

async fn find(state: &AppState, token: &str) -> Result<(String, Tracked), ApiError> {
    let missing = || Problem::not_found("link");
    let Named { message, .. } = state
        .tokens
        .read(Purpose::Unsubscribe, token)
        .ok_or_else(missing)?;
    let tracked = Tracked::find(state, MessageId(message)).await?;
    let tracked = tracked.ok_or_else(missing)?;
    let to = tracked.message().to.first().ok_or_else(missing)?;
    let address = to.address.clone();
    Ok((address, tracked))
}

struct Page<'a> {
    store: &'a str,
    english: &'a str,
    arabic: &'a str,
    button: &'a str,
    action: &'a str,
}

fn page(page: &Page<'_>) -> Response {
    let store = page.store.replace('&', "&amp;").replace('<', "&lt;");
    let Page {
        english,
        arabic,
        button,
        action,
        ..
    } = page;
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"robots\" content=\"noindex\">\
         <meta name=\"viewport\" content=\"width=device-width\"><meta name=\"color-scheme\" content=\"light dark\">\
         <title>{store}</title><style>body{{font:18px/1.5 system-ui,sans-serif;max-width:32rem;margin:4rem auto;padding:0 1rem}}\
         button{{font:inherit;padding:.6rem 1.2rem;min-height:44px}}</style></head><body><h1>{store}</h1><p>{english}</p>\
         <p lang=\"ar\" dir=\"rtl\">{arabic}</p><form method=\"post\"><input type=\"hidden\" name=\"action\" value=\"{action}\">\
         <button>{button}</button></form></body></html>"
    );
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (headers, html).into_response()
}
