//! `GET /messages/{id}/attachments/{n}`: a file of a message.

use super::reading::ReadingMessages;
use crate::download;
use crate::problem::ApiError;
use crate::state::AppState;
use crate::v1::path::MessageKey;
use axum::extract::{RawPathParams, State};
use axum::response::Response;
use domain::Problem;

/// Download a file of a message
///
/// Always as a download and never to be shown in place: it may be anything.
#[utoipa::path(
    get, path = "/messages/{id}/attachments/{n}", tag = "Messages", operation_id = "get_attachment",
    params(
        ("id" = uuid::Uuid, Path, description = "The message's id.", example = "0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e5f"),
        ("n" = u32, Path, description = "Which of its files, from 0.", example = 0),
    ),
    responses(
        (status = 200, description = "The file, of the type that it came with; what a browser could run as `application/octet-stream`.", content_type = "*/*"),
        (status = 401, description = "`unauthenticated`: no valid key or session."),
        (status = 403, description = "`forbidden`: the role reads no messages."),
        (status = 404, description = "`not_found`: there is no such message or file, or it is not open to this role."),
    ),
)]
pub async fn get_attachment(
    ReadingMessages(scope): ReadingMessages,
    State(state): State<AppState>,
    MessageKey(id): MessageKey,
    path: RawPathParams,
) -> Result<Response, ApiError> {
    let missing = || Problem::not_found("file");
    let number = path.iter().find(|(name, _)| *name == "n");
    let number = number
        .and_then(|(_, n)| n.parse().ok())
        .ok_or_else(missing)?;
    let found = state.storage.attachment(&scope, id, number).await?;
    let (attachment, bytes) = found.ok_or_else(missing)?;
    Ok(download::answer(
        &attachment.name,
        &attachment.content_type,
        bytes,
    ))
}
