//! Signing in: guesses that are slowed, owners who are not locked out, sessions.

use crate::harness::{Case, code, on_both};
use crate::people::{Member, email_of, new_user};
use chrono::Duration;
use domain::view::SecurityRow;
use domain::{Code, Role};
use storage::{Attempt, Caller, Gate, Next, SignInFailure};

pub fn from(ip: &str) -> Caller {
    Caller {
        ip: Some(ip.parse().expect("an address")),
        user_agent: Some(
            "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0".to_owned(),
        ),
        request_id: Some("r_1".to_owned()),
        trace_id: None,
    }
}

pub fn attempt(email: &str, ip: &str) -> Attempt {
    Attempt {
        email: email.to_owned(),
        caller: from(ip),
        device: None,
    }
}

/// Signs in with a right password and no second factor.
pub async fn signed_in(case: &Case, member: &Member, attempt: &Attempt) -> (String, String) {
    match case.storage.sign_in_with_password(attempt, member.id).await {
        Ok(Next::SignedIn { token, device }) => (token, device),
        other => panic!("not signed in: {other:?}"),
    }
}

/// The security log of the case's store that a query finds, newest first.
pub async fn events(case: &Case, q: &str) -> Vec<SecurityRow> {
    let scope = case.scope();
    let filter = case.storage.security_filter(&scope, q).expect(q);
    let page = storage::Page {
        after: None,
        direction: domain::Direction::Newest,
        limit: 100,
    };
    let page = case.storage.list_security(&scope, &filter, page);
    page.await.expect("a page").rows
}

async fn fail(case: &Case, attempt: &Attempt, times: u32) {
    for _ in 0..times {
        let failed = case
            .storage
            .sign_in_failed(attempt, SignInFailure::WrongPassword);
        failed.await.expect("counted");
    }
}

pub async fn is_open(case: &Case, attempt: &Attempt) -> bool {
    case.storage.sign_in_gate(attempt).await.expect("asked") == Gate::Open
}

#[test]
fn a_guesser_is_slowed_and_the_owner_comes_in_from_where_she_is_known() {
    on_both(async |case| {
        let sara = case.member("Sara Nasser", Role::Manager).await;
        let email = email_of("Sara Nasser");
        let at_home = attempt(&email, "203.0.113.7");
        let (_, device) = signed_in(&case, &sara, &at_home).await;
        // Ten failures from as many addresses hold the account back for addresses it never came from.
        for n in 1..=10 {
            fail(&case, &attempt(&email, &format!("198.51.100.{n}")), 1).await;
        }
        assert!(!is_open(&case, &attempt(&email, "198.51.100.77")).await);
        assert!(is_open(&case, &at_home).await);
        let travelling = Attempt {
            device: Some(device),
            ..attempt(&email, "192.0.2.1")
        };
        assert!(is_open(&case, &travelling).await);
        let guessed = Attempt {
            device: Some("guessed".to_owned()),
            ..attempt(&email, "192.0.2.1")
        };
        assert!(!is_open(&case, &guessed).await);
        case.pass(Duration::minutes(15));
        assert!(is_open(&case, &guessed).await);
        let locked = events(&case, "event:account.locked").await;
        assert_eq!(locked.len(), 1);
        let details = locked[0].details.clone().expect("numbers");
        assert_eq!(
            (&details["failures"], &details["minutes"]),
            (&10.into(), &15.into())
        );
        case.verified().await;
    });
}

#[test]
fn each_further_failure_doubles_the_wait_and_a_success_forgets_typing_mistakes() {
    on_both(async |case| {
        let sara = case.member("Sara Nasser", Role::Manager).await;
        let here = attempt(&email_of("Sara Nasser"), "203.0.113.7");
        let wait = async || match case.storage.sign_in_gate(&here).await.expect("asked") {
            Gate::Open => 0,
            Gate::Locked { until } => (until - case.ambient.clock.now()).num_seconds(),
        };
        fail(&case, &here, 4).await;
        assert_eq!(wait().await, 0);
        signed_in(&case, &sara, &here).await;
        fail(&case, &here, 4).await;
        assert_eq!(wait().await, 0);
        fail(&case, &here, 1).await;
        assert!((55..=60).contains(&wait().await));
        fail(&case, &here, 1).await;
        assert!((115..=120).contains(&wait().await));
        fail(&case, &here, 40).await;
        assert!(wait().await <= 240 * 60);
    });
}

#[test]
fn an_unknown_address_is_counted_and_answered_like_a_known_one() {
    on_both(async |case| {
        case.member("Sara Nasser", Role::Manager).await;
        let mut open = Vec::new();
        for email in [email_of("Sara Nasser"), email_of("No Body")] {
            let here = attempt(&email, "203.0.113.7");
            let mut gates = Vec::new();
            for _ in 0..6 {
                gates.push(is_open(&case, &here).await);
                fail(&case, &here, 1).await;
            }
            open.push(gates);
            case.pass(Duration::hours(24));
        }
        assert_eq!(open[0], open[1]);
        assert_eq!(open[0], [true, true, true, true, true, false]);
        // A megabyte of address and a NUL are no fault.
        for odd in [
            "x".repeat(1_000_000),
            "a\0@b.example".to_owned(),
            String::new(),
        ] {
            let odd = attempt(&odd, "203.0.113.8");
            fail(&case, &odd, 1).await;
            assert!(is_open(&case, &odd).await);
        }
    });
}

#[test]
fn one_address_that_tries_many_accounts_is_held_back() {
    on_both(async |case| {
        for n in 0..30 {
            let other = attempt(&format!("user{n}@maisonnoor.example"), "2001:db8::1");
            fail(&case, &other, 1).await;
        }
        // The whole /64 is one household.
        let beside = attempt("somebody@maisonnoor.example", "2001:db8::2");
        assert!(!is_open(&case, &beside).await);
        let elsewhere = attempt("somebody@maisonnoor.example", "2001:db8:1::2");
        assert!(is_open(&case, &elsewhere).await);
    });
}

#[test]
fn tries_while_held_back_are_recorded_once_a_minute() {
    on_both(async |case| {
        let here = attempt(&email_of("Sara Nasser"), "203.0.113.7");
        for _ in 0..5 {
            case.storage.sign_in_refused(&here).await.expect("noted");
        }
        assert_eq!(events(&case, "event:sign_in.refused").await.len(), 1);
        case.pass(Duration::seconds(61));
        case.storage.sign_in_refused(&here).await.expect("noted");
        assert_eq!(events(&case, "event:sign_in.refused").await.len(), 2);
    });
}

#[test]
fn the_log_says_who_from_where_with_what_and_whether_it_is_new() {
    on_both(async |case| {
        let sara = case.member("Sara Nasser", Role::Manager).await;
        let email = email_of("Sara Nasser");
        let first = attempt(&email, "203.0.113.7");
        let (_, device) = signed_in(&case, &sara, &first).await;
        let again = Attempt {
            device: Some(device.clone()),
            ..first
        };
        let (token, same) = signed_in(&case, &sara, &again).await;
        assert_eq!(same, device);
        let rows = events(&case, "event:sign_in.succeeded").await;
        let new: Vec<_> = rows
            .iter()
            .map(|r| (r.is_new_address, r.is_new_device))
            .collect();
        assert_eq!(new, [(false, false), (true, true)]);
        assert_eq!(rows[0].actor.name.as_deref(), Some("Sara Nasser"));
        assert_eq!(rows[0].ip.as_deref(), Some("203.0.113.7"));
        assert_eq!(rows[0].device.as_deref(), Some("Firefox 130 on Linux"));
        assert_eq!(rows[0].request_id.as_deref(), Some("r_1"));
        let habits = case.storage.account_habits(&case.scope(), &email).await;
        let habits = habits.expect("learned");
        assert_eq!((habits.sign_ins, habits.addresses[0].times), (2, 2));
        assert_eq!(habits.hours.iter().sum::<u32>(), 2);
        case.storage
            .end_session(&token, &from("203.0.113.7"))
            .await
            .expect("ended");
        assert_eq!(events(&case, "event:sign_out.done who:sara").await.len(), 1);
    });
}

#[test]
fn sessions_are_listed_and_ended_one_by_one_and_all_at_once() {
    on_both(async |case| {
        let sara = case.member("Sara Nasser", Role::Manager).await;
        let other = case.signed_in(sara.id).await;
        let third = case.signed_in(sara.id).await;
        let caller = from("203.0.113.7");
        let listed = case.storage.list_own_sessions(&sara.session).await;
        let listed = listed.expect("listed");
        assert_eq!(listed.len(), 3);
        assert_eq!(listed.iter().filter(|s| s.is_current).count(), 1);
        assert_eq!(listed[0].ip.as_deref(), Some("198.51.100.9"));
        let end = |id| case.storage.end_own_session(&sara.session, id, &caller);
        end(other.session.id).await.expect("ended");
        assert!(case.session(&other.token).await.is_none());
        assert_eq!(code(end(other.session.id).await), Code::NotFound);
        // Nobody ends a stranger's session by its id.
        let omar = case.member("Omar Haddad", Role::Manager).await;
        assert_eq!(code(end(omar.session.id).await), Code::NotFound);
        let ended = case
            .storage
            .end_other_sessions(&sara.session, &caller)
            .await;
        assert_eq!(ended.expect("ended"), 1);
        assert!(case.session(&third.token).await.is_none());
        assert!(case.session(&sara.token).await.is_some());
        let ended = case.storage.end_sessions_of(&case.scope(), sara.id).await;
        assert_eq!(ended.expect("ended"), 1);
        assert!(case.session(&sara.token).await.is_none());
        assert_eq!(events(&case, "event:session.ended").await.len(), 3);
        let refused = case.storage.end_sessions_of(&omar.scope, sara.id).await;
        assert_eq!(code(refused), Code::Forbidden);
    });
}

#[test]
fn a_proof_is_fresh_for_ten_minutes() {
    on_both(async |case| {
        let sara = case.member("Sara Nasser", Role::Manager).await;
        let is_fresh = async || {
            let session = case.session(&sara.token).await.expect("signed in");
            session.has_fresh_proof(case.ambient.clock.now())
        };
        assert!(is_fresh().await);
        case.pass(Duration::minutes(10));
        assert!(!is_fresh().await);
        let caller = from("203.0.113.7");
        case.storage
            .prove_session(&sara.session, &caller)
            .await
            .expect("proved");
        assert!(is_fresh().await);
        case.storage
            .proof_failed(&sara.session, &caller)
            .await
            .expect("noted");
        assert_eq!(events(&case, "event:proof.*").await.len(), 2);
    });
}

#[test]
fn a_wrong_proof_is_one_entry_and_counts_as_a_guess() {
    on_both(async |case| {
        let sara = case.member("Sara Nasser", Role::Manager).await;
        let here = attempt(&email_of("Sara Nasser"), "203.0.113.7");
        for _ in 0..5 {
            assert!(is_open(&case, &here).await);
            let why = SignInFailure::WrongPassword;
            let guessed = case.storage.proof_guessed(&sara.session, &here, why);
            guessed.await.expect("counted");
        }
        assert!(!is_open(&case, &here).await);
        let proofs = events(&case, "event:proof.failed").await;
        assert_eq!(proofs.len(), 5);
        assert_eq!(proofs[0].reason.as_deref(), Some("wrong_password"));
        assert_eq!(proofs[0].actor.name.as_deref(), Some("Sara Nasser"));
        assert!(events(&case, "event:sign_in.failed").await.is_empty());
        assert_eq!(events(&case, "event:account.locked").await.len(), 1);
        case.verified().await;
    });
}

#[test]
fn a_policy_shortens_sessions_and_is_checked() {
    on_both(async |case| {
        let sara = case.member("Sara Nasser", Role::Manager).await;
        let policy = domain::view::Policy {
            idle_minutes: 30,
            lifetime_days: 1,
            ..domain::view::Policy::default()
        };
        case.storage
            .set_policy(&case.scope(), policy.clone())
            .await
            .expect("set");
        case.pass(Duration::minutes(25));
        assert!(case.session(&sara.token).await.is_some());
        case.pass(Duration::minutes(31));
        assert!(case.session(&sara.token).await.is_none());
        for wrong in [
            domain::view::Policy {
                idle_minutes: 4,
                ..policy.clone()
            },
            domain::view::Policy {
                lifetime_days: 366,
                ..policy.clone()
            },
            domain::view::Policy {
                request_days: 0,
                ..policy.clone()
            },
            domain::view::Policy {
                alarm_url: Some("http://x.example".to_owned()),
                ..policy.clone()
            },
            domain::view::Policy {
                alarm_emails: vec!["nobody".to_owned()],
                ..policy.clone()
            },
        ] {
            let refused = case.storage.set_policy(&case.scope(), wrong).await;
            assert_eq!(code(refused), Code::InvalidFields);
        }
        let wrong = domain::view::Policy {
            alarm_emails: vec!["a@b.example".to_owned(), "nobody".to_owned()],
            ..policy.clone()
        };
        let named = case.storage.set_policy(&case.scope(), wrong).await;
        let named = named.expect_err("refused").to_string();
        assert!(named.contains("`nobody` is no email address"), "{named}");
        let denied = case.storage.set_policy(&sara.scope, policy).await;
        assert_eq!(code(denied), Code::Forbidden);
        assert_eq!(events(&case, "kind:settings").await.len(), 1);
    });
}

#[test]
fn who_is_blocked_gets_no_step_and_the_log_says_why() {
    on_both(async |case| {
        let user = case
            .storage
            .add_user(&case.scope(), new_user("Sara Nasser"), Role::Manager)
            .await
            .expect("added");
        case.storage
            .set_blocked(&case.scope(), user, true)
            .await
            .expect("blocked");
        let here = attempt(&email_of("Sara Nasser"), "203.0.113.7");
        let refused = case.storage.sign_in_with_password(&here, user).await;
        assert_eq!(code(refused), Code::Forbidden);
        case.storage
            .sign_in_failed(&here, SignInFailure::Blocked)
            .await
            .expect("noted");
        let rows = events(&case, "event:sign_in.failed").await;
        assert_eq!(rows[0].reason.as_deref(), Some("blocked"));
        // A right password is no guess.
        assert!(is_open(&case, &here).await);
    });
}

#[test]
fn refused_passkeys_are_counted_by_network_and_fill_no_log() {
    on_both(async |case| {
        let refused = async |ip: &str| {
            let attempt = attempt("", ip);
            let gate = case.storage.passkey_refused(&attempt, "unknown_passkey");
            gate.await.expect("noted")
        };
        for n in 0..50 {
            let is_open = refused("198.51.100.4").await == Gate::Open;
            assert_eq!(is_open, n < 30, "{n}");
        }
        assert_eq!(events(&case, "event:sign_in.failed").await.len(), 30);
        assert_eq!(events(&case, "event:sign_in.refused").await.len(), 1);
        assert_eq!(events(&case, "event:account.locked").await.len(), 1);
        assert_eq!(refused("203.0.113.7").await, Gate::Open);
        // Passwords are counted apart.
        let here = attempt(&email_of("Sara Nasser"), "198.51.100.4");
        assert!(is_open(&case, &here).await);
        case.pass(Duration::minutes(16));
        assert_eq!(refused("198.51.100.4").await, Gate::Open);
        case.verified().await;
    });
}
