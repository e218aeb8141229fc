//! The calls about bulk operations: one file each.

pub mod ask;
pub mod complete;
pub mod conflicts;
pub mod fail;
pub mod get;
pub mod items;
pub mod list;
pub mod open;
pub mod progress;
pub mod record_items;
pub mod revert;

use crate::problem::ApiError;
use crate::v1::path::part_of;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use domain::Problem;
use domain::operation::OperationId;

/// The `{id}` of an operation. What is no id names no operation.
pub struct OperationKey(pub OperationId);

impl<S: Send + Sync> FromRequestParts<S> for OperationKey {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let id = part_of(parts, state, "id").await;
        let id = id.and_then(|text| OperationId::parse(&text));
        id.map(Self)
            .ok_or_else(|| Problem::not_found("operation").into())
    }
}
