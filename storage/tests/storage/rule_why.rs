//! Why a rule did or did not fire: the chain up to where it broke.

use crate::harness::{activity, on_both, record_in, start};
use crate::hook;
use crate::rule_engine::{happened, order, query, rule, tag};
use chrono::Duration;
use domain::followup::why::Step;
use domain::followup::{Condition, FollowupAction, FollowupRule, Often, Template, Trigger};
use domain::hook::{HookResult, Platform};
use domain::message::{Channel, Verdict};
use domain::{ActivityId, Actor, Direction, Origin, Reference};
use storage::{Page, SamplePast, SampleVersion, Scope};

#[test]
fn a_condition_that_fails_says_what_it_saw_and_the_chain_says_where_it_broke() {
    on_both(async |case| {
        let mut wanted = rule(&case, "category:orders", tag());
        wanted.conditions = vec![
            query("action:order.refunded actor:u_99"),
            query("has:error"),
        ];
        let wanted = case.save(wanted).await;
        case.record(vec![happened(&case, "order.refunded", "7")])
            .await;
        let not_yet = case.why(&wanted, &order("7")).await.answer;
        assert_eq!(not_yet.steps.last(), Some(&Step::NotYet));
        case.look().await;
        let answer = case.why(&wanted, &order("7")).await.answer;
        let missed: Vec<_> = answer
            .steps
            .iter()
            .filter_map(|step| match step {
                Step::NotMet { checked } => Some((checked.missed.clone(), checked.seen.clone())),
                _ => None,
            })
            .collect();
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(
            missed,
            [
                (text("actor:u_99"), text("user u_17")),
                (text("has:error"), text("ip, description")),
            ]
        );
        let mut product = happened(&case, "product.updated", "x");
        product.subject = Some(Reference {
            kind: "product".to_owned(),
            ..order("p_1")
        });
        let thing = product.subject.clone().expect("there");
        case.record(vec![product]).await;
        case.look().await;
        let unfit = case.why(&wanted, &thing).await.answer;
        assert!(
            matches!(unfit.steps[..], [Step::NothingFits { .. }]),
            "{unfit:?}"
        );
        let mut old = happened(&case, "order.refunded", "8");
        old.occurred_at -= Duration::days(2);
        case.record(vec![old]).await;
        case.look().await;
        let history = case.why(&wanted, &order("8")).await.answer;
        assert_eq!(history.steps.last(), Some(&Step::History));
    });
}

#[test]
fn messages_that_wait_are_held_and_message_rules_are_asked_why_too() {
    on_both(async |case| {
        case.customer("c_1", "Noura", "noura@mail.example", "+966551234567")
            .await;
        case.order("1042", "c_1", None).await;
        let mut waiting =
            crate::message_kit::input(&case, Channel::Email, "noura@mail.example", "x");
        waiting.message.order = Some("1042".to_owned());
        let held = case.send(waiting).await;
        let hold = vec![FollowupAction::HoldMessages];
        let saved = case.save(rule(&case, "action:order.cancelled", hold)).await;
        case.record(vec![happened(&case, "order.cancelled", "1042")])
            .await;
        case.look().await;
        case.do_rule_actions().await;
        assert!(case.claim().await.is_empty(), "it was stopped");
        let held = case.storage.get_message(&case.scope(), held).await;
        let verdict = held.expect("read").expect("there").row.verdict;
        let Verdict::Stopped { by: Some(by), .. } = verdict else {
            panic!("{verdict:?}");
        };
        assert_eq!(by.name.as_deref(), Some(saved.name.as_str()));
        for (action, told) in [("rule.evaluated", "fired"), ("rule.acted", "hold_messages")] {
            let filter = case
                .storage
                .filter(&case.scope(), &format!("action:{action}"));
            let newest = Page {
                after: None,
                direction: Direction::Newest,
                limit: 1,
            };
            let found = case
                .storage
                .list_activities(&case.scope(), &filter.expect("a query"), newest)
                .await;
            let entry = found.expect("read").rows.remove(0);
            assert_eq!(entry.description.as_deref(), Some(told));
        }
        assert!(case.why(&saved, &order("1042")).await.answer.is_done);
        let by_message = FollowupRule {
            trigger: Trigger::Message,
            conditions: vec![Condition::Words {
                any_of: vec!["refund".to_owned()],
            }],
            name: "Asked".to_owned(),
            ..rule(&case, "", tag())
        };
        let by_message = case.save(by_message).await;
        let scope = case.scope();
        let email = "noura@mail.example";
        let came = crate::message_kit::inbound(&case, Channel::Email, email, "Thanks", "a@x");
        let came = case
            .storage
            .receive_message(&scope, came, Vec::new(), None)
            .await;
        let id = came.expect("received").id;
        case.storage
            .evaluate_followups(&scope, id)
            .await
            .expect("evaluated");
        let answer = case.why(&by_message, &order("1042")).await.answer;
        assert!(
            matches!(answer.steps.last(), Some(Step::NotMet { .. })),
            "{answer:?}"
        );
    });
}

#[test]
fn a_webhook_that_became_no_entry_is_part_of_the_answer() {
    on_both(async |case| {
        let saved = case
            .save(rule(&case, "action:product.updated", tag()))
            .await;
        let shirt = Reference {
            kind: "product".to_owned(),
            ..order("7")
        };
        let shop = hook::connect(&case, Platform::Shopify, "linen").await;
        let made = hook::product("129.00", "2026-11-20T08:00:00Z");
        hook::keep(&case, &shop, "products/create", "1", &made).await;
        hook::process(&case).await;
        let first = case.why(&saved, &shirt).await.answer.steps;
        assert!(
            matches!(first[..], [Step::NothingFits { .. }]),
            "what became an entry is told as one: {first:?}"
        );
        case.pass(Duration::minutes(1));
        let same = hook::product("129.00", "2026-11-20T08:05:00Z");
        hook::keep(&case, &shop, "products/update", "2", &same).await;
        hook::process(&case).await;
        let then = case.why(&saved, &shirt).await.answer.steps;
        let [Step::Delivered { delivery }, Step::NothingFits { .. }] = &then[..] else {
            panic!("{then:?}");
        };
        assert_eq!(delivery.topic, "products/update");
        assert_eq!(delivery.result, Some(HookResult::Unchanged));
    });
}

#[test]
fn a_message_is_not_judged_by_a_rule_that_was_made_after_it() {
    on_both(async |case| {
        case.customer("c_1", "Noura", "noura@mail.example", "+966551234567")
            .await;
        case.order("1042", "c_1", None).await;
        let scope = case.scope();
        let come = async |id: &str| {
            let email = "noura@mail.example";
            let came = crate::message_kit::inbound(&case, Channel::Email, email, "Thanks", id);
            let came = case
                .storage
                .receive_message(&scope, came, Vec::new(), None)
                .await;
            came.expect("received").id
        };
        let judged = async |id| {
            let found = case.storage.evaluate_followups(&scope, id).await;
            found.expect("evaluated").len()
        };
        let before = come("a@x").await;
        let by_message = FollowupRule {
            trigger: Trigger::Message,
            ..rule(&case, "", tag())
        };
        case.save(by_message).await;
        let after = come("b@x").await;
        assert_eq!((judged(before).await, judged(after).await), (0, 1));
    });
}

#[test]
fn a_rule_that_was_off_when_the_second_message_came_did_not_fire_for_it() {
    on_both(async |case| {
        let email = "noura@mail.example";
        case.customer("c_1", "Noura", email, "+966551234567").await;
        case.order("1042", "c_1", None).await;
        let scope = case.scope();
        let come = async |id: &str| {
            let came = crate::message_kit::inbound(&case, Channel::Email, email, "Thanks", id);
            let came = case
                .storage
                .receive_message(&scope, came, Vec::new(), None)
                .await;
            let id = came.expect("received").id;
            let judged = case.storage.evaluate_followups(&scope, id).await;
            judged.expect("evaluated");
        };
        let by_message = FollowupRule {
            trigger: Trigger::Message,
            ..rule(&case, "", tag())
        };
        let saved = case.save(by_message).await;
        come("a@x").await;
        let first = case.why(&saved, &order("1042")).await.answer;
        assert!(first.is_fired, "{first:?}");
        let off = FollowupRule {
            is_enabled: false,
            ..saved
        };
        let before = case.ambient.clock.now();
        let off = case.save(off).await;
        let after = case.ambient.clock.now();
        case.pass(Duration::minutes(1));
        come("b@x").await;
        let second = case.why(&off, &order("1042")).await.answer;
        assert!(!second.is_fired, "{second:?}");
        let Some(Step::Off {
            version: 2,
            since: Some(since),
        }) = second.steps.last()
        else {
            panic!("{second:?}");
        };
        assert!(before <= *since && *since <= after, "{second:?}");
    });
}

#[test]
fn a_rule_that_looked_for_something_else_then_says_so() {
    on_both(async |case| {
        let saved = case.save(rule(&case, "action:order.refunded", tag())).await;
        case.record(vec![happened(&case, "order.cancelled", "7")])
            .await;
        case.look().await;
        let other = FollowupRule {
            trigger: Trigger::Event {
                query: "action:order.cancelled".to_owned(),
            },
            ..saved
        };
        let other = case.save(other).await;
        let answer = case.why(&other, &order("7")).await.answer;
        assert!(
            matches!(answer.steps.last(), Some(Step::OtherTrigger { .. })),
            "{answer:?}"
        );
    });
}

#[test]
fn a_time_that_came_while_the_rule_was_off_is_told_and_not_the_one_before() {
    on_both(async |case| {
        let scope = case.scope();
        let hourly = FollowupRule {
            trigger: Trigger::Schedule {
                schedule: Often::Hour { minute: 0 },
            },
            ..rule(
                &case,
                "",
                vec![FollowupAction::Alarm {
                    text: "Look".to_owned(),
                }],
            )
        };
        let hourly = case.save(hourly).await;
        let tick = async || {
            let ticked = case.storage.evaluate_schedules(&case.store).await;
            ticked.expect("evaluated")
        };
        let asked = async || case.why(&hourly, &order("any")).await.answer;
        assert_eq!(tick().await, 0);
        let ahead = asked().await.steps;
        assert!(matches!(ahead[..], [Step::NotDue { .. }]), "{ahead:?}");
        case.pass(Duration::hours(1));
        assert_eq!(tick().await, 1);
        assert!(asked().await.is_fired);
        let before = case.ambient.clock.now();
        let switched = case.storage.switch_rule(&scope, hourly.id, false).await;
        switched.expect("off");
        let after = case.ambient.clock.now();
        assert!(asked().await.is_fired, "no time came since");
        // Saving it once more does not begin the time that it is off anew.
        case.pass(Duration::minutes(5));
        let switched = case.storage.switch_rule(&scope, hourly.id, false).await;
        switched.expect("off");
        case.pass(Duration::hours(3));
        assert_eq!(tick().await, 0);
        let off = asked().await;
        assert!(!off.is_fired, "{off:?}");
        let [
            Step::Due { at },
            Step::Off {
                version: 3,
                since: Some(since),
            },
        ] = &off.steps[..]
        else {
            panic!("{off:?}");
        };
        assert!(before <= *since && *since <= after, "{off:?}");
        assert!(at > since && *at <= case.ambient.clock.now(), "{off:?}");
        let switched = case.storage.switch_rule(&scope, hourly.id, true).await;
        switched.expect("on");
        assert_eq!(tick().await, 0);
        case.pass(Duration::hours(1));
        assert_eq!(tick().await, 1);
        assert!(asked().await.is_fired);
    });
}

#[test]
fn a_webhook_that_a_rule_called_is_not_named_as_what_was_received() {
    on_both(async |case| {
        let saved = case
            .save(rule(&case, "action:order.cancelled", tag()))
            .await;
        case.record(vec![happened(&case, "order.refunded", "9")])
            .await;
        case.record(vec![happened(&case, "webhook.delivered", "9")])
            .await;
        let steps = case.why(&saved, &order("9")).await.answer.steps;
        let [Step::NothingFits { received }] = &steps[..] else {
            panic!("{steps:?}");
        };
        assert_eq!(received.action, "order.refunded");
    });
}

#[test]
fn what_a_sample_tells_of_its_rules_stands_in_the_times_of_its_story() {
    on_both(async |case| {
        let scope = Scope::system("test", case.sample().await);
        let mut past = SamplePast::default();
        for (minutes, number, reason) in [
            (-40, "1", "too small"),
            (-20, "2", "too small"),
            (-10, "3", "arrived late"),
            (-2, "4", "too small"),
        ] {
            let mut refund = activity("order.refunded", minutes);
            refund.subject = Some(order(number));
            refund.description = Some(format!("80.00 SAR: {reason}"));
            let receipts = record_in(&case.storage, &scope, vec![refund.clone()]).await;
            past.events.push((ActivityId(receipts[0].id), refund));
        }
        let first = FollowupRule {
            version: 1,
            conditions: vec![Condition::Words {
                any_of: vec!["too small".to_owned()],
            }],
            ..rule(&case, "action:order.refunded", tag())
        };
        let off = FollowupRule {
            version: 2,
            is_enabled: false,
            ..first.clone()
        };
        let id = first.id;
        let versions = [(-30, first), (-5, off)].map(|(minutes, rule)| SampleVersion {
            at: start() + Duration::minutes(minutes),
            by: Actor::system(),
            origin: Origin::default(),
            rule,
        });
        let template = Template {
            id: case.storage.new_rule_id(),
            name: "Sorry".to_owned(),
            channel: None,
            subject: None,
            body: "Sorry.".to_owned(),
            version: 1,
        };
        let told = case
            .storage
            .tell_sample_rules(&scope, &template, &versions, &past, "rules");
        told.await.expect("told");
        let asked = async |number: &str| {
            let found = case.storage.why_rule(&scope, id, &order(number)).await;
            found.expect("answered").answer
        };
        let before = asked("1").await;
        assert_eq!(before.steps.last(), Some(&Step::NoRuleYet), "{before:?}");
        let fired = asked("2").await;
        assert!(fired.is_fired && fired.is_done, "{fired:?}");
        let missed = asked("3").await;
        assert!(
            matches!(missed.steps.last(), Some(Step::NotMet { .. })),
            "{missed:?}"
        );
        for evaluated in [fired, missed] {
            assert!(
                evaluated.steps.contains(&Step::On { version: 1 }),
                "{evaluated:?}"
            );
            assert!(!evaluated.steps.contains(&Step::NoRuleYet));
        }
        let off = asked("4").await;
        let Some(Step::Off {
            version: 2,
            since: Some(since),
        }) = off.steps.last()
        else {
            panic!("{off:?}");
        };
        assert_eq!(*since, start() - Duration::minutes(5));
    });
}

#[test]
fn an_order_is_meant_with_and_without_the_mark_before_its_number() {
    on_both(async |case| {
        let saved = case.save(rule(&case, "action:order.refunded", tag())).await;
        case.record(vec![happened(&case, "order.refunded", "5038")])
            .await;
        case.look().await;
        let bare = case.why(&saved, &order("5038")).await;
        let marked = case.why(&saved, &order("#5038")).await;
        assert!(bare.answer.is_fired, "{bare:?}");
        assert_eq!(marked, bare);
        let product = Reference {
            kind: "product".to_owned(),
            ..order("#5038")
        };
        let other = case.why(&saved, &product).await;
        assert_eq!(other.subject, product);
        assert_eq!(other.answer.steps, [Step::NothingKnown]);
        // One whose number begins with the mark is meant itself.
        case.record(vec![happened(&case, "order.cancelled", "#5038")])
            .await;
        let own = case.why(&saved, &order("#5038")).await.answer;
        assert!(
            matches!(own.steps[..], [Step::NothingFits { .. }]),
            "{own:?}"
        );
    });
}

#[test]
fn a_thing_that_is_known_without_an_entry_is_told_from_one_of_which_there_is_no_trace() {
    on_both(async |case| {
        case.customer("c_1", "Noura", "noura@mail.example", "+966551234567")
            .await;
        case.order("1042", "c_1", None).await;
        let saved = case.save(rule(&case, "action:order.refunded", tag())).await;
        let customer = |id: &str| Reference {
            kind: "customer".to_owned(),
            ..order(id)
        };
        for (thing, step) in [
            (order("1042"), Step::NothingReceived),
            (order("#1042"), Step::NothingReceived),
            (order("1043"), Step::NothingKnown),
            (customer("c_1"), Step::NothingReceived),
            (customer("c_2"), Step::NothingKnown),
        ] {
            let answer = case.why(&saved, &thing).await.answer;
            assert_eq!(answer.steps, [step], "{thing:?}");
        }
    });
}
