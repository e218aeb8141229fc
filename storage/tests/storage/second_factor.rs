//! The second step of signing in: codes, what asks for them, what a lost one costs.

use crate::harness::{Case, activity, code, on_both};
use crate::people::email_of;
use crate::sign_in::{attempt, events, from, is_open, signed_in};
use chrono::Duration;
use domain::{Code, Role, UserId};
use storage::{Caller, CodeOutcome, Next, Session};

/// Gives somebody a second factor, confirmed with the code of the first step of time.
pub async fn enrol(case: &Case, id: UserId, session: &Session, caller: &Caller) {
    let begun = case.storage.begin_totp(id, vec![1]).await;
    begun.expect("begun");
    let confirmed = case.storage.confirm_totp(session, 1, caller).await;
    confirmed.expect("confirmed");
}

#[test]
fn a_code_is_asked_for_and_a_replayed_one_is_refused() {
    on_both(async |case| {
        let sara = case.member("Sara Nasser", Role::Manager).await;
        let here = attempt(&email_of("Sara Nasser"), "203.0.113.7");
        case.storage
            .begin_totp(sara.id, vec![1, 2, 3])
            .await
            .expect("begun");
        // Until it is confirmed it is asked for nowhere.
        signed_in(&case, &sara, &here).await;
        let session = case.session(&sara.token).await.expect("signed in");
        let codes = case
            .storage
            .confirm_totp(&session, 1_000, &here.caller)
            .await;
        let codes = codes.expect("confirmed");
        assert_eq!(codes.len(), 10);
        assert!(case.storage.begin_totp(sara.id, vec![9]).await.is_err());
        let step = async || match case.storage.sign_in_with_password(&here, sara.id).await {
            Ok(Next::NeedsCode { step, factors }) if factors.totp => step,
            other => panic!("no step: {other:?}"),
        };
        let one = step().await;
        let give = async |step: &str, time_step| {
            let given = case.storage.sign_in_with_totp(step, time_step, &here).await;
            given.expect("looked at")
        };
        assert_eq!(give(&one, None).await, CodeOutcome::Wrong { tries_left: 4 });
        assert_eq!(give(&one, Some(1_000)).await, CodeOutcome::Used);
        assert!(matches!(
            give(&one, Some(1_001)).await,
            CodeOutcome::SignedIn { .. }
        ));
        // The step is used up, and so is the code, in another step too.
        assert_eq!(give(&one, Some(1_002)).await, CodeOutcome::Over);
        let two = step().await;
        assert_eq!(give(&two, Some(1_001)).await, CodeOutcome::Used);
        let recovered = async |step: &str, code: &str| {
            let given = case
                .storage
                .sign_in_with_recovery_code(step, code, &here)
                .await;
            given.expect("looked at")
        };
        assert!(matches!(
            recovered(&two, "nonsense").await,
            CodeOutcome::Wrong { .. }
        ));
        let typed = codes[0].to_uppercase().replace('-', " ");
        assert!(matches!(
            recovered(&two, &typed).await,
            CodeOutcome::SignedIn { .. }
        ));
        let three = step().await;
        assert_eq!(recovered(&three, &codes[0]).await, CodeOutcome::Used);
        let factors = case.storage.factors_of(sara.id).await.expect("asked");
        assert_eq!(factors.recovery_codes, 9);
        assert_eq!(events(&case, "reason:used_code").await.len(), 2);
        assert_eq!(events(&case, "event:recovery.used").await.len(), 1);
    });
}

#[test]
fn of_two_who_give_one_code_at_once_one_gets_in() {
    on_both(async |case| {
        let sara = case.member("Sara Nasser", Role::Manager).await;
        let here = attempt(&email_of("Sara Nasser"), "203.0.113.7");
        enrol(&case, sara.id, &sara.session, &here.caller).await;
        let mut steps = Vec::new();
        for _ in 0..2 {
            match case.storage.sign_in_with_password(&here, sara.id).await {
                Ok(Next::NeedsCode { step, .. }) => steps.push(step),
                other => panic!("no step: {other:?}"),
            }
        }
        let beside = case.reopened().await;
        let (one, other) = tokio::join!(
            case.storage.sign_in_with_totp(&steps[0], Some(7), &here),
            beside.sign_in_with_totp(&steps[1], Some(7), &here),
        );
        let entered = [one, other]
            .into_iter()
            .filter(|outcome| matches!(outcome, Ok(CodeOutcome::SignedIn { .. })));
        assert_eq!(entered.count(), 1);
    });
}

#[test]
fn a_step_ends_after_five_tries_and_after_ten_minutes() {
    on_both(async |case| {
        let sara = case.member("Sara Nasser", Role::Manager).await;
        let here = attempt(&email_of("Sara Nasser"), "203.0.113.7");
        enrol(&case, sara.id, &sara.session, &here.caller).await;
        let step = async || match case.storage.sign_in_with_password(&here, sara.id).await {
            Ok(Next::NeedsCode { step, .. }) => step,
            other => panic!("no step: {other:?}"),
        };
        let tried = step().await;
        for left in (0..5).rev() {
            let given = case.storage.sign_in_with_totp(&tried, None, &here).await;
            assert_eq!(
                given.expect("looked at"),
                CodeOutcome::Wrong { tries_left: left }
            );
        }
        let late = case
            .storage
            .sign_in_with_totp(&tried, Some(99), &here)
            .await;
        assert_eq!(late.expect("looked at"), CodeOutcome::Over);
        // Codes count like passwords: the gate closes too.
        assert!(!is_open(&case, &here).await);
        let waited = step().await;
        case.pass(Duration::minutes(11));
        assert_eq!(
            case.storage.pending_sign_in(&waited).await.expect("asked"),
            None
        );
    });
}

#[test]
fn a_role_that_asks_for_a_second_factor_opens_only_the_account_without_one() {
    on_both(async |case| {
        let sara = case.member("Sara Nasser", Role::Manager).await;
        let set = |is_required| {
            let (storage, scope) = (case.storage.clone(), case.scope());
            async move {
                storage
                    .set_requires_second_factor(&scope, "manager", is_required)
                    .await
                    .expect("set");
            }
        };
        assert!(
            !case
                .session(&sara.token)
                .await
                .expect("signed in")
                .must_enrol
        );
        set(true).await;
        let session = case.session(&sara.token).await.expect("signed in");
        assert!(session.must_enrol);
        case.record(vec![activity("product.updated", 1)]).await;
        let scope = storage::Scope::of_session(&session);
        assert!(case.all_rows(&scope, "", 10).await.is_empty());
        assert!(scope.require(domain::Permission::ReadMessages).is_err());
        let caller = from("203.0.113.7");
        enrol(&case, sara.id, &session, &caller).await;
        assert!(
            !case
                .session(&sara.token)
                .await
                .expect("signed in")
                .must_enrol
        );
        let removed = case.storage.remove_totp(&session, &caller).await;
        assert_eq!(code(removed), Code::Forbidden);
        set(false).await;
        case.storage
            .remove_totp(&session, &caller)
            .await
            .expect("removed");
        let unknown = case
            .storage
            .set_requires_second_factor(&case.scope(), "own_9", true)
            .await;
        assert_eq!(code(unknown), Code::InvalidFields);
    });
}

#[test]
fn a_lost_second_factor_is_taken_away_by_an_admin_and_ends_the_sessions() {
    on_both(async |case| {
        let sara = case.member("Sara Nasser", Role::Manager).await;
        let staff = case.member("Lena Fischer", Role::Staff).await;
        let caller = from("203.0.113.7");
        enrol(&case, sara.id, &sara.session, &caller).await;
        let refused = case
            .storage
            .reset_second_factor(&staff.scope, sara.id)
            .await;
        assert_eq!(code(refused), Code::Forbidden);
        case.storage
            .reset_second_factor(&case.scope(), sara.id)
            .await
            .expect("reset");
        assert!(case.session(&sara.token).await.is_none());
        let factors = case.storage.factors_of(sara.id).await.expect("asked");
        assert_eq!(factors, domain::view::Factors::default());
    });
}

#[test]
fn who_lost_their_second_factor_is_told_with_who_took_it_away() {
    on_both(async |case| {
        let sara = case.member("Sara Nasser", Role::Manager).await;
        let admin = case.member("Adam Admin", Role::Admin).await;
        enrol(&case, sara.id, &sara.session, &from("203.0.113.7")).await;
        let reset = case.storage.reset_second_factor(&admin.scope, sara.id);
        reset.await.expect("reset");
        let found = case.storage.findings(&case.scope(), 7).await;
        let found = found.expect("found");
        let taken: Vec<_> = found
            .iter()
            .filter(|finding| finding.rule == "factor_removed")
            .collect();
        assert_eq!(taken.len(), 1);
        assert_eq!(taken[0].account, Some(email_of("Sara Nasser")));
        assert_eq!(taken[0].name.as_deref(), Some("Sara Nasser"));
        assert_eq!(taken[0].numbers["subject"], "Sara Nasser");
        assert_eq!(taken[0].numbers["by"], "Adam Admin");
    });
}

#[test]
fn where_there_is_no_second_factor_none_is_taken_away_and_nothing_ends() {
    on_both(async |case| {
        let lena = case.member("Lena Fischer", Role::Staff).await;
        // One that was never confirmed is asked for nowhere.
        let begun = case.storage.begin_totp(lena.id, vec![1]).await;
        begun.expect("begun");
        let reset = case
            .storage
            .reset_second_factor(&case.scope(), lena.id)
            .await;
        assert_eq!(code(reset), Code::NotFound);
        assert!(case.session(&lena.token).await.is_some());
        assert!(events(&case, "event:factor.removed").await.is_empty());
        assert!(events(&case, "event:session.ended").await.is_empty());
    });
}
