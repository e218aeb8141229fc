//! What was committed, handed on: each record once, in the order of the ledger.

mod mark;
mod message;
mod operation;
mod watch;

pub(crate) use mark::Marks;
pub use message::PublishedMessage;
pub use operation::PublishedOperation;
pub use watch::{PublishedEntry, Watched};

use crate::log::{self, row, uuid_of};
use crate::record::Committed;
use crate::sql::{sql, values};
use crate::{Error, Scope, Storage};
use domain::view::LiveEvent;
use domain::{Activity, ActivityId, Facts, Filter, Seq, StoreId};
use sea_orm::{ConnectionTrait, DatabaseConnection, FromQueryResult};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{broadcast, mpsc};

/// How many records a slow reader may be behind before it has to read on from the ledger.
const BEHIND: usize = 4_096;
/// How many records one resumption brings.
const RESUMED: usize = 500;
/// How many ledger entries one resumption looks through.
const LOOKED_THROUGH: i64 = 20_000;
/// Among how many of the newest entries one is looked for that the scope sees.
const NEWEST: i64 = 200;
/// How many entries are read at once.
const CHUNK: i64 = 1_000;
/// How often the ledger is asked whether another process wrote.
const POLL: Duration = Duration::from_millis(400);

/// A committed record that live views may show.
#[derive(Debug, Clone)]
pub struct Published {
    /// Its ledger number.
    pub seq: Seq,
    /// The ledger number of the activity it is about.
    pub activity_seq: Seq,
    /// The store it belongs to.
    pub store_id: StoreId,
    /// Whether the entry is new (else its outcome changed).
    pub is_new: bool,
    /// Opaque: resume after this record.
    pub mark: String,
    /// The colleague to whom the order concerned is assigned, if it is one.
    pub assigned_to: Option<String>,
    /// The entry as it is now.
    pub facts: Arc<Facts>,
}

impl Published {
    /// Whether it tells of an erasure that is over.
    pub fn is_erasure(&self) -> bool {
        self.is_new && self.facts.activity.action.name == "log.erased"
    }

    /// A record as the predicate needs it.
    pub(crate) fn probe(facts: &Facts, store_id: StoreId, assigned_to: Option<&str>) -> Self {
        Self {
            seq: Seq(0),
            activity_seq: Seq(0),
            store_id,
            is_new: true,
            mark: String::new(),
            assigned_to: assigned_to.map(str::to_owned),
            facts: Arc::new(facts.clone()),
        }
    }

    /// What a scope and filter make of it, if they let it through. A change comes as well when the filter may have let
    /// the entry through before: whoever shows it must learn what it is now.
    pub fn event_for(&self, scope: &Scope, filter: &Filter) -> Option<LiveEvent> {
        let is_matching = scope.sees(self, filter);
        if !is_matching && (self.is_new || !scope.may_have_seen(self, filter)) {
            return None;
        }
        let (row, mark) = (Box::new(scope.project(self)?), self.mark.clone());
        Some(if self.is_new {
            LiveEvent::Added { row, mark }
        } else {
            LiveEvent::Changed {
                row,
                is_matching,
                mark,
            }
        })
    }
}

/// A ledger entry about an activity, with the activity's payload and its later outcomes.
#[derive(FromQueryResult)]
struct Entry {
    seq: i64,
    store_id: i64,
    kind: String,
    record_id: Vec<u8>,
    activity_seq: i64,
    activity_id: Vec<u8>,
    outcome: i16,
    error: Option<String>,
    body: String,
}

impl Entry {
    /// Its mark, and the activity as it is now.
    fn read(&self) -> Result<(String, Facts), Error> {
        let mut activity: Activity = log::activity_of(&self.body)?;
        let outcome = log::outcome_of(self.outcome)?;
        row::end(&mut activity, outcome, self.error.clone());
        let mark = uuid_of(&self.record_id)?.to_string();
        let id = ActivityId(uuid_of(&self.activity_id)?);
        Ok((mark, Facts::new(id, activity)))
    }
}

/// Follows the ledger and hands each record to whoever listens.
pub(crate) struct Follower {
    database: DatabaseConnection,
    listeners: broadcast::Sender<Arc<Published>>,
    messages: broadcast::Sender<Arc<PublishedMessage>>,
    operations: broadcast::Sender<Arc<PublishedOperation>>,
    entries: broadcast::Sender<Arc<PublishedEntry>>,
    last: i64,
}

/// The ways on which committed records are handed on.
pub(crate) struct Listeners {
    pub(crate) activities: broadcast::Sender<Arc<Published>>,
    pub(crate) messages: broadcast::Sender<Arc<PublishedMessage>>,
    pub(crate) operations: broadcast::Sender<Arc<PublishedOperation>>,
    pub(crate) entries: broadcast::Sender<Arc<PublishedEntry>>,
}

impl Follower {
    /// Starts following from the ledger's present end.
    pub(crate) async fn start(
        database: DatabaseConnection,
        committed: mpsc::UnboundedReceiver<Committed>,
    ) -> Result<Listeners, Error> {
        let (listeners, _) = broadcast::channel(BEHIND);
        let (messages, _) = broadcast::channel(BEHIND);
        let (operations, _) = broadcast::channel(BEHIND);
        let (watched, _) = broadcast::channel(BEHIND);
        let last = size(&database).await?;
        let follower = Self {
            database,
            listeners: listeners.clone(),
            messages: messages.clone(),
            operations: operations.clone(),
            entries: watched.clone(),
            last,
        };
        tokio::spawn(follower.run(committed));
        Ok(Listeners {
            activities: listeners,
            messages,
            operations,
            entries: watched,
        })
    }

    async fn run(mut self, mut committed: mpsc::UnboundedReceiver<Committed>) {
        let mut timer = tokio::time::interval(POLL);
        timer.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let caught_up = tokio::select! {
                next = committed.recv() => match next {
                    None => return,
                    Some(group) => self.hand_on(group).await,
                },
                // Polling is the truth: the command line and other nodes write to the same ledger.
                _ = timer.tick() => self.catch_up(i64::MAX).await,
            };
            match caught_up {
                Ok(()) => {}
                // On purpose, and for good: there is nothing to try again.
                Err(error) if error.is_closed() => return,
                Err(error) => {
                    tracing::warn!(%error, "live views could not read the ledger; they try again");
                }
            }
        }
    }

    async fn hand_on(&mut self, group: Committed) -> Result<(), Error> {
        if group.last.0 <= self.last {
            return Ok(());
        }
        if group.first.0 > self.last + 1 {
            self.catch_up(group.first.0 - 1).await?;
        }
        for published in group.published {
            if published.seq.0 > self.last {
                // An error means that nobody listens.
                let _ = self.listeners.send(published);
            }
        }
        for published in group.messages {
            if published.seq.0 > self.last {
                let _ = self.messages.send(published);
            }
        }
        for published in group.operations {
            if published.seq.0 > self.last {
                let _ = self.operations.send(published);
            }
        }
        for published in group.entries {
            if published.seq.0 > self.last {
                let _ = self.entries.send(published);
            }
        }
        self.last = group.last.0;
        Ok(())
    }

    /// Reads what others wrote, up to a number.
    async fn catch_up(&mut self, to: i64) -> Result<(), Error> {
        let end = size(&self.database).await?.min(to);
        while self.last < end {
            let part = end.min(self.last + CHUNK);
            for published in entries(&self.database, None, self.last, part).await? {
                let _ = self.listeners.send(Arc::new(published));
            }
            for published in message::entries(&self.database, None, self.last, part).await? {
                let _ = self.messages.send(Arc::new(published));
            }
            for published in operation::entries(&self.database, None, self.last, part).await? {
                let _ = self.operations.send(Arc::new(published));
            }
            for published in watch::entries(&self.database, self.last, part).await? {
                let _ = self.entries.send(Arc::new(published));
            }
            self.last = part;
        }
        Ok(())
    }
}

impl Storage {
    /// Everything committed from now on, by this process or another, within a second. A slow reader gets
    /// `Lagged` and must read on with [`Storage::changes_since`].
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<Published>> {
        self.listeners().subscribe()
    }

    /// A mark after which nothing of the scope's store is missed. It says nothing about what is hidden.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn current_mark(&self, scope: &Scope) -> Result<String, Error> {
        let end = size(self.readers()).await?;
        // The id of a record that is seen anyway outlasts a restart.
        let newest = entries(self.readers(), Some(scope.store_id()), end - NEWEST, end).await?;
        let seen = newest
            .into_iter()
            .rev()
            .find(|p| scope.project(p).is_some());
        Ok(seen.map_or_else(
            || self.inner.marks.seal(scope.store_id(), end),
            |published| published.mark,
        ))
    }

    /// A mark of a ledger number. It says nothing about what is hidden.
    pub(crate) fn mark_of(&self, scope: &Scope, seq: i64) -> String {
        self.inner.marks.seal(scope.store_id(), seq)
    }

    /// How many entries the ledger has.
    pub(crate) async fn ledger_size(&self) -> Result<i64, Error> {
        size(self.readers()).await
    }

    /// What scope and filter let through after a mark, oldest first, at most 500; ends with
    /// [`LiveEvent::Resync`] when there is more, when the mark is unknown, or when something was erased since.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn changes_since(
        &self,
        scope: &Scope,
        filter: &Filter,
        mark: &str,
    ) -> Result<Vec<LiveEvent>, Error> {
        let end = size(self.readers()).await?;
        let resync = async || -> Result<Vec<LiveEvent>, Error> {
            Ok(vec![LiveEvent::Resync {
                mark: self.current_mark(scope).await?,
            }])
        };
        let from = if mark == "start" {
            0
        } else {
            match self.seq_of_mark(scope, mark).await? {
                Some(seq) => seq,
                None => return resync().await,
            }
        };
        if end - from > LOOKED_THROUGH || has_erased(self.readers(), scope.store_id(), from).await?
        {
            return resync().await;
        }
        let mut events = Vec::new();
        let mut after = from;
        while after < end {
            let part = end.min(after + CHUNK);
            let store = Some(scope.store_id());
            for published in entries(self.readers(), store, after, part).await? {
                events.extend(published.event_for(scope, filter));
            }
            if events.len() > RESUMED {
                return resync().await;
            }
            after = part;
        }
        Ok(events)
    }

    pub(crate) async fn seq_of_mark(
        &self,
        scope: &Scope,
        mark: &str,
    ) -> Result<Option<i64>, Error> {
        if let Some(seq) = self.inner.marks.open(scope.store_id(), mark) {
            return Ok(Some(seq));
        }
        let Ok(id) = mark.parse::<ActivityId>() else {
            return Ok(None);
        };
        let text = "SELECT seq FROM ledger WHERE record_id = ? AND store_id = ?";
        let values = values![id.0.as_bytes().to_vec(), scope.store_id().0];
        let row = sql(self.readers().get_database_backend(), text, values)
            .row(self.readers())
            .await?;
        Ok(row.map(|row| row.try_get_by_index(0)).transpose()?)
    }
}

/// How many entries the ledger has.
pub(crate) async fn size(on: &impl ConnectionTrait) -> Result<i64, Error> {
    let row = sql(
        on.get_database_backend(),
        "SELECT size FROM ledger_head WHERE id = 1",
        [],
    )
    .row(on)
    .await?;
    Ok(row
        .map(|row| row.try_get_by_index(0))
        .transpose()?
        .unwrap_or(0))
}

/// Whether something of a store was erased after a number: what was read before may be gone.
async fn has_erased(on: &DatabaseConnection, store: StoreId, after: i64) -> Result<bool, Error> {
    let text = "SELECT 1 FROM ledger WHERE seq > ? AND store_id = ? AND kind = 'erasure' LIMIT 1";
    let values = values![after, store.0];
    let found = sql(on.get_database_backend(), text, values).row(on).await?;
    Ok(found.is_some())
}

/// The records about activities with numbers from (exclusive) to (inclusive).
async fn entries(
    on: &DatabaseConnection,
    store: Option<StoreId>,
    from: i64,
    to: i64,
) -> Result<Vec<Published>, Error> {
    let mut statement = sql(
        on.get_database_backend(),
        "SELECT l.seq, l.store_id, l.kind, l.record_id, a.seq AS activity_seq, a.id AS activity_id, a.outcome, a.error, p.body \
         FROM ledger l JOIN activity a ON a.order_key = l.order_key JOIN payload p ON p.seq = a.seq \
         WHERE l.kind IN ('activity', 'outcome') AND l.seq > ? AND l.seq <= ?",
        values![from, to],
    );
    if let Some(store) = store {
        statement.push(" AND l.store_id = ").bind(store.0);
    }
    statement.push(" ORDER BY l.seq");
    let rows: Vec<Entry> = statement.all(on).await?;
    let mut published = Vec::with_capacity(rows.len());
    for entry in rows {
        let Some((mark, facts)) = Error::passed_over(entry.read(), entry.seq)? else {
            continue;
        };
        let store_id = StoreId(entry.store_id);
        published.push(Published {
            seq: Seq(entry.seq),
            activity_seq: Seq(entry.activity_seq),
            store_id,
            is_new: entry.kind == "activity",
            mark,
            assigned_to: log::assignee(on, store_id, &facts.activity).await?,
            facts: Arc::new(facts),
        });
    }
    Ok(published)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::Connections;

    #[tokio::test]
    async fn who_follows_ends_when_the_connections_are_closed() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("test.db").display());
        let connections = Connections::open(&url).await.unwrap();
        let (committed, commits) = mpsc::unbounded_channel();
        let started = Follower::start(connections.readers.clone(), commits).await;
        assert!(started.is_ok());
        connections.readers.close_by_ref().await.unwrap();
        let ended = tokio::time::timeout(Duration::from_secs(20), committed.closed()).await;
        assert!(ended.is_ok(), "it tries again and again");
    }
}
