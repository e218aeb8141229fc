//! The topics `exports` and `webhooks`: each export, each delivery of a shop as it comes on. They are state and no
//! entries of the ledger: there is no mark to resume from, and whoever missed something loads the list again.

use super::hub::text_of;
use axum::extract::ws::Utf8Bytes;
use domain::view::{ExportEvent, HookEvent};
use domain::{ExportId, HookId, Permission, StoreId};
use storage::{Error, Scope, Storage};
use tokio::sync::broadcast::{Receiver, error::RecvError};

/// What is followed.
#[derive(Clone, Copy)]
pub(super) enum States {
    Exports,
    Webhooks,
}

impl States {
    /// The topic of that name in a request.
    pub(super) fn named(topic: Option<&str>) -> Option<Self> {
        [Self::Exports, Self::Webhooks]
            .into_iter()
            .find(|states| topic == Some(states.name()))
    }

    /// Its name, and the mark that is told, so that a client can say that it comes again.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Exports => "exports",
            Self::Webhooks => "webhooks",
        }
    }

    /// What following it needs.
    pub(super) const fn permission(self) -> Permission {
        match self {
            Self::Exports => Permission::Export,
            Self::Webhooks => Permission::ManageWebhooks,
        }
    }

    /// Begins to listen.
    pub(super) fn watch(self, storage: &Storage) -> Watched {
        match self {
            Self::Exports => Watched::Exports(storage.subscribe_exports()),
            Self::Webhooks => Watched::Webhooks(storage.subscribe_hooks()),
        }
    }

    /// Load the list again.
    pub(super) fn resync(self) -> Utf8Bytes {
        let mark = self.name().to_owned();
        match self {
            Self::Exports => text_of(&ExportEvent::Resync { mark }),
            Self::Webhooks => text_of(&HookEvent::Resync { mark }),
        }
    }
}

/// Which of them have come on, as storage says it.
pub(super) enum Watched {
    Exports(Receiver<(StoreId, ExportId)>),
    Webhooks(Receiver<(StoreId, HookId)>),
}

/// What was heard.
pub(super) enum Heard {
    Export(StoreId, ExportId),
    Webhook(StoreId, HookId),
    /// So much at once that some of it is lost.
    Missed(States),
}

/// Waits until one has come on; for ever when nobody asked.
pub(super) async fn next(watched: &mut Option<Watched>) -> Heard {
    let heard = match watched {
        Some(Watched::Exports(exports)) => exports
            .recv()
            .await
            .map(|(store, id)| Heard::Export(store, id))
            .map_err(|error| (States::Exports, error)),
        Some(Watched::Webhooks(webhooks)) => webhooks
            .recv()
            .await
            .map(|(store, id)| Heard::Webhook(store, id))
            .map_err(|error| (States::Webhooks, error)),
        None => std::future::pending().await,
    };
    match heard {
        Ok(heard) => heard,
        Err((states, RecvError::Lagged(_))) => Heard::Missed(states),
        // Storage is never gone before its sockets.
        Err((_, RecvError::Closed)) => std::future::pending().await,
    }
}

/// What a scope is told of it; nothing of what it may not see.
///
/// # Errors
/// When the database fails.
pub(super) async fn event(
    storage: &Storage,
    scope: &Scope,
    heard: Heard,
) -> Result<Option<Utf8Bytes>, Error> {
    match heard {
        Heard::Export(store, id) if store == scope.store_id() => {
            let row = storage.export_row(scope, id).await?;
            Ok(row.map(|row| text_of(&ExportEvent::Export { row: Box::new(row) })))
        }
        Heard::Webhook(store, id) if store == scope.store_id() => {
            let row = storage.hook_row(scope, id).await?;
            Ok(row.map(|row| text_of(&HookEvent::Webhook { row: Box::new(row) })))
        }
        Heard::Export(..) | Heard::Webhook(..) => Ok(None),
        Heard::Missed(states) => Ok(Some(states.resync())),
    }
}
