//! `GET /orders`: orders with their last message.

use super::reading::ReadingMessages;
use super::shown;
use crate::problem::ApiError;
use crate::state::AppState;
use crate::v1::params::Params;
use crate::v1::wire::OrderList;
use axum::Json;
use axum::extract::{RawQuery, State};
use serde_json::Value;

/// List orders
///
/// Orders with customer, status, total, last message and unread messages: those that wait for an answer first, then by
/// their last message. Staff get the orders assigned to them. With `words`, an order of that very number stands first;
/// a search looks through 20,000 orders at a time, so a page may have few orders or none and still a `next`.
#[utoipa::path(
    get, path = "/orders", tag = "Orders and customers", operation_id = "list_orders",
    params(
        ("words" = Option<String>, Query, example = "1042",
            description = "A number, customer (name, id, email, or phone in any spelling) or status; everything when left out."),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 200, example = 50,
            description = "How many orders at most; 50 when left out."),
        ("after" = Option<String>, Query, description = "The `next` of the page before, unchanged."),
    ),
    responses(
        (status = 200, description = "A page.", body = OrderList),
        (status = 400, description = "`invalid_cursor`: `after` is not the `next` of an earlier answer."),
        (status = 401, description = "`unauthenticated`: no valid key or session."),
        (status = 403, description = "`forbidden`: the role reads no messages."),
        (status = 422, description = "`invalid_fields`: a parameter is unknown, given twice or out of bounds."),
    ),
)]
pub async fn list_orders(
    ReadingMessages(scope): ReadingMessages,
    State(state): State<AppState>,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, ApiError> {
    let params = Params::read(query.as_deref(), &["words", "limit", "after"])?;
    let limit = params.number("limit", 1, 200, 50)?;
    let words = params.get("words").unwrap_or_default();
    let page = state
        .storage
        .list_orders(&scope, words, params.get("after"), limit)
        .await?;
    Ok(Json(shown(&OrderList::from(page))?))
}
