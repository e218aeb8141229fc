//! The worker that looks at what was recorded before devices and changed fields were kept, newest first, and then at
//! customers who were told of before the words were by which they are found. In small steps, with a pause after each, so
//! that nobody who writes waits for it.

use crate::shutdown::Shutdown;
use crate::supervise::supervise;
use std::time::Duration;
use storage::Storage;
use tokio::task::JoinHandle;
use tokio::time::sleep;

/// How long others write undisturbed between two steps.
const PAUSE: Duration = Duration::from_millis(15);
/// After how long it is tried again when the database fails.
const RETRY: Duration = Duration::from_secs(10);

/// Starts to look, until nothing is left or the server stops. The next process goes on from there.
pub fn start(storage: Storage, shutdown: Shutdown) -> JoinHandle<()> {
    supervise("older entries", shutdown, move |shutdown| {
        let storage = storage.clone();
        async move {
            tokio::select! {
                () = run(&storage) => {}
                () = shutdown.wait() => {}
            }
        }
    })
}

async fn run(storage: &Storage) {
    loop {
        match storage.older_step().await {
            Ok(true) => sleep(PAUSE).await,
            Ok(false) => return,
            Err(error) => {
                tracing::error!(%error, "older entries can't be looked at; trying again");
                sleep(RETRY).await;
            }
        }
    }
}
