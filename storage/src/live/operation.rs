//! What was committed about bulk operations.

use crate::operation::{self, Columns};
use crate::sql::sql;
use crate::{Error, Scope, Storage, log};
use domain::view::{OperationLive, OperationRow};
use domain::{Permission, Seq, StoreId};
use sea_orm::DatabaseConnection;
use std::sync::Arc;
use tokio::sync::broadcast;

/// A committed change of an operation that live views may show.
#[derive(Debug, Clone)]
pub struct PublishedOperation {
    /// The ledger number of the last record about it.
    pub seq: Seq,
    /// The store it belongs to.
    pub store_id: StoreId,
    /// Opaque: resume after this record.
    pub mark: String,
    /// The operation as it is now.
    pub(crate) row: OperationRow,
}

impl PublishedOperation {
    /// What a scope makes of it, if it may see operations of its store.
    pub fn event_for(&self, scope: &Scope) -> Option<OperationLive> {
        let is_seen =
            self.store_id == scope.store_id() && scope.role().may(Permission::ReadOperations);
        is_seen.then(|| OperationLive::OperationChanged {
            row: Box::new(operation::shown_to(scope, self.row.clone())),
            mark: self.mark.clone(),
        })
    }
}

impl Storage {
    /// Every change of an operation that is committed from now on, by this process or another. A slow reader gets
    /// `Lagged` and must read on with [`Storage::operation_changes_since`].
    pub fn subscribe_operations(&self) -> broadcast::Receiver<Arc<PublishedOperation>> {
        self.inner.listeners.operations.subscribe()
    }

    /// The operations that changed after a mark (of [`Storage::current_mark`] or an event), as they are now; ends with
    /// [`OperationLive::Resync`] when there are more than 500 or the mark is unknown.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn operation_changes_since(
        &self,
        scope: &Scope,
        mark: &str,
    ) -> Result<Vec<OperationLive>, Error> {
        let from = match mark {
            "start" => Some(0),
            mark => self.seq_of_mark(scope, mark).await?,
        };
        if let Some(from) = from {
            let end = super::size(self.readers()).await?;
            let found = entries(self.readers(), Some(scope.store_id()), from, end).await?;
            if found.len() <= super::RESUMED {
                return Ok(found.iter().filter_map(|p| p.event_for(scope)).collect());
            }
        }
        let mark = self.current_mark(scope).await?;
        Ok(vec![OperationLive::Resync { mark }])
    }
}

/// The operations whose last record has a number from (exclusive) to (inclusive).
pub(super) async fn entries(
    on: &DatabaseConnection,
    store: Option<StoreId>,
    from: i64,
    to: i64,
) -> Result<Vec<PublishedOperation>, Error> {
    let mut statement = sql(on.get_database_backend(), operation::SELECT, []);
    statement.push(" WHERE o.last_seq > ").bind(from);
    statement.push(" AND o.last_seq <= ").bind(to);
    if let Some(store) = store {
        statement.push(" AND o.store_id = ").bind(store.0);
    }
    statement.push(" ORDER BY o.last_seq LIMIT 501");
    let rows: Vec<Columns> = statement.all(on).await?;
    let published = rows
        .iter()
        .map(|columns| Error::passed_over(published_of(columns), columns.last_seq));
    published.filter_map(Result::transpose).collect()
}

fn published_of(columns: &Columns) -> Result<PublishedOperation, Error> {
    Ok(PublishedOperation {
        seq: Seq(columns.last_seq),
        store_id: StoreId(columns.store_id),
        mark: log::uuid_of(&columns.last_record)?.to_string(),
        row: columns.row()?,
    })
}
