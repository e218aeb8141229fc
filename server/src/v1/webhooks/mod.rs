//! The calls about what shops delivered: one file each.

pub mod discard;
pub mod edit;
pub mod get;
pub mod list;
pub mod retry;

use crate::problem::ApiError;
use crate::v1::path::part_of;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use domain::{HookId, Problem};

/// The `{id}` of a delivery. What is no id names none.
pub struct WebhookKey(pub HookId);

impl<S: Send + Sync> FromRequestParts<S> for WebhookKey {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let id = part_of(parts, state, "id").await;
        let id = id.and_then(|text| text.parse().ok());
        id.map(Self)
            .ok_or_else(|| Problem::not_found("webhook").into())
    }
}
