//! When a rule fires, what its conditions saw, and what is never answered.

use chrono::DateTime;
use domain::followup::{
    Cause, Concerned, Condition, Filling, FollowupAction, FollowupRule, LoopGuard, Occasion,
    Trigger, fill, unfinished_place,
};
use domain::message::{Channel, Mailbox, Message, MessageDirection, MessageType};
use domain::{Actor, RuleId};

fn rule(conditions: Vec<Condition>) -> FollowupRule {
    FollowupRule {
        id: RuleId(uuid::Uuid::nil()),
        name: "Where is my order".to_owned(),
        is_enabled: true,
        is_dry: false,
        version: 1,
        trigger: Trigger::Message,
        conditions,
        actions: vec![FollowupAction::SendTemplate {
            template: "Status".to_owned(),
        }],
    }
}

fn message(text: &str) -> Message {
    Message {
        from: Mailbox::parse("noura@mail.example"),
        text: Some(text.to_owned()),
        ..Message::new(
            Channel::Email,
            MessageDirection::Inbound,
            MessageType::Reply,
            DateTime::UNIX_EPOCH,
            Actor::system(),
        )
    }
}

fn occasion(message: &Message) -> Occasion<'_> {
    Occasion {
        cause: Cause::Message {
            message,
            recent_replies: 0,
            recent_firings: 0,
        },
        concerned: Concerned {
            order_status: Some("Processing".to_owned()),
            order_total: Some("1290.00".to_owned()),
            currency: Some("SAR".to_owned()),
            customer_groups: Some(vec!["Newsletter".to_owned(), "VIP".to_owned()]),
        },
        minute_of_day: 22 * 60 + 5,
        read: &|_| Err("messages are not asked by queries".to_owned()),
    }
}

fn words(any_of: &[&str]) -> Condition {
    Condition::Words {
        any_of: any_of.iter().map(|w| (*w).to_owned()).collect(),
    }
}

#[test]
fn each_condition_says_what_it_saw() {
    let came = message("Hello, where is MY order?");
    let rule = rule(vec![
        Condition::Channel {
            any_of: vec![Channel::Email],
        },
        words(&["refund", "my order"]),
        Condition::OrderStatus {
            any_of: vec!["processing".to_owned()],
        },
        Condition::TimeOfDay {
            from: 20 * 60,
            to: 6 * 60,
        },
    ]);
    let evaluation = rule.evaluate(&occasion(&came));
    assert!(evaluation.is_matched && evaluation.guard.is_none());
    let seen: Vec<_> = evaluation
        .checked
        .iter()
        .map(|c| c.seen.as_deref())
        .collect();
    assert_eq!(
        seen,
        [
            Some("email"),
            Some("my order"),
            Some("Processing"),
            Some("22:05")
        ]
    );
}

#[test]
fn words_are_found_in_a_mail_that_is_html_alone() {
    let found = |html: &str| {
        let came = Message {
            text: None,
            html: Some(html.to_owned()),
            ..message("")
        };
        let rule = rule(vec![words(&["my order"])]);
        rule.evaluate(&occasion(&came)).is_matched
    };
    assert!(found("<p>Where is <b>my</b> order?</p>"));
    assert!(!found("<p class=\"my order\">Thanks</p>"));
    // What a mail program doesn't show, nobody wrote.
    for hidden in [
        "<STYLE>p { content: 'my order' }</style><p>Thanks</p>",
        "<!-- my order --><p>Thanks</p>",
        "<script>my order</script >",
        "Thanks<style>my order",
    ] {
        assert!(!found(hidden), "{hidden}");
    }
    assert!(found("<style>p {}</style><p>Thanks, my order</p>"));
}

#[test]
fn what_is_not_met_is_named() {
    let came = message("reordered, thanks");
    let evaluation = rule(vec![
        words(&["order"]),
        Condition::TimeOfDay { from: 0, to: 60 },
    ])
    .evaluate(&occasion(&came));
    assert!(!evaluation.is_matched);
    assert_eq!(
        evaluation
            .checked
            .iter()
            .map(|c| c.is_met)
            .collect::<Vec<_>>(),
        [false, false]
    );
    assert!(
        rule(vec![words(&["طلبي"])])
            .evaluate(&occasion(&message("أين طلبي؟")))
            .is_matched
    );
}

#[test]
fn a_day_ends_at_either_midnight_and_a_window_back_to_its_beginning_is_the_whole_day() {
    let came = message("Hello");
    let is_within = |from: u16, to: u16, now: u16| {
        let at = Occasion {
            minute_of_day: now,
            ..occasion(&came)
        };
        let window = rule(vec![Condition::TimeOfDay { from, to }]);
        window.evaluate(&at).is_matched
    };
    for now in [0, 1, 539, 540, 541, 1_438, 1_439] {
        for from in [0, 1, 540, 1_439] {
            assert_eq!(is_within(from, 1_440, now), now >= from, "{from} at {now}");
            assert_eq!(is_within(from, 0, now), now >= from, "{from} at {now}");
            assert!(is_within(from, from, now), "{from} at {now}");
        }
    }
}

fn total(currency: &str, at_least: Option<&str>, below: Option<&str>) -> Condition {
    Condition::OrderTotal {
        currency: currency.to_owned(),
        at_least: at_least.map(str::to_owned),
        below: below.map(str::to_owned),
    }
}

fn groups(any_of: &[&str]) -> Condition {
    Condition::CustomerGroup {
        any_of: any_of.iter().map(|group| (*group).to_owned()).collect(),
    }
}

#[test]
fn totals_and_groups_are_compared_and_say_what_they_saw() {
    let came = message("hello");
    let judged = |condition: Condition, concerned: Option<Concerned>| {
        let mut occasion = occasion(&came);
        if let Some(concerned) = concerned {
            occasion.concerned = concerned;
        }
        let checked = rule(vec![condition]).evaluate(&occasion).checked.remove(0);
        (checked.is_met, checked.seen)
    };
    let seen = |text: &str| Some(text.to_owned());
    for (at_least, below, is_met) in [
        (Some("1290"), None, true),
        (Some("1290.000"), Some("1290.01"), true),
        (Some("1290.001"), None, false),
        // By what it is worth, not letter by letter.
        (Some("999.99"), None, true),
        (None, Some("1290.0"), false),
        (None, Some("10000"), true),
        (Some("-5"), None, true),
    ] {
        let told = judged(total("SAR", at_least, below), None);
        assert_eq!(
            told,
            (is_met, seen("1290.00 SAR")),
            "{at_least:?} {below:?}"
        );
    }
    let other = judged(total("USD", Some("1"), None), None);
    assert_eq!(other, (false, seen("1290.00 SAR")));
    let unknown = Some(Concerned::default());
    let none = judged(total("SAR", Some("1"), None), unknown.clone());
    assert_eq!(none, (false, None));
    assert_eq!(judged(groups(&["vip"]), None), (true, seen("VIP")));
    assert_eq!(
        judged(groups(&["Wholesale"]), None),
        (false, seen("Newsletter, VIP"))
    );
    assert_eq!(judged(groups(&["vip"]), unknown), (false, None));
}

#[test]
fn machines_are_never_answered() {
    let guard = |change: fn(&mut Message), recent_replies| {
        let mut came = message("hello");
        change(&mut came);
        let occasion = Occasion {
            cause: Cause::Message {
                message: &came,
                recent_replies,
                recent_firings: 0,
            },
            ..occasion(&came)
        };
        rule(Vec::new()).evaluate(&occasion).guard
    };
    assert!(matches!(
        guard(
            |m| m
                .headers
                .push(("auto-submitted".into(), "auto-replied".into())),
            0
        ),
        Some(LoopGuard::AutoSubmitted { .. })
    ));
    assert!(matches!(
        guard(|m| m.headers.push(("Precedence".into(), "Bulk".into())), 0),
        Some(LoopGuard::Bulk { .. })
    ));
    assert!(matches!(
        guard(|m| m.headers.push(("List-Id".into(), "<x>".into())), 0),
        Some(LoopGuard::Bulk { .. })
    ));
    assert!(matches!(
        guard(|m| m.from = Mailbox::parse("no-reply@x.example"), 0),
        Some(LoopGuard::NoReader { .. })
    ));
    assert!(matches!(
        guard(|m| m.from = Mailbox::parse("MAILER-DAEMON@x.example"), 0),
        Some(LoopGuard::NoReader { .. })
    ));
    assert!(matches!(
        guard(|_| {}, 3),
        Some(LoopGuard::TooMany { count: 3 })
    ));
    assert_eq!(
        guard(
            |m| m.headers.push(("Auto-Submitted".into(), "no".into())),
            2
        ),
        None
    );
}

#[test]
fn a_place_that_is_not_closed_is_found_by_its_character() {
    for (text, at) in [
        ("Dear {{customer}}, {{ order }}: {x} }} {", None),
        ("Dear {{customer", Some(6)),
        ("نورة {{order}} {{", Some(16)),
        // The first one takes in the second: neither is filled.
        ("{{ {{order}}", Some(1)),
        ("{{customer}} {{order} {{total}}", Some(14)),
        ("", None),
    ] {
        assert_eq!(unfinished_place(text), at, "{text}");
    }
}

#[test]
fn a_template_is_filled_and_unknown_places_stay() {
    let filling = Filling {
        customer: "Noura".to_owned(),
        order: "1042".to_owned(),
        ..Filling::default()
    };
    assert_eq!(
        fill("Dear {{customer}}, {{ order }} {{x}} {{", &filling),
        "Dear Noura, 1042 {{x}} {{"
    );
}
