//! `GET /messages/unmatched`: reports that fit no message.

use crate::problem::ApiError;
use crate::state::AppState;
use crate::v1::followups::Managing;
use crate::v1::params::Params;
use crate::v1::wire::UnmatchedList;
use axum::Json;
use axum::extract::{RawQuery, State};

/// How many reports a page has when nothing is said.
const DEFAULT_LIMIT: u32 = 50;
/// How many reports a page has at most.
const MAX_LIMIT: u32 = 1_000;

/// List unmatched reports
///
/// What providers told of messages that nobody knows, newest first: often a wrong account or callback address. Providers
/// name no store, so they are the same for every store. Go on with `next` as `after` until it is null.
#[utoipa::path(
    get, path = "/messages/unmatched", tag = "Messages", operation_id = "list_unmatched",
    params(
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 1000, example = 50, description = "How many at most; 50 when left out."),
        ("after" = Option<String>, Query, description = "The `next` of the page before, unchanged."),
    ),
    responses(
        (status = 200, description = "A page.", body = UnmatchedList),
        (status = 400, description = "`invalid_cursor`: `after` is not the `next` of an earlier answer."),
        (status = 401, description = "`unauthenticated`: no valid key or session."),
        (status = 403, description = "`forbidden`: the role may not manage rules."),
        (status = 422, description = "`invalid_fields`: a parameter is unknown, given twice or out of bounds."),
    ),
)]
pub async fn list_unmatched(
    Managing(scope): Managing,
    State(state): State<AppState>,
    RawQuery(query): RawQuery,
) -> Result<Json<UnmatchedList>, ApiError> {
    let params = Params::read(query.as_deref(), &["limit", "after"])?;
    let limit = params.number("limit", 1, MAX_LIMIT, DEFAULT_LIMIT)?;
    let page = state
        .storage
        .list_unmatched(&scope, params.get("after"), limit);
    Ok(Json(page.await?.into()))
}
