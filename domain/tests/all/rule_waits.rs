//! What "why didn't it fire?" says where nothing came that sets a rule off: that the rule is off, which webhook waits.

use chrono::{DateTime, TimeDelta};
use domain::followup::why::{Delivery, Known, Received, Step, VersionThen, why};
use domain::hook::HookState;
use domain::{ActivityId, HookId};

#[test]
fn a_rule_that_is_off_says_so_where_nothing_came_too() {
    let now = VersionThen {
        version: 2,
        is_enabled: false,
        is_deleted: false,
        is_same_trigger: true,
        off_since: Some(DateTime::UNIX_EPOCH),
    };
    let words = |known: &Known| why(known).steps.last().map(Step::in_words);
    let off = "the rule is off, since 1970-01-01 00:00:00 UTC (version 2)";
    for known in [
        Known::default(),
        Known {
            received: Some(Received {
                id: ActivityId(uuid::Uuid::nil()),
                action: "order.refunded".to_owned(),
                at: DateTime::UNIX_EPOCH,
            }),
            ..Known::default()
        },
        Known {
            next: Some(DateTime::UNIX_EPOCH),
            ..Known::default()
        },
    ] {
        let asked = |version| Known {
            version: Some(version),
            ..known.clone()
        };
        assert_eq!(words(&asked(now)).as_deref(), Some(off));
        let unknown = VersionThen {
            off_since: None,
            ..now
        };
        let unsaid = words(&asked(unknown));
        assert_eq!(unsaid.as_deref(), Some("the rule is off (version 2)"));
        let deleted = VersionThen {
            is_deleted: true,
            ..now
        };
        assert_eq!(why(&asked(deleted)).steps.last(), Some(&Step::Deleted));
        let on = VersionThen {
            is_enabled: true,
            ..now
        };
        assert_eq!(why(&asked(on)), why(&known));
    }
}

#[test]
fn a_webhook_that_waits_is_told_with_its_error_and_its_next_try() {
    let delivery = Delivery {
        id: HookId(uuid::Uuid::nil()),
        topic: "products/update".to_owned(),
        at: DateTime::UNIX_EPOCH,
        state: HookState::Failed,
        result: None,
        error: Some("the connection is switched off".to_owned()),
        due_at: Some(DateTime::UNIX_EPOCH + TimeDelta::minutes(5)),
    };
    let told = Step::Delivered { delivery }.in_words();
    assert_eq!(
        told,
        "the webhook products/update came at 1970-01-01 00:00:00 UTC and failed (the connection is switched off) \
         and is tried again at 1970-01-01 00:05:00 UTC"
    );
}
