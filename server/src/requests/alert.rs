//! Which calls the security log hears of, from what became of them: denials, floods, forged webhooks, foreign origins.
//!
//! One place for all calls, present and future: whatever is answered 403 stands in the log.

use super::Passed;
use super::needs::needs;
use domain::Reference;
use domain::request::Surface;
use domain::security::{SecurityEventName, SecurityOutcome};
use serde_json::{Value, json};
use storage::SecurityNote;

/// What the security log hears of a call, if anything.
pub(super) fn of(passed: &Passed) -> Option<SecurityNote> {
    let (event, reason) = match (passed.status, passed.keeping.surface) {
        _ if passed.is_foreign => (SecurityEventName::OriginForeign, "foreign_origin"),
        (401 | 403, Surface::Hook) => (SecurityEventName::WebhookForged, "wrong_signature"),
        (403, _) => (SecurityEventName::AccessDenied, "role"),
        (401, Surface::Api) if passed.has_key => (SecurityEventName::AccessDenied, "unknown_key"),
        (429, _) => (SecurityEventName::RateLimited, "too_many_calls"),
        _ => return None,
    };
    Some(SecurityNote {
        event,
        outcome: SecurityOutcome::Denied,
        reason: Some(reason),
        subject: Some(Reference {
            kind: "call".to_owned(),
            id: format!("{} {}", passed.method, passed.route)
                .chars()
                .take(200)
                .collect(),
            name: None,
        }),
        account: None,
        caller: passed.caller.clone(),
        details: (event == SecurityEventName::AccessDenied)
            .then(|| lacking(passed))
            .flatten(),
    })
}

/// The permission that the call needs and its role has not, as `needs`; nothing when that is not what it lacks.
fn lacking(passed: &Passed) -> Option<Value> {
    let role = passed.scope.as_ref()?.role();
    let needed = needs(&passed.method, &passed.route).filter(|needed| !role.may(*needed))?;
    Some(json!({ "needs": needed }))
}
