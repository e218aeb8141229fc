//! Emailed links: to join, to set a password, to change one's address.

use crate::harness::{Case, code, on_both};
use crate::people::{email_of, new_user};
use crate::sign_in::{events, from};
use chrono::Duration;
use domain::view::LinkPurpose;
use domain::{Code, Role};
use storage::{EmailChange, NewUser, Scope};

fn invited(name: &str) -> NewUser {
    NewUser {
        password_hash: None,
        ..new_user(name)
    }
}

async fn use_link(case: &Case, token: &str) -> Result<domain::UserId, storage::Error> {
    let caller = from("203.0.113.7");
    let hash = "$argon2id$new".to_owned();
    let used = case
        .storage
        .use_password_link(token, hash, Some("Sara N.".to_owned()), &caller);
    used.await
}

#[test]
fn an_invitation_makes_a_password_once() {
    on_both(async |case| {
        let (id, token) = case
            .storage
            .invite_user(&case.scope(), invited("Sara Nasser"), Role::Manager)
            .await
            .expect("invited");
        let token = token.expect("a link");
        let view = case.storage.link_view(&token).await.expect("asked");
        let view = view.expect("a link that works");
        assert_eq!(view.purpose, LinkPurpose::Invitation);
        assert_eq!(view.store.as_deref(), Some("Maison Noor"));
        assert_eq!(use_link(&case, &token).await.expect("used"), id);
        assert_eq!(code(use_link(&case, &token).await), Code::NotFound);
        assert_eq!(case.storage.link_view(&token).await.expect("asked"), None);
        let login = case.storage.login_of(&email_of("Sara Nasser")).await;
        let login = login.expect("asked").expect("known");
        assert_eq!(login.password_hash.as_deref(), Some("$argon2id$new"));
        assert_eq!(login.name, "Sara N.");
        assert_eq!(events(&case, "event:user.joined").await.len(), 1);
        // Who has a password gets a role and no link.
        let again = case.storage.resend_invitation(&case.scope(), id).await;
        assert_eq!(code(again), Code::Conflict);
    });
}

#[test]
fn only_an_invitation_that_is_sent_again_is_on_record_as_such() {
    on_both(async |case| {
        let (id, token) = case
            .storage
            .invite_user(&case.scope(), invited("Sara Nasser"), Role::Manager)
            .await
            .expect("invited");
        let first = token.expect("a link");
        assert_eq!(events(&case, "event:user.invited").await.len(), 1);
        let asked = "event:password.reset_asked";
        assert!(events(&case, asked).await.is_empty());
        let again = case.storage.resend_invitation(&case.scope(), id).await;
        let again = again.expect("a link");
        let rows = events(&case, asked).await;
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].reason.as_deref(), Some("invitation_by_admin"));
        assert_eq!(case.storage.link_view(&first).await.expect("asked"), None);
        assert_eq!(use_link(&case, &again).await.expect("used"), id);
        case.verified().await;
    });
}

#[test]
fn a_link_that_does_not_work_is_on_record_once_a_minute() {
    on_both(async |case| {
        case.member("Sara Nasser", Role::Manager).await;
        let sara = email_of("Sara Nasser");
        let caller = from("203.0.113.7");
        let ask = async || {
            let asked = case.storage.ask_password_reset(&sara, &caller).await;
            asked.expect("asked").expect("a link").token
        };
        let refused = async |token: &str| {
            let noted = case.storage.link_refused(token, &caller).await;
            noted.expect("noted");
        };
        let used = ask().await;
        use_link(&case, &used).await.expect("used");
        for _ in 0..3 {
            refused(&used).await;
        }
        let late = ask().await;
        case.pass(Duration::minutes(61));
        refused(&late).await;
        refused(&ask().await).await;
        refused("unknown").await;
        refused("").await;
        let rows = events(&case, "event:link.refused").await;
        let told: Vec<_> = rows
            .iter()
            .map(|row| (row.reason.as_deref(), row.account.as_deref()))
            .collect();
        let sara = Some(sara.as_str());
        assert_eq!(
            told,
            [
                (Some("unknown_link"), None),
                (Some("other_link"), sara),
                (Some("expired"), sara),
                (Some("used_link"), sara),
            ]
        );
        case.verified().await;
    });
}

#[test]
fn of_two_who_use_a_link_at_once_one_sets_the_password() {
    on_both(async |case| {
        let (_, token) = case
            .storage
            .invite_user(&case.scope(), invited("Sara Nasser"), Role::Manager)
            .await
            .expect("invited");
        let token = token.expect("a link");
        let beside = case.reopened().await;
        let caller = from("203.0.113.7");
        let (one, other) = tokio::join!(
            case.storage
                .use_password_link(&token, "one".to_owned(), None, &caller),
            beside.use_password_link(&token, "other".to_owned(), None, &caller),
        );
        let refused = if one.is_ok() { other } else { one };
        assert_eq!(code(refused), Code::NotFound);
    });
}

#[test]
fn a_reset_ends_sessions_and_its_elders_and_lasts_an_hour() {
    on_both(async |case| {
        let sara = case.member("Sara Nasser", Role::Manager).await;
        let caller = from("203.0.113.7");
        let ask = async || {
            let asked = case
                .storage
                .ask_password_reset(" SARA.Nasser@maisonnoor.example", &caller)
                .await;
            asked.expect("asked")
        };
        let first = ask().await.expect("a link").token;
        let second = ask().await.expect("a link").token;
        assert_eq!(code(use_link(&case, &first).await), Code::NotFound);
        case.pass(Duration::minutes(61));
        assert_eq!(code(use_link(&case, &second).await), Code::NotFound);
        let third = ask().await.expect("a link").token;
        use_link(&case, &third).await.expect("used");
        assert!(case.session(&sara.token).await.is_none());
        // The name is not changed by a reset.
        let login = case.storage.login_of(&email_of("Sara Nasser")).await;
        assert_eq!(login.expect("asked").expect("known").name, "Sara Nasser");
    });
}

#[test]
fn at_most_three_resets_an_hour_go_out_and_none_for_strangers() {
    on_both(async |case| {
        case.member("Sara Nasser", Role::Manager).await;
        let caller = from("203.0.113.7");
        let mut sent = 0;
        for _ in 0..5 {
            let asked = case
                .storage
                .ask_password_reset(&email_of("Sara Nasser"), &caller)
                .await;
            sent += usize::from(asked.expect("asked").is_some());
        }
        assert_eq!(sent, 3);
        let stranger = case
            .storage
            .ask_password_reset("nobody@maisonnoor.example", &caller)
            .await;
        assert!(stranger.expect("asked").is_none());
        let rows = events(&case, "event:password.reset_asked").await;
        let reasons: Vec<_> = rows.iter().filter_map(|r| r.reason.clone()).collect();
        assert_eq!(
            reasons,
            [
                "unknown_account",
                "too_many",
                "too_many",
                "mailed",
                "mailed",
                "mailed"
            ]
        );
        case.verified().await;
    });
}

#[test]
fn who_is_of_the_sample_alone_gets_no_link_by_mail() {
    on_both(async |case| {
        let sample = case.sample().await;
        let there = Scope::system("test", sample);
        let id = case
            .storage
            .add_user(&there, new_user("Try Out"), Role::SuperAdmin)
            .await
            .expect("added");
        let caller = from("203.0.113.7");
        let email = email_of("Try Out");
        let ask = async || {
            let asked = case.storage.ask_password_reset(&email, &caller);
            asked.await.expect("asked").is_some()
        };
        assert!(case.storage.is_of_sample(id).await.expect("asked"));
        assert!(!ask().await);
        // Somebody with a store besides it is a person like any other.
        case.member("Try Out", Role::Staff).await;
        assert!(!case.storage.is_of_sample(id).await.expect("asked"));
        assert!(ask().await);
    });
}

#[test]
fn the_sample_makes_no_links_for_people_of_other_stores() {
    on_both(async |case| {
        let sample = case.sample().await;
        let there = Scope::system("test", sample);
        let guest = case
            .storage
            .add_user(&there, new_user("Try Out"), Role::SuperAdmin);
        let guest = case.signed_in(guest.await.expect("added")).await;
        let (_, own) = case
            .storage
            .invite_user(&case.scope(), invited("Sara Nasser"), Role::Manager)
            .await
            .expect("invited");
        let (sara, token) = case
            .storage
            .invite_user(&guest.scope, invited("Sara Nasser"), Role::Manager)
            .await
            .expect("given a role");
        assert_eq!(token, None);
        let again = case.storage.resend_invitation(&guest.scope, sara).await;
        assert_eq!(code(again), Code::Forbidden);
        // The link of the store that invited them works as before.
        use_link(&case, &own.expect("a link")).await.expect("used");
        // Who is nowhere else joins by the sample's own link.
        let (_, token) = case
            .storage
            .invite_user(&guest.scope, invited("Omar Haddad"), Role::Manager)
            .await
            .expect("invited");
        let omar = use_link(&case, &token.expect("a link"))
            .await
            .expect("used");
        let session = case.signed_in(omar).await;
        // A store of one's own trusts no way in that the sample gave: its invitation comes anew.
        let (again, token) = case
            .storage
            .invite_user(&case.scope(), invited("Omar Haddad"), Role::Manager)
            .await
            .expect("invited");
        assert_eq!(again, omar);
        assert!(case.session(&session.token).await.is_none());
        use_link(&case, &token.expect("a link of its own"))
            .await
            .expect("used");
    });
}

#[test]
fn who_asks_for_too_many_links_from_a_network_is_held_back_and_fills_no_log() {
    on_both(async |case| {
        case.member("Sara Nasser", Role::Manager).await;
        let ask = async |email: &str, ip: &str| {
            let asked = case.storage.ask_password_reset(email, &from(ip)).await;
            asked.expect("asked").is_some()
        };
        for n in 0..40 {
            let email = format!("nobody.{n}@maisonnoor.example");
            assert!(!ask(&email, "203.0.113.7").await);
        }
        // Ten are looked at; that others are not is told once a minute.
        let rows = events(&case, "event:password.reset_asked").await;
        let in_vain = |row: &&domain::view::SecurityRow| row.reason.as_deref() == Some("held_back");
        assert_eq!((rows.len(), rows.iter().filter(in_vain).count()), (11, 1));
        assert_eq!(events(&case, "event:account.locked").await.len(), 1);
        let sara = email_of("Sara Nasser");
        assert!(!ask(&sara, "203.0.113.7").await);
        assert!(ask(&sara, "198.51.100.4").await);
        case.pass(Duration::minutes(16));
        assert!(ask(&sara, "203.0.113.7").await);
        case.verified().await;
    });
}

#[test]
fn links_that_are_asked_for_at_once_don_t_all_pass() {
    on_both(async |case| {
        let caller = from("203.0.113.7");
        let ask = || {
            case.storage
                .ask_password_reset("nobody@maisonnoor.example", &caller)
        };
        for _ in 0..4 {
            // Each is asked before the one before is counted.
            let (one, two, three, four) = tokio::join!(ask(), ask(), ask(), ask());
            assert!(one.is_ok() && two.is_ok() && three.is_ok() && four.is_ok());
        }
        let rows = events(&case, "event:password.reset_asked reason:unknown_account").await;
        assert_eq!(rows.len(), 10);
        case.verified().await;
    });
}

#[test]
fn an_admin_makes_links_only_for_those_they_could_give_the_role() {
    on_both(async |case| {
        let owner = case.member("Hala Owner", Role::SuperAdmin).await;
        let admin = case.member("Adam Admin", Role::Admin).await;
        let sara = case.member("Sara Nasser", Role::Manager).await;
        let refused = case.storage.new_password_link(&admin.scope, owner.id).await;
        assert_eq!(code(refused), Code::Forbidden);
        let refused = case.storage.new_password_link(&sara.scope, admin.id).await;
        assert_eq!(code(refused), Code::Forbidden);
        let token = case
            .storage
            .new_password_link(&admin.scope, sara.id)
            .await
            .expect("a link");
        use_link(&case, &token).await.expect("used");
    });
}

#[test]
fn an_address_changes_when_both_ends_have_confirmed() {
    on_both(async |case| {
        let sara = case.member("Sara Nasser", Role::Manager).await;
        let caller = from("203.0.113.7");
        let ask = async |to: &str| {
            let asked = case.storage.ask_email_change(&sara.session, to, &caller);
            asked.await
        };
        for wrong in ["sara", "s\u{430}ra@new.example", &email_of("Sara Nasser")] {
            assert_eq!(code(ask(wrong).await), Code::InvalidFields, "{wrong}");
        }
        let earlier = ask("other@new.example").await.expect("asked");
        let links = ask("Sara@New.Example").await.expect("asked");
        let confirm = async |token: &str| case.storage.confirm_email_end(token, &caller).await;
        assert_eq!(code(confirm(&earlier.new).await), Code::NotFound);
        let account = case.storage.account(&sara.session).await.expect("asked");
        assert_eq!(account.pending_email.as_deref(), Some("sara@new.example"));
        for _ in 0..2 {
            let waiting = confirm(&links.new).await.expect("confirmed");
            assert_eq!(waiting, EmailChange::Waiting);
        }
        let changed = confirm(&links.old).await.expect("confirmed");
        let EmailChange::Changed { old, new } = changed else {
            panic!("not changed");
        };
        assert_eq!(
            (old, new),
            (email_of("Sara Nasser"), "sara@new.example".to_owned())
        );
        assert!(case.session(&sara.token).await.is_none());
        let login = case.storage.login_of("sara@new.example").await;
        assert_eq!(login.expect("asked").expect("known").user_id, sara.id);
        assert_eq!(code(confirm(&links.old).await), Code::NotFound);
        assert_eq!(events(&case, "event:email.*").await.len(), 3);
    });
}

#[test]
fn an_address_that_was_taken_meanwhile_is_not_given() {
    on_both(async |case| {
        let sara = case.member("Sara Nasser", Role::Manager).await;
        let caller = from("203.0.113.7");
        let omar = email_of("Omar Haddad");
        let links = case
            .storage
            .ask_email_change(&sara.session, &omar, &caller)
            .await
            .expect("asked");
        case.member("Omar Haddad", Role::Staff).await;
        for (token, expected) in [(&links.old, None), (&links.new, Some(Code::Conflict))] {
            let confirmed = case.storage.confirm_email_end(token, &caller).await;
            match expected {
                None => assert_eq!(confirmed.expect("confirmed"), EmailChange::Waiting),
                Some(expected) => assert_eq!(code(confirmed), expected),
            }
        }
        let cancelled = case.storage.cancel_email_change(&sara.session).await;
        cancelled.expect("cancelled");
        let late = case.storage.confirm_email_end(&links.new, &caller).await;
        assert_eq!(code(late), Code::NotFound);
        assert!(case.session(&sara.token).await.is_some());
    });
}

#[test]
fn ones_own_password_ends_the_other_sessions_only() {
    on_both(async |case| {
        let sara = case.member("Sara Nasser", Role::Manager).await;
        let other = case.signed_in(sara.id).await;
        case.storage
            .change_own_password(
                &sara.session,
                "$argon2id$own".to_owned(),
                &from("203.0.113.7"),
            )
            .await
            .expect("changed");
        assert!(case.session(&sara.token).await.is_some());
        assert!(case.session(&other.token).await.is_none());
        let account = case.storage.account(&sara.session).await.expect("asked");
        assert!(account.password_changed_at.is_some());
    });
}

#[test]
fn a_removed_user_is_gone_from_this_store_at_once() {
    on_both(async |case| {
        let sara = case.member("Sara Nasser", Role::Manager).await;
        let omar = case.member("Omar Haddad", Role::Admin).await;
        let themselves = case.storage.remove_user(&omar.scope, omar.id).await;
        assert_eq!(code(themselves), Code::Conflict);
        case.storage
            .remove_user(&omar.scope, sara.id)
            .await
            .expect("removed");
        assert!(case.session(&sara.token).await.is_none());
        let again = case.storage.remove_user(&omar.scope, sara.id).await;
        assert_eq!(code(again), Code::NotFound);
        assert_eq!(events(&case, "event:user.removed").await.len(), 1);
    });
}
