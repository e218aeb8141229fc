//! The two logs that watch: the security log and the operations log. Writing into them, and their lines as a
//! scope may see them; reading is in the files below.

mod alarm;
mod filter;
mod letter;
mod note;
mod past;
mod request;
mod security;
mod selected;
pub(crate) mod viewed;
mod walk;

pub use alarm::{AlarmNotice, AlarmWords};
pub(crate) use filter::Log;
pub use letter::AlarmLetter;
pub(crate) use note::Noted;
pub use note::SecurityNote;
pub(crate) use selected::{items_of, selected};
pub(crate) use walk::Entry;

use crate::log::zone;
use crate::{Principal, Scope, Storage};
use domain::request::RequestEntry;
use domain::security::{SecurityEvent, SecurityEventName, SecurityOutcome};
use domain::view::{RequestRow, SecurityRow};
use domain::{ActorType, Change, Device, MASK, Reference, Seq};
use serde_json::Value;
use uuid::Uuid;

impl Storage {
    /// An event of the scope's own doing, now, by the call that the scope belongs to.
    pub(crate) fn event(
        &self,
        scope: &Scope,
        name: SecurityEventName,
        outcome: SecurityOutcome,
    ) -> SecurityEvent {
        let mut event = SecurityEvent::new(name, outcome, self.ambient().clock.now());
        event.actor = scope.actor();
        event.origin = scope.caller().origin();
        event.request_id.clone_from(&scope.caller().request_id);
        if let Principal::User { email, .. } = scope.principal() {
            event.account = Some(email.clone());
        }
        event
    }
}

/// An event with personal data hidden where the scope's role asks for it: addresses, devices, and what an
/// account that is no colleague's was called.
pub(crate) fn shown_event(scope: &Scope, event: &SecurityEvent) -> SecurityEvent {
    let mut shown = event.clone();
    if scope.role().is_masked() {
        let mask = |text: &Option<String>| text.as_ref().map(|_| MASK.to_owned());
        shown.account = mask(&shown.account);
        shown.actor.email = mask(&shown.actor.email);
        shown.origin.user_agent = mask(&shown.origin.user_agent);
        shown.origin.ip = None;
        shown.place = None;
        shown.details = None;
        if let Some(subject) = &mut shown.subject {
            hide_person(subject);
        }
        for change in &mut shown.changes {
            hide_change(change);
        }
    }
    shown
}

fn hide_person(reference: &mut Reference) {
    if reference.is_person() {
        reference.name = reference.name.as_ref().map(|_| MASK.to_owned());
        MASK.clone_into(&mut reference.id);
    }
}

/// Roles and permissions are no personal data; everything else may be.
fn hide_change(change: &mut Change) {
    if !matches!(change.field.as_str(), "role" | "access") {
        for value in [&mut change.before, &mut change.after] {
            if !value.is_null() {
                *value = Value::from(MASK);
            }
        }
    }
}

/// The line of an event.
pub(crate) fn security_row(
    scope: &Scope,
    id: Uuid,
    seq: Seq,
    event: &SecurityEvent,
) -> SecurityRow {
    let is_masked = scope.role().is_masked();
    let shown = shown_event(scope, event);
    let agent = event.origin.user_agent.as_deref();
    let ip = event.origin.ip.map(|ip| {
        if is_masked {
            MASK.to_owned()
        } else {
            ip.to_string()
        }
    });
    SecurityRow {
        id,
        seq: (!scope.role().is_restricted()).then_some(seq),
        occurred_at: shown.occurred_at,
        offset_minutes: zone::offset_minutes(zone::of(scope.store()), shown.occurred_at),
        event: shown.event,
        kind: shown.event.kind(),
        outcome: shown.outcome,
        actor: shown.actor,
        account: shown.account,
        subject: shown.subject,
        ip,
        device: agent.filter(|_| !is_masked).and_then(Device::words_of),
        reason: shown.reason,
        first_change: shown.changes.into_iter().next(),
        count: shown.count,
        is_new_address: shown.is_new_address,
        is_new_device: shown.is_new_device,
        details: shown.details,
        request_id: shown.request_id,
    }
}

/// A call with personal data hidden where the scope's role asks for it.
pub(crate) fn shown_request(scope: &Scope, entry: &RequestEntry) -> RequestEntry {
    let mut shown = entry.clone();
    if scope.role().is_masked() {
        let mask = |text: &Option<String>| text.as_ref().map(|_| MASK.to_owned());
        shown.actor.email = mask(&shown.actor.email);
        if shown.actor.kind == ActorType::Customer {
            shown.actor.name = mask(&shown.actor.name);
            shown.actor.id = mask(&shown.actor.id);
        }
        MASK.clone_into(&mut shown.path);
        shown.query = mask(&shown.query);
        shown.body = mask(&shown.body);
        shown.body_sha256 = None;
        shown.user_agent = mask(&shown.user_agent);
        shown.ip = None;
        shown.viewed.iter_mut().for_each(hide_person);
    }
    shown
}

/// The line of a call.
pub(crate) fn request_row(scope: &Scope, entry: &RequestEntry, effects: u32) -> RequestRow {
    let is_masked = scope.role().is_masked();
    let shown = shown_request(scope, entry);
    let agent = entry.user_agent.as_deref();
    let ip = entry.ip.map(|ip| {
        if is_masked {
            MASK.to_owned()
        } else {
            ip.to_string()
        }
    });
    RequestRow {
        id: shown.id,
        occurred_at: shown.occurred_at,
        offset_minutes: zone::offset_minutes(zone::of(scope.store()), shown.occurred_at),
        surface: shown.surface,
        actor: shown.actor,
        method: shown.method,
        route: shown.route,
        path: shown.path,
        status: shown.status,
        duration_us: shown.duration_us,
        ip,
        device: agent.filter(|_| !is_masked).and_then(Device::words_of),
        request_id: shown.request_id,
        trace_id: shown.trace_id,
        effects,
    }
}
