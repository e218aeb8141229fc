//! Rules that set each other off, and the order of what a rule does.

use crate::harness::{Case, code, on_both};
use crate::message_kit::inbound;
use crate::rule_engine::{happened, rule};
use domain::followup::why::ActionState;
use domain::followup::{FollowupAction, FollowupRule, MOST_DEPTH, Template, Trigger};
use domain::message::Channel;
use domain::{Change, Code};
use serde_json::json;

/// A rule that opens an operation.
fn opens(case: &Case, query: &str, name: &str) -> FollowupRule {
    let action = FollowupAction::OpenOperation {
        name: name.to_owned(),
    };
    FollowupRule {
        name: query.to_owned(),
        ..rule(case, query, vec![action])
    }
}

#[test]
fn two_rules_that_open_operations_for_each_other_end() {
    on_both(async |case| {
        let refund = case
            .save(opens(&case, "action:order.refunded", "ping"))
            .await;
        let ping = case
            .save(opens(&case, "action:operation.started ping", "pong"))
            .await;
        let pong = case
            .save(opens(&case, "action:operation.started pong", "ping"))
            .await;
        case.record(vec![happened(&case, "order.refunded", "1")])
            .await;
        let mut done = 1;
        for _ in 0..20 {
            case.look().await;
            done = case.do_rule_actions().await;
        }
        assert_eq!(done, 0, "the chain has ended");
        let mut fired = 0;
        for saved in [&refund, &ping, &pong] {
            fired += case.rule_row(saved).await.fired;
        }
        assert_eq!(fired, u64::from(MOST_DEPTH));
    });
}

#[test]
fn actions_are_taken_in_the_order_of_the_rule() {
    on_both(async |case| {
        let tags = (0..8).map(|n| FollowupAction::TagOrder {
            tag: format!("t_{n}"),
        });
        case.save(rule(&case, "action:order.refunded", tags.collect()))
            .await;
        case.record(vec![happened(&case, "order.refunded", "1")])
            .await;
        case.look().await;
        case.pass(chrono::Duration::seconds(1));
        let lease = chrono::Duration::minutes(1);
        let jobs = case.storage.claim_rule_actions(50, lease).await;
        let places: Vec<u32> = jobs
            .expect("claimed")
            .iter()
            .map(|job| job.task.place)
            .collect();
        assert_eq!(places, (0..8).collect::<Vec<_>>());
    });
}

#[test]
fn a_template_with_a_place_that_nothing_fills_is_refused_and_a_name_is_given_once() {
    on_both(async |case| {
        let template = |body: &str| Template {
            id: case.storage.new_rule_id(),
            name: "Sorry".to_owned(),
            channel: None,
            subject: None,
            body: body.to_owned(),
            version: 0,
        };
        let scope = case.scope();
        let wrong = case
            .storage
            .save_template(&scope, template("Hi {{customer}} {{nope}}"))
            .await;
        let Err(storage::Error::Problem(problem)) = wrong else {
            panic!("{wrong:?}");
        };
        assert_eq!(problem.fields[0].pointer, "/body");
        assert!(
            problem.fields[0].message.contains("{{nope}}"),
            "{problem:?}"
        );
        for (subject, body, field) in [
            (None, "Dear {{customer", "/body"),
            (Some("{{ {{order}}"), "Dear {{customer}}", "/subject"),
        ] {
            let unfinished = Template {
                subject: subject.map(str::to_owned),
                ..template(body)
            };
            let refused = case.storage.save_template(&scope, unfinished).await;
            let Err(storage::Error::Problem(problem)) = refused else {
                panic!("{refused:?}");
            };
            assert_eq!(problem.fields[0].pointer, field);
            assert_eq!(problem.fields[0].code, "format");
        }
        let save = || {
            case.storage
                .save_template(&scope, template("Hi {{customer}}"))
        };
        let (a, b, c) = tokio::join!(save(), save(), save());
        let answers = [a, b, c];
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
        for answer in answers.into_iter().filter(Result::is_err) {
            assert!([Code::Conflict, Code::InvalidFields].contains(&code(answer)));
        }
    });
}

/// How many entries with an action stand in a trace.
async fn traced(case: &Case, trace: &str, action: &str) -> usize {
    let q = format!("trace:{trace} action:{action}");
    case.count(&case.scope(), &q).await
}

async fn with_template(case: &Case) {
    case.customer("c_1", "Noura", "noura@mail.example", "+966551234567")
        .await;
    case.order("1042", "c_1", None).await;
    let template = Template {
        id: case.storage.new_rule_id(),
        name: "Sorry".to_owned(),
        channel: None,
        subject: None,
        body: "Dear {{customer}}".to_owned(),
        version: 0,
    };
    let saved = case.storage.save_template(&case.scope(), template).await;
    saved.expect("saved");
}

#[test]
fn a_trace_leads_from_an_event_to_the_letter_and_to_the_end_of_the_tag() {
    on_both(async |case| {
        with_template(&case).await;
        let actions = vec![
            FollowupAction::SendTemplate {
                template: "Sorry".to_owned(),
            },
            FollowupAction::Tag {
                tag: "refunded".to_owned(),
            },
        ];
        case.save(rule(&case, "action:order.refunded", actions))
            .await;
        let mut known = happened(&case, "order.updated", "1042");
        known.changes = vec![Change {
            field: "tags".to_owned(),
            before: json!([]),
            after: json!(["vip"]),
        }];
        let mut refund = happened(&case, "order.refunded", "1042");
        refund.origin.trace_id = Some("hook-7".to_owned());
        case.record(vec![known]).await;
        case.record(vec![refund]).await;
        case.look().await;
        case.pass(chrono::Duration::seconds(1));
        let lease = chrono::Duration::minutes(1);
        let jobs = case.storage.claim_rule_actions(5, lease).await;
        let jobs = jobs.expect("claimed");
        assert_eq!(jobs.len(), 2);
        let sent = case.storage.perform_rule_action(&jobs[0]).await;
        sent.expect("tried").expect("done");
        let item = case.storage.prepare_rule_tag(&jobs[1], "refunded").await;
        let item = item.expect("read").expect("its tags are known");
        let item = item.expect("a tag to be put on");
        let ended = case.storage.end_rule_tag(&jobs[1], &item).await;
        ended.expect("ended");
        for action in [
            "message.queued",
            "operation.started",
            "operation.completed",
            "rule.evaluated",
        ] {
            assert_eq!(traced(&case, "hook-7", action).await, 1, "{action}");
        }
        assert_eq!(case.found(&case.scope(), "trace:hook-7").await.len(), 1);
    });
}

#[test]
fn a_template_with_wrong_places_that_is_there_already_is_not_sent() {
    on_both(async |case| {
        with_template(&case).await;
        let sends = vec![FollowupAction::SendTemplate {
            template: "Sorry".to_owned(),
        }];
        let by_message = FollowupRule {
            name: "Answers".to_owned(),
            trigger: Trigger::Message,
            ..rule(&case, "", sends.clone())
        };
        case.save(by_message).await;
        case.save(rule(&case, "action:order.refunded", sends)).await;
        let scope = case.scope();
        for (now, wrong) in [("{{customer}}", "{{customer"), ("{{customer", "{{nobody}}")] {
            // As it could be saved once.
            let text = "UPDATE template SET definition = REPLACE(definition";
            case.tamper(&format!("{text}, '{now}', '{wrong}')")).await;
            let id = format!("{}@x", now.len());
            let came = inbound(&case, Channel::Email, "noura@mail.example", "Hi", &id);
            let came = case
                .storage
                .receive_message(&scope, came, Vec::new(), None)
                .await;
            let id = came.expect("received").id;
            let judged = case.storage.evaluate_followups(&scope, id).await;
            assert!(judged.expect("evaluated")[0].is_fired());
            case.record(vec![happened(&case, "order.refunded", "1042")])
                .await;
            case.look().await;
            assert_eq!(case.do_rule_actions().await, 1);
            assert!(case.claim().await.is_empty(), "{wrong}");
        }
        let waiting = case.storage.list_rule_actions(&scope, None).await;
        let waiting = waiting.expect("listed");
        assert_eq!(waiting.len(), 4, "{waiting:?}");
        for row in waiting {
            assert_eq!(row.state, ActionState::Dead, "{row:?}");
            let why = row.error.expect("a reason");
            let is_told = why.contains("Sorry is not sent, because of its body: ");
            assert!(is_told && why.contains("{{"), "{why}");
        }
        case.verified().await;
    });
}

#[test]
fn a_trace_leads_from_a_message_to_its_answer() {
    on_both(async |case| {
        with_template(&case).await;
        let by_message = FollowupRule {
            trigger: Trigger::Message,
            ..rule(
                &case,
                "",
                vec![
                    FollowupAction::SendTemplate {
                        template: "Sorry".to_owned(),
                    },
                    FollowupAction::OpenOperation {
                        name: "Look".to_owned(),
                    },
                ],
            )
        };
        case.save(by_message).await;
        let scope = case.scope();
        for own in [Some("mail-7".to_owned()), None] {
            let name = own.clone().unwrap_or_else(|| "b".to_owned());
            let mut came = inbound(&case, Channel::Email, "noura@mail.example", "Thanks", &name);
            came.trace_id.clone_from(&own);
            let came = case
                .storage
                .receive_message(&scope, came, Vec::new(), None)
                .await;
            let id = came.expect("received").id;
            let judged = case.storage.evaluate_followups(&scope, id).await;
            judged.expect("evaluated");
            case.pass(chrono::Duration::seconds(1));
            assert_eq!(case.do_rule_actions().await, 1);
            let trace = own.unwrap_or_else(|| format!("message-{id}"));
            for action in ["message.queued", "operation.started", "rule.evaluated"] {
                assert_eq!(traced(&case, &trace, action).await, 1, "{trace} {action}");
            }
        }
    });
}
