//! The authority to read messages.

use crate::authority::Caller;
use crate::problem::ApiError;
use crate::state::AppState;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use domain::Permission;
use storage::Scope;

/// The caller may read messages: a role with [`Permission::ReadMessages`].
pub struct ReadingMessages(pub Scope);

impl FromRequestParts<AppState> for ReadingMessages {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let Caller(scope) = Caller::from_request_parts(parts, state).await?;
        scope.require(Permission::ReadMessages)?;
        Ok(Self(scope))
    }
}
