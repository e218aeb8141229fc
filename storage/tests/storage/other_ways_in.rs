//! Ways in besides the password: passkeys whose answers count once, people of a provider; and who looked at what.

use crate::harness::{Case, code, on_both};
use crate::message_kit::input;
use crate::people::{Member, email_of};
use crate::sign_in::{attempt, events, from};
use domain::message::Channel;
use domain::view::UserView;
use domain::{Code, Place, Role};
use std::sync::Arc;
use storage::{
    Attempt, CodeOutcome, Next, OpenIdOutcome, OpenIdPerson, OpenIdRole, Passkey, PasskeyUse, Scope,
};

fn passkey(member: &Member, id: u8) -> Passkey {
    Passkey {
        credential_id: vec![id; 16],
        user_id: member.id,
        name: "Work laptop".to_owned(),
        definition: r#"{"counter":1}"#.to_owned(),
    }
}

fn used(passkey: &Passkey, challenge: u8, definition: &str) -> PasskeyUse {
    PasskeyUse {
        passkey: passkey.clone(),
        definition: definition.to_owned(),
        challenge_hash: [challenge; 32],
    }
}

async fn add(case: &Case, member: &Member, passkey: &Passkey, challenge: u8) -> Vec<String> {
    let caller = from("203.0.113.7");
    let added =
        case.storage
            .add_passkey(&member.session, passkey.clone(), [challenge; 32], &caller);
    added.await.expect("added")
}

fn here(name: &str) -> Attempt {
    attempt(&email_of(name), "203.0.113.7")
}

#[test]
fn the_first_passkey_brings_recovery_codes_and_is_asked_for_after_the_password() {
    on_both(async |case| {
        let sara = case.member("Sara Nasser", Role::Manager).await;
        let other = case.signed_in(sara.id).await;
        let first = passkey(&sara, 1);
        assert_eq!(add(&case, &sara, &first, 1).await.len(), 10);
        assert!(add(&case, &sara, &passkey(&sara, 2), 2).await.is_empty());
        // Sessions that were started without it are over, but the one that it was made in.
        assert!(case.session(&other.token).await.is_none());
        assert!(case.session(&sara.token).await.is_some());

        let here = here("Sara Nasser");
        let next = case.storage.sign_in_with_password(&here, sara.id).await;
        let Ok(Next::NeedsCode { step, factors }) = next else {
            panic!("{next:?}");
        };
        assert_eq!((factors.passkeys, factors.totp), (2, false));
        let storage = &case.storage;
        let wrong = storage
            .sign_in_with_passkey_in_step(&step, None, &here)
            .await;
        assert_eq!(wrong.expect("told"), CodeOutcome::Wrong { tries_left: 4 });
        // Somebody else's passkey is as good as none.
        let omar = case.member("Omar Khalil", Role::Manager).await;
        let foreign = used(&passkey(&omar, 9), 3, "{}");
        let wrong = storage
            .sign_in_with_passkey_in_step(&step, Some(foreign), &here)
            .await;
        assert_eq!(wrong.expect("told"), CodeOutcome::Wrong { tries_left: 3 });
        let right = used(&first, 4, r#"{"counter":2}"#);
        let entered = storage
            .sign_in_with_passkey_in_step(&step, Some(right), &here)
            .await;
        assert!(matches!(entered, Ok(CodeOutcome::SignedIn { .. })));
        assert_eq!(events(&case, "event:factor.passed").await.len(), 1);
        assert_eq!(events(&case, "event:factor.failed").await.len(), 2);
        case.verified().await;
    });
}

#[test]
fn a_passkeys_answer_counts_once_and_its_counter_moves_once() {
    on_both(async |case| {
        let sara = case.member("Sara Nasser", Role::Manager).await;
        let kept = passkey(&sara, 1);
        add(&case, &sara, &kept, 1).await;
        let (storage, here) = (&case.storage, here("Sara Nasser"));
        let first = used(&kept, 7, r#"{"counter":2}"#);
        let entered = storage.sign_in_with_passkey(&here, first.clone()).await;
        assert!(matches!(entered, Ok(Next::SignedIn { .. })));
        // The same answer again, and another one that was made from the same state.
        for again in [first, used(&kept, 8, r#"{"counter":2}"#)] {
            let refused = storage.sign_in_with_passkey(&here, again).await;
            assert_eq!(code(refused), Code::Conflict);
        }
        let kept = storage.passkey(&kept.credential_id).await;
        let kept = kept.expect("asked").expect("kept");
        assert_eq!(kept.definition, r#"{"counter":2}"#);
        let found = events(&case, "event:sign_in.succeeded").await;
        assert_eq!(found[0].reason.as_deref(), Some("passkey"));
    });
}

#[test]
fn a_passkey_is_its_owners_to_name_and_take_away() {
    on_both(async |case| {
        let sara = case.member("Sara Nasser", Role::Manager).await;
        let omar = case.member("Omar Khalil", Role::Manager).await;
        add(&case, &sara, &passkey(&sara, 1), 1).await;
        let storage = &case.storage;
        let listed = storage.list_passkeys(&sara.session).await.expect("listed");
        let id = listed[0].id.clone();
        let caller = from("203.0.113.7");
        let stolen = storage.rename_passkey(&omar.session, &id, "Mine").await;
        assert_eq!(code(stolen), Code::NotFound);
        let stolen = storage.remove_passkey(&omar.session, &id, &caller).await;
        assert_eq!(code(stolen), Code::NotFound);
        for name in ["", "  ", &"x".repeat(61), "a\0b"] {
            let refused = storage.rename_passkey(&sara.session, &id, name).await;
            assert_eq!(code(refused), Code::InvalidFields, "{name:?}");
        }
        let renamed = storage.rename_passkey(&sara.session, &id, " Phone ").await;
        renamed.expect("renamed");
        // Somebody else can't register the same credential.
        let twice = storage
            .add_passkey(&omar.session, passkey(&omar, 1), [3; 32], &caller)
            .await;
        assert_eq!(code(twice), Code::Conflict);
        let mut policy = storage.policy(&case.scope()).await.expect("a policy");
        policy.second_factor_for = vec!["manager".to_owned()];
        let set = storage.set_policy(&case.scope(), policy.clone()).await;
        set.expect("set");
        let last = storage.remove_passkey(&sara.session, &id, &caller).await;
        assert_eq!(code(last), Code::Forbidden);
        policy.second_factor_for.clear();
        let set = storage.set_policy(&case.scope(), policy).await;
        set.expect("set");
        let removed = storage.remove_passkey(&sara.session, &id, &caller).await;
        removed.expect("removed");
        let factors = storage.factors_of(sara.id).await.expect("asked");
        assert_eq!((factors.passkeys, factors.recovery_codes), (0, 0));
    });
}

fn person(subject: &str, email: &str, role: OpenIdRole, challenge: u8) -> OpenIdPerson {
    OpenIdPerson {
        issuer: "https://id.linen.example".to_owned(),
        subject: subject.to_owned(),
        email: Some(email.to_owned()),
        is_email_verified: true,
        name: Some("Huda Faris".to_owned()),
        role,
        challenge_hash: [challenge; 32],
    }
}

async fn come(case: &Case, person: OpenIdPerson) -> OpenIdOutcome {
    let nobody = attempt("", "203.0.113.7");
    let outcome = case.storage.sign_in_with_openid(&nobody, person).await;
    outcome.expect("told")
}

fn is_in(outcome: &OpenIdOutcome) -> bool {
    matches!(outcome, OpenIdOutcome::Known(Next::SignedIn { .. }))
}

async fn user(case: &Case, email: &str) -> Option<UserView> {
    let users = case.storage.list_users(&case.scope()).await;
    let users = users.expect("listed");
    users.into_iter().find(|user| user.email == email)
}

#[test]
fn a_verified_address_links_for_good_and_an_unverified_one_never() {
    on_both(async |case| {
        let sara = case.member("Sara Nasser", Role::Manager).await;
        let email = email_of("Sara Nasser");
        let doubtful = OpenIdPerson {
            is_email_verified: false,
            ..person("s1", &email, OpenIdRole::Local, 1)
        };
        assert_eq!(come(&case, doubtful).await, OpenIdOutcome::Unverified);
        let upper = person("s1", &email.to_uppercase(), OpenIdRole::Local, 2);
        assert!(is_in(&come(&case, upper.clone()).await));
        // The answer of one sign-in is taken once.
        assert_eq!(come(&case, upper).await, OpenIdOutcome::Over);
        // From now on the `sub` counts, whatever the address is then.
        let moved = OpenIdPerson {
            is_email_verified: false,
            ..person("s1", "new@elsewhere.example", OpenIdRole::Local, 3)
        };
        assert!(is_in(&come(&case, moved).await));
        let stranger = person("s2", "nobody@linen.example", OpenIdRole::Local, 4);
        assert_eq!(come(&case, stranger).await, OpenIdOutcome::Nobody);
        // Another issuer's `s1` is somebody else.
        let other = OpenIdPerson {
            issuer: "https://other.example".to_owned(),
            ..person("s1", "nobody@linen.example", OpenIdRole::Local, 5)
        };
        assert_eq!(come(&case, other).await, OpenIdOutcome::Nobody);
        assert_eq!(events(&case, "event:identity.linked").await.len(), 1);
        let blocked = case.storage.set_blocked(&case.scope(), sara.id, true).await;
        blocked.expect("blocked");
        let again = person("s1", &email, OpenIdRole::Local, 6);
        assert_eq!(come(&case, again).await, OpenIdOutcome::NoStore);
        case.verified().await;
    });
}

#[test]
fn a_providers_role_makes_an_account_changes_it_and_leaves_the_last_super_admin() {
    on_both(async |case| {
        let given = |role: &str| OpenIdRole::Given(role.to_owned());
        let email = "huda@linen.example";
        let first = person("h", email, given("super_admin"), 1);
        assert!(is_in(&come(&case, first).await));
        let huda = user(&case, email).await.expect("made");
        assert_eq!((huda.role, huda.is_invited), (Role::SuperAdmin, false));
        // The store would be without one: the role stays.
        assert!(is_in(
            &come(&case, person("h", email, given("manager"), 2)).await
        ));
        let role = user(&case, email).await.expect("there").role;
        assert_eq!(role, Role::SuperAdmin);
        case.member("Sara Nasser", Role::SuperAdmin).await;
        assert!(is_in(
            &come(&case, person("h", email, given("manager"), 3)).await
        ));
        let role = user(&case, email).await.expect("there").role;
        assert_eq!(role, Role::Manager);
        let none = person("h", email, OpenIdRole::Nobody, 4);
        assert_eq!(come(&case, none).await, OpenIdOutcome::Nobody);
        let unknown = person("h", email, given("own_99"), 5);
        let nobody = attempt("", "203.0.113.7");
        let refused = case.storage.sign_in_with_openid(&nobody, unknown).await;
        assert_eq!(code(refused), Code::NotFound);
    });
}

#[test]
fn ones_own_second_factor_is_asked_for_after_a_provider_too() {
    on_both(async |case| {
        let sara = case.member("Sara Nasser", Role::Manager).await;
        add(&case, &sara, &passkey(&sara, 1), 1).await;
        let come = come(
            &case,
            person("s", &email_of("Sara Nasser"), OpenIdRole::Local, 2),
        );
        let outcome = come.await;
        let OpenIdOutcome::Known(Next::NeedsCode { factors, .. }) = outcome else {
            panic!("{outcome:?}");
        };
        assert_eq!(factors.passkeys, 1);
    });
}

#[test]
fn who_opened_what_is_on_record_and_what_was_hidden_is_not() {
    on_both(async |case| {
        let sara = case.member("Sara Nasser", Role::Manager).await;
        let owner = case.member("Noor Haddad", Role::SuperAdmin).await;
        let auditor = case.member("Rami Aziz", Role::Auditor).await;
        let mail = case
            .send(input(&case, Channel::Sms, "+966551234567", "on its way"))
            .await;
        let mut secret = input(&case, Channel::Sms, "+966551234567", "4711");
        secret.message.is_secret = true;
        let secret = case.send(secret).await;
        let open = async |member: &Member, id| {
            let scope = Scope::of_session(&member.session).at(from("203.0.113.7"));
            let opened = case.storage.open_message(&scope, id).await;
            opened.expect("asked").expect("there");
        };
        open(&auditor, mail).await;
        open(&sara, secret).await;
        assert!(events(&case, "event:log.viewed").await.is_empty());
        assert!(events(&case, "event:secret.viewed").await.is_empty());
        open(&sara, mail).await;
        open(&owner, secret).await;
        // A page that is loaded again within a minute is one look.
        open(&sara, mail).await;
        let viewed = events(&case, "event:log.viewed").await;
        assert_eq!(viewed.len(), 1);
        assert_eq!(viewed[0].account, Some(email_of("Sara Nasser")));
        let subject = viewed[0].subject.as_ref().expect("what");
        assert_eq!(
            (subject.kind.as_str(), subject.id.clone()),
            ("message", mail.to_string())
        );
        let shown = events(&case, "event:secret.viewed").await;
        assert_eq!(shown[0].account, Some(email_of("Noor Haddad")));
        case.verified().await;
    });
}

#[test]
fn sessions_and_events_say_where_they_came_from() {
    on_both(async |case| {
        case.storage.locate_by(Arc::new(|ip| {
            (ip.to_string() == "203.0.113.7").then(|| Place {
                country: Some("SA".to_owned()),
                words: "Riyadh, Saudi Arabia".to_owned(),
                at: Some((24.69, 46.72)),
            })
        }));
        let sara = case.member("Sara Nasser", Role::Manager).await;
        let here = here("Sara Nasser");
        let entered = case.storage.sign_in_with_password(&here, sara.id).await;
        assert!(matches!(entered, Ok(Next::SignedIn { .. })));
        let sessions = case.storage.list_own_sessions(&sara.session).await;
        let places: Vec<_> = sessions
            .expect("listed")
            .into_iter()
            .filter_map(|session| session.place)
            .collect();
        assert_eq!(places, ["Riyadh, Saudi Arabia"]);
        let found = events(&case, "event:sign_in.succeeded").await;
        let detail = case
            .storage
            .get_security(&case.scope(), found[0].id)
            .await
            .expect("asked")
            .expect("there");
        let place = detail.event.place.expect("known");
        assert_eq!(place.words, "Riyadh, Saudi Arabia");
        case.verified().await;
    });
}
