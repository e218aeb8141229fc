//! The topic `webhooks`: each delivery of a shop as it comes on. They are state and no entries of the ledger: there is no
//! mark to resume from, and whoever missed something loads the list again.

use super::hub::text_of;
use axum::extract::ws::Utf8Bytes;
use domain::view::HookEvent;
use domain::{HookId, StoreId};
use storage::{Error, Scope, Storage};
use tokio::sync::broadcast::{Receiver, error::RecvError};

/// Its name in a request.
pub(super) const TOPIC: &str = "webhooks";
/// The mark that is told, so that a client can say that it comes again.
pub(super) const MARK: &str = "webhooks";

/// Which webhooks have come on.
pub(super) type Webhooks = Receiver<(StoreId, HookId)>;
/// What was heard of them.
pub(super) type Heard = Result<(StoreId, HookId), RecvError>;

/// Waits until one has come on; for ever when nobody asked.
pub(super) async fn next(webhooks: &mut Option<Webhooks>) -> Heard {
    match webhooks {
        Some(webhooks) => match webhooks.recv().await {
            // Storage is never gone before its sockets.
            Err(RecvError::Closed) => std::future::pending().await,
            heard => heard,
        },
        None => std::future::pending().await,
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
    let Ok((store, id)) = heard else {
        return Ok(Some(resync()));
    };
    if store != scope.store_id() {
        return Ok(None);
    }
    let row = storage.hook_row(scope, id).await?;
    Ok(row.map(|row| text_of(&HookEvent::Webhook { row: Box::new(row) })))
}

/// Load the list again.
pub(super) fn resync() -> Utf8Bytes {
    text_of(&HookEvent::Resync {
        mark: MARK.to_owned(),
    })
}
