//! A running server of one's own, with people, keys and a clock that stands still until it is told to go on.
//!
//! ```text
//! let app = App::start().await;
//! let key = app.key(Role::Admin).await;
//! let answer = app.post("/api/v1/activities").key(&key).json(&json!({"action": "order.created"})).send().await;
//! answer.expect(201);
//! ```

mod call;
pub mod mailbox;
mod socket;

pub use call::{Answer, Call};
pub use socket::Socket;

use chrono::{DateTime, TimeDelta, TimeZone as _, Utc};
use domain::view::{NewKey, StoreView};
use domain::{Role, UserId};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use server::Server;
use server::config::Config;
use server::password::{Known, Passwords};
use server::shutdown::Shutdown;
use sqlx::Connection as _;
use std::collections::BTreeMap;
use std::future::Future;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use storage::{Ambient, Clock, NewStore, NewUser, Scope, Storage};
use tokio::net::TcpListener;
use tokio::sync::OnceCell;

/// The password of everyone whom a test adds.
pub const PASSWORD: &str = "linen-and-wool";

/// A time that stands still until it is told to go on.
#[derive(Clone)]
pub struct TestClock(Arc<AtomicI64>);

impl TestClock {
    fn new() -> Self {
        let start = Utc.with_ymd_and_hms(2026, 11, 20, 9, 0, 0).unwrap();
        Self(Arc::new(AtomicI64::new(start.timestamp_micros())))
    }

    pub fn now(&self) -> DateTime<Utc> {
        Utc.timestamp_micros(self.0.load(Ordering::Relaxed))
            .unwrap()
    }

    pub fn advance(&self, by: TimeDelta) {
        let micros = by.num_microseconds().unwrap();
        self.0.fetch_add(micros, Ordering::Relaxed);
    }

    fn ambient(&self) -> Ambient {
        let clock = self.clone();
        Ambient {
            clock: Clock::new(move || clock.now()),
            entropy: Ambient::system().entropy,
        }
    }
}

/// A user with a session.
#[derive(Clone)]
pub struct Person {
    pub id: UserId,
    pub email: String,
    pub token: String,
}

impl Person {
    /// As it stands in the cookie header.
    pub fn cookie(&self) -> String {
        format!("storetrail_session={}", self.token)
    }
}

/// A running server; it stops when dropped.
pub struct App {
    pub address: SocketAddr,
    pub storage: Storage,
    pub clock: TestClock,
    /// The address of its database, for commands that run beside it.
    pub database_url: String,
    client: Client<HttpConnector, http_body_util::Full<axum::body::Bytes>>,
    shutdown: Shutdown,
    people: AtomicU64,
    folder: tempfile::TempDir,
}

impl Drop for App {
    fn drop(&mut self) {
        self.shutdown.begin();
    }
}

impl App {
    /// On SQLite, with one store `Linen` and its owner.
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// On SQLite, with settings besides, such as `("STORETRAIL_PUBLIC_URL", "https://trail.example")`.
    pub async fn start_with(settings: &[(&str, &str)]) -> Self {
        let app = Self::start_empty(settings).await;
        app.found("Linen").await;
        app
    }

    /// On SQLite, as at the first start: without a store or user.
    pub async fn start_empty(settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("test.db").display());
        Self::run(url, folder, settings).await
    }

    /// On a fresh database of the PostgreSQL in `STORETRAIL_TEST_POSTGRES_URL`, which must be set: a test that
    /// can't run must fail, not be skipped.
    pub async fn start_on_postgres() -> Self {
        let app = Self::run(fresh_postgres().await, tempfile::tempdir().unwrap(), &[]).await;
        app.found("Linen").await;
        app
    }

    async fn run(
        database_url: String,
        folder: tempfile::TempDir,
        settings: &[(&str, &str)],
    ) -> Self {
        let mut environment = BTreeMap::from([
            ("STORETRAIL_LISTEN".to_owned(), "127.0.0.1:0".to_owned()),
            (
                "STORETRAIL_DATA_DIR".to_owned(),
                folder.path().display().to_string(),
            ),
            ("STORETRAIL_DATABASE_URL".to_owned(), database_url.clone()),
        ]);
        for (name, value) in settings {
            environment.insert((*name).to_owned(), (*value).to_owned());
        }
        let (config, _) = Config::from_sources(Path::new("missing.toml"), environment).unwrap();
        let clock = TestClock::new();
        let opened = Storage::open_in(&database_url, clock.ambient(), folder.path());
        let storage = opened.await.unwrap();
        let listener = TcpListener::bind(config.listen).await.unwrap();
        let shutdown = Shutdown::default();
        let server = Server::new(storage.clone(), config, listener, shutdown.clone()).unwrap();
        let address = server.address();
        tokio::spawn(server.run());
        Self {
            address,
            storage,
            clock,
            database_url,
            client: Client::builder(TokioExecutor::new()).build_http(),
            shutdown,
            people: AtomicU64::new(0),
            folder,
        }
    }

    /// Where its files are.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Tells it to stop, as a signal would.
    pub fn stop(&self) {
        self.shutdown.begin();
    }

    /// Makes the first store and its owner, as the link of the first start does.
    async fn found(&self, store: &str) {
        let token = self.storage.new_owner_token().await.unwrap().unwrap();
        let owner = NewUser {
            name: "Noor".to_owned(),
            email: "noor@linen.example".to_owned(),
            password_hash: None,
        };
        self.storage
            .create_owner(&token, store, "UTC", owner)
            .await
            .unwrap();
    }

    /// Adds a store; the people of others have no role in it.
    pub async fn add_store(&self, name: &str) -> StoreView {
        let store = NewStore {
            name: name.to_owned(),
            domain: String::new(),
            time_zone: "Asia/Riyadh".to_owned(),
            is_sample: false,
        };
        self.storage.create_store(store).await.unwrap()
    }

    /// The first store.
    pub async fn store(&self) -> StoreView {
        self.storage.list_stores().await.unwrap().remove(0)
    }

    /// Everything in the first store.
    pub async fn scope(&self) -> Scope {
        Scope::system("test", self.store().await)
    }

    /// The secret of a new key for the first store.
    pub async fn key(&self, role: Role) -> String {
        self.key_in(&self.scope().await, role).await
    }

    /// As [`App::key`], for the store of a scope.
    pub async fn key_in(&self, scope: &Scope, role: Role) -> String {
        let (_, secret) = self
            .storage
            .create_key(scope, new_key("test", role))
            .await
            .unwrap();
        secret
    }

    /// Adds a user with [`PASSWORD`] and a role in the first store.
    pub async fn user(&self, role: Role) -> (UserId, String) {
        self.user_in(&self.scope().await, role).await
    }

    /// As [`App::user`], in the store of a scope.
    pub async fn user_in(&self, scope: &Scope, role: Role) -> (UserId, String) {
        let number = self.people.fetch_add(1, Ordering::Relaxed);
        let email = format!("{role}{number}@linen.example");
        let user = NewUser {
            name: format!("{role} {number}"),
            email: email.clone(),
            password_hash: Some(password_hash().await),
        };
        let id = self.storage.add_user(scope, user, role).await.unwrap();
        (id, email)
    }

    /// Adds a user and signs them in.
    pub async fn person(&self, role: Role) -> Person {
        self.person_in(&self.scope().await, role).await
    }

    /// As [`App::person`], in the store of a scope.
    pub async fn person_in(&self, scope: &Scope, role: Role) -> Person {
        let (id, email) = self.user_in(scope, role).await;
        let token = self
            .storage
            .start_session(id, None, Some("test"))
            .await
            .unwrap();
        Person { id, email, token }
    }

    pub fn get(&self, path: &str) -> Call<'_> {
        self.call("GET", path)
    }

    pub fn post(&self, path: &str) -> Call<'_> {
        self.call("POST", path)
    }

    pub fn put(&self, path: &str) -> Call<'_> {
        self.call("PUT", path)
    }

    fn call(&self, method: &str, path: &str) -> Call<'_> {
        Call::new(
            &self.client,
            method,
            format!("http://{}{path}", self.address),
        )
    }
}

/// A key without bounds.
pub fn new_key(name: &str, role: Role) -> NewKey {
    NewKey {
        name: name.to_owned(),
        role,
        categories: None,
        networks: Vec::new(),
        expires_at: None,
    }
}

/// Runs `body` on SQLite and on PostgreSQL.
pub async fn on_both<F: Future<Output = ()>>(body: impl Fn(App) -> F) {
    body(App::start().await).await;
    body(App::start_on_postgres().await).await;
}

async fn password_hash() -> String {
    static HASH: OnceCell<String> = OnceCell::const_new();
    let hash = HASH.get_or_init(|| async {
        let passwords = Passwords::new(Ambient::system().entropy);
        passwords
            .hash(PASSWORD.to_owned(), Known::default())
            .await
            .unwrap()
    });
    hash.await.clone()
}

async fn fresh_postgres() -> String {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let server = std::env::var("STORETRAIL_TEST_POSTGRES_URL").expect(
        "STORETRAIL_TEST_POSTGRES_URL names a PostgreSQL to test on; `cargo xtask test` starts one",
    );
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = format!("api{}_{number}", std::process::id());
    let mut admin = sqlx::PgConnection::connect(&server).await.unwrap();
    let create = sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"));
    sqlx::query(create).execute(&mut admin).await.unwrap();
    admin.close().await.unwrap();
    let (base, query) = server
        .split_once('?')
        .map_or((server.as_str(), String::new()), |(base, query)| {
            (base, format!("?{query}"))
        });
    let (head, _) = base.rsplit_once('/').unwrap();
    format!("{head}/{name}{query}")
}
