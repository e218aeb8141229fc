//! What the message log asks the server: scope, call, map.

use crate::AppError;
use crate::activity::calls::Answer;
#[cfg(feature = "ssr")]
use crate::activity::calls::asking::{Asking, MAX_BARS, page_after};
use domain::export::Selection;
#[cfg(feature = "ssr")]
use domain::message::NotStopped;
use domain::view::{
    Count, MessageDetail, MessageFacets, MessageHistogram, MessagePage, MessageVolumes,
    UnmatchedPage,
};
use domain::{MessageId, TimeRange};
use leptos::server;
use leptos::server_fn::codec::Json;
use serde::{Deserialize, Serialize};
#[cfg(feature = "ssr")]
use storage::record::Idempotency;
use uuid::Uuid;

#[cfg(feature = "ssr")]
mod asking;

/// How many reports that fit no message are read at once.
#[cfg(feature = "ssr")]
const REPORTS: u32 = 50;

/// A page of the list and the mark from which to follow it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Listing {
    /// The rows.
    pub page: MessagePage,
    /// Everything recorded after this mark is not among the rows. With the first page only.
    pub mark: Option<String>,
}

/// The messages over time, around what is selected.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bars {
    /// The bars.
    pub histogram: MessageHistogram,
    /// What `created:` leaves open; none when it is all time.
    pub selection: Option<TimeRange>,
    /// What the store's clock adds to UTC at its ends, in minutes.
    pub selection_offsets: [i32; 2],
    /// The first day of the store's week: days after Monday, 0 to 6.
    pub week_start: u32,
}

/// A page of the message log, newest first; the first one when `after` is none.
///
/// # Errors
/// Not signed in, a cursor that is none, a database that fails.
#[server(output = crate::wire::Wire, name = ListMessages, prefix = "/fn", endpoint = "messages/list")]
pub async fn list(q: String, after: Option<String>) -> Result<Answer<Listing>, AppError> {
    let asking = Asking::now()?;
    let mark = asking.mark(after.is_none()).await?;
    let filter = match asking.storage.message_filter(&asking.scope, &q) {
        Ok(filter) => filter,
        Err(mistakes) => return Ok(Answer::Mistaken(mistakes)),
    };
    let page = page_after(after, domain::Direction::Newest)?;
    let rows = asking.storage.list_messages(&asking.scope, &filter, page);
    let page = rows.await?;
    Ok(Answer::Found(Listing { page, mark }))
}

/// Counts by channel and status.
///
/// # Errors
/// Not signed in, a database that fails.
#[server(output = crate::wire::Wire, name = CountMessageFacets, prefix = "/fn", endpoint = "messages/facets")]
pub async fn facets(q: String) -> Result<Answer<MessageFacets>, AppError> {
    let asking = Asking::now()?;
    match asking.storage.message_filter(&asking.scope, &q) {
        Ok(filter) => {
            let facets = asking.storage.message_facets(&asking.scope, &filter);
            Ok(Answer::Found(facets.await?))
        }
        Err(mistakes) => Ok(Answer::Mistaken(mistakes)),
    }
}

/// The messages over time. `frame` is the time that the bars cover now.
///
/// # Errors
/// Not signed in, a database that fails.
#[server(output = crate::wire::Wire, name = DrawMessageBars, prefix = "/fn", endpoint = "messages/histogram")]
pub async fn histogram(q: String, frame: Option<TimeRange>) -> Result<Answer<Bars>, AppError> {
    let asking = Asking::now()?;
    let (filter, selection) = match asking::framed(&asking, &q, frame) {
        Ok(framed) => framed,
        Err(mistakes) => return Ok(Answer::Mistaken(mistakes)),
    };
    let (storage, scope) = (&asking.storage, &asking.scope);
    Ok(Answer::Found(Bars {
        histogram: storage.message_histogram(scope, &filter, MAX_BARS).await?,
        selection,
        selection_offsets: asking.offsets_at(selection),
        week_start: storage.week_start(scope).num_days_from_monday(),
    }))
}

/// How many messages went by which channel for what, by day. A mistaken query has none.
///
/// # Errors
/// Not signed in, a database that fails.
#[server(output = crate::wire::Wire, name = ReadVolumes, prefix = "/fn", endpoint = "messages/volumes")]
pub async fn volumes(q: String) -> Result<MessageVolumes, AppError> {
    let asking = Asking::now()?;
    match asking.storage.message_filter(&asking.scope, &q) {
        Ok(filter) => {
            let volumes = asking.storage.message_volumes(&asking.scope, &filter);
            Ok(volumes.await?)
        }
        Err(_) => Ok(MessageVolumes::default()),
    }
}

/// A page of what providers told of messages that nobody knows, newest first.
///
/// # Errors
/// Not signed in, a role that may not manage rules, a cursor that is none, a database that fails.
#[server(output = crate::wire::Wire, name = ListUnmatched, prefix = "/fn", endpoint = "messages/unmatched")]
pub async fn unmatched(after: Option<String>) -> Result<UnmatchedPage, AppError> {
    let asking = Asking::now()?;
    let (storage, scope) = (&asking.storage, &asking.scope);
    let page = storage.list_unmatched(scope, after.as_deref(), REPORTS);
    Ok(page.await?)
}

/// How many messages a query finds; a mistaken one finds none.
///
/// # Errors
/// Not signed in, a database that fails.
#[server(output = crate::wire::Wire, name = CountMessages, prefix = "/fn", endpoint = "messages/count")]
pub async fn count(q: String) -> Result<Count, AppError> {
    let asking = Asking::now()?;
    match asking.storage.message_filter(&asking.scope, &q) {
        Ok(filter) => {
            let count = asking.storage.count_messages(&asking.scope, &filter);
            Ok(count.await?)
        }
        Err(_) => Ok(Count::default()),
    }
}

/// A message with everything about it; none when there is none or it is out of scope.
///
/// # Errors
/// Not signed in, a database that fails.
#[server(output = crate::wire::Wire, name = ReadMessage, prefix = "/fn", endpoint = "messages/detail")]
pub async fn detail(id: MessageId) -> Result<Option<MessageDetail>, AppError> {
    let asking = Asking::now()?;
    Ok(asking.storage.open_message(&asking.scope, id).await?)
}

/// Stops a message that waits, for certain.
///
/// # Errors
/// `conflict` when it was already handed over, `not_found` out of scope.
#[server(output = crate::wire::Wire, name = StopMessage, prefix = "/fn", endpoint = "messages/stop")]
pub async fn stop(id: MessageId) -> Result<(), AppError> {
    let asking = Asking::now()?;
    Ok(asking.storage.stop_message(&asking.scope, id).await?)
}

/// Sends a message that is held or scheduled now.
///
/// # Errors
/// `conflict` when it is neither any more, `not_found` out of scope.
#[server(output = crate::wire::Wire, name = ReleaseMessage, prefix = "/fn", endpoint = "messages/release")]
pub async fn release(id: MessageId) -> Result<(), AppError> {
    let asking = Asking::now()?;
    Ok(asking.storage.release_message(&asking.scope, id).await?)
}

/// Restarts a message that was stopped, failed or had no provider.
///
/// # Errors
/// `conflict` when it is neither, `not_found` out of scope.
#[server(output = crate::wire::Wire, name = RestartMessage, prefix = "/fn", endpoint = "messages/restart")]
pub async fn restart(id: MessageId) -> Result<(), AppError> {
    let asking = Asking::now()?;
    Ok(asking.storage.restart_message(&asking.scope, id).await?)
}

/// Sends a message again as a new one, to the same or a corrected recipient; once for each key that a page makes.
///
/// # Errors
/// `invalid_fields` when `to` is neither an address nor a number, `not_found` out of scope, `idempotency_conflict` when
/// it went to somebody else under the same key.
#[server(output = crate::wire::Wire, name = SendAgain, prefix = "/fn", endpoint = "messages/again")]
pub async fn again(id: MessageId, to: Option<String>, key: Uuid) -> Result<(), AppError> {
    let Asking { storage, scope } = Asking::now()?;
    let once = Idempotency::of_page(
        key,
        &format!("again {id}"),
        to.as_deref().unwrap_or_default(),
    );
    let to = to.map(|to| asking::recipient(&to)).transpose()?;
    storage.send_again_once(&scope, id, to, Some(once)).await?;
    Ok(())
}

/// Sends a message: the body of `POST /api/v1/messages` as JSON text; once for each key that a page makes.
///
/// # Errors
/// `invalid_fields` with each wrong field, `not_found` for an order out of scope, `idempotency_conflict` when another
/// message went out under the same key.
#[server(output = crate::wire::Wire, name = SendMessage, prefix = "/fn", endpoint = "messages/send")]
pub async fn send(key: Uuid, body: String) -> Result<(), AppError> {
    let asking = Asking::now()?;
    let input = asking::input(&asking, &body)?;
    let (storage, scope) = (&asking.storage, &asking.scope);
    let once = Idempotency::of_page(key, "send", &body);
    storage
        .send_messages(scope, vec![input], Some(once))
        .await?;
    Ok(())
}

/// What was done with several messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Several {
    /// With how many it was done.
    pub done: u64,
    /// With how many it could not be done: they are in no state for it.
    pub refused: u64,
    /// With how many else it could not be done: no provider is set up here for their channel.
    pub not_set_up: u64,
    /// Whether the selection may have more than were acted on.
    pub has_more: bool,
}

/// What became of each, and whether there are more.
#[cfg(feature = "ssr")]
type Outcomes = (Vec<(domain::MessageId, Result<(), domain::Problem>)>, bool);

#[cfg(feature = "ssr")]
impl Several {
    fn of((outcomes, has_more): Outcomes) -> Self {
        let done = outcomes.iter().filter(|(_, outcome)| outcome.is_ok());
        let done = done.count() as u64;
        let not_set_up = outcomes.iter().filter(|(_, outcome)| {
            let why = outcome.as_ref().err().and_then(NotStopped::of);
            why == Some(NotStopped::NotSetUp)
        });
        let not_set_up = not_set_up.count() as u64;
        Self {
            done,
            refused: outcomes.len() as u64 - done - not_set_up,
            not_set_up,
            has_more,
        }
    }
}

/// Stops what is selected, at most 1,000: each for certain, or not at all.
///
/// # Errors
/// `forbidden` for a role that may not send, a selection that is not understood, a database that fails.
#[server(output = crate::wire::Wire, name = StopMessages, prefix = "/fn", endpoint = "messages/stop-several", input = Json)]
pub async fn stop_several(selection: Selection) -> Result<Several, AppError> {
    let Asking { storage, scope } = Asking::now()?;
    Ok(Several::of(
        storage.stop_selected(&scope, &selection).await?,
    ))
}

/// Restarts what is selected, at most 1,000, ten a second.
///
/// # Errors
/// As [`stop_several`].
#[server(output = crate::wire::Wire, name = RestartMessages, prefix = "/fn", endpoint = "messages/restart-several", input = Json)]
pub async fn restart_several(selection: Selection) -> Result<Several, AppError> {
    let Asking { storage, scope } = Asking::now()?;
    Ok(Several::of(
        storage.restart_selected(&scope, &selection).await?,
    ))
}
