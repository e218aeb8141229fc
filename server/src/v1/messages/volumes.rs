//! `GET /messages/volumes`: how many messages went by type, channel and day.

use super::reading::ReadingMessages;
use super::shown;
use crate::problem::ApiError;
use crate::state::AppState;
use crate::v1::params::Params;
use crate::v1::read_filter::read_message_filter;
use crate::v1::wire::MessageVolumes;
use axum::Json;
use axum::extract::{RawQuery, State};
use serde_json::Value;

/// Add up messages by type, channel and day
///
/// Answers "how many notifications did we send in October": `volumes`, oldest day first, on the store's clock. `count`
/// is all of them, `sent` those that were sent: the others wait, were stopped, failed, or are inbound.
#[utoipa::path(
    get, path = "/messages/volumes", tag = "Messages", operation_id = "add_up_messages",
    params(
        ("q" = Option<String>, Query, example = "direction:outbound created:2026-10-01..2026-10-31",
            description = "What to count, in the query language of messages; everything when left out."),
    ),
    responses(
        (status = 200, description = "The `volumes`.", body = MessageVolumes),
        (status = 400, description = "`invalid_query`: `q` was not understood; each mistake is named with its place."),
        (status = 401, description = "`unauthenticated`: no valid key or session."),
        (status = 403, description = "`forbidden`: the role reads no messages."),
        (status = 422, description = "`invalid_fields`: a parameter is unknown or given twice."),
    ),
)]
pub async fn add_up_messages(
    ReadingMessages(scope): ReadingMessages,
    State(state): State<AppState>,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, ApiError> {
    let params = Params::read(query.as_deref(), &["q"])?;
    let filter = read_message_filter(&state.storage, &scope, &params)?;
    let volumes = state.storage.message_volumes(&scope, &filter).await?;
    Ok(Json(shown(&volumes)?))
}
