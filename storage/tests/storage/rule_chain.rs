//! Rules that set each other off, and the order of what a rule does.

use crate::harness::{Case, code, on_both};
use crate::rule_engine::{happened, rule};
use domain::Code;
use domain::followup::{FollowupAction, FollowupRule, MOST_DEPTH, Template};

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
