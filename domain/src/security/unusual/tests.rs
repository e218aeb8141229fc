use super::*;
use crate::security::SecurityOutcome;
use crate::{Actor, ActorType, Change, Reference};
use chrono::{Duration, TimeZone as _};

fn at(day: i64, hour: i64, minute: i64) -> DateTime<Utc> {
    let start = Utc
        .with_ymd_and_hms(2026, 11, 1, 0, 0, 0)
        .single()
        .expect("a real date");
    start + Duration::days(day) + Duration::hours(hour) + Duration::minutes(minute)
}

fn event(name: E, time: DateTime<Utc>) -> SecurityEvent {
    SecurityEvent {
        account: Some("sara@x.example".to_owned()),
        ..SecurityEvent::new(name, SecurityOutcome::Success, time)
    }
}

fn findings(rule: AlarmRule, events: &[SecurityEvent]) -> Vec<Finding> {
    findings_beside(rule, &[], events)
}

fn findings_beside(
    rule: AlarmRule,
    settings: &[AlarmSetting],
    events: &[SecurityEvent],
) -> Vec<Finding> {
    let utc = FixedOffset::east_opt(0).expect("an offset");
    rule.findings(events, settings, at(0, 0, 0), |_| utc)
}

const MANY: AlarmRule = AlarmRule::ManyFailures {
    count: 3,
    minutes: 15,
};
const THEN: AlarmRule = AlarmRule::FailuresThenSuccess {
    count: 3,
    minutes: 15,
};

#[test]
fn many_failures_are_one_finding_with_their_number() {
    let tries: Vec<_> = (0..9)
        .map(|n| event(E::SignInFailed, at(3, 3, n)))
        .collect();
    let found = findings(MANY, &tries);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].count, found[0].severity), (9, Severity::High));
    assert_eq!(found[0].numbers["minutes"], 8);
    assert_eq!(
        found[0].query,
        "who:sara@x.example created:2026-11-04T03:00:00Z..2026-11-04T03:08:01Z"
    );
    assert_eq!(findings(THEN, &tries), []);
    assert_eq!(findings(MANY, &tries[..2]), []);
}

#[test]
fn failures_that_end_in_a_success_are_the_other_finding() {
    let mut events: Vec<_> = (0..4)
        .map(|n| event(E::SignInFailed, at(3, 3, n)))
        .collect();
    events.push(event(E::SignedIn, at(3, 3, 5)));
    let on = AlarmSetting {
        rule: THEN,
        is_on: true,
    };
    assert_eq!(findings_beside(MANY, &[on], &events), []);
    let found = findings(THEN, &events);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].last_at, at(3, 3, 5));
    // Two typing mistakes are none, and neither are failures of yesterday.
    assert_eq!(findings(THEN, &events[2..]), []);
    let late = [&events[..4], &[event(E::SignedIn, at(4, 3, 5))]].concat();
    assert_eq!(findings(THEN, &late), []);
}

#[test]
fn failures_that_end_in_a_success_are_told_where_the_other_rule_does_not() {
    let mut events: Vec<_> = (0..4)
        .map(|n| event(E::SignInFailed, at(3, 3, n)))
        .collect();
    events.push(event(E::SignedIn, at(3, 3, 5)));
    let off = AlarmSetting {
        rule: THEN,
        is_on: false,
    };
    let needs_more = AlarmSetting {
        rule: AlarmRule::FailuresThenSuccess {
            count: 5,
            minutes: 30,
        },
        is_on: true,
    };
    for settings in [Vec::new(), vec![off], vec![needs_more]] {
        let found = findings_beside(MANY, &settings, &events);
        assert_eq!(found.len(), 1, "{settings:?}");
        assert!(found[0].got_in());
        assert_eq!((found[0].count, found[0].last_at), (4, at(3, 3, 5)));
        assert_eq!(
            found[0].query,
            "who:sara@x.example created:2026-11-04T03:00:00Z..2026-11-04T03:05:01Z"
        );
    }
    assert!(!findings(THEN, &events)[0].got_in());
    // What ended long before a success was not ended by it.
    let late = [&events[..4], &[event(E::SignedIn, at(4, 3, 5))]].concat();
    let found = findings(MANY, &late);
    assert_eq!(found.len(), 1);
    assert!(!found[0].got_in());
    assert_eq!(found[0].last_at, at(3, 3, 3));
    // Slow guesses are one run, however long it took.
    let mut slow: Vec<_> = (0..6)
        .map(|n| event(E::SignInFailed, at(3, 3, n * 14)))
        .collect();
    slow.push(event(E::SignedIn, at(3, 4, 15)));
    let found = findings(MANY, &slow);
    assert_eq!((found.len(), found[0].count), (1, 6));
    assert!(found[0].got_in());
}

#[test]
fn who_guesses_with_a_session_at_hand_is_found_too() {
    let passkeys: Vec<_> = (0..4).map(|n| event(E::ProofFailed, at(3, 3, n))).collect();
    // A passkey is not guessed.
    assert_eq!(findings(MANY, &passkeys), []);
    let passwords: Vec<_> = passkeys
        .into_iter()
        .map(|event| SecurityEvent {
            reason: Some("wrong_password".to_owned()),
            ..event
        })
        .collect();
    let found = findings(MANY, &passwords);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].count, 4);
}

#[test]
fn failures_apart_in_time_are_counted_apart() {
    let tries: Vec<_> = (0..6)
        .map(|n| event(E::SignInFailed, at(n, 3, 0)))
        .collect();
    assert_eq!(findings(MANY, &tries), []);
}

#[test]
fn a_new_address_stands_out_only_for_who_is_known() {
    let rule = AlarmRule::NewAddress { after_sign_ins: 2 };
    let signed_in = |day, is_new_address| SecurityEvent {
        is_new_address,
        ..event(E::SignedIn, at(day, 9, 0))
    };
    let first_days = [
        signed_in(0, true),
        signed_in(1, true),
        signed_in(2, false),
        signed_in(3, true),
    ];
    let found = findings(rule, &first_days);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].last_at, at(3, 9, 0));
    assert_eq!(found[0].numbers["sign_ins"], 3);
}

#[test]
fn unusual_hours_are_learned_from_the_account_itself_on_the_stores_clock() {
    let rule = AlarmRule::UnusualHours {
        after_sign_ins: 10,
        percent: 2,
    };
    let mut events: Vec<_> = (0..20)
        .map(|day| event(E::SignedIn, at(day, 6 + day % 3, 0)))
        .collect();
    events.push(event(E::SignedIn, at(20, 0, 12)));
    let riyadh = FixedOffset::east_opt(3 * 3_600).expect("an offset");
    let found = rule.findings(&events, &[], at(0, 0, 0), |_| riyadh);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].numbers["hour"], 3);
    assert_eq!(found[0].numbers["from"], 9);
    assert_eq!(found[0].numbers["to"], 11);
    // Somebody else's habits say nothing.
    let other = SecurityEvent {
        account: Some("omar@x.example".to_owned()),
        ..event(E::SignedIn, at(20, 0, 12))
    };
    events.pop();
    events.push(other);
    assert_eq!(rule.findings(&events, &[], at(0, 0, 0), |_| riyadh), []);
}

#[test]
fn what_lies_before_is_learned_from_and_not_told() {
    let rule = AlarmRule::NewDevice { after_sign_ins: 1 };
    let signed_in = |day| SecurityEvent {
        is_new_device: true,
        ..event(E::SignedIn, at(day, 9, 0))
    };
    let events = [signed_in(0), signed_in(1), signed_in(5)];
    let utc = FixedOffset::east_opt(0).expect("an offset");
    let found = rule.findings(&events, &[], at(4, 0, 0), |_| utc);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].last_at, at(5, 9, 0));
}

#[test]
fn a_role_that_grows_stands_out_and_one_that_shrinks_does_not() {
    let changed = |before: &str, after: &str| SecurityEvent {
        subject: Some(Reference {
            kind: "user".to_owned(),
            id: "u".to_owned(),
            name: Some("Tomasz".to_owned()),
        }),
        changes: vec![Change {
            field: "role".to_owned(),
            before: before.into(),
            after: after.into(),
        }],
        ..event(E::RoleChanged, at(1, 9, 0))
    };
    let found = findings(AlarmRule::PowerGiven, &[changed("staff", "admin")]);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].numbers["subject"], "Tomasz");
    assert_eq!(
        findings(AlarmRule::PowerGiven, &[changed("admin", "staff")]),
        []
    );
    let invited = |actor: Actor| SecurityEvent {
        event: E::UserInvited,
        actor,
        ..changed("", "super_admin")
    };
    let person = Actor {
        kind: ActorType::User,
        ..Actor::system()
    };
    let by_person = findings(AlarmRule::PowerGiven, &[invited(person)]);
    assert_eq!(by_person.len(), 1);
    // The server's shell and a provider's claims act as the program itself: both are ways in for somebody else.
    let by_program = findings(AlarmRule::PowerGiven, &[invited(Actor::system())]);
    assert_eq!(by_program.len(), 1);
    // A key is made, nobody is invited with it: what happened is told apart.
    let made = SecurityEvent {
        event: E::KeyCreated,
        ..changed("", "admin")
    };
    let made = findings(AlarmRule::PowerGiven, &[made]);
    assert_eq!(made[0].numbers["event"], "key.created");
    assert_eq!(by_program[0].numbers["event"], E::UserInvited.as_str());
}

#[test]
fn what_is_done_to_somebody_is_found_in_their_name_with_by_whom() {
    let noor = Actor {
        kind: ActorType::User,
        name: Some("Noor Al-Amri".to_owned()),
        ..Actor::system()
    };
    let reset = SecurityEvent {
        actor: noor.clone(),
        subject: Some(Reference {
            kind: "user".to_owned(),
            id: "u".to_owned(),
            name: Some("Sara Nasser".to_owned()),
        }),
        ..event(E::FactorRemoved, at(1, 9, 0))
    };
    let found = findings(AlarmRule::FactorRemoved, &[reset]);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].account.as_deref(), Some("sara@x.example"));
    assert_eq!(found[0].name.as_deref(), Some("Sara Nasser"));
    assert_eq!(found[0].numbers["subject"], "Sara Nasser");
    assert_eq!(found[0].numbers["by"], "Noor Al-Amri");
    // What is done to a role or a key is found in the name of who did it, whose account it tells.
    let made = SecurityEvent {
        actor: noor.clone(),
        subject: Some(Reference {
            kind: "api_key".to_owned(),
            id: "k".to_owned(),
            name: Some("Shop".to_owned()),
        }),
        changes: vec![Change {
            field: "role".to_owned(),
            before: Value::Null,
            after: "admin".into(),
        }],
        ..event(E::KeyCreated, at(1, 9, 0))
    };
    let found = findings(AlarmRule::PowerGiven, &[made]);
    assert_eq!(found[0].name, noor.name);
    let own = SecurityEvent {
        actor: noor,
        ..event(E::FactorRemoved, at(1, 9, 0))
    };
    let found = findings(AlarmRule::FactorRemoved, &[own]);
    assert_eq!(found[0].name.as_deref(), Some("Noor Al-Amri"));
    assert!(!found[0].numbers.contains_key("by"));
}

#[test]
fn the_rules_as_they_come_are_sound_and_each_stands_once() {
    let mut names: Vec<_> = AlarmRule::DEFAULTS.iter().map(|r| r.name()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), AlarmRule::DEFAULTS.len());
    assert!(AlarmRule::DEFAULTS.iter().all(|r| r.is_sound()));
    let zero = AlarmRule::ManyFailures {
        count: 0,
        minutes: 15,
    };
    assert!(!zero.is_sound());
}

#[test]
fn nobody_is_in_two_far_places_within_an_hour() {
    let place = |words: &str, at: Option<(f64, f64)>| crate::Place {
        country: None,
        words: words.to_owned(),
        at,
    };
    let riyadh = || place("Riyadh, Saudi Arabia", Some((24.69, 46.72)));
    let lisbon = || place("Lisbon, Portugal", Some((38.72, -9.14)));
    let sign_in = |minutes: i64, account: &str, place: Option<crate::Place>| SecurityEvent {
        account: Some(account.to_owned()),
        place,
        ..event(E::SignedIn, at(3, 8, minutes))
    };
    let events = [
        sign_in(0, "sara", Some(riyadh())),
        // Somebody else, a place that is not known, and a country without a middle say nothing.
        sign_in(10, "omar", Some(lisbon())),
        sign_in(20, "sara", None),
        sign_in(30, "sara", Some(place("Portugal", None))),
        sign_in(60, "sara", Some(lisbon())),
        // Eight hours are a flight.
        sign_in(60 + 480, "sara", Some(riyadh())),
    ];
    let found = findings(AlarmRule::ImpossibleTravel { kmh: 1_200 }, &events);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].numbers["minutes"], 60);
    assert_eq!(found[0].numbers["after"], "Lisbon, Portugal");
    let km = found[0].numbers["km"].as_u64().expect("a number");
    assert!((5_000..6_200).contains(&km), "{km}");
}

#[test]
fn a_country_is_new_for_whose_countries_are_known() {
    let sign_in = |day, country: Option<&str>| SecurityEvent {
        place: Some(crate::Place {
            country: country.map(str::to_owned),
            words: country.unwrap_or("Somewhere").to_owned(),
            at: None,
        }),
        ..event(E::SignedIn, at(day, 9, 0))
    };
    let rule = AlarmRule::NewCountry { after_sign_ins: 3 };
    let home = [0, 1, 2].map(|day| sign_in(day, Some("SA")));
    let away = sign_in(3, Some("PT"));
    let found = findings(
        rule,
        &[&home[..], &[away.clone(), sign_in(4, Some("PT"))]].concat(),
    );
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].last_at, at(3, 9, 0));
    assert_eq!(found[0].numbers["sign_ins"], 3);
    assert_eq!(found[0].numbers["place"], "PT");
    // Where the file knows no country nothing is learned.
    let unknown = [0, 1, 2].map(|day| sign_in(day, None));
    assert_eq!(findings(rule, &[&unknown[..], &[away]].concat()), []);
}

#[test]
fn an_own_role_counts_by_what_it_opens() {
    let given = |name, details: Option<Value>| SecurityEvent {
        changes: vec![Change {
            field: "role".to_owned(),
            before: "staff".into(),
            after: "Desk".into(),
        }],
        details,
        ..event(name, at(1, 9, 0))
    };
    let power =
        |was: bool, is: bool| Some(serde_json::json!({ "was_powerful": was, "is_powerful": is }));
    for name in [E::RoleChanged, E::UserInvited, E::KeyCreated] {
        let count = |details| findings(AlarmRule::PowerGiven, &[given(name, details)]).len();
        assert_eq!(count(power(false, true)), 1, "{name}");
        assert_eq!(count(power(true, true)), 0, "{name}");
        assert_eq!(count(power(false, false)), 0, "{name}");
        assert_eq!(count(None), 0, "{name}");
    }
    let access = |permissions: &[crate::Permission]| {
        let access = crate::Access {
            permissions: crate::PermissionSet::of(permissions),
            ..crate::Access::NOTHING
        };
        serde_json::to_value(access).expect("json")
    };
    let saved = |before: Value, after: Value| SecurityEvent {
        changes: vec![Change {
            field: "access".to_owned(),
            before,
            after,
        }],
        ..event(E::RoleSaved, at(1, 9, 0))
    };
    let (weak, strong) = (
        access(&[crate::Permission::Export]),
        access(&[crate::Permission::ManageUsers]),
    );
    for (before, after, count) in [
        (Value::Null, strong.clone(), 1),
        (weak.clone(), strong.clone(), 1),
        (strong.clone(), strong.clone(), 0),
        (strong, weak.clone(), 0),
        (Value::Null, weak, 0),
    ] {
        let found = findings(AlarmRule::PowerGiven, &[saved(before, after)]);
        assert_eq!(found.len(), count);
        assert!(found.iter().all(|f| !f.numbers.contains_key("after")));
    }
}

#[test]
fn what_rules_look_at_is_read_in_groups_that_a_flood_of_another_does_not_fill() {
    use crate::security::SecurityOutcome as O;
    let groups_of = |name: E, outcome: O| {
        let holds = |(kinds, outcomes): &&(&[SecurityKind], &[O])| {
            kinds.contains(&name.kind()) && outcomes.contains(&outcome)
        };
        LOOKED_AT.iter().filter(holds).count()
    };
    for (name, outcome) in [
        (E::SignedIn, O::Success),
        (E::SignInFailed, O::Failed),
        (E::SignInRefused, O::Denied),
        (E::ProofFailed, O::Failed),
        (E::FactorFailed, O::Failed),
        (E::FactorRemoved, O::Success),
        (E::AccessDenied, O::Denied),
        (E::KeyRefused, O::Denied),
        (E::WebhookForged, O::Denied),
        (E::OriginForeign, O::Denied),
        (E::OutgoingBlocked, O::Denied),
        (E::RoleChanged, O::Success),
        (E::RoleSaved, O::Success),
        (E::UserInvited, O::Success),
        (E::KeyCreated, O::Success),
        (E::KeyNewAddress, O::Success),
    ] {
        assert_eq!(groups_of(name, outcome), 1, "{name}");
    }
    // Who asks for links, tries old ones or shows wrong passkeys reaches none of what habits are learned from.
    for name in [E::ResetAsked, E::LinkRefused] {
        assert_eq!(groups_of(name, O::Denied), 0, "{name}");
    }
    let learned = LOOKED_AT
        .iter()
        .find(|(kinds, outcomes)| {
            kinds.contains(&SecurityKind::SignIn) && outcomes.contains(&O::Success)
        })
        .expect("a group");
    assert!(!learned.1.contains(&O::Failed) && !learned.1.contains(&O::Denied));
}
