//! From calls that passed to entries of the log: scrubbed, and written many at a time.

use super::missing::{Cause, Lost, Missing, lost};
use super::place::Places;
use super::{Passed, alert};
use crate::scrub::Scrubber;
use crate::shutdown::Shutdown;
use crate::supervise::supervise;
use domain::request::RequestEntry;
use domain::view::MissingCalls;
use domain::{Actor, Reference, StoreId};
use std::mem;
use std::sync::Arc;
use std::time::Duration;
use storage::{Scope, Storage};
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until};

/// How many calls may wait to be written.
const WAITING: usize = 2_048;
/// How many are written at a time.
const BATCH: usize = 500;
/// How long the first of a batch waits for others.
const PATIENCE: Duration = Duration::from_millis(250);
/// How often it is asked which names the stores want scrubbed.
const NAMES_EVERY: Duration = Duration::from_secs(10);
/// How often it is looked for notes of the security log whose minute is over.
const NOTES_EVERY: Duration = Duration::from_secs(5);
/// How many bytes of a path or a query are kept.
const MAX_TEXT: usize = 4_096;

/// Where calls are noted. Cheap to clone.
#[derive(Clone)]
pub struct Ledger {
    queue: mpsc::Sender<Passed>,
    missing: Missing,
}

/// Writes what was noted.
#[derive(Clone)]
pub struct Batches {
    waiting: Arc<Mutex<Waiting>>,
    missing: Missing,
    storage: Storage,
}

/// What outlives a panic of the one who writes.
struct Waiting {
    queue: mpsc::Receiver<Passed>,
    /// Of the calls that were taken from the queue and are not written yet: they are missing if they never are.
    in_hand: Vec<Lost>,
}

impl Ledger {
    /// A log in this storage. Nothing is written until the batches are started.
    pub fn new(storage: Storage) -> (Self, Batches) {
        let (sender, queue) = mpsc::channel(WAITING);
        let missing = Missing::default();
        let waiting = Waiting {
            queue,
            in_hand: Vec::new(),
        };
        let batches = Batches {
            waiting: Arc::new(Mutex::new(waiting)),
            missing: missing.clone(),
            storage,
        };
        let queue = sender;
        (Self { queue, missing }, batches)
    }

    pub(super) fn note(&self, passed: Passed) {
        if let Err(refused) = self.queue.try_send(passed) {
            let call = lost(&refused.into_inner());
            self.missing.add(Cause::Crowd, [call]);
        }
    }

    /// How many calls of a store are missing since this process started; none when none is. `is_house`: whether it keeps
    /// nobody's calls.
    pub fn missing(&self, store: StoreId, is_house: bool) -> Option<MissingCalls> {
        self.missing.of(store, is_house)
    }
}

impl Batches {
    /// Writes until `answered` begins, when no call is open any more; the handle ends once the last call is written.
    pub fn start(self, answered: Shutdown) -> JoinHandle<()> {
        let writing = self.clone();
        let supervised = supervise("requests log", answered.clone(), move |answered| {
            writing.clone().run(answered)
        });
        tokio::spawn(async move {
            let _ = supervised.await;
            // Calls wait still where the server stopped before a writer that panicked was begun again.
            self.run(answered).await;
        })
    }

    async fn run(self, answered: Shutdown) {
        let mut waiting = self.waiting.lock().await;
        // Not tried again: they may be why the last one panicked.
        let given_up = mem::take(&mut waiting.in_hand);
        self.missing.add(Cause::Fault, given_up);
        let mut scrubber = Scrubber::new(&[]);
        let mut names_read: Option<Instant> = None;
        let mut settle_at = Instant::now() + NOTES_EVERY;
        loop {
            // Looked at before each batch: under a flood there is no pause.
            if Instant::now() >= settle_at {
                if let Err(error) = self.storage.settle_notes().await {
                    tracing::error!(%error, "notes of the security log can't be written; trying again");
                }
                settle_at = Instant::now() + NOTES_EVERY;
            }
            let mut batch = Vec::new();
            tokio::select! {
                biased;
                count = waiting.queue.recv_many(&mut batch, BATCH) => if count == 0 { return },
                () = answered.wait() => {
                    self.write_rest(&mut waiting, &scrubber).await;
                    return;
                }
                () = sleep_until(settle_at) => continue,
            }
            if batch.len() < BATCH {
                sleep(PATIENCE).await;
                while batch.len() < BATCH
                    && let Ok(passed) = waiting.queue.try_recv()
                {
                    batch.push(passed);
                }
            }
            waiting.in_hand = batch.iter().map(lost).collect();
            if names_read.is_none_or(|at| at.elapsed() > NAMES_EVERY) {
                match self.storage.scrubbed_names().await {
                    Ok(names) => {
                        scrubber = Scrubber::new(&names);
                        names_read = Some(Instant::now());
                    }
                    // What was read last still holds; without any, nothing is kept that may have to be scrubbed.
                    Err(error) => {
                        tracing::error!(%error, "the names to be scrubbed can't be read");
                        if names_read.is_none() {
                            let given_up = mem::take(&mut waiting.in_hand);
                            self.missing.add(Cause::Fault, given_up);
                            continue;
                        }
                    }
                }
            }
            self.write(batch, &scrubber).await;
            waiting.in_hand.clear();
        }
    }

    async fn write_rest(&self, waiting: &mut Waiting, scrubber: &Scrubber) {
        let mut batch = Vec::new();
        while let Ok(passed) = waiting.queue.try_recv() {
            batch.push(passed);
        }
        waiting.in_hand = batch.iter().map(lost).collect();
        self.write(batch, scrubber).await;
        waiting.in_hand.clear();
    }

    async fn write(&self, mut batch: Vec<Passed>, scrubber: &Scrubber) {
        if batch.is_empty() {
            return;
        }
        let house = match self.place(&mut batch).await {
            Ok(house) => house,
            Err(error) => {
                tracing::error!(%error, "the stores of calls can't be read");
                self.missing.add(Cause::Fault, batch.iter().map(lost));
                return;
            }
        };
        for passed in &batch {
            if let Err(error) = self.tell(passed).await {
                tracing::error!(%error, "the security log can't be written");
            }
        }
        let ambient = self.storage.ambient();
        let entries: Vec<_> = batch
            .into_iter()
            .filter_map(|passed| {
                let store = passed.store_id().or(house)?;
                Some((store, entry(passed, scrubber, ambient.uuid())))
            })
            .collect();
        let told = entries
            .iter()
            .map(|(store, entry)| (Some(*store), entry.occurred_at));
        let told: Vec<Lost> = told.collect();
        if let Err(error) = self.storage.record_requests(entries).await {
            let count = told.len();
            tracing::error!(%error, count, "calls can't be written to the requests log");
            self.missing.add(Cause::Fault, told);
        }
    }

    /// Tells the security log of a call, where it is to hear of it: of a key too that was to open what nothing answers, from
    /// outside its networks or after its end. A page that answers everybody refused none.
    async fn tell(&self, passed: &Passed) -> Result<(), storage::Error> {
        if let Some(access) = passed.access.as_ref().filter(|_| passed.status >= 400) {
            self.storage
                .note_key_refusal(access, &passed.caller)
                .await?;
        }
        match alert::of(passed) {
            Some(note) => {
                self.storage
                    .note_security(passed.scope.as_ref(), note)
                    .await
            }
            None => Ok(()),
        }
    }

    /// Finds the stores of calls; gives the house's, where nobody's calls are kept.
    async fn place(&self, batch: &mut [Passed]) -> Result<Option<StoreId>, storage::Error> {
        let mut places = Places::new(&self.storage);
        for passed in batch {
            places.find(passed).await?;
        }
        Ok(self.storage.house_store().await?.map(|store| store.id))
    }
}

/// What is kept of a call. Of nobody's neither query nor body: the house's log is read by one store's people, and what
/// was typed may be about those of another.
fn entry(passed: Passed, scrubber: &Scrubber, id: uuid::Uuid) -> RequestEntry {
    let is_known = passed.store_id().is_some();
    let query = passed.query.as_deref().filter(|_| is_known);
    let query = query.map(|query| scrubber.form(query).text);
    let body = passed.body.as_ref().filter(|_| is_known);
    let body = body.and_then(|body| {
        let bytes = body.whole.as_deref().filter(|bytes| !bytes.is_empty())?;
        let scrubbed = kept_body(bytes, passed.content_type.as_deref(), scrubber)?;
        Some(scrubbed).filter(|text| text.len() <= 16 * 1024)
    });
    RequestEntry {
        id,
        occurred_at: passed.at,
        surface: passed.keeping.surface,
        viewed: viewed(&passed, body.as_deref()),
        method: passed.method,
        path: cut(scrubber.path(&passed.path)),
        route: passed.route,
        query: query.map(cut),
        body,
        body_bytes: passed.body.as_ref().map_or(0, |body| body.bytes),
        body_sha256: passed.body.and_then(|body| body.sha256).map(hex),
        status: passed.status,
        duration_us: u64::try_from(passed.took.as_micros()).unwrap_or(u64::MAX),
        actor: passed
            .scope
            .as_ref()
            .map_or_else(Actor::system, Scope::actor),
        ip: passed.caller.ip,
        user_agent: passed.caller.user_agent,
        request_id: passed.caller.request_id.unwrap_or_default(),
        trace_id: passed.caller.trace_id,
    }
}

/// A body that people can read, scrubbed; none for files and the like.
fn kept_body(bytes: &[u8], content_type: Option<&str>, scrubber: &Scrubber) -> Option<String> {
    let kind = content_type.unwrap_or_default().split(';').next()?.trim();
    let text = std::str::from_utf8(bytes).ok()?;
    match kind {
        "application/x-www-form-urlencoded" => Some(scrubber.form(text).text),
        "application/json" | "text/plain" | "" => Some(scrubber.json(bytes).text),
        kind if kind.ends_with("+json") => Some(scrubber.json(bytes).text),
        _ => None,
    }
}

/// The record that a call showed, when it was shown.
fn viewed(passed: &Passed, body: Option<&str>) -> Vec<Reference> {
    let Some(kind) = passed.keeping.shows.filter(|_| passed.status < 400) else {
        return Vec::new();
    };
    let of_path = passed
        .route
        .split('/')
        .zip(passed.path.split('/'))
        .find(|(pattern, _)| pattern.starts_with('{'))
        .map(|(_, value)| {
            percent_encoding::percent_decode_str(value)
                .decode_utf8_lossy()
                .into_owned()
        });
    let of_form = || {
        let form = passed.query.as_deref().or(body)?;
        form_urlencoded::parse(form.as_bytes())
            .find(|(name, _)| matches!(&**name, "id" | "number" | "order" | "customer"))
            .map(|(_, value)| value.into_owned())
    };
    let id = of_path.or_else(of_form);
    id.map(|id| Reference {
        kind: kind.to_owned(),
        id: id.chars().take(200).collect(),
        name: None,
    })
    .into_iter()
    .collect()
}

fn cut(mut text: String) -> String {
    if text.len() > MAX_TEXT {
        let mut at = MAX_TEXT;
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        text.truncate(at);
        text.push('…');
    }
    text
}

fn hex(bytes: [u8; 32]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{DateTime, Utc};
    use storage::Ambient;

    #[tokio::test]
    async fn what_a_writer_had_in_hand_when_it_panicked_is_told_as_missing() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("log.db").display());
        let storage = Storage::open(&url, Ambient::system()).await.unwrap();
        let (ledger, batches) = Ledger::new(storage);
        let store = StoreId(1);
        let at = DateTime::<Utc>::from_timestamp_micros(5).unwrap();
        batches.waiting.lock().await.in_hand = vec![(Some(store), at)];
        let answered = Shutdown::default();
        answered.begin();
        // As the one that is begun in its place.
        batches.start(answered).await.unwrap();
        let told = MissingCalls {
            since: at,
            crowded: 0,
            unwritten: 1,
        };
        assert_eq!(ledger.missing(store, false), Some(told));
    }
}
