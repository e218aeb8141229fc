//! `POST /messages/{id}/stop`: keep a message from going out.

use super::shown;
use crate::authority::Caller;
use crate::problem::ApiError;
use crate::state::AppState;
use crate::v1::params::Params;
use crate::v1::path::MessageKey;
use axum::Json;
use axum::extract::{RawQuery, State};
use domain::Problem;
use serde_json::Value;

/// Stop a message
///
/// A message that waits is stopped for certain; one that was handed over is not, and the answer says so.
#[utoipa::path(
    post, path = "/messages/{id}/stop", tag = "Messages", operation_id = "stop_message", security(("api_key" = [])),
    params(("id" = uuid::Uuid, Path, description = "The message's id.", example = "0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e5f")),
    responses(
        (status = 200, description = "The message as it is now.", body = Object),
        (status = 401, description = "`unauthenticated`: no valid key."),
        (status = 403, description = "`forbidden`: the key's role may not send."),
        (status = 404, description = "`not_found`: there is no such message, or it is not open to this role."),
        (status = 409, description = "`conflict`: it was handed over already, or has ended."),
        (status = 422, description = "`invalid_fields`: this call takes no query parameters."),
    ),
)]
pub async fn stop_message(
    Caller(scope): Caller,
    State(state): State<AppState>,
    MessageKey(id): MessageKey,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, ApiError> {
    Params::read(query.as_deref(), &[])?;
    state.storage.stop_message(&scope, id).await?;
    let detail = state.storage.get_message(&scope, id).await?;
    let detail = detail.ok_or_else(|| Problem::not_found("message"))?;
    Ok(Json(shown(&detail)?))
}
