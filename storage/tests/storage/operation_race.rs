//! Operations and reverts that several ask for at once, and reverts whose target is away.

use crate::harness::{Case, code, on_both};
use crate::operation::{item, operation};
use crate::operation_revert::keep;
use chrono::Duration;
use domain::Code;
use domain::operation::revert::Part;
use domain::operation::{Control, OperationId, OperationState};
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
