//! The sample store: when its people came; and removing it: what it held is gone, what proves that it was there stays.

use crate::harness::{Case, activity, code, on_both, on_sqlite, record_in, reference, until};
use crate::people::new_user;
use chrono::Duration;
use domain::followup::{Condition, FollowupAction, FollowupRule, Template, Trigger};
use domain::hook::{FailureCause, HookResult, HookState};
use domain::view::StoreView;
use domain::{
    Activity, ActivityId, Actor, Code, ConnectionId, HookId, Origin, Outcome, Role, RuleId,
};
use sea_orm::{ConnectionTrait as _, Statement, TransactionTrait as _};
use serde_json::json;
use storage::record::Record;
use storage::{
    HookFilter, SampleArrival, SampleConnection, SampleCourse, SampleHook, SamplePast,
    SampleVersion, Scope, Storage,
};
use uuid::Uuid;

/// What stands nowhere but in the sample.
const SECRETS: [&str; 9] = [
    "Velvet kaftan",
    "noura.sample",
    "Noura Alsample",
    "نوره الفيصل",
    "Delivery to Olaya tower",
    "gift-wrapped in indigo",
    "198.51.100.77",
    "samplebrowser",
    "Card of the sample declined",
];

fn sample_activity(minutes: i64) -> Activity {
    let mut item = activity("customer.updated", minutes);
    item.actor.name = Some(SECRETS[2].to_owned());
    item.actor.email = Some(format!("{}@x.example", SECRETS[1]));
    item.subject = Some(reference("customer", &format!("c_{minutes}"), SECRETS[3]));
    item.description = Some(format!("{} {minutes}", SECRETS[4]));
    item.origin.ip = Some(SECRETS[6].parse().expect("an address"));
    item.origin.user_agent = Some(SECRETS[7].to_owned());
    item.details = Some(json!({"note": SECRETS[5], "product": SECRETS[0]}));
    item
}

/// Fills the sample beside the case's own store; returns how many ledger entries the sample has.
async fn fill(case: &Case, sample: &StoreView) -> u64 {
    let scope = Scope::system("test", sample.clone());
    for part in 0..12 {
        let batch = (0..60).map(|n| sample_activity(part * 60 + n)).collect();
        record_in(&case.storage, &scope, batch).await;
        case.record(vec![activity("product.updated", part * 60)])
            .await;
    }
    let mut pending = sample_activity(900);
    pending.outcome = Outcome::Pending;
    let id = ActivityId(record_in(&case.storage, &scope, vec![pending]).await[0].id);
    let ended = Record::Outcome {
        activity: id,
        outcome: Outcome::Failed,
        error: Some(SECRETS[8].to_owned()),
        occurred_at: crate::harness::start() + chrono::Duration::minutes(901),
    };
    case.storage
        .recorder()
        .record(&scope, vec![ended], None)
        .await
        .expect("ended");
    // Store created, 720 entries, one pending, its end.
    723
}

/// How many rows of a table belong to a store.
pub async fn rows_of(case: &Case, table: &str, store: &StoreView) -> i64 {
    let raw = case.raw().await;
    let text = format!(
        "SELECT COUNT(*) FROM {table} WHERE store_id = {}",
        store.id.0
    );
    let statement = Statement::from_string(raw.get_database_backend(), text);
    let row = raw.query_one_raw(statement).await.expect("it runs");
    raw.close().await.expect("closed");
    row.expect("a row").try_get_by_index(0).expect("a number")
}

const TABLES: [&str; 12] = [
    "activity",
    "hour_count",
    "term",
    "actor_key",
    "actor",
    "action",
    "sales_order",
    "customer",
    "customer_word",
    "session",
    "api_key",
    "membership",
];

async fn removed(case: &Case, sample: &StoreView) {
    until("the sample's rows are gone", async || {
        for table in TABLES {
            if rows_of(case, table, sample).await > 0 {
                return false;
            }
        }
        true
    })
    .await;
}

#[test]
fn the_removed_sample_is_out_of_sight_and_the_rest_untouched() {
    on_both(async |case| {
        let sample = case.sample().await;
        let entries = fill(&case, &sample).await;
        let scope = Scope::system("test", sample.clone());
        let kept = case.all_rows(&case.scope(), "", 50).await;
        let before = case.verified().await;
        case.storage.remove_sample(&scope).await.expect("removed");

        let stores = case.storage.list_stores().await.expect("listed");
        assert_eq!(stores, std::slice::from_ref(&case.store));
        removed(&case, &sample).await;
        for secret in SECRETS {
            let q = format!("\"{secret}\"");
            assert!(case.all_rows(&scope, &q, 50).await.is_empty(), "{secret}");
            assert!(case.all_rows(&case.scope(), &q, 50).await.is_empty());
        }
        assert!(case.all_rows(&scope, "", 50).await.is_empty());
        assert_eq!(case.all_rows(&case.scope(), "", 50).await, kept);
        // One entry more: the erasure, which names what it erased.
        assert_eq!(case.verified().await, (before.0 + 1, entries));
        // Each number stays taken.
        let next = case.record(vec![activity("product.updated", 1)]).await;
        assert_eq!(next[0].seq.0.unsigned_abs(), before.0 + 2);
        let another = case.sample().await;
        assert!(another.id > sample.id);
    });
}

#[test]
fn people_of_the_sample_arrive_in_its_past_and_in_no_other() {
    on_both(async |case| {
        let sample = case.sample().await;
        let guest = Scope::system("test", sample.clone());
        let arrival = SampleArrival {
            at: crate::harness::start() - Duration::days(120),
            by: guest.actor(),
            origin: Origin::default(),
        };
        let (storage, user) = (&case.storage, new_user("Noura Alsample"));
        let own = case.scope();
        let elsewhere = storage.add_sample_user(&own, user.clone(), Role::Admin, arrival.clone());
        assert_eq!(code(elsewhere.await), Code::Conflict);
        let at = arrival.at;
        let added = storage.add_sample_user(&guest, user, Role::Admin, arrival);
        added.await.expect("added");
        let rows = case.all_rows(&guest, "action:user.invited", 50).await;
        assert_eq!(rows[0].occurred_at, at);
        // It stands out on the day on which it was, as with anybody, and on no other.
        let found = async |days| storage.findings(&guest, days).await.expect("read").len();
        assert_eq!((found(7).await, found(200).await), (0, 1));
        let today = storage.add_user(&guest, new_user("Omar Khalil"), Role::Admin);
        today.await.expect("added");
        assert_eq!((found(7).await, found(200).await), (1, 2));
    });
}

#[test]
fn nothing_of_the_sample_is_left_in_the_files() {
    on_both(async |case| {
        let sample = case.sample().await;
        let guest = Scope::system("test", sample.clone());
        case.storage
            .add_user(&guest, new_user(SECRETS[2]), Role::Admin)
            .await
            .expect("added");
        fill(&case, &sample).await;
        let (_, secret) = case
            .storage
            .create_key(&guest, crate::people::new_key(SECRETS[0], Role::Admin))
            .await
            .expect("a key");
        case.storage.remove_sample(&guest).await.expect("removed");
        removed(&case, &sample).await;
        assert!(case.granted(&secret).await.is_none());
        if case.is_sqlite() {
            case.storage.close().await.expect("closed");
            let path = case.url.trim_start_matches("sqlite://");
            for ending in ["", "-wal"] {
                let bytes = std::fs::read(format!("{path}{ending}")).unwrap_or_default();
                for secret in SECRETS {
                    for text in [secret.to_owned(), domain::fold(secret)] {
                        let found = bytes.windows(text.len()).any(|at| at == text.as_bytes());
                        assert!(!found, "{text} stands in the file{ending}");
                    }
                }
            }
        } else {
            let raw = case.raw().await;
            for (table, column) in [
                ("payload", "body"),
                ("activity_text", "open || personal"),
                ("term", "text"),
                ("actor", "identity"),
                ("actor_key", "text"),
                ("user_account", "name || email"),
            ] {
                for secret in SECRETS {
                    let text = format!(
                        "SELECT 1 FROM {table} WHERE {column} LIKE '%{secret}%' OR {column} LIKE '%{}%'",
                        domain::fold(secret)
                    );
                    let statement = Statement::from_string(raw.get_database_backend(), text);
                    let found = raw.query_one_raw(statement).await.expect("it runs");
                    assert!(found.is_none(), "{secret} stands in {table}");
                }
            }
            raw.close().await.expect("closed");
        }
    });
}

#[test]
fn a_removal_that_a_stop_interrupted_goes_on_at_the_next_start() {
    on_both(async |case| {
        let sample = case.sample().await;
        let entries = fill(&case, &sample).await;
        // A process of its own that ends as soon as the removal is written down.
        let (url, ambient) = (case.url.clone(), case.ambient.clone());
        let scope = Scope::system("test", sample.clone());
        let ended = tokio::task::spawn_blocking(move || {
            let runtime = tokio::runtime::Runtime::new().expect("a runtime");
            runtime.block_on(async {
                let storage = Storage::open(&url, ambient).await.expect("it opens");
                storage.remove_sample(&scope).await.expect("removed");
            });
            runtime.shutdown_background();
        });
        ended.await.expect("no panic");
        assert!(rows_of(&case, "activity", &sample).await > 0);
        let _restarted = case.reopened().await;
        removed(&case, &sample).await;
        let (_, erased) = case.verified().await;
        assert_eq!(erased, entries);
    });
}

#[test]
fn nothing_is_recorded_in_a_removed_store() {
    on_both(async |case| {
        let sample = case.sample().await;
        let scope = Scope::system("test", sample.clone());
        let (_, secret) = case
            .storage
            .create_key(&scope, crate::people::new_key("webshop", Role::Admin))
            .await
            .expect("a key");
        let grant = case.granted(&secret).await;
        let grant = Scope::of_api_key(&grant.expect("a valid key"));
        // Programs go on sending while the sample is removed: what came before is erased, what comes after refused.
        let sending = {
            let (storage, grant) = (case.storage.clone(), grant.clone());
            tokio::spawn(async move {
                let mut sent = 0;
                loop {
                    let records = vec![Record::Activity(sample_activity(sent))];
                    match storage.recorder().record(&grant, records, None).await {
                        Ok(_) => sent += 1,
                        refused => return (sent, code(refused)),
                    }
                }
            })
        };
        until("some were sent", async || {
            rows_of(&case, "activity", &sample).await > 20
        })
        .await;
        case.storage.remove_sample(&scope).await.expect("removed");
        let sending = tokio::time::timeout(std::time::Duration::from_secs(60), sending);
        let (sent, refusal) = sending.await.expect("it ends").expect("no panic");
        assert_eq!(refusal, Code::NotFound);
        removed(&case, &sample).await;
        let (_, erased) = case.verified().await;
        // And the store's making, and the key's, which stands in both logs.
        assert_eq!(erased, sent.unsigned_abs() + 3);
    });
}

#[test]
fn the_removal_holds_up_nobody_while_somebody_reads_an_older_state() {
    on_sqlite(async |case| {
        let sample = case.sample().await;
        fill(&case, &sample).await;
        let raw = case.raw().await;
        let reading = raw.begin().await.expect("begun");
        let looked = reading.execute_unprepared("SELECT size FROM ledger_head");
        looked.await.expect("read");
        let scope = Scope::system("test", sample.clone());
        case.storage.remove_sample(&scope).await.expect("removed");
        removed(&case, &sample).await;
        // The log can't begin anew as long as it is read. Waiting for that at the writer's place would take all others
        // 20 seconds.
        for minute in 0..10 {
            let recording = case.record(vec![activity("product.updated", minute)]);
            tokio::time::timeout(std::time::Duration::from_secs(10), recording)
                .await
                .expect("nothing holds it up");
        }
        reading.rollback().await.expect("ended");
        raw.close().await.expect("closed");
        until("the log is folded", async || {
            case.storage.fold_log().await.expect("tried")
        })
        .await;
    });
}

#[test]
fn after_the_removal_of_a_neighbour_a_microsecond_goes_on_where_it_was() {
    on_both(async |case| {
        let sample = case.sample().await;
        let scope = Scope::system("test", sample.clone());
        // Both stores have entries of the same microsecond: first the sample's, then the other's.
        record_in(&case.storage, &scope, vec![activity("product.updated", 1)]).await;
        case.record(vec![activity("product.updated", 1)]).await;
        case.storage.remove_sample(&scope).await.expect("removed");
        removed(&case, &sample).await;
        case.record((0..3).map(|_| activity("product.updated", 1)).collect())
            .await;
        assert_eq!(case.count(&case.scope(), "category:products").await, 4);
        case.verified().await;
    });
}

#[test]
fn who_removes_the_sample_goes_on_in_their_own_store() {
    on_both(async |case| {
        let sample = case.sample().await;
        let owner = case.member("Hala Owner", Role::SuperAdmin).await;
        let there = Scope::system("test", sample.clone());
        case.storage
            .add_user(&there, new_user("Hala Owner"), Role::SuperAdmin)
            .await
            .expect("added");
        case.storage
            .switch_store(&owner.session, sample.id)
            .await
            .expect("switched");
        let session = case.session(&owner.token).await.expect("signed in");
        assert_eq!(session.store.id, sample.id);
        let scope = Scope::of_session(&session);
        case.storage.remove_sample(&scope).await.expect("removed");
        let session = case.session(&owner.token).await.expect("still signed in");
        assert_eq!(session.store.id, case.store.id);
        let own = case.all_rows(&case.scope(), "action:log.erased", 10).await;
        assert_eq!(own.len(), 1);
        removed(&case, &sample).await;
        assert!(case.session(&owner.token).await.is_some());
        let login = case.storage.login_of("hala.owner@maisonnoor.example").await;
        assert!(login.expect("asked").is_some());
    });
}

#[test]
fn who_loads_the_sample_has_a_role_in_it_and_removes_it_from_another_store() {
    on_both(async |case| {
        let sample = case.sample().await;
        let (storage, admin) = (&case.storage, case.member("Adam Admin", Role::Admin).await);
        let outside = storage.in_sample(&admin.scope).await;
        assert_eq!(code(outside), Code::NotFound);
        let own = storage.join_sample(&admin.scope, case.store.clone()).await;
        assert_eq!(code(own), Code::Conflict);
        for _ in 0..2 {
            let joined = storage.join_sample(&admin.scope, sample.clone()).await;
            joined.expect("joined, or there already");
        }
        let manager = case.member("Sara Nasser", Role::Manager).await;
        let refused = storage.join_sample(&manager.scope, sample.clone()).await;
        assert_eq!(code(refused), Code::Forbidden);
        assert_eq!(
            code(storage.in_sample(&manager.scope).await),
            Code::Forbidden
        );

        let there = storage.in_sample(&admin.scope).await.expect("a role");
        assert_eq!((there.store(), there.role()), (&sample, Role::Admin));
        // Once, however often it is loaded, and by themselves.
        let came = case.all_rows(&there, "action:user.invited", 10).await;
        assert_eq!(came.len(), 1);
        assert_eq!(came[0].actor.name.as_deref(), Some("Adam Admin"));
        let subject = came[0].subject.as_ref().and_then(|s| s.name.as_deref());
        assert_eq!(subject, Some("Adam Admin"));
        storage.remove_sample(&there).await.expect("removed");
        let session = case.session(&admin.token).await.expect("still signed in");
        assert_eq!(session.store, case.store);
        let own = case.all_rows(&case.scope(), "action:log.erased", 10).await;
        assert_eq!(own[0].actor.name.as_deref(), Some("Adam Admin"));
        removed(&case, &sample).await;
    });
}

#[test]
fn only_a_sample_is_removed_like_this() {
    on_both(async |case| {
        let refused = case.storage.remove_sample(&case.scope()).await;
        assert_eq!(code(refused), Code::Conflict);
        let sample = case.sample().await;
        let scope = Scope::system("test", sample);
        case.storage.remove_sample(&scope).await.expect("removed");
        let again = case.storage.remove_sample(&scope).await;
        assert_eq!(code(again), Code::NotFound);
    });
}

fn tagging() -> SampleVersion {
    SampleVersion {
        at: crate::harness::start() - Duration::days(30),
        by: Actor::system(),
        origin: Origin::default(),
        rule: FollowupRule {
            id: RuleId(Uuid::from_u128(1)),
            name: "Tag what did not fit".to_owned(),
            is_enabled: true,
            is_dry: false,
            version: 1,
            trigger: Trigger::Event {
                query: "action:order.refunded".to_owned(),
            },
            conditions: vec![Condition::Words {
                any_of: vec!["too small".to_owned()],
            }],
            actions: vec![FollowupAction::TagOrder {
                tag: "did-not-fit".to_owned(),
            }],
        },
    }
}

#[test]
fn told_rules_and_webhooks_are_read_like_real_ones_and_go_with_the_sample() {
    on_both(async |case| {
        let sample = case.sample().await;
        let scope = Scope::system("test", sample.clone());
        let mut past = SamplePast::default();
        for (minutes, reason) in [(-20, "too small"), (-10, "arrived late")] {
            let mut refund = activity("order.refunded", minutes);
            refund.subject = Some(reference("order", "1042", "1042"));
            refund.description = Some(format!("80.00 SAR: {reason}"));
            let receipts = record_in(&case.storage, &scope, vec![refund.clone()]).await;
            past.events.push((ActivityId(receipts[0].id), refund));
        }
        let template = Template {
            id: RuleId(Uuid::from_u128(2)),
            name: "Sorry".to_owned(),
            channel: None,
            subject: None,
            body: "Sorry.".to_owned(),
            version: 1,
        };
        let connection = SampleConnection {
            id: ConnectionId(Uuid::from_u128(3)),
            name: "told".to_owned(),
            created_at: crate::harness::start() - Duration::days(30),
            by: Actor::system(),
        };
        let hook = |course| SampleHook {
            topic: "orders/create".to_owned(),
            received_at: crate::harness::start() - Duration::days(1),
            body: json!({ "name": "#1042" }),
            trace_id: "t_1042".to_owned(),
            subject: Some(reference("order", "1042", "1042")),
            customer: None,
            course,
        };
        let hooks = [
            hook(SampleCourse::Done(HookResult::Recorded)),
            hook(SampleCourse::SecondTry),
            hook(SampleCourse::Failing(FailureCause::InvalidData)),
        ];
        let versions = [tagging()];
        // The second time changes nothing: a load goes on where it stopped.
        for _ in 0..2 {
            let (storage, scope) = (&case.storage, &scope);
            let told = storage.tell_sample_rules(scope, &template, &versions, &past, "rules");
            told.await.expect("told");
            let told = storage.tell_sample_hooks(scope, &connection, &hooks, "hooks");
            told.await.expect("told");
        }

        let rule = versions[0].rule.id;
        let rows = case.storage.list_rule_rows(&scope).await.expect("listed");
        assert_eq!(rows.len(), 1);
        let made = case.storage.list_rule_evaluations(&scope, rule, 10).await;
        let made = made.expect("listed");
        let fired: Vec<bool> = made.iter().map(|row| row.evaluation.is_fired()).collect();
        assert_eq!(fired, [false, true]);
        let waiting = case.storage.list_rule_actions(&scope, Some(rule)).await;
        assert_eq!(waiting.expect("listed"), []);
        let filter = HookFilter::default();
        let page = case.storage.list_hooks(&scope, &filter, None, 10).await;
        let page = page.expect("listed");
        let states: Vec<(HookState, u32)> = page.rows.iter().map(|r| (r.state, r.tries)).collect();
        let expected = [
            (HookState::Dead, 1),
            (HookState::Done, 2),
            (HookState::Done, 1),
        ];
        assert_eq!(states, expected);
        let dead: HookId = page.rows[0].id;
        let dead = case.storage.get_hook(&scope, dead).await.expect("read");
        let tried = dead.expect("a delivery").attempts;
        assert!(tried[0].error.is_some(), "{tried:?}");

        // What failed would be done at its next try, and change what the story tells.
        let on = case.storage.switch_connection(&scope, connection.id, true);
        assert_eq!(code(on.await), Code::Conflict);

        // No other store has such a past.
        let real = case.scope();
        let told = case
            .storage
            .tell_sample_hooks(&real, &connection, &hooks, "x");
        assert_eq!(code(told.await), Code::Conflict);
        let told = case
            .storage
            .tell_sample_rules(&real, &template, &versions, &past, "x");
        assert_eq!(code(told.await), Code::Conflict);

        case.storage.remove_sample(&scope).await.expect("removed");
        let (case, sample) = (&case, &sample);
        until("the told is gone", async || {
            for table in [
                "followup_rule",
                "rule_version",
                "rule_run",
                "rule_action",
                "template",
                "webhook_delivery",
                "shop_connection",
            ] {
                if rows_of(case, table, sample).await > 0 {
                    return false;
                }
            }
            true
        })
        .await;
    });
}
