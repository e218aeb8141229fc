//! `POST /rules/{id}/try`: what a rule would have done.

use super::{Managing, RuleKey, read};
use crate::problem::ApiError;
use crate::state::AppState;
use crate::v1::body::Sent;
use crate::v1::idempotency::{IdempotencyKey, done};
use crate::v1::params::Params;
use crate::v1::wire::{FollowupRuleInput, RuleTrial};
use axum::extract::{RawQuery, State};
use axum::response::Response;

/// Over how many days it is tried unless it is said.
const DAYS: u32 = 7;

/// Try a rule on the past
///
/// What the rule in the body, saved or not, would have done with what is in the log: nothing is saved and nothing done.
/// The newest 20,000 entries are looked at, as far as ten seconds reach: `since` says back to when. Orders count in the
/// state they have now, unless the entry tells how they were.
#[utoipa::path(
    post, path = "/rules/{id}/try", tag = "Automatic follow-up", operation_id = "try_rule", security(("api_key" = [])),
    params(
        ("id" = uuid::Uuid, Path, description = "The rule's id; a new UUID for a new one.", example = "0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e5f"),
        ("days" = Option<u32>, Query, description = "Over how many days, 1 to 31; 7 when left out.", minimum = 1, maximum = 31, example = 7),
        ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 255, pattern = "^[!-~]+$",
            example = "8e03978e-40d5-43e8-bc93-6894a57f9324",
            description = "Makes sending again harmless: the same call under the same key is done once, and answered with the stored answer."),
    ),
    request_body = FollowupRuleInput,
    responses(
        (status = 200, description = "How often it would have fired, with the newest examples.", body = RuleTrial, headers(
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
pub async fn try_rule(
    Managing(scope): Managing,
    State(state): State<AppState>,
    RuleKey(id): RuleKey,
    RawQuery(query): RawQuery,
    key: IdempotencyKey,
    sent: Sent,
) -> Result<Response, ApiError> {
    let params = Params::read(query.as_deref(), &["days"])?;
    let days = match params.get("days") {
        None => DAYS,
        Some(text) => text
            .parse()
            .ok()
            .filter(|days| (1..=31).contains(days))
            .ok_or_else(|| domain::Problem::field("days", "out_of_range", "a number, 1 to 31"))?,
    };
    let rule = read::rule(id, &sent.json().await?)?;
    key.once(state, scope, Some(&sent), move |state, scope| async move {
        let trial = state.storage.try_rule(&scope, &rule, days).await?;
        done(&RuleTrial::from(trial))
    })
    .await
}
