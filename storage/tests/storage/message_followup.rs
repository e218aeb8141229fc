//! Templates and rules: who may change them, what they do, and that nothing is answered for ever.

use crate::harness::{Case, code, on_both};
use crate::message_kit::inbound;
use chrono::Duration;
use domain::followup::{Condition, FollowupAction, FollowupRule, LoopGuard, Template, Trigger};
use domain::message::{Channel, MessageInput};
use domain::{Code, Role};
use storage::WebhookResult;

fn template(case: &Case, body: &str) -> Template {
    Template {
        id: case.storage.new_rule_id(),
        name: "Status".to_owned(),
        channel: None,
        subject: Some("Order {{order}}".to_owned()),
        body: body.to_owned(),
        version: 0,
    }
}

fn rule(case: &Case, actions: Vec<FollowupAction>) -> FollowupRule {
    FollowupRule {
        id: case.storage.new_rule_id(),
        name: "Where is my order".to_owned(),
        is_enabled: true,
        is_dry: false,
        version: 0,
        trigger: Trigger::Message,
        conditions: vec![Condition::Words {
            any_of: vec!["where".to_owned()],
        }],
        actions,
    }
}

#[test]
fn a_rule_answers_assigns_tags_and_calls_once() {
    on_both(async |case| {
        case.customer("c_1", "Noura", "noura@mail.example", "+966551234567")
            .await;
        case.order("1042", "c_1", None).await;
        case.member("Sara", Role::Manager).await;
        let scope = case.scope();
        case.storage
            .save_template(
                &scope,
                template(&case, "Dear {{customer}}, {{order}} is {{status}}."),
            )
            .await
            .expect("saved");
        let actions = vec![
            FollowupAction::SendTemplate {
                template: "Status".to_owned(),
            },
            FollowupAction::Assign {
                to: "sara@maisonnoor.example".to_owned(),
            },
            FollowupAction::TagOrder {
                tag: "asked".to_owned(),
            },
            FollowupAction::CallWebhook {
                url: "https://hooks.example/x".to_owned(),
            },
        ];
        case.storage
            .save_rule(&scope, rule(&case, actions))
            .await
            .expect("saved");
        let receive = async |text: &str, id: &str| {
            let message = inbound(&case, Channel::Email, "noura@mail.example", text, id);
            case.storage
                .receive_message(&scope, message, Vec::new(), None)
                .await
                .expect("received")
                .id
        };
        let evaluate = async |id| {
            case.storage
                .evaluate_followups(&scope, id)
                .await
                .expect("evaluated")
        };
        let quiet = evaluate(receive("thanks", "a@x").await).await;
        assert!(!quiet[0].is_matched);
        let asked = receive("Where is it?", "b@x").await;
        let both = tokio::join!(
            case.storage.evaluate_followups(&scope, asked),
            case.storage.evaluate_followups(&scope, asked)
        );
        let fired = [both.0.expect("evaluated"), both.1.expect("evaluated")].concat();
        assert_eq!(fired.len(), 1, "evaluated twice");
        assert!(fired[0].is_matched && fired[0].guard.is_none());
        assert!(evaluate(asked).await.is_empty());
        let claimed = case.claim().await;
        assert_eq!(claimed.len(), 1);
        let answer = &claimed[0].message;
        assert_eq!(
            answer.text.as_deref(),
            Some("Dear Noura, 1042 is processing.")
        );
        assert_eq!(answer.subject.as_deref(), Some("Order 1042"));
        assert_eq!(answer.header("Auto-Submitted"), Some("auto-replied"));
        assert_eq!(answer.references, ["b@x"]);
        assert_eq!(answer.order.as_deref(), Some("1042"));
        let orders = case
            .storage
            .list_orders(&scope, "", None, 10)
            .await
            .expect("listed");
        assert_eq!(
            orders.rows[0].assigned_to.as_deref(),
            Some("sara@maisonnoor.example")
        );
        assert_eq!(
            case.all_rows(&scope, "action:tag.applied order:1042", 10)
                .await
                .len(),
            1
        );
        assert_eq!(
            case.all_rows(&scope, "action:rule.evaluated", 10)
                .await
                .len(),
            2
        );
        let lease = Duration::minutes(1);
        let calls = case
            .storage
            .claim_webhooks(10, lease)
            .await
            .expect("claimed");
        assert_eq!((calls.len(), calls[0].tries), (1, 1));
        assert!(
            case.storage
                .claim_webhooks(10, lease)
                .await
                .expect("claimed")
                .is_empty()
        );
        let later = case.ambient.clock.now() + Duration::minutes(5);
        let failed = WebhookResult::Failed {
            why: "503".to_owned(),
            retry_at: later,
        };
        case.storage
            .settle_webhook(&calls[0], failed)
            .await
            .expect("put back");
        case.pass(Duration::minutes(6));
        let again = case
            .storage
            .claim_webhooks(10, lease)
            .await
            .expect("claimed");
        assert_eq!((again[0].id, again[0].tries), (calls[0].id, 2));
        case.storage
            .settle_webhook(&again[0], WebhookResult::Delivered { status: 204 })
            .await
            .expect("done");
        for (action, details) in [
            ("webhook.failed", "retry_at"),
            ("webhook.delivered", "status"),
        ] {
            let q = format!("action:{action} order:1042");
            let told = case.all_rows(&scope, &q, 10).await;
            assert_eq!(told.len(), 1, "{action}");
            let told = case.storage.get_activity(&scope, told[0].id).await;
            let told = told.expect("read").expect("there");
            assert_eq!(told.rule.expect("a rule").name, "Where is my order");
            let details_told = told.details.expect("details");
            assert_eq!(details_told["host"], "hooks.example");
            assert!(details_told[details].is_string() || details_told[details] == 204);
        }
        let evaluations = case.storage.list_evaluations(&scope, 10).await;
        let evaluations = evaluations.expect("listed");
        assert_eq!(evaluations.len(), 2);
        assert_eq!(evaluations[0].message, Some(asked));
        assert_eq!(evaluations[0].order.as_deref(), Some("1042"));
        assert!(evaluations[0].evaluation.is_matched && !evaluations[1].evaluation.is_matched);
        case.pass(Duration::minutes(6));
        assert!(
            case.storage
                .claim_webhooks(10, lease)
                .await
                .expect("claimed")
                .is_empty()
        );
        case.verified().await;
    });
}

#[test]
fn two_autoresponders_stop_answering_each_other() {
    on_both(async |case| {
        let scope = case.scope();
        case.storage
            .save_template(&scope, template(&case, "Hello"))
            .await
            .expect("saved");
        let answer = FollowupAction::SendTemplate {
            template: "Status".to_owned(),
        };
        case.storage
            .save_rule(&scope, rule(&case, vec![answer]))
            .await
            .expect("saved");
        let mut answered = 0;
        for n in 0..10 {
            let message = inbound(
                &case,
                Channel::Sms,
                "+966551234567",
                "where?",
                &format!("SM{n}"),
            );
            let id = case
                .storage
                .receive_message(&scope, message, Vec::new(), None)
                .await
                .expect("received")
                .id;
            let evaluation = case
                .storage
                .evaluate_followups(&scope, id)
                .await
                .expect("evaluated")
                .remove(0);
            answered += usize::from(evaluation.guard.is_none());
            if n > 5 {
                assert!(
                    matches!(evaluation.guard, Some(LoopGuard::TooMany { count: 3 })),
                    "{evaluation:?}"
                );
            }
        }
        assert_eq!((answered, case.claim().await.len()), (3, 3));
        let mut robot = inbound(&case, Channel::Email, "robot@x.example", "where?", "r@x");
        robot
            .headers
            .push(("Auto-Submitted".to_owned(), "auto-replied".to_owned()));
        let id = case
            .storage
            .receive_message(&scope, robot, Vec::new(), None)
            .await
            .expect("received")
            .id;
        let evaluation = case
            .storage
            .evaluate_followups(&scope, id)
            .await
            .expect("evaluated")
            .remove(0);
        assert!(matches!(
            evaluation.guard,
            Some(LoopGuard::AutoSubmitted { .. })
        ));
        assert!(case.claim().await.is_empty());
    });
}

#[test]
fn only_managers_and_above_change_rules_and_templates() {
    on_both(async |case| {
        for member in case.one_of_each_role().await {
            let scope = member.scope;
            let saved = case
                .storage
                .save_template(
                    &scope,
                    Template {
                        name: format!("by {}", member.session.role),
                        ..template(&case, "Hello")
                    },
                )
                .await;
            let new = FollowupRule {
                name: format!("by {}", member.session.role),
                ..rule(
                    &case,
                    vec![FollowupAction::TagOrder {
                        tag: "x".to_owned(),
                    }],
                )
            };
            let rule_saved = case.storage.save_rule(&scope, new).await;
            if matches!(
                member.session.role,
                Role::SuperAdmin | Role::Admin | Role::Manager
            ) {
                let rule_saved = rule_saved.expect("saved");
                case.storage
                    .delete_rule(&scope, rule_saved.id)
                    .await
                    .expect("deleted");
                let first = saved.expect("saved");
                let second = case
                    .storage
                    .save_template(&scope, first.clone())
                    .await
                    .expect("saved");
                assert_eq!((first.version, second.version), (1, 2));
            } else {
                assert_eq!(code(saved), Code::Forbidden);
                assert_eq!(code(rule_saved), Code::Forbidden);
                assert_eq!(code(case.storage.list_rules(&scope).await), Code::Forbidden);
            }
        }
        let scope = case.scope();
        assert_eq!(
            case.storage
                .list_templates(&scope)
                .await
                .expect("listed")
                .len(),
            3
        );
        let http = FollowupAction::CallWebhook {
            url: "http://hooks.example/".to_owned(),
        };
        assert_eq!(
            code(
                case.storage
                    .save_rule(&scope, rule(&case, vec![http]))
                    .await
            ),
            Code::InvalidFields
        );
        let twin = Template {
            name: "by admin".to_owned(),
            ..template(&case, "x")
        };
        assert_eq!(
            code(case.storage.save_template(&scope, twin).await),
            Code::Conflict
        );
    });
}

#[test]
fn what_no_rule_has_seen_is_found_again() {
    on_both(async |case| {
        let scope = case.scope();
        let tag = FollowupAction::TagOrder {
            tag: "asked".to_owned(),
        };
        let due = async || {
            let before = case.ambient.clock.now();
            let due = case.storage.due_followups(before, 10).await;
            due.expect("read")
                .into_iter()
                .map(|(_, id)| id)
                .collect::<Vec<_>>()
        };
        let receive = async |id: &str| {
            let message = inbound(&case, Channel::Sms, "+966551234567", "where?", id);
            let received = case
                .storage
                .receive_message(&scope, message, Vec::new(), None);
            received.await.expect("received").id
        };
        // Without a rule there is nothing to wait for.
        let first = receive("SM1").await;
        case.pass(Duration::seconds(10));
        assert_eq!(due().await, [first]);
        let seen = case.storage.evaluate_followups(&scope, first).await;
        assert!(seen.expect("evaluated").is_empty() && due().await.is_empty());
        let saved = case.storage.save_rule(&scope, rule(&case, vec![tag])).await;
        saved.expect("saved");
        // The process died here: another finds it, and one that was sent twice is found once.
        let second = receive("SM2").await;
        assert_eq!(receive("SM2").await, second);
        case.pass(Duration::seconds(10));
        assert_eq!(due().await, [second]);
        let seen = case.storage.evaluate_followups(&scope, second).await;
        assert_eq!(seen.expect("evaluated").len(), 1);
        assert!(due().await.is_empty());
        // What another system tells of today is followed up; what it tells of last week is history.
        for (days, is_due) in [(0, true), (7, false)] {
            let mut told = inbound(&case, Channel::Sms, "+966551234567", "where?", "");
            told.message_id = Some(format!("told {days}"));
            told.is_recorded = true;
            told.occurred_at -= Duration::days(days);
            let input = MessageInput {
                message: told,
                attachments: Vec::new(),
                send_at: None,
                hold_seconds: None,
                status: None,
                attempts: Vec::new(),
            };
            let id = case.send(input).await;
            case.pass(Duration::seconds(10));
            assert_eq!(due().await.contains(&id), is_due, "{days} days old");
        }
    });
}

#[test]
fn templates_are_filled_with_an_order_for_who_may_write_about_it() {
    on_both(async |case| {
        case.customer("c_1", "Noura", "noura@mail.example", "+966551234567")
            .await;
        case.order("1042", "c_1", None).await;
        let scope = case.scope();
        let body = "{{customer}} {{order}} {{status}} {{total}}";
        let saved = case.storage.save_template(&scope, template(&case, body));
        saved.await.expect("saved");
        let filled = case.storage.filled_templates(&scope, "1042").await;
        let filled = filled.expect("read").expect("there");
        assert_eq!(filled[0].body, "Noura 1042 processing 129.00 SAR");
        assert_eq!(filled[0].subject.as_deref(), Some("Order 1042"));
        let none = case.storage.filled_templates(&scope, "1043").await;
        assert!(none.expect("read").is_none());
        for member in case.one_of_each_role().await {
            let filled = case.storage.filled_templates(&member.scope, "1042").await;
            match member.session.role {
                Role::SuperAdmin | Role::Admin | Role::Manager => {
                    assert_eq!(filled.expect("read").expect("there").len(), 1);
                }
                // It is not assigned to them.
                Role::Staff => assert_eq!(code(filled), Code::NotFound),
                Role::StoreKeeper | Role::Auditor | Role::Own(_) => {
                    assert_eq!(code(filled), Code::Forbidden)
                }
            }
        }
    });
}

#[test]
fn a_message_rule_fires_at_most_twenty_times_an_hour_for_a_sender() {
    on_both(async |case| {
        let scope = case.scope();
        let open = FollowupAction::OpenOperation {
            name: "Look".to_owned(),
        };
        let saved = case
            .storage
            .save_rule(&scope, rule(&case, vec![open]))
            .await;
        saved.expect("saved");
        let mut fired = 0;
        for n in 0..25 {
            let name = format!("m{n}@x");
            let came = inbound(&case, Channel::Email, "loop@x.example", "where?", &name);
            let came = case
                .storage
                .receive_message(&scope, came, Vec::new(), None)
                .await;
            let id = came.expect("received").id;
            let judged = case.storage.evaluate_followups(&scope, id).await;
            fired += usize::from(judged.expect("evaluated")[0].is_fired());
        }
        assert_eq!(fired, 20);
    });
}

#[test]
fn a_mail_whose_own_name_is_no_message_id_is_answered_without_it() {
    on_both(async |case| {
        let scope = case.scope();
        case.storage
            .save_template(&scope, template(&case, "Hello"))
            .await
            .expect("saved");
        let actions = vec![FollowupAction::SendTemplate {
            template: "Status".to_owned(),
        }];
        case.storage
            .save_rule(&scope, rule(&case, actions))
            .await
            .expect("saved");
        let from = "noura@mail.example";
        for (id, references) in [("nowhere", 0), ("a@x", 1)] {
            let came = inbound(&case, Channel::Email, from, "where?", id);
            let received = case
                .storage
                .receive_message(&scope, came, Vec::new(), None)
                .await
                .expect("received");
            let evaluated = case.storage.evaluate_followups(&scope, received.id).await;
            evaluated.expect("evaluated");
            let answer = case.claim().await.remove(0).message;
            assert_eq!(answer.references.len(), references, "{id}");
        }
    });
}
