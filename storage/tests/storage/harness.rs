//! A fresh database of either kind for each test.

use chrono::{DateTime, Duration, TimeZone as _, Utc};
use domain::view::StoreView;
use domain::{
    Action, Activity, Actor, ActorType, Category, CategorySet, Origin, Outcome, Reference,
};
use sea_orm::{ConnectionTrait as _, Database};
use std::future::Future;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use storage::record::{Receipt, Record, Recorded};
use storage::{Ambient, Clock, Entropy, NewStore, Scope, Storage};

/// The time at which tests begin.
pub fn start() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 20, 9, 0, 0)
        .single()
        .expect("a real date")
}

/// An open storage with a store in it.
pub struct Case {
    pub storage: Storage,
    pub store: StoreView,
    pub url: String,
    pub ambient: Ambient,
    pub clock: Arc<AtomicI64>,
    _folder: Option<tempfile::TempDir>,
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
        body(Case::sqlite().await).await;
        body(Case::postgres().await).await;
    });
}

/// An ambient whose clock moves one microsecond a look and whose randomness is a counter's hash.
fn ambient() -> (Ambient, Arc<AtomicI64>) {
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
    pub async fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite://{}", folder.path().join("test.db").display());
        Self::open(url, Some(folder)).await
    }

    pub async fn postgres() -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let server = std::env::var("STORETRAIL_TEST_POSTGRES_URL")
            .expect("STORETRAIL_TEST_POSTGRES_URL names a PostgreSQL to test on; `cargo xtask test` starts one");
        let admin = Database::connect(&server)
            .await
            .expect("the test PostgreSQL answers");
        let name = format!(
            "t{}_{}",
            std::process::id(),
            NUMBER.fetch_add(1, Ordering::Relaxed)
        );
        admin
            .execute_unprepared(&format!("CREATE DATABASE {name}"))
            .await
            .expect("a database");
        admin.close().await.expect("closed");
        let (base, query) = server
            .split_once('?')
            .map_or((server.as_str(), None), |(b, q)| (b, Some(q)));
        let (head, _) = base.rsplit_once('/').expect("an address with a database");
        let url = match query {
            Some(query) => format!("{head}/{name}?{query}"),
            None => format!("{head}/{name}"),
        };
        Self::open(url, None).await
    }

    async fn open(url: String, folder: Option<tempfile::TempDir>) -> Self {
        let (ambient, clock) = ambient();
        let storage = Storage::open(&url, ambient.clone())
            .await
            .expect("it opens");
        let store = storage
            .create_store(NewStore {
                name: "Maison Noor".to_owned(),
                domain: "maisonnoor.example".to_owned(),
                time_zone: "Asia/Riyadh".to_owned(),
                is_sample: false,
            })
            .await
            .expect("a store");
        Self {
            storage,
            store,
            url,
            ambient,
            clock,
            _folder: folder,
        }
    }

    /// Opens the same database once more, as a restart or another process would.
    pub async fn reopened(&self) -> Storage {
        Storage::open(&self.url, self.ambient.clone())
            .await
            .expect("it opens again")
    }

    pub fn scope(&self) -> Scope {
        Scope::system("test", self.store.clone())
    }

    pub async fn record(&self, activities: Vec<Activity>) -> Vec<Receipt> {
        let records = activities.into_iter().map(Record::Activity).collect();
        match self
            .storage
            .recorder()
            .record(&self.scope(), records, None)
            .await
            .expect("recorded")
        {
            Recorded::New(receipts) => receipts,
            Recorded::Replayed(_) => unreachable!("no key was given"),
        }
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
        subject: Some(Reference {
            kind: "product".to_owned(),
            id: format!("p_{minutes}"),
            name: Some("Linen shirt".to_owned()),
        }),
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
