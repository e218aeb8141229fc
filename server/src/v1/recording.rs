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
    use domain::{Category, CategorySet, Permission, Role};

    /// Receipts hold ledger numbers, except for who is restricted: that has to agree with who may see them.
    #[test]
    fn who_may_record_may_see_ledger_numbers_or_is_told_none() {
        for role in Role::ALL {
            let whole = role.access();
            let narrowed = whole.narrowed(CategorySet::of(&[Category::Products]));
            assert!(narrowed.is_restricted(), "{role}");
            for access in [whole, narrowed] {
                assert!(
                    !access.permissions.contains(Permission::Record)
                        || access.permissions.contains(Permission::ReadLedger)
                        || access.is_restricted(),
                    "{role}"
                );
            }
        }
    }
}
