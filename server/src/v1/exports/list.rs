//! `GET /exports`: the log of exports.

use super::Exporting;
use crate::problem::ApiError;
use crate::state::AppState;
use crate::v1::params::Params;
use crate::v1::read_filter::not_understood;
use crate::v1::wire::ExportList;
use axum::Json;
use axum::extract::{RawQuery, State};

const DEFAULT_LIMIT: u32 = 50;
const MAX_LIMIT: u32 = 200;

/// List exports
///
/// Newest first: those that this role may see, with what became of each.
#[utoipa::path(
    get, path = "/exports", tag = "Exports", operation_id = "list_exports",
    params(
        ("q" = Option<String>, Query, description = "Words, and `kind:` `format:` `status:` `by:` `created:` `id:`; all of them when left out."),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 200, description = "How many at most; 50 when left out.", example = 20),
        ("after" = Option<String>, Query, description = "The `next` of the page before."),
    ),
    responses(
        (status = 200, description = "A page.", body = ExportList),
        (status = 400, description = "`invalid_query`: `q` was not understood; each mistake is named with its place. `invalid_cursor`: `after` is not the `next` of an earlier answer."),
        (status = 401, description = "`unauthenticated`: no valid key or session."),
        (status = 403, description = "`forbidden`: the role exports nothing."),
        (status = 422, description = "`invalid_fields`: a parameter is unknown, given twice or out of bounds."),
    ),
)]
pub async fn list_exports(
    Exporting(scope): Exporting,
    State(state): State<AppState>,
    RawQuery(query): RawQuery,
) -> Result<Json<ExportList>, ApiError> {
    let params = Params::read(query.as_deref(), &["q", "limit", "after"])?;
    let limit = params.number("limit", 1, MAX_LIMIT, DEFAULT_LIMIT)?;
    let q = params.get("q").unwrap_or_default();
    let page = state
        .storage
        .list_exports(&scope, q, params.get("after"), limit)
        .await?
        .map_err(|errors| not_understood(q, &errors))?;
    Ok(Json(ExportList {
        items: page.rows.into_iter().map(Into::into).collect(),
        next: page.next,
    }))
}
