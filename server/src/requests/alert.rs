//! Which calls the security log hears of, from what became of them: denials, floods, forged webhooks, foreign origins.
//!
//! One place for all calls, present and future: whatever is answered 403 stands in the log, but for what only wants a
//! fresh proof of who may do it.

use super::Passed;
use super::needs::needs;
use domain::request::Surface;
use domain::security::{SecurityEventName, SecurityOutcome};
use domain::{Code, Permission, Reference};
use serde_json::json;
use storage::SecurityNote;

/// What the security log hears of a call, if anything.
pub(super) fn of(passed: &Passed) -> Option<SecurityNote> {
    let (event, reason) = match (passed.status, passed.keeping.surface) {
        _ if passed.is_foreign => (SecurityEventName::OriginForeign, "foreign_origin"),
        _ if passed.is_noted || passed.code == Some(Code::ProofRequired) => return None,
        (401 | 403, Surface::Hook) => (SecurityEventName::WebhookForged, "wrong_signature"),
        (403, _) => (SecurityEventName::AccessDenied, "role"),
        (401, Surface::Api) if passed.has_key => (SecurityEventName::AccessDenied, "unknown_key"),
        (429, _) => (SecurityEventName::RateLimited, "too_many_calls"),
        _ => return None,
    };
    let lacking = lacking(passed).filter(|_| event == SecurityEventName::AccessDenied);
    let reason = match &passed.scope {
        Some(scope) if lacking.is_some() => scope.denial(lacking),
        _ => reason,
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
        details: lacking.map(|needed| json!({ "needs": needed })),
    })
}

/// The permission that the call needs and its role has not; none when that is not what it lacks.
fn lacking(passed: &Passed) -> Option<Permission> {
    let role = passed.scope.as_ref()?.role();
    needs(&passed.method, &passed.route).filter(|needed| !role.may(*needed))
}
