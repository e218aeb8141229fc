//! Proofs to take away: of messages, security events and calls.

use crate::harness::{Case, code, on_both};
use crate::message_kit::input;
use crate::message_outbox::{accepted, report};
use crate::sign_in::events;
use crate::watch::{call, page, record};
use domain::ledger::ProofBundle;
use domain::message::Channel;
use domain::{Code, Role};
use std::collections::BTreeSet;

/// That a bundle stands by itself and leads to the present head.
async fn assert_holds(case: &Case, bundle: &ProofBundle) {
    assert_eq!(bundle.check(), Ok(()));
    let last = bundle.entries.iter().map(|entry| entry.proof.size).max();
    let (size, _) = case.storage.ledger_head().await.expect("a head");
    assert!(last.is_some_and(|last| last <= size));
    let first = &bundle.entries[0].proof;
    assert_eq!(bundle.matches_root(first.size, first.root), Ok(()));
}

fn has_content(bundle: &ProofBundle) -> bool {
    let shown = bundle.entries.iter().filter(|e| e.payload.is_some());
    let count = shown.count();
    assert!(count == 0 || count == bundle.entries.len());
    count > 0
}

#[test]
fn a_message_is_proved_with_everything_that_became_known_of_it() {
    on_both(async |case| {
        let mail = input(&case, Channel::Sms, "+966551234567", "Hello");
        let id = case.send(mail).await;
        let claimed = case.claim().await;
        let begun = case.storage.begin_handover(&claimed[0], "twilio").await;
        assert!(begun.expect("begun"));
        let answered = case
            .storage
            .record_answer(&claimed[0], accepted("SM1"))
            .await;
        answered.expect("answered");
        let now = case.ambient.clock.now();
        let told = case
            .storage
            .record_report(report("SM1", "delivered", None), None, now)
            .await;
        told.expect("told");
        // Something else of which nothing belongs into the file.
        let other = input(&case, Channel::Sms, "+966551234568", "Hello");
        case.send(other).await;
        let scope = case.scope();
        let bundle = case.storage.message_proof_bundle(&scope, id).await;
        let bundle = bundle.expect("read").expect("there");
        assert_holds(&case, &bundle).await;
        assert!(has_content(&bundle));
        let kinds: Vec<_> = bundle.entries.iter().map(|e| &*e.entry.kind).collect();
        let fact = "message_fact";
        assert_eq!(kinds, ["message", fact, fact, fact]);
        let detail = case.message(id).await;
        let seqs = detail.history.iter().filter_map(|step| step.seq);
        let known: BTreeSet<i64> = seqs.map(|seq| seq.0).collect();
        let proved: BTreeSet<i64> = bundle.entries.iter().map(|e| e.entry.seq).collect();
        assert_eq!(proved, known);
        let mut forged = bundle.clone();
        let payload = forged.entries[3].payload.as_mut().expect("content");
        *payload = payload.replace("delivered", "failed");
        assert!(forged.check().is_err());
    });
}

#[test]
fn a_messages_proof_is_for_roles_that_count_and_shows_what_they_see() {
    on_both(async |case| {
        let mut secret = input(&case, Channel::Sms, "+966551234567", "Your code is 4711");
        secret.message.is_secret = true;
        let secret = case.send(secret).await;
        let open = case
            .send(input(&case, Channel::Sms, "+966551234567", "Hello"))
            .await;
        for member in case.one_of_each_role().await {
            let (scope, role) = (&member.scope, member.scope.role());
            let counts = !matches!(role, Role::StoreKeeper | Role::Staff);
            for (id, sees_it) in [
                (open, role != Role::Auditor),
                (secret, role == Role::SuperAdmin),
            ] {
                let bundle = case.storage.message_proof_bundle(scope, id).await;
                let bundle = bundle.expect("read");
                assert_eq!(bundle.is_some(), counts, "{role}");
                let Some(bundle) = bundle else { continue };
                assert_holds(&case, &bundle).await;
                assert_eq!(has_content(&bundle), sees_it, "{role}");
                let opened = case.storage.open_message(scope, id).await;
                let proof = opened.expect("read").expect("there").proof;
                assert!(proof.expect("a proof").is_verified);
            }
        }
        let nobody = case.member("Karim", Role::StoreKeeper).await.scope;
        let opened = case.storage.open_message(&nobody, open).await;
        assert!(opened.expect("read").is_none_or(|m| m.proof.is_none()));
    });
}

#[test]
fn events_and_calls_are_proved_to_who_reads_their_logs() {
    on_both(async |case| {
        let manager = case.member("Mona", Role::Manager).await.scope;
        let admin = case.member("Adam", Role::Admin).await.scope;
        let start = crate::harness::start();
        let calls = ["r_1", "r_2", "r_3"].map(|id| call(&case, start, 200, id));
        record(&case, calls.to_vec()).await;
        let event = events(&case, "").await[0].id;
        let bundle = case.storage.security_proof_bundle(&admin, event).await;
        let bundle = bundle.expect("read").expect("there");
        assert_holds(&case, &bundle).await;
        assert!(has_content(&bundle));
        assert_eq!(bundle.entries[0].entry.record_id, event.to_string());
        let row = page(&case, &admin, "", None, 10).await.rows[1].clone();
        let bundle = case.storage.request_proof_bundle(&admin, row.id).await;
        let mut bundle = bundle.expect("read").expect("there");
        assert_holds(&case, &bundle).await;
        let kept = bundle.entries[0].call.clone().expect("the call");
        assert!(kept.contains(&row.request_id));
        // The entry is about all three; it proves this one as it was, and no other.
        bundle.entries[0].call = Some(kept.replace("200", "500"));
        assert!(bundle.check().expect_err("changed").contains("the call"));
        bundle.entries[0].call = Some(kept);
        bundle.entries[0].payload = None;
        bundle.entries[0].salt = None;
        assert!(bundle.check().is_err(), "nothing says what was recorded");
        let nothing = case.ambient.uuid();
        let none = case.storage.request_proof_bundle(&admin, nothing).await;
        assert_eq!(none.expect("read"), None);
        let refused = case.storage.security_proof_bundle(&manager, event).await;
        assert_eq!(code(refused), Code::Forbidden);
        let refused = case.storage.request_proof_bundle(&manager, row.id).await;
        assert_eq!(code(refused), Code::Forbidden);
    });
}
