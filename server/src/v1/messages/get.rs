//! `GET /messages/{id}`: a message with everything that became known of it.

use super::reading::ReadingMessages;
use super::shown;
use crate::problem::ApiError;
use crate::state::AppState;
use crate::v1::params::Params;
use crate::v1::path::MessageKey;
use crate::v1::wire::MessageDetail;
use axum::Json;
use axum::extract::{RawQuery, State};
use domain::Problem;
use serde_json::Value;

/// Get a message
///
/// The message as this role may see it (`message`), what became of it (`delivery`, with each attempt), and each thing
/// that became known, with the ledger's number (`history`).
#[utoipa::path(
    get, path = "/messages/{id}", tag = "Messages", operation_id = "get_message",
    params(("id" = uuid::Uuid, Path, description = "The message's id.", example = "0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e5f")),
    responses(
        (status = 200, description = "The message.", body = MessageDetail),
        (status = 401, description = "`unauthenticated`: no valid key or session."),
        (status = 403, description = "`forbidden`: the role reads no messages."),
        (status = 404, description = "`not_found`: there is no such message, or it is not open to this role."),
        (status = 422, description = "`invalid_fields`: this call takes no query parameters."),
    ),
)]
pub async fn get_message(
    ReadingMessages(scope): ReadingMessages,
    State(state): State<AppState>,
    MessageKey(id): MessageKey,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, ApiError> {
    Params::read(query.as_deref(), &[])?;
    let detail = state.storage.open_message(&scope, id).await?;
    let mut detail = detail.ok_or_else(|| Problem::not_found("message"))?;
    // The requests log is read by its own calls.
    detail.call = None;
    Ok(Json(shown(&detail)?))
}
