//! What the API keys page and the first run ask of the server.

use crate::AppError;
use domain::view::KeyView;
use domain::{KeyId, Role};
use leptos::server;
use serde::{Deserialize, Serialize};

/// A key that was made just now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewKey {
    /// The key.
    pub key: KeyView,
    /// Its secret: the only time it is known.
    pub secret: String,
    /// How the outside reaches this server, without a trailing slash.
    pub public_url: String,
}

/// The keys of the store, newest first.
///
/// # Errors
/// As [`storage::Storage::list_keys`].
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "keys")]
pub async fn list_keys() -> Result<Vec<KeyView>, AppError> {
    let context = crate::context::RequestContext::current();
    Ok(context.storage.list_keys(&context.scope()?).await?)
}

/// Makes a key.
///
/// # Errors
/// As [`storage::Storage::create_key`].
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "key-create")]
pub async fn create_key(name: String, role: Role) -> Result<NewKey, AppError> {
    let context = crate::context::RequestContext::current();
    let scope = context.scope()?;
    let (key, secret) = context.storage.create_key(&scope, &name, role).await?;
    Ok(NewKey {
        key,
        secret,
        public_url: context.public_url.to_string(),
    })
}

/// Ends a key at once.
///
/// # Errors
/// As [`storage::Storage::revoke_key`].
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "key-revoke")]
pub async fn revoke_key(key: KeyId) -> Result<(), AppError> {
    let context = crate::context::RequestContext::current();
    let scope = context.scope()?;
    Ok(context.storage.revoke_key(&scope, key).await?)
}
