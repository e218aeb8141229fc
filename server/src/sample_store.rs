//! The sample store at a person's word: from the command line or the first-run page.

use crate::password::Passwords;
use crate::sample;
use app::context::LoadSample;
use domain::view::StoreView;
use domain::{Code, Permission, Problem};
use std::sync::Arc;
use storage::{Error, Storage};
use tokio::sync::Mutex;

/// Loads the sample store unless it is there; goes on where an earlier call was interrupted.
///
/// # Errors
/// When the database fails, or too many passwords are being hashed.
pub async fn load(
    storage: &Storage,
    passwords: &Passwords,
    progress: impl Fn(u64, u64) + Send,
) -> Result<StoreView, Error> {
    let hash = passwords.hash(sample::PASSWORD.to_owned(), "").await?;
    sample::load(storage, &hash, progress).await
}

/// What pages load the sample store with: for those who may, one at a time, to its end even when the page is left.
pub fn loader(storage: Storage, passwords: Passwords) -> LoadSample {
    let turn = Arc::new(Mutex::new(()));
    Arc::new(move |scope| {
        let (storage, passwords, turn) = (storage.clone(), passwords.clone(), Arc::clone(&turn));
        Box::pin(async move {
            scope.require(Permission::ManageSample)?;
            let reference = storage.ambient().uuid().to_string();
            let loading = tokio::spawn(async move {
                let _turn = turn.lock().await;
                load(&storage, &passwords, |_, _| {}).await
            });
            match loading.await {
                Ok(Ok(store)) => Ok(store.id),
                Ok(Err(error)) => {
                    tracing::error!(%error, reference, "the sample store couldn't be loaded");
                    Err(error.to_problem(&reference))
                }
                Err(panic) => {
                    tracing::error!(%panic, reference, "loading the sample store panicked");
                    Err(Problem {
                        reference: Some(reference),
                        ..Problem::new(Code::Internal, "the sample store couldn't be loaded")
                    })
                }
            }
        })
    })
}
