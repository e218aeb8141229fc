//! `PUT /rule-actions/{id}/value`: try an action with another value.

use super::{Managing, RuleKey};
use crate::deliver;
use crate::problem::ApiError;
use crate::state::AppState;
use crate::v1::body::Sent;
use crate::v1::fields::{Fields, Lines, Wrong, pointed};
use crate::v1::params::Params;
use crate::v1::wire::{Deleted as Touched, RuleActionValue};
use axum::Json;
use axum::extract::{RawQuery, State};
use domain::Problem;
use domain::followup::at_value;
use serde_json::Value;

/// The fields it takes.
pub const FIELDS: [&str; 1] = ["value"];

/// The longest value there is: a webhook's address.
const MAX_VALUE_CHARS: usize = 2_000;

/// Try an action with another value
///
/// For what waits or is out of tries: another template, colleague, tag, address, text or name, now, with all its tries
/// again. The rule stays as it is. Recorded as `rule.action_retried`, with what was changed.
#[utoipa::path(
    put, path = "/rule-actions/{id}/value", tag = "Automatic follow-up", operation_id = "edit_rule_action", security(("api_key" = [])),
    params(("id" = uuid::Uuid, Path, description = "The action's id.", example = "0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e5f")),
    request_body = RuleActionValue,
    responses(
        (status = 200, description = "It is due now.", body = Touched),
        (status = 400, description = "`malformed_json`: the body is not JSON or not UTF-8; line, column and byte are named."),
        (status = 401, description = "`unauthenticated`: no valid key."),
        (status = 403, description = "`forbidden`: the key's role may not manage rules."),
        (status = 404, description = "`not_found`: there is no such action; it may have been done."),
        (status = 409, description = "`conflict`: it is being tried at this moment; look at it again."),
        (status = 413, description = "`too_large`: more than 8 MiB."),
        (status = 415, description = "`unsupported_media_type`: not JSON in UTF-8."),
        (status = 422, description = "`invalid_fields`: each wrong field is named."),
    ),
)]
pub async fn edit_rule_action(
    Managing(scope): Managing,
    State(state): State<AppState>,
    RuleKey(id): RuleKey,
    RawQuery(query): RawQuery,
    sent: Sent,
) -> Result<Json<Touched>, ApiError> {
    Params::read(query.as_deref(), &[])?;
    let value = read(&sent.json().await?)?;
    let action = state.storage.rule_action_with(&scope, id.0, &value).await;
    let action = action.map_err(|error| pointed(error, &FIELDS))?;
    deliver::check_calls(std::slice::from_ref(&action), &state.config).map_err(at_value)?;
    state.storage.edit_rule_action(&scope, id.0, action).await?;
    Ok(Json(Touched { id: id.0 }))
}

fn read(value: &Value) -> Result<String, Problem> {
    let mut wrong = Wrong::default();
    let read = Fields::open(value, "", &mut wrong).map(|mut fields| {
        fields.refuse_unknown(&FIELDS);
        fields.needed("value", MAX_VALUE_CHARS, Lines::One)
    });
    wrong.or(read)
}
