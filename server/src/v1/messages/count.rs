//! `GET /messages/count`: how many messages match.

use super::reading::ReadingMessages;
use crate::problem::ApiError;
use crate::state::AppState;
use crate::v1::params::Params;
use crate::v1::read_filter::read_message_filter;
use crate::v1::wire::Count;
use axum::Json;
use axum::extract::{RawQuery, State};

/// Count messages
///
/// How many messages match `q`. Exact where Storetrail keeps counts, else up to a bound and said to be so.
#[utoipa::path(
    get, path = "/messages/count", tag = "Messages", operation_id = "count_messages",
    params(
        ("q" = Option<String>, Query, example = "type:order_notification created:30d",
            description = "What to count, in the query language of messages; everything when left out."),
    ),
    responses(
        (status = 200, description = "The number.", body = Count),
        (status = 400, description = "`invalid_query`: `q` was not understood; each mistake is named with its place."),
        (status = 401, description = "`unauthenticated`: no valid key or session."),
        (status = 403, description = "`forbidden`: the role reads no messages."),
        (status = 422, description = "`invalid_fields`: a parameter is unknown or given twice."),
    ),
)]
pub async fn count_messages(
    ReadingMessages(scope): ReadingMessages,
    State(state): State<AppState>,
    RawQuery(query): RawQuery,
) -> Result<Json<Count>, ApiError> {
    let params = Params::read(query.as_deref(), &["q"])?;
    let filter = read_message_filter(&state.storage, &scope, &params)?;
    let count = state.storage.count_messages(&scope, &filter).await?;
    Ok(Json(count.into()))
}
