//! `PUT /rules/{id}`: save a rule.

use super::read;
use super::{Managing, RuleKey};
use crate::deliver;
use crate::problem::ApiError;
use crate::state::AppState;
use crate::v1::body::Sent;
use crate::v1::params::Params;
use crate::v1::wire::{FollowupRule, FollowupRuleInput};
use axum::Json;
use axum::extract::{RawQuery, State};

/// Save a rule
///
/// A new one when the id is new, else its next version; it holds for what is recorded from now on. What sets it off and
/// meets every condition sets off the actions in their order; a mail that a program sent is never answered by a template.
/// A template or colleague that it names anew must be there.
#[utoipa::path(
    put, path = "/rules/{id}", tag = "Automatic follow-up", operation_id = "put_rule", security(("api_key" = [])),
    params(("id" = uuid::Uuid, Path, description = "The rule's id; a new UUID for a new one.", example = "0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e5f")),
    request_body = FollowupRuleInput,
    responses(
        (status = 200, description = "As it is saved, and recorded with what it was before.", body = FollowupRule),
        (status = 400, description = "`malformed_json`: the body is not JSON or not UTF-8; line, column and byte are named."),
        (status = 401, description = "`unauthenticated`: no valid key."),
        (status = 403, description = "`forbidden`: the key's role may not manage rules."),
        (status = 409, description = "`conflict`: another rule has this name, or it was saved by somebody else at the same moment."),
        (status = 413, description = "`too_large`: more than 8 MiB."),
        (status = 415, description = "`unsupported_media_type`: not JSON in UTF-8."),
        (status = 422, description = "`invalid_fields`: each wrong field is named."),
    ),
)]
pub async fn put_rule(
    Managing(scope): Managing,
    State(state): State<AppState>,
    RuleKey(id): RuleKey,
    RawQuery(query): RawQuery,
    sent: Sent,
) -> Result<Json<FollowupRule>, ApiError> {
    Params::read(query.as_deref(), &[])?;
    let mut draft = read::draft(id, &sent.json().await?);
    let named = draft.actions.iter().map(|(at, action)| (*at, action));
    let calls = deliver::wrong_calls(named, &state.config);
    draft.wrong.also(calls);
    let gone = state.storage.not_there(&scope, id, &draft.actions).await?;
    draft.wrong.also(gone);
    let saved = state.storage.save_rule(&scope, draft.sound()?).await?;
    Ok(Json(saved.into()))
}
