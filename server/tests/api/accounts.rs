//! Accounts from outside: links by mail, second factors, lock-outs, fresh proofs.

use crate::harness::mailbox::{Mailbox, token};
use crate::harness::{Answer, App, PASSWORD, Person};
use chrono::TimeDelta;
use domain::Role;
use serde_json::{Value, json};
use totp_rs::{Algorithm, Builder, Totp};

const NEW_PASSWORD: &str = "wool-and-linen";

async fn sign_in(app: &App, email: &str, password: &str) -> Answer {
    let form = [("email", email), ("password", password)];
    app.post("/sign-in").form(&form).send().await
}

async fn set_password(app: &App, token: &str, password: &str) -> Answer {
    let form = [("token", token), ("password", password)];
    app.post("/link/password").form(&form).send().await
}

/// The cookies that an answer sets, as the next request sends them.
fn cookies(answer: &Answer) -> String {
    let set = answer.headers.get_all("set-cookie").iter();
    let pairs: Vec<_> = set
        .filter_map(|cookie| Some(cookie.to_str().ok()?.split_once(';')?.0.to_owned()))
        .collect();
    pairs.join("; ")
}

/// What a page asks of the server.
pub async fn function(app: &App, person: &Person, name: &str, fields: &[(&str, &str)]) -> Answer {
    let call = app.post(&format!("/fn/{name}")).person(person);
    call.form(fields).send().await
}

/// Proves anew who sits there.
pub async fn prove(app: &App, person: &Person, code: &str) -> Answer {
    let fields = [("password", PASSWORD), ("code", code)];
    function(app, person, "account/prove", &fields).await
}

fn authenticator(secret: &str) -> Totp {
    let base32: String = secret.chars().filter(|c| !c.is_whitespace()).collect();
    let secret = totp_rs::Secret::try_from_base32(base32).unwrap();
    Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_secret(secret)
        .build()
        .unwrap()
}

fn code(app: &App, totp: &Totp) -> String {
    totp.generate(app.clock.now().timestamp().unsigned_abs())
        .to_string()
}

/// Sets an authenticator app up; answers it with the recovery codes.
async fn enrol(app: &App, person: &Person) -> (Totp, Vec<String>) {
    prove(app, person, "").await.expect(200);
    let begun = function(app, person, "account/totp-begin", &[])
        .await
        .expect(200);
    let setup = begun.json();
    let totp = authenticator(setup["secret"].as_str().unwrap());
    let wrong = function(app, person, "account/totp-confirm", &[("code", "000000")]).await;
    assert_eq!(wrong.expect(422).json()["fields"][0]["pointer"], "code");
    let right = [("code", code(app, &totp))];
    let right: Vec<_> = right
        .iter()
        .map(|(name, code)| (*name, code.as_str()))
        .collect();
    let codes = function(app, person, "account/totp-confirm", &right)
        .await
        .expect(200);
    let codes: Vec<String> = serde_json::from_value(codes.json()).unwrap();
    (totp, codes)
}

#[tokio::test]
async fn a_forgotten_password_is_set_anew_by_a_mailed_link_that_works_once() {
    let mailbox = Mailbox::open().await;
    let app = App::start_with(&[("STORETRAIL_SMTP_URL", &mailbox.url)]).await;
    let person = app.person(Role::Manager).await;
    let answers = [
        app.post("/forgot")
            .form(&[("email", "nobody@linen.example")])
            .send()
            .await,
        app.post("/forgot")
            .form(&[("email", &person.email.to_uppercase())])
            .send()
            .await,
    ];
    for answer in answers {
        assert_eq!(answer.expect_see_other(), "/forgot?sent=1");
    }
    let mails = mailbox.first(1).await;
    assert!(
        mails[0].contains(&format!("<{}>", person.email)),
        "{}",
        mails[0]
    );
    let token = token(&mails[0]);
    // Looking at it uses nothing: scanners do that.
    app.get(&format!("/link?token={token}"))
        .send()
        .await
        .expect(200);

    let short = set_password(&app, &token, "short").await.expect_see_other();
    assert!(short.contains("field=password&fault=too_short"), "{short}");
    let answer = set_password(&app, &token, NEW_PASSWORD).await;
    assert!(cookies(&answer).contains("storetrail_session="));
    assert_eq!(answer.expect_see_other(), "/activity");
    assert!(app.storage.session(&person.token).await.unwrap().is_none());
    let again = set_password(&app, &token, "another-password")
        .await
        .expect_see_other();
    assert_eq!(again, "/link?problem=not_found");

    let old = sign_in(&app, &person.email, PASSWORD)
        .await
        .expect_see_other();
    assert!(old.starts_with("/sign-in?problem=wrong"), "{old}");
    let new = sign_in(&app, &person.email, NEW_PASSWORD)
        .await
        .expect_see_other();
    assert_eq!(new, "/activity");
    assert_eq!(mailbox.count(), 1);
}

#[tokio::test]
async fn a_link_is_over_after_its_hour() {
    let mailbox = Mailbox::open().await;
    let app = App::start_with(&[("STORETRAIL_SMTP_URL", &mailbox.url)]).await;
    let (_, email) = app.user(Role::Manager).await;
    app.post("/forgot")
        .form(&[("email", &email)])
        .send()
        .await
        .expect(303);
    let token = token(&mailbox.first(1).await[0]);
    app.clock.advance(TimeDelta::minutes(61));
    let late = set_password(&app, &token, NEW_PASSWORD)
        .await
        .expect_see_other();
    assert_eq!(late, "/link?problem=not_found");
}

#[tokio::test]
async fn who_is_invited_chooses_a_password_and_is_in() {
    let mailbox = Mailbox::open().await;
    let app = App::start_with(&[("STORETRAIL_SMTP_URL", &mailbox.url)]).await;
    let admin = app.person(Role::Admin).await;
    let fields = [
        ("name", "Sara"),
        ("email", "sara@linen.example"),
        ("role", "manager"),
    ];
    // Signing in is a proof for ten minutes.
    app.clock.advance(TimeDelta::minutes(11));
    let unproved = function(&app, &admin, "user-invite", &fields).await;
    assert_eq!(unproved.expect(403).json()["code"], "proof_required");
    prove(&app, &admin, "").await.expect(200);
    function(&app, &admin, "user-invite", &fields)
        .await
        .expect(200);
    let token = token(&mailbox.first(1).await[0]);
    let form = |name, password| {
        [
            ("token", token.as_str()),
            ("name", name),
            ("password", password),
        ]
    };
    let named = app.post("/link/password");
    let named = named.form(&form("Kwame Mensah", "kwame-mensah-1"));
    let place = named.send().await.expect_see_other();
    assert!(place.contains("field=password&fault=name"), "{place}");
    let form = form("Sara N.", NEW_PASSWORD);
    let answer = app.post("/link/password").form(&form).send().await;
    assert_eq!(answer.expect_see_other(), "/activity");
    let login = app
        .storage
        .login_of("sara@linen.example")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(login.name, "Sara N.");
}

#[tokio::test]
async fn without_a_mail_server_an_admin_gets_the_link() {
    let app = App::start_with(&[("STORETRAIL_SMTP_URL", "smtp://127.0.0.1:1")]).await;
    let admin = app.person(Role::Admin).await;
    prove(&app, &admin, "").await.expect(200);
    let fields = [
        ("name", "Sara"),
        ("email", "sara@linen.example"),
        ("role", "manager"),
    ];
    let sent = function(&app, &admin, "user-invite", &fields)
        .await
        .expect(200)
        .json();
    let url = sent["by_hand"]["url"].as_str().unwrap();
    let (base, token) = url.split_once("/link?token=").unwrap();
    assert_eq!(base, format!("http://{}", app.address));
    let answer = set_password(&app, token, NEW_PASSWORD).await;
    assert_eq!(answer.expect_see_other(), "/activity");
}

#[tokio::test]
async fn a_second_factor_is_asked_for_and_a_used_code_is_refused() {
    let app = App::start().await;
    let person = app.person(Role::Manager).await;
    let (totp, _) = enrol(&app, &person).await;
    let half = sign_in(&app, &person.email, PASSWORD).await;
    let step = cookies(&half);
    assert!(!step.contains("storetrail_session="), "{step}");
    assert_eq!(half.expect_see_other(), "/sign-in/code?next=%2Factivity");
    let show = async |step: &str, code: &str| {
        let call = app.post("/sign-in/code").header("cookie", step);
        call.form(&[("code", code)]).send().await
    };
    // The code that confirmed the app was used with it.
    let used = show(&step, &code(&app, &totp)).await.expect_see_other();
    assert!(used.starts_with("/sign-in/code?problem=used"), "{used}");
    let wrong = show(&step, "000000").await.expect_see_other();
    assert!(wrong.starts_with("/sign-in/code?problem=wrong"), "{wrong}");
    app.clock.advance(TimeDelta::seconds(30));
    let right = show(&step, &code(&app, &totp)).await;
    assert!(cookies(&right).contains("storetrail_session="));
    assert_eq!(right.expect_see_other(), "/activity");
    // The same moment, another browser: the code was seen over a shoulder.
    let other = cookies(&sign_in(&app, &person.email, PASSWORD).await);
    let replayed = show(&other, &code(&app, &totp)).await.expect_see_other();
    assert!(
        replayed.starts_with("/sign-in/code?problem=used"),
        "{replayed}"
    );
}

#[tokio::test]
async fn a_recovery_code_opens_once() {
    let app = App::start().await;
    let person = app.person(Role::Manager).await;
    let (_, codes) = enrol(&app, &person).await;
    assert_eq!(codes.len(), 10);
    for expected in ["/activity", "/sign-in/code?problem=used"] {
        let step = cookies(&sign_in(&app, &person.email, PASSWORD).await);
        let form = [("code", codes[0].as_str()), ("way", "recovery")];
        let call = app
            .post("/sign-in/code")
            .header("cookie", &step)
            .form(&form);
        let place = call.send().await.expect_see_other();
        assert!(place.starts_with(expected), "{place}");
    }
}

#[tokio::test]
async fn a_half_sign_in_opens_nothing_and_ends_after_ten_minutes() {
    let app = App::start().await;
    let person = app.person(Role::Manager).await;
    let (totp, _) = enrol(&app, &person).await;
    let step = cookies(&sign_in(&app, &person.email, PASSWORD).await);
    let page = app.get("/activity").header("cookie", &step).send().await;
    assert_eq!(page.expect_see_other(), "/sign-in?next=%2Factivity");
    app.clock.advance(TimeDelta::minutes(11));
    let call = app.post("/sign-in/code").header("cookie", &step);
    let late = call.form(&[("code", &code(&app, &totp))]).send().await;
    assert!(
        late.expect_see_other()
            .starts_with("/sign-in?problem=expired")
    );
}

#[tokio::test]
async fn who_needs_a_second_factor_and_has_none_sets_it_up_first() {
    let app = App::start().await;
    let person = app.person(Role::Manager).await;
    let scope = app.scope().await;
    app.storage
        .set_requires_second_factor(&scope, "manager", true)
        .await
        .unwrap();
    let page = app.get("/activity").person(&person).send().await;
    assert_eq!(page.expect_see_other(), "/account");
    function(&app, &person, "activity/list", &[("q", "")])
        .await
        .expect(403);
    app.get("/api/v1/activities")
        .person(&person)
        .send()
        .await
        .expect_problem(403, "forbidden");
    let setup: Value = function(&app, &person, "account/totp-begin", &[])
        .await
        .expect(200)
        .json();
    let totp = authenticator(setup["secret"].as_str().unwrap());
    let right = code(&app, &totp);
    function(&app, &person, "account/totp-confirm", &[("code", &right)])
        .await
        .expect(200);
    app.get("/activity")
        .person(&person)
        .send()
        .await
        .expect(200);
}

#[tokio::test]
async fn a_guesser_is_slowed_and_the_owner_is_not_locked_out() {
    let app = App::start_with(&[("STORETRAIL_TRUSTED_PROXY", "127.0.0.1")]).await;
    let (_, email) = app.user(Role::Manager).await;
    let from = async |ip: &str, cookie: &str, password: &str| {
        let form = [("email", email.as_str()), ("password", password)];
        let call = app.post("/sign-in").header("x-forwarded-for", ip);
        call.header("cookie", cookie).form(&form).send().await
    };
    // The owner has signed in before, from home.
    let own = cookies(&from("203.0.113.7", "", PASSWORD).await);
    let mut tries = 0;
    loop {
        let place = from("198.51.100.9", "", &format!("guess number {tries}"))
            .await
            .expect_see_other();
        if place.starts_with("/sign-in?problem=locked") {
            assert!(place.contains("minutes="), "{place}");
            break;
        }
        assert!(place.starts_with("/sign-in?problem=wrong"), "{place}");
        tries += 1;
        assert!(tries <= 20, "nobody stops the guesser");
    }
    // Even the right password doesn't help there now; at home it does.
    let guessed = from("198.51.100.9", "", PASSWORD).await.expect_see_other();
    assert!(guessed.starts_with("/sign-in?problem=locked"), "{guessed}");
    let device: String = own
        .split("; ")
        .filter(|pair| pair.contains("device"))
        .collect();
    let home = from("203.0.113.7", &device, PASSWORD)
        .await
        .expect_see_other();
    assert_eq!(home, "/activity");
}

#[tokio::test]
async fn an_unknown_address_is_held_back_alike() {
    let app = App::start().await;
    let (_, known) = app.user(Role::Manager).await;
    let mut told = Vec::new();
    for (email, ip) in [(known.as_str(), "a"), ("nobody@linen.example", "b")] {
        let mut places = Vec::new();
        for turn in 0..12 {
            let place = sign_in(&app, email, &format!("guess {turn} {ip}"))
                .await
                .expect_see_other();
            places.push(place.replace(&email.replace('@', "%40"), "EMAIL"));
        }
        told.push(places);
        // Another address' failures count for the network too: begin anew.
        app.clock.advance(TimeDelta::days(2));
    }
    assert_eq!(told[0], told[1]);
}

#[tokio::test]
async fn a_wrong_password_on_the_account_page_counts_as_a_guess() {
    let app = App::start().await;
    let person = app.person(Role::Manager).await;
    let mut last = 0;
    for turn in 0..20 {
        let fields = [("current", "not mine at all"), ("password", NEW_PASSWORD)];
        let answer = function(&app, &person, "account/password", &fields).await;
        last = answer.status.as_u16();
        if last == 429 {
            assert!(turn >= 3);
            break;
        }
        assert_eq!(answer.expect(422).json()["fields"][0]["pointer"], "current");
    }
    assert_eq!(last, 429);
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions_and_not_this_one() {
    let app = App::start().await;
    let person = app.person(Role::Manager).await;
    let other = app
        .storage
        .start_session(person.id, None, Some("other"))
        .await
        .unwrap();
    let fields = [("current", PASSWORD), ("password", "manager-linen-1")];
    let named = function(&app, &person, "account/password", &fields).await;
    assert_eq!(named.expect(422).json()["fields"][0]["code"], "name");
    let fields = [("current", PASSWORD), ("password", NEW_PASSWORD)];
    function(&app, &person, "account/password", &fields)
        .await
        .expect(200);
    assert!(app.storage.session(&other).await.unwrap().is_none());
    app.get("/activity")
        .person(&person)
        .send()
        .await
        .expect(200);
}

#[tokio::test]
async fn an_address_changes_once_both_ends_agree() {
    let mailbox = Mailbox::open().await;
    let app = App::start_with(&[("STORETRAIL_SMTP_URL", &mailbox.url)]).await;
    let person = app.person(Role::Manager).await;
    prove(&app, &person, "").await.expect(200);
    let fields = [("email", "new@linen.example")];
    function(&app, &person, "account/email", &fields)
        .await
        .expect(200);
    let mails = mailbox.first(2).await;
    let confirm = async |mail: &str| {
        let form = [("token", &*token(mail))];
        app.post("/link/confirm")
            .form(&form)
            .send()
            .await
            .expect_see_other()
    };
    assert_eq!(confirm(&mails[0]).await, "/link?done=half");
    assert!(
        app.storage
            .login_of("new@linen.example")
            .await
            .unwrap()
            .is_none()
    );
    assert_eq!(confirm(&mails[1]).await, "/link?done=whole");
    assert!(
        app.storage
            .login_of("new@linen.example")
            .await
            .unwrap()
            .is_some()
    );
    assert!(app.storage.login_of(&person.email).await.unwrap().is_none());
}

#[tokio::test]
async fn what_destroys_or_keeps_from_destroying_takes_a_fresh_proof() {
    let app = App::start().await;
    let admin = app.person(Role::SuperAdmin).await;
    app.clock.advance(TimeDelta::minutes(11));
    let calls = [
        (
            "erase/request",
            json!({"selection": {"what": "matching", "source": "activity", "q": "", "except": []}, "reason": "asked", "typed": 1}),
        ),
        (
            "retention/save",
            json!({"rules": [], "export_days": 30, "confirmed": null}),
        ),
        (
            "holds/add",
            json!({"sources": ["activity", "messages"], "q": "", "reason": "court"}),
        ),
    ];
    for (name, body) in &calls {
        let call = app.post(&format!("/fn/{name}")).person(&admin);
        let refused = call.json(body).send().await;
        assert_eq!(
            refused.expect(403).json()["code"],
            "proof_required",
            "{name}"
        );
    }
    let forms: [(&str, &[(&str, &str)]); 2] = [
        (
            "erase/person",
            &[("customer", "c1"), ("reason", "asked"), ("typed", "1")],
        ),
        (
            "holds/release",
            &[
                ("id", "0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e5f"),
                ("reason", "over"),
            ],
        ),
    ];
    for (name, fields) in forms {
        let refused = function(&app, &admin, name, fields).await;
        assert_eq!(
            refused.expect(403).json()["code"],
            "proof_required",
            "{name}"
        );
    }
    prove(&app, &admin, "").await.expect(200);
    let call = app.post("/fn/holds/add").person(&admin);
    let held = call.json(&calls[2].1).send().await.expect(200).json();
    assert_eq!(held.as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn codes_are_guessed_no_faster_at_a_proof_than_at_sign_in() {
    let app = App::start().await;
    let person = app.person(Role::Manager).await;
    let (totp, _) = enrol(&app, &person).await;
    for _ in 0..5 {
        let wrong = prove(&app, &person, "000000").await;
        assert_eq!(wrong.expect(422).json()["fields"][0]["pointer"], "code");
    }
    app.clock.advance(TimeDelta::seconds(30));
    let held = prove(&app, &person, &code(&app, &totp)).await;
    assert_eq!(held.expect(429).json()["code"], "rate_limited");
}
