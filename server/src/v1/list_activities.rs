//! `GET /activities`: a page of the log.

use super::params::Params;
use super::read_filter::read_filter;
use super::wire::{ActivityList, Direction};
use crate::authority::Caller;
use crate::problem::ApiError;
use crate::state::AppState;
use axum::Json;
use axum::extract::{RawQuery, State};
use domain::{Cursor, Problem};
use storage::Page;

/// How many entries a page has when nothing is said.
const DEFAULT_LIMIT: u32 = 50;
/// How many entries a page has at most.
const MAX_LIMIT: u32 = 1_000;

/// List activities
///
/// The entries that match `q`, newest first. Go on with `next` as `after` until it is null; entries that
/// arrive meanwhile move nothing. The order is that of `occurred_at`, among equals that of arrival.
#[utoipa::path(
    get, path = "/activities", tag = "Activities", operation_id = "list_activities",
    params(
        ("q" = Option<String>, Query, example = "action:product.* outcome:failed created:7d",
            description = "What to list, in the query language; everything when left out."),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 1000, example = 50,
            description = "How many entries at most; 50 when left out."),
        ("after" = Option<String>, Query,
            description = "The `next` of the page before, unchanged. It keeps its direction, whatever `direction` says."),
        ("direction" = Option<Direction>, Query,
            description = "In which direction time runs down the list; `newest` first when left out."),
    ),
    responses(
        (status = 200, description = "A page.", body = ActivityList),
        (status = 400, description = "`invalid_query`: `q` was not understood; each mistake is named with its place. `invalid_cursor`: `after` is not the `next` of an earlier answer."),
        (status = 401, description = "`unauthenticated`: no valid key or session."),
        (status = 422, description = "`invalid_fields`: a parameter is unknown, given twice or out of bounds."),
    ),
)]
pub async fn list_activities(
    Caller(scope): Caller,
    State(state): State<AppState>,
    RawQuery(query): RawQuery,
) -> Result<Json<ActivityList>, ApiError> {
    let params = Params::read(query.as_deref(), &["q", "limit", "after", "direction"])?;
    let page = Page {
        after: params.get("after").map(read_cursor).transpose()?,
        direction: read_direction(&params)?,
        limit: params.number("limit", 1, MAX_LIMIT, DEFAULT_LIMIT)?,
    };
    let filter = read_filter(&state.storage, &scope, &params)?;
    let page = state.storage.list_activities(&scope, &filter, page).await?;
    Ok(Json(page.into()))
}

pub(super) fn read_cursor(text: &str) -> Result<Cursor, Problem> {
    Cursor::parse(text).map_err(|_| Problem::invalid_cursor("after", "next"))
}

pub(super) fn read_direction(params: &Params<'_>) -> Result<domain::Direction, Problem> {
    match params.get("direction") {
        None | Some("newest") => Ok(domain::Direction::Newest),
        Some("oldest") => Ok(domain::Direction::Oldest),
        Some(_) => Err(Problem::field("direction", "format", "newest or oldest")),
    }
}
