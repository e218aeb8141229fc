//! The webhooks that the shop sent in the last days: one for each of the newest things that a shop tells of, in the trace of
//! what it caused, and a few that failed.

use super::SEED;
use super::correspondence::named;
use super::dice::Dice;
use super::people::{OWNER, STAFF};
use chrono::{DateTime, TimeDelta, Utc};
use domain::hook::{FailureCause, HookResult};
use domain::{Activity, ConnectionId};
use serde_json::{Value, json};
use std::collections::VecDeque;
use storage::{SampleConnection, SampleCourse, SampleHook};

/// How many of the newest are told.
const KEPT: usize = 400;
/// How long after something happened the shop told it.
const TOLD_AFTER: TimeDelta = TimeDelta::milliseconds(900);
/// How many minutes before the end those came that still fail: apart, so that their tries do not fill the newest page of the log.
const FAILING: [i64; 3] = [245, 64, 2];
/// How many hours before the end those came that are out of tries.
const DEAD: [i64; 2] = [29, 6];

/// The webhooks told of so far.
#[derive(Default)]
pub(super) struct Hooks(VecDeque<SampleHook>);

/// The connection that they came by; `of` keeps the ids of one load apart from those of another.
pub(super) fn connection(of: &str, opened: DateTime<Utc>) -> SampleConnection {
    SampleConnection {
        id: ConnectionId(named(&format!("{of} connection"))),
        name: "maison-noor-sample".to_owned(),
        created_at: opened + TimeDelta::hours(3),
        by: STAFF[OWNER].acts(&mut Dice::of(SEED)).actor,
    }
}

impl Hooks {
    /// Takes what happened, if a shop tells of such.
    pub fn tell(&mut self, activity: &Activity) {
        let (Some(topic), Some(subject), Some(trace)) = (
            topic_of(&activity.action.name),
            &activity.subject,
            &activity.origin.trace_id,
        ) else {
            return;
        };
        let mut concerned = activity.related.iter().chain([subject]);
        let customer = concerned.find(|thing| thing.kind == "customer");
        let customer = customer.map(|customer| customer.id.clone());
        self.0.push_back(SampleHook {
            topic: topic.to_owned(),
            received_at: activity.occurred_at + TOLD_AFTER,
            body: body_of(&subject.id, customer.as_deref(), activity.occurred_at),
            trace_id: trace.clone(),
            subject: Some(subject.clone()),
            customer,
            course: SampleCourse::Done(HookResult::Recorded),
        });
        if self.0.len() > KEPT {
            self.0.pop_front();
        }
    }

    /// All of them, with those that failed until `end`, in the order in which they came.
    pub fn take(&mut self, of: &str, end: DateTime<Utc>) -> Vec<SampleHook> {
        let mut hooks: Vec<SampleHook> = std::mem::take(&mut self.0).into();
        for (at, hook) in hooks.iter_mut().enumerate() {
            hook.received_at = hook.received_at.min(end);
            hook.course = match at % 40 {
                7 => SampleCourse::SecondTry,
                13 | 29 => SampleCourse::Done(HookResult::Unchanged),
                _ => hook.course,
            };
        }
        let orders = hooks.iter().filter(|hook| hook.topic == "orders/create");
        let newest: Vec<SampleHook> = orders.rev().take(FAILING.len()).cloned().collect();
        let failing = FAILING.iter().zip(&newest).map(|(minutes, order)| {
            let cause = FailureCause::Configuration;
            failed(of, order, end - TimeDelta::minutes(*minutes), cause)
        });
        let dead = DEAD.iter().zip(&newest).map(|(hours, order)| {
            let cause = FailureCause::InvalidData;
            let mut hook = failed(of, order, end - TimeDelta::hours(*hours), cause);
            if let Value::Object(body) = &mut hook.body {
                body.remove("id");
            }
            hook
        });
        let more: Vec<SampleHook> = failing.chain(dead).collect();
        hooks.extend(more);
        hooks.sort_by_key(|hook| hook.received_at);
        hooks
    }
}

/// A later word about an order, which failed.
fn failed(of: &str, order: &SampleHook, at: DateTime<Utc>, cause: FailureCause) -> SampleHook {
    let trace = named(&format!("{of} webhook {}", at.timestamp_micros()));
    SampleHook {
        topic: "orders/updated".to_owned(),
        received_at: at,
        trace_id: trace.simple().to_string(),
        course: SampleCourse::Failing(cause),
        customer: None,
        ..order.clone()
    }
}

/// Shopify's topic for what happened.
fn topic_of(action: &str) -> Option<&'static str> {
    Some(match action {
        "order.created" => "orders/create",
        "order.status_changed" => "orders/updated",
        "order.completed" => "orders/fulfilled",
        "order.cancelled" => "orders/cancelled",
        "order.refunded" => "refunds/create",
        "customer.created" => "customers/create",
        _ => return None,
    })
}

/// What the shop sends, without what is known of the person.
fn body_of(id: &str, customer: Option<&str>, at: DateTime<Utc>) -> Value {
    json!({
        "id": id,
        "name": format!("#{id}"),
        "currency": "SAR",
        "financial_status": "paid",
        "source_name": "web",
        "created_at": at,
        "updated_at": at,
        "customer": { "id": customer },
    })
}
