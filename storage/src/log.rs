//! Reading the activity log: through a scope, by a filter.

pub(crate) mod count;
pub(crate) mod detail;
mod histogram;
mod list;
mod pages;
pub(crate) mod plan;
pub(crate) mod plan_text;
mod proof;
pub(crate) mod row;
mod suggest;
pub(crate) mod tie;
pub(crate) mod values;
mod verify;
pub(crate) mod walk;
pub(crate) mod zone;

pub(crate) use histogram::add_one as add_to_histogram;
pub(crate) use proof::hash_of;
pub use verify::VerifyReport;

use crate::sql::{sql, values};
use crate::{Error, Scope, Storage};
use chrono::Weekday;
use domain::query::{Query, QueryError};
use domain::{Activity, ActivityId, Cursor, Direction, Filter, Outcome, StoreId, TimeRange};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

/// Which page of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// After this row; none for the first page.
    pub after: Option<Cursor>,
    /// Newest or oldest first; a cursor's own direction wins.
    pub direction: Direction,
    /// How many rows, 1 to 1,000.
    pub limit: u32,
}

impl Storage {
    /// The query as a filter, with times resolved on the store's clock. Weeks begin on Sunday in zones where
    /// they do (`zone::week_start`).
    ///
    /// # Errors
    /// Each mistake with its position.
    pub fn filter(&self, scope: &Scope, q: &str) -> Result<Filter, Vec<QueryError>> {
        self.filter_of(scope, &Query::parse(q))
    }

    pub(crate) fn filter_of(
        &self,
        scope: &Scope,
        query: &Query,
    ) -> Result<Filter, Vec<QueryError>> {
        let zone = zone::of(scope.store());
        query.to_filter(
            self.ambient().clock.now(),
            &zone,
            zone::week_start(scope.store()),
        )
    }

    /// What the store's clock adds to UTC at both ends of a stretch of time, in minutes. An end that is open counts as
    /// the beginning of 1970.
    pub fn offsets_at(&self, scope: &Scope, range: TimeRange) -> [i32; 2] {
        let zone = zone::of(scope.store());
        [range.from, range.to].map(|end| zone::offset_minutes(zone, zone::time_of(end)))
    }

    /// On which day weeks begin in the scope's store.
    pub fn week_start(&self, scope: &Scope) -> Weekday {
        zone::week_start(scope.store())
    }
}

/// The activity of a ledger number as it was first recorded, if its payload is still there.
pub(crate) async fn recorded_activity(
    on: &impl ConnectionTrait,
    seq: i64,
) -> Result<Option<(ActivityId, Activity)>, Error> {
    let statement = "SELECT l.record_id, p.body FROM payload p JOIN ledger l ON l.seq = p.seq WHERE p.seq = ? AND l.kind = 'activity'";
    let Some(row) = sql(on.get_database_backend(), statement, values![seq])
        .row(on)
        .await?
    else {
        return Ok(None);
    };
    let id: Vec<u8> = row.try_get_by_index(0)?;
    let body: String = row.try_get_by_index(1)?;
    Ok(Some((ActivityId(uuid_of(&id)?), activity_of(&body)?)))
}

/// An activity's payload read back.
pub(crate) fn activity_of(body: &str) -> Result<Activity, Error> {
    serde_json::from_str(body).map_err(|error| Error::Damaged {
        what: "activity payload",
        detail: error.to_string(),
    })
}

pub(crate) fn uuid_of(bytes: &[u8]) -> Result<Uuid, Error> {
    Uuid::from_slice(bytes).map_err(|error| Error::Damaged {
        what: "id",
        detail: error.to_string(),
    })
}

pub(crate) fn outcome_of(number: i16) -> Result<Outcome, Error> {
    Outcome::of_number(number).ok_or_else(|| Error::Damaged {
        what: "outcome",
        detail: format!("{number} means none"),
    })
}

/// To whom the order is assigned whose status an activity changes: what staff see depends on it.
pub(crate) async fn assignee(
    on: &impl ConnectionTrait,
    store_id: StoreId,
    activity: &Activity,
) -> Result<Option<String>, Error> {
    let order = activity
        .subject
        .as_ref()
        .filter(|s| s.kind == "order" && activity.action.name == "order.status_changed");
    assigned_to(on, store_id, order.map(|o| o.id.as_str())).await
}

/// To whom an order is assigned, if it is known and assigned.
pub(crate) async fn assigned_to(
    on: &impl ConnectionTrait,
    store_id: StoreId,
    number: Option<&str>,
) -> Result<Option<String>, Error> {
    let Some(number) = number else {
        return Ok(None);
    };
    let statement = "SELECT assigned_to FROM sales_order WHERE store_id = ? AND number = ?";
    let row = sql(
        on.get_database_backend(),
        statement,
        values![store_id.0, number],
    )
    .row(on)
    .await?;
    Ok(row
        .map(|row| row.try_get_by_index(0))
        .transpose()?
        .flatten())
}
