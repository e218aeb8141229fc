//! What the API keys page and the first run ask of the server.

use crate::AppError;
use domain::KeyId;
use domain::view::KeyView;
use leptos::server;
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
mod narrow;

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

/// Makes a key. `categories` are names and `networks` addresses, each separated by commas; none narrow nothing. It ends
/// after so many `days`, at most 3,650; 0 is never.
///
/// # Errors
/// As [`storage::Storage::create_key`]; invalid fields (`categories`, `days`).
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "key-create")]
pub async fn create_key(
    name: String,
    role: String,
    #[server(default)] categories: String,
    #[server(default)] networks: String,
    #[server(default)] days: u32,
) -> Result<NewKey, AppError> {
    let context = crate::context::RequestContext::current();
    let (storage, scope) = (&context.storage, context.proved_scope()?);
    let role = storage.role_of_id(&scope, &role).await?;
    let now = storage.ambient().clock.now();
    let asked = narrow::key(name, role, &categories, &networks, days, now)?;
    let (key, secret) = storage.create_key(&scope, asked).await?;
    Ok(NewKey::of(&context, key, secret))
}

/// Gives a key another secret; the old one works for so many hours more, 0 to 720.
///
/// # Errors
/// As [`storage::Storage::rotate_key`].
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "key-rotate")]
pub async fn rotate_key(key: KeyId, overlap_hours: u32) -> Result<NewKey, AppError> {
    let context = crate::context::RequestContext::current();
    let (storage, scope) = (&context.storage, context.proved_scope()?);
    let (key, secret) = storage.rotate_key(&scope, key, overlap_hours).await?;
    Ok(NewKey::of(&context, key, secret))
}

/// Ends a key at once.
///
/// # Errors
/// As [`storage::Storage::revoke_key`].
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "key-revoke")]
pub async fn revoke_key(key: KeyId) -> Result<(), AppError> {
    let context = crate::context::RequestContext::current();
    let scope = context.proved_scope()?;
    Ok(context.storage.revoke_key(&scope, key).await?)
}
