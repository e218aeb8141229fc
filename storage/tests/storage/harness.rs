//! A fresh database of either kind for each test, and the few words that most tests need.

use chrono::{DateTime, Duration, TimeZone as _, Utc};
use domain::view::{ActivityRow, StoreView};
use domain::{
    Action, Activity, ActivityId, Actor, ActorType, Category, CategorySet, Code, Cursor, Direction,
    Filter, Origin, Outcome, Reference,
};
use sea_orm::{ConnectionTrait as _, Database, DatabaseConnection};
use std::future::Future;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use storage::record::{Idempotency, Receipt, Record, Recorded};
use storage::{Ambient, Clock, Entropy, Error, NewStore, Page, Scope, Storage};

/// The time at which tests begin.
pub fn start() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 20, 9, 0, 0)
        .single()
        .expect("a real date")
}

/// How many times the usual a long trial runs: 1 in `cargo xtask test`, 20 in `cargo xtask soak`.
pub fn trials() -> u32 {
    std::env::var("STORETRAIL_TRIALS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(1)
}

/// An open storage with a store in it.
pub struct Case {
    pub storage: Storage,
    pub store: StoreView,
    pub url: String,
    pub ambient: Ambient,
    pub clock: Arc<AtomicI64>,
}

/// Runs `body` on SQLite and on PostgreSQL. The address of the latter must be set: a test that can't run
/// must fail, not be skipped.
pub fn on_both<F: Future<Output = ()>>(body: impl Fn(Case) -> F) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let folder = tempfile::tempdir().expect("a folder");
        body(Case::open(sqlite_url(&folder), folder.path()).await).await;
        let database = Postgres::create("").await;
        body(Case::open(database.url.clone(), folder.path()).await).await;
        // A failed test leaves its database to be looked at.
        database.drop().await;
    });
}

/// Runs `body` on SQLite only: for what looks into the file, and for figures.
pub fn on_sqlite<F: Future<Output = ()>>(body: impl FnOnce(Case) -> F) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let folder = tempfile::tempdir().expect("a folder");
        body(Case::open(sqlite_url(&folder), folder.path()).await).await;
    });
}

/// The address of a database file in a folder.
pub fn sqlite_url(folder: &tempfile::TempDir) -> String {
    format!("sqlite://{}", folder.path().join("test.db").display())
}

/// A database of its own on the test PostgreSQL.
pub struct Postgres {
    pub url: String,
    name: String,
    server: String,
}

impl Postgres {
    /// Creates one; `options` goes behind `CREATE DATABASE name`.
    pub async fn create(options: &str) -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let server = std::env::var("STORETRAIL_TEST_POSTGRES_URL")
            .expect("STORETRAIL_TEST_POSTGRES_URL names a PostgreSQL to test on; `cargo xtask test` starts one");
        let name = format!(
            "t{}_{}",
            std::process::id(),
            NUMBER.fetch_add(1, Ordering::Relaxed)
        );
        let (base, query) = server
            .split_once('?')
            .map_or((server.as_str(), None), |(b, q)| (b, Some(q)));
        let (head, _) = base.rsplit_once('/').expect("an address with a database");
        let url = match query {
            Some(query) => format!("{head}/{name}?{query}"),
            None => format!("{head}/{name}"),
        };
        let database = Self { url, name, server };
        database
            .command(&format!("CREATE DATABASE {} {options}", database.name))
            .await;
        database
    }

    /// Removes it with whoever is still connected.
    pub async fn drop(self) {
        self.command(&format!("DROP DATABASE {} WITH (FORCE)", self.name))
            .await;
    }

    async fn command(&self, text: &str) {
        let admin = Database::connect(&self.server)
            .await
            .expect("the test PostgreSQL answers");
        admin.execute_unprepared(text).await.expect("a database");
        admin.close().await.expect("closed");
    }
}

/// An ambient whose clock moves one microsecond a look and whose randomness is a counter's hash.
pub fn ambient() -> (Ambient, Arc<AtomicI64>) {
    static SEED: AtomicU64 = AtomicU64::new(1);
    let micros = Arc::new(AtomicI64::new(start().timestamp_micros()));
    let shared = micros.clone();
    let clock = Clock::new(move || {
        Utc.timestamp_micros(shared.fetch_add(1, Ordering::Relaxed))
            .single()
            .expect("a real time")
    });
    let state = Arc::new(Mutex::new(
        SEED.fetch_add(1, Ordering::Relaxed)
            .wrapping_mul(0x9E37_79B9_7F4A_7C15),
    ));
    let entropy = Entropy::new(move |bytes| {
        let mut state = state.lock().expect("not poisoned");
        for byte in bytes {
            *state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            *byte = (*state >> 56) as u8;
        }
    });
    (Ambient { clock, entropy }, micros)
}

impl Case {
    async fn open(url: String, folder: &std::path::Path) -> Self {
        let (ambient, clock) = ambient();
        let storage = Storage::open_in(&url, ambient.clone(), folder)
            .await
            .expect("it opens");
        let store = storage.create_store(new_store()).await.expect("a store");
        Self {
            storage,
            store,
            url,
            ambient,
            clock,
        }
    }

    /// Opens the same database once more, as a restart or another process would.
    pub async fn reopened(&self) -> Storage {
        Storage::open(&self.url, self.ambient.clone())
            .await
            .expect("it opens again")
    }

    /// Past all rules: a connection for looking at tables and for tampering with them.
    pub async fn raw(&self) -> DatabaseConnection {
        Database::connect(&self.url).await.expect("it connects")
    }

    /// Runs a statement past all rules.
    pub async fn tamper(&self, text: &str) -> u64 {
        let raw = self.raw().await;
        let done = raw.execute_unprepared(text).await.expect("it runs");
        raw.close().await.expect("closed");
        done.rows_affected()
    }

    /// Makes a sample store beside the own one.
    pub async fn sample(&self) -> StoreView {
        let sample = NewStore {
            name: "Sample".to_owned(),
            is_sample: true,
            ..new_store()
        };
        self.storage.create_store(sample).await.expect("a store")
    }

    pub fn is_sqlite(&self) -> bool {
        self.url.starts_with("sqlite:")
    }

    /// Moves the clock on.
    pub fn pass(&self, time: Duration) {
        let micros = time.num_microseconds().expect("a test's time");
        self.clock.fetch_add(micros, Ordering::Relaxed);
    }

    pub fn scope(&self) -> Scope {
        Scope::system("test", self.store.clone())
    }

    /// The scope of a key with a role.
    pub async fn scope_of(&self, role: domain::Role) -> Scope {
        let (_, grant) = self.key(role).await;
        Scope::of_api_key(&grant)
    }

    pub async fn record(&self, activities: Vec<Activity>) -> Vec<Receipt> {
        record_in(&self.storage, &self.scope(), activities).await
    }

    /// Records how an activity ended.
    pub async fn end(
        &self,
        id: ActivityId,
        outcome: Outcome,
        error: Option<&str>,
    ) -> Result<Recorded, Error> {
        self.end_at(id, outcome, error, 90).await
    }

    /// As [`Self::end`], so many minutes after the start.
    pub async fn end_at(
        &self,
        id: ActivityId,
        outcome: Outcome,
        error: Option<&str>,
        minutes: i64,
    ) -> Result<Recorded, Error> {
        let record = Record::Outcome {
            activity: id,
            outcome,
            error: error.map(str::to_owned),
            occurred_at: start() + Duration::minutes(minutes),
        };
        self.storage
            .recorder()
            .record(&self.scope(), vec![record], None)
            .await
    }

    pub fn filter(&self, scope: &Scope, q: &str) -> Filter {
        self.storage
            .filter(scope, q)
            .unwrap_or_else(|e| panic!("{q}: {e:?}"))
    }

    /// Everything that a scope finds, newest first, by pages of `limit`.
    pub async fn all_rows(&self, scope: &Scope, q: &str, limit: u32) -> Vec<ActivityRow> {
        let filter = self.filter(scope, q);
        pages(&self.storage, scope, &filter, Direction::Newest, limit).await
    }

    /// How many a query finds, asserted to be an exact count that the list agrees with.
    pub async fn count(&self, scope: &Scope, q: &str) -> usize {
        let filter = self.filter(scope, q);
        let count = self
            .storage
            .count_activities(scope, &filter)
            .await
            .expect("a count");
        assert!(count.is_exact, "count of {q}");
        let rows = self.all_rows(scope, q, 200).await;
        assert_eq!(count.count, rows.len() as u64, "count and list of {q}");
        rows.len()
    }

    /// That verify finds nothing wrong; returns how many entries there are and how many are erased.
    pub async fn verified(&self) -> (u64, u64) {
        let report = self.storage.verify().await.expect("verified");
        assert_eq!(report.faults, Vec::<String>::new(), "on {}", self.url);
        (report.entries, report.erased)
    }
}

pub fn new_store() -> NewStore {
    NewStore {
        name: "Maison Noor".to_owned(),
        domain: "maisonnoor.example".to_owned(),
        time_zone: "Asia/Riyadh".to_owned(),
        is_sample: false,
    }
}

/// Records activities without a key.
pub async fn record_in(
    storage: &Storage,
    scope: &Scope,
    activities: Vec<Activity>,
) -> Vec<Receipt> {
    let records = activities.into_iter().map(Record::Activity).collect();
    match storage.recorder().record(scope, records, None).await {
        Ok(Recorded::New(receipts)) => receipts,
        other => panic!("not recorded: {other:?}"),
    }
}

/// All pages of a list, one after the other.
pub async fn pages(
    storage: &Storage,
    scope: &Scope,
    filter: &Filter,
    direction: Direction,
    limit: u32,
) -> Vec<ActivityRow> {
    let mut rows = Vec::new();
    let mut after: Option<Cursor> = None;
    loop {
        let page = Page {
            after,
            direction,
            limit,
        };
        let page = storage
            .list_activities(scope, filter, page)
            .await
            .expect("a page");
        assert!(page.rows.len() <= limit as usize);
        rows.extend(page.rows);
        match page.next {
            Some(next) => after = Some(Cursor::parse(&next).expect("its own cursor")),
            None => return rows,
        }
    }
}

/// Waits until `is_so`, looking again and again; fails after a while.
pub async fn until<F: Future<Output = bool>>(what: &str, mut is_so: impl FnMut() -> F) {
    let waiting = async {
        while !is_so().await {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), waiting)
        .await
        .unwrap_or_else(|_| panic!("waited in vain until {what}"));
}

/// The code of a refusal.
pub fn code<T: std::fmt::Debug>(result: Result<T, Error>) -> Code {
    match result {
        Err(Error::Problem(problem)) => problem.code,
        other => panic!("not refused with a problem: {other:?}"),
    }
}

/// An idempotency key whose answer names the receipts.
pub fn idempotency(key: &str, body: u8) -> Idempotency {
    Idempotency {
        key: key.to_owned(),
        request_digest: [body; 32],
        answer: |receipts| format!("{receipts:?}").into_bytes(),
    }
}

/// A plain activity `minutes` after the start.
pub fn activity(action: &str, minutes: i64) -> Activity {
    let categories =
        Action::shipped(action).map_or(CategorySet::of(&[Category::Other]), |a| a.categories);
    Activity {
        action: Action {
            name: action.to_owned(),
            categories,
        },
        outcome: Outcome::Success,
        occurred_at: start() + Duration::minutes(minutes),
        actor: Actor {
            kind: ActorType::User,
            id: Some("u_17".to_owned()),
            name: Some("Sara Nasser".to_owned()),
            email: Some("sara@maisonnoor.example".to_owned()),
            role: Some("manager".to_owned()),
        },
        subject: Some(reference("product", &format!("p_{minutes}"), "Linen shirt")),
        description: Some("Price changed".to_owned()),
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

pub fn reference(kind: &str, id: &str, name: &str) -> Reference {
    Reference {
        kind: kind.to_owned(),
        id: id.to_owned(),
        name: Some(name.to_owned()),
    }
}
