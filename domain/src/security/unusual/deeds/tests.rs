use super::*;
use crate::{Action, CategorySet, Change, Origin};
use chrono::{Duration, TimeZone as _};
use serde_json::{Value, json};

fn at(day: i64, hour: i64, minute: i64) -> DateTime<Utc> {
    let start = Utc
        .with_ymd_and_hms(2026, 11, 1, 0, 0, 0)
        .single()
        .expect("a real date");
    start + Duration::days(day) + Duration::hours(hour) + Duration::minutes(minute)
}

fn activity(action: &str, time: DateTime<Utc>) -> Activity {
    Activity {
        action: Action {
            name: action.to_owned(),
            categories: CategorySet::of(&[crate::Category::Other]),
        },
        outcome: Outcome::Success,
        occurred_at: time,
        actor: Actor {
            kind: ActorType::User,
            id: Some("u_17".to_owned()),
            name: Some("Sara Nasser".to_owned()),
            ..Actor::system()
        },
        subject: None,
        description: None,
        changes: Vec::new(),
        origin: Origin {
            ip: Some("203.0.113.7".parse().expect("an address")),
            ..Origin::default()
        },
        related: Vec::new(),
        operation_id: None,
        rule: None,
        error: None,
        details: None,
    }
}

fn deed(activity: &Activity) -> Deed {
    Deed::of(activity, None, None).expect("somebody's of the store")
}

fn findings(rule: AlarmRule, deeds: &[Deed]) -> Vec<Finding> {
    let utc = FixedOffset::east_opt(0).expect("an offset");
    rule.deed_findings(deeds, at(0, 0, 0), |_| utc)
}

/// So many of an action on a day.
fn day_of(action: &str, day: i64, count: i64) -> Vec<Deed> {
    let one = |n| deed(&activity(action, at(day, 9, n)));
    (0..count).map(one).collect()
}

#[test]
fn only_the_stores_own_people_and_programs_are_looked_at() {
    for (kind, is_one) in [
        (ActorType::User, true),
        (ActorType::ApiKey, true),
        (ActorType::Customer, false),
        (ActorType::Rule, false),
        (ActorType::System, false),
    ] {
        let mut told = activity("product.deleted", at(0, 9, 0));
        told.actor.kind = kind;
        assert_eq!(Deed::of(&told, None, None).is_some(), is_one, "{kind:?}");
    }
    let mut nobody = activity("product.deleted", at(0, 9, 0));
    (nobody.actor.id, nobody.actor.name) = (None, None);
    assert_eq!(Deed::of(&nobody, None, None), None);
}

#[test]
fn an_activity_says_of_what_kind_it_is_and_how_much() {
    let kind_of = |told: &Activity| deed(told).kind;
    let mut failed = activity("product.deleted", at(0, 9, 0));
    assert_eq!(kind_of(&failed), Some(DeedKind::Deletion));
    failed.outcome = Outcome::Failed;
    assert_eq!(kind_of(&failed), None);
    let mut changed = activity("product.updated", at(0, 9, 0));
    for (field, kind) in [
        ("price", Some(DeedKind::Price)),
        ("variants.small.sale_price", Some(DeedKind::Price)),
        ("price_list", None),
        ("title", None),
    ] {
        changed.changes = vec![Change {
            field: field.to_owned(),
            before: Value::Null,
            after: Value::Null,
        }];
        assert_eq!(kind_of(&changed), kind, "{field}");
    }
    for (action, name, kind) in [
        ("export.completed", "rows", DeedKind::Export),
        ("log.erased", "count", DeedKind::Erasure),
        ("operation.started", "items", DeedKind::Bulk),
    ] {
        let mut told = activity(action, at(0, 9, 0));
        assert_eq!((kind_of(&told), deed(&told).size), (Some(kind), 0));
        told.details = Some(json!({ (name): 341 }));
        assert_eq!(deed(&told).size, 341, "{action}");
    }
}

#[test]
fn far_more_on_a_day_than_ever_is_told_with_the_numbers() {
    let rule = AlarmRule::UnusualDeletions {
        after_days: 3,
        times: 3,
    };
    let usual: Vec<_> = (0..4)
        .flat_map(|day| day_of("product.deleted", day, 1 + day % 2))
        .collect();
    let with = |day, count| [usual.clone(), day_of("product.deleted", day, count)].concat();
    // Six are three times the two of the busiest day, not over it.
    assert_eq!(findings(rule, &with(4, 6)), []);
    let found = findings(rule, &with(4, 7));
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].log, found[0].count), (Source::Activity, 7));
    let numbers = ["times", "busiest", "days"].map(|name| found[0].numbers[name].clone());
    assert_eq!(numbers, [json!(7), json!(2), json!(4)]);
    assert_eq!(
        found[0].query,
        "actor:u_17 created:2026-11-05T09:00:00Z..2026-11-05T09:06:01Z"
    );
    // Of whom little is known nothing stands out, and somebody else's habits say nothing.
    assert_eq!(findings(rule, &day_of("product.deleted", 4, 50)), []);
    let mut of_another = with(4, 7);
    for deed in &mut of_another[usual.len()..] {
        deed.who = "u_18".to_owned();
    }
    assert_eq!(findings(rule, &of_another), []);
    // Other deeds are of other rules.
    let prices = AlarmRule::UnusualPrices {
        after_days: 3,
        times: 3,
    };
    assert_eq!(findings(prices, &with(4, 7)), []);
}

#[test]
fn one_or_two_more_of_something_rare_do_not_stand_out() {
    let rule = AlarmRule::UnusualErasures {
        after_days: 1,
        times: 2,
    };
    let deeds = [day_of("log.erased", 0, 1), day_of("log.erased", 1, 4)].concat();
    assert_eq!(findings(rule, &deeds), []);
}

#[test]
fn a_far_larger_file_than_ever_is_told_with_the_numbers() {
    let rule = AlarmRule::UnusualExports {
        after_days: 3,
        times: 3,
    };
    let export = |day, rows: u64| {
        let mut told = activity("export.completed", at(day, 9, 0));
        told.details = Some(json!({ "rows": rows }));
        deed(&told)
    };
    let usual = [export(0, 400), export(1, 900), export(2, 120)];
    let with = |rows| [&usual[..], &[export(3, rows)]].concat();
    assert_eq!(findings(rule, &with(2_700)), []);
    let found = findings(rule, &with(90_000));
    assert_eq!(found.len(), 1);
    let numbers = ["size", "largest", "days"].map(|name| found[0].numbers[name].clone());
    assert_eq!(numbers, [json!(90_000), json!(900), json!(3)]);
    // Where nobody told how large those before were, nothing is larger.
    let unknown: Vec<_> = (0..3).map(|day| export(day, 0)).collect();
    assert_eq!(
        findings(rule, &[&unknown[..], &[export(3, 90_000)]].concat()),
        []
    );
}

#[test]
fn an_address_a_device_and_a_country_are_new_once_and_only_of_who_is_known() {
    let from = |day, ip: &str, device: &str, country: &str| Deed {
        ip: Some(ip.parse().expect("an address")),
        device: Some(device.to_owned()),
        place: Some(Place {
            country: Some(country.to_owned()),
            words: country.to_owned(),
            at: None,
        }),
        ..deed(&activity("product.updated", at(day, 9, 0)))
    };
    let deeds = [
        from(0, "2001:db8::1", "Firefox", "SA"),
        from(1, "2001:db8::2", "Firefox", "SA"),
        from(2, "198.51.100.4", "Safari", "PT"),
        from(3, "198.51.100.4", "Safari", "PT"),
    ];
    for rule in [
        AlarmRule::NewAddress { after_sign_ins: 2 },
        AlarmRule::NewDevice { after_sign_ins: 2 },
        AlarmRule::NewCountry { after_sign_ins: 2 },
    ] {
        let found = findings(rule, &deeds);
        assert_eq!(found.len(), 1, "{rule:?}");
        assert_eq!(found[0].last_at, at(2, 9, 0));
        assert_eq!(found[0].numbers["visits"], 2);
        assert_eq!(found[0].numbers["place"], "PT");
    }
    let rule = AlarmRule::NewCountry { after_sign_ins: 3 };
    assert_eq!(findings(rule, &deeds), []);
}

#[test]
fn an_unusual_hour_is_learned_from_hours_of_work_not_from_each_deed() {
    let rule = AlarmRule::UnusualHours {
        after_sign_ins: 10,
        percent: 2,
    };
    // Twenty deeds within an hour are one visit.
    let busy = [
        day_of("product.updated", 0, 20),
        vec![deed(&activity("product.updated", at(1, 3, 0)))],
    ];
    assert_eq!(findings(rule, &busy.concat()), []);
    let mut deeds: Vec<_> = (0..12)
        .flat_map(|day| day_of("product.updated", day, 2))
        .collect();
    deeds.push(deed(&activity("product.updated", at(12, 3, 0))));
    let found = findings(rule, &deeds);
    assert_eq!(found.len(), 1);
    let numbers = ["hour", "near", "visits"].map(|name| found[0].numbers[name].clone());
    assert_eq!(numbers, [json!(3), json!(0), json!(12)]);
}
