//! What a role may not see leaves no trace: two stores that differ only in it give that role the same bytes.
//!
//! Ids and times of what is seen are held equal by setting clock and randomness before each record.

use crate::dice::Dice;
use crate::harness::{Case, activity, new_store, on_both, reference, trials};
use crate::people::{new_key, new_user};
use chrono::{Duration, TimeZone as _, Utc};
use domain::query::Query;
use domain::view::{NewKey, RoleInput};
use domain::{
    Access, Activity, ActivityAccess, ActivityId, Category, CategorySet, Cursor, Direction,
    MessageAccess, OrderUpsert, PermissionSet, Role,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use storage::record::Record;
use storage::{Ambient, Caller, Clock, Entropy, KeyAccess, Page, Scope, Session, Storage};

/// What is asked.
const QUERIES: [&str; 15] = [
    "",
    "product",
    "linen",
    "coupon",
    "category:products",
    "category:coupons,orders",
    "actor:sara",
    "-actor:sara",
    "outcome:failed",
    "action:coupon.*",
    "action:order.*",
    "subject:product",
    "about:coupon/c_1",
    "created:2026-11-20T09:00:00Z..2026-11-20T09:00:40Z",
    "has:changes -has:rule",
];

/// How many thousand hidden entries there are where a search has to pass more than it looks at for who sees all.
const HIDDEN_THOUSANDS: i64 = 21;

/// Who looks.
#[derive(Debug, Clone, Copy)]
pub enum Looker {
    StoreKeeper,
    Staff,
    OwnRole,
    NarrowKey,
}

/// A store whose clock and randomness are set.
pub struct Twin {
    pub storage: Storage,
    pub all: Scope,
    pub scope: Scope,
    session: Option<Session>,
    pub clock: Arc<AtomicI64>,
    pub seed: Arc<AtomicU64>,
}

impl Twin {
    async fn open(url: &str, folder: &std::path::Path, looker: Looker) -> Self {
        let clock = Arc::new(AtomicI64::new(0));
        let seed = Arc::new(AtomicU64::new(0));
        let (time, state) = (clock.clone(), seed.clone());
        let ambient = Ambient {
            clock: Clock::new(move || {
                Utc.timestamp_micros(time.load(Ordering::Relaxed))
                    .single()
                    .expect("a real time")
            }),
            entropy: Entropy::new(move |bytes| {
                for byte in bytes {
                    let step = state.fetch_add(1, Ordering::Relaxed);
                    *byte = (step.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as u8;
                }
            }),
        };
        let storage = Storage::open_in(url, ambient, folder)
            .await
            .expect("it opens");
        set(&clock, &seed, 0);
        let store = storage.create_store(new_store()).await.expect("a store");
        let all = Scope::system("test", store);
        let access = Access {
            activity: ActivityAccess::Categories(CategorySet::of(&[Category::Products])),
            messages: MessageAccess::Nothing,
            is_masked: false,
            permissions: PermissionSet::EMPTY,
        };
        let role = match looker {
            Looker::StoreKeeper | Looker::NarrowKey => Role::StoreKeeper,
            Looker::Staff => Role::Staff,
            Looker::OwnRole => {
                let input = RoleInput {
                    name: "Desk".to_owned(),
                    description: String::new(),
                    access,
                };
                let made = storage.put_role(&all, None, input).await.expect("made");
                storage.role_of_id(&all, &made.id).await.expect("known")
            }
        };
        let (scope, session) = if matches!(looker, Looker::NarrowKey) {
            let new = NewKey {
                categories: Some(CategorySet::of(&[Category::Products])),
                ..new_key("k", Role::Manager)
            };
            let (_, secret) = storage.create_key(&all, new).await.expect("a key");
            match storage.key_grant(&secret, &Caller::default()).await {
                Ok(KeyAccess::Granted(grant)) => (Scope::of_api_key(&grant), None),
                other => panic!("{other:?}"),
            }
        } else {
            let user = storage
                .add_user(&all, new_user("Lena Fischer"), role)
                .await
                .expect("added");
            let token = storage.start_session(user, None, None).await;
            let session = storage.session(&token.expect("a session")).await;
            let session = session.expect("asked").expect("valid");
            (Scope::of_session(&session), Some(session))
        };
        Self {
            storage,
            all,
            scope,
            session,
            clock,
            seed,
        }
    }

    async fn record(&self, step: i64, record: Record) -> uuid::Uuid {
        set(&self.clock, &self.seed, step);
        let done = self
            .storage
            .recorder()
            .record(&self.all, vec![record], None)
            .await;
        match done {
            Ok(storage::record::Recorded::New(receipts)) => receipts[0].id,
            other => panic!("not recorded: {other:?}"),
        }
    }

    /// Everything that the looker is answered, as bytes.
    async fn answers(&self, ids: &[uuid::Uuid]) -> Vec<String> {
        let mut answers = self.found(&QUERIES).await;
        let (storage, scope) = (&self.storage, &self.scope);
        for q in QUERIES {
            let filter = storage.filter(scope, q).expect(q);
            let live = storage.changes_since(scope, &filter, "start").await;
            answers.push(format!("{q} {}", json(&live.expect("events"))));
        }
        for id in ids {
            let id = ActivityId(*id);
            let detail = storage.get_activity(scope, id).await.expect("asked");
            answers.push(json(&detail));
            let around = storage.surroundings(scope, id).await.expect("asked");
            answers.push(json(&around));
        }
        if let Some(session) = &self.session {
            let viewer = storage.viewer(session).await.expect("a viewer");
            answers.push(json(&viewer));
        }
        answers
    }

    /// What lists, counts, charts and completion answer to queries, as bytes.
    async fn found(&self, queries: &[&str]) -> Vec<String> {
        set(&self.clock, &self.seed, 1_000_000);
        let (storage, scope) = (&self.storage, &self.scope);
        let mut answers = Vec::new();
        for q in queries {
            let filter = storage.filter(scope, q).expect(q);
            for direction in [Direction::Newest, Direction::Oldest] {
                let mut after = None;
                loop {
                    let page = Page {
                        after,
                        direction,
                        limit: 2,
                    };
                    let page = storage.list_activities(scope, &filter, page).await;
                    let page = page.expect("a page");
                    answers.push(format!("{q} {direction:?} {}", json(&page)));
                    match page.next {
                        Some(next) => after = Some(Cursor::parse(&next).expect("its own")),
                        None => break,
                    }
                }
            }
            let count = storage.count_activities(scope, &filter).await;
            answers.push(format!("{q} {}", json(&count.expect("a count"))));
            let facets = storage.facets(scope, &filter).await.expect("facets");
            answers.push(format!("{q} {}", json(&facets)));
            let histogram = storage.histogram(scope, &filter, 50).await;
            answers.push(format!("{q} {}", json(&histogram.expect("a histogram"))));
            for qualifier in ["actor", "action", "category", "subject", "outcome", "role"] {
                let query = Query::parse(q);
                let proposed = storage.suggest(scope, &query, qualifier, "").await;
                answers.push(format!(
                    "{q} {qualifier} {}",
                    json(&proposed.expect("some"))
                ));
            }
        }
        answers
    }
}

pub fn set(clock: &AtomicI64, seed: &AtomicU64, step: i64) {
    let time = crate::harness::start() + Duration::milliseconds(step * 10);
    clock.store(time.timestamp_micros(), Ordering::Relaxed);
    seed.store(step.unsigned_abs().wrapping_mul(100_000), Ordering::Relaxed);
}

pub fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("JSON")
}

/// Something of many kinds, four of them in the same microsecond.
fn some(dice: &mut Dice, step: i64) -> Activity {
    let actions = [
        "product.updated",
        "product.created",
        "coupon.created",
        "order.status_changed",
        "order.created",
        "cogs.updated",
        "user.blocked",
        "expense.recorded",
    ];
    let action = *dice.pick(&actions);
    let mut some = activity(action, 0);
    some.occurred_at = crate::harness::start() + Duration::seconds(step / 4);
    let number = dice.below(4);
    some.subject = Some(match action {
        "order.status_changed" | "order.created" => {
            reference("order", &format!("o_{number}"), "Order")
        }
        "coupon.created" => reference("coupon", &format!("c_{number}"), "Linen sale"),
        _ => reference("product", &format!("p_{number}"), "Linen shirt"),
    });
    some
}

fn is_seen(looker: Looker, activity: &Activity) -> bool {
    let within = |categories: &[Category]| {
        activity
            .action
            .categories
            .is_within(CategorySet::of(categories))
    };
    match looker {
        Looker::StoreKeeper => within(&[Category::Products, Category::Inventory]),
        Looker::OwnRole | Looker::NarrowKey => within(&[Category::Products]),
        Looker::Staff => {
            activity.action.name == "order.status_changed"
                && activity.subject.as_ref().is_some_and(|s| s.id == "o_1")
        }
    }
}

/// Two stores with the same four orders, of which `o_1` is Lena's.
async fn twins(folder: &std::path::Path, looker: Looker, urls: [&str; 2]) -> [Twin; 2] {
    let twins = [
        Twin::open(urls[0], folder, looker).await,
        Twin::open(urls[1], folder, looker).await,
    ];
    for number in 0..4 {
        let order = OrderUpsert {
            customer_id: None,
            status: None,
            total: None,
            currency: None,
            placed_at: None,
            items: Vec::new(),
            assigned_to: (number == 1).then(|| crate::people::email_of("Lena Fischer")),
        };
        for twin in &twins {
            let record = Record::Order {
                number: format!("o_{number}"),
                order: order.clone(),
            };
            twin.record(number + 1, record).await;
        }
    }
    twins
}

async fn twins_agree(case: &Case, looker: Looker, seed: u64, urls: [&str; 2]) {
    let folder = tempfile::tempdir().expect("a folder");
    let [plain, full] = twins(folder.path(), looker, urls).await;
    let mut dice = Dice::new(seed);
    let (mut seen, mut hidden) = (Vec::new(), Vec::new());
    let mut step = 10;
    // Of what is drawn something must be seen, and something not.
    while step < 70 || seen.is_empty() || hidden.is_empty() {
        let some = some(&mut dice, step);
        if is_seen(looker, &some) {
            let record = || Record::Activity(some.clone());
            let id = plain.record(step, record()).await;
            assert_eq!(full.record(step, record()).await, id);
            seen.push(id);
        } else {
            hidden.push(full.record(step, Record::Activity(some)).await);
        }
        step += 1;
    }
    let ids = [seen, hidden].concat();
    let (mut one, mut other) = (plain.answers(&ids).await, full.answers(&ids).await);
    if matches!(looker, Looker::Staff) {
        let mut messages = Vec::new();
        for step in step + 30..step + 60 {
            let input = crate::hidden_messages::some(&mut dice, step);
            let is_seen = input.message.order.as_deref() == Some("o_1");
            let id = full.send(step, input.clone()).await;
            if is_seen {
                assert_eq!(plain.send(step, input).await, id);
            }
            messages.push(id);
        }
        one.extend(plain.message_answers(&messages).await);
        other.extend(full.message_answers(&messages).await);
    }
    assert_eq!(one.len(), other.len(), "{looker:?} on {}", case.url);
    for (one, other) in one.iter().zip(&other) {
        assert_eq!(one, other, "{looker:?} on {}", case.url);
    }
    plain.storage.close().await.expect("closed");
    full.storage.close().await.expect("closed");
}

/// A change of an order's state, so many minutes after the start.
fn order_change(number: &str, minutes: i64) -> Activity {
    let mut change = activity("order.status_changed", minutes);
    change.subject = Some(reference("order", number, "Order"));
    change
}

/// That nobody learns of what is hidden by how far a search came.
async fn twins_agree_over_many(case: &Case, urls: [&str; 2]) {
    let folder = tempfile::tempdir().expect("a folder");
    let [plain, full] = twins(folder.path(), Looker::Staff, urls).await;
    for (step, minutes) in [(10, -22_000), (11, -11_000), (12, -10)] {
        let record = || Record::Activity(order_change("o_1", minutes));
        let id = plain.record(step, record()).await;
        assert_eq!(full.record(step, record()).await, id);
    }
    for part in 0..HIDDEN_THOUSANDS {
        set(&full.clock, &full.seed, 1_000 + part * 100);
        let first = part * 1_000 - 21_900;
        let hidden = (first..first + 1_000).map(|minutes| order_change("o_0", minutes));
        crate::harness::record_in(&full.storage, &full.all, hidden.collect()).await;
    }
    let queries = [
        "",
        "price",
        "action:order.*",
        "actor:sara",
        "-actor:omar",
        "subject:order",
        "ip:203.0.113.0/24",
    ];
    let (one, other) = (plain.found(&queries).await, full.found(&queries).await);
    assert_eq!(one.len(), other.len(), "on {}", case.url);
    for (one, other) in one.iter().zip(&other) {
        assert_eq!(one, other, "on {}", case.url);
    }
    plain.storage.close().await.expect("closed");
    full.storage.close().await.expect("closed");
}

/// Two fresh databases of the kind of the case.
async fn on_two(case: &Case, body: impl AsyncFnOnce([&str; 2])) {
    if case.is_sqlite() {
        let folder = tempfile::tempdir().expect("a folder");
        let url = |name: &str| format!("sqlite://{}", folder.path().join(name).display());
        let (one, other) = (url("a.db"), url("b.db"));
        body([one.as_str(), other.as_str()]).await;
    } else {
        let one = crate::harness::Postgres::create("").await;
        let other = crate::harness::Postgres::create("").await;
        body([one.url.as_str(), other.url.as_str()]).await;
        one.drop().await;
        other.drop().await;
    }
}

#[test]
fn what_is_hidden_stops_no_search() {
    on_both(async |case| {
        on_two(&case, async |urls: [&str; 2]| {
            twins_agree_over_many(&case, urls).await;
        })
        .await;
    });
}

#[test]
fn what_is_hidden_changes_no_byte_of_any_answer() {
    on_both(async |case| {
        let lookers = [
            Looker::StoreKeeper,
            Looker::Staff,
            Looker::OwnRole,
            Looker::NarrowKey,
        ];
        for looker in lookers {
            for seed in 0..u64::from(trials()) {
                on_two(&case, async |urls: [&str; 2]| {
                    twins_agree(&case, looker, seed, urls).await;
                })
                .await;
            }
        }
    });
}
