//! What is out of tries: how it comes there from messages, its editing, and several settled at once.

use crate::harness::{Case, code, on_both};
use crate::message_kit::inbound;
use crate::rule_engine::{happened, rule};
use chrono::Duration;
use domain::followup::why::ActionState;
use domain::followup::{FollowupAction, FollowupRule, Template, Trigger};
use domain::message::Channel;
use domain::view::RuleActionRow;
use domain::{Code, Role};
use storage::{DeadActions, Error, Undone, WebhookResult};

async fn listed(case: &Case) -> Vec<RuleActionRow> {
    let found = case.storage.list_rule_actions(&case.scope(), None).await;
    found.expect("listed")
}

async fn dead(case: &Case, rule: Option<&FollowupRule>) -> u64 {
    let rule = rule.map(|rule| rule.id);
    let count = case.storage.count_dead_actions(&case.scope(), rule).await;
    count.expect("counted")
}

/// Has all that waits fail for good.
async fn give_up(case: &Case) {
    let lease = Duration::minutes(1);
    let jobs = case.storage.claim_rule_actions(50, lease).await;
    for job in jobs.expect("claimed") {
        let undone = Undone::never("nobody gets it");
        let put_back = case.storage.postpone_rule_action(&job, &undone).await;
        assert_eq!(put_back.expect("put back"), None);
    }
}

#[test]
fn what_a_message_rule_can_not_do_at_once_waits_like_any_other_action() {
    on_both(async |case| {
        let scope = case.scope();
        let template = |name: &str| Template {
            id: case.storage.new_rule_id(),
            name: name.to_owned(),
            channel: None,
            subject: None,
            body: "We are sorry".to_owned(),
            version: 0,
        };
        for name in ["Sorry", "Regret"] {
            let saved = case.storage.save_template(&scope, template(name)).await;
            saved.expect("saved");
        }
        let actions = vec![
            FollowupAction::TagOrder {
                tag: "asked".to_owned(),
            },
            FollowupAction::SendTemplate {
                template: "Sorry".to_owned(),
            },
        ];
        let by_message = FollowupRule {
            trigger: Trigger::Message,
            ..rule(&case, "", actions)
        };
        case.save(by_message).await;
        let templates = case.storage.list_templates(&scope).await.expect("listed");
        let sorry = templates.iter().find(|one| one.name == "Sorry");
        let sorry = sorry.expect("there").id;
        let deleted = case.storage.delete_template(&scope, sorry).await;
        deleted.expect("deleted");
        let came = inbound(&case, Channel::Email, "who@mail.example", "where?", "a@x");
        let came = case
            .storage
            .receive_message(&scope, came, Vec::new(), None)
            .await;
        let id = came.expect("received").id;
        let judged = case.storage.evaluate_followups(&scope, id).await;
        assert!(judged.expect("evaluated")[0].is_fired());
        assert!(case.claim().await.is_empty(), "there is no answer yet");
        let waiting = listed(&case).await;
        assert_eq!(waiting.len(), 2, "{waiting:?}");
        for row in &waiting {
            assert_eq!((row.state, row.tries), (ActionState::Dead, 1), "{row:?}");
            let about = row.subject.as_ref().expect("the message");
            assert_eq!(about.id, id.to_string());
        }
        assert_eq!(case.count(&scope, "action:rule.action_failed").await, 2);
        let answer = waiting.iter().find(|row| row.action == "send_template");
        let answer = answer.expect("there");
        assert_eq!(answer.value.as_deref(), Some("Sorry"));

        // With a template that is there it answers the message.
        let edit = async |value: &str| {
            let action = case.storage.rule_action_with(&scope, answer.id, value);
            let action = action.await?;
            let edited = case.storage.edit_rule_action(&scope, answer.id, action);
            edited.await
        };
        for wrong in ["Nothing of this name", " "] {
            let Err(Error::Problem(problem)) = edit(wrong).await else {
                panic!("{wrong} is taken");
            };
            assert_eq!(problem.code, Code::InvalidFields);
            assert_eq!(problem.fields[0].pointer, "/value");
        }
        edit("Regret").await.expect("edited");
        assert_eq!(case.do_rule_actions().await, 1);
        let claimed = case.claim().await;
        assert_eq!(claimed.len(), 1);
        let sent = &claimed[0].message;
        assert_eq!(sent.text.as_deref(), Some("We are sorry"));
        assert_eq!(sent.references, ["a@x"]);
        assert_eq!(sent.header("Auto-Submitted"), Some("auto-replied"));
        assert_eq!(listed(&case).await.len(), 1);
        let retried = case.all_rows(&scope, "action:rule.action_retried", 5).await;
        let retried = case.storage.get_activity(&scope, retried[0].id).await;
        let changes = retried.expect("read").expect("there").changes;
        assert_eq!(
            (changes.len(), changes[0].after.as_str()),
            (1, Some("Regret"))
        );
        case.verified().await;
    });
}

#[test]
fn a_call_that_was_given_up_is_made_to_another_address() {
    on_both(async |case| {
        let scope = case.scope();
        let calls = vec![FollowupAction::CallWebhook {
            url: "https://hooks.example/old".to_owned(),
        }];
        case.save(rule(&case, "action:order.refunded", calls)).await;
        case.record(vec![happened(&case, "order.refunded", "1")])
            .await;
        case.look().await;
        let id = listed(&case).await[0].id;
        let value = "https://hooks.example/new";
        let lease = Duration::minutes(1);
        let first = case.storage.claim_webhooks(5, lease).await;
        let first = first.expect("claimed").remove(0);
        let early = case.storage.rule_action_with(&scope, id, value).await;
        assert_eq!(code(early), Code::Conflict);
        let why = "410".to_owned();
        let given_up = WebhookResult::GivenUp { why };
        let settled = case.storage.settle_webhook(&first, given_up).await;
        settled.expect("kept");
        let unsound = case.storage.rule_action_with(&scope, id, "ftp://x").await;
        assert_eq!(code(unsound), Code::InvalidFields);
        let action = case.storage.rule_action_with(&scope, id, value).await;
        let action = action.expect("sound");
        let edited = case.storage.edit_rule_action(&scope, id, action).await;
        edited.expect("edited");
        let again = case.storage.claim_webhooks(5, lease).await;
        let again = again.expect("claimed").remove(0);
        assert_eq!((again.id, again.url.as_str()), (id, value));
        assert_eq!((again.tries, &again.body), (1, &first.body));
        assert_eq!(dead(&case, None).await, 0);
    });
}

#[test]
fn several_that_are_out_of_tries_are_settled_at_once() {
    on_both(async |case| {
        let scope = case.scope();
        let alarm = || {
            vec![FollowupAction::Alarm {
                text: "Look".to_owned(),
            }]
        };
        let refunds = case
            .save(rule(&case, "action:order.refunded", alarm()))
            .await;
        let others = FollowupRule {
            name: "Others".to_owned(),
            ..rule(&case, "action:order.cancelled", alarm())
        };
        let others = case.save(others).await;
        let refunded = (1..=3).map(|n| happened(&case, "order.refunded", &n.to_string()));
        let cancelled = (1..=2).map(|n| happened(&case, "order.cancelled", &n.to_string()));
        case.record(refunded.chain(cancelled).collect()).await;
        case.look().await;
        give_up(&case).await;
        assert_eq!(dead(&case, None).await, 5);
        assert_eq!(dead(&case, Some(&others)).await, 2);
        let auditor = case.member("The auditor", Role::Auditor).await;
        let all = DeadActions::All(None);
        let denied = case.storage.retry_dead_actions(&auditor.scope, &all).await;
        assert_eq!(code(denied), Code::Forbidden);

        let of_refunds = DeadActions::All(Some(refunds.id));
        let retried = case.storage.retry_dead_actions(&scope, &of_refunds).await;
        assert_eq!(retried.expect("retried"), 3);
        assert_eq!(dead(&case, None).await, 2);
        let rows = listed(&case).await;
        let again = rows.iter().filter(|row| row.rule == Some(refunds.id));
        assert!(
            again
                .clone()
                .all(|row| row.tries == 0 && row.state == ActionState::Waiting)
        );
        // One that waits is left alone, and one that is none too.
        let mut ids: Vec<_> = rows
            .iter()
            .filter(|row| row.rule == Some(others.id))
            .collect();
        ids.truncate(1);
        let ids = ids.into_iter().chain(again.take(1)).map(|row| row.id);
        let these = ids.chain([case.storage.new_rule_id().0]).collect();
        let these = DeadActions::These(these);
        let discarded = case.storage.discard_dead_actions(&scope, &these).await;
        assert_eq!(discarded.expect("discarded"), 1);
        give_up(&case).await;
        assert_eq!(dead(&case, None).await, 4);
        for count in [4, 0] {
            let discarded = case.storage.discard_dead_actions(&scope, &all).await;
            assert_eq!(discarded.expect("discarded"), count);
        }
        assert!(listed(&case).await.is_empty());
        assert_eq!(case.count(&scope, "action:rule.action_retried").await, 3);
        assert_eq!(case.count(&scope, "action:rule.action_discarded").await, 5);
        case.verified().await;
    });
}
