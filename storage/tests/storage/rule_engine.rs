//! Rules for everything that happens: each event once, by the version that held, with what follows and why not.

use crate::harness::{Case, activity, code, on_both, reference};
use chrono::Duration;
use domain::followup::why::{ActionState, Step};
use domain::followup::{
    Condition, FollowupAction, FollowupRule, LoopGuard, Often, Template, Trigger,
};
use domain::view::{RuleRow, RuleWhy};
use domain::{Actor, ActorType, Change, Code, Reference, Role, RuleReference};
use serde_json::json;
use storage::{Error, Storage, Undone};

pub fn rule(case: &Case, query: &str, actions: Vec<FollowupAction>) -> FollowupRule {
    FollowupRule {
        id: case.storage.new_rule_id(),
        name: "Watch".to_owned(),
        is_enabled: true,
        is_dry: false,
        version: 0,
        trigger: Trigger::Event {
            query: query.to_owned(),
        },
        conditions: Vec::new(),
        actions,
    }
}

pub fn tag() -> Vec<FollowupAction> {
    vec![FollowupAction::TagOrder {
        tag: "seen".to_owned(),
    }]
}

pub fn query(text: &str) -> Condition {
    Condition::Query {
        query: text.to_owned(),
    }
}

pub fn order(number: &str) -> Reference {
    Reference {
        kind: "order".to_owned(),
        id: number.to_owned(),
        name: None,
    }
}

/// Something that happened to an order just now.
pub fn happened(case: &Case, action: &str, number: &str) -> domain::Activity {
    let mut activity = activity(action, 0);
    activity.occurred_at = case.ambient.clock.now();
    activity.subject = Some(order(number));
    activity
}

impl Case {
    pub async fn save(&self, rule: FollowupRule) -> FollowupRule {
        let saved = self.storage.save_rule(&self.scope(), rule).await;
        saved.expect("saved")
    }

    /// Evaluates what there is to evaluate.
    pub async fn look(&self) {
        look_with(&self.storage, self).await;
    }

    pub async fn evaluated(&self, rule: &FollowupRule) -> usize {
        let scope = self.scope();
        let found = self
            .storage
            .list_rule_evaluations(&scope, rule.id, 200)
            .await;
        found.expect("listed").len()
    }

    /// Does what is due; answers how many actions there were.
    pub async fn do_rule_actions(&self) -> usize {
        let lease = Duration::minutes(1);
        let jobs = self
            .storage
            .claim_rule_actions(50, lease)
            .await
            .expect("claimed");
        for job in &jobs {
            if let Err(undone) = self.storage.perform_rule_action(job).await.expect("tried") {
                self.storage
                    .postpone_rule_action(job, &undone)
                    .await
                    .expect("put back");
            }
        }
        jobs.len()
    }

    pub async fn why(&self, rule: &FollowupRule, subject: &Reference) -> RuleWhy {
        let found = self.storage.why_rule(&self.scope(), rule.id, subject).await;
        found.expect("answered")
    }

    pub async fn rule_row(&self, rule: &FollowupRule) -> RuleRow {
        let rows = self
            .storage
            .list_rule_rows(&self.scope())
            .await
            .expect("listed");
        let mut rows = rows.into_iter();
        rows.find(|row| row.rule.id == rule.id).expect("there")
    }
}

async fn look_with(storage: &Storage, case: &Case) {
    while storage
        .evaluate_events(&case.store, 0)
        .await
        .expect("evaluated")
        .1
    {}
}

#[test]
fn each_event_is_evaluated_once_whoever_dies_or_looks_at_the_same_time() {
    on_both(async |case| {
        let saved = case.save(rule(&case, "action:order.refunded", tag())).await;
        let events = (1..=20).map(|n| happened(&case, "order.refunded", &n.to_string()));
        case.record(events.collect()).await;
        case.record(vec![happened(&case, "order.completed", "1")])
            .await;
        // Nobody looked before the process died; two look afterwards.
        let other = case.reopened().await;
        tokio::join!(look_with(&other, &case), look_with(&case.storage, &case));
        assert_eq!(case.evaluated(&saved).await, 20);
        case.look().await;
        assert_eq!(case.evaluated(&saved).await, 20);
        let scope = case.scope();
        assert_eq!(case.do_rule_actions().await, 20);
        assert_eq!(case.do_rule_actions().await, 0);
        assert_eq!(
            case.all_rows(&scope, "action:tag.applied", 50).await.len(),
            20
        );
        let row = case.rule_row(&saved).await;
        assert_eq!((row.fired, row.skipped), (20, 0));
        case.verified().await;
    });
}

#[test]
fn an_event_is_judged_by_the_version_that_held_when_it_was_recorded() {
    on_both(async |case| {
        let scope = case.scope();
        case.record(vec![happened(&case, "order.refunded", "1")])
            .await;
        let first = case.save(rule(&case, "action:order.refunded", tag())).await;
        case.record(vec![happened(&case, "order.refunded", "2")])
            .await;
        case.storage
            .switch_rule(&scope, first.id, false)
            .await
            .expect("off");
        case.record(vec![happened(&case, "order.refunded", "3")])
            .await;
        let third = FollowupRule {
            is_dry: true,
            ..first.clone()
        };
        case.save(third).await;
        case.record(vec![happened(&case, "order.refunded", "4")])
            .await;
        case.look().await;
        let before = case.why(&first, &order("1")).await.answer;
        assert_eq!(before.steps.last(), Some(&Step::NoRuleYet));
        let fired = case.why(&first, &order("2")).await.answer;
        assert!(fired.is_fired && !fired.is_done, "{fired:?}");
        let off = case.why(&first, &order("3")).await.answer;
        let is_off = matches!(off.steps.last(), Some(Step::Off { version: 2, .. }));
        assert!(is_off, "{off:?}");
        let dry = case.why(&first, &order("4")).await.answer;
        assert_eq!(dry.steps.last(), Some(&Step::Dry));
        let never = case.why(&first, &order("5")).await.answer;
        assert_eq!(never.steps, [Step::NothingKnown]);
        assert_eq!(case.do_rule_actions().await, 1);
        assert!(case.why(&first, &order("2")).await.answer.is_done);
        let versions = case
            .storage
            .list_rule_versions(&scope, first.id)
            .await
            .expect("listed");
        assert_eq!(
            versions.iter().map(|v| v.version).collect::<Vec<_>>(),
            [3, 2, 1]
        );
        let restored = case
            .storage
            .restore_rule(&scope, first.id, 1)
            .await
            .expect("restored");
        assert!(restored.version == 4 && restored.is_enabled && !restored.is_dry);
        case.storage
            .delete_rule(&scope, first.id)
            .await
            .expect("deleted");
        case.record(vec![happened(&case, "order.refunded", "6")])
            .await;
        case.look().await;
        let gone = case.why(&first, &order("6")).await.answer;
        assert_eq!(gone.steps.last(), Some(&Step::Deleted));
        let again = case
            .storage
            .restore_rule(&scope, first.id, 4)
            .await
            .expect("restored");
        assert_eq!(again.version, 6);
    });
}

#[test]
fn actions_are_done_once_and_those_out_of_tries_wait_for_a_person() {
    on_both(async |case| {
        let scope = case.scope();
        case.customer("c_1", "Noura", "noura@mail.example", "+966551234567")
            .await;
        case.order("1042", "c_1", None).await;
        case.member("Sara", Role::Manager).await;
        let template = Template {
            id: case.storage.new_rule_id(),
            name: "Sorry".to_owned(),
            channel: None,
            subject: None,
            body: "Dear {{customer}}, {{order}}".to_owned(),
            version: 0,
        };
        let kept = case
            .storage
            .save_template(&scope, template)
            .await
            .expect("saved");
        let actions = vec![
            FollowupAction::Assign {
                to: "sara@maisonnoor.example".to_owned(),
            },
            FollowupAction::SendTemplate {
                template: "Sorry".to_owned(),
            },
            FollowupAction::OpenOperation {
                name: "Look".to_owned(),
            },
        ];
        let saved = case
            .save(rule(&case, "action:order.refunded", actions))
            .await;
        assert!(case.rule_row(&saved).await.faults.is_empty());
        case.record(vec![happened(&case, "order.refunded", "1042")])
            .await;
        case.look().await;
        assert_eq!(case.do_rule_actions().await, 3);
        let claimed = case.claim().await;
        assert_eq!(claimed[0].message.text.as_deref(), Some("Dear Noura, 1042"));
        let orders = case
            .storage
            .list_orders(&scope, "", None, 10)
            .await
            .expect("listed");
        assert_eq!(
            orders.rows[0].assigned_to.as_deref(),
            Some("sara@maisonnoor.example")
        );
        assert_eq!(case.count(&scope, "action:operation.started").await, 1);
        assert_eq!(case.count(&scope, "action:rule.acted").await, 3);
        assert!(case.why(&saved, &order("1042")).await.answer.is_done);

        // A rule whose template is gone says so, and its action waits for a person.
        case.storage
            .delete_template(&scope, kept.id)
            .await
            .expect("deleted");
        assert_eq!(
            case.rule_row(&saved).await.faults[0].pointer,
            "/actions/1/template"
        );
        case.record(vec![happened(&case, "order.refunded", "1042")])
            .await;
        case.look().await;
        assert_eq!(case.do_rule_actions().await, 3);
        let dead = case
            .storage
            .list_rule_actions(&scope, Some(saved.id))
            .await
            .expect("listed");
        assert_eq!(dead.len(), 1);
        assert!(dead[0].state == ActionState::Dead && dead[0].due_at.is_none());
        assert!(
            dead[0]
                .error
                .as_deref()
                .is_some_and(|why| why.contains("Sorry")),
            "{dead:?}"
        );
        let answer = case.why(&saved, &order("1042")).await.answer;
        assert!(answer.is_fired && !answer.is_done);
        case.storage
            .retry_rule_action(&scope, dead[0].id)
            .await
            .expect("retried");
        assert_eq!(case.do_rule_actions().await, 1);
        case.storage
            .discard_rule_action(&scope, dead[0].id)
            .await
            .expect("discarded");
        let left = case
            .storage
            .list_rule_actions(&scope, None)
            .await
            .expect("listed");
        assert!(left.is_empty());
        let gone = case.storage.retry_rule_action(&scope, dead[0].id).await;
        assert_eq!(code(gone), Code::NotFound);
    });
}

#[test]
fn a_failed_try_is_tried_again_by_the_plan_until_its_tries_are_out() {
    on_both(async |case| {
        let scope = case.scope();
        let alarm = vec![FollowupAction::Alarm {
            text: "Look".to_owned(),
        }];
        case.save(rule(&case, "action:order.refunded", alarm)).await;
        case.record(vec![happened(&case, "order.refunded", "1")])
            .await;
        case.look().await;
        let lease = Duration::minutes(1);
        for tries in 1..=9 {
            let jobs = case
                .storage
                .claim_rule_actions(5, lease)
                .await
                .expect("claimed");
            assert_eq!((jobs.len(), jobs[0].tries), (1, tries));
            let undone = Undone::later("503");
            let next = case.storage.postpone_rule_action(&jobs[0], &undone).await;
            let next = next.expect("put back");
            assert_eq!(next.is_some(), tries < 9);
            let again = case
                .storage
                .claim_rule_actions(5, lease)
                .await
                .expect("claimed");
            assert!(again.is_empty(), "not before its time");
            let row = &case
                .storage
                .list_rule_actions(&scope, None)
                .await
                .expect("listed")[0];
            assert_eq!(
                (row.due_at, row.tries, row.error.as_deref()),
                (next, tries, Some("503"))
            );
            case.pass(Duration::days(1));
        }
        let row = &case
            .storage
            .list_rule_actions(&scope, None)
            .await
            .expect("listed")[0];
        assert_eq!(row.state, ActionState::Dead);
        assert_eq!(case.count(&scope, "action:rule.action_failed").await, 9);
    });
}

#[test]
fn rules_do_not_run_in_circles() {
    on_both(async |case| {
        let saved = case
            .save(rule(&case, "action:order.completed", tag()))
            .await;
        let guard_of = async |case: &Case| {
            let found = case
                .storage
                .list_evaluations(&case.scope(), 1)
                .await
                .expect("listed");
            found[0].evaluation.guard.clone()
        };
        // What it caused itself does not set it off.
        let mut own = happened(&case, "order.completed", "1");
        own.rule = Some(RuleReference {
            id: Some(saved.id.to_string()),
            name: saved.name.clone(),
        });
        case.record(vec![own]).await;
        case.look().await;
        assert_eq!(guard_of(&case).await, Some(LoopGuard::Own));
        // Another automation answers each firing, in the same trace.
        let mut fired = 0;
        for _ in 0..8 {
            let mut echo = happened(&case, "order.completed", "2");
            echo.origin.trace_id = Some("t_1".to_owned());
            echo.actor = Actor {
                kind: ActorType::Rule,
                id: Some("of-the-shop".to_owned()),
                ..Actor::system()
            };
            case.record(vec![echo]).await;
            case.look().await;
            fired += u32::from(guard_of(&case).await.is_none());
        }
        assert_eq!(fired, domain::followup::MOST_DEPTH);
        assert!(matches!(
            guard_of(&case).await,
            Some(LoopGuard::TooDeep { .. })
        ));
        // Without a trace the rate ends it.
        let many = (0..30).map(|_| happened(&case, "order.completed", "3"));
        case.record(many.collect()).await;
        case.look().await;
        assert_eq!(
            case.rule_row(&saved).await.fired,
            u64::from(fired) + domain::followup::MOST_FIRINGS_AN_HOUR
        );
        case.pass(Duration::hours(2));
        case.record(vec![happened(&case, "order.completed", "3")])
            .await;
        case.look().await;
        assert_eq!(guard_of(&case).await, None);
    });
}

#[test]
fn a_trial_counts_what_would_have_happened_and_does_nothing() {
    on_both(async |case| {
        let scope = case.scope();
        let customer = reference("customer", "c_1", "Hala Nasser");
        for number in 0..5 {
            let mut event = happened(&case, "order.refunded", &number.to_string());
            event.related = vec![reference("coupon", "VIP", "VIP"), customer.clone()];
            if number % 2 == 0 {
                event.changes = vec![Change {
                    field: "total".to_owned(),
                    before: json!(2),
                    after: json!(1),
                }];
            }
            case.record(vec![event]).await;
        }
        let mut wanted = rule(&case, "action:order.refunded", tag());
        wanted.conditions = vec![query("has:changes")];
        let trial = case
            .storage
            .try_rule(&scope, &wanted, 7)
            .await
            .expect("tried");
        assert_eq!((trial.looked_at, trial.fired), (5, 3));
        assert_eq!((trial.examples.len(), trial.misses.len()), (3, 2));
        assert!(trial.examples[0].at > trial.examples[1].at && !trial.has_more);
        assert_eq!(trial.examples[0].about, [order("4"), customer]);
        let schedule = FollowupRule {
            trigger: Trigger::Schedule {
                schedule: Often::Day { at: 9 * 60 },
            },
            actions: vec![FollowupAction::Alarm {
                text: "x".to_owned(),
            }],
            ..wanted.clone()
        };
        let trial = case
            .storage
            .try_rule(&scope, &schedule, 7)
            .await
            .expect("tried");
        assert_eq!(trial.looked_at, 7);
        assert!(
            case.storage
                .list_rules(&scope)
                .await
                .expect("listed")
                .is_empty()
        );
        let broken = FollowupRule {
            conditions: vec![query("colour:red"), query("")],
            ..wanted
        };
        let tried = case.storage.try_rule(&scope, &broken, 7).await;
        let saved = case.storage.save_rule(&scope, broken).await.map(drop);
        for refused in [tried.map(drop), saved] {
            let Err(Error::Problem(problem)) = refused else {
                panic!("not refused");
            };
            let places: Vec<_> = problem.fields.iter().map(|f| f.pointer.as_str()).collect();
            assert_eq!(places, ["/conditions/0/query", "/conditions/1/query"]);
        }
    });
}

#[test]
fn the_shops_own_rules_are_counted_and_ours_are_not() {
    on_both(async |case| {
        let saved = case.save(rule(&case, "action:order.refunded", tag())).await;
        for number in 0..3 {
            let mut event = happened(&case, "order.refunded", &number.to_string());
            event.rule = Some(RuleReference {
                id: Some("flow-7".to_owned()),
                name: "Refund flow".to_owned(),
            });
            case.record(vec![event]).await;
        }
        case.look().await;
        case.do_rule_actions().await;
        case.look().await;
        let rules = case
            .storage
            .list_reported_rules(&case.scope())
            .await
            .expect("listed");
        assert_eq!(rules.len(), 1, "{rules:?}");
        assert_eq!((rules[0].name.as_str(), rules[0].count), ("Refund flow", 3));
        assert_eq!(case.rule_row(&saved).await.fired, 3);
    });
}

#[test]
fn who_may_not_manage_rules_sees_and_does_nothing() {
    on_both(async |case| {
        let saved = case.save(rule(&case, "action:order.refunded", tag())).await;
        for member in case.one_of_each_role().await {
            let scope = &member.scope;
            let may = scope.role().may(domain::Permission::ManageRules);
            let denied = |found: Result<(), Error>| match found {
                Ok(()) => assert!(may, "{}", member.session.role),
                Err(error) => {
                    assert!(!may, "{}: {error:?}", member.session.role);
                    assert_eq!(code(Err::<(), _>(error)), Code::Forbidden);
                }
            };
            let storage = &case.storage;
            denied(storage.list_rule_rows(scope).await.map(drop));
            denied(storage.list_rule_actions(scope, None).await.map(drop));
            denied(storage.list_reported_rules(scope).await.map(drop));
            denied(storage.list_rule_versions(scope, saved.id).await.map(drop));
            denied(
                storage
                    .why_rule(scope, saved.id, &order("1"))
                    .await
                    .map(drop),
            );
            denied(storage.try_rule(scope, &saved, 7).await.map(drop));
            denied(storage.restore_rule(scope, saved.id, 1).await.map(drop));
        }
    });
}
