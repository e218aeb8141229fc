//! The authority to record.

use crate::authority::Caller;
use crate::problem::ApiError;
use crate::state::AppState;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use domain::Permission;
use storage::Scope;

/// The caller may record: a program whose key has a role with [`Permission::Record`].
pub struct Recording(pub Scope);

impl FromRequestParts<AppState> for Recording {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let Caller(scope) = Caller::from_request_parts(parts, state).await?;
        scope.require(Permission::Record)?;
        Ok(Self(scope))
    }
}

#[cfg(test)]
mod tests {
    use domain::{Permission, Role};

    /// Receipts hold ledger numbers. Should a role come to record without reading them, they must go.
    #[test]
    fn who_may_record_may_see_ledger_numbers() {
        for role in Role::ALL {
            assert!(
                !role.may(Permission::Record) || role.may(Permission::ReadLedger),
                "{role}"
            );
        }
    }
}
