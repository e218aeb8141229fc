//! `GET /messages`: a page of the message log.

use super::reading::ReadingMessages;
use super::shown;
use crate::problem::ApiError;
use crate::state::AppState;
use crate::v1::list_activities::{read_cursor, read_direction};
use crate::v1::params::Params;
use crate::v1::read_filter::read_message_filter;
use crate::v1::wire::{Direction, MessageList};
use axum::Json;
use axum::extract::{RawQuery, State};
use serde_json::Value;
use storage::Page;

/// How many messages a page has when nothing is said.
const DEFAULT_LIMIT: u32 = 50;
/// How many messages a page has at most.
const MAX_LIMIT: u32 = 1_000;

/// List messages
///
/// Email, SMS and WhatsApp messages that match `q`, newest first. Go on with `next` as `after` until it is null.
#[utoipa::path(
    get, path = "/messages", tag = "Messages", operation_id = "list_messages",
    params(
        ("q" = Option<String>, Query, example = "channel:sms status:failed created:7d",
            description = "What to list, in the query language of messages; everything when left out."),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 1000, example = 50,
            description = "How many messages at most; 50 when left out."),
        ("after" = Option<String>, Query,
            description = "The `next` of the page before, unchanged. It keeps its direction, whatever `direction` says."),
        ("direction" = Option<Direction>, Query,
            description = "In which direction time runs down the list; `newest` first when left out."),
    ),
    responses(
        (status = 200, description = "A page.", body = MessageList),
        (status = 400, description = "`invalid_query`: `q` was not understood; each mistake is named with its place. `invalid_cursor`: `after` is not the `next` of an earlier answer."),
        (status = 401, description = "`unauthenticated`: no valid key or session."),
        (status = 403, description = "`forbidden`: the role reads no messages."),
        (status = 422, description = "`invalid_fields`: a parameter is unknown, given twice or out of bounds."),
    ),
)]
pub async fn list_messages(
    ReadingMessages(scope): ReadingMessages,
    State(state): State<AppState>,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, ApiError> {
    let params = Params::read(query.as_deref(), &["q", "limit", "after", "direction"])?;
    let page = Page {
        after: params.get("after").map(read_cursor).transpose()?,
        direction: read_direction(&params)?,
        limit: params.number("limit", 1, MAX_LIMIT, DEFAULT_LIMIT)?,
    };
    let filter = read_message_filter(&state.storage, &scope, &params)?;
    let page = state.storage.list_messages(&scope, &filter, page).await?;
    Ok(Json(shown(&MessageList::from(page))?))
}
