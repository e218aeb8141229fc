//! `GET /rule-actions`: what rules have yet to do.

use super::Managing;
use crate::problem::ApiError;
use crate::state::AppState;
use crate::v1::params::Params;
use crate::v1::wire::RuleActionList;
use axum::Json;
use axum::extract::{RawQuery, State};

/// List what rules have yet to do
///
/// What waits for its first or next try, with the plan of what follows, and what is out of tries and waits for a person;
/// each with the tries that failed.
#[utoipa::path(
    get, path = "/rule-actions", tag = "Automatic follow-up", operation_id = "list_rule_actions",
    responses(
        (status = 200, description = "Those out of tries first, then the newest.", body = RuleActionList),
        (status = 401, description = "`unauthenticated`: no valid key or session."),
        (status = 403, description = "`forbidden`: the role may not manage rules."),
        (status = 422, description = "`invalid_fields`: this call takes no query parameters."),
    ),
)]
pub async fn list_rule_actions(
    Managing(scope): Managing,
    State(state): State<AppState>,
    RawQuery(query): RawQuery,
) -> Result<Json<RuleActionList>, ApiError> {
    Params::read(query.as_deref(), &[])?;
    let found = state.storage.list_rule_actions(&scope, None).await?;
    let items = found.into_iter().map(Into::into).collect();
    Ok(Json(RuleActionList { items }))
}
