//! `GET /reported-rules`: the rules of the shop's own.

use super::Managing;
use crate::problem::ApiError;
use crate::state::AppState;
use crate::v1::params::Params;
use crate::v1::wire::ReportedRuleList;
use axum::Json;
use axum::extract::{RawQuery, State};

/// List the shop's own rules
///
/// Those that recorded activities name as what caused them, with how many named each.
#[utoipa::path(
    get, path = "/reported-rules", tag = "Automatic follow-up", operation_id = "list_reported_rules",
    responses(
        (status = 200, description = "The last to be named first, at most 500.", body = ReportedRuleList),
        (status = 401, description = "`unauthenticated`: no valid key or session."),
        (status = 403, description = "`forbidden`: the role may not manage rules."),
        (status = 422, description = "`invalid_fields`: this call takes no query parameters."),
    ),
)]
pub async fn list_reported_rules(
    Managing(scope): Managing,
    State(state): State<AppState>,
    RawQuery(query): RawQuery,
) -> Result<Json<ReportedRuleList>, ApiError> {
    Params::read(query.as_deref(), &[])?;
    let found = state.storage.list_reported_rules(&scope).await?;
    let items = found.into_iter().map(Into::into).collect();
    Ok(Json(ReportedRuleList { items }))
}
