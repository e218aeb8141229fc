//! The store's own rules and the template that one of them answers with: what they made of the story is worked out by the
//! storage, which evaluates them as at work.

use super::SEED;
use super::correspondence::named;
use super::dice::Dice;
use super::people::{OWNER, STAFF};
use chrono::{DateTime, TimeDelta, Utc};
use domain::followup::{Condition, FollowupAction, FollowupRule, Template, Trigger};
use domain::{Activity, RuleId};
use storage::SampleVersion;

/// The template's name.
const ANSWER: &str = "Where your order is";

/// What the rules look at, beside messages.
const LOOKED_AT: [&str; 4] = [
    "order.status_changed",
    "order.refunded",
    "order.cancelled",
    "review.approved",
];

/// Whether a rule may look at an activity.
pub(super) fn is_looked_at(activity: &Activity) -> bool {
    let name = activity.action.name.as_str();
    // Of the steps of orders only those that failed: they are the most frequent of all.
    let is_step = name == "order.status_changed";
    LOOKED_AT.contains(&name) && (!is_step || activity.error.is_some())
}

/// The template; `of` keeps the ids of one load apart from those of another.
pub(super) fn template(of: &str) -> Template {
    Template {
        id: id(of, ANSWER),
        name: ANSWER.to_owned(),
        channel: None,
        subject: None,
        body: "Hello {{customer}}, thank you for asking. Each step of order {{order}} is at https://maisonnoor.example/account; \
               whatever that leaves open, a colleague answers today. {{store}}"
            .to_owned(),
        version: 1,
    }
}

/// Each saving of each rule, in a store that opened at that time.
pub(super) fn versions(of: &str, opened: DateTime<Utc>) -> Vec<SampleVersion> {
    let words = |words: &[&str]| Condition::Words {
        any_of: words.iter().map(|word| (*word).to_owned()).collect(),
    };
    let event = |query: &str| Trigger::Event {
        query: query.to_owned(),
    };
    let rule = |name: &str, trigger, condition, action| FollowupRule {
        id: id(of, name),
        name: name.to_owned(),
        is_enabled: true,
        is_dry: false,
        version: 1,
        trigger,
        conditions: vec![condition],
        actions: vec![action],
    };
    let alarm = |text: &str| FollowupAction::Alarm {
        text: text.to_owned(),
    };
    let asked = rule(
        "Where is my order?",
        Trigger::Message,
        words(&["where is", "when", "arrive", "arrived", "أين", "متى", "يصل"]),
        FollowupAction::SendTemplate {
            template: ANSWER.to_owned(),
        },
    );
    let unpacked = rule(
        "Tell when a parcel is stuck",
        event("action:order.status_changed outcome:failed"),
        words(&["address", "label printer"]),
        alarm("A parcel can't be packed: look at its order before the courier comes"),
    );
    let fit = rule(
        "Tag what did not fit",
        event("action:order.refunded"),
        words(&["too small"]),
        FollowupAction::TagOrder {
            tag: "did-not-fit".to_owned(),
        },
    );
    let wider = FollowupRule {
        version: 2,
        conditions: vec![words(&["too small", "too large"])],
        ..fit.clone()
    };
    let silent = FollowupRule {
        is_dry: true,
        ..rule(
            "Hold messages of orders cancelled at night",
            event("action:order.cancelled"),
            Condition::TimeOfDay {
                from: 21 * 60,
                to: 9 * 60,
            },
            FollowupAction::HoldMessages,
        )
    };
    let reviews = rule(
        "Tell about weak reviews",
        event("action:review.approved"),
        words(&["2 of 5", "3 of 5"]),
        alarm("A weak review: write to the customer"),
    );
    let off = FollowupRule {
        version: 2,
        is_enabled: false,
        ..reviews.clone()
    };
    // In hours. Each rule's versions stand together, in their order.
    let saved = [
        (5, asked),
        (6, unpacked),
        (27, fit),
        (31 * 24, wider),
        (58 * 24, silent),
        (29, reviews),
        (75 * 24, off),
    ];
    let owner = STAFF[OWNER].acts(&mut Dice::of(SEED));
    let saved = saved.into_iter().map(|(hour, rule)| SampleVersion {
        at: opened + TimeDelta::hours(hour),
        by: owner.actor.clone(),
        origin: owner.origin.clone(),
        rule,
    });
    saved.collect()
}

fn id(of: &str, name: &str) -> RuleId {
    RuleId(named(&format!("{of} rule {name}")))
}
