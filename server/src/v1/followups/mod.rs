//! The calls about templates and the rules of automatic follow-up: one file each.

pub mod dead_actions;
pub mod delete_rule;
pub mod delete_template;
pub mod discard_action;
pub mod edit_action;
pub mod list_actions;
pub mod list_reported;
pub mod list_rules;
pub mod list_templates;
pub mod list_versions;
pub mod put_rule;
pub mod put_template;
mod read;
pub mod retry_action;
pub mod try_rule;
pub mod why_rule;

pub use read::{RULE_FIELDS, TEMPLATE_FIELDS};

use crate::authority::Caller;
use crate::problem::ApiError;
use crate::state::AppState;
use crate::v1::path::part_of;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use domain::{Permission, Problem, RuleId};
use storage::Scope;

/// The caller may change templates and rules.
pub struct Managing(pub Scope);

impl FromRequestParts<AppState> for Managing {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let Caller(scope) = Caller::from_request_parts(parts, state).await?;
        scope.require(Permission::ManageRules)?;
        Ok(Self(scope))
    }
}

/// The `{id}` of a template or rule: a UUID, that the caller makes up for a new one.
pub struct RuleKey(pub RuleId);

impl<S: Send + Sync> FromRequestParts<S> for RuleKey {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let id = part_of(parts, state, "id").await;
        let id = id.and_then(|text| text.parse().ok());
        id.map(Self).ok_or_else(|| {
            let message = "a UUID, such as 0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e5f";
            Problem::field("id", "format", message).into()
        })
    }
}
