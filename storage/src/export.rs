//! Exports: asked for, built from a snapshot, kept for a while, downloaded; each step recorded.
//!
//! What an export holds is decided when it is built, by the scope that its requester has then. A file is for
//! who sees all of it: [`domain::Role::covers`]. To add a log: a member of [`domain::export::Source`], its
//! reading in [`rows`], its words in [`crate::select`].

mod email;
mod file;
mod list;
mod missing;
mod recorded;
mod request;
mod requester;
mod row;
mod rows;
mod schedule;
mod work;

pub use file::ExportFile;
pub use rows::{ExportItem, ExportPart, ExportRows};
pub use work::ExportJob;

pub(crate) use file::{begun_anew, marked_erased};
pub(crate) use list::Holding;
pub(crate) use requester::{name_of, requester_of};
pub(crate) use row::Spec;

use crate::account::own_activity;
use crate::record::{Effect, Record};
use crate::{Error, Scope, Storage};
use domain::{Activity, Actor, Category, ExportId, Outcome, Reference, StoreId};
use std::sync::Arc;
use tokio::sync::{Notify, broadcast};

/// How many changes a slow listener may be behind.
const BEHIND: usize = 256;

/// Who is told of exports and of work.
pub(crate) struct Bells {
    changed: broadcast::Sender<(StoreId, ExportId)>,
    work: Arc<Notify>,
}

impl Default for Bells {
    fn default() -> Self {
        Self {
            changed: broadcast::channel(BEHIND).0,
            work: Arc::default(),
        }
    }
}

impl Storage {
    /// Notified when there is something to export, erase or schedule, or retention has changed: whoever has begun to wait
    /// by then, and one of those who have not. Polling is the truth: another process may have asked for it.
    pub fn work_wakeup(&self) -> Arc<Notify> {
        self.inner.bells.work.clone()
    }

    /// Each export that this process changed. Who falls behind loads the list again.
    pub fn subscribe_exports(&self) -> broadcast::Receiver<(StoreId, ExportId)> {
        self.inner.bells.changed.subscribe()
    }

    pub(crate) fn wake_workers(&self) {
        self.inner.bells.work.notify_waiters();
        self.inner.bells.work.notify_one();
    }

    pub(crate) fn export_changed(&self, store: StoreId, id: ExportId) {
        // An error means that nobody listens.
        let _ = self.inner.bells.changed.send((store, id));
    }

    /// Records what happened to an export together with its row.
    async fn write_export(
        &self,
        store: StoreId,
        principal: impl Into<crate::record::By>,
        activity: Option<Activity>,
        effects: Vec<Effect>,
    ) -> Result<(), Error> {
        let records = activity.map(Record::Activity).into_iter().collect();
        self.recorder()
            .write(store, principal, records, effects, None)
            .await
            .map(drop)
    }

    fn export_activity(&self, action: &str, id: ExportId, name: &str, actor: Actor) -> Activity {
        let subject = Reference {
            kind: "export".to_owned(),
            id: id.to_string(),
            name: Some(name.to_owned()),
        };
        let failed = action == "export.failed";
        Activity {
            actor,
            outcome: if failed {
                Outcome::Failed
            } else {
                Outcome::Success
            },
            ..own_activity(
                self.ambient(),
                action,
                Category::Exports,
                Some(subject),
                Vec::new(),
            )
        }
    }

    fn export_activity_of(
        &self,
        scope: &Scope,
        action: &str,
        id: ExportId,
        name: &str,
    ) -> Activity {
        self.export_activity(action, id, name, scope.actor())
    }
}
