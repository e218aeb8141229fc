//! `GET /rules`: the store's rules.

use super::Managing;
use crate::problem::ApiError;
use crate::state::AppState;
use crate::v1::params::Params;
use crate::v1::wire::FollowupRuleList;
use axum::Json;
use axum::extract::{RawQuery, State};

/// List rules
///
/// What messages, events and times set off, with what is wrong with each and how often it fired. What became of each rule
/// each time is recorded as `rule.evaluated`.
#[utoipa::path(
    get, path = "/rules", tag = "Automatic follow-up", operation_id = "list_rules",
    responses(
        (status = 200, description = "All of them, by name.", body = FollowupRuleList),
        (status = 401, description = "`unauthenticated`: no valid key or session."),
        (status = 403, description = "`forbidden`: the role may not manage rules."),
        (status = 422, description = "`invalid_fields`: this call takes no query parameters."),
    ),
)]
pub async fn list_rules(
    Managing(scope): Managing,
    State(state): State<AppState>,
    RawQuery(query): RawQuery,
) -> Result<Json<FollowupRuleList>, ApiError> {
    Params::read(query.as_deref(), &[])?;
    let found = state.storage.list_rule_rows(&scope).await?;
    let items = found.into_iter().map(Into::into).collect();
    Ok(Json(FollowupRuleList { items }))
}
