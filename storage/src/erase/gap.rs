//! Where entries were erased from a list: so that a list never looks as if nothing had been there.

use super::list_of_thread;
use super::row::word;
use crate::log::{uuid_of, zone};
use crate::sql::{sql, values};
use crate::{Error, Scope, Storage};
use domain::export::Source;
use domain::view::{ErasureCause, Gap};
use domain::{Direction, ErasureId, OrderKey, Permission, TimeRange};
use sea_orm::FromQueryResult;
use uuid::Uuid;

/// How many gaps a page shows.
const MOST: i64 = 200;

#[derive(FromQueryResult)]
struct Columns {
    first_key: i64,
    last_key: i64,
    n: i64,
    erasure_id: Vec<u8>,
    requested_at: i64,
    requester_name: String,
    reason: String,
    cause: String,
}

impl Columns {
    fn into_gap(self, scope: &Scope) -> Result<Gap, Error> {
        let to = zone::time_of(OrderKey(self.last_key).micros());
        Ok(Gap {
            from: zone::time_of(OrderKey(self.first_key).micros()),
            to,
            offset_minutes: zone::offset_minutes(zone::of(scope.store()), to),
            count: self.n.max(0).unsigned_abs(),
            at: zone::time_of(self.requested_at),
            // A masked role is not told that a person asked for it.
            by: if scope.role().is_masked() && self.cause != word(ErasureCause::Retention) {
                domain::MASK.to_owned()
            } else {
                self.requester_name
            },
            reason: self.reason,
            erasure: ErasureId(uuid_of(&self.erasure_id)?),
        })
    }
}

const COLUMNS: &str = "SELECT g.first_key, g.last_key, g.n, g.erasure_id, e.requested_at, e.requester_name, e.reason, e.cause \
     FROM erased_gap g JOIN erasure e ON e.id = g.erasure_id";

impl Storage {
    /// The gaps of a page: what it was read after, in which direction, and where it ended.
    pub(crate) async fn gaps_of_page(
        &self,
        scope: &Scope,
        source: Source,
        range: TimeRange,
        (after, direction, last): (Option<OrderKey>, Direction, Option<OrderKey>),
    ) -> Result<Vec<Gap>, Error> {
        let bound = |micros: i64| {
            if (0..i64::MAX >> OrderKey::TIE_BITS).contains(&micros) {
                OrderKey::first_at(micros).0
            } else {
                micros
            }
        };
        let (from, to) = match direction {
            Direction::Newest => (
                last.map_or(i64::MIN, |k| k.0),
                after.map_or(i64::MAX, |k| k.0),
            ),
            Direction::Oldest => (
                after.map_or(i64::MIN, |k| k.0.saturating_add(1)),
                last.map_or(i64::MAX, |k| k.0.saturating_add(1)),
            ),
        };
        self.gaps(
            scope,
            source.as_str(),
            from.max(bound(range.from)),
            to.min(bound(range.to)),
        )
        .await
    }

    /// Whether entries were erased from a log in a stretch of time, as far as the role may count.
    pub(crate) async fn has_gaps(
        &self,
        scope: &Scope,
        source: Source,
        range: TimeRange,
    ) -> Result<bool, Error> {
        let everything = (None, Direction::Newest, None);
        let gaps = self.gaps_of_page(scope, source, range, everything).await?;
        Ok(!gaps.is_empty())
    }

    /// The gaps of a stretch of an order's thread, from one place (inclusive) to another (exclusive), oldest first.
    pub(crate) async fn gaps_of_thread(
        &self,
        scope: &Scope,
        number: &str,
        from: i64,
        to: i64,
    ) -> Result<Vec<Gap>, Error> {
        let list = list_of_thread(number);
        let mut gaps = self.gaps(scope, &list, from, to).await?;
        gaps.reverse();
        Ok(gaps)
    }

    /// The gaps of a log or thread from one place (inclusive) to another (exclusive), newest first. Roles that may not
    /// count get none.
    async fn gaps(&self, scope: &Scope, list: &str, from: i64, to: i64) -> Result<Vec<Gap>, Error> {
        if !scope.role().may(Permission::ReadLedger) {
            return Ok(Vec::new());
        }
        let text = format!(
            "{COLUMNS} WHERE g.store_id = ? AND g.source = ? AND g.last_key >= ? AND g.last_key < ? \
             ORDER BY g.last_key DESC LIMIT ?"
        );
        let values = values![scope.store_id().0, list, from, to, MOST];
        let found: Vec<Columns> = sql(
            sea_orm::ConnectionTrait::get_database_backend(self.readers()),
            &text,
            values,
        )
        .all(self.readers())
        .await?;
        found.into_iter().map(|c| c.into_gap(scope)).collect()
    }

    /// In which erasure an entry or message went, by its id; `from`, `to` and `count` are of the hour around it.
    /// None when it was not erased, or for roles that may not count.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn erased_entry(&self, scope: &Scope, id: Uuid) -> Result<Option<Gap>, Error> {
        if !scope.role().may(Permission::ReadLedger) {
            return Ok(None);
        }
        let backend = sea_orm::ConnectionTrait::get_database_backend(self.readers());
        let text = "SELECT l.recorded_at, r.erasure_id, e.requested_at, e.requester_name, e.reason, e.cause FROM ledger l \
                    JOIN erased_range r ON r.from_seq = (SELECT MAX(from_seq) FROM erased_range WHERE from_seq <= l.seq) \
                    JOIN erasure e ON e.id = r.erasure_id WHERE l.record_id = ? AND l.store_id = ? AND r.to_seq >= l.seq";
        let values = values![id.as_bytes().to_vec(), scope.store_id().0];
        let Some(row) = sql(backend, text, values).row(self.readers()).await? else {
            return Ok(None);
        };
        let key = OrderKey::first_at(row.try_get_by_index(0)?).0;
        let columns = Columns {
            first_key: key,
            last_key: key,
            n: 1,
            erasure_id: row.try_get_by_index(1)?,
            requested_at: row.try_get_by_index(2)?,
            requester_name: row.try_get_by_index(3)?,
            reason: row.try_get_by_index(4)?,
            cause: row.try_get_by_index(5)?,
        };
        columns.into_gap(scope).map(Some)
    }
}
