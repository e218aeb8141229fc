//! The webhooks that rules call: signed by Standard Webhooks, tried again for three days.
//!
//! A call goes to public addresses and the networks that the operator lists, by `https`; plain `http` is spoken to
//! listed ones alone. Redirects are not followed, and an answer's body is not read.

use crate::config::Config;
use crate::outgoing::{Blocked, Reach, guarded_client};
use crate::shutdown::Shutdown;
use crate::supervise::supervise;
use crate::under_way::UnderWay;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;
use domain::followup::{FollowupAction, plan};
use domain::security::{SecurityEventName, SecurityOutcome};
use domain::{FieldProblem, Problem, Reference, Said, StoreId};
use hmac::{Hmac, KeyInit as _, Mac as _};
use reqwest::{Client, StatusCode, Url, header};
use secrecy::{ExposeSecret as _, SecretBox};
use sha2::Sha256;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use storage::{Caller, Error, Scope, SecurityNote, Storage, WebhookJob, WebhookResult};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

/// How many calls are made at the same time.
const AT_ONCE: usize = 16;
/// How many of them one receiver gets: one that is slow leaves places to the others.
const PER_RECEIVER: usize = 4;
/// How often it is looked for calls while none ends.
const POLL: Duration = Duration::from_secs(2);
/// How long one call may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// For how long a call is taken: should this process die, another makes it then.
const LEASE: TimeDelta = TimeDelta::minutes(2);
/// How long the last calls may take once the server stops.
const FAREWELL: Duration = Duration::from_secs(8);

/// The key of `whsec_...`.
#[derive(Debug)]
pub struct SigningSecret(SecretBox<[u8]>);

impl SigningSecret {
    /// Reads `whsec_` and 24 to 64 bytes in base64.
    pub fn parse(text: &str) -> Option<Self> {
        let key = STANDARD.decode(text.strip_prefix("whsec_")?).ok()?;
        (24..=64)
            .contains(&key.len())
            .then(|| Self(SecretBox::new(key.into_boxed_slice())))
    }

    /// The `webhook-signature` of a call.
    pub fn sign(&self, id: &str, timestamp: i64, body: &str) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.expose_secret())
            .expect("HMAC takes a key of any length");
        mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }
}

/// Refuses actions of a rule that call what may not be called, as far as it can be told before a name is looked up.
///
/// # Errors
/// `invalid_fields` that names each such address by its place.
pub fn check_calls(actions: &[FollowupAction], config: &Config) -> Result<(), Problem> {
    let wrong = wrong_calls(actions.iter().enumerate(), config);
    if wrong.is_empty() {
        return Ok(());
    }
    Err(Problem::invalid_fields(wrong))
}

/// Which actions of a rule, each with its place, call what may not be called, as far as it can be told before a name is
/// looked up.
pub fn wrong_calls<'a>(
    actions: impl Iterator<Item = (usize, &'a FollowupAction)>,
    config: &Config,
) -> Vec<FieldProblem> {
    let reach = Reach::new(&config.webhook_networks);
    actions
        .filter_map(|(at, action)| {
            let FollowupAction::CallWebhook { url } = action else {
                return None;
            };
            Some(FieldProblem {
                pointer: format!("/actions/{at}/url"),
                code: "format".to_owned(),
                message: reach.check(url).err()?.to_string(),
            })
        })
        .collect()
}

/// Refuses an address for an operation's source that would never be called, as far as it can be told before its name is
/// looked up.
///
/// # Errors
/// `invalid_fields` (`/control_url`: `format`).
pub fn check_control_url(url: &str, config: &Config) -> Result<(), Problem> {
    let checked = Reach::new(&config.webhook_networks).check(url);
    checked
        .map(drop)
        .map_err(|why| Problem::field("/control_url", "format", why.to_string()))
}

/// Refuses an address for alarms that would never be called: without a secret to sign with, or where none may go, as far as
/// it can be told before its name is looked up.
///
/// # Errors
/// `invalid_fields` (`alarm_url`: `unsigned`, `internal` or `format`).
pub fn check_alarm_url(url: &str, config: &Config) -> Result<(), Problem> {
    let refused = |code, message: &str| Err(Problem::field("alarm_url", code, message));
    match Reach::new(&config.webhook_networks).check(url) {
        Err(why @ Blocked::Internal) => refused("internal", &why.to_string()),
        Err(why) => refused("format", &why.to_string()),
        Ok(url) if !url.username().is_empty() || url.password().is_some() => {
            refused("format", "an address without a user and a password")
        }
        Ok(_) if config.webhook_secret.is_none() => {
            refused("unsigned", &Said::Unsigned.to_string())
        }
        Ok(_) => Ok(()),
    }
}

/// What became of one call.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Came {
    /// It was taken, with this HTTP status.
    Taken(u16),
    /// It is never made again, because.
    Ended(String),
    /// It is made again later, because.
    Failed(String),
}

/// Makes the calls.
#[derive(Clone)]
pub struct Webhooks {
    storage: Storage,
    secret: Option<Arc<SigningSecret>>,
    reach: Reach,
    client: Client,
}

impl Webhooks {
    /// By these settings.
    ///
    /// # Errors
    /// When TLS can't be set up.
    pub fn new(storage: Storage, config: &Config) -> anyhow::Result<Self> {
        let reach = Reach::new(&config.webhook_networks);
        Ok(Self {
            storage,
            secret: config.webhook_secret.clone(),
            client: guarded_client(reach.clone())?,
            reach,
        })
    }

    /// Starts to call, until the server stops. The handle ends once the last call is settled.
    pub fn start(self, shutdown: Shutdown) -> JoinHandle<()> {
        supervise("webhooks of rules", shutdown, move |shutdown| {
            self.clone().run(shutdown)
        })
    }

    async fn run(self, shutdown: Shutdown) {
        let mut calls = UnderWay::default();
        loop {
            self.fill(&mut calls).await;
            let is_calling = !calls.is_empty();
            tokio::select! {
                biased;
                () = shutdown.wait() => break,
                () = calls.ended(), if is_calling => {}
                () = sleep(POLL) => {}
            }
        }
        let _ = timeout(FAREWELL, calls.all_ended()).await;
    }

    /// Begins what is due, as far as there is room. What is taken is begun at once: no lease runs while a call waits.
    async fn fill(&self, calls: &mut UnderWay<String>) {
        calls.forget_ended();
        loop {
            let (room, full) = room(calls.keys());
            if room == 0 {
                return;
            }
            let jobs = self.claim(room, &full).await;
            let is_drained = jobs.len() < room;
            for job in jobs {
                calls.begin(job.receiver().to_owned(), self.clone().make(job));
            }
            if is_drained {
                return;
            }
        }
    }

    async fn claim(&self, room: usize, full: &[String]) -> Vec<WebhookJob> {
        let limit = u32::try_from(room).unwrap_or(1);
        let claimed = self.storage.claim_webhooks_of_others(full, limit, LEASE);
        match claimed.await {
            Ok(jobs) => jobs,
            Err(error) => {
                tracing::error!(%error, "the webhooks that wait can't be read; trying again");
                Vec::new()
            }
        }
    }

    async fn make(self, job: WebhookJob) {
        if let Err(error) = self.try_to_make(&job).await {
            tracing::error!(%error, webhook = %job.id, "a webhook can't be settled; its lease will run out");
        }
    }

    async fn try_to_make(&self, job: &WebhookJob) -> Result<(), Error> {
        let stores = self.storage.list_stores().await?;
        if stores.iter().any(|s| s.id == job.store_id && s.is_sample) {
            let why = Said::SampleCalls.into();
            let result = WebhookResult::GivenUp { why };
            return self.storage.settle_webhook(job, result).await;
        }
        let host = Url::parse(&job.url).ok();
        let host = host.as_ref().and_then(Url::host_str).unwrap_or("?");
        let result = match self.call(job).await {
            Came::Taken(status) => {
                tracing::debug!(webhook = %job.id, host, tries = job.tries, "a webhook was taken");
                WebhookResult::Delivered { status }
            }
            Came::Ended(why) => {
                tracing::error!(webhook = %job.id, host, tries = job.tries, why, "a webhook is given up");
                WebhookResult::GivenUp { why }
            }
            Came::Failed(why) => match wait(job) {
                None => {
                    tracing::error!(webhook = %job.id, host, tries = job.tries, why, "a webhook is given up: every try failed");
                    WebhookResult::GivenUp { why }
                }
                Some(wait) => {
                    let retry_at = self.storage.ambient().clock.now() + wait;
                    tracing::warn!(webhook = %job.id, host, tries = job.tries, why, %retry_at, "a webhook failed; it is tried again");
                    WebhookResult::Failed { why, retry_at }
                }
            },
        };
        self.storage.settle_webhook(job, result).await
    }

    /// Calls an address once, signed. Whoever is called tells a repeat by the id.
    ///
    /// # Errors
    /// Why it wasn't taken, in words.
    pub async fn call_once(
        &self,
        store_id: StoreId,
        id: Uuid,
        url: &str,
        body: &str,
    ) -> Result<(), String> {
        let job = WebhookJob {
            id,
            store_id,
            url: url.to_owned(),
            body: body.to_owned(),
            created_at: self.storage.ambient().clock.now(),
            tries: 1,
        };
        match self.call(&job).await {
            Came::Taken(_) => Ok(()),
            Came::Ended(why) | Came::Failed(why) => Err(why),
        }
    }

    async fn call(&self, job: &WebhookJob) -> Came {
        let Some(secret) = &self.secret else {
            return Came::Ended(Said::Unsigned.into());
        };
        let url = match self.reach.check(&job.url) {
            Ok(url) => url,
            Err(blocked) => {
                self.note(job, blocked).await;
                return Came::Ended(blocked.to_string());
            }
        };
        let id = job.id.to_string();
        let timestamp = self.storage.ambient().clock.now().timestamp();
        let sent = self
            .client
            .post(url)
            .timeout(PATIENCE)
            .header(header::CONTENT_TYPE, "application/json")
            .header("webhook-id", &id)
            .header("webhook-timestamp", timestamp.to_string())
            .header("webhook-signature", secret.sign(&id, timestamp, &job.body))
            .body(job.body.clone())
            .send()
            .await;
        match sent {
            Ok(response) => judged(response.status()),
            Err(error) => {
                if let Some(blocked) = Blocked::cause_of(&error) {
                    self.note(job, blocked).await;
                }
                // Addresses may hold secrets of their own.
                Came::Failed(told(&error.without_url()))
            }
        }
    }

    /// Tells the security log of a call to where none may go.
    async fn note(&self, job: &WebhookJob, blocked: Blocked) {
        if blocked != Blocked::Internal {
            return;
        }
        let Ok(stores) = self.storage.list_stores().await else {
            return;
        };
        let store = stores.into_iter().find(|store| store.id == job.store_id);
        let scope = store.map(|store| Scope::system("webhook", store));
        let host = Url::parse(&job.url)
            .ok()
            .and_then(|url| url.host_str().map(str::to_owned));
        let note = SecurityNote {
            event: SecurityEventName::OutgoingBlocked,
            outcome: SecurityOutcome::Denied,
            reason: Some("internal_address"),
            subject: host.map(|host| Reference {
                kind: "host".to_owned(),
                id: host,
                name: None,
            }),
            account: None,
            caller: Caller::default(),
            details: None,
        };
        if let Err(error) = self.storage.note_security(scope.as_ref(), note).await {
            tracing::error!(%error, webhook = %job.id, "the security log can't be written");
        }
    }
}

/// How many calls may be taken at a time, whoever they go to, while these receivers are called, and which of them get no
/// more now.
fn room<'a>(called: impl Iterator<Item = &'a String>) -> (usize, Vec<String>) {
    let mut counts: HashMap<&String, usize> = HashMap::new();
    for receiver in called {
        *counts.entry(receiver).or_default() += 1;
    }
    let free = AT_ONCE.saturating_sub(counts.values().sum());
    let is_full = |count: &usize| *count >= PER_RECEIVER;
    // All that are taken may go to the one that has the most already.
    let most = counts.values().filter(|count| !is_full(count)).max();
    let room = free.min(PER_RECEIVER - most.unwrap_or(&0));
    let full = counts.iter().filter(|(_, count)| is_full(count));
    let full = full.map(|(receiver, _)| (*receiver).clone()).collect();
    (room, full)
}

/// What an answer's status means.
fn judged(status: StatusCode) -> Came {
    match status {
        status if status.is_success() => Came::Taken(status.as_u16()),
        StatusCode::GONE => Came::Ended(Said::CallUnwanted.into()),
        status if status.is_redirection() => {
            let status = status.to_string();
            Came::Failed(Said::CallElsewhere { status }.into())
        }
        status => Came::Failed(status.to_string()),
    }
}

/// How long until the next try; none after the last. Up to a tenth more, so that calls that failed together do not
/// come back together.
fn wait(job: &WebhookJob) -> Option<TimeDelta> {
    plan::wait_after(&plan::CALL_WAITS, job.tries, job.id.as_bytes()[15])
}

/// An error with what caused it.
pub fn told(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        words = format!("{words}: {error}");
        cause = error.source();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;
    use domain::hook::FailureCause;

    #[test]
    fn a_call_is_signed_as_standard_webhooks_says() {
        let secret = SigningSecret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        // The vector of the reference libraries.
        let signature = secret.sign(
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            r#"{"test": 2432232314}"#,
        );
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert!(!format!("{secret:?}").contains("49"), "{secret:?}");
        for wrong in [
            "",
            "whsec_",
            "whsec_c2hvcnQ=",
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "whsec_!!!",
        ] {
            assert!(SigningSecret::parse(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn ten_tries_take_three_days_and_end() {
        let mut job = WebhookJob {
            id: Uuid::nil(),
            store_id: domain::StoreId(1),
            url: String::new(),
            body: String::new(),
            created_at: DateTime::UNIX_EPOCH,
            tries: 0,
        };
        let mut sum = TimeDelta::zero();
        for tries in 1..10 {
            job.tries = tries;
            sum += wait(&job).unwrap();
        }
        assert_eq!(sum.num_hours(), 75);
        job.tries = 10;
        assert_eq!(wait(&job), None);
    }

    #[test]
    fn a_receiver_has_its_own_places_and_no_more() {
        let called = |counts: [usize; 5]| -> Vec<String> {
            let names = ["a", "b", "c", "d", "e"].map(|name| format!("https://{name}.example"));
            let each = names.iter().zip(counts);
            each.flat_map(|(name, count)| vec![name.clone(); count])
                .collect()
        };
        for (counts, expected, full) in [
            ([0, 0, 0, 0, 0], 4, 0),
            ([1, 0, 0, 0, 0], 3, 0),
            ([4, 0, 0, 0, 0], 4, 1),
            ([4, 3, 1, 0, 0], 1, 1),
            ([4, 4, 4, 0, 0], 4, 3),
            ([4, 4, 4, 1, 1], 2, 3),
            ([3, 3, 3, 3, 3], 1, 0),
            ([4, 3, 3, 3, 3], 0, 1),
            ([4, 4, 4, 4, 0], 0, 4),
        ] {
            let (room, kept_back) = room(called(counts).iter());
            assert_eq!((room, kept_back.len()), (expected, full), "{counts:?}");
        }
    }

    #[tokio::test]
    async fn an_address_that_nobody_answers_is_told_as_the_networks_fault() {
        let client = crate::outgoing::client().unwrap();
        let error = client.get("http://127.0.0.1:1/").send().await.unwrap_err();
        let words = told(&error.without_url());
        let cause = FailureCause::of_words(&words);
        assert_eq!(cause, Some(FailureCause::Network), "{words}");
    }

    #[test]
    fn what_is_gone_is_not_called_again() {
        assert_eq!(judged(StatusCode::NO_CONTENT), Came::Taken(204));
        assert!(matches!(judged(StatusCode::GONE), Came::Ended(_)));
        for again in [301, 308, 400, 429, 500, 503] {
            let status = StatusCode::from_u16(again).unwrap();
            assert!(matches!(judged(status), Came::Failed(_)), "{again}");
        }
    }
}
