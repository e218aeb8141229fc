//! The sample store at a person's word: from the command line or the first-run page.

use crate::sample;
use app::context::LoadSample;
use domain::view::StoreView;
use domain::{Code, Permission, Problem};
use std::sync::Arc;
use storage::{Error, Scope, Storage};
use tokio::sync::Mutex;

/// Gives a password, as its hash, to those of [`sample::SIGN_INS`] who have none: the store may have been loaded without.
///
/// # Errors
/// When the database fails.
pub async fn let_in(
    storage: &Storage,
    store: &StoreView,
    password_hash: &str,
) -> Result<(), Error> {
    let scope = Scope::system("sample store", store.clone());
    for user in storage.list_users(&scope).await? {
        let is_listed = sample::SIGN_INS
            .iter()
            .any(|(.., email)| *email == user.email);
        // Whoever was given a role in another store too is no public person.
        if is_listed && user.is_invited && storage.is_of_sample(user.id).await? {
            let hash = password_hash.to_owned();
            storage.set_password_hash(user.id, hash).await?;
        }
    }
    Ok(())
}

/// What pages load the sample store with: for those who may, one at a time, to its end even when the page is left.
/// Nobody gets a password for it: whoever loads it has a role in it.
pub fn loader(storage: Storage) -> LoadSample {
    let turn = Arc::new(Mutex::new(()));
    Arc::new(move |scope| {
        let (storage, turn) = (storage.clone(), Arc::clone(&turn));
        Box::pin(async move {
            scope.require(Permission::ManageSample)?;
            let reference = storage.ambient().uuid().to_string();
            let loading = tokio::spawn(async move {
                let _turn = turn.lock().await;
                let store = sample::load(&storage, None, |_, _| {}).await?;
                storage.join_sample(&scope, store.clone()).await?;
                Ok::<_, Error>(store)
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
