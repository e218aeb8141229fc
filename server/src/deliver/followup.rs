//! The sweep for inbound messages that no rule has seen: their process died between receiving and evaluating, or another
//! system told of them.

use crate::shutdown::Shutdown;
use crate::supervise::supervise;
use chrono::TimeDelta;
use std::time::Duration;
use storage::{Error, Scope, Storage};
use tokio::task::JoinHandle;
use tokio::time::sleep;

/// How often it is looked.
const POLL: Duration = Duration::from_secs(2);
/// Who took a message in evaluates it at once: for so long it is left to them.
const GRACE: TimeDelta = TimeDelta::seconds(3);
/// How many are taken at a time.
const AT_ONCE: u32 = 100;

/// Starts to look, until the server stops. The handle ends once the last evaluation is recorded.
pub fn sweep(storage: Storage, shutdown: Shutdown) -> JoinHandle<()> {
    supervise("messages that no rule saw", shutdown, move |shutdown| {
        run(storage.clone(), shutdown)
    })
}

async fn run(storage: Storage, shutdown: Shutdown) {
    loop {
        if let Err(error) = look(&storage).await {
            tracing::error!(%error, "inbound messages that wait for the rules can't be read; trying again");
        }
        tokio::select! {
            () = shutdown.wait() => return,
            () = sleep(POLL) => {}
        }
    }
}

async fn look(storage: &Storage) -> Result<(), Error> {
    let before = storage.ambient().clock.now() - GRACE;
    for (store, id) in storage.due_followups(before, AT_ONCE).await? {
        let scope = Scope::system("follow-up", store);
        match storage.evaluate_followups(&scope, id).await {
            Ok(evaluations) => {
                tracing::info!(message = %id, rules = evaluations.len(), "rules were evaluated late");
            }
            // It stays due: the others are not held up by it.
            Err(error) => {
                tracing::error!(%error, message = %id, "rules can't be evaluated; trying again");
            }
        }
    }
    Ok(())
}
