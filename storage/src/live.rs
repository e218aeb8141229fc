//! What was committed, handed on: each record once, in the order of the ledger.

use crate::{Error, Scope, Storage};
use domain::Facts;
use domain::view::LiveEvent;
use domain::{Filter, Seq, StoreId};
use std::sync::Arc;

/// A committed record that live views may show.
#[derive(Debug, Clone)]
pub struct Published {
    /// Its ledger number.
    pub seq: Seq,
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

impl Storage {
    /// Everything committed from now on, by this process or another, within a second. A slow reader gets
    /// `Lagged` and must read on with [`Storage::changes_since`].
    pub fn subscribe(&self) -> tokio::sync::broadcast::Receiver<Arc<Published>> {
        todo!()
    }

    /// The mark of the newest record in the ledger.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn current_mark(&self) -> Result<String, Error> {
        todo!()
    }

    /// What scope and filter let through after a mark, oldest first, at most 500; ends with
    /// [`LiveEvent::Resync`] when there is more, or when the mark is unknown.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn changes_since(
        &self,
        _scope: &Scope,
        _filter: &Filter,
        _mark: &str,
    ) -> Result<Vec<LiveEvent>, Error> {
        todo!()
    }
}
