//! The calls about connections of shops: one file each.

pub mod delete;
pub mod list;
pub mod put;

pub use put::FIELDS as CONNECTION_FIELDS;

use crate::problem::ApiError;
use crate::state::AppState;
use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use domain::hook::Platform;
use domain::view::ConnectionView;
use domain::{Permission, Problem};
use storage::Scope;

/// The `{platform}` and `{name}` of a connection.
pub struct ConnectionKey {
    pub platform: Platform,
    pub name: String,
}

impl<S: Send + Sync> FromRequestParts<S> for ConnectionKey {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let parameters = RawPathParams::from_request_parts(parts, state).await.ok();
        let part = |wanted: &str| {
            let found = parameters
                .as_ref()?
                .iter()
                .find(|(name, _)| *name == wanted)?;
            Some(found.1.to_owned())
        };
        let platform = part("platform").and_then(|text| text.parse().ok());
        let Some(platform) = platform else {
            let message = "shopify, woocommerce or standard is expected";
            return Err(Problem::field("platform", "format", message).into());
        };
        let name = part("name").unwrap_or_default();
        Ok(Self { platform, name })
    }
}

/// The store's connection of this platform and name, for those who may change it.
async fn known(
    state: &AppState,
    scope: &Scope,
    key: &ConnectionKey,
) -> Result<Option<ConnectionView>, ApiError> {
    scope.require(Permission::ManageKeys)?;
    let found = state
        .storage
        .connection_called(key.platform, &key.name)
        .await?;
    let own = found.filter(|found| found.store_id == scope.store_id());
    Ok(own.map(|own| own.view))
}
