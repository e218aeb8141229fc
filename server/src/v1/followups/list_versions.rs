//! `GET /rules/{id}/versions`: what a rule was before.

use super::{Managing, RuleKey};
use crate::problem::ApiError;
use crate::state::AppState;
use crate::v1::params::Params;
use crate::v1::wire::RuleVersionList;
use axum::Json;
use axum::extract::{RawQuery, State};

/// List a rule's versions
///
/// Each saving is one, switching on and off too. To restore an older one, save it again.
#[utoipa::path(
    get, path = "/rules/{id}/versions", tag = "Automatic follow-up", operation_id = "list_rule_versions",
    params(("id" = uuid::Uuid, Path, description = "The rule's id.", example = "0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e5f")),
    responses(
        (status = 200, description = "The newest first, at most 200.", body = RuleVersionList),
        (status = 401, description = "`unauthenticated`: no valid key or session."),
        (status = 403, description = "`forbidden`: the role may not manage rules."),
        (status = 404, description = "`not_found`: there never was such a rule."),
        (status = 422, description = "`invalid_fields`: the id is no UUID, or there are query parameters."),
    ),
)]
pub async fn list_rule_versions(
    Managing(scope): Managing,
    State(state): State<AppState>,
    RuleKey(id): RuleKey,
    RawQuery(query): RawQuery,
) -> Result<Json<RuleVersionList>, ApiError> {
    Params::read(query.as_deref(), &[])?;
    let found = state.storage.list_rule_versions(&scope, id).await?;
    let items = found.into_iter().map(Into::into).collect();
    Ok(Json(RuleVersionList { items }))
}
