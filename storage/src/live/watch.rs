//! What was committed to the security log and the operations log.

use crate::log::uuid_of;
use crate::record::watch::{entry_of, event_of};
use crate::sql::{sql, values};
use crate::watch::{request_row, security_row};
use crate::{Error, Scope, Storage};
use domain::entry::{EntryFacts, EntryFilter};
use domain::request::RequestEntry;
use domain::security::SecurityEvent;
use domain::view::WatchEvent;
use domain::{Permission, Seq, StoreId};
use sea_orm::DatabaseConnection;
use std::sync::Arc;
use tokio::sync::broadcast;

/// A committed entry of one of the two logs that live views may show.
#[derive(Debug, Clone)]
pub struct PublishedEntry {
    /// The store it belongs to.
    pub store_id: StoreId,
    /// Its ledger number; the batch's for a call.
    pub seq: Seq,
    /// What filters look at.
    pub facts: EntryFacts,
    /// The entry.
    pub entry: Watched,
}

/// An entry of one of the two logs.
#[derive(Debug, Clone)]
pub enum Watched {
    /// Of the security log.
    Security(Arc<SecurityEvent>),
    /// Of the operations log.
    Request(Arc<RequestEntry>),
}

impl PublishedEntry {
    /// Whether it is one of the security log; else it is a call.
    pub const fn is_security(&self) -> bool {
        matches!(self.entry, Watched::Security(_))
    }

    /// What a scope and filter make of it, if they let it through.
    pub fn event_for(&self, scope: &Scope, filter: &EntryFilter) -> Option<WatchEvent> {
        let permission = match self.entry {
            Watched::Security(_) => Permission::ReadSecurity,
            Watched::Request(_) => Permission::ReadRequests,
        };
        let is_open = self.store_id == scope.store_id()
            && scope.role().may(permission)
            && filter.matches(&self.facts, scope.role().is_masked());
        is_open.then(|| match &self.entry {
            Watched::Security(event) => WatchEvent::SecurityAdded {
                row: Box::new(security_row(scope, self.facts.id, self.seq, event)),
            },
            Watched::Request(entry) => WatchEvent::RequestAdded {
                row: Box::new(request_row(scope, entry, 0)),
            },
        })
    }
}

impl Storage {
    /// Everything committed to the security log and the operations log from now on, by this process or
    /// another, within a second. A slow reader gets `Lagged` and must load its page again.
    pub fn subscribe_watch(&self) -> broadcast::Receiver<Arc<PublishedEntry>> {
        self.inner.listeners.entries.subscribe()
    }
}

/// The entries of both logs with ledger numbers from (exclusive) to (inclusive).
pub(super) async fn entries(
    on: &DatabaseConnection,
    from: i64,
    to: i64,
) -> Result<Vec<PublishedEntry>, Error> {
    let backend = on.get_database_backend();
    let text = "SELECT l.seq, l.store_id, l.record_id, p.body FROM ledger l JOIN payload p ON p.seq = l.seq \
                WHERE l.kind = 'security' AND l.seq > ? AND l.seq <= ? ORDER BY l.seq";
    let mut published = Vec::new();
    for row in sql(backend, text, values![from, to]).rows(on).await? {
        let seq: i64 = row.try_get_by_index(0)?;
        let id = uuid_of(&row.try_get_by_index::<Vec<u8>>(2)?)?;
        let read = event_of(&row.try_get_by_index::<String>(3)?);
        let Some(event) = Error::passed_over(read, seq)? else {
            continue;
        };
        published.push(PublishedEntry {
            store_id: StoreId(row.try_get_by_index(1)?),
            seq: Seq(seq),
            facts: event.facts(id),
            entry: Watched::Security(Arc::new(event)),
        });
    }
    let text = "SELECT seq, store_id, body FROM request_entry WHERE seq > ? AND seq <= ? ORDER BY order_key";
    for row in sql(backend, text, values![from, to]).rows(on).await? {
        let seq: i64 = row.try_get_by_index(0)?;
        let read = entry_of(&row.try_get_by_index::<String>(2)?);
        let Some(entry) = Error::passed_over(read, seq)? else {
            continue;
        };
        published.push(PublishedEntry {
            store_id: StoreId(row.try_get_by_index(1)?),
            seq: Seq(seq),
            facts: entry.facts(),
            entry: Watched::Request(Arc::new(entry)),
        });
    }
    Ok(published)
}
