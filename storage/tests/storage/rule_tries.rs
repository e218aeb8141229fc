//! What stands beside an action: the plan of its tries, those that failed, and its editing while it waits.

use crate::harness::{Case, code, on_both};
use crate::message_kit::inbound;
use crate::rule_engine::{happened, rule};
use chrono::Duration;
use domain::Code;
use domain::followup::why::ActionState;
use domain::followup::{FollowupAction, FollowupRule, Trigger, plan};
use domain::message::Channel;
use domain::view::RuleActionRow;
use storage::{Error, Undone, WebhookResult};
use uuid::Uuid;

fn alarm(text: &str) -> FollowupAction {
    FollowupAction::Alarm {
        text: text.to_owned(),
    }
}

fn call(url: &str) -> FollowupAction {
    FollowupAction::CallWebhook {
        url: url.to_owned(),
    }
}

/// The action that names or says this.
async fn saying(case: &Case, value: &str) -> RuleActionRow {
    let rows = case.storage.list_rule_actions(&case.scope(), None).await;
    let mut rows = rows.expect("listed").into_iter();
    let found = rows.find(|row| row.value.as_deref() == Some(value));
    found.expect("it is listed")
}

/// What it was told of its tries: their numbers and errors.
fn told(row: &RuleActionRow) -> Vec<(u32, &str)> {
    let attempts = row.attempts.iter();
    attempts
        .map(|attempt| (attempt.number, attempt.error.as_str()))
        .collect()
}

/// Takes all that is due and has each fail: `first`, and the others otherwise.
async fn fail(case: &Case, first: &str, undone: &Undone) {
    let jobs = case.storage.claim_rule_actions(5, Duration::minutes(1));
    for job in jobs.await.expect("claimed") {
        let other = Undone::later("something else");
        let is_first = job.task.action.value() == Some(first);
        let why = if is_first { undone } else { &other };
        let put_back = case.storage.postpone_rule_action(&job, why).await;
        put_back.expect("put back");
    }
}

async fn edit(case: &Case, id: Uuid, value: &str) -> Result<(), Error> {
    let scope = case.scope();
    let action = case.storage.rule_action_with(&scope, id, value).await?;
    case.storage.edit_rule_action(&scope, id, action).await
}

#[test]
fn beside_the_next_try_stand_what_follows_it_and_what_failed_before() {
    on_both(async |case| {
        let actions = vec![alarm("Look"), alarm("See")];
        case.save(rule(&case, "action:order.refunded", actions))
            .await;
        case.record(vec![happened(&case, "order.refunded", "1")])
            .await;
        case.look().await;
        let new = saying(&case, "Look").await;
        assert_eq!((new.tries, new.is_under_way), (0, false));
        assert!(
            new.plan == plan::WAITS && new.attempts.is_empty(),
            "{new:?}"
        );

        // The try that is under way is not over: the same is left.
        let lease = Duration::minutes(1);
        let jobs = case.storage.claim_rule_actions(5, lease).await;
        let taken = saying(&case, "Look").await;
        assert_eq!((taken.tries, taken.is_under_way), (1, true));
        assert_eq!(taken.plan, plan::WAITS);
        for job in jobs.expect("claimed") {
            let why = match job.task.action.value() {
                Some("Look") => Undone::later("503"),
                _ => Undone::later("something else"),
            };
            let put_back = case.storage.postpone_rule_action(&job, &why).await;
            put_back.expect("put back");
        }
        let once = saying(&case, "Look").await;
        assert!(!once.is_under_way && once.due_at.is_some());
        assert_eq!(once.plan, plan::WAITS[1..]);
        assert_eq!(told(&once), [(1, "503")]);
        case.pass(Duration::minutes(1));
        fail(&case, "Look", &Undone::later("504")).await;
        let twice = saying(&case, "Look").await;
        assert_eq!(twice.plan, plan::WAITS[2..]);
        assert_eq!(told(&twice), [(1, "503"), (2, "504")]);
        assert!(twice.attempts[0].at < twice.attempts[1].at, "{twice:?}");
        case.pass(Duration::hours(1));
        fail(&case, "Look", &Undone::never("410")).await;
        let dead = saying(&case, "Look").await;
        assert_eq!((dead.state, dead.due_at), (ActionState::Dead, None));
        assert!(dead.plan.is_empty());
        let all = [(1, "503"), (2, "504"), (3, "410")];
        assert_eq!(told(&dead), all);
        // What was retried still tells of what failed before.
        let retried = case.storage.retry_rule_action(&case.scope(), dead.id).await;
        retried.expect("retried");
        let again = saying(&case, "Look").await;
        assert_eq!((again.tries, &again.plan[..]), (0, &plan::WAITS[..]));
        assert_eq!(told(&again), all);
        case.verified().await;
    });
}

#[test]
fn the_call_of_a_message_that_has_a_subject_is_listed_with_its_tries() {
    on_both(async |case| {
        let scope = case.scope();
        let by_message = FollowupRule {
            trigger: Trigger::Message,
            ..rule(&case, "", vec![call("https://hooks.example/x")])
        };
        case.save(by_message).await;
        let mut came = inbound(&case, Channel::Email, "who@mail.example", "where?", "a@x");
        came.subject = Some("My parcel".to_owned());
        let came = case.storage.receive_message(&scope, came, Vec::new(), None);
        let id = came.await.expect("received").id;
        let judged = case.storage.evaluate_followups(&scope, id).await;
        assert!(judged.expect("evaluated")[0].is_fired());
        let new = saying(&case, "https://hooks.example/x").await;
        assert_eq!(new.plan, plan::CALL_WAITS);
        let about = new.subject.as_ref().expect("the message");
        assert_eq!(about.id, id.to_string());

        let lease = Duration::minutes(1);
        let claimed = case.storage.claim_webhooks(5, lease).await;
        let first = claimed.expect("claimed").remove(0);
        let failed = WebhookResult::Failed {
            why: "503".to_owned(),
            retry_at: case.ambient.clock.now() + Duration::seconds(5),
        };
        let settled = case.storage.settle_webhook(&first, failed).await;
        settled.expect("put back");
        let waits = saying(&case, "https://hooks.example/x").await;
        assert_eq!(waits.plan, plan::CALL_WAITS[1..]);
        assert_eq!(told(&waits), [(1, "503")]);
        // Given up, it waits for a person and is not lost.
        case.pass(Duration::minutes(1));
        let claimed = case.storage.claim_webhooks(5, lease).await;
        let second = claimed.expect("claimed").remove(0);
        let given_up = WebhookResult::GivenUp {
            why: "410".to_owned(),
        };
        let settled = case.storage.settle_webhook(&second, given_up).await;
        settled.expect("kept");
        let dead = saying(&case, "https://hooks.example/x").await;
        assert_eq!(dead.state, ActionState::Dead);
        assert_eq!(told(&dead), [(1, "503"), (2, "410")]);
    });
}

#[test]
fn calls_and_actions_are_taken_past_receivers_and_firings_that_are_busy() {
    on_both(async |case| {
        let slow = "https://slow.example";
        let actions = vec![
            call("https://slow.example/x"),
            call("https://slow.example?x=1"),
            call("https://slow.example.net/x"),
            alarm("Look"),
            alarm("Look again"),
        ];
        case.save(rule(&case, "action:order.refunded", actions))
            .await;
        case.record(vec![happened(&case, "order.refunded", "1")])
            .await;
        case.look().await;
        let lease = Duration::minutes(1);
        let busy = [slow.to_owned()];
        let others = case.storage.claim_webhooks_of_others(&busy, 5, lease).await;
        let others = others.expect("claimed");
        assert_eq!(others.len(), 1);
        assert_eq!(others[0].receiver(), "https://slow.example.net");
        let rest = case.storage.claim_webhooks(5, lease).await;
        let rest = rest.expect("claimed");
        let called: Vec<&str> = rest.iter().map(|job| job.receiver()).collect();
        assert_eq!(called, [slow, slow]);

        case.pass(Duration::seconds(1));
        let first = case.storage.claim_rule_actions(1, lease).await;
        let first = first.expect("claimed");
        assert_eq!(first[0].task.action, alarm("Look"));
        let firing = [first[0].entry.expect("it is known")];
        let storage = &case.storage;
        let behind = storage.claim_rule_actions_of_others(&firing, 5, lease);
        assert!(behind.await.expect("claimed").is_empty(), "in their order");
        case.record(vec![happened(&case, "order.refunded", "2")])
            .await;
        case.look().await;
        case.pass(Duration::seconds(1));
        let other = storage.claim_rule_actions_of_others(&firing, 5, lease);
        let other = other.await.expect("claimed");
        assert_eq!(other.len(), 2);
        assert!(other.iter().all(|job| job.entry != first[0].entry));
    });
}

#[test]
fn what_waits_is_edited_and_not_while_it_is_being_tried() {
    on_both(async |case| {
        let scope = case.scope();
        let (old, new) = ("https://hooks.example/old", "https://hooks.example/new");
        let actions = vec![alarm("Look"), call(old)];
        case.save(rule(&case, "action:order.refunded", actions))
            .await;
        case.record(vec![happened(&case, "order.refunded", "1")])
            .await;
        case.look().await;
        let (alarmed, called) = (saying(&case, "Look").await, saying(&case, old).await);
        // Who read them before a worker took them is refused too, and nothing is changed.
        let read = case
            .storage
            .rule_action_with(&scope, alarmed.id, "See")
            .await;
        let read = read.expect("it waits");
        let lease = Duration::minutes(1);
        let jobs = case.storage.claim_rule_actions(5, lease).await;
        let jobs = jobs.expect("claimed");
        let calls = case.storage.claim_webhooks(5, lease).await;
        let calls = calls.expect("claimed");
        let late = case
            .storage
            .edit_rule_action(&scope, alarmed.id, read)
            .await;
        assert_eq!(code(late), Code::Conflict);
        for (id, value) in [(alarmed.id, "See"), (called.id, new)] {
            assert_eq!(code(edit(&case, id, value).await), Code::Conflict);
        }
        assert!(saying(&case, "Look").await.is_under_way);

        let undone = Undone::later("503");
        let put_back = case.storage.postpone_rule_action(&jobs[0], &undone).await;
        put_back.expect("put back").expect("it is tried again");
        let failed = WebhookResult::Failed {
            why: "503".to_owned(),
            retry_at: case.ambient.clock.now() + Duration::hours(1),
        };
        let settled = case.storage.settle_webhook(&calls[0], failed).await;
        settled.expect("put back");
        let unsound = case.storage.rule_action_with(&scope, called.id, "ftp://x");
        assert_eq!(code(unsound.await), Code::InvalidFields);
        for (id, value) in [(alarmed.id, "See"), (called.id, new)] {
            edit(&case, id, value).await.expect("edited");
            let row = saying(&case, value).await;
            assert_eq!((row.id, row.tries), (id, 0));
            assert!(row.due_at.is_some_and(|at| at <= case.ambient.clock.now()));
            assert_eq!(row.attempts.len(), 1, "what failed before is still told");
        }
        // It is tried at once, as it was edited and under its own id.
        let jobs = case.storage.claim_rule_actions(5, lease).await;
        let jobs = jobs.expect("claimed");
        assert_eq!((jobs[0].id, jobs[0].tries), (alarmed.id, 1));
        assert_eq!(jobs[0].task.action, alarm("See"));
        let again = case.storage.claim_webhooks(5, lease).await;
        let again = again.expect("claimed").remove(0);
        assert_eq!((again.id, again.url.as_str()), (called.id, new));
        assert_eq!((again.tries, &again.body), (1, &calls[0].body));
        assert_eq!(case.count(&scope, "action:rule.action_retried").await, 2);
        case.verified().await;
    });
}
