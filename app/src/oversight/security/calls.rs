//! What the security log asks the server: scope, call, map.

use crate::AppError;
#[cfg(feature = "ssr")]
use crate::activity::calls::asking::{Asking, MAX_BARS, page_after};
use crate::activity::calls::{Answer, Plot};
#[cfg(feature = "ssr")]
use crate::activity::histogram::frame::frame_of;
use domain::TimeRange;
use domain::security::unusual::Finding;
use domain::view::{AccountHabits, Count, LogFacets, SecurityDetail, SecurityPage};
use leptos::server;
use uuid::Uuid;

/// A page of the security log, newest first; the first one when `after` is none.
///
/// # Errors
/// Not signed in, forbidden by role, a cursor that is none, a database that fails.
#[server(output = crate::wire::Wire, name = ListSecurity, prefix = "/fn", endpoint = "security/list")]
pub async fn list(q: String, after: Option<String>) -> Result<Answer<SecurityPage>, AppError> {
    let Asking { storage, scope } = Asking::now()?;
    let filter = match storage.security_filter(&scope, &q) {
        Ok(filter) => filter,
        Err(mistakes) => return Ok(Answer::Mistaken(mistakes)),
    };
    let page = page_after(after, domain::Direction::Newest)?;
    Ok(Answer::Found(
        storage.list_security(&scope, &filter, page).await?,
    ))
}

/// The numbers beside the filters.
///
/// # Errors
/// Not signed in, forbidden by role, a database that fails.
#[server(output = crate::wire::Wire, name = CountSecurityFacets, prefix = "/fn", endpoint = "security/facets")]
pub async fn facets(q: String) -> Result<Answer<LogFacets>, AppError> {
    let Asking { storage, scope } = Asking::now()?;
    match storage.security_filter(&scope, &q) {
        Ok(filter) => Ok(Answer::Found(
            storage.security_facets(&scope, &filter).await?,
        )),
        Err(mistakes) => Ok(Answer::Mistaken(mistakes)),
    }
}

/// The log over time. `frame` is the time that the bars cover now.
///
/// # Errors
/// Not signed in, forbidden by role, a database that fails.
#[server(output = crate::wire::Wire, name = DrawSecurityBars, prefix = "/fn", endpoint = "security/histogram")]
pub async fn histogram(q: String, frame: Option<TimeRange>) -> Result<Answer<Plot>, AppError> {
    let Asking { storage, scope } = Asking::now()?;
    let filter = match storage.security_filter(&scope, &q) {
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
            .security_histogram(&scope, &filter, MAX_BARS)
            .await?
            .into(),
        selection,
        selection_offsets: storage.offsets_at(&scope, selection.unwrap_or(TimeRange::ALL)),
        week_start: storage.week_start(&scope).num_days_from_monday(),
    }))
}

/// How many events a query finds; a mistaken one finds none.
///
/// # Errors
/// Not signed in, forbidden by role, a database that fails.
#[server(output = crate::wire::Wire, name = CountSecurity, prefix = "/fn", endpoint = "security/count")]
pub async fn count(q: String) -> Result<Count, AppError> {
    let Asking { storage, scope } = Asking::now()?;
    match storage.security_filter(&scope, &q) {
        Ok(filter) => Ok(storage.count_security(&scope, &filter).await?),
        Err(_) => Ok(Count::default()),
    }
}

/// An event with everything about it; none when there is none or it is out of scope.
///
/// # Errors
/// Not signed in, forbidden by role, a database that fails.
#[server(output = crate::wire::Wire, name = ReadSecurityEvent, prefix = "/fn", endpoint = "security/detail")]
pub async fn detail(id: Uuid) -> Result<Option<SecurityDetail>, AppError> {
    let Asking { storage, scope } = Asking::now()?;
    Ok(storage.get_security(&scope, id).await?)
}

/// What stands out in the last days, the most serious first.
///
/// # Errors
/// Not signed in, forbidden by role, a database that fails.
#[server(output = crate::wire::Wire, name = ListFindings, prefix = "/fn", endpoint = "security/findings")]
pub async fn findings(days: u32) -> Result<Vec<Finding>, AppError> {
    let Asking { storage, scope } = Asking::now()?;
    Ok(storage.findings(&scope, days.clamp(1, 90)).await?)
}

/// Where, with what and when an account signs in.
///
/// # Errors
/// Not signed in, forbidden by role, a database that fails.
#[server(output = crate::wire::Wire, name = ReadHabits, prefix = "/fn", endpoint = "security/habits")]
pub async fn habits(account: String) -> Result<AccountHabits, AppError> {
    let Asking { storage, scope } = Asking::now()?;
    Ok(storage.account_habits(&scope, &account).await?)
}
