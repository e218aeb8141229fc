//! Tests of the sentences.

use super::*;
use chrono::DateTime;
use domain::{ActorType, CategorySet, Change, Reference};

fn row(action: &str) -> ActivityRow {
    ActivityRow {
        id: "00000000-0000-7000-8000-000000000001".parse().unwrap(),
        seq: None,
        occurred_at: DateTime::UNIX_EPOCH,
        offset_minutes: 0,
        action: action.to_owned(),
        categories: CategorySet::EMPTY,
        outcome: Outcome::Success,
        actor: Actor {
            kind: ActorType::User,
            id: None,
            name: Some("Sara Nasser".to_owned()),
            email: None,
            role: None,
        },
        subject: Some(Reference {
            kind: "coupon".to_owned(),
            id: "c1".to_owned(),
            name: Some("WINTER15".to_owned()),
        }),
        description: None,
        error: None,
        first_change: None,
        change_count: 0,
        ip: None,
        operation_id: None,
    }
}

fn changed(count: u32) -> ActivityRow {
    ActivityRow {
        first_change: Some(Change {
            field: "discount".to_owned(),
            before: "10%".into(),
            after: "15%".into(),
        }),
        change_count: count,
        ..row("coupon.updated")
    }
}

fn said(locale: Locale, row: &ActivityRow) -> String {
    plain(&verdict(locale, row))
}

#[test]
fn a_change_is_said_by_what_it_changed() {
    assert_eq!(
        said(Locale::en, &changed(1)),
        "Sara Nasser changed the discount of coupon WINTER15"
    );
    assert_eq!(
        said(Locale::en, &changed(4)),
        "Sara Nasser changed 4 fields of coupon WINTER15"
    );
    assert_eq!(
        said(Locale::ar, &changed(4)),
        "تم تغيير 4 حقول في القسيمة WINTER15 بواسطة Sara Nasser"
    );
}

#[test]
fn what_failed_or_waits_is_said_so() {
    let failed = ActivityRow {
        outcome: Outcome::Failed,
        ..row("coupon.deleted")
    };
    assert_eq!(
        said(Locale::en, &failed),
        "Sara Nasser tried to delete coupon WINTER15, and it failed"
    );
    let pending = ActivityRow {
        outcome: Outcome::Pending,
        ..row("coupon.activated")
    };
    assert_eq!(
        said(Locale::en, &pending),
        "Sara Nasser asked to activate coupon WINTER15, outcome not known yet"
    );
}

#[test]
fn nobody_and_nothing_have_names_too() {
    let system = ActivityRow {
        actor: Actor::system(),
        subject: None,
        ..row("job.completed")
    };
    assert_eq!(said(Locale::en, &system), "The system completed a job");
}

#[test]
fn a_message_that_has_only_an_id_is_called_a_message() {
    let sent = ActivityRow {
        subject: Some(Reference {
            kind: "message".to_owned(),
            id: "0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e5f".to_owned(),
            name: None,
        }),
        ..row("message.sent")
    };
    assert_eq!(said(Locale::en, &sent), "Sara Nasser sent a message");
    assert_eq!(
        plain(&moment_line(Locale::en, &sent, false)),
        "Message · Message sent"
    );
}

#[test]
fn an_action_of_the_stores_own_keeps_its_code() {
    assert_eq!(
        said(Locale::en, &row("loyalty.points_granted")),
        "loyalty.points_granted on coupon WINTER15, by Sara Nasser"
    );
}

#[test]
fn history_says_what_changed_and_who() {
    assert_eq!(
        plain(&history_line(Locale::en, &changed(4))),
        "Discount 10% to 15% and 3 more · Sara Nasser"
    );
    assert_eq!(
        plain(&history_line(Locale::en, &row("coupon.activated"))),
        "Coupon activated · Sara Nasser"
    );
}

fn by_rule(action: &str, subject: bool, told: Option<&str>) -> ActivityRow {
    let own = row(action);
    ActivityRow {
        actor: Actor {
            kind: ActorType::Rule,
            name: Some("Loop A".to_owned()),
            ..Actor::system()
        },
        subject: own.subject.filter(|_| subject),
        description: told.map(str::to_owned),
        ..row(action)
    }
}

#[test]
fn what_rules_did_is_said_with_what_it_was() {
    for (action, subject, told, wanted) in [
        (
            "rule.acted",
            true,
            Some("tag_order: late"),
            "Loop A acted on coupon WINTER15: note the tag: late",
        ),
        (
            "rule.acted",
            false,
            Some("alarm: Look"),
            "Loop A acted: raise the alarm: Look",
        ),
        ("rule.acted", true, None, "Loop A acted on coupon WINTER15"),
        (
            "rule.action_failed",
            true,
            Some("hold_messages"),
            "An action of Loop A on coupon WINTER15 failed: hold messages",
        ),
        (
            "rule.evaluated",
            true,
            Some("skipped: has:error"),
            "Loop A evaluated coupon WINTER15: skipped: has:error",
        ),
        (
            "rule.evaluated",
            true,
            Some("fired"),
            "Loop A evaluated coupon WINTER15: fired",
        ),
        (
            "webhook.delivered",
            true,
            None,
            "Loop A called a webhook about coupon WINTER15",
        ),
        (
            "webhook.failed",
            true,
            None,
            "A webhook of Loop A about coupon WINTER15 failed",
        ),
    ] {
        assert_eq!(said(Locale::en, &by_rule(action, subject, told)), wanted);
    }
    let acted = by_rule("rule.acted", true, Some("tag_order: late"));
    assert_eq!(
        plain(&history_line(Locale::en, &acted)),
        "Rule acted: note the tag: late · Loop A"
    );
    assert_eq!(
        said(Locale::ar, &acted),
        "تم تنفيذ إجراء على القسيمة WINTER15 بواسطة Loop A: تسجيل الوسم: late"
    );
}
