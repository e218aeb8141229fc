//! Calls of the API as programs make them: a store with a key of every role, and answers that are held against
//! the document, each one.

use crate::harness::{App, new_key};
use crate::v1_schema::Document;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request};
use chrono::TimeDelta;
use domain::Role;
use domain::export::{ExportFormat, ExportOptions, Selection, Source};
use http_body_util::BodyExt as _;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use server::Server;
use server::config::Config;
use server::shutdown::Shutdown;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;
use storage::{Ambient, Caller, Clock, ExportJob, KeyAccess, Reserved, Scope, Storage};
use tokio::net::TcpListener;

/// A running server with one store and a key of every role.
pub struct Api {
    /// The first server, ended with this.
    pub app: App,
    /// Where the present server is.
    pub address: SocketAddr,
    /// Its database.
    pub storage: Storage,
    /// All of the store.
    pub scope: Scope,
    keys: BTreeMap<Role, String>,
    client: Client<HttpConnector, Body>,
    seen: Mutex<BTreeSet<(String, u16)>>,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body's bytes.
    pub bytes: Vec<u8>,
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.bytes)))
    }

    /// A header as text; empty when it isn't there.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// The code of a refusal.
    pub fn code(&self) -> String {
        assert_eq!(self.header("content-type"), "application/problem+json");
        self.json()["code"].as_str().unwrap().to_owned()
    }

    /// Status and body, with what differs from run to run replaced: for snapshots.
    pub fn still(&self) -> Value {
        let mut body = self.json();
        Stiller::default().still(&mut body);
        json!({"status": self.status, "body": body})
    }

    /// What a refusal tells besides its fixed words: for snapshots of many.
    pub fn told(&self) -> Value {
        let code = self.code();
        let body = self.json();
        assert_eq!(body["status"], self.status);
        assert_eq!(body["type"], format!("urn:storetrail:problem:{code}"));
        let errors: Vec<String> = body["errors"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|error| {
                let part = |name: &str| error[name].as_str().unwrap();
                format!("{} {}: {}", part("pointer"), part("code"), part("detail"))
            })
            .collect();
        json!({"code": code, "detail": body["detail"], "errors": errors})
    }

    /// That it is so, and the answer again.
    pub fn is(self, status: u16) -> Self {
        assert_eq!(
            self.status,
            status,
            "{}",
            String::from_utf8_lossy(&self.bytes)
        );
        self
    }
}

/// Replaces ids, hashes, times of recording and places in the ledger; the same id becomes the same word.
#[derive(Default)]
struct Stiller {
    ids: Vec<String>,
}

impl Stiller {
    fn still(&mut self, value: &mut Value) {
        match value {
            Value::Array(items) => {
                items.iter_mut().for_each(|item| self.still(item));
                // How many a proof has depends on the ledger's size.
                items.dedup_by(|one, other| one == "[hash]" && other == "[hash]");
            }
            Value::Object(fields) => {
                for (name, field) in fields.iter_mut() {
                    if name.starts_with("recorded_at") && !field.is_null() {
                        *field = "[time]".into();
                    } else if matches!(name.as_str(), "seq" | "index" | "size") {
                        // Calls are noted in the ledger too, whenever a batch of them is full.
                        *field = "[number]".into();
                    } else {
                        self.still(field);
                    }
                }
            }
            Value::String(text) if text.len() == 36 && text.matches('-').count() == 4 => {
                let known = self.ids.iter().position(|id| id == text);
                let at = known.unwrap_or_else(|| {
                    self.ids.push(text.clone());
                    self.ids.len() - 1
                });
                *text = format!("[id {}]", at + 1);
            }
            Value::String(text) if text.len() == 64 && !text.contains(' ') => {
                *text = "[hash]".to_owned();
            }
            _ => {}
        }
    }
}

/// A mail that is not due before the clock is moved on.
pub fn waiting_message() -> Value {
    json!({
        "channel": "email", "type": "order_notification", "to": "Noura <noura@mail.example>",
        "subject": "Order 1042", "text": "It arrives tomorrow.", "html": "<p>It arrives <b>tomorrow</b>.</p>",
        "order": "1042", "send_at": "2026-11-21T09:00:00Z",
        "attachments": [{"name": "a.txt", "content_type": "text/plain", "content": "aGk="}],
    })
}

/// One call, not yet sent.
#[derive(Debug, Clone)]
pub struct Call {
    method: Method,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Call {
    /// A call of a path below `/api/v1`.
    pub fn new(method: Method, path: &str) -> Self {
        Self {
            method,
            path: path.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// With a header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With an idempotency key.
    pub fn once(self, key: &str) -> Self {
        self.header("idempotency-key", key)
    }

    /// With a JSON body.
    pub fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string())
    }

    /// With a body of any kind.
    pub fn body(mut self, kind: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.header("content-type", kind)
    }
}

/// `GET` of a path below `/api/v1`.
pub fn get(path: &str) -> Call {
    Call::new(Method::GET, path)
}

/// `POST` to a path below `/api/v1`.
pub fn post(path: &str) -> Call {
    Call::new(Method::POST, path)
}

/// `PUT` to a path below `/api/v1`.
pub fn put(path: &str) -> Call {
    Call::new(Method::PUT, path)
}

/// `DELETE` of a path below `/api/v1`.
pub fn delete(path: &str) -> Call {
    Call::new(Method::DELETE, path)
}

/// A template.
pub fn template() -> Value {
    json!({"name": "Where is it", "subject": "Order {{order}}", "body": "It is on its way, {{customer}}."})
}

/// A rule that answers with it.
pub fn rule() -> Value {
    json!({"name": "Asked where", "conditions": [{"condition": "words", "any_of": ["where is"]}],
        "actions": [{"action": "send_template", "template": "Where is it"}]})
}

/// Where the template is.
pub const TEMPLATE: &str = "/templates/01a1fbf4-0499-7894-a395-b4063ed9a801";
/// No action of a rule.
pub const ACTION: &str = "/rule-actions/01a1fbf4-0499-7894-a395-b4063ed9a803";
/// Where the rule is.
pub const RULE: &str = "/rules/01a1fbf4-0499-7894-a395-b4063ed9a802";

impl Api {
    /// Starts a server on a fresh database.
    pub async fn start() -> Self {
        Self::of(App::start().await).await
    }

    /// A server that runs already, with a key of every role.
    pub async fn of(app: App) -> Self {
        let mut api = Self {
            address: app.address,
            storage: app.storage.clone(),
            scope: app.scope().await,
            app,
            keys: BTreeMap::new(),
            client: Client::builder(TokioExecutor::new()).build_http(),
            seen: Mutex::default(),
        };
        for role in Role::ALL {
            api.add_key(role).await;
        }
        api
    }

    /// Makes a key of a role.
    pub async fn add_key(&mut self, role: Role) {
        let new = new_key(role.as_str(), role);
        let made = self.storage.create_key(&self.scope, new).await;
        let (_, secret) = made.unwrap();
        self.keys.insert(role, secret);
    }

    /// Stops the server and starts another on the same database, opened anew.
    pub async fn restart(&mut self) {
        self.app.stop();
        let clock = self.app.clock.clone();
        let ambient = Ambient {
            clock: Clock::new(move || clock.now()),
            ..Ambient::system()
        };
        let (url, folder) = (&self.app.database_url, self.app.folder());
        let opened = Storage::open_in(url, ambient, folder);
        self.storage = opened.await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let environment = BTreeMap::from([
            (
                "STORETRAIL_DATABASE_URL".to_owned(),
                self.app.database_url.clone(),
            ),
            (
                "STORETRAIL_DATA_DIR".to_owned(),
                self.app.folder().display().to_string(),
            ),
        ]);
        let (config, _) = Config::from_sources(Path::new("missing.toml"), environment).unwrap();
        let server = Server::new(self.storage.clone(), config, listener, Shutdown::default());
        let server = server.unwrap();
        self.address = server.address();
        tokio::spawn(server.run());
    }

    /// The secret of the key with that role.
    pub fn key(&self, role: Role) -> &str {
        &self.keys[&role]
    }

    /// Sends a call with the key of a role.
    pub async fn send(&self, role: Role, call: Call) -> Answer {
        let bearer = format!("Bearer {}", self.key(role));
        self.send_as_is(call.header("authorization", &bearer)).await
    }

    /// Reserves an idempotency key for a call, as one does that was begun and has not ended.
    pub async fn begin(&self, role: Role, call: &Call, key: &str) {
        let kind = call.headers.iter().find(|(name, _)| name == "content-type");
        let kind = kind.map_or("", |(_, kind)| kind.as_str());
        let method = call.method.as_str();
        let digest = server::v1::request_digest(method, &call.path, kind, &call.body);
        let caller = Caller::default();
        let access = self.storage.key_grant(self.key(role), &caller).await;
        let KeyAccess::Granted(grant) = access.unwrap() else {
            panic!("the key of {role} is refused")
        };
        let scope = Scope::of_api_key(&grant);
        let reserved = self.storage.reserve_key(&scope, key, digest).await;
        assert_eq!(reserved.unwrap(), Reserved::New);
    }

    /// Sends a call as the store's admin.
    pub async fn admin(&self, call: Call) -> Answer {
        self.send(Role::Admin, call).await
    }

    /// Sends a call without adding anything. The answer is held against the document.
    pub async fn send_as_is(&self, call: Call) -> Answer {
        let url = format!("http://{}/api/v1{}", self.address, call.path);
        let mut request = Request::builder().method(call.method.clone()).uri(url);
        for (name, value) in &call.headers {
            request = request.header(name, value);
        }
        let request = request.body(Body::from(call.body)).unwrap();
        let response = self.client.request(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let answer = Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            bytes: body.collect().await.unwrap().to_bytes().to_vec(),
        };
        assert!(answer.status < 500, "{}: {answer:?}", call.path);
        if let Some(operation) = Document::get().check(&call.method, &call.path, &answer) {
            self.seen.lock().unwrap().insert((operation, answer.status));
        }
        answer
    }

    /// The operations called so far, each with each status that it answered.
    pub fn seen(&self) -> BTreeSet<(String, u16)> {
        self.seen.lock().unwrap().clone()
    }

    /// Records one activity and returns its id.
    pub async fn record(&self, activity: &Value) -> String {
        let answer = self.admin(post("/activities").json(activity)).await.is(201);
        answer.json()["id"].as_str().unwrap().to_owned()
    }

    /// A message that waits until tomorrow, with a file; returns its id.
    pub async fn message(&self) -> String {
        let answer = self.admin(post("/messages").json(&waiting_message()));
        let answer = answer.await.is(201);
        answer.json()["id"].as_str().unwrap().to_owned()
    }

    /// A completed export of all activity that the store's admin asked for; returns its id.
    pub async fn export(&self, role: Role) -> String {
        let wanted = json!({"source": "activity", "format": "csv"});
        let asked = self
            .send(role, post("/exports").json(&wanted))
            .await
            .is(201);
        let id = asked.json()["id"].as_str().unwrap().to_owned();
        self.ended_export(role, &id).await;
        id
    }

    /// Waits until an export has ended.
    pub async fn ended_export(&self, role: Role, id: &str) -> Value {
        for _ in 0..1_000 {
            let export = self.send(role, get(&format!("/exports/{id}"))).await;
            let export = export.is(200).json();
            if !["queued", "running"].contains(&export["status"].as_str().unwrap()) {
                return export;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("an export has not ended for 20 seconds: {id}")
    }

    /// An export that another worker has taken and does not go on with; returns its id.
    pub async fn stuck_export(&self) -> String {
        self.taken_export().await.id.to_string()
    }

    /// An export of everything that this test has taken before the server's worker did.
    pub async fn taken_export(&self) -> ExportJob {
        let wanted = ExportOptions::of(ExportFormat::Csv);
        let all = Selection::Matching {
            source: Source::Activity,
            q: String::new(),
            up_to: None,
            except: Vec::new(),
        };
        for _ in 0..200 {
            let (scope, all, wanted) = (&self.scope, all.clone(), wanted.clone());
            let asked = self.storage.request_export(scope, all, wanted).await;
            let id = asked.unwrap().id;
            let taken = self.storage.claim_export(TimeDelta::seconds(20)).await;
            match taken.unwrap() {
                Some(job) if job.id == id => return job,
                _ => {}
            }
            self.ended_export(Role::SuperAdmin, &id.to_string()).await;
        }
        panic!("the server's own worker was always first")
    }

    /// How many entries there are, counted by reading them all.
    pub async fn entries(&self) -> usize {
        let answer = self.admin(get("/activities?limit=1000")).await.is(200);
        assert_eq!(answer.json()["next"], Value::Null);
        answer.json()["items"].as_array().unwrap().len()
    }
}
