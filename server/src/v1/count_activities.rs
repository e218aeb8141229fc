//! `GET /activities/count`: how many entries match.

use super::params::Params;
use super::read_filter::read_filter;
use super::wire::Count;
use crate::authority::Caller;
use crate::problem::ApiError;
use crate::state::AppState;
use axum::Json;
use axum::extract::{RawQuery, State};

/// Count activities
///
/// How many entries match `q`. Exact where Storetrail keeps counts, else up to 10,000 and said to be so.
#[utoipa::path(
    get, path = "/activities/count", tag = "Activities", operation_id = "count_activities",
    params(
        ("q" = Option<String>, Query, example = "outcome:failed created:today",
            description = "What to count, in the query language; everything when left out."),
    ),
    responses(
        (status = 200, description = "The number.", body = Count),
        (status = 400, description = "`invalid_query`: `q` was not understood; each mistake is named with its place."),
        (status = 401, description = "`unauthenticated`: no valid key or session."),
        (status = 422, description = "`invalid_fields`: a parameter is unknown or given twice."),
    ),
)]
pub async fn count_activities(
    Caller(scope): Caller,
    State(state): State<AppState>,
    RawQuery(query): RawQuery,
) -> Result<Json<Count>, ApiError> {
    let params = Params::read(query.as_deref(), &["q"])?;
    let filter = read_filter(&state.storage, &scope, &params)?;
    let count = state.storage.count_activities(&scope, &filter).await?;
    Ok(Json(count.into()))
}
