//! `GET /messages/histogram`: messages over time.

use super::reading::ReadingMessages;
use super::shown;
use crate::problem::ApiError;
use crate::state::AppState;
use crate::v1::params::Params;
use crate::v1::read_filter::read_message_filter;
use crate::v1::wire::MessageHistogram;
use axum::Json;
use axum::extract::{RawQuery, State};
use serde_json::Value;

/// Chart messages over time
///
/// The messages that match `q` by status, in stretches of an even width on the store's clock. `by_status` counts
/// not sent, pending, sent, stopped and failed, `received` what came in.
#[utoipa::path(
    get, path = "/messages/histogram", tag = "Messages", operation_id = "chart_messages",
    params(
        ("q" = Option<String>, Query, example = "channel:email created:30d",
            description = "What to count, in the query language of messages; everything when left out."),
        ("buckets" = Option<u32>, Query, minimum = 1, maximum = 400, example = 30,
            description = "How many buckets at most; 60 when left out."),
    ),
    responses(
        (status = 200, description = "The `buckets`, oldest first.", body = MessageHistogram),
        (status = 400, description = "`invalid_query`: `q` was not understood; each mistake is named with its place."),
        (status = 401, description = "`unauthenticated`: no valid key or session."),
        (status = 403, description = "`forbidden`: the role reads no messages."),
        (status = 422, description = "`invalid_fields`: a parameter is unknown, given twice or out of bounds."),
    ),
)]
pub async fn chart_messages(
    ReadingMessages(scope): ReadingMessages,
    State(state): State<AppState>,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, ApiError> {
    let params = Params::read(query.as_deref(), &["q", "buckets"])?;
    let buckets = params.number("buckets", 1, 400, 60)?;
    let filter = read_message_filter(&state.storage, &scope, &params)?;
    let histogram = state
        .storage
        .message_histogram(&scope, &filter, buckets)
        .await?;
    Ok(Json(shown(&histogram)?))
}
