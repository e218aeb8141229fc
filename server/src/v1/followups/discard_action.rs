//! `POST /rule-actions/{id}/discard`.

use super::{Managing, RuleKey};
use crate::problem::ApiError;
use crate::state::AppState;
use crate::v1::params::Params;
use crate::v1::wire::Deleted as Touched;
use axum::Json;
use axum::extract::{RawQuery, State};

/// Give an action up
///
/// One that is out of tries, or that waits for its first or next try. Recorded as `rule.action_discarded`.
#[utoipa::path(
    post, path = "/rule-actions/{id}/discard", tag = "Automatic follow-up", operation_id = "discard_rule_action", security(("api_key" = [])),
    params(("id" = uuid::Uuid, Path, description = "The action's id.", example = "0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e5f")),
    responses(
        (status = 200, description = "It is given up.", body = Touched),
        (status = 401, description = "`unauthenticated`: no valid key."),
        (status = 403, description = "`forbidden`: the key's role may not manage rules."),
        (status = 404, description = "`not_found`: there is no such action; it may have been done."),
        (status = 409, description = "`conflict`: it is being tried at this moment."),
        (status = 422, description = "`invalid_fields`: the id is no UUID, or there are query parameters."),
    ),
)]
pub async fn discard_rule_action(
    Managing(scope): Managing,
    State(state): State<AppState>,
    RuleKey(id): RuleKey,
    RawQuery(query): RawQuery,
) -> Result<Json<Touched>, ApiError> {
    Params::read(query.as_deref(), &[])?;
    state.storage.discard_rule_action(&scope, id.0).await?;
    Ok(Json(Touched { id: id.0 }))
}
