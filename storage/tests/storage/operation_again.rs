//! What comes after the end of an operation, and what holds it together with others: failed items tried again, ends told
//! again, what came of its revert, the trace.

use crate::harness::{code, on_both};
use crate::operation::{failed, item, operation};
use crate::operation_revert::keep;
use chrono::Duration;
use domain::operation::{Control, Operation, OperationId, OperationState, OperationStep, Wish};
use domain::view::Reverted;
use domain::{Code, Problem};
use serde_json::json;
use storage::{Error, ItemFilter, Settled};

fn refused<T: std::fmt::Debug>(answer: Result<T, Error>) -> Problem {
    match answer {
        Err(Error::Problem(problem)) => problem,
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn what_failed_is_asked_for_and_tried_again_in_another_operation() {
    on_both(async |case| {
        let scope = case.scope();
        let first = Operation {
            controls: vec![Control::Retry],
            ..operation(&case, "sale", None)
        };
        let opened = case.storage.open_operation(&scope, first, None).await;
        opened.expect("opened");
        let id = OperationId("sale".to_owned());
        let ask = async || {
            case.storage
                .ask_operation(&scope, &id, Control::Retry)
                .await
        };
        let open_again = async || {
            let again = Operation {
                retries: Some(id.clone()),
                ..operation(&case, "again", None)
            };
            case.storage.open_operation(&scope, again, None).await
        };
        let items = vec![
            item("p_1", "price", json!(10), json!(8)),
            failed("p_2", "no route to the shop"),
        ];
        case.items(&id, items).await;
        assert_eq!(code(ask().await), Code::Conflict, "it has not ended");
        assert_eq!(code(open_again().await), Code::Conflict);
        case.step(&id, OperationStep::Completed).await;

        let row = ask().await.expect("asked");
        assert_eq!(
            (row.state, row.asked),
            (OperationState::Completed, Some(Control::Retry))
        );
        let asked = case.storage.asked_of(&scope, &id).await;
        assert_eq!(asked.expect("read"), Some(Control::Retry));
        let jobs = case.storage.claim_webhooks(5, Duration::minutes(1)).await;
        let jobs = jobs.expect("claimed");
        let told = "/api/v1/operations/sale/items?outcome=failed";
        assert!(jobs[0].body.contains(told), "{}", jobs[0].body);

        for _ in 0..2 {
            open_again().await.expect("opened, and answered as it is");
        }
        let detail = case.storage.get_operation(&scope, &id).await;
        let detail = detail.expect("read").expect("there");
        assert_eq!(detail.row.asked, None);
        let again = OperationId("again".to_owned());
        assert_eq!(detail.retried_by.as_ref(), Some(&again));
        let steps: Vec<OperationStep> = detail.trail.iter().map(|step| step.step).collect();
        assert_eq!(
            steps,
            [
                OperationStep::Retried,
                OperationStep::RetryAsked,
                OperationStep::Completed
            ]
        );
        // What it tells of the item stands beside what was told first, which stays as it is.
        let second = item("p_2", "price", json!(10), json!(8));
        let late = case
            .storage
            .record_items(&scope, &id, vec![second.clone()], None);
        assert_eq!(code(late.await), Code::Conflict);
        assert_eq!(case.items(&again, vec![second]).await, 1);
        case.step(&again, OperationStep::Completed).await;
        let detail = case.storage.get_operation(&scope, &again).await;
        let row = detail.expect("read").expect("there").row;
        assert_eq!((row.changed, row.retries), (1, Some(id.clone())));
        case.verified().await;
    });
}

#[test]
fn some_of_what_failed_is_picked_and_asked_for_alone() {
    on_both(async |case| {
        let scope = case.scope();
        let first = Operation {
            controls: vec![Control::Retry],
            ..operation(&case, "sale", None)
        };
        let opened = case.storage.open_operation(&scope, first, None).await;
        opened.expect("opened");
        let id = OperationId("sale".to_owned());
        let items = vec![
            failed("p_1", "no route to the shop"),
            item("p_2", "price", json!(10), json!(8)),
            failed("p_3", "no route to the shop"),
            failed("p_4", "no route to the shop"),
        ];
        case.items(&id, items).await;
        case.step(&id, OperationStep::Completed).await;
        let asked = async || {
            let filter = ItemFilter {
                asked: true,
                ..ItemFilter::default()
            };
            let page = case.storage.list_items(&scope, &id, filter, None, 10).await;
            let rows = page.expect("a page").rows;
            rows.iter().map(|row| row.place).collect::<Vec<u64>>()
        };
        let pick = async |places: &[u64]| {
            let wish = Wish {
                control: Control::Retry,
                only: places.iter().copied().collect(),
            };
            case.storage.ask_operation(&scope, &id, wish).await
        };
        assert_eq!(asked().await, [0; 0], "nothing was asked for yet");
        for wrong in [[1, 2], [3, 5]] {
            let problem = refused(pick(&wrong).await);
            assert_eq!(problem.code, Code::InvalidFields, "{wrong:?}");
            assert_eq!(problem.fields[0].pointer, "/only");
        }
        let row = pick(&[1, 4]).await.expect("asked");
        assert_eq!(row.asked, Some(Control::Retry));
        assert_eq!(asked().await, [1, 4]);
        let jobs = case.storage.claim_webhooks(5, Duration::minutes(1)).await;
        let jobs = jobs.expect("claimed");
        assert_eq!(jobs.len(), 1, "what was refused told nobody");
        let body: serde_json::Value = serde_json::from_str(&jobs[0].body).expect("JSON");
        let told = "/api/v1/operations/sale/items?outcome=failed&asked=true";
        assert_eq!(body["data"]["items"], told);
        let named = |place: u64, product: &str| json!({"place": place, "subject": {"type": "product", "id": product}, "field": "price"});
        assert_eq!(
            body["data"]["only"],
            json!([named(1, "p_1"), named(4, "p_4")])
        );
        let detail = case.storage.get_operation(&scope, &id).await;
        let detail = detail.expect("read").expect("there");
        assert_eq!(detail.trail[0].picked, Some(2));

        // Asked for once more, and for all of them.
        let all = case.storage.ask_operation(&scope, &id, Control::Retry);
        all.await.expect("asked");
        assert_eq!(asked().await, [1, 3, 4]);
        let detail = case.storage.get_operation(&scope, &id).await;
        assert_eq!(detail.expect("read").expect("there").trail[0].picked, None);
        case.verified().await;
    });
}

#[test]
fn what_can_t_be_tried_again_is_refused_by_name() {
    on_both(async |case| {
        let scope = case.scope();
        let clean = vec![item("p_1", "price", json!(10), json!(8))];
        let clean = case.ended("clean", clean).await;
        let revert = case.revert(&clean, &keep()).await;
        let missing = OperationId("missing".to_owned());
        for (retried, expected) in [
            (&clean, Code::Conflict),
            (&revert, Code::Conflict),
            (&missing, Code::InvalidFields),
        ] {
            let again = Operation {
                retries: Some(retried.clone()),
                ..operation(&case, "again", None)
            };
            let opened = case.storage.open_operation(&scope, again, None).await;
            let problem = refused(opened);
            assert_eq!(problem.code, expected, "{problem:?}");
            assert_eq!(problem.fields[0].pointer, "/retries");
        }
        let again = OperationId("again".to_owned());
        let found = case.storage.get_operation(&scope, &again).await;
        assert_eq!(found.expect("read"), None, "nothing was opened");
        // Its source did not say that it can.
        let told = case.ended("told", vec![failed("p_2", "503")]).await;
        let asked = case
            .storage
            .ask_operation(&scope, &told, Control::Retry)
            .await;
        assert_eq!(code(asked), Code::Conflict);
    });
}

#[test]
fn an_operation_says_what_came_of_its_last_revert() {
    on_both(async |case| {
        let items = ["p_1", "p_2", "p_3"].map(|p| item(p, "price", json!(10), json!(8)));
        let id = case.ended("sale", items.to_vec()).await;
        let detail = async |id: &OperationId| {
            let found = case.storage.get_operation(&case.scope(), id).await;
            found.expect("read").expect("there")
        };
        let settle = async |limit: u32, outcome: Settled| {
            let batch = case.take_on(limit).await.expect("a batch");
            let items = batch.items.iter();
            let settled: Vec<_> = items.map(|i| (i.place, outcome.clone())).collect();
            let settled = case.storage.settle_revert(&batch, &settled).await;
            settled.expect("settled");
        };
        let told = |revert: &OperationId, state, written, taken_back| {
            Some(Reverted {
                id: revert.clone(),
                state,
                written,
                total: 3,
                taken_back,
            })
        };
        // A page that is open hears of the others.
        let mut open = detail(&id).await;
        assert_eq!(open.reverted_by, None);

        let stopped = case.revert(&id, &keep()).await;
        let planned = told(&stopped, OperationState::Planned, 0, 0);
        assert_eq!(detail(&id).await.reverted_by, planned);
        let asked = case
            .storage
            .ask_operation(&case.scope(), &stopped, Control::Cancel)
            .await;
        asked.expect("stopped");
        let nothing = told(&stopped, OperationState::Cancelled, 0, 0);
        assert_eq!(detail(&id).await.reverted_by, nothing);
        assert!(open.hear_of(&detail(&stopped).await.row));
        assert_eq!(open.reverted_by, nothing);

        let revert = case.revert(&id, &keep()).await;
        settle(2, Settled::Done).await;
        let running = told(&revert, OperationState::Running, 2, 0);
        assert_eq!(detail(&id).await.reverted_by, running);
        settle(1, Settled::Failed("the shop says no".to_owned())).await;
        let part = told(&revert, OperationState::Completed, 2, 0);
        assert_eq!(detail(&id).await.reverted_by, part);
        assert!(open.hear_of(&detail(&revert).await.row));
        assert_eq!(open.reverted_by, part);

        // What takes the revert back has to write something first.
        let in_turn = case.revert(&revert, &keep()).await;
        assert_eq!(detail(&id).await.reverted_by, part);
        settle(1, Settled::Done).await;
        let undone = told(&revert, OperationState::Completed, 2, 1);
        assert_eq!(detail(&id).await.reverted_by, undone);
        assert!(open.hear_of(&detail(&in_turn).await.row));
        assert_eq!(open.reverted_by, undone);
        let own = open.row.clone();
        assert!(!open.hear_of(&own));
    });
}

#[test]
fn an_end_told_again_with_another_total_is_refused() {
    on_both(async |case| {
        let scope = case.scope();
        let complete = async |id: &OperationId, total| {
            let step = OperationStep::Completed;
            case.storage
                .record_step(&scope, id, step, None, total)
                .await
        };
        let id = case.open_operation(&scope, "sale", Some(2)).await;
        case.items(&id, vec![item("p_1", "price", json!(10), json!(8))])
            .await;
        let early = refused(complete(&id, Some(3)).await);
        assert_eq!(early.code, Code::Conflict);
        assert_eq!(early.fields[0].pointer, "/total");
        let words = "you say 3, but 1 item came; send the others";
        assert!(early.fields[0].message.starts_with(words), "{early:?}");
        for total in [Some(1), Some(1), None] {
            let row = complete(&id, total).await.expect("as it stands");
            assert_eq!(row.total, Some(1));
        }
        let late = refused(complete(&id, Some(2)).await);
        assert_eq!(late.code, Code::Conflict);
        assert_eq!(late.fields[0].pointer, "/total");
        let words = "you say 2, but this operation was completed with 1 item";
        assert_eq!(late.fields[0].message, words);

        // The same of several at once.
        let id = case.open_operation(&scope, "race", None).await;
        case.items(&id, vec![item("p_1", "price", json!(10), json!(8))])
            .await;
        let (right, wrong, again) = tokio::join!(
            complete(&id, Some(1)),
            complete(&id, Some(2)),
            complete(&id, Some(1))
        );
        assert_eq!(right.expect("completed").total, Some(1));
        assert_eq!(again.expect("completed").total, Some(1));
        assert_eq!(refused(wrong).fields[0].pointer, "/total");
        let detail = case.storage.get_operation(&scope, &id).await;
        assert_eq!(detail.expect("read").expect("there").trail.len(), 1);
    });
}

#[test]
fn a_trace_finds_the_start_and_the_end_of_an_operation() {
    on_both(async |case| {
        let scope = case.scope();
        let trace = "4bf92f3577b34da6";
        let traced = |id: &str, trace: &str| Operation {
            trace_id: Some(trace.to_owned()),
            ..operation(&case, id, None)
        };
        for (name, end) in [
            ("done", OperationStep::Completed),
            ("broken", OperationStep::Failed),
            ("stopped", OperationStep::Cancelled),
        ] {
            for _ in 0..2 {
                let opened = traced(name, trace);
                let opened = case.storage.open_operation(&scope, opened, None).await;
                opened.expect("opened");
            }
            let id = OperationId(name.to_owned());
            case.step(&id, end).await;
            let detail = case.storage.get_operation(&scope, &id).await;
            let detail = detail.expect("read").expect("there");
            assert_eq!(detail.trace_id.as_deref(), Some(trace));
        }
        assert_eq!(case.count(&scope, &format!("trace:{trace}")).await, 6);
        let other = traced("done", "00f067aa0ba902b7");
        let other = case.storage.open_operation(&scope, other, None).await;
        assert_eq!(code(other), Code::Conflict);
    });
}
