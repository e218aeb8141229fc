//! `GET /orders/{number}/thread`: the conversation about an order.

use super::reading::ReadingMessages;
use super::shown;
use crate::problem::ApiError;
use crate::state::AppState;
use crate::v1::params::Params;
use crate::v1::path::StoreKey;
use crate::v1::wire::Thread;
use axum::Json;
use axum::extract::{RawQuery, State};
use domain::Problem;
use serde_json::Value;
use storage::ThreadPage;

/// Get an order's thread
///
/// Every message about the order and what happened to it, oldest first, the newest stretch unless `before` or `after`
/// of an earlier answer is given. Stretches go by the time at which messages were queued; one stands in the order of
/// `effective_at`. Messages that wait stand at the end of the newest stretch, beyond its `limit` where they were queued
/// before it, and in no stretch that is asked for by `before`.
#[utoipa::path(
    get, path = "/orders/{number}/thread", tag = "Orders and customers", operation_id = "get_thread",
    params(
        ("number" = String, Path, min_length = 1, max_length = 200, description = "The order's number in the store.", example = "1042"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 500, example = 100, description = "How many items at most; 100 when left out."),
        ("before" = Option<String>, Query, description = "The `before` of an earlier answer: what lies before it."),
        ("after" = Option<String>, Query, description = "The `after` of an earlier answer: what lies after it."),
    ),
    responses(
        (status = 200, description = "The thread.", body = Thread),
        (status = 400, description = "`invalid_cursor`: `before` or `after` is not of an earlier answer."),
        (status = 401, description = "`unauthenticated`: no valid key or session."),
        (status = 403, description = "`forbidden`: the role reads no messages."),
        (status = 404, description = "`not_found`: there is no such order, or it is not open to this role."),
        (status = 422, description = "`invalid_fields`: a parameter is unknown, given twice or out of bounds."),
    ),
)]
pub async fn get_thread(
    ReadingMessages(scope): ReadingMessages,
    State(state): State<AppState>,
    StoreKey(number): StoreKey,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, ApiError> {
    let params = Params::read(query.as_deref(), &["limit", "before", "after"])?;
    let page = ThreadPage {
        before: params.get("before").map(str::to_owned),
        after: params.get("after").map(str::to_owned),
        limit: params.number("limit", 1, 500, 100)?,
    };
    let thread = state.storage.thread(&scope, &number, page).await?;
    let thread = thread.ok_or_else(|| Problem::not_found("order"))?;
    Ok(Json(shown(&thread)?))
}
