//! `GET /requests/count`: how many entries match.

use super::reading::{ReadingRequests, filter};
use crate::problem::ApiError;
use crate::state::AppState;
use crate::v1::params::Params;
use crate::v1::wire::Count;
use axum::Json;
use axum::extract::{RawQuery, State};

/// Count requests
///
/// How many entries match `q`. Exact up to a bound, and said to be so.
#[utoipa::path(
    get, path = "/requests/count", tag = "Requests", operation_id = "count_requests",
    params(
        ("q" = Option<String>, Query, example = "surface:api status:4*",
            description = "What to count, in the query language of this log; everything when left out."),
    ),
    responses(
        (status = 200, description = "The number.", body = Count),
        (status = 400, description = "`invalid_query`: `q` was not understood; each mistake is named with its place."),
        (status = 401, description = "`unauthenticated`: no valid key or session."),
        (status = 403, description = "`forbidden`: the role doesn't read the requests log."),
        (status = 422, description = "`invalid_fields`: a parameter is unknown or given twice."),
    ),
)]
pub async fn count_requests(
    ReadingRequests(scope): ReadingRequests,
    State(state): State<AppState>,
    RawQuery(query): RawQuery,
) -> Result<Json<Count>, ApiError> {
    let params = Params::read(query.as_deref(), &["q"])?;
    let filter = filter(&params, |q| state.storage.requests_filter(&scope, q))?;
    let count = state.storage.count_requests(&scope, &filter).await?;
    Ok(Json(count.into()))
}
