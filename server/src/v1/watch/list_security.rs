//! `GET /security`: a page of the security log.

use super::reading::{ReadingSecurity, filter, page};
use crate::problem::ApiError;
use crate::state::AppState;
use crate::v1::params::Params;
use crate::v1::wire::{Direction, SecurityList};
use axum::Json;
use axum::extract::{RawQuery, State};

/// List security events
///
/// What was done to Storetrail itself: sign-ins, denials, changes of people, roles and keys. Newest first; go on with `next` as `after` until it is null.
#[utoipa::path(
    get, path = "/security", tag = "Security", operation_id = "list_security",
    params(
        ("q" = Option<String>, Query, example = "kind:sign_in outcome:failed created:7d",
            description = "What to list, in the query language of this log; everything when left out."),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 500, example = 50,
            description = "How many entries at most; 50 when left out."),
        ("after" = Option<String>, Query,
            description = "The `next` of the page before, unchanged. It keeps its direction, whatever `direction` says."),
        ("direction" = Option<Direction>, Query,
            description = "In which direction time runs down the list; `newest` first when left out."),
    ),
    responses(
        (status = 200, description = "A page.", body = SecurityList),
        (status = 400, description = "`invalid_query`: `q` was not understood; each mistake is named with its place. `invalid_cursor`: `after` is not the `next` of an earlier answer."),
        (status = 401, description = "`unauthenticated`: no valid key or session."),
        (status = 403, description = "`forbidden`: the role doesn't read the security log."),
        (status = 422, description = "`invalid_fields`: a parameter is unknown, given twice or out of bounds."),
    ),
)]
pub async fn list_security(
    ReadingSecurity(scope): ReadingSecurity,
    State(state): State<AppState>,
    RawQuery(query): RawQuery,
) -> Result<Json<SecurityList>, ApiError> {
    let params = Params::read(query.as_deref(), &["q", "limit", "after", "direction"])?;
    let page = page(&params)?;
    let filter = filter(&params, |q| state.storage.security_filter(&scope, q))?;
    let page = state.storage.list_security(&scope, &filter, page).await?;
    Ok(Json(page.into()))
}
