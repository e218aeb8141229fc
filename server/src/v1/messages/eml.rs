//! `GET /messages/{id}/eml`: an email as it came or went.

use super::reading::ReadingMessages;
use crate::download;
use crate::problem::ApiError;
use crate::state::AppState;
use crate::v1::path::MessageKey;
use axum::extract::State;
use axum::response::Response;
use domain::Problem;
use domain::message::Channel;

/// Download an email
///
/// The raw mail (RFC 5322): as it came in, or the very bytes that were handed over. Of a mail that a provider brought
/// in a call of its own kind, that call (JSON).
#[utoipa::path(
    get, path = "/messages/{id}/eml", tag = "Messages", operation_id = "get_eml",
    params(("id" = uuid::Uuid, Path, description = "The message's id.", example = "0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e5f")),
    responses(
        (status = 200, description = "The mail.", content_type = "message/rfc822"),
        (status = 401, description = "`unauthenticated`: no valid key or session."),
        (status = 403, description = "`forbidden`: the role reads no messages."),
        (status = 404, description = "`not_found`: there is no such email, or its content is not open to this role."),
    ),
)]
pub async fn get_eml(
    ReadingMessages(scope): ReadingMessages,
    State(state): State<AppState>,
    MessageKey(id): MessageKey,
) -> Result<Response, ApiError> {
    let missing = || Problem::not_found("email");
    let storage = &state.storage;
    let detail = storage
        .open_message(&scope, id)
        .await?
        .ok_or_else(missing)?;
    // What is hidden from the reader stands in the raw mail too.
    if detail.is_masked || detail.row.is_hidden || detail.message.channel != Channel::Email {
        return Err(missing().into());
    }
    let raw = match storage.raw_message(&scope, id).await? {
        Some(raw) => raw,
        None if detail.message.is_recorded => return Err(missing().into()),
        None => {
            // As it leaves when its time comes, or left where no bytes are kept, as in the sample store.
            let date = detail.row.effective_at;
            let mail = state.senders.mail(storage, id, &detail.message, date);
            mail.await?.bytes
        }
    };
    let (ending, kind) = if is_call(&raw) {
        ("json", "application/json")
    } else {
        ("eml", "message/rfc822")
    };
    Ok(download::answer(&format!("{id}.{ending}"), kind, raw))
}

/// Whether what was kept is a provider's call and no mail: Postmark brings the mail as it came only if told to.
fn is_call(raw: &[u8]) -> bool {
    raw.starts_with(b"{") && serde_json::from_slice::<serde::de::IgnoredAny>(raw).is_ok()
}
