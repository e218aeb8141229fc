//! The calls about targets, through which bulk operations are taken back: one file each.

pub mod delete;
pub mod list;
pub mod put;

use crate::authority::Caller;
use crate::problem::ApiError;
use crate::state::AppState;
use crate::v1::path::part_of;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use domain::operation::target::TargetName;
use domain::{Permission, Problem};
use storage::Scope;

/// The caller may change the store's settings.
pub struct Managing(pub Scope);

impl FromRequestParts<AppState> for Managing {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let Caller(scope) = Caller::from_request_parts(parts, state).await?;
        scope.require(Permission::ManageSettings)?;
        Ok(Self(scope))
    }
}

/// The `{name}` of a target, that the caller makes up for a new one.
pub struct TargetKey(pub TargetName);

impl<S: Send + Sync> FromRequestParts<S> for TargetKey {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let name = part_of(parts, state, "name").await;
        let name = name.and_then(|text| TargetName::parse(&text));
        name.map(Self)
            .ok_or_else(|| Problem::field("name", "format", TargetName::FORM).into())
    }
}
