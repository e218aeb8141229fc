use super::super::people::STAFF;
use super::super::{ACTIVITIES, DAYS, SIGN_INS, SampleRecord, activities, activity_stream};
use super::{RECORDS, all, now};
use chrono::{DateTime, TimeDelta, Timelike as _, Utc};
use domain::{ActivityInput, Actor, ActorType, Category, Outcome, Role, SHIPPED_ACTIONS};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

#[test]
fn the_log_gets_exactly_sixty_thousand_activities_at_any_time_of_the_year() {
    let entries = RECORDS.iter().filter(|record| record.is_entry());
    assert_eq!(entries.count(), ACTIVITIES);
    for now in [
        "2026-12-01T21:10:00Z",
        "2027-03-09T20:59:59.999999Z",
        "2028-02-29T21:00:00Z",
    ] {
        let now: DateTime<Utc> = now.parse().unwrap();
        let count = activities(now).filter(SampleRecord::is_entry).count();
        assert_eq!(count, ACTIVITIES, "{now}");
    }
}

#[test]
fn the_same_now_gives_the_same_store_and_another_now_another() {
    assert!(activities(now()).eq(RECORDS.iter().cloned()));
    let later = activities(now() + TimeDelta::days(1));
    assert!(!later.eq(RECORDS.iter().cloned()));
}

#[test]
fn every_shipped_action_and_every_category_occurs() {
    let actions: BTreeSet<&str> = all().map(|a| a.action.name.as_str()).collect();
    for shipped in SHIPPED_ACTIONS {
        assert!(
            actions.contains(shipped.name),
            "{} is missing",
            shipped.name
        );
    }
    let mut categories: BTreeMap<Category, usize> = BTreeMap::new();
    for category in all().flat_map(|a| a.action.categories.iter()) {
        *categories.entry(category).or_default() += 1;
    }
    for category in Category::ALL {
        let least = if category == Category::Users { 10 } else { 40 };
        let count = categories.get(&category).copied().unwrap_or_default();
        assert!(count >= least, "{category}: {count}");
    }
    assert!(actions.contains("loyalty.points_granted"));
}

#[test]
fn one_or_two_in_a_hundred_fail_and_say_why() {
    let failed = all().filter(|a| a.outcome == Outcome::Failed);
    let mut count = 0;
    for activity in failed {
        count += 1;
        assert!(activity.error.is_some(), "{activity:?}");
    }
    let share = count as f64 / ACTIVITIES as f64;
    assert!((0.010..0.020).contains(&share), "{share}");
    assert!(all().all(|a| a.outcome == Outcome::Failed || a.error.is_none()));
}

#[test]
fn what_is_pending_ends_later_or_is_recent() {
    let mut open: BTreeMap<u32, DateTime<Utc>> = BTreeMap::new();
    let (mut succeeded, mut failed) = (0, 0);
    for record in RECORDS.iter() {
        match record {
            SampleRecord::Activity { activity, mark } => {
                assert_eq!(mark.is_some(), activity.outcome == Outcome::Pending);
                open.extend(mark.map(|mark| (mark, activity.occurred_at)));
            }
            SampleRecord::Ended {
                mark,
                outcome,
                error,
                occurred_at,
            } => {
                let began = open
                    .remove(mark)
                    .expect("the activity comes first, and ends once");
                assert!(began <= *occurred_at && *occurred_at <= now());
                assert_eq!(error.is_some(), *outcome == Outcome::Failed);
                match outcome {
                    Outcome::Success => succeeded += 1,
                    Outcome::Failed => failed += 1,
                    Outcome::Pending => panic!("it has ended"),
                }
            }
            _ => {}
        }
    }
    assert!(succeeded > 300 && failed > 20, "{succeeded}, {failed}");
    let share = open.len() as f64 / ACTIVITIES as f64;
    assert!((0.001..0.004).contains(&share), "{share}");
    assert!(
        open.values()
            .all(|began| now() - *began < TimeDelta::days(8))
    );
}

#[test]
fn times_ascend_over_120_days_and_none_is_in_the_future() {
    let times: Vec<_> = all().map(|a| a.occurred_at).collect();
    assert!(times.is_sorted());
    assert_eq!(times[0], now() - TimeDelta::days(DAYS));
    assert_eq!(times[times.len() - 1], now());
    for day in 0..DAYS {
        let from = times[0] + TimeDelta::days(day);
        let count = times
            .iter()
            .filter(|t| (from..from + TimeDelta::days(1)).contains(t))
            .count();
        assert!(count > 150, "{count} on {from}");
    }
}

#[test]
fn evenings_and_weekends_are_busier_with_orders_than_mornings_in_the_week() {
    let mut by_hour = [0; 24];
    let mut by_weekday: BTreeMap<u32, usize> = BTreeMap::new();
    for order in all().filter(|a| a.action.name == "order.created") {
        let local = order.occurred_at + TimeDelta::hours(3);
        by_hour[local.hour() as usize] += 1;
        let weekday = chrono::Datelike::weekday(&local);
        *by_weekday
            .entry(weekday.num_days_from_monday())
            .or_default() += 1;
    }
    assert!(by_hour[21] > 3 * by_hour[9], "{by_hour:?}");
    let (monday, friday) = (by_weekday[&0], by_weekday[&4]);
    assert!(friday * 10 > monday * 13, "{by_weekday:?}");
}

#[test]
fn names_are_in_arabic_and_in_many_kinds_of_latin_letters() {
    let names: BTreeSet<&str> = all()
        .filter(|a| a.actor.kind == ActorType::Customer)
        .filter_map(|a| a.actor.name.as_deref())
        .collect();
    let having = |letters: &str| {
        let found = |name: &&&str| name.chars().any(|c| letters.contains(c));
        names.iter().filter(found).count()
    };
    assert!(having("اأإبتثجحخدذرزسشصضطظعغفقكلمنهويىةء") > 200);
    assert!(having("abcdefghijklmnopqrstuvwxyz") > 250);
    for (language, letters) in [
        ("Turkish", "ğışİ"),
        ("Vietnamese", "ễầạịỗĐ"),
        ("Spanish", "ñíé"),
        ("Polish", "łąŁ"),
        ("Ukrainian", "абвгдклмнор"),
    ] {
        assert!(having(letters) > 2, "no {language} names");
    }
}

#[test]
fn each_kind_of_actor_acts_and_a_dozen_colleagues_do() {
    let kinds: BTreeSet<ActorType> = all().map(|a| a.actor.kind).collect();
    assert_eq!(kinds.len(), ActorType::ALL.len());
    let colleagues: BTreeSet<&str> = all()
        .filter(|a| a.actor.kind == ActorType::User)
        .filter_map(|a| a.actor.email.as_deref())
        .collect();
    let expected: BTreeSet<&str> = STAFF.iter().map(|c| c.email).collect();
    assert_eq!(colleagues, expected);
}

#[test]
fn one_colleague_of_each_role_signs_in() {
    assert_eq!(SIGN_INS.map(|(role, ..)| role), Role::ALL);
    for (role, name, email) in SIGN_INS {
        let colleague = STAFF.iter().find(|c| c.email == email).expect(email);
        assert_eq!((colleague.role, colleague.name), (role, name));
    }
}

#[test]
fn addresses_lead_nowhere() {
    let is_for_documentation = |ip: &IpAddr| match ip {
        IpAddr::V4(ip) => ip.is_documentation(),
        IpAddr::V6(ip) => ip.segments()[..2] == [0x2001, 0xdb8],
    };
    for activity in all() {
        assert!(activity.actor.email.iter().all(|e| e.ends_with(".example")));
        assert!(activity.origin.ip.iter().all(is_for_documentation));
    }
    for record in RECORDS.iter() {
        if let SampleRecord::Customer { customer, .. } = record {
            let email = customer.email.as_deref().unwrap();
            let (local, host) = email.split_once('@').unwrap();
            assert!(
                local.len() > 2 && local.is_ascii() && host.ends_with(".example"),
                "{email}"
            );
        }
    }
}

#[test]
fn the_api_would_take_each_activity_as_it_is() {
    let nobody = Actor::system();
    for activity in all().step_by(5) {
        let mut body = serde_json::to_value(activity).unwrap();
        let fields = body.as_object_mut().unwrap();
        let action = fields.remove("action").unwrap();
        fields.insert("action".to_owned(), action["name"].clone());
        fields.insert("category".to_owned(), action["categories"].clone());
        if let Some(Value::Object(origin)) = fields.remove("origin") {
            fields.extend(origin);
        }
        let read = ActivityInput::read(&body, now(), &nobody).unwrap();
        assert_eq!(json!(read), json!([activity]));
    }
}

#[test]
fn the_stream_for_measurements_goes_on_with_even_steps() {
    let start = now();
    let step = TimeDelta::milliseconds(250);
    let stream: Vec<_> = activity_stream(7, start, step).take(20_000).collect();
    assert_eq!(stream.len(), 20_000);
    assert_eq!(stream[0].occurred_at, start);
    assert_eq!(stream[19_999].occurred_at, start + step * 19_999);
    let kinds: BTreeSet<&str> = stream.iter().map(|a| a.action.name.as_str()).collect();
    assert!(kinds.len() > 70, "{}", kinds.len());
    let other = activity_stream(8, start, step).take(2_000);
    assert!(!other.eq(stream.into_iter().take(2_000)));
}
