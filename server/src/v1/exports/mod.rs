//! The calls about exports: one file each.

pub mod cancel;
pub mod file;
pub mod get;
pub mod list;
pub mod make;
mod read;

pub use read::FIELDS as EXPORT_FIELDS;

use crate::authority::Caller;
use crate::problem::ApiError;
use crate::state::AppState;
use crate::v1::path::part_of;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use domain::{ExportId, Permission, Problem};
use storage::Scope;

/// The caller may export what they see.
pub struct Exporting(pub Scope);

impl FromRequestParts<AppState> for Exporting {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let Caller(scope) = Caller::from_request_parts(parts, state).await?;
        scope.require(Permission::Export)?;
        Ok(Self(scope))
    }
}

/// The `{id}` of an export. What is no id names no export.
pub struct ExportKey(pub ExportId);

impl<S: Send + Sync> FromRequestParts<S> for ExportKey {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let id = part_of(parts, state, "id").await;
        let id = id.and_then(|text| text.parse().ok());
        id.map(Self)
            .ok_or_else(|| Problem::not_found("export").into())
    }
}
