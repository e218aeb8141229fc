//! Shops' webhooks: kept once, processed in order, settled with what came of them.

use crate::harness::{Case, on_both};
use chrono::Duration;
use domain::hook::{FailureCause, HookResult, HookState, Platform};
use domain::view::{HookDetail, HookRow};
use domain::{Code, Direction, Filter, HookId, Role};
use serde_json::{Value, json};
use storage::{
    Caller, Error, HookFilter, KeptHook, NewHook, Page, Scope, SealedConnection, ThreadPage,
};

const LEASE: i64 = 120;

fn scope(case: &Case) -> Scope {
    Scope::system("test", case.store.clone())
}

pub async fn connect(case: &Case, platform: Platform, name: &str) -> SealedConnection {
    let storage = &case.storage;
    let seal = |_| b"sealed".to_vec();
    storage
        .save_connection(&scope(case), platform, name, &seal)
        .await
        .expect("made");
    let found = storage
        .connection_called(platform, name)
        .await
        .expect("read");
    found.expect("there")
}

pub async fn keep(
    case: &Case,
    connection: &SealedConnection,
    topic: &str,
    key: &str,
    body: &str,
) -> KeptHook {
    let new = NewHook {
        topic: topic.to_owned(),
        key: key.to_owned(),
        headers: vec![("x-shopify-topic".to_owned(), topic.to_owned())],
        body: body.as_bytes().to_vec(),
        trace_id: None,
    };
    let kept = case
        .storage
        .keep_hook(connection, new, &Caller::default())
        .await;
    kept.expect("kept")
}

pub fn id_of(kept: KeptHook) -> HookId {
    let (KeptHook::New(id) | KeptHook::Repeated(id)) = kept;
    id
}

/// Processes all that is due.
pub async fn process(case: &Case) -> Vec<HookState> {
    let mut states = Vec::new();
    loop {
        let jobs = case
            .storage
            .claim_hooks(8, Duration::seconds(LEASE))
            .await
            .expect("claimed");
        if jobs.is_empty() {
            return states;
        }
        for job in jobs {
            states.push(case.storage.process_hook(&job).await.expect("settled"));
        }
    }
}

async fn detail(case: &Case, id: HookId) -> HookDetail {
    let found = case.storage.get_hook(&scope(case), id).await.expect("read");
    found.expect("there")
}

pub async fn row(case: &Case, id: HookId) -> HookRow {
    detail(case, id).await.row
}

/// The names of what was recorded under a trace, oldest first.
async fn traced(case: &Case, trace: &str) -> Vec<String> {
    let scope = scope(case);
    let filter = case
        .storage
        .filter(&scope, &format!("trace:{trace}"))
        .expect("a query");
    names(case, &filter).await
}

async fn names(case: &Case, filter: &Filter) -> Vec<String> {
    let page = Page {
        after: None,
        direction: Direction::Newest,
        limit: 100,
    };
    let found = case
        .storage
        .list_activities(&scope(case), filter, page)
        .await
        .expect("read");
    let mut names: Vec<(Option<domain::Seq>, String)> = found
        .rows
        .into_iter()
        .map(|row| (row.seq, row.action))
        .collect();
    names.sort();
    names.into_iter().map(|(_, name)| name).collect()
}

pub fn product(price: &str, at: &str) -> String {
    json!({"id": 7, "title": "Linen shirt", "status": "active", "tags": "a", "updated_at": at, "created_at": "2026-11-19T00:00:00Z",
        "variants": [{"id": 1, "price": price, "sku": "LS"}]})
    .to_string()
}

#[test]
fn what_is_delivered_twice_is_kept_once_and_one_trace_joins_what_it_caused() {
    on_both(|case| async move {
        let shop = connect(&case, Platform::Shopify, "linen").await;
        let body = product("129.00", "2026-11-20T08:00:00Z");
        let kept = keep(&case, &shop, "products/create", "e1", &body).await;
        let id = id_of(kept);
        assert!(matches!(kept, KeptHook::New(_)));
        assert_eq!(
            keep(&case, &shop, "products/create", "e1", &body).await,
            KeptHook::Repeated(id)
        );
        assert_eq!(row(&case, id).await.state, HookState::Received);
        assert_eq!(process(&case).await, [HookState::Done]);
        let row = row(&case, id).await;
        assert_eq!(
            (row.result, row.repeats, row.tries),
            (Some(HookResult::Recorded), 1, 1)
        );
        assert_eq!(row.subject.as_ref().map(|s| s.id.as_str()), Some("7"));
        assert_eq!(
            traced(&case, &row.trace_id).await,
            ["webhook.received", "product.created"]
        );
        let whole = detail(&case, id).await;
        assert_eq!(whole.body.as_deref(), Some(body.as_str()));
        assert_eq!((whole.attempts.len(), whole.bytes), (1, body.len() as u64));
        let about = case
            .storage
            .deliveries_about(&scope(&case), "product", "7")
            .await
            .expect("read");
        assert_eq!(about.iter().map(|row| row.id).collect::<Vec<_>>(), [id]);
    });
}

#[test]
fn changes_say_what_was_before_and_late_ones_change_nothing() {
    on_both(|case| async move {
        let shop = connect(&case, Platform::Shopify, "linen").await;
        for (key, topic, price, at) in [
            ("1", "products/create", "129.00", "2026-11-20T08:00:00Z"),
            ("2", "products/update", "119.00", "2026-11-20T08:10:00Z"),
            ("3", "products/update", "125.00", "2026-11-20T08:05:00Z"),
            ("4", "products/update", "119.00", "2026-11-20T08:11:00Z"),
        ] {
            keep(&case, &shop, topic, key, &product(price, at)).await;
        }
        assert_eq!(process(&case).await, [HookState::Done; 4]);
        let page = case
            .storage
            .list_hooks(&scope(&case), &HookFilter::default(), None, 10)
            .await
            .expect("read");
        let results: Vec<_> = page
            .rows
            .iter()
            .rev()
            .filter_map(|row| row.result)
            .collect();
        assert_eq!(
            results,
            [
                HookResult::Recorded,
                HookResult::Recorded,
                HookResult::Late,
                HookResult::Unchanged
            ]
        );
        let filter = case
            .storage
            .filter(&scope(&case), "action:product.updated")
            .expect("a query");
        let list = Page {
            after: None,
            direction: Direction::Newest,
            limit: 10,
        };
        let found = case
            .storage
            .list_activities(&scope(&case), &filter, list)
            .await
            .expect("read");
        assert_eq!(found.rows.len(), 1);
        let entry = case
            .storage
            .get_activity(&scope(&case), found.rows[0].id)
            .await
            .expect("read")
            .expect("there");
        let change = &entry.changes[0];
        assert_eq!(
            (change.field.as_str(), &change.before, &change.after),
            ("price", &json!("129.00"), &json!("119.00"))
        );
        // Two pages make the whole.
        let first = case
            .storage
            .list_hooks(&scope(&case), &HookFilter::default(), None, 3)
            .await
            .expect("read");
        let next = first.next.expect("more");
        let rest = case
            .storage
            .list_hooks(&scope(&case), &HookFilter::default(), Some(&next), 3)
            .await
            .expect("read");
        assert_eq!((first.rows.len(), rest.rows.len(), rest.next), (3, 1, None));
    });
}

#[test]
fn orders_and_customers_are_kept_and_who_an_order_is_assigned_to_stays() {
    on_both(|case| async move {
        let shop = connect(&case, Platform::Woocommerce, "linen").await;
        let order = |status: &str, at: &str| {
            json!({"id": 727, "number": "1042", "status": status, "currency": "SAR", "total": "129.00", "customer_id": 26,
                "date_created_gmt": "2026-11-20T08:00:00", "date_modified_gmt": at,
                "billing": {"first_name": "Noura", "last_name": "Al-Otaibi", "email": "noura@mail.example"}, "line_items": []})
            .to_string()
        };
        keep(
            &case,
            &shop,
            "order.created",
            "1",
            &order("pending", "2026-11-20T08:00:00"),
        )
        .await;
        process(&case).await;
        let assigned =
            json!({"customer_id": "26", "status": "pending", "assigned_to": "sara@linen.example"});
        let assigned = domain::OrderUpsert::read(&assigned).expect("sound");
        let record = storage::record::Record::Order {
            number: "1042".to_owned(),
            order: assigned,
        };
        case.storage
            .recorder()
            .record(&scope(&case), vec![record], None)
            .await
            .expect("recorded");
        keep(
            &case,
            &shop,
            "order.updated",
            "2",
            &order("completed", "2026-11-20T08:20:00"),
        )
        .await;
        // Only the id is told of what is deleted; it is known by its number.
        keep(&case, &shop, "order.deleted", "3", r#"{"id": 727}"#).await;
        assert_eq!(process(&case).await, [HookState::Done; 2]);
        let page = case
            .storage
            .customer_page(&scope(&case), "26")
            .await
            .expect("read")
            .expect("there");
        assert_eq!(page.name.as_deref(), Some("Noura Al-Otaibi"));
        let filter = case
            .storage
            .filter(&scope(&case), "about:order/1042")
            .expect("a query");
        assert_eq!(
            names(&case, &filter).await,
            ["order.created", "order.completed", "order.deleted"]
        );
        let page = ThreadPage {
            before: None,
            after: None,
            limit: 10,
        };
        let thread = case
            .storage
            .thread(&scope(&case), "1042", page)
            .await
            .expect("read")
            .expect("there");
        assert_eq!(thread.order.status.as_deref(), Some("completed"));
        assert_eq!(
            thread.order.assigned_to.as_deref(),
            Some("sara@linen.example")
        );
    });
}

#[test]
fn what_fails_is_tried_by_plan_and_what_can_t_be_right_waits_for_a_person() {
    on_both(|case| async move {
        let shop = connect(&case, Platform::Standard, "own").await;
        let broken = id_of(keep(&case, &shop, "product.updated", "1", "{broken").await);
        assert_eq!(process(&case).await, [HookState::Dead]);
        let dead = row(&case, broken).await;
        assert_eq!(
            (dead.state, dead.cause, dead.due_at),
            (HookState::Dead, Some(FailureCause::InvalidData), None)
        );
        let scope = scope(&case);
        let storage = &case.storage;
        let refused = storage
            .edit_hook(&scope, broken, "{".to_owned())
            .await
            .expect_err("no JSON");
        assert!(
            matches!(&refused, Error::Problem(p) if p.code == Code::InvalidFields),
            "{refused}"
        );
        let body = json!({"type": "product.updated", "data": {"subject": {"type": "product", "id": "p_1"}}}).to_string();
        storage
            .edit_hook(&scope, broken, body.clone())
            .await
            .expect("edited");
        let again = storage.retry_hook(&scope, broken).await.expect("again");
        assert_eq!(again.state, HookState::Queued);
        assert_eq!(process(&case).await, [HookState::Done]);
        let whole = detail(&case, broken).await;
        assert_eq!(
            (whole.body.as_deref(), whole.edited.as_deref()),
            (Some("{broken"), Some(body.as_str()))
        );
        assert_eq!(
            whole.attempts.iter().map(|a| a.cause).collect::<Vec<_>>(),
            [Some(FailureCause::InvalidData), None]
        );
        let told = traced(&case, &whole.row.trace_id).await;
        let expected = [
            "webhook.received",
            "webhook.failed",
            "webhook.edited",
            "webhook.retried",
            "product.updated",
        ];
        assert_eq!(told, expected);
        let done = storage.retry_hook(&scope, broken).await.expect_err("done");
        assert!(
            matches!(&done, Error::Problem(p) if p.code == Code::Conflict),
            "{done}"
        );

        // A connection that is off: kept, tried again by plan, processed once it is on.
        storage
            .switch_connection(&scope, shop.view.id, false)
            .await
            .expect("off");
        let waits = id_of(keep(&case, &shop, "product.updated", "2", &body).await);
        assert_eq!(process(&case).await, [HookState::Failed]);
        let failed = detail(&case, waits).await;
        assert_eq!(failed.row.cause, Some(FailureCause::Configuration));
        assert!(
            failed
                .row
                .due_at
                .is_some_and(|due| due > case.ambient.clock.now())
        );
        assert_eq!(failed.plan.first(), Some(&300));
        assert!(process(&case).await.is_empty());
        case.pass(Duration::minutes(1));
        assert_eq!(process(&case).await, [HookState::Failed]);
        for _ in 0..8 {
            case.pass(Duration::days(2));
            process(&case).await;
        }
        assert_eq!(row(&case, waits).await.state, HookState::Dead);
        assert_eq!(detail(&case, waits).await.attempts.len(), 10);
        storage
            .switch_connection(&scope, shop.view.id, true)
            .await
            .expect("on");
        storage.retry_hook(&scope, waits).await.expect("again");
        assert_eq!(process(&case).await, [HookState::Done]);
        assert_eq!(detail(&case, waits).await.attempts.len(), 11);
    });
}

#[test]
fn a_worker_that_dies_leaves_its_deliveries_to_another_and_can_t_settle_them_any_more() {
    on_both(|case| async move {
        let shop = connect(&case, Platform::Shopify, "linen").await;
        let body = product("1.00", "2026-11-20T08:00:00Z");
        let id = id_of(keep(&case, &shop, "products/create", "1", &body).await);
        let dead = case
            .storage
            .claim_hooks(8, Duration::seconds(LEASE))
            .await
            .expect("claimed");
        assert_eq!(row(&case, id).await.state, HookState::Processing);
        keep(
            &case,
            &shop,
            "products/update",
            "2",
            &product("2.00", "2026-11-20T08:01:00Z"),
        )
        .await;
        // The shop's order is kept: nothing overtakes what a worker has.
        assert!(process(&case).await.is_empty());
        case.pass(Duration::seconds(LEASE + 1));
        assert_eq!(process(&case).await, [HookState::Done, HookState::Done]);
        let late = case.storage.process_hook(&dead[0]).await;
        assert!(late.is_err(), "{late:?}");
        let trace = row(&case, id).await.trace_id;
        assert_eq!(
            traced(&case, &trace).await,
            ["webhook.received", "product.created"]
        );
    });
}

#[test]
fn unknown_topics_are_kept_and_bodies_are_forgotten_after_a_month() {
    on_both(|case| async move {
        let shop = connect(&case, Platform::Shopify, "linen").await;
        let id = id_of(keep(&case, &shop, "themes/publish", "1", "{\"id\": 1}").await);
        assert_eq!(process(&case).await, [HookState::Done]);
        let kept = row(&case, id).await;
        assert_eq!(
            (kept.result, kept.due_at),
            (Some(HookResult::NotUnderstood), None)
        );
        assert_eq!(case.storage.forget_hook_bodies().await.expect("done"), 0);
        case.pass(Duration::days(31));
        assert_eq!(case.storage.forget_hook_bodies().await.expect("done"), 1);
        assert_eq!(detail(&case, id).await.body, None);
    });
}

#[test]
fn only_roles_that_may_see_webhooks_see_and_change_them() {
    on_both(|case| async move {
        let shop = connect(&case, Platform::Shopify, "linen").await;
        let id = id_of(keep(&case, &shop, "orders/create", "1", "{").await);
        process(&case).await;
        for role in [Role::StoreKeeper, Role::Staff, Role::Auditor] {
            let scope = case.scope_of(role).await;
            let storage = &case.storage;
            let filter = HookFilter::default();
            let refusals: Vec<Option<Code>> = vec![
                code_of(storage.list_hooks(&scope, &filter, None, 5).await),
                code_of(storage.get_hook(&scope, id).await),
                code_of(storage.retry_hook(&scope, id).await),
                code_of(storage.edit_hook(&scope, id, "{}".to_owned()).await),
                code_of(storage.discard_hook(&scope, id).await),
                code_of(storage.hook_topics(&scope).await),
                code_of(storage.deliveries_about(&scope, "order", "1").await),
                code_of(storage.list_connections(&scope).await),
                code_of(storage.switch_connection(&scope, shop.view.id, false).await),
                code_of(storage.delete_connection(&scope, shop.view.id).await),
                code_of(
                    storage
                        .save_connection(&scope, Platform::Shopify, "x", &|_| Vec::new())
                        .await,
                ),
            ];
            assert_eq!(refusals, vec![Some(Code::Forbidden); 11], "{role}");
            assert_eq!(
                storage.hook_row(&scope, id).await.expect("read"),
                None,
                "{role}"
            );
        }
        // A manager works deliveries off and makes no connection.
        let manager = case.scope_of(Role::Manager).await;
        let discarded = case
            .storage
            .discard_hook(&manager, id)
            .await
            .expect("discarded");
        assert_eq!(discarded.state, HookState::Discarded);
        let made = case
            .storage
            .save_connection(&manager, Platform::Shopify, "x", &|_| Vec::new())
            .await;
        assert_eq!(code_of(made), Some(Code::Forbidden));
    });
}

#[test]
fn a_name_belongs_to_one_store_and_is_what_an_address_takes() {
    on_both(|case| async move {
        connect(&case, Platform::Shopify, "linen").await;
        let wool = storage::NewStore {
            name: "Wool".to_owned(),
            ..crate::harness::new_store()
        };
        let other = case.storage.create_store(wool).await.expect("made");
        let other = Scope::system("test", other);
        let seal = |_| Vec::new();
        let taken = case
            .storage
            .save_connection(&other, Platform::Shopify, "linen", &seal)
            .await;
        assert_eq!(code_of(taken), Some(Code::Conflict));
        for name in ["", "Linen", "a b", "-a", "a-", "a/b", &"a".repeat(61)] {
            let wrong = case
                .storage
                .save_connection(&other, Platform::Standard, name, &seal)
                .await;
            assert_eq!(code_of(wrong), Some(Code::InvalidFields), "{name}");
        }
        let own = case.storage.list_connections(&other).await.expect("read");
        assert!(own.is_empty());
    });
}

fn code_of<T>(answer: Result<T, Error>) -> Option<Code> {
    match answer {
        Err(Error::Problem(problem)) => Some(problem.code),
        _ => None,
    }
}

#[test]
fn erasing_a_customer_takes_what_was_delivered_of_them() {
    on_both(|case| async move {
        let shop = connect(&case, Platform::Shopify, "linen").await;
        let body = json!({"id": 26, "first_name": "Noura", "email": "noura@mail.example", "updated_at": "2026-11-20T08:00:00Z"});
        let id = id_of(keep(&case, &shop, "customers/update", "1", &body.to_string()).await);
        process(&case).await;
        let customer: Value = json!(row(&case, id).await.subject);
        assert_eq!(customer["id"], "26");
        let scope = scope(&case);
        let found = case
            .storage
            .person_found(&scope, "26")
            .await
            .expect("read")
            .expect("known");
        let asked =
            case.storage
                .request_person_erasure(&scope, "26", "asked by mail", found.to_type);
        asked.await.expect("asked for");
        case.work().await;
        let whole = detail(&case, id).await;
        assert_eq!((whole.body, whole.row.subject), (None, None));
        let named = crate::sample::rows_of(&case, "shop_subject", &case.store).await;
        assert_eq!(named, 0);
    });
}
