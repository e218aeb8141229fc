//! The authority to read the logs that watch, and what their calls share.

use crate::authority::Caller;
use crate::problem::ApiError;
use crate::state::AppState;
use crate::v1::list_activities::{read_cursor, read_direction};
use crate::v1::params::Params;
use crate::v1::path::part_of;
use crate::v1::read_filter::not_understood;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use domain::entry::EntryFilter;
use domain::query::QueryError;
use domain::{Permission, Problem};
use storage::{Page, Scope};
use uuid::Uuid;

/// How many entries a page has when nothing is said.
const DEFAULT_LIMIT: u32 = 50;
/// How many entries a page has at most.
const MAX_LIMIT: u32 = 500;

/// The caller may read the security log: a role with [`Permission::ReadSecurity`].
pub struct ReadingSecurity(pub Scope);

impl FromRequestParts<AppState> for ReadingSecurity {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let Caller(scope) = Caller::from_request_parts(parts, state).await?;
        scope.require(Permission::ReadSecurity)?;
        Ok(Self(scope))
    }
}

/// The caller may read the requests log: a role with [`Permission::ReadRequests`].
pub struct ReadingRequests(pub Scope);

impl FromRequestParts<AppState> for ReadingRequests {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let Caller(scope) = Caller::from_request_parts(parts, state).await?;
        scope.require(Permission::ReadRequests)?;
        Ok(Self(scope))
    }
}

/// The `{id}` of an entry of one of the two logs. What is no id names none.
pub struct WatchId(pub Uuid);

impl<S: Send + Sync> FromRequestParts<S> for WatchId {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let id = part_of(parts, state, "id").await;
        let id = id.and_then(|text| text.parse().ok());
        id.map(Self)
            .ok_or_else(|| Problem::not_found("entry").into())
    }
}

/// Which page is asked for.
///
/// # Errors
/// `invalid_cursor` and `invalid_fields`.
pub fn page(params: &Params<'_>) -> Result<Page, Problem> {
    Ok(Page {
        after: params.get("after").map(read_cursor).transpose()?,
        direction: read_direction(params)?,
        limit: params.number("limit", 1, MAX_LIMIT, DEFAULT_LIMIT)?,
    })
}

/// The filter that `q` asks for; without it, everything.
///
/// # Errors
/// `invalid_query` with each mistake and its place.
pub fn filter(
    params: &Params<'_>,
    read: impl FnOnce(&str) -> Result<EntryFilter, Vec<QueryError>>,
) -> Result<EntryFilter, Problem> {
    let Some(q) = params.get("q") else {
        return Ok(EntryFilter::default());
    };
    read(q).map_err(|errors| not_understood(q, &errors))
}
