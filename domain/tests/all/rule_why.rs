//! What is wrong with rules, what queries see, and that the chain of "why didn't it fire?" never contradicts itself.

use chrono::DateTime;
use domain::followup::why::{
    ActionNow, ActionState, Delivery, Known, Received, Step, VersionThen, why,
};
use domain::followup::{
    Cause, Checked, Concerned, Condition, FollowupAction, FollowupRule, LoopGuard, Occasion, Often,
    Trigger, action_refusal, faults, is_callable, refusal,
};
use domain::hook::HookState;
use domain::query::Query;
use domain::{
    Action, Activity, ActivityId, Actor, Change, Facts, HookId, Origin, Outcome, Reference, RuleId,
};
use proptest::prelude::*;
use serde_json::json;

fn rule(trigger: Trigger, conditions: Vec<Condition>) -> FollowupRule {
    FollowupRule {
        id: RuleId(uuid::Uuid::nil()),
        name: "Watch".to_owned(),
        is_enabled: true,
        is_dry: false,
        version: 3,
        trigger,
        conditions,
        actions: vec![FollowupAction::Alarm {
            text: "Look".to_owned(),
        }],
    }
}

fn by_event(query: &str) -> Trigger {
    Trigger::Event {
        query: query.to_owned(),
    }
}

fn query(text: &str) -> Condition {
    Condition::Query {
        query: text.to_owned(),
    }
}

fn facts() -> Facts {
    let shipped = Action::shipped("order.refunded").expect("ships");
    Facts::new(
        ActivityId(uuid::Uuid::nil()),
        Activity {
            action: Action {
                name: "order.refunded".to_owned(),
                categories: shipped.categories,
            },
            outcome: Outcome::Success,
            occurred_at: DateTime::UNIX_EPOCH,
            actor: Actor::system(),
            subject: Some(Reference {
                kind: "order".to_owned(),
                id: "1042".to_owned(),
                name: None,
            }),
            description: Some("Refunded in full".to_owned()),
            changes: Vec::new(),
            origin: Origin::default(),
            related: Vec::new(),
            operation_id: None,
            rule: None,
            error: None,
            details: None,
        },
    )
}

fn judged(
    rule: &FollowupRule,
    is_own: bool,
    depth: u32,
    recent_firings: u64,
) -> domain::followup::Evaluation {
    let facts = facts();
    rule.evaluate(&Occasion {
        cause: Cause::Event {
            facts: &facts,
            is_own,
            depth,
            recent_firings,
        },
        concerned: Concerned {
            order_status: Some("refunded".to_owned()),
            ..Concerned::default()
        },
        minute_of_day: 600,
        read: &|text| {
            Query::parse(text)
                .to_filter(DateTime::UNIX_EPOCH, &chrono::Utc, chrono::Weekday::Mon)
                .map_err(|errors| errors[0].message.clone())
        },
    })
}

#[test]
fn what_an_entry_tells_of_its_time_counts_more_than_what_became_of_it() {
    let mut activity = facts().activity;
    let now = Concerned {
        order_status: Some("closed".to_owned()),
        order_total: Some("0.00".to_owned()),
        currency: Some("SAR".to_owned()),
        customer_groups: Some(vec!["VIP".to_owned()]),
    };
    assert_eq!(now.clone().at_time_of(&activity), now);
    let change = |field: &str, after: serde_json::Value| Change {
        field: field.to_owned(),
        before: serde_json::Value::Null,
        after,
    };
    activity.changes = vec![
        change("status", json!("shipped")),
        change("total", json!(129.5)),
        change("groups", json!(["none of the order's"])),
    ];
    let then = now.clone().at_time_of(&activity);
    assert_eq!(then.order_status.as_deref(), Some("shipped"));
    assert_eq!(then.order_total.as_deref(), Some("129.5"));
    assert_eq!(then.customer_groups, now.customer_groups);
    activity.changes = vec![change(
        "total",
        json!({"amount": "9.00", "currency": "EUR"}),
    )];
    let then = now.clone().at_time_of(&activity);
    assert_eq!(then.order_total.as_deref(), Some("9.00"));
    assert_eq!(then.currency.as_deref(), Some("EUR"));
    // A product's state is not its order's.
    activity.subject = Some(Reference {
        kind: "product".to_owned(),
        id: "p_1".to_owned(),
        name: None,
    });
    activity.changes = vec![change("status", json!("draft"))];
    assert_eq!(now.clone().at_time_of(&activity), now);
}

fn places(rule: &FollowupRule) -> Vec<String> {
    let problem = refusal(rule).expect("refused");
    problem.fields.into_iter().map(|f| f.pointer).collect()
}

#[test]
fn each_wrong_part_is_named_by_its_place() {
    let words = Condition::Words {
        any_of: vec!["x".to_owned()],
    };
    let sound = rule(by_event("action:order.refunded"), vec![words.clone()]);
    assert_eq!(refusal(&sound), None);
    assert_eq!(places(&rule(by_event(""), Vec::new())), ["/trigger/query"]);
    let past = rule(by_event("created:7d"), vec![query("colour:red")]);
    assert_eq!(places(&past), ["/trigger/query", "/conditions/0/query"]);
    let schedule = Trigger::Schedule {
        schedule: Often::Hour { minute: 60 },
    };
    let mut wrong = rule(schedule, vec![words]);
    wrong.actions.push(FollowupAction::HoldMessages);
    assert_eq!(
        places(&wrong),
        [
            "/trigger/schedule",
            "/conditions/0/condition",
            "/actions/1/action"
        ]
    );
    let total = |currency: &str, at_least: Option<&str>, below: Option<&str>| {
        let condition = Condition::OrderTotal {
            currency: currency.to_owned(),
            at_least: at_least.map(str::to_owned),
            below: below.map(str::to_owned),
        };
        rule(by_event("action:order.refunded"), vec![condition])
    };
    assert_eq!(refusal(&total("SAR", Some("9.5"), Some("10"))), None);
    for (currency, at_least, below, named) in [
        ("sar", Some("1"), None, "currency"),
        ("SAR", None, None, "at_least"),
        ("SAR", Some("1,5"), None, "at_least"),
        ("SAR", None, Some("1e3"), "below"),
        ("SAR", Some("10"), Some("9.99"), "below"),
    ] {
        let places = places(&total(currency, at_least, below));
        assert_eq!(places, [format!("/conditions/0/{named}")]);
    }
    let on_message = rule(Trigger::Message, vec![query("has:error")]);
    assert_eq!(places(&on_message), ["/conditions/0/condition"]);
}

#[test]
fn an_action_that_is_edited_has_one_field() {
    let url = "ftp://hooks.example".to_owned();
    let refused = action_refusal(&FollowupAction::CallWebhook { url }).expect("refused");
    assert_eq!(refused.fields[0].pointer, "/value");
    let words = refused.message.as_str();
    assert!(words.starts_with("one field is wrong: /value: "), "{words}");
}

#[test]
fn what_is_named_and_gone_is_a_fault_and_no_refusal() {
    let mut answers = rule(by_event("category:orders"), Vec::new());
    answers.actions = vec![FollowupAction::SendTemplate {
        template: "Sorry".to_owned(),
    }];
    assert_eq!(refusal(&answers), None);
    assert!(faults(&answers, &["Sorry".to_owned()], &[]).is_empty());
    assert_eq!(faults(&answers, &[], &[])[0].pointer, "/actions/0/template");
    answers.actions = vec![FollowupAction::Assign {
        to: "Sara@linen.example".to_owned(),
    }];
    assert_eq!(refusal(&answers), None);
    assert!(faults(&answers, &[], &["sara@linen.example".to_owned()]).is_empty());
    assert_eq!(faults(&answers, &[], &[])[0].pointer, "/actions/0/to");
}

#[test]
fn a_webhook_is_called_by_https_or_by_http_at_an_address_in_numbers() {
    for (url, may_be) in [
        ("https://hooks.example/a?b=c", true),
        ("http://10.0.0.7", true),
        ("http://10.0.0.7:8080/a", true),
        ("http://[fd00::7]/a", true),
        ("http://[fd00::7]:8080/a", true),
        ("http://hooks.example/a", false),
        ("http://10.0.0.7.hooks.example/", false),
        ("http://sara@10.0.0.7/", false),
        ("http://fd00::7/", false),
        ("https://hooks.example/a b", false),
        ("ftp://10.0.0.7/", false),
        ("", false),
    ] {
        assert_eq!(is_callable(url), may_be, "{url}");
        let mut calls = rule(by_event("category:orders"), Vec::new());
        calls.actions = vec![FollowupAction::CallWebhook {
            url: url.to_owned(),
        }];
        assert_eq!(refusal(&calls).is_none(), may_be, "{url}");
    }
}

#[test]
fn a_query_says_which_term_was_not_met_and_what_it_saw() {
    let rule = rule(
        by_event("category:orders"),
        vec![
            query("category:orders -subject:order/1042 refunded"),
            query("colour:red"),
        ],
    );
    let evaluation = judged(&rule, false, 0, 0);
    assert!(!evaluation.is_matched && !evaluation.is_fired());
    let [first, second] = &evaluation.checked[..] else {
        panic!("two conditions");
    };
    assert_eq!(first.missed.as_deref(), Some("-subject:order/1042"));
    assert_eq!(first.seen.as_deref(), Some("order/1042"));
    assert!(second.broken.is_some() && !second.is_met);
}

#[test]
fn circles_end() {
    let rule = rule(by_event("category:orders"), Vec::new());
    assert!(judged(&rule, false, 0, 0).is_fired());
    let guards = [
        (judged(&rule, true, 0, 0), LoopGuard::Own),
        (judged(&rule, false, 5, 0), LoopGuard::TooDeep { depth: 5 }),
        (
            judged(&rule, false, 0, 20),
            LoopGuard::TooOften { count: 20 },
        ),
    ];
    for (evaluation, guard) in guards {
        assert!(evaluation.is_matched && !evaluation.is_fired());
        assert_eq!(evaluation.guard, Some(guard));
    }
}

fn received() -> Received {
    Received {
        id: ActivityId(uuid::Uuid::nil()),
        action: "order.refunded".to_owned(),
        at: DateTime::UNIX_EPOCH,
    }
}

proptest! {
    #[test]
    fn a_chain_ends_where_it_breaks_and_says_so(
        has_received: bool, fits: bool, version in proptest::option::of((any::<bool>(), any::<bool>())),
        is_read: bool, is_history: bool, evaluated: bool, is_dry: bool, matches: bool, own: bool, fails: bool, is_done: bool,
        delivered in proptest::option::of(proptest::sample::select(HookState::ALL)),
    ) {
        let condition = if matches { "refunded" } else { "has:error" };
        let wanted = FollowupRule { is_dry, ..rule(by_event("category:orders"), vec![query(condition)]) };
        let state = if is_done { ActionState::Done } else { ActionState::Dead };
        let known = Known {
            received: has_received.then(received),
            is_told: false,
            fitting: (has_received && fits).then(received),
            delivery: delivered.map(|state| Delivery {
                id: HookId(uuid::Uuid::nil()), topic: "orders/updated".to_owned(), at: DateTime::UNIX_EPOCH, state,
                result: None, error: None, due_at: None,
            }),
            version: version.map(|(is_enabled, is_deleted)| VersionThen {
                version: 3, is_enabled, is_deleted, is_same_trigger: true,
                off_since: (!is_enabled).then_some(DateTime::UNIX_EPOCH),
            }),
            passed: None,
            next: None,
            is_read,
            is_history,
            evaluation: evaluated.then(|| (DateTime::UNIX_EPOCH, judged(&wanted, own, 0, 0))),
            error: fails.then(|| "503".to_owned()),
            actions: vec![ActionNow { action: "alarm".to_owned(), tries: 1, state, error: None, at: None }],
            faults: Vec::new(),
        };
        let answer = why(&known);
        let fired = answer.steps.iter().any(|step| matches!(step, Step::Fired { .. }));
        prop_assert_eq!(answer.is_fired, fired);
        prop_assert_eq!(fired, has_received && fits && evaluated && matches && !own && !is_dry);
        let mut chain = answer.steps.iter().filter(|step| !matches!(step, Step::Delivered { .. }));
        prop_assert_eq!(answer.is_done, fired && is_done && !fails && chain.all(Step::is_ok));
        prop_assert!(!answer.steps.is_empty());
        // Whatever its versions tell: what was evaluated is never told beside a rule that was not there, off or deleted.
        let is_judged = has_received && fits && evaluated;
        let is_on = answer.steps.contains(&Step::On { version: 3 });
        let is_denied = answer.steps.iter().any(|step| matches!(step, Step::NoRuleYet | Step::Off { .. } | Step::Deleted));
        let agrees = is_on && !is_denied;
        prop_assert!(!is_judged || agrees);
        // A later webhook that became no entry is told first, if the rule fired only one that waits or is out of tries.
        let is_first = matches!(answer.steps[0], Step::Delivered { .. });
        let is_told = |state: HookState| !fired || !matches!(state, HookState::Done | HookState::Discarded);
        prop_assert_eq!(is_first, delivered.is_some_and(is_told));
        // That it is off is told once, whether or not something came.
        let is_off = version.is_some_and(|(is_enabled, is_deleted)| !is_enabled && !is_deleted);
        let off = answer.steps.iter().filter(|step| matches!(step, Step::Off { .. } | Step::OffNow { .. })).count();
        prop_assert_eq!(off, usize::from(is_off && !is_judged));
        // Who did not fire is told why: something in the chain is not well.
        prop_assert!(fired || answer.steps.iter().any(|step| !step.is_ok()));
        prop_assert!(answer.steps.iter().all(|step| !step.in_words().is_empty()));
        let text = serde_json::to_string(&answer).unwrap();
        prop_assert_eq!(serde_json::from_str::<domain::followup::why::Answer>(&text).unwrap(), answer);
    }
}

#[test]
fn a_time_that_passed_while_the_rule_was_off_is_told_with_since_when() {
    let off = VersionThen {
        version: 2,
        is_enabled: false,
        is_deleted: false,
        is_same_trigger: true,
        off_since: Some(DateTime::UNIX_EPOCH),
    };
    let known = Known {
        // What it did before it was switched off is not what is asked for.
        fitting: Some(received()),
        passed: Some(DateTime::UNIX_EPOCH),
        version: Some(off),
        ..Known::default()
    };
    let answer = why(&known);
    assert!(!answer.is_fired);
    let words: Vec<String> = answer.steps.iter().map(Step::in_words).collect();
    assert_eq!(
        words,
        [
            "its time came at 1970-01-01 00:00:00 UTC",
            "the rule was off then, since 1970-01-01 00:00:00 UTC (version 2)",
        ]
    );
}

#[test]
fn a_try_that_failed_is_told_with_its_cause_and_how_often() {
    let told = |tries, error: &str| {
        let now = ActionNow {
            action: "alarm".to_owned(),
            tries,
            state: ActionState::Waiting,
            error: Some(error.to_owned()),
            at: None,
        };
        Step::Action { now }.in_words()
    };
    assert_eq!(
        told(1, "error sending request: dns error"),
        "alarm failed once (database, network or other system: error sending request: dns error)"
    );
    assert_eq!(told(2, "no room"), "alarm failed twice (no room)");
    assert_eq!(told(3, "no room"), "alarm failed 3 times (no room)");
}

#[test]
fn a_schedule_whose_time_has_not_come_says_when_it_comes() {
    let known = Known {
        next: Some(DateTime::UNIX_EPOCH),
        ..Known::default()
    };
    let answer = why(&known);
    assert!(!answer.is_fired);
    let words: Vec<String> = answer.steps.iter().map(Step::in_words).collect();
    assert_eq!(
        words,
        ["its time has not come yet: it comes at 1970-01-01 00:00:00 UTC"]
    );
}

#[test]
fn what_came_of_an_evaluation_is_said_in_a_few_words() {
    let by = |conditions| rule(by_event("category:orders"), conditions);
    let fits = by(vec![query("refunded")]);
    assert_eq!(judged(&fits, false, 0, 0).in_short(), "fired");
    assert_eq!(judged(&fits, true, 0, 0).in_short(), "held back");
    let dry = FollowupRule {
        is_dry: true,
        ..fits
    };
    assert_eq!(judged(&dry, false, 0, 0).in_short(), "on trial");
    for (condition, wanted) in [
        (query("has:error"), "skipped: has:error"),
        (
            Condition::OrderStatus {
                any_of: vec!["lost".to_owned(), "late".to_owned()],
            },
            "skipped: lost, late",
        ),
        (
            Condition::TimeOfDay { from: 0, to: 540 },
            "skipped: 00:00–09:00",
        ),
    ] {
        let skipped = judged(&by(vec![condition]), false, 0, 0);
        assert_eq!(skipped.in_short(), wanted);
    }
}

#[test]
fn a_failed_action_stands_for_the_whole_whatever_was_done_after_it() {
    let action = |name: &str, state| ActionNow {
        action: name.to_owned(),
        tries: 1,
        state,
        error: None,
        at: None,
    };
    let asked = |first| {
        let wanted = rule(by_event("category:orders"), Vec::new());
        why(&Known {
            fitting: Some(received()),
            version: Some(VersionThen {
                version: 3,
                is_enabled: true,
                is_deleted: false,
                is_same_trigger: true,
                off_since: None,
            }),
            is_read: true,
            evaluation: Some((DateTime::UNIX_EPOCH, judged(&wanted, false, 0, 0))),
            actions: vec![
                action("alarm", first),
                action("tag_order", ActionState::Done),
            ],
            ..Known::default()
        })
    };
    let told = |answer: &domain::followup::why::Answer| match answer.decisive() {
        Some(Step::Action { now }) => now.action.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(told(&asked(ActionState::Dead)), "alarm");
    assert_eq!(told(&asked(ActionState::Done)), "tag_order");
}

#[test]
fn what_a_condition_did_not_know_is_said() {
    let told = |condition| {
        let checked = Checked {
            condition,
            is_met: false,
            seen: None,
            missed: None,
            broken: None,
        };
        Step::NotMet { checked }.in_words()
    };
    let any_of = |one: &str| vec![one.to_owned()];
    let words = told(Condition::Words {
        any_of: any_of("lost"),
    });
    assert_eq!(
        words,
        "the condition on words (lost) was not met; none of the words stood in it"
    );
    let total = Condition::OrderTotal {
        currency: "SAR".to_owned(),
        at_least: Some("100".to_owned()),
        below: None,
    };
    for condition in [
        total,
        Condition::OrderStatus {
            any_of: any_of("late"),
        },
        Condition::CustomerGroup {
            any_of: any_of("vip"),
        },
    ] {
        let words = told(condition);
        let end = "was not met; nothing of the kind was known";
        assert!(words.ends_with(end), "{words}");
    }
}

#[test]
fn a_subject_without_a_trace_is_told_from_one_of_which_nothing_was_received() {
    let steps = |known: &Known| why(known).steps;
    assert_eq!(steps(&Known::default()), [Step::NothingKnown]);
    let told = Known {
        is_told: true,
        ..Known::default()
    };
    assert_eq!(steps(&told), [Step::NothingReceived]);
    let delivered = Known {
        delivery: Some(Delivery {
            id: HookId(uuid::Uuid::nil()),
            topic: "orders/updated".to_owned(),
            at: DateTime::UNIX_EPOCH,
            state: HookState::Dead,
            result: None,
            error: None,
            due_at: None,
        }),
        ..Known::default()
    };
    assert_eq!(steps(&delivered).last(), Some(&Step::NothingReceived));
}
