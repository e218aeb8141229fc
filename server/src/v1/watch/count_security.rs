//! `GET /security/count`: how many entries match.

use super::reading::{ReadingSecurity, filter};
use crate::problem::ApiError;
use crate::state::AppState;
use crate::v1::params::Params;
use crate::v1::wire::Count;
use axum::Json;
use axum::extract::{RawQuery, State};

/// Count security events
///
/// How many entries match `q`. Exact up to a bound, and said to be so.
#[utoipa::path(
    get, path = "/security/count", tag = "Security", operation_id = "count_security",
    params(
        ("q" = Option<String>, Query, example = "event:sign_in.failed created:7d",
            description = "What to count, in the query language of this log; everything when left out."),
    ),
    responses(
        (status = 200, description = "The number.", body = Count),
        (status = 400, description = "`invalid_query`: `q` was not understood; each mistake is named with its place."),
        (status = 401, description = "`unauthenticated`: no valid key or session."),
        (status = 403, description = "`forbidden`: the role doesn't read the security log."),
        (status = 422, description = "`invalid_fields`: a parameter is unknown or given twice."),
    ),
)]
pub async fn count_security(
    ReadingSecurity(scope): ReadingSecurity,
    State(state): State<AppState>,
    RawQuery(query): RawQuery,
) -> Result<Json<Count>, ApiError> {
    let params = Params::read(query.as_deref(), &["q"])?;
    let filter = filter(&params, |q| state.storage.security_filter(&scope, q))?;
    let count = state.storage.count_security(&scope, &filter).await?;
    Ok(Json(count.into()))
}
