//! Puts the sample store into the database, once.

use super::bulk_records::{Operations, is_item};
use super::dice::Dice;
use super::letter_box::Letters;
use super::own_rules;
use super::people::{OWNER, STAFF};
use super::shop_hooks::{self, Hooks};
use super::timeline::{FIRST, LAST};
use super::{ACTIVITIES, DAYS, SEED, SIGN_INS, SampleRecord, activities, new_store};
use chrono::{DateTime, TimeDelta, Utc};
use domain::view::{ActivityRow, StoreView};
use domain::{
    Activity, ActivityId, Clause, Code, Direction, Filter, MAX_BATCH, Origin, Pattern, Problem,
    Role, Test,
};
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;
use storage::record::{Idempotency, Receipt, Record, Recorded};
use storage::{Error, NewUser, Page, SampleArrival, SamplePast, Scope, Storage};
use uuid::Uuid;

/// A load that was interrupted longer ago starts over: its keys may be forgotten, its story is old.
const GOES_ON_FOR: TimeDelta = TimeDelta::hours(12);
/// How long before the story the owner came.
const OWNER_CAME: TimeDelta = TimeDelta::hours(26);
/// How long she took to invite each of the others.
const INVITED_AFTER: TimeDelta = TimeDelta::minutes(23);

/// Loads the sample store unless it is there, and gives it.
///
/// All of [`SIGN_INS`] get `password_hash`, the argon2 PHC string of [`super::PASSWORD`]; without it nobody signs in
/// as one of them. `progress` is called with the number of activities recorded and their number in all. Interrupted
/// at any place, the next call goes on where it stopped: each batch has a key of its own, and the story's end is read
/// from its first activity.
///
/// # Errors
/// When the database fails, or when the store was changed by other means while it was being loaded.
pub async fn load(
    storage: &Storage,
    password_hash: Option<&str>,
    progress: impl Fn(u64, u64) + Send,
) -> Result<StoreView, Error> {
    load_story(storage, password_hash, activities, progress).await
}

/// Loads what `story` tells up to a time; it begins and ends with the activities of [`FIRST`] and [`LAST`].
pub(super) async fn load_story<I: Iterator<Item = SampleRecord> + Send>(
    storage: &Storage,
    password_hash: Option<&str>,
    story: impl Fn(DateTime<Utc>) -> I + Send,
    progress: impl Fn(u64, u64) + Send,
) -> Result<StoreView, Error> {
    let clock = storage.ambient().clock.clone();
    let mut store = sample_store(storage).await?;
    let mut scope = Scope::system("sample store", store.clone());
    let mut end = clock.now();
    if let Some(first) = find(storage, &scope, FIRST).await? {
        if find(storage, &scope, LAST).await?.is_some() {
            progress(ACTIVITIES as u64, ACTIVITIES as u64);
            return Ok(store);
        }
        let started_for = first.occurred_at + TimeDelta::days(DAYS);
        if end - started_for < GOES_ON_FOR {
            end = started_for;
        } else {
            storage.remove_sample(&scope).await?;
            store = sample_store(storage).await?;
            scope = Scope::system("sample store", store.clone());
        }
    }
    let opens = end - TimeDelta::days(DAYS);
    add_users(storage, &scope, password_hash, opens).await?;
    let mut loader = Loader {
        storage,
        scope: &scope,
        end,
        batch: Vec::with_capacity(MAX_BATCH),
        marks: Vec::new(),
        seen: Vec::new(),
        past: SamplePast::default(),
        hooks: Hooks::default(),
        known: HashMap::new(),
        batches: 0,
        activities: 0,
        under_way: None,
        letters: Letters::new(store.id.0, end),
        operations: Operations::default(),
    };
    progress(0, ACTIVITIES as u64);
    for record in story(end) {
        if loader.take(record).await? {
            progress(loader.activities, ACTIVITIES as u64);
        }
    }
    loader.hand_over().await?;
    loader.settle().await?;
    progress(loader.activities, ACTIVITIES as u64);
    Ok(store)
}

/// The sample store, created if there is none.
async fn sample_store(storage: &Storage) -> Result<StoreView, Error> {
    let stores = storage.list_stores().await?;
    match stores.into_iter().find(|store| store.is_sample) {
        Some(store) => Ok(store),
        None => storage.create_store(new_store()).await,
    }
}

/// Adds those who sign in, unless they are there: the owner the day before the store opens, then whom she invites.
async fn add_users(
    storage: &Storage,
    scope: &Scope,
    password_hash: Option<&str>,
    opens: DateTime<Utc>,
) -> Result<(), Error> {
    let there = storage.list_users(scope).await?;
    let owner = STAFF[OWNER].acts(&mut Dice::of(SEED));
    for (turn, (role, name, email)) in (0_i32..).zip(SIGN_INS) {
        if there.iter().any(|user| user.email == email) {
            continue;
        }
        let user = NewUser {
            name: name.to_owned(),
            email: email.to_owned(),
            password_hash: password_hash.map(str::to_owned),
        };
        let (by, origin) = match role {
            Role::SuperAdmin => (scope.actor(), Origin::default()),
            _ => (owner.actor.clone(), owner.origin.clone()),
        };
        let at = opens - OWNER_CAME + INVITED_AFTER * turn;
        let arrival = SampleArrival { at, by, origin };
        let mut tries = 0;
        // A sample that was removed a moment ago takes its users with it in the background: one who was found
        // may be gone when the role is given.
        while let Err(error) = storage
            .add_sample_user(scope, user.clone(), role, arrival.clone())
            .await
        {
            tries += 1;
            if tries > 10 || !matches!(error, Error::Database(_)) {
                return Err(error);
            }
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
    }
    Ok(())
}

/// The activity of that trace, if it was recorded.
async fn find(storage: &Storage, scope: &Scope, trace: &str) -> Result<Option<ActivityRow>, Error> {
    let filter = Filter {
        clauses: vec![Clause {
            is_negated: false,
            test: Test::Trace(vec![Pattern::exact(trace)]),
        }],
    };
    let page = Page {
        after: None,
        direction: Direction::Oldest,
        limit: 1,
    };
    let found = storage.list_activities(scope, &filter, page).await?;
    Ok(found.rows.into_iter().next())
}

/// Records on their way into the database.
struct Loader<'a> {
    storage: &'a Storage,
    scope: &'a Scope,
    /// When the story ends: with the store's number, it says what each batch holds.
    end: DateTime<Utc>,
    batch: Vec<Record>,
    /// The marks of the batch: place in it and mark.
    marks: Vec<(usize, u32)>,
    /// What the store's own rules look at, with its place in the batch.
    seen: Vec<(usize, Activity)>,
    /// What they look at of the batches before.
    past: SamplePast,
    /// What the shop told of by webhooks.
    hooks: Hooks,
    /// What marked activities are called in the database.
    known: HashMap<u32, ActivityId>,
    batches: u32,
    activities: u64,
    /// The batch that is being written while the next one is made.
    under_way: Option<Batch>,
    /// The messages, each with all that became of it.
    letters: Letters,
    /// The bulk operations that are open.
    operations: Operations,
}

/// A batch that was handed over.
struct Batch {
    answer: Pin<Box<dyn Future<Output = Result<Recorded, Error>> + Send>>,
    /// The answer, if it came at once.
    early: Option<Result<Recorded, Error>>,
    marks: Vec<(usize, u32)>,
    seen: Vec<(usize, Activity)>,
    activities: u64,
}

impl Loader<'_> {
    /// Takes a record; true when a batch was recorded meanwhile.
    async fn take(&mut self, record: SampleRecord) -> Result<bool, Error> {
        let before = self.activities;
        // An end needs the id of its activity, and the last activity says that everything before it is there.
        match &record {
            SampleRecord::Ended { mark, .. } if !self.known.contains_key(mark) => {
                if self.marks.iter().any(|(_, m)| m == mark) {
                    self.hand_over().await?;
                }
                self.settle().await?;
            }
            SampleRecord::Activity { activity, .. } if is_last(activity) => {
                self.hand_over().await?;
                self.past.messages = self.letters.heard();
                for messages in self.letters.take().chunks(MAX_BATCH) {
                    self.batch.extend_from_slice(messages);
                    self.hand_over().await?;
                }
                self.settle().await?;
                self.tell_own().await?;
            }
            _ if self.batch.len() >= MAX_BATCH => self.hand_over().await?,
            _ => {}
        }
        let record = match record {
            SampleRecord::Message { id, step } => {
                self.letters.tell(id, step);
                return Ok(self.activities > before);
            }
            SampleRecord::Activity { mut activity, mark } => {
                self.letters.name(&mut activity);
                let told = self.operations.tell(&activity);
                let stands_there = !told.is_empty() && is_item(&activity);
                self.batch.extend(told);
                if stands_there {
                    return Ok(self.activities > before);
                }
                self.marks.extend(mark.map(|mark| (self.batch.len(), mark)));
                self.hooks.tell(&activity);
                if own_rules::is_looked_at(&activity) {
                    self.seen.push((self.batch.len(), (*activity).clone()));
                }
                Record::Activity(*activity)
            }
            SampleRecord::Ended {
                mark,
                outcome,
                error,
                occurred_at,
            } => Record::Outcome {
                activity: self.known.remove(&mark).ok_or_else(changed)?,
                outcome,
                error,
                occurred_at,
            },
            SampleRecord::Order { number, order } => Record::Order { number, order },
            SampleRecord::Customer { id, customer } => Record::Customer { id, customer },
        };
        self.batch.push(record);
        Ok(self.activities > before)
    }

    /// Hands the batch over and waits for the one before it: while one is written, the next is prepared. The
    /// recorder writes in the order in which it is called.
    async fn hand_over(&mut self) -> Result<(), Error> {
        if self.batch.is_empty() {
            return Ok(());
        }
        let store = self.scope.store_id().0;
        let key = format!("sample-{store}-batch-{}", self.batches);
        let content = format!("{key} until {}", self.end.timestamp_micros());
        let idempotency = Idempotency {
            key,
            request_digest: Sha256::digest(content).into(),
            answer,
        };
        let records = std::mem::replace(&mut self.batch, Vec::with_capacity(MAX_BATCH));
        let is_activity = |record: &&Record| matches!(record, Record::Activity(_));
        let activities = records.iter().filter(is_activity).count() as u64;
        let (recorder, scope) = (self.storage.recorder().clone(), self.scope.clone());
        let mut answer: Pin<Box<dyn Future<Output = _> + Send>> =
            Box::pin(async move { recorder.record(&scope, records, Some(idempotency)).await });
        let early = poll_fn(|context| {
            Poll::Ready(match answer.as_mut().poll(context) {
                Poll::Ready(answer) => Some(answer),
                Poll::Pending => None,
            })
        })
        .await;
        self.settle().await?;
        self.batches += 1;
        self.under_way = Some(Batch {
            answer,
            early,
            marks: std::mem::take(&mut self.marks),
            seen: std::mem::take(&mut self.seen),
            activities,
        });
        Ok(())
    }

    /// Tells the store's own rules with what they made of the story so far, and the webhooks of its last days.
    async fn tell_own(&mut self) -> Result<(), Error> {
        let (store, until) = (self.scope.store_id().0, self.end.timestamp_micros());
        let of = format!("sample {store} until {until}");
        let opened = self.end - TimeDelta::days(DAYS);
        let past = std::mem::take(&mut self.past);
        let versions = own_rules::versions(&of, opened);
        let template = own_rules::template(&of);
        let key = format!("{of} rules");
        self.storage
            .tell_sample_rules(self.scope, &template, &versions, &past, &key)
            .await?;
        let connection = shop_hooks::connection(&of, opened);
        let hooks = self.hooks.take(&of, self.end);
        let key = format!("{of} webhooks");
        self.storage
            .tell_sample_hooks(self.scope, &connection, &hooks, &key)
            .await
    }

    /// Waits until the batch under way is recorded, or was recorded before.
    async fn settle(&mut self) -> Result<(), Error> {
        let Some(batch) = self.under_way.take() else {
            return Ok(());
        };
        let recorded = match batch.early {
            Some(recorded) => recorded?,
            None => batch.answer.await?,
        };
        let ids = match recorded {
            Recorded::New(receipts) => answer(&receipts),
            Recorded::Replayed(ids) => ids,
        };
        for (at, mark) in batch.marks {
            self.known.insert(mark, id_at(&ids, at)?);
        }
        for (at, activity) in batch.seen {
            self.past.events.push((id_at(&ids, at)?, activity));
        }
        self.activities += batch.activities;
        Ok(())
    }
}

/// The ids of a batch, 16 bytes each.
fn answer(receipts: &[Receipt]) -> Vec<u8> {
    receipts
        .iter()
        .flat_map(|receipt| *receipt.id.as_bytes())
        .collect()
}

/// The id of a batch's record at that place.
fn id_at(ids: &[u8], at: usize) -> Result<ActivityId, Error> {
    let id = ids.get(at * 16..at * 16 + 16).ok_or_else(changed)?;
    let id = Uuid::from_slice(id).map_err(|_| changed())?;
    Ok(ActivityId(id))
}

fn is_last(activity: &Activity) -> bool {
    activity.origin.trace_id.as_deref() == Some(LAST)
}

fn changed() -> Error {
    Problem::new(
        Code::Conflict,
        "the sample store was changed while it was being loaded; remove it and load it again",
    )
    .into()
}
