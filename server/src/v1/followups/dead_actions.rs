//! `POST /rule-actions/retry` and `POST /rule-actions/discard`: several actions that are out of tries at once.

use super::Managing;
use crate::problem::ApiError;
use crate::state::AppState;
use crate::v1::body::Sent;
use crate::v1::fields::{Fields, Lines, Wrong};
use crate::v1::idempotency::{IdempotencyKey, done};
use crate::v1::params::Params;
use crate::v1::wire::{DeadActionsInput, SettledActions};
use axum::extract::{RawQuery, State};
use axum::response::Response;
use domain::Problem;
use serde_json::Value;
use storage::{DeadActions, MAX_SEVERAL};
use uuid::Uuid;

/// The fields of both calls.
pub const FIELDS: [&str; 2] = ["ids", "rule_id"];

/// Retry several actions that are out of tries
///
/// Those that `ids` name, all of a rule, or all: each gets all its tries again. Those that are not out of tries are left
/// alone. Recorded as `rule.action_retried`, each.
#[utoipa::path(
    post, path = "/rule-actions/retry", tag = "Automatic follow-up", operation_id = "retry_rule_actions", security(("api_key" = [])),
    params(
        ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 255, pattern = "^[!-~]+$",
            example = "8e03978e-40d5-43e8-bc93-6894a57f9324",
            description = "Makes sending again harmless: the same call under the same key is done once, and answered with the stored answer."),
    ),
    request_body = DeadActionsInput,
    responses(
        (status = 200, description = "How many it was done with.", body = SettledActions, headers(
            ("Idempotency-Replayed" = String, description = "`true` when this is the stored answer of an earlier call."),
        )),
        (status = 400, description = "`malformed_json`: the body is not JSON or not UTF-8; line, column and byte are named."),
        (status = 401, description = "`unauthenticated`: no valid key."),
        (status = 403, description = "`forbidden`: the key's role may not manage rules."),
        (status = 409, description = "`conflict`: a call under this idempotency key has no stored answer yet; try again in a moment."),
        (status = 413, description = "`too_large`: more than 8 MiB."),
        (status = 415, description = "`unsupported_media_type`: not JSON in UTF-8."),
        (status = 422, description = "`invalid_fields`: each wrong field is named. `idempotency_conflict`: the key was used with another call."),
    ),
)]
pub async fn retry_rule_actions(
    Managing(scope): Managing,
    State(state): State<AppState>,
    RawQuery(query): RawQuery,
    key: IdempotencyKey,
    sent: Sent,
) -> Result<Response, ApiError> {
    Params::read(query.as_deref(), &[])?;
    let which = read(&sent.json().await?)?;
    key.in_steps()
        .once(state, scope, Some(&sent), move |state, scope| async move {
            let count = state.storage.retry_dead_actions(&scope, &which).await?;
            done(&SettledActions { count })
        })
        .await
}

/// Give several actions that are out of tries up
///
/// Those that `ids` name, all of a rule, or all. Those that are not out of tries are left alone. Recorded as
/// `rule.action_discarded`, each.
#[utoipa::path(
    post, path = "/rule-actions/discard", tag = "Automatic follow-up", operation_id = "discard_rule_actions", security(("api_key" = [])),
    params(
        ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 255, pattern = "^[!-~]+$",
            example = "8e03978e-40d5-43e8-bc93-6894a57f9324",
            description = "Makes sending again harmless: the same call under the same key is done once, and answered with the stored answer."),
    ),
    request_body = DeadActionsInput,
    responses(
        (status = 200, description = "How many it was done with.", body = SettledActions, headers(
            ("Idempotency-Replayed" = String, description = "`true` when this is the stored answer of an earlier call."),
        )),
        (status = 400, description = "`malformed_json`: the body is not JSON or not UTF-8; line, column and byte are named."),
        (status = 401, description = "`unauthenticated`: no valid key."),
        (status = 403, description = "`forbidden`: the key's role may not manage rules."),
        (status = 409, description = "`conflict`: a call under this idempotency key has no stored answer yet; try again in a moment."),
        (status = 413, description = "`too_large`: more than 8 MiB."),
        (status = 415, description = "`unsupported_media_type`: not JSON in UTF-8."),
        (status = 422, description = "`invalid_fields`: each wrong field is named. `idempotency_conflict`: the key was used with another call."),
    ),
)]
pub async fn discard_rule_actions(
    Managing(scope): Managing,
    State(state): State<AppState>,
    RawQuery(query): RawQuery,
    key: IdempotencyKey,
    sent: Sent,
) -> Result<Response, ApiError> {
    Params::read(query.as_deref(), &[])?;
    let which = read(&sent.json().await?)?;
    key.in_steps()
        .once(state, scope, Some(&sent), move |state, scope| async move {
            let count = state.storage.discard_dead_actions(&scope, &which).await?;
            done(&SettledActions { count })
        })
        .await
}

fn read(value: &Value) -> Result<DeadActions, Problem> {
    let mut wrong = Wrong::default();
    let read = Fields::open(value, "", &mut wrong).map(|mut fields| {
        fields.refuse_unknown(&FIELDS);
        let rule = fields.text("rule_id", 100, Lines::One);
        if fields.value("ids").is_none() {
            let id = rule.as_ref().and_then(|rule| rule.parse().ok());
            if rule.is_some() && id.is_none() {
                fields.add("rule_id", "format", "a UUID is expected");
            }
            return DeadActions::All(id);
        }
        if rule.is_some() {
            let message = "either ids or rule_id, not both";
            fields.add("rule_id", "contradiction", message);
        }
        let mut ids: Vec<Uuid> = Vec::new();
        for (at, item) in fields.list("ids", 1, MAX_SEVERAL).iter().enumerate() {
            match item.as_str().and_then(|text| text.parse().ok()) {
                Some(id) => ids.push(id),
                None => fields.add(&format!("ids/{at}"), "format", "a UUID is expected"),
            }
        }
        DeadActions::These(ids)
    });
    wrong.or(read)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::RuleId;
    use serde_json::json;

    #[test]
    fn which_are_meant_is_read_strictly() {
        let id = "0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e5f";
        let uuid: Uuid = id.parse().unwrap();
        for (body, which) in [
            (json!({}), DeadActions::All(None)),
            (json!({"rule_id": id}), DeadActions::All(Some(RuleId(uuid)))),
            (json!({"ids": [id]}), DeadActions::These(vec![uuid])),
        ] {
            assert_eq!(read(&body).unwrap(), which);
        }
        for (body, pointer) in [
            (json!([]), ""),
            (json!({"ids": []}), "/ids"),
            (json!({"ids": ["7"]}), "/ids/0"),
            (json!({"ids": [id], "rule_id": id}), "/rule_id"),
            (json!({"rule_id": "x"}), "/rule_id"),
            (json!({"q": ""}), "/q"),
        ] {
            let problem = read(&body).unwrap_err();
            assert_eq!(problem.fields[0].pointer, pointer, "{body}");
        }
    }
}
