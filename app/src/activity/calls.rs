//! What the page asks the server: scope, call, map.
//!
//! A query that is not understood is an answer and not an error: it names the places, and the page keeps
//! the last list that worked.

use crate::AppError;
use crate::activity::histogram::bars::Histogram;
use domain::query::QueryError;
use domain::view::{
    ActivityDetail, ActivityPage, Count, DayCount, Facets, Suggestions, Surroundings,
};
use domain::{ActivityId, Direction, TimeRange};
use leptos::server;
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
pub(crate) mod asking;
#[cfg(feature = "ssr")]
use asking::{Asking, MAX_BARS};

/// What a query found, or the places that were not understood.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer<T> {
    /// What was asked for.
    Found(T),
    /// Each mistake with its place.
    Mistaken(Vec<QueryError>),
}

impl<T> Answer<T> {
    /// What was found.
    pub fn found(&self) -> Option<&T> {
        match self {
            Self::Found(found) => Some(found),
            Self::Mistaken(_) => None,
        }
    }

    /// What was found, by itself.
    pub fn into_found(self) -> Option<T> {
        match self {
            Self::Found(found) => Some(found),
            Self::Mistaken(_) => None,
        }
    }
}

/// A page of the list and the mark from which to follow it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Listing {
    /// The rows.
    pub page: ActivityPage,
    /// Everything recorded after this mark is not among the rows. With the first page only.
    pub mark: Option<String>,
}

/// The log over time, around what is selected.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plot {
    /// The bars.
    pub histogram: Histogram,
    /// What `created:` leaves open; none when it is all time.
    pub selection: Option<TimeRange>,
    /// What the store's clock adds to UTC at its ends, in minutes.
    pub selection_offsets: [i32; 2],
    /// The first day of the store's week: days after Monday, 0 to 6.
    pub week_start: u32,
}

/// A page of the log; the first one when `after` is none.
///
/// # Errors
/// Not signed in, a cursor that is none, a database that fails.
#[server(output = crate::wire::Wire, name = List, prefix = "/fn", endpoint = "activity/list")]
pub async fn list(
    q: String,
    direction: Direction,
    after: Option<String>,
) -> Result<Answer<Listing>, AppError> {
    let asking = Asking::now()?;
    let mark = asking.mark(after.is_none()).await?;
    match asking.filter(&q) {
        Ok(filter) => Ok(Answer::Found(Listing {
            page: asking.page(&filter, direction, after).await?,
            mark,
        })),
        Err(mistakes) => Ok(Answer::Mistaken(mistakes)),
    }
}

/// Counts by category and outcome.
///
/// # Errors
/// Not signed in, a database that fails.
#[server(output = crate::wire::Wire, name = CountFacets, prefix = "/fn", endpoint = "activity/facets")]
pub async fn facets(q: String) -> Result<Answer<Facets>, AppError> {
    let asking = Asking::now()?;
    match asking.filter(&q) {
        Ok(filter) => Ok(Answer::Found(
            asking.storage.facets(&asking.scope, &filter).await?,
        )),
        Err(mistakes) => Ok(Answer::Mistaken(mistakes)),
    }
}

/// The log over time. `frame` is the time that the bars cover now: it is kept while the selection can be
/// seen in it.
///
/// # Errors
/// Not signed in, a database that fails.
#[server(output = crate::wire::Wire, name = DrawHistogram, prefix = "/fn", endpoint = "activity/histogram")]
pub async fn histogram(q: String, frame: Option<TimeRange>) -> Result<Answer<Plot>, AppError> {
    let asking = Asking::now()?;
    match asking.framed(&q, frame) {
        Ok((filter, selection)) => {
            let histogram = asking
                .storage
                .histogram(&asking.scope, &filter, MAX_BARS)
                .await?;
            let week_start = asking
                .storage
                .week_start(&asking.scope)
                .num_days_from_monday();
            Ok(Answer::Found(Plot {
                histogram: histogram.into(),
                selection,
                selection_offsets: asking.offsets_at(selection),
                week_start,
            }))
        }
        Err(mistakes) => Ok(Answer::Mistaken(mistakes)),
    }
}

/// How many entries the days named have under a query; a mistaken query has none.
///
/// # Errors
/// Not signed in, a database that fails.
#[server(output = crate::wire::Wire, name = CountDays, prefix = "/fn", endpoint = "activity/day_counts")]
pub async fn day_counts(q: String, days: String) -> Result<Vec<DayCount>, AppError> {
    let asking = Asking::now()?;
    let days: Vec<String> = days.split(',').take(60).map(str::to_owned).collect();
    match asking.filter(&q) {
        Ok(filter) => Ok(asking
            .storage
            .day_counts(&asking.scope, &filter, &days)
            .await?),
        Err(_) => Ok(Vec::new()),
    }
}

/// How many entries a query finds; a mistaken one finds none.
///
/// # Errors
/// Not signed in, a database that fails.
#[server(output = crate::wire::Wire, name = CountMatches, prefix = "/fn", endpoint = "activity/count")]
pub async fn count(q: String) -> Result<Count, AppError> {
    let asking = Asking::now()?;
    match asking.filter(&q) {
        Ok(filter) => Ok(asking
            .storage
            .count_activities(&asking.scope, &filter)
            .await?),
        Err(_) => Ok(Count::default()),
    }
}

/// An entry with everything about it; none when there is none or it is out of scope.
///
/// # Errors
/// Not signed in, a database that fails.
#[server(output = crate::wire::Wire, name = ReadDetail, prefix = "/fn", endpoint = "activity/detail")]
pub async fn detail(id: ActivityId) -> Result<Option<ActivityDetail>, AppError> {
    let asking = Asking::now()?;
    Ok(asking.storage.get_activity(&asking.scope, id).await?)
}

/// What happened around an entry; none when there is none or it is out of scope.
///
/// # Errors
/// Not signed in, a database that fails.
#[server(output = crate::wire::Wire, name = ReadSurroundings, prefix = "/fn", endpoint = "activity/surroundings")]
pub async fn surroundings(id: ActivityId) -> Result<Option<Surroundings>, AppError> {
    let asking = Asking::now()?;
    Ok(asking.storage.surroundings(&asking.scope, id).await?)
}

/// Values for a qualifier, most used first. `q` is the rest of the query.
///
/// # Errors
/// Not signed in, a database that fails.
#[server(output = crate::wire::Wire, name = Suggest, prefix = "/fn", endpoint = "activity/suggest")]
pub async fn suggest(
    q: String,
    qualifier: String,
    prefix: String,
) -> Result<Suggestions, AppError> {
    let asking = Asking::now()?;
    let query = domain::query::Query::parse(&q);
    Ok(asking
        .storage
        .suggest(&asking.scope, &query, &qualifier, &prefix)
        .await?)
}
