//! `GET /operations/{id}/items`: what an operation did, item by item.

use super::OperationKey;
use crate::authority::Caller;
use crate::problem::ApiError;
use crate::state::AppState;
use crate::v1::params::Params;
use crate::v1::wire::OperationItemList;
use axum::Json;
use axum::extract::{RawQuery, State};
use domain::Problem;
use storage::ItemFilter;

/// How many items a page has when nothing is said.
const DEFAULT_LIMIT: u32 = 100;
/// How many items a page has at most.
const MAX_LIMIT: u32 = 1_000;

/// List the items of an operation
///
/// In the order in which they came, each with what became of its field since. Go on with `next` as `after` until it is null.
#[utoipa::path(
    get, path = "/operations/{id}/items", tag = "Bulk operations", operation_id = "list_items",
    params(
        ("id" = String, Path, description = "The operation's id.", example = "winter-sale-2026"),
        ("outcome" = Option<String>, Query, example = "failed", description = "`changed`, `unchanged` or `failed`; all when left out."),
        ("cause" = Option<String>, Query, description = "The `id` of one of the operation's `causes`."),
        ("asked" = Option<bool>, Query, description = "`true` for those that were last asked to be tried again: those that were picked, or all that failed."),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 1000, example = 100, description = "How many at most; 100 when left out."),
        ("after" = Option<String>, Query, description = "The `next` of the page before, unchanged."),
    ),
    responses(
        (status = 200, description = "A page.", body = OperationItemList),
        (status = 400, description = "`invalid_cursor`: `after` is not the `next` of an earlier answer."),
        (status = 401, description = "`unauthenticated`: no valid key or session."),
        (status = 403, description = "`forbidden`: the role sees no operations."),
        (status = 404, description = "`not_found`: there is no such operation."),
        (status = 422, description = "`invalid_fields`: a parameter is unknown, given twice or out of bounds."),
    ),
)]
pub async fn list_items(
    Caller(scope): Caller,
    State(state): State<AppState>,
    OperationKey(id): OperationKey,
    RawQuery(query): RawQuery,
) -> Result<Json<OperationItemList>, ApiError> {
    scope.require(domain::Permission::ReadOperations)?;
    let params = Params::read(
        query.as_deref(),
        &["outcome", "cause", "asked", "limit", "after"],
    )?;
    let filter = ItemFilter {
        outcome: match params.get("outcome") {
            None => None,
            Some(text) => Some(text.parse().map_err(|()| {
                Problem::field("outcome", "format", "one of changed, unchanged, failed")
            })?),
        },
        cause: match params.get("cause") {
            None => None,
            Some(text) => Some(text.parse().map_err(|_| {
                let message = "the id of one of the operation's causes";
                Problem::field("cause", "format", message)
            })?),
        },
        asked: match params.get("asked") {
            None => false,
            Some(text) => text
                .parse::<bool>()
                .map_err(|_| Problem::field("asked", "format", "true or false"))?,
        },
    };
    let limit = params.number("limit", 1, MAX_LIMIT, DEFAULT_LIMIT)?;
    let page = state
        .storage
        .list_items(&scope, &id, filter, params.get("after"), limit);
    Ok(Json(page.await?.into()))
}
