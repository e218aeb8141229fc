//! What the operations log asks the server: scope, call, map.

use crate::AppError;
#[cfg(feature = "ssr")]
use crate::activity::calls::asking::{Asking, MAX_BARS, page_after};
use crate::activity::calls::{Answer, Plot};
#[cfg(feature = "ssr")]
use crate::activity::histogram::frame::frame_of;
#[cfg(feature = "ssr")]
use domain::Permission;
use domain::TimeRange;
use domain::view::{Count, LogFacets, MissingCalls, RequestDetail, RequestPage};
use leptos::server;
use uuid::Uuid;

/// A page of the operations log, newest first; the first one when `after` is none.
///
/// # Errors
/// Not signed in, forbidden by role, a cursor that is none, a database that fails.
#[server(output = crate::wire::Wire, name = ListRequests, prefix = "/fn", endpoint = "requests/list")]
pub async fn list(q: String, after: Option<String>) -> Result<Answer<RequestPage>, AppError> {
    let Asking { storage, scope } = Asking::now()?;
    let filter = match storage.requests_filter(&scope, &q) {
        Ok(filter) => filter,
        Err(mistakes) => return Ok(Answer::Mistaken(mistakes)),
    };
    let page = page_after(after, domain::Direction::Newest)?;
    Ok(Answer::Found(
        storage.list_requests(&scope, &filter, page).await?,
    ))
}

/// The numbers beside the filters.
///
/// # Errors
/// Not signed in, forbidden by role, a database that fails.
#[server(output = crate::wire::Wire, name = CountRequestFacets, prefix = "/fn", endpoint = "requests/facets")]
pub async fn facets(q: String) -> Result<Answer<LogFacets>, AppError> {
    let Asking { storage, scope } = Asking::now()?;
    match storage.requests_filter(&scope, &q) {
        Ok(filter) => Ok(Answer::Found(
            storage.requests_facets(&scope, &filter).await?,
        )),
        Err(mistakes) => Ok(Answer::Mistaken(mistakes)),
    }
}

/// The log over time. `frame` is the time that the bars cover now.
///
/// # Errors
/// Not signed in, forbidden by role, a database that fails.
#[server(output = crate::wire::Wire, name = DrawRequestBars, prefix = "/fn", endpoint = "requests/histogram")]
pub async fn histogram(q: String, frame: Option<TimeRange>) -> Result<Answer<Plot>, AppError> {
    let Asking { storage, scope } = Asking::now()?;
    let filter = match storage.requests_filter(&scope, &q) {
        Ok(filter) => filter,
        Err(mistakes) => return Ok(Answer::Mistaken(mistakes)),
    };
    let now = storage.ambient().clock.now().timestamp_micros();
    let selection = Some(filter.time_range()).filter(|range| *range != TimeRange::ALL);
    let filter = match selection {
        Some(selection) => filter.within(frame_of(selection, frame, now)),
        None => filter,
    };
    Ok(Answer::Found(Plot {
        histogram: storage
            .requests_histogram(&scope, &filter, MAX_BARS)
            .await?
            .into(),
        selection,
        selection_offsets: storage.offsets_at(&scope, selection.unwrap_or(TimeRange::ALL)),
        week_start: storage.week_start(&scope).num_days_from_monday(),
    }))
}

/// How many calls a query finds; a mistaken one finds none.
///
/// # Errors
/// Not signed in, forbidden by role, a database that fails.
#[server(output = crate::wire::Wire, name = CountRequests, prefix = "/fn", endpoint = "requests/count")]
pub async fn count(q: String) -> Result<Count, AppError> {
    let Asking { storage, scope } = Asking::now()?;
    match storage.requests_filter(&scope, &q) {
        Ok(filter) => Ok(storage.count_requests(&scope, &filter).await?),
        Err(_) => Ok(Count::default()),
    }
}

/// A call with everything about it; none when there is none or it is out of scope.
///
/// # Errors
/// Not signed in, forbidden by role, a database that fails.
#[server(output = crate::wire::Wire, name = ReadRequest, prefix = "/fn", endpoint = "requests/detail")]
pub async fn detail(id: Uuid) -> Result<Option<RequestDetail>, AppError> {
    let Asking { storage, scope } = Asking::now()?;
    Ok(storage.get_request(&scope, id).await?)
}

/// Which calls of the store are missing from the log, as far as the process knows that answers; none when none is.
///
/// # Errors
/// Not signed in, forbidden by role, a database that fails.
#[server(output = crate::wire::Wire, name = TellMissingRequests, prefix = "/fn", endpoint = "requests/missing")]
pub async fn missing() -> Result<Option<MissingCalls>, AppError> {
    let context = crate::context::RequestContext::current();
    let scope = context.scope()?;
    scope.require(Permission::ReadRequests)?;
    let house = context.storage.house_store().await?;
    let is_house = house.is_some_and(|house| house.id == scope.store_id());
    Ok((context.missing_calls)(scope.store_id(), is_house))
}
