//! Operations and reverts that several ask for at once, and reverts whose target is away.

use crate::harness::{Case, code, on_both};
use crate::operation::{item, operation};
use crate::operation_revert::keep;
use chrono::Duration;
use domain::Code;
use domain::operation::revert::Part;
use domain::operation::{Control, OperationId, OperationState, OperationStep};
use serde_json::json;

async fn sale(case: &Case) -> OperationId {
    let items = (1..=3).map(|n| item(&format!("p_{n}"), "price", json!(10), json!(8)));
    case.ended("sale", items.collect()).await
}

#[test]
fn of_five_reverts_asked_for_at_once_one_begins() {
    on_both(async |case| {
        let id = sale(&case).await;
        let as_of = case.dry_run(&id, &keep()).await.as_of;
        let (scope, choice, whole) = (case.scope(), keep(), Part::Whole);
        let ask = || {
            case.storage
                .start_revert(&scope, &id, &choice, &whole, as_of)
        };
        let (a, b, c, d, e) = tokio::join!(ask(), ask(), ask(), ask(), ask());
        let answers = [a, b, c, d, e];
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
        for answer in answers.into_iter().filter(Result::is_err) {
            assert_eq!(code(answer), Code::Conflict);
        }
        let batch = case.take_on(10).await.expect("what the one has to do");
        assert_eq!(batch.items.len(), 3);
        assert!(case.take_on(10).await.is_none(), "and nothing else");
    });
}

#[test]
fn a_number_that_no_dry_run_gave_is_refused() {
    on_both(async |case| {
        let early = case.ended("early", Vec::new()).await;
        let early = case.dry_run(&early, &keep()).await.as_of;
        let id = sale(&case).await;
        for as_of in [early, 99_999_999] {
            let started = case
                .storage
                .start_revert(&case.scope(), &id, &keep(), &Part::Whole, as_of)
                .await;
            assert_eq!(code(started), Code::InvalidFields, "{as_of}");
        }
    });
}

#[test]
fn a_revert_whose_target_is_away_can_be_cancelled() {
    on_both(async |case| {
        let id = sale(&case).await;
        for is_asked_first in [false, true] {
            let revert = case.revert(&id, &keep()).await;
            let batch = case.take_on(10).await.expect("a batch");
            let later = case.ambient.clock.now() + Duration::hours(1);
            let cancel = async || {
                let asked = case
                    .storage
                    .ask_operation(&case.scope(), &revert, Control::Cancel)
                    .await;
                asked.expect("asked")
            };
            if is_asked_first {
                cancel().await;
            }
            let postponed = case.storage.postpone_revert(&batch, later, "503").await;
            postponed.expect("postponed");
            if !is_asked_first {
                cancel().await;
            }
            case.storage.finish_reverts().await.expect("looked at");
            let found = case.storage.get_operation(&case.scope(), &revert).await;
            let state = found.expect("read").expect("there").row.state;
            assert_eq!(
                state,
                OperationState::Cancelled,
                "asked first: {is_asked_first}"
            );
        }
    });
}

#[test]
fn each_other_reason_for_which_a_revert_waits_stands_in_its_trail() {
    on_both(async |case| {
        let id = sale(&case).await;
        let revert = case.revert(&id, &keep()).await;
        let later = Duration::hours(1);
        for why in ["503", "503", "no route", "no route", "503"] {
            let batch = case.take_on(10).await.expect("a batch");
            let retry_at = case.ambient.clock.now() + later;
            let postponed = case.storage.postpone_revert(&batch, retry_at, why).await;
            postponed.expect("postponed");
            case.pass(later);
        }
        let found = case.storage.get_operation(&case.scope(), &revert).await;
        let trail = found.expect("read").expect("there").trail;
        let reasons: Vec<&str> = trail
            .iter()
            .rev()
            .filter_map(|step| step.reason.as_deref())
            .collect();
        assert_eq!(reasons, ["503", "no route", "503"]);
    });
}

#[test]
fn items_told_by_several_at_once_are_recorded_once() {
    on_both(async |case| {
        let scope = case.scope();
        let id = case.open_operation(&scope, "sale", None).await;
        let tell = || {
            let items = (1..=50).map(|n| item(&format!("p_{n}"), "price", json!(10), json!(8)));
            case.items(&id, items.collect())
        };
        let (a, b, c, d, e) = tokio::join!(tell(), tell(), tell(), tell(), tell());
        assert_eq!(a + b + c + d + e, 50);
        // The same field with two values: one of them.
        let claim = |price: u32| {
            let one = vec![item("p_99", "price", json!(10), json!(price))];
            case.storage.record_items(&scope, &id, one, None)
        };
        let (a, b) = tokio::join!(claim(8), claim(9));
        assert_ne!(a.is_ok(), b.is_ok());
        assert_eq!(code(if a.is_ok() { b } else { a }), Code::Conflict);
        let found = case.storage.get_operation(&scope, &id).await;
        assert_eq!(found.expect("read").expect("there").row.done(), 51);
    });
}

#[test]
fn an_item_and_the_end_at_once_leave_a_count_that_is_true() {
    on_both(async |case| {
        let scope = case.scope();
        for round in 0..5 {
            let id = case
                .open_operation(&scope, &format!("sale-{round}"), None)
                .await;
            let one = |product: &str| vec![item(product, "price", json!(10), json!(8))];
            case.items(&id, one("p_1")).await;
            let step = OperationStep::Completed;
            let (late, end) = tokio::join!(
                case.storage.record_items(&scope, &id, one("p_2"), None),
                case.storage.record_step(&scope, &id, step, None, Some(1))
            );
            assert_ne!(late.is_ok(), end.is_ok());
            let found = case.storage.get_operation(&scope, &id).await;
            let row = found.expect("read").expect("there").row;
            assert_eq!(row.done(), 1 + u64::from(late.is_ok()));
            assert_eq!(row.state.is_ended(), end.is_ok());
        }
    });
}

#[test]
fn an_operation_opened_by_several_at_once_is_answered_as_it_stands() {
    on_both(async |case| {
        let scope = case.scope();
        let open = || {
            let opened = operation(&case, "sale", None);
            case.storage.open_operation(&scope, opened, None)
        };
        let (a, b, c) = tokio::join!(open(), open(), open());
        for answer in [a, b, c] {
            answer.expect("opened or known");
        }
    });
}
