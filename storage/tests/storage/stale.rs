//! Two who change one thing at once: the later is told by whom it was changed and what it is now, and changes nothing.

use crate::harness::{Case, on_both};
use crate::people::Member;
use crate::rule_engine::{rule, tag};
use domain::export::Source;
use domain::followup::{FollowupRule, Template};
use domain::security::unusual::AlarmSetting;
use domain::view::{Policy, RetentionRule, RoleInput};
use domain::{Access, ActivityAccess, MessageAccess, PermissionSet, Problem, Role};
use storage::{Error, Scope, StoreSettings};

/// Two who may change everything.
async fn two(case: &Case) -> (Member, Member) {
    let first = case.member("Hala Owner", Role::SuperAdmin).await;
    (first, case.member("Noor Second", Role::SuperAdmin).await)
}

/// The refusal of a change that came too late.
fn late<T: std::fmt::Debug>(result: Result<T, Error>) -> Problem {
    match result {
        Err(Error::Problem(problem)) if problem.is_stale() => problem,
        other => panic!("not too late: {other:?}"),
    }
}

/// What it is now, by field.
fn now(problem: &Problem) -> Vec<(&str, &str)> {
    problem.changed_to().collect()
}

#[test]
fn of_two_who_change_one_persons_role_the_later_is_told() {
    on_both(async |case| {
        let (hala, noor) = two(&case).await;
        let sara = case.member("Sara Nasser", Role::Manager).await;
        let give = async |by: &Member, was: &str, role: Role| {
            let given = case
                .storage
                .set_role_from(&by.scope, sara.id, Some(was), role);
            given.await
        };
        give(&hala, "manager", Role::Staff).await.expect("given");
        let refused = late(give(&noor, "manager", Role::Auditor).await);
        assert_eq!(refused.changed_by(), Some("Hala Owner"));
        assert_eq!(now(&refused), [("role", "\"staff\"")]);
        // Who wants what it is already has it.
        give(&noor, "manager", Role::Staff)
            .await
            .expect("no change");
        give(&noor, "staff", Role::Auditor).await.expect("given");
        let q = "action:user.role_changed";
        assert_eq!(case.count(&case.scope(), q).await, 2);
    });
}

#[test]
fn of_two_who_change_one_own_role_the_later_is_told() {
    on_both(async |case| {
        let (hala, noor) = two(&case).await;
        let new = RoleInput {
            name: "Desk".to_owned(),
            description: String::new(),
            access: Access {
                activity: ActivityAccess::All,
                messages: MessageAccess::Nothing,
                is_masked: false,
                permissions: PermissionSet::EMPTY,
            },
        };
        let made = case.storage.put_role(&hala.scope, None, new.clone()).await;
        let made = made.expect("made");
        let named = |name: &str| RoleInput {
            name: name.to_owned(),
            access: made.access,
            ..new.clone()
        };
        let save = async |by: &Member, was: RoleInput, input: RoleInput| {
            let id = Some(made.id.clone());
            case.storage
                .put_role_from(&by.scope, id, Some(was), input)
                .await
        };
        let front = save(&hala, named("Desk"), named("Front desk")).await;
        assert_eq!(front.expect("saved").name, "Front desk");
        let refused = late(save(&noor, named("Desk"), named("Back desk")).await);
        assert_eq!(refused.changed_by(), Some("Hala Owner"));
        assert_eq!(now(&refused), [("name", "\"Front desk\"")]);
        let back = save(&noor, named("Front desk"), named("Back desk")).await;
        assert_eq!(back.expect("saved").name, "Back desk");
    });
}

#[test]
fn two_who_make_a_role_at_once_make_two_or_one_is_told() {
    on_both(async |case| {
        let (hala, noor) = two(&case).await;
        let beside = case.reopened().await;
        let new = |name: &str| RoleInput {
            name: name.to_owned(),
            description: String::new(),
            access: Access {
                activity: ActivityAccess::All,
                messages: MessageAccess::Nothing,
                is_masked: false,
                permissions: PermissionSet::EMPTY,
            },
        };
        let (one, other) = tokio::join!(
            case.storage.put_role(&hala.scope, None, new("One")),
            beside.put_role(&noor.scope, None, new("Other")),
        );
        let made = [one, other].into_iter().filter_map(|made| match made {
            Ok(role) => Some(role.name),
            refused => {
                late(refused);
                None
            }
        });
        let mut made: Vec<String> = made.collect();
        made.sort_unstable();
        let listed = case.storage.list_roles(&case.scope()).await;
        let listed = listed.expect("listed").into_iter();
        let own: Vec<String> = listed
            .filter(|role| !role.is_shipped)
            .map(|role| role.name)
            .collect();
        assert_eq!(own, made);
    });
}

#[test]
fn of_two_who_change_the_policy_the_later_is_told() {
    on_both(async |case| {
        let (hala, noor) = two(&case).await;
        let save = async |by: &Member, was: &Policy, policy: Policy| {
            let saved = case
                .storage
                .set_policy_from(&by.scope, Some(was.clone()), policy);
            saved.await
        };
        let first = Policy::default();
        let idle = Policy {
            idle_minutes: 60,
            alarm_emails: vec![" a@b.example ".to_owned()],
            ..first.clone()
        };
        let kept = save(&hala, &first, idle).await.expect("saved");
        assert_eq!(kept.alarm_emails, ["a@b.example"]);
        let long = Policy {
            lifetime_days: 5,
            ..first.clone()
        };
        let refused = late(save(&noor, &first, long).await);
        assert_eq!(refused.changed_by(), Some("Hala Owner"));
        let mut told = now(&refused);
        told.sort_unstable();
        let expected = [
            ("alarm_emails", "[\"a@b.example\"]"),
            ("idle_minutes", "60"),
        ];
        assert_eq!(told, expected);
        let policy = case.storage.policy(&case.scope()).await.expect("read");
        assert_eq!(policy, kept);
        let both = Policy {
            lifetime_days: 5,
            ..kept.clone()
        };
        save(&noor, &kept, both).await.expect("saved");
    });
}

#[test]
fn of_two_who_change_how_long_things_are_kept_the_later_is_told() {
    on_both(async |case| {
        let (hala, noor) = two(&case).await;
        let rule = |content: u32| RetentionRule {
            source: Source::Messages,
            category: None,
            content_days: Some(content),
            metadata_days: None,
        };
        let save =
            async |by: &Member, was: (Vec<RetentionRule>, u32), rules: Vec<RetentionRule>| {
                let saved = case
                    .storage
                    .save_retention_from(&by.scope, Some(was), rules, None);
                saved.await
            };
        let kept = save(&hala, (Vec::new(), 30), vec![rule(90)]).await;
        let kept = kept.expect("saved").rules;
        let refused = late(save(&noor, (Vec::new(), 30), vec![rule(60)]).await);
        assert_eq!(refused.changed_by(), Some("Hala Owner"));
        assert_eq!(now(&refused), [("messages", "[90,null]")]);
        let days = case.storage.set_export_days(&noor.scope, 7).await;
        days.expect("set");
        let refused = late(save(&hala, (kept.clone(), 30), vec![rule(60)]).await);
        assert_eq!(refused.changed_by(), Some("Noor Second"));
        assert_eq!(now(&refused), [("export_days", "7")]);
        let read = case.storage.retention(&case.scope()).await.expect("read");
        assert_eq!(read.rules, kept);
        let gone = save(&hala, (kept.clone(), 7), Vec::new()).await;
        assert_eq!(gone.expect("saved").rules, []);
        let refused = late(save(&noor, (kept, 7), vec![rule(60)]).await);
        assert_eq!(now(&refused), [("messages", "null")]);
    });
}

#[test]
fn of_two_who_change_the_store_the_later_is_told() {
    on_both(async |case| {
        let (hala, noor) = two(&case).await;
        let named = |name: &str| StoreSettings {
            name: name.to_owned(),
            domain: case.store.domain.clone(),
            time_zone: case.store.time_zone.clone(),
        };
        let old = named(&case.store.name);
        let save = async |by: &Scope, was: &StoreSettings, name: &str| {
            let saved = case
                .storage
                .update_store_from(by, Some(was.clone()), named(name));
            saved.await
        };
        save(&hala.scope, &old, "Linen").await.expect("saved");
        // A call that began before: its writing finds it changed.
        let refused = late(save(&noor.scope, &old, "Wool").await);
        assert_eq!(refused.changed_by(), None);
        let session = case.session(&noor.token).await.expect("signed in");
        let later = Scope::of_session(&session);
        let refused = late(save(&later, &old, "Wool").await);
        assert_eq!(refused.changed_by(), Some("Hala Owner"));
        assert_eq!(now(&refused), [("name", "\"Linen\"")]);
        save(&later, &named("Linen"), "Wool").await.expect("saved");
        let stores = case.storage.list_stores().await.expect("listed");
        assert_eq!(stores[0].name, "Wool");
    });
}

#[test]
fn of_two_who_save_one_rule_the_later_is_told() {
    on_both(async |case| {
        let (hala, noor) = two(&case).await;
        let first = case.save(rule(&case, "action:order.refunded", tag())).await;
        let named = |name: &str| FollowupRule {
            name: name.to_owned(),
            ..first.clone()
        };
        let save = async |by: &Member, was: u32, name: &str| {
            let saved = case
                .storage
                .save_rule_from(&by.scope, Some(was), named(name));
            saved.await
        };
        let saved = save(&hala, 1, "Refunds").await.expect("saved");
        assert_eq!(saved.version, 2);
        let refused = late(save(&noor, 1, "Money back").await);
        assert_eq!(refused.changed_by(), Some("Hala Owner"));
        assert_eq!(now(&refused), [("name", "\"Refunds\""), ("version", "2")]);
        let listed = case.storage.list_rules(&case.scope()).await;
        assert_eq!(listed.expect("listed"), [saved]);
        save(&noor, 2, "Money back").await.expect("saved");

        // What a program puts is the whole truth.
        let put = case.storage.save_rule(&hala.scope, named("Put")).await;
        assert_eq!(put.expect("saved").version, 4);
        let deleted = case.storage.delete_rule(&hala.scope, first.id).await;
        deleted.expect("deleted");
        let refused = late(save(&noor, 4, "Again").await);
        assert_eq!(refused.changed_by(), Some("Hala Owner"));
        assert!(now(&refused).is_empty());
        let restored = case.storage.restore_rule(&noor.scope, first.id, 2).await;
        assert_eq!(restored.expect("restored").version, 6);
        let refused = late(save(&hala, 4, "Again").await);
        assert_eq!(refused.changed_by(), Some("Noor Second"));
    });
}

#[test]
fn of_two_who_save_one_rule_at_once_one_is_told() {
    on_both(async |case| {
        let (hala, noor) = two(&case).await;
        let beside = case.reopened().await;
        let first = case.save(rule(&case, "action:order.refunded", tag())).await;
        let named = |name: &str| FollowupRule {
            name: name.to_owned(),
            ..first.clone()
        };
        let (one, other) = tokio::join!(
            case.storage
                .save_rule_from(&hala.scope, Some(1), named("One")),
            beside.save_rule_from(&noor.scope, Some(1), named("Other")),
        );
        let (saved, refused) = match one {
            Ok(saved) => (saved, other),
            refused => (other.expect("one is saved"), refused),
        };
        late(refused);
        let listed = case.storage.list_rules(&case.scope()).await;
        assert_eq!(listed.expect("listed"), [saved]);
    });
}

#[test]
fn of_two_who_save_one_template_the_later_is_told() {
    on_both(async |case| {
        let (hala, noor) = two(&case).await;
        let id = case.storage.new_rule_id();
        let text = |body: &str| Template {
            id,
            name: "Status".to_owned(),
            channel: None,
            subject: None,
            body: body.to_owned(),
            version: 0,
        };
        let save = async |by: &Member, was: &Template, body: &str| {
            let was = Some(was.clone());
            case.storage
                .save_template_from(&by.scope, was, text(body))
                .await
        };
        let put = async |body: &str| {
            let put = case.storage.save_template(&hala.scope, text(body)).await;
            put.expect("saved")
        };
        let first = put("Hello").await;
        let second = save(&hala, &first, "Good day").await.expect("saved");
        let refused = late(save(&noor, &first, "Hi").await);
        assert_eq!(refused.changed_by(), Some("Hala Owner"));
        let expected = [("body", "\"Good day\""), ("version", "2")];
        assert_eq!(now(&refused), expected);
        let third = save(&noor, &second, "Hi").await.expect("saved");
        assert_eq!((third.version, third.body.as_str()), (3, "Hi"));

        // What a program puts is the whole truth.
        let fourth = put("Put").await;
        assert_eq!(fourth.version, 4);
        let delete = async |by: &Member| {
            let deleted = case.storage.delete_template(&by.scope, fourth.id).await;
            deleted.expect("deleted");
        };
        delete(&noor).await;
        let refused = late(save(&hala, &fourth, "Again").await);
        assert_eq!(refused.changed_by(), Some("Noor Second"));
        assert!(now(&refused).is_empty());
        // Its version is that of the first one, and it is another one.
        assert_eq!(put("New").await.version, 1);
        let refused = late(save(&noor, &first, "Again").await);
        assert_eq!(refused.changed_by(), Some("Hala Owner"));
        assert_eq!(now(&refused), [("body", "\"New\"")]);
    });
}

#[test]
fn of_two_who_save_one_template_at_once_one_is_told() {
    on_both(async |case| {
        let (hala, noor) = two(&case).await;
        let beside = case.reopened().await;
        let id = case.storage.new_rule_id();
        let text = |body: &str| Template {
            id,
            name: "Status".to_owned(),
            channel: None,
            subject: None,
            body: body.to_owned(),
            version: 0,
        };
        let first = case.storage.save_template(&hala.scope, text("Hello")).await;
        let was = Some(first.expect("saved"));
        let (one, other) = tokio::join!(
            case.storage
                .save_template_from(&hala.scope, was.clone(), text("One")),
            beside.save_template_from(&noor.scope, was.clone(), text("Other")),
        );
        let (saved, refused) = match one {
            Ok(saved) => (saved, other),
            refused => (other.expect("one is saved"), refused),
        };
        late(refused);
        let listed = case.storage.list_templates(&case.scope()).await;
        assert_eq!(listed.expect("listed"), [saved]);
    });
}

#[test]
fn of_two_who_change_alarm_rules_the_later_is_told() {
    on_both(async |case| {
        let (hala, noor) = two(&case).await;
        let beside = case.reopened().await;
        let read = async || {
            let read = case.storage.alarm_settings(&case.scope()).await;
            read.expect("listed")
        };
        let with = |settings: &[AlarmSetting], at: usize| {
            let mut settings = settings.to_vec();
            settings[at].is_on = true;
            settings
        };
        let save = async |by: &Member, was: &Vec<AlarmSetting>, settings: Vec<AlarmSetting>| {
            let was = Some(was.clone());
            case.storage
                .save_alarm_settings_from(&by.scope, was, settings)
                .await
        };
        let first = read().await;
        let kept = save(&hala, &first, with(&first, 0)).await.expect("saved");
        assert_eq!(kept, with(&first, 0));
        let refused = late(save(&noor, &first, with(&first, 1)).await);
        assert_eq!(refused.changed_by(), Some("Hala Owner"));
        let told: Vec<&str> = refused.changed_to().map(|(rule, _)| rule).collect();
        assert_eq!(told, [first[0].rule.name()]);
        assert_eq!(read().await, kept);
        // Who wants what it is already has it.
        save(&noor, &first, with(&first, 0))
            .await
            .expect("no change");

        let (one, other) = tokio::join!(
            case.storage
                .save_alarm_settings_from(&hala.scope, Some(kept.clone()), with(&kept, 1)),
            beside.save_alarm_settings_from(&noor.scope, Some(kept.clone()), with(&kept, 2)),
        );
        let (saved, refused) = match one {
            Ok(saved) => (saved, other),
            refused => (other.expect("one is saved"), refused),
        };
        late(refused);
        assert_eq!(read().await, saved);
    });
}

#[test]
fn who_deletes_a_role_that_was_changed_meanwhile_is_told() {
    on_both(async |case| {
        let (hala, noor) = two(&case).await;
        let named = |name: &str| RoleInput {
            name: name.to_owned(),
            description: String::new(),
            access: Access {
                activity: ActivityAccess::All,
                messages: MessageAccess::Nothing,
                is_masked: false,
                permissions: PermissionSet::EMPTY,
            },
        };
        let made = case.storage.put_role(&hala.scope, None, named("Desk"));
        let id = made.await.expect("made").id;
        let renamed = case
            .storage
            .put_role(&hala.scope, Some(id.clone()), named("Front desk"));
        renamed.await.expect("renamed");
        let delete = async |was: &str| {
            let was = Some(named(was));
            case.storage.delete_role_from(&noor.scope, &id, was).await
        };
        let refused = late(delete("Desk").await);
        assert_eq!(refused.changed_by(), Some("Hala Owner"));
        assert_eq!(now(&refused), [("name", "\"Front desk\"")]);
        let there = case.storage.role_of_id(&case.scope(), &id).await;
        there.expect("still there");
        delete("Front desk").await.expect("deleted");
    });
}
