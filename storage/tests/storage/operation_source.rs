//! Operations whose source is gone, or can't be told what is asked of it.

use crate::harness::{code, on_both};
use crate::operation::{item, operation};
use crate::operation_revert::keep;
use chrono::Duration;
use domain::operation::{
    Control, Operation, OperationId, OperationState, OperationStep, SOURCE_GONE,
};
use domain::{Code, Permission, Role};
use serde_json::json;
use storage::WebhookResult;

#[test]
fn what_a_gone_source_left_is_ended_by_those_who_may_and_taken_back() {
    on_both(async |case| {
        let scope = case.scope();
        let mut ended = None;
        for role in Role::ALL {
            let by = case.scope_of(role).await;
            let opened = Operation {
                controls: Vec::new(),
                control_url: None,
                ..operation(&case, &format!("sale_{role}"), None)
            };
            let id = opened.id.clone();
            let opened = case.storage.open_operation(&scope, opened, None).await;
            opened.expect("opened");
            let thing = format!("p_{role}");
            case.items(&id, vec![item(&thing, "price", json!(10), json!(8))])
                .await;
            let end = async || case.storage.end_stalled(&by, &id).await;
            let may = role.may(Permission::Revert);
            let expected = if may { Code::Conflict } else { Code::Forbidden };
            assert_eq!(code(end().await), expected, "{role}: it runs");
            case.pass(Duration::seconds(301));
            assert_eq!(case.storage.stall_operations().await.expect("swept"), 1);
            if !may {
                assert_eq!(code(end().await), Code::Forbidden, "{role}");
                case.step(&id, OperationStep::Cancelled).await;
                continue;
            }
            let row = end().await.expect("ended");
            assert_eq!((row.state, row.changed), (OperationState::Cancelled, 1));
            let found = case.storage.get_operation(&scope, &id).await;
            let trail = found.expect("read").expect("there").trail;
            assert_eq!(trail[0].step, OperationStep::Cancelled);
            assert_eq!(trail[0].reason.as_deref(), Some(SOURCE_GONE));
            assert_eq!(trail[0].by, by.actor());
            assert_eq!(code(end().await), Code::Conflict, "it has ended");
            let late = vec![item("p_late", "price", json!(10), json!(8))];
            let late = case.storage.record_items(&scope, &id, late, None).await;
            assert_eq!(code(late), Code::Conflict);
            ended = Some(id);
        }
        let ended = ended.expect("a role that may");
        case.revert(&ended, &keep()).await;
        let batch = case.take_on(10).await.expect("a batch");
        assert_eq!(batch.items.len(), 1);
        case.verified().await;
    });
}

#[test]
fn a_revert_that_waits_is_not_ended_as_if_its_source_were_gone() {
    on_both(async |case| {
        let items = vec![item("p_1", "price", json!(10), json!(8))];
        let id = case.ended("sale", items).await;
        let revert = case.revert(&id, &keep()).await;
        let batch = case.take_on(10).await.expect("a batch");
        let later = case.ambient.clock.now() + Duration::hours(1);
        let postponed = case.storage.postpone_revert(&batch, later, "503").await;
        postponed.expect("postponed");
        let row = case.storage.get_operation(&case.scope(), &revert).await;
        let row = row.expect("read").expect("there").row;
        assert_eq!(row.state, OperationState::Stalled);
        let ended = case.storage.end_stalled(&case.scope(), &revert).await;
        assert_eq!(code(ended), Code::Conflict);
        let none = OperationId("none".to_owned());
        let ended = case.storage.end_stalled(&case.scope(), &none).await;
        assert_eq!(code(ended), Code::NotFound);
    });
}

#[test]
fn that_a_source_could_not_be_told_stands_in_the_trail_after_the_end_too() {
    on_both(async |case| {
        let scope = case.scope();
        let id = case.open_operation(&scope, "sale", None).await;
        case.step(&id, OperationStep::Started).await;
        let asked = case.storage.ask_operation(&scope, &id, Control::Pause);
        asked.await.expect("asked");
        let lease = Duration::minutes(1);
        let jobs = case.storage.claim_webhooks(5, lease).await;
        let job = jobs.expect("claimed").remove(0);
        let steps = async || {
            let found = case.storage.get_operation(&scope, &id).await;
            let trail = found.expect("read").expect("there").trail;
            let steps = trail.into_iter().map(|step| (step.step, step.reason));
            steps.collect::<Vec<_>>()
        };
        let failed = WebhookResult::Failed {
            why: "503".to_owned(),
            retry_at: case.ambient.clock.now(),
        };
        let settled = case.storage.settle_webhook(&job, failed).await;
        settled.expect("put back");
        assert_eq!(steps().await[0].0, OperationStep::PauseAsked);
        let ended = case.step(&id, OperationStep::Completed).await;
        let why = "410".to_owned();
        let given_up = WebhookResult::GivenUp { why };
        let settled = case.storage.settle_webhook(&job, given_up).await;
        settled.expect("given up");
        let untold = (OperationStep::Untold, Some("410".to_owned()));
        assert_eq!(steps().await[0], untold);
        assert_eq!(ended, OperationState::Completed);
        let found = case.storage.get_operation(&scope, &id).await;
        assert_eq!(found.expect("read").expect("there").row.state, ended);
        // The entries of both tries lead to it.
        let q = "action:webhook.failed operation:sale";
        let told = case.all_rows(&scope, q, 10).await;
        assert_eq!(told.len(), 2);
        let told = case.storage.get_activity(&scope, told[0].id).await;
        let told = told.expect("read").expect("there");
        assert_eq!(told.related[0].name.as_deref(), Some("Operation sale"));
        let jobs = case.storage.claim_webhooks(5, lease).await;
        assert!(jobs.expect("claimed").is_empty());
        case.verified().await;
    });
}
