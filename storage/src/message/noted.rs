//! The entries of the activity log that go with messages: what happened, for which order and customer.

use crate::Ambient;
use crate::account::own_activity;
use crate::record::Record;
use domain::message::{
    Delivery, DeliveryStatus, Message, MessageDirection, NotSentReason, ReadStatus, Verdict,
};
use domain::{Activity, Actor, Category, MessageId, Outcome, Reference, Said};
use serde_json::json;

/// An entry about a message.
pub(super) fn noted(
    ambient: &Ambient,
    id: MessageId,
    message: &Message,
    action: &str,
    actor: Actor,
) -> Activity {
    let reference = |kind: &str, id: &str, name: Option<&String>| Reference {
        kind: kind.to_owned(),
        id: id.to_owned(),
        name: name.cloned(),
    };
    let order = message
        .order
        .as_ref()
        .map(|number| reference("order", number, None));
    let customer = message
        .customer
        .as_ref()
        .map(|id| reference("customer", id, message.customer_name.as_ref()));
    let mut activity = own_activity(
        ambient,
        action,
        Category::Messages,
        Some(reference("message", &id.to_string(), None)),
        Vec::new(),
    );
    activity.actor = actor;
    activity.description = message.subject.clone().filter(|_| !message.is_secret);
    activity.related = order.into_iter().chain(customer).collect();
    activity.rule.clone_from(&message.rule);
    activity.origin.trace_id.clone_from(&message.trace_id);
    activity.details = Some(json!({
        "channel": message.channel,
        "type": message.kind,
        "to": message.counterpart().map(|mailbox| &mailbox.address),
    }));
    activity
}

/// The entry that goes with a new message.
pub(super) fn created(
    ambient: &Ambient,
    id: MessageId,
    message: &Message,
    delivery: &Delivery,
) -> Record {
    let (action, outcome) = match delivery.status {
        None => ("message.received", Outcome::Success),
        Some(DeliveryStatus::Sent) => ("message.sent", Outcome::Success),
        Some(DeliveryStatus::Pending) => ("message.queued", Outcome::Success),
        Some(DeliveryStatus::Stopped) => ("message.stopped", Outcome::Success),
        Some(DeliveryStatus::NotSent | DeliveryStatus::Failed) => {
            ("message.failed", Outcome::Failed)
        }
    };
    let mut activity = noted(ambient, id, message, action, message.caused_by.clone());
    activity.outcome = outcome;
    activity.occurred_at = message.occurred_at;
    activity.error = error_of(delivery);
    Record::Activity(activity)
}

/// The entry that goes with a change, if it is one that people look for.
pub(super) fn changed(
    ambient: &Ambient,
    id: MessageId,
    message: &Message,
    before: &Delivery,
    after: &Delivery,
) -> Option<Record> {
    if message.direction == MessageDirection::Inbound {
        return None;
    }
    let was_delivered = |d: &Delivery| {
        matches!(
            &d.verdict,
            Verdict::HandedOver {
                delivered_at: Some(_),
                ..
            }
        )
    };
    let was_read = |d: &Delivery| d.read == ReadStatus::Read;
    let became = |status| after.status == Some(status) && before.status != Some(status);
    let action = if became(DeliveryStatus::Failed) || became(DeliveryStatus::NotSent) {
        "message.failed"
    } else if became(DeliveryStatus::Stopped) {
        "message.stopped"
    } else if was_read(after) && !was_read(before) {
        "message.read"
    } else if was_delivered(after) && !was_delivered(before) {
        "message.delivered"
    } else if became(DeliveryStatus::Sent) {
        "message.sent"
    } else {
        return None;
    };
    let mut activity = noted(ambient, id, message, action, Actor::system());
    if action == "message.failed" {
        activity.outcome = Outcome::Failed;
        activity.error = error_of(after);
    }
    Some(Record::Activity(activity))
}

/// Why it did not arrive, in the key's and the provider's words.
fn error_of(delivery: &Delivery) -> Option<String> {
    let key = |value: serde_json::Value| value.as_str().map(|key| key.replace('_', " "));
    match &delivery.verdict {
        Verdict::NotDelivered { reason, .. } => {
            let reason = key(json!(reason)).unwrap_or_default();
            Some(match &delivery.provider_words {
                Some(words) => format!("{reason}: {words}"),
                None => reason,
            })
        }
        Verdict::NotSent {
            reason: NotSentReason::NoSender,
        } => Some(Said::NotSetUp.into()),
        Verdict::NotSent { reason } => key(json!(reason)),
        _ => None,
    }
}
