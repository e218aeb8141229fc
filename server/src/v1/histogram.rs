//! `GET /activities/histogram`: the log over time.

use super::params::Params;
use super::read_filter::read_filter;
use super::wire::Histogram;
use crate::authority::Caller;
use crate::problem::ApiError;
use crate::state::AppState;
use axum::Json;
use axum::extract::{RawQuery, State};

/// How many buckets there are when nothing is said.
const DEFAULT_BUCKETS: u32 = 60;
/// How many buckets there are at most.
const MAX_BUCKETS: u32 = 400;

/// Chart activities over time
///
/// The entries that match `q` by outcome, in stretches of an even width on the store's clock: `buckets` of
/// them or fewer. Covers the time that `q` names, else from the first entry to now.
#[utoipa::path(
    get, path = "/activities/histogram", tag = "Activities", operation_id = "chart_activities",
    params(
        ("q" = Option<String>, Query, example = "category:orders created:30d",
            description = "What to count, in the query language; everything when left out."),
        ("buckets" = Option<u32>, Query, minimum = 1, maximum = 400, example = 30,
            description = "How many buckets at most; 60 when left out."),
    ),
    responses(
        (status = 200, description = "The buckets.", body = Histogram),
        (status = 400, description = "`invalid_query`: `q` was not understood; each mistake is named with its place."),
        (status = 401, description = "`unauthenticated`: no valid key or session."),
        (status = 422, description = "`invalid_fields`: a parameter is unknown, given twice or out of bounds."),
    ),
)]
pub async fn histogram(
    Caller(scope): Caller,
    State(state): State<AppState>,
    RawQuery(query): RawQuery,
) -> Result<Json<Histogram>, ApiError> {
    let params = Params::read(query.as_deref(), &["q", "buckets"])?;
    let buckets = params.number("buckets", 1, MAX_BUCKETS, DEFAULT_BUCKETS)?;
    let filter = read_filter(&state.storage, &scope, &params)?;
    let histogram = state.storage.histogram(&scope, &filter, buckets).await?;
    Ok(Json(histogram.into()))
}
