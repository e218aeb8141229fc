//! Sessions that end by something else than being ended: the security log says how many and why.

use crate::harness::{Case, on_both};
use crate::people::email_of;
use crate::second_factor::enrol;
use crate::sign_in::{events, from};
use domain::Role;
use serde_json::json;

/// How often sessions ended so far; the newest time was for this reason and took so many.
async fn ended(case: &Case, reason: &str, sessions: u32) -> usize {
    let rows = events(case, "event:session.ended").await;
    let newest = rows.first().expect("sessions ended");
    assert_eq!(newest.reason.as_deref(), Some(reason));
    assert_eq!(newest.details, Some(json!({ "sessions": sessions })));
    assert_eq!(newest.account, Some(email_of("Sara Nasser")));
    rows.len()
}

#[test]
fn sessions_that_end_with_a_role_a_block_or_a_password_are_on_record() {
    on_both(async |case| {
        let scope = case.scope();
        let storage = &case.storage;
        let sara = case.member("Sara Nasser", Role::Manager).await;
        case.signed_in(sara.id).await;
        let given = storage.set_role(&scope, sara.id, Role::Staff).await;
        given.expect("given");
        assert_eq!(ended(&case, "role_changed", 2).await, 1);
        case.signed_in(sara.id).await;
        let blocked = storage.set_blocked(&scope, sara.id, true).await;
        blocked.expect("blocked");
        assert_eq!(ended(&case, "blocked", 1).await, 2);
        let unblocked = storage.set_blocked(&scope, sara.id, false).await;
        unblocked.expect("unblocked");
        let kept = case.signed_in(sara.id).await;
        case.signed_in(sara.id).await;
        let hash = || "$argon2id$new".to_owned();
        let changed = storage
            .change_own_password(&kept.session, hash(), &from("203.0.113.7"))
            .await;
        changed.expect("changed");
        assert_eq!(ended(&case, "password_set", 1).await, 3);
        assert!(case.session(&kept.token).await.is_some());
        let set = storage.set_password_hash(sara.id, hash()).await;
        set.expect("set");
        assert_eq!(ended(&case, "password_set", 1).await, 4);
        // Where none is open, none ends.
        let set = storage.set_password_hash(sara.id, hash()).await;
        set.expect("set");
        let given = storage.set_role(&scope, sara.id, Role::Manager).await;
        given.expect("given");
        assert_eq!(ended(&case, "password_set", 1).await, 4);
        let enrolled = case.signed_in(sara.id).await;
        enrol(&case, sara.id, &enrolled.session, &from("203.0.113.7")).await;
        let reset = storage.reset_second_factor(&scope, sara.id).await;
        reset.expect("reset");
        assert_eq!(ended(&case, "factor_removed", 1).await, 5);
        case.signed_in(sara.id).await;
        let removed = storage.remove_user(&scope, sara.id).await;
        removed.expect("removed");
        assert_eq!(ended(&case, "user_removed", 1).await, 6);
    });
}
