//! What stands out in what the store's own people do, from a new country, and with own roles.

use crate::harness::{Case, activity, on_both};
use crate::people::email_of;
use crate::sign_in::{attempt, events, signed_in};
use crate::watch_alarm::raised;
use chrono::Duration;
use domain::export::Source;
use domain::security::unusual::{AlarmRule, AlarmSetting, Finding};
use domain::view::RoleInput;
use domain::{
    Access, Activity, ActivityAccess, MessageAccess, Permission, PermissionSet, Place, Role,
};
use std::sync::Arc;
use storage::Scope;

const DELETIONS: AlarmRule = AlarmRule::UnusualDeletions {
    after_days: 5,
    times: 3,
};

/// So many deletions on a day.
fn day_of(day: i64, count: i64) -> Vec<Activity> {
    (0..count)
        .map(|n| activity("product.deleted", day * 1_440 + n))
        .collect()
}

/// Six usual days and one on which far more is deleted.
async fn a_week_of_deletions(case: &Case) {
    case.pass(Duration::days(7) + Duration::hours(1));
    for day in 0..6 {
        case.record(day_of(day, 2)).await;
    }
    case.record(day_of(7, 9)).await;
}

async fn found(case: &Case, scope: &Scope, rule: &str) -> Vec<Finding> {
    let found = case.storage.findings(scope, 7).await.expect("found");
    found.into_iter().filter(|f| f.rule == rule).collect()
}

/// An own role that does this and reads no activity.
fn role(name: &str, permissions: &[Permission]) -> RoleInput {
    RoleInput {
        name: name.to_owned(),
        description: String::new(),
        access: Access {
            activity: ActivityAccess::Nothing,
            messages: MessageAccess::Nothing,
            is_masked: false,
            permissions: PermissionSet::of(permissions),
        },
    }
}

async fn made(case: &Case, input: RoleInput) -> Role {
    let made = case.storage.put_role(&case.scope(), None, input).await;
    let id = made.expect("made").id;
    let role = case.storage.role_of_id(&case.scope(), &id).await;
    role.expect("a role")
}

#[test]
fn far_more_deletions_than_ever_stand_out_for_who_reads_both_logs() {
    on_both(async |case| {
        a_week_of_deletions(&case).await;
        let scope = case.scope();
        let many = found(&case, &scope, DELETIONS.name()).await;
        assert_eq!(many.len(), 1);
        assert_eq!((many[0].log, many[0].count), (Source::Activity, 9));
        assert_eq!(many[0].name.as_deref(), Some("Sara Nasser"));
        assert_eq!(
            (&many[0].numbers["busiest"], &many[0].numbers["days"]),
            (&2.into(), &6.into())
        );
        assert_eq!(case.count(&scope, &many[0].query).await, 9);
        let trial = case.storage.try_alarm(&scope, DELETIONS, 90).await;
        assert_eq!(trial.expect("tried").alarms, 1);
        // Who reads the security log alone learns nothing of the other.
        let watcher = made(&case, role("Watcher", &[Permission::ReadSecurity])).await;
        let watcher = case.member("Wassim Watcher", watcher).await;
        let all = case.storage.findings(&watcher.scope, 7).await;
        let all = all.expect("found");
        assert!(all.iter().all(|f| f.log == Source::Security), "{all:?}");
        let trial = case.storage.try_alarm(&watcher.scope, DELETIONS, 90).await;
        assert_eq!(trial.expect("tried").alarms, 0);
    });
}

#[test]
fn an_alarm_about_the_activity_log_tells_the_security_log_no_more_than_its_rule() {
    on_both(async |case| {
        a_week_of_deletions(&case).await;
        let on = AlarmSetting {
            rule: DELETIONS,
            is_on: true,
        };
        let saved = case.storage.save_alarm(&case.scope(), on).await;
        saved.expect("saved");
        let notices = raised(&case.storage).await.expect("asked");
        assert_eq!(notices.len(), 1);
        assert_eq!(notices[0].findings[0].count, 9);
        let told = events(&case, "event:alarm.raised").await;
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].reason.as_deref(), Some("unusual_deletions"));
        assert_eq!((&told[0].account, &told[0].details), (&None, &None));
        // The day goes on: it is the same finding.
        case.pass(Duration::minutes(20));
        case.record(vec![activity("product.deleted", 7 * 1_440 + 30)])
            .await;
        assert!(raised(&case.storage).await.expect("asked").is_empty());
        case.verified().await;
    });
}

#[test]
fn a_sign_in_from_a_new_country_stands_out() {
    on_both(async |case| {
        case.storage.locate_by(Arc::new(|ip| {
            let country = match ip.to_string().as_str() {
                "203.0.113.7" | "203.0.113.8" => "SA",
                _ => "PT",
            };
            Some(Place {
                country: Some(country.to_owned()),
                words: country.to_owned(),
                at: None,
            })
        }));
        let sara = case.member("Sara Nasser", Role::Manager).await;
        for ip in ["203.0.113.7", "203.0.113.8"].repeat(3) {
            signed_in(&case, &sara, &attempt(&email_of("Sara Nasser"), ip)).await;
            case.pass(Duration::hours(12));
        }
        assert_eq!(found(&case, &case.scope(), "new_country").await, []);
        for _ in 0..2 {
            let away = attempt(&email_of("Sara Nasser"), "192.0.2.77");
            signed_in(&case, &sara, &away).await;
            case.pass(Duration::hours(12));
        }
        let new = found(&case, &case.scope(), "new_country").await;
        assert_eq!(new.len(), 1);
        assert_eq!(
            (new[0].log, &new[0].numbers["sign_ins"]),
            (Source::Security, &6.into())
        );
        assert_eq!(new[0].numbers["place"], "PT");
        assert_eq!(events(&case, &new[0].query).await.len(), 1);
    });
}

#[test]
fn an_own_role_with_much_power_stands_out_when_it_is_made_and_given() {
    on_both(async |case| {
        let weak = made(&case, role("Reader", &[Permission::ReadSecurity])).await;
        let sara = case.member("Sara Nasser", weak).await;
        assert_eq!(found(&case, &case.scope(), "power_given").await, []);
        let strong = made(&case, role("People desk", &[Permission::ManageUsers])).await;
        let given = case.storage.set_role(&case.scope(), sara.id, strong).await;
        given.expect("given");
        case.member("Omar Haddad", strong).await;
        let key = crate::people::new_key("Sync", strong);
        case.storage
            .create_key(&case.scope(), key)
            .await
            .expect("made");
        let mut told: Vec<_> = found(&case, &case.scope(), "power_given")
            .await
            .into_iter()
            .map(|f| f.numbers["event"].as_str().map(str::to_owned))
            .collect();
        told.sort();
        let names = ["key.created", "role.changed", "role.saved", "user.invited"];
        assert_eq!(told, names.map(|name| Some(name.to_owned())));
        // Taking it away again is none.
        let taken = case.storage.set_role(&case.scope(), sara.id, weak).await;
        taken.expect("taken");
        assert_eq!(found(&case, &case.scope(), "power_given").await.len(), 4);
        case.verified().await;
    });
}
