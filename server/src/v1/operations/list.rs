//! `GET /operations`: the store's bulk operations.

use crate::authority::Caller;
use crate::problem::ApiError;
use crate::state::AppState;
use crate::v1::params::Params;
use crate::v1::wire::OperationList;
use axum::Json;
use axum::extract::{RawQuery, State};
use domain::Problem;
use domain::operation::OperationTab;

/// How many operations a page has when nothing is said.
const DEFAULT_LIMIT: u32 = 50;
/// How many operations a page has at most.
const MAX_LIMIT: u32 = 1_000;

/// List operations
///
/// Those that have not ended stand apart, on the first page; then those that have, newest first. Go on with `next` as
/// `after` until it is null.
#[utoipa::path(
    get, path = "/operations", tag = "Bulk operations", operation_id = "list_operations",
    params(
        ("tab" = Option<String>, Query, example = "tags",
            description = "`tags`, `bulk_operations`, `metafields`, `data_cleaning` or `system`; all when left out."),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 1000, example = 50, description = "How many at most; 50 when left out."),
        ("after" = Option<String>, Query, description = "The `next` of the page before, unchanged."),
    ),
    responses(
        (status = 200, description = "A page.", body = OperationList),
        (status = 400, description = "`invalid_cursor`: `after` is not the `next` of an earlier answer."),
        (status = 401, description = "`unauthenticated`: no valid key or session."),
        (status = 403, description = "`forbidden`: the role sees no operations."),
        (status = 422, description = "`invalid_fields`: a parameter is unknown, given twice or out of bounds."),
    ),
)]
pub async fn list_operations(
    Caller(scope): Caller,
    State(state): State<AppState>,
    RawQuery(query): RawQuery,
) -> Result<Json<OperationList>, ApiError> {
    scope.require(domain::Permission::ReadOperations)?;
    let params = Params::read(query.as_deref(), &["tab", "limit", "after"])?;
    let tab = params.get("tab").map(read_tab).transpose()?;
    let limit = params.number("limit", 1, MAX_LIMIT, DEFAULT_LIMIT)?;
    let page = state
        .storage
        .list_operations(&scope, tab, params.get("after"), limit);
    Ok(Json(page.await?.into()))
}

fn read_tab(text: &str) -> Result<OperationTab, Problem> {
    text.parse().map_err(|()| {
        let known: Vec<&str> = OperationTab::ALL.iter().map(|tab| tab.as_str()).collect();
        Problem::field("tab", "format", format!("one of {}", known.join(", ")))
    })
}
