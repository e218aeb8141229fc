//! What rules are called and what they name, and what is read while no rule needs it.

use crate::harness::{Case, code, on_both};
use crate::rule_engine::{happened, rule, tag};
use domain::followup::{FollowupAction, FollowupRule, Template};
use domain::{Code, Role, RuleReference};
use storage::{Error, Storage};

fn template(case: &Case, name: &str) -> Template {
    Template {
        id: case.storage.new_rule_id(),
        name: name.to_owned(),
        channel: None,
        subject: None,
        body: "On its way, {{customer}}.".to_owned(),
        version: 0,
    }
}

fn answers(name: &str) -> FollowupAction {
    FollowupAction::SendTemplate {
        template: name.to_owned(),
    }
}

fn assigns(to: &str) -> FollowupAction {
    FollowupAction::Assign { to: to.to_owned() }
}

/// The fields that a refusal names.
fn fields<T: std::fmt::Debug>(refused: Result<T, Error>) -> Vec<String> {
    let Err(Error::Problem(problem)) = refused else {
        panic!("{refused:?}");
    };
    let wrong = problem.fields.into_iter();
    wrong.map(|f| format!("{} {}", f.pointer, f.code)).collect()
}

#[test]
fn of_several_rules_of_one_name_made_at_once_one_is_kept() {
    on_both(async |case| {
        let scope = case.scope();
        // On PostgreSQL they are two nodes.
        let other = case.reopened().await;
        let make = async |storage: &Storage| {
            let wanted = rule(&case, "action:order.refunded", tag());
            storage.save_rule(&scope, wanted).await
        };
        let (a, b, c, d) = tokio::join!(
            make(&case.storage),
            make(&other),
            make(&case.storage),
            make(&other)
        );
        let saved: Vec<_> = [a, b, c, d]
            .into_iter()
            .filter_map(|answer| match answer {
                Ok(saved) => Some(saved),
                refused => {
                    assert_eq!(code(refused), Code::Conflict);
                    None
                }
            })
            .collect();
        assert_eq!(saved.len(), 1);
        assert_eq!(
            case.storage.list_rules(&scope).await.expect("listed"),
            saved
        );
        // Who lost left no version behind, and the one that there is can be saved again under its name.
        let versions = case
            .tamper("UPDATE rule_version SET saved_at = saved_at")
            .await;
        assert_eq!(versions, 1);
        assert_eq!(case.save(saved[0].clone()).await.version, 2);
        case.verified().await;
    });
}

#[test]
fn a_rule_names_templates_and_colleagues_that_are_there() {
    on_both(async |case| {
        let scope = case.scope();
        let sara = case.member("Sara", Role::Manager).await;
        let late = template(&case, "Late");
        case.storage
            .save_template(&scope, late.clone())
            .await
            .expect("saved");
        let actions = vec![
            answers("Late"),
            answers("Lost"),
            assigns("Sara@MaisonNoor.example"),
            assigns("nobody@maisonnoor.example"),
        ];
        let wanted = rule(&case, "action:order.refunded", actions);
        let refused = case.storage.save_rule(&scope, wanted.clone()).await;
        assert_eq!(
            fields(refused),
            ["/actions/1/template not_found", "/actions/3/to not_found"]
        );
        let sound = FollowupRule {
            actions: vec![answers("Late"), assigns("Sara@MaisonNoor.example")],
            ..wanted
        };
        let saved = case.save(sound).await;
        assert!(case.rule_row(&saved).await.faults.is_empty());

        // What was removed since is a fault of the rule; it can still be changed and switched off.
        let gone = case.storage.delete_template(&scope, late.id).await;
        gone.expect("deleted");
        let gone = case.storage.remove_user(&scope, sara.id).await;
        gone.expect("removed");
        let faults = case.rule_row(&saved).await.faults;
        let places: Vec<_> = faults.iter().map(|f| f.pointer.as_str()).collect();
        assert_eq!(places, ["/actions/0/template", "/actions/1/to"]);
        let off = case.storage.switch_rule(&scope, saved.id, false).await;
        off.expect("switched off");
        let renamed = FollowupRule {
            name: "Watch refunds".to_owned(),
            ..saved.clone()
        };
        case.save(renamed).await;
        // Anew it can't be named: neither by another rule nor by this one once it names something else.
        let second = FollowupRule {
            id: case.storage.new_rule_id(),
            name: "Another".to_owned(),
            ..saved.clone()
        };
        let refused = case.storage.save_rule(&scope, second).await;
        assert_eq!(
            fields(refused),
            ["/actions/0/template not_found", "/actions/1/to not_found"]
        );
        let tags = FollowupRule {
            actions: tag(),
            ..saved.clone()
        };
        case.save(tags).await;
        let restored = case.storage.restore_rule(&scope, saved.id, 1).await;
        assert_eq!(code(restored), Code::InvalidFields);
    });
}

#[test]
fn a_rule_saved_while_its_template_is_deleted_names_one_that_is_there_or_is_refused() {
    on_both(async |case| {
        let scope = case.scope();
        let late = template(&case, "Late");
        let id = late.id;
        let made = case.storage.save_template(&scope, late).await;
        made.expect("saved");
        let wanted = rule(&case, "action:order.refunded", vec![answers("Late")]);
        let (deleted, saved) = tokio::join!(
            case.storage.delete_template(&scope, id),
            case.storage.save_rule(&scope, wanted)
        );
        deleted.expect("deleted");
        // Whichever came first: afterwards none can be named.
        if saved.is_err() {
            assert_eq!(fields(saved), ["/actions/0/template not_found"]);
        }
        let late = FollowupRule {
            name: "Later".to_owned(),
            ..rule(&case, "action:order.refunded", vec![answers("Late")])
        };
        let refused = case.storage.save_rule(&scope, late).await;
        assert_eq!(fields(refused), ["/actions/0/template not_found"]);
    });
}

#[test]
fn while_no_rule_looks_at_events_only_what_names_a_rule_is_read() {
    on_both(async |case| {
        case.record(vec![happened(&case, "order.refunded", "1")])
            .await;
        let mut by_shop = happened(&case, "order.refunded", "2");
        by_shop.rule = Some(RuleReference {
            id: Some("flow-7".to_owned()),
            name: "Refund flow".to_owned(),
        });
        case.record(vec![by_shop]).await;
        // What can't be read is no hindrance while nobody reads it.
        let spoilt = case
            .tamper(
                "UPDATE payload SET body = 'x' WHERE seq = (SELECT MIN(seq) FROM ledger WHERE kind = 'activity' \
                 AND order_key IN (SELECT order_key FROM activity WHERE subject_id = '1'))",
            )
            .await;
        assert_eq!(spoilt, 1);
        case.look().await;
        let counted = case.storage.list_reported_rules(&case.scope()).await;
        let counted = counted.expect("listed");
        assert_eq!(counted.len(), 1, "{counted:?}");
        assert_eq!(
            (counted[0].name.as_str(), counted[0].count),
            ("Refund flow", 1)
        );
        // A rule that is made now begins behind it: the place has moved on.
        let saved = case.save(rule(&case, "action:order.refunded", tag())).await;
        case.record(vec![happened(&case, "order.refunded", "3")])
            .await;
        case.look().await;
        assert_eq!(case.evaluated(&saved).await, 1);
    });
}

#[test]
fn a_trigger_that_can_no_longer_be_read_sets_nothing_off_and_holds_no_other_up() {
    on_both(async |case| {
        let broken = FollowupRule {
            name: "Broken".to_owned(),
            ..rule(&case, "action:order.completed", tag())
        };
        let broken = case.save(broken).await;
        let sound = case.save(rule(&case, "action:order.refunded", tag())).await;
        let text = "UPDATE rule_version SET definition = REPLACE(definition, 'action:order.completed', 'colour:red')";
        case.tamper(text).await;
        case.record(vec![
            happened(&case, "order.completed", "1"),
            happened(&case, "order.refunded", "2"),
            happened(&case, "order.refunded", "3"),
        ])
        .await;
        case.look().await;
        assert_eq!(case.evaluated(&broken).await, 0);
        assert_eq!(case.evaluated(&sound).await, 2);
    });
}

#[test]
fn an_event_that_can_no_longer_be_read_holds_no_other_up() {
    on_both(async |case| {
        let saved = case.save(rule(&case, "action:order.refunded", tag())).await;
        let told = case
            .record(vec![
                happened(&case, "order.refunded", "1"),
                happened(&case, "order.refunded", "2"),
            ])
            .await;
        let spoil = format!(
            "UPDATE payload SET body = 'x' WHERE seq = {}",
            told[0].seq.0
        );
        assert_eq!(case.tamper(&spoil).await, 1);
        case.look().await;
        assert_eq!(case.evaluated(&saved).await, 1);
    });
}
