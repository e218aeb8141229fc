//! Bulk operations: fed, ended, silent, read by roles, live.

use crate::harness::{Case, activity, code, idempotency, on_both, reference, start};
use chrono::Duration;
use domain::operation::{
    Control, ItemOutcome, Operation, OperationId, OperationItem, OperationKind, OperationState,
    OperationStep, OperationTab,
};
use domain::view::OperationLive;
use domain::{Actor, ActorType, Code};
use serde_json::{Value, json};
use storage::record::Recorded;
use storage::{Error, ItemFilter, Scope};

pub fn operation(case: &Case, id: &str, total: Option<u64>) -> Operation {
    Operation {
        id: OperationId(id.to_owned()),
        name: format!("Operation {id}"),
        kind: OperationKind::BulkOperation,
        description: Some("20% less".to_owned()),
        query: None,
        total,
        actor: Actor {
            kind: ActorType::User,
            id: Some("u_17".to_owned()),
            name: Some("Sara Nasser".to_owned()),
            email: None,
            role: None,
        },
        rule: None,
        stalls_after_s: 300,
        controls: vec![Control::Pause, Control::Cancel],
        control_url: Some("https://shop.example/control".to_owned()),
        target: None,
        reverts: None,
        retries: None,
        trace_id: None,
        opened_at: case.ambient.clock.now(),
    }
}

pub fn item(id: &str, field: &str, before: Value, after: Value) -> OperationItem {
    OperationItem {
        subject: reference("product", id, &format!("Product {id}")),
        field: field.to_owned(),
        before: Some(before),
        after: Some(after),
        outcome: ItemOutcome::Changed,
        error: None,
    }
}

pub fn failed(id: &str, error: &str) -> OperationItem {
    OperationItem {
        after: None,
        outcome: ItemOutcome::Failed,
        error: Some(error.to_owned()),
        ..item(id, "price", json!(10), json!(8))
    }
}

impl Case {
    pub async fn open_operation(&self, scope: &Scope, id: &str, total: Option<u64>) -> OperationId {
        let opened = operation(self, id, total);
        self.storage
            .open_operation(scope, opened, None)
            .await
            .expect("opened");
        OperationId(id.to_owned())
    }

    pub async fn items(&self, id: &OperationId, items: Vec<OperationItem>) -> usize {
        match self
            .storage
            .record_items(&self.scope(), id, items, None)
            .await
        {
            Ok(Recorded::New(receipts)) => receipts.len(),
            other => panic!("not recorded: {other:?}"),
        }
    }

    pub async fn step(&self, id: &OperationId, step: OperationStep) -> OperationState {
        self.storage
            .record_step(&self.scope(), id, step, None, None)
            .await
            .expect("a step")
            .state
    }

    async fn state(&self, id: &OperationId) -> OperationState {
        let found = self.storage.get_operation(&self.scope(), id).await;
        found.expect("read").expect("there").row.state
    }
}

#[test]
fn an_operation_runs_from_its_opening_to_its_end() {
    on_both(async |case| {
        let scope = case.scope();
        let mut live = case.storage.subscribe_operations();
        let id = case.open_operation(&scope, "sale", Some(4)).await;
        assert_eq!(case.state(&id).await, OperationState::Planned);
        let first = vec![
            item("p_1", "price", json!(120), json!(96)),
            item("p_1", "tags", json!(["a"]), json!(["a", "sale"])),
        ];
        assert_eq!(case.items(&id, first.clone()).await, 2);
        // A batch whose answer was lost is sent again.
        assert_eq!(case.items(&id, first).await, 0);
        case.pass(Duration::seconds(10));
        let rest = vec![
            failed("p_2", "price 8.00 is below cost 9.50"),
            failed("p_3", "price 2.00 is below cost 3.10"),
        ];
        assert_eq!(case.items(&id, rest).await, 2);
        assert_eq!(
            case.step(&id, OperationStep::Completed).await,
            OperationState::Completed
        );
        assert_eq!(
            case.step(&id, OperationStep::Completed).await,
            OperationState::Completed
        );

        let detail = case.storage.get_operation(&scope, &id).await;
        let detail = detail.expect("read").expect("there");
        assert_eq!((detail.row.changed, detail.row.failed), (2, 2));
        assert_eq!(
            detail.row.per_second().map(|r| (r * 10.0).round()),
            Some(4.0)
        );
        assert_eq!(detail.trail[0].step, OperationStep::Completed);
        assert_eq!(detail.trail[0].items, 4);
        assert_eq!(detail.causes.len(), 1, "{:?}", detail.causes);
        assert_eq!(detail.causes[0].count, 2);
        let by_cause = ItemFilter {
            cause: Some(detail.causes[0].id),
            ..ItemFilter::default()
        };
        let page = case.storage.list_items(&scope, &id, by_cause, None, 1);
        let page = page.await.expect("a page");
        assert_eq!(page.rows[0].subject.id, "p_2");
        let page = case
            .storage
            .list_items(&scope, &id, by_cause, page.next.as_deref(), 1);
        let page = page.await.expect("a page");
        assert_eq!(page.rows[0].subject.id, "p_3");
        assert_eq!(page.next, None);
        // One line at its start and one at its end, whatever the number of items.
        assert_eq!(case.count(&scope, "operation:sale").await, 2);
        // What is told comes a moment after it is recorded.
        loop {
            let published =
                tokio::time::timeout(std::time::Duration::from_secs(20), live.recv()).await;
            let published = published.expect("its end is told").expect("not too slow");
            if let Some(OperationLive::OperationChanged { row, .. }) = published.event_for(&scope)
                && row.state == OperationState::Completed
            {
                break;
            }
        }
        case.verified().await;
    });
}

#[test]
fn what_does_not_fit_is_refused_and_nothing_of_it_is_stored() {
    on_both(async |case| {
        let scope = case.scope();
        let id = case.open_operation(&scope, "sale", Some(2)).await;
        case.items(&id, vec![item("p_1", "price", json!(1), json!(2))])
            .await;
        let items = async |items| {
            case.storage
                .record_items(&scope, &id, items, None)
                .await
                .map(drop)
        };
        let other = vec![
            item("p_2", "price", json!(1), json!(2)),
            item("p_1", "price", json!(1), json!(3)),
        ];
        let refused = items(other).await;
        match &refused {
            Err(storage::Error::Problem(problem)) => {
                assert_eq!(problem.fields[0].pointer, "/1", "{problem:?}");
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(code(refused), Code::Conflict);
        let twice = vec![
            item("p_3", "price", json!(1), json!(2)),
            item("p_3", "price", json!(1), json!(5)),
        ];
        assert_eq!(code(items(twice).await), Code::Conflict);
        let complete = async |total| {
            case.storage
                .record_step(&scope, &id, OperationStep::Completed, None, total)
                .await
        };
        assert_eq!(code(complete(None).await), Code::Conflict);
        assert_eq!(code(complete(Some(3)).await), Code::Conflict);
        let row = complete(Some(1)).await.expect("completed");
        assert_eq!((row.total, row.done()), (Some(1), 1));
        let late = vec![item("p_9", "price", json!(1), json!(2))];
        assert_eq!(code(items(late).await), Code::Conflict);
        // What came before is answered as before.
        items(vec![item("p_1", "price", json!(1), json!(2))])
            .await
            .expect("a repetition");
        let failed = case
            .storage
            .record_step(&scope, &id, OperationStep::Failed, None, None);
        assert_eq!(code(failed.await), Code::Conflict);
        let other = Operation {
            name: "Another".to_owned(),
            ..operation(&case, "sale", Some(2))
        };
        let opened = case.storage.open_operation(&scope, other, None).await;
        assert_eq!(code(opened), Code::Conflict);
        case.storage
            .open_operation(&scope, operation(&case, "sale", Some(2)), None)
            .await
            .expect("the same again");
        let nothing = OperationId("nothing".to_owned());
        let lost = vec![item("p_1", "price", json!(1), json!(2))];
        let lost = case
            .storage
            .record_items(&scope, &nothing, lost, None)
            .await;
        assert_eq!(code(lost), Code::NotFound);
    });
}

#[test]
fn what_comes_beyond_the_plan_is_taken_and_said() {
    on_both(async |case| {
        let scope = case.scope();
        for (name, planned, came) in [("more", 2, 3_u64), ("fewer", 5, 3)] {
            let id = case.open_operation(&scope, name, Some(planned)).await;
            let items = ["p_1", "p_2", "p_3"].map(|p| item(p, "price", json!(10), json!(8)));
            assert_eq!(case.items(&id, items[..1].to_vec()).await, 1);
            case.pass(Duration::seconds(10));
            assert_eq!(case.items(&id, items[1..].to_vec()).await, 2);
            let detail = case.storage.get_operation(&scope, &id).await;
            let row = detail.expect("read").expect("there").row;
            assert_eq!((row.done(), row.planned), (came, Some(planned)));
            assert_eq!(row.progress(), came.min(planned), "never above the whole");
            let beyond = (came > planned).then_some(planned);
            assert_eq!(row.other_than_planned(), beyond);
            assert_eq!(row.seconds_left().is_none(), beyond.is_some());
            let completed = async |total| {
                let step = OperationStep::Completed;
                case.storage
                    .record_step(&scope, &id, step, None, total)
                    .await
            };
            assert_eq!(code(completed(None).await), Code::Conflict);
            let row = completed(Some(came)).await.expect("completed");
            assert_eq!((row.total, row.planned), (Some(came), Some(planned)));
            assert_eq!(row.other_than_planned(), Some(planned));
            let said = format!("{came} items came, {planned} were planned");
            let detail = case.storage.get_operation(&scope, &id).await;
            let detail = detail.expect("read").expect("there");
            assert_eq!(detail.trail[0].reason.as_deref(), Some(said.as_str()));
            let query = format!("operation:{name} action:operation.completed");
            let entry = case.all_rows(&scope, &query, 10).await.remove(0);
            let description = entry.description.unwrap_or_default();
            assert!(description.ends_with(&said), "{description}");
        }
    });
}

#[test]
fn an_end_told_by_several_at_once_is_answered_as_it_stands() {
    on_both(async |case| {
        let scope = case.scope();
        for (name, step) in [
            ("completed", OperationStep::Completed),
            ("failed", OperationStep::Failed),
            ("cancelled", OperationStep::Cancelled),
        ] {
            let id = case.open_operation(&scope, name, None).await;
            let tell = || case.storage.record_step(&scope, &id, step, None, None);
            let (a, b, c, d, e) = tokio::join!(tell(), tell(), tell(), tell(), tell());
            for answer in [a, b, c, d, e] {
                assert_eq!(answer.expect("answered").state.as_str(), name);
            }
            let detail = case.storage.get_operation(&scope, &id).await;
            let trail = detail.expect("read").expect("there").trail;
            assert_eq!(trail.len(), 1, "{name} is told once");
        }
    });
}

#[test]
fn a_key_replays_the_answer_byte_for_byte() {
    on_both(async |case| {
        let scope = case.scope();
        let id = case.open_operation(&scope, "sale", None).await;
        let send = async |items, body| {
            let key = Some(idempotency("k", body));
            case.storage.record_items(&scope, &id, items, key).await
        };
        let items = vec![item("p_1", "price", json!(1), json!(2))];
        assert!(matches!(send(items.clone(), 1).await, Ok(Recorded::New(_))));
        assert!(matches!(send(items, 1).await, Ok(Recorded::Replayed(_))));
        let changed = vec![item("p_2", "price", json!(1), json!(2))];
        assert_eq!(code(send(changed, 2).await), Code::IdempotencyConflict);
    });
}

#[test]
fn a_silent_one_stalls_and_goes_on_when_it_is_heard_of() {
    on_both(async |case| {
        let scope = case.scope();
        let id = case.open_operation(&scope, "sale", None).await;
        case.items(&id, vec![item("p_1", "price", json!(1), json!(2))])
            .await;
        assert_eq!(case.storage.stall_operations().await.expect("swept"), 0);
        case.pass(Duration::seconds(10));
        case.items(&id, vec![item("p_3", "price", json!(1), json!(2))])
            .await;
        let rate = async || {
            let found = case.storage.get_operation(&scope, &id).await;
            found.expect("read").expect("there").row.per_second()
        };
        assert!(rate().await.is_some());
        case.pass(Duration::seconds(301));
        assert_eq!(case.storage.stall_operations().await.expect("swept"), 1);
        assert_eq!(case.state(&id).await, OperationState::Stalled);
        assert_eq!(rate().await, None, "nothing comes");
        case.items(&id, vec![item("p_2", "price", json!(1), json!(2))])
            .await;
        assert_eq!(case.state(&id).await, OperationState::Running);
        assert_eq!(case.storage.stall_operations().await.expect("swept"), 0);
    });
}

#[test]
fn people_ask_and_the_source_does() {
    on_both(async |case| {
        let scope = case.scope();
        let id = case.open_operation(&scope, "sale", None).await;
        case.step(&id, OperationStep::Started).await;
        let ask = async |control: Control| case.storage.ask_operation(&scope, &id, control).await;
        let row = ask(Control::Pause).await.expect("asked");
        assert_eq!(
            (row.state, row.asked),
            (OperationState::Running, Some(Control::Pause))
        );
        // Its source is told by a signed webhook.
        let jobs = case.storage.claim_webhooks(5, Duration::minutes(1)).await;
        let jobs = jobs.expect("claimed");
        assert_eq!(jobs.len(), 1);
        assert!(
            jobs[0].body.contains("\"asked\":\"pause\""),
            "{}",
            jobs[0].body
        );
        assert_eq!(
            case.step(&id, OperationStep::Paused).await,
            OperationState::Paused
        );
        assert_eq!(case.storage.stall_operations().await.expect("swept"), 0);
        assert_eq!(code(ask(Control::Resume).await), Code::Conflict);
        case.step(&id, OperationStep::Cancelled).await;
        assert_eq!(code(ask(Control::Cancel).await), Code::Conflict);
    });
}

#[test]
fn lists_have_tabs_and_pages_and_roles_see_what_they_may() {
    on_both(async |case| {
        let scope = case.scope();
        for at in 0..5 {
            let id = case.open_operation(&scope, &format!("op_{at}"), None).await;
            if at < 4 {
                case.step(&id, OperationStep::Completed).await;
            }
        }
        let mut tags = operation(&case, "tags", None);
        tags.kind = OperationKind::TagCleanUp;
        case.storage
            .open_operation(&scope, tags, None)
            .await
            .expect("opened");
        let list = async |tab, after: Option<String>| {
            case.storage
                .list_operations(&scope, tab, after.as_deref(), 3)
                .await
                .expect("a page")
        };
        let first = list(None, None).await;
        assert_eq!(first.running.len(), 2);
        let ids: Vec<&str> = first.rows.iter().map(|row| row.id.0.as_str()).collect();
        assert_eq!(ids, ["op_3", "op_2", "op_1"]);
        let second = list(None, first.next).await;
        assert_eq!((second.running.len(), second.rows.len()), (0, 1));
        assert_eq!(second.next, None);
        let tags = list(Some(OperationTab::Tags), None).await;
        assert_eq!((tags.running.len(), tags.rows.len()), (1, 0));

        let customers = OperationId("op_4".to_owned());
        let mut phone = item("c_1", "phone", json!("0551234567"), json!("+966551234567"));
        phone.subject = reference("customer", "c_1", "Noura Al-Otaibi");
        case.items(&customers, vec![phone]).await;
        for role in domain::Role::ALL {
            let scope = case.scope_of(role).await;
            let page = case
                .storage
                .list_items(&scope, &customers, ItemFilter::default(), None, 10)
                .await;
            if !role.may(domain::Permission::ReadOperations) {
                assert_eq!(code(page), Code::Forbidden, "{role}");
                continue;
            }
            let row = &page.expect("a page").rows[0];
            let text = format!("{row:?}");
            let is_hidden = !text.contains("Noura") && !text.contains("55123");
            assert_eq!(is_hidden, role.is_masked(), "{role}: {text}");
            let asked = case
                .storage
                .ask_operation(&scope, &customers, Control::Pause)
                .await;
            assert_eq!(
                asked.is_ok(),
                role.may(domain::Permission::Revert),
                "{role}"
            );
        }
    });
}

#[test]
fn what_became_of_an_item_since_is_told() {
    on_both(async |case| {
        let scope = case.scope();
        let id = case.open_operation(&scope, "sale", None).await;
        let items = ["p_1", "p_2", "p_3"].map(|p| item(p, "price", json!(10), json!(8)));
        case.items(&id, items.to_vec()).await;
        let mut edited = activity("product.updated", 5);
        edited.subject = Some(reference("product", "p_1", "Product p_1"));
        edited.changes = vec![domain::Change {
            field: "price".to_owned(),
            before: json!(8),
            after: json!(9),
        }];
        edited.occurred_at = start() + Duration::hours(1);
        let mut deleted = activity("product.deleted", 6);
        deleted.subject = Some(reference("product", "p_2", "Product p_2"));
        case.record(vec![edited, deleted]).await;
        let page = case
            .storage
            .list_items(&scope, &id, ItemFilter::default(), None, 10)
            .await
            .expect("a page");
        let since = page.rows[0].since.as_ref().expect("changed");
        assert_eq!((&since.now, since.is_gone), (&json!(9), false));
        assert_eq!(since.by.label(), "Sara Nasser");
        assert!(page.rows[1].since.as_ref().expect("gone").is_gone);
        assert_eq!(page.rows[2].since, None);
    });
}

#[test]
fn a_field_that_comes_twice_in_a_batch_is_said_to() {
    on_both(async |case| {
        let scope = case.scope();
        let id = case.open_operation(&scope, "sale", None).await;
        let refused = async |prices: &[u32]| {
            let items = prices
                .iter()
                .map(|price| item("p_1", "price", json!(1), json!(price)));
            let refused = case
                .storage
                .record_items(&scope, &id, items.collect(), None)
                .await;
            match refused {
                Err(Error::Problem(problem)) => problem.message,
                _ => panic!("it was not refused"),
            }
        };
        let words = refused(&[2, 3]).await;
        assert!(words.contains("came twice in this batch"), "{words}");
        case.items(&id, vec![item("p_1", "price", json!(1), json!(2))])
            .await;
        let words = refused(&[3]).await;
        assert!(words.contains("came before in this operation"), "{words}");
    });
}
