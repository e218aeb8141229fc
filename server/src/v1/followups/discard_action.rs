//! `POST /rule-actions/{id}/discard`.

use super::{Managing, RuleKey};
use crate::problem::ApiError;
use crate::state::AppState;
use crate::v1::idempotency::{IdempotencyKey, done};
use crate::v1::params::Params;
use crate::v1::wire::Deleted as Touched;
use axum::extract::{RawQuery, State};
use axum::response::Response;

/// Give an action up
///
/// One that is out of tries, or that waits for its first or next try. Recorded as `rule.action_discarded`.
#[utoipa::path(
    post, path = "/rule-actions/{id}/discard", tag = "Automatic follow-up", operation_id = "discard_rule_action", security(("api_key" = [])),
    params(
        ("id" = uuid::Uuid, Path, description = "The action's id.", example = "0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e5f"),
        ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 255, pattern = "^[!-~]+$",
            example = "8e03978e-40d5-43e8-bc93-6894a57f9324",
            description = "Makes sending again harmless: the same call under the same key is done once, and answered with the stored answer."),
    ),
    responses(
        (status = 200, description = "It is given up.", body = Touched, headers(
            ("Idempotency-Replayed" = String, description = "`true` when this is the stored answer of an earlier call."),
        )),
        (status = 401, description = "`unauthenticated`: no valid key."),
        (status = 403, description = "`forbidden`: the key's role may not manage rules."),
        (status = 404, description = "`not_found`: there is no such action; it may have been done."),
        (status = 409, description = "`conflict`: it is being tried at this moment. Or a call under this idempotency key has no stored answer yet: try again in a moment."),
        (status = 422, description = "`invalid_fields`: the id is no UUID, or there are query parameters. `idempotency_conflict`: the key was used with another call."),
    ),
)]
pub async fn discard_rule_action(
    Managing(scope): Managing,
    State(state): State<AppState>,
    RuleKey(id): RuleKey,
    RawQuery(query): RawQuery,
    key: IdempotencyKey,
) -> Result<Response, ApiError> {
    Params::read(query.as_deref(), &[])?;
    key.once(state, scope, None, move |state, scope| async move {
        state.storage.discard_rule_action(&scope, id.0).await?;
        done(&Touched { id: id.0 })
    })
    .await
}
