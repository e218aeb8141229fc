//! What stands out, rules tried on the past, alarms raised once.

use crate::harness::{Case, code, on_both};
use crate::people::{email_of, new_user};
use crate::sign_in::{attempt, events, signed_in};
use chrono::Duration;
use domain::security::unusual::{AlarmRule, AlarmSetting};
use domain::{Code, Role};
use storage::{AlarmNotice, AlarmWords, Error, Scope, SignInFailure, Storage, WebhookResult};

const MANY: AlarmRule = AlarmRule::ManyFailures {
    count: 5,
    minutes: 15,
};

/// What is said of a notice.
fn words(notice: &AlarmNotice) -> AlarmWords {
    AlarmWords {
        subject: format!("{} unusual", notice.findings.len()),
        text: "Look".to_owned(),
        body: "{\"type\":\"security.alarm\"}".to_owned(),
    }
}

/// The notices that are new.
pub async fn raised(storage: &Storage) -> Result<Vec<AlarmNotice>, Error> {
    storage.raise_alarms(&words).await
}

/// Has guesses raise alarms, told to these.
async fn alarmed(case: &Case, emails: &[String], url: Option<&str>) {
    alarmed_in(case, &case.scope(), emails, url).await;
}

/// Has guesses raise alarms in the scope's store.
async fn alarmed_in(case: &Case, scope: &Scope, emails: &[String], url: Option<&str>) {
    let on = AlarmSetting {
        rule: MANY,
        is_on: true,
    };
    let saved = case.storage.save_alarm_settings(scope, vec![on]).await;
    saved.expect("saved");
    let policy = domain::view::Policy {
        alarm_emails: emails.to_vec(),
        alarm_url: url.map(str::to_owned),
        ..domain::view::Policy::default()
    };
    let set = case.storage.set_policy(scope, policy).await;
    set.expect("set");
}

#[test]
fn an_alarm_goes_to_an_address_without_a_user() {
    on_both(async |case| {
        let set = async |url: &str| {
            let policy = domain::view::Policy {
                alarm_url: Some(url.to_owned()),
                ..domain::view::Policy::default()
            };
            case.storage.set_policy(&case.scope(), policy).await
        };
        for url in [
            "https://sara:hunter2@hook.example/x",
            "https://sara@hook.example",
            "https:////sara:hunter2@hook.example/x",
            "https:///\\sara:hunter2@hook.example?x",
        ] {
            assert_eq!(code(set(url).await), Code::InvalidFields, "{url}");
        }
        // What was refused is recorded nowhere.
        assert_eq!(events(&case, "kind:settings").await.len(), 0);
        // Behind the host an @ names nobody.
        let team = set("https://hook.example/@team?to=sara@linen.example").await;
        team.expect("set");
    });
}

async fn guess(case: &Case, times: u32) {
    let guess = attempt(&email_of("Sara Nasser"), "198.51.100.4");
    for _ in 0..times {
        case.storage
            .sign_in_failed(&guess, SignInFailure::WrongPassword)
            .await
            .expect("counted");
        case.pass(Duration::seconds(5));
    }
}

#[test]
fn findings_say_what_and_the_query_shows_the_events() {
    on_both(async |case| {
        let sara = case.member("Sara Nasser", Role::Manager).await;
        for _ in 0..6 {
            let home = attempt(&email_of("Sara Nasser"), "203.0.113.7");
            signed_in(&case, &sara, &home).await;
            case.pass(Duration::days(1));
        }
        let away = attempt(&email_of("Sara Nasser"), "192.0.2.77");
        signed_in(&case, &sara, &away).await;
        case.pass(Duration::minutes(30));
        guess(&case, 9).await;
        let found = case
            .storage
            .findings(&case.scope(), 7)
            .await
            .expect("found");
        let many = found.iter().find(|f| f.rule == "many_failures");
        let many = many.expect("nine failures stand out");
        assert_eq!(many.count, 9);
        assert_eq!(many.ip.as_deref(), Some("198.51.100.4"));
        assert_eq!(
            events(&case, &format!("{} event:sign_in.failed", many.query))
                .await
                .len(),
            9
        );
        let new = found.iter().find(|f| f.rule == "new_address");
        let new = new.expect("the new address stands out");
        assert_eq!(new.numbers["sign_ins"], 6);
        assert_eq!(events(&case, &new.query).await.len(), 1);
    });
}

#[test]
fn guesses_that_end_in_a_success_are_told_by_one_rule() {
    on_both(async |case| {
        let sara = case.member("Sara Nasser", Role::Manager).await;
        alarmed(&case, &[], None).await;
        guess(&case, 6).await;
        // While it is tried, nobody got in.
        let notices = raised(&case.storage).await.expect("raised");
        assert!(!notices[0].findings[0].got_in());
        let home = attempt(&email_of("Sara Nasser"), "198.51.100.4");
        signed_in(&case, &sara, &home).await;
        let told = async || {
            let found = case.storage.findings(&case.scope(), 7).await;
            let found = found.expect("found").into_iter();
            found
                .filter(|f| f.numbers.contains_key("failures"))
                .map(|f| (f.rule.clone(), f.got_in()))
                .collect::<Vec<_>>()
        };
        let tried = async || {
            let trial = case.storage.try_alarm(&case.scope(), MANY, 90).await;
            trial.expect("tried").alarms
        };
        // The page, a trial and what is raised agree.
        assert_eq!(told().await, [("many_failures".to_owned(), true)]);
        assert_eq!(tried().await, 1);
        case.pass(Duration::minutes(20));
        let notices = raised(&case.storage).await.expect("raised");
        assert_eq!(notices.len(), 1, "that they got in is news");
        assert_eq!(notices[0].findings.len(), 1);
        assert!(notices[0].findings[0].got_in());
        let then = AlarmSetting {
            rule: AlarmRule::FailuresThenSuccess {
                count: 5,
                minutes: 30,
            },
            is_on: true,
        };
        let saved = case.storage.save_alarm(&case.scope(), then).await;
        saved.expect("saved");
        assert_eq!(told().await, [("failures_then_success".to_owned(), false)]);
        assert_eq!(tried().await, 0);
        case.pass(Duration::minutes(20));
        let notices = raised(&case.storage).await.expect("raised");
        assert_eq!(notices[0].findings[0].rule, "failures_then_success");
    });
}

#[test]
fn a_rule_is_tried_on_the_past_before_it_is_switched_on() {
    on_both(async |case| {
        for _ in 0..3 {
            guess(&case, 6).await;
            case.pass(Duration::days(2));
        }
        let trial = case.storage.try_alarm(&case.scope(), MANY, 90).await;
        let trial = trial.expect("tried");
        assert_eq!((trial.alarms, trial.days, trial.examples.len()), (3, 90, 3));
        let strict = AlarmRule::ManyFailures {
            count: 50,
            minutes: 15,
        };
        let none = case.storage.try_alarm(&case.scope(), strict, 90).await;
        assert_eq!(none.expect("tried").alarms, 0);
        let wrong = AlarmRule::ManyFailures {
            count: 1,
            minutes: 0,
        };
        let refused = case.storage.try_alarm(&case.scope(), wrong, 90).await;
        assert_eq!(code(refused), Code::InvalidFields);
        // Trying raises nothing.
        assert_eq!(events(&case, "event:alarm.raised").await.len(), 0);
    });
}

#[test]
fn an_alarm_is_raised_once_by_whichever_process_and_grouped() {
    on_both(async |case| {
        assert!(raised(&case.storage).await.expect("asked").is_empty());
        guess(&case, 6).await;
        // Nothing is on yet.
        assert!(raised(&case.storage).await.expect("asked").is_empty());
        let to = ["owner@maisonnoor.example".to_owned()];
        alarmed(&case, &to, Some("https://alarms.example/x")).await;
        let beside = case.reopened().await;
        let (one, other) = tokio::join!(raised(&case.storage), raised(&beside));
        let notices: Vec<_> = [one, other]
            .into_iter()
            .flat_map(|notices| notices.expect("asked"))
            .collect();
        assert_eq!(notices.len(), 1);
        assert_eq!((notices[0].findings.len(), notices[0].more), (1, 0));
        assert_eq!(notices[0].emails, ["owner@maisonnoor.example"]);
        // The same run goes on, and then another one begins: at most one notice in a quarter of an hour.
        guess(&case, 3).await;
        assert!(raised(&case.storage).await.expect("asked").is_empty());
        case.pass(Duration::minutes(20));
        assert!(raised(&case.storage).await.expect("asked").is_empty());
        guess(&case, 6).await;
        assert_eq!(raised(&case.storage).await.expect("asked").len(), 1);
        assert_eq!(events(&case, "event:alarm.raised").await.len(), 2);
        case.verified().await;
    });
}

#[test]
fn only_who_manages_settings_changes_rules() {
    on_both(async |case| {
        let setting = AlarmSetting {
            rule: MANY,
            is_on: true,
        };
        for role in [Role::Manager, Role::Auditor, Role::Staff] {
            let member = case.member(&format!("The {role}"), role).await;
            let saved = case
                .storage
                .save_alarm(&member.scope, setting.clone())
                .await;
            assert_eq!(code(saved), Code::Forbidden, "{role}");
        }
        let wrong = AlarmSetting {
            rule: AlarmRule::UnusualHours {
                after_sign_ins: 1,
                percent: 90,
            },
            is_on: true,
        };
        let saved = case
            .storage
            .save_alarm_settings(&case.scope(), vec![setting.clone(), wrong])
            .await;
        assert_eq!(code(saved), Code::InvalidFields);
        // Nothing half-done.
        let settings = case
            .storage
            .alarm_settings(&case.scope())
            .await
            .expect("listed");
        assert!(settings.iter().all(|s| !s.is_on));
        case.storage
            .save_alarm(&case.scope(), setting.clone())
            .await
            .expect("saved");
        let settings = case
            .storage
            .alarm_settings(&case.scope())
            .await
            .expect("listed");
        assert!(settings.contains(&setting));
        assert_eq!(settings.len(), AlarmRule::DEFAULTS.len());
    });
}

#[test]
fn a_mail_of_an_alarm_is_kept_until_it_went_out() {
    on_both(async |case| {
        let to = ["a@maisonnoor.example", "b@maisonnoor.example"].map(str::to_owned);
        alarmed(&case, &to, None).await;
        guess(&case, 6).await;
        assert_eq!(raised(&case.storage).await.expect("raised").len(), 1);
        let lease = Duration::minutes(1);
        let calls = case.storage.claim_webhooks(10, lease).await;
        assert!(calls.expect("claimed").is_empty(), "a mail is no call");
        let claim = async || {
            let found = case.storage.claim_letters(10, lease).await;
            found.expect("claimed")
        };
        let letters = claim().await;
        assert_eq!(letters.len(), 2);
        assert!(claim().await.is_empty(), "somebody has them");
        for letter in &letters {
            assert_eq!(
                (letter.subject.as_str(), letter.text.as_str()),
                ("1 unusual", "Look")
            );
            let is_done = letter.to == to[0];
            let settled = case.storage.settle_letter(letter, is_done).await;
            settled.expect("settled");
        }
        let again = claim().await;
        assert_eq!(again.len(), 1, "what went out is not sent again");
        assert_eq!(again[0].to, to[1]);
        case.storage
            .settle_letter(&again[0], true)
            .await
            .expect("sent");
        case.pass(Duration::hours(1));
        assert!(claim().await.is_empty());
    });
}

#[test]
fn alarms_of_the_sample_store_are_told_to_nobody() {
    on_both(async |case| {
        let there = Scope::system("test", case.sample().await);
        let sara = case
            .storage
            .add_user(&there, new_user("Sara Nasser"), Role::Manager);
        sara.await.expect("added");
        let to = ["stranger@elsewhere.example".to_owned()];
        alarmed_in(&case, &there, &to, Some("https://alarms.example/x")).await;
        guess(&case, 6).await;
        let notices = raised(&case.storage).await.expect("raised");
        assert_eq!(notices.len(), 1, "it stands in its security log");
        assert!(notices[0].store.is_sample);
        let lease = Duration::minutes(1);
        let letters = case.storage.claim_letters(10, lease).await;
        assert!(letters.expect("claimed").is_empty());
        let calls = case.storage.claim_webhooks(10, lease).await;
        assert!(calls.expect("claimed").is_empty());
    });
}

#[test]
fn what_an_alarm_tells_is_kept_by_whoever_raised_it() {
    on_both(async |case| {
        let to = ["owner@maisonnoor.example".to_owned()];
        alarmed(&case, &to, Some("https://alarms.example/x")).await;
        guess(&case, 6).await;
        assert_eq!(raised(&case.storage).await.expect("raised").len(), 1);
        // The process died before it told anybody: another does.
        let other = case.reopened().await;
        assert!(raised(&other).await.expect("asked").is_empty());
        let lease = Duration::minutes(1);
        let letters = other.claim_letters(10, lease).await.expect("claimed");
        assert_eq!((letters.len(), letters[0].to.as_str()), (1, to[0].as_str()));
        let calls = other.claim_webhooks(10, lease).await.expect("claimed");
        assert_eq!((calls.len(), calls[0].tries), (1, 1));
        assert_eq!(calls[0].url, "https://alarms.example/x");
        assert!(calls[0].body.contains("security.alarm"));
        // It is tried again like any other call, the same one.
        let failed = WebhookResult::Failed {
            why: "503".to_owned(),
            retry_at: case.ambient.clock.now() + Duration::minutes(5),
        };
        let settled = other.settle_webhook(&calls[0], failed).await;
        settled.expect("put back");
        case.pass(Duration::minutes(6));
        let again = case.storage.claim_webhooks(10, lease).await;
        let again = again.expect("claimed");
        assert_eq!((again[0].id, again[0].tries), (calls[0].id, 2));
    });
}
