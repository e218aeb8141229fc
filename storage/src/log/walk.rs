//! Walking a log in time order: no more of the leading index than it takes to fill a page, and never more than a bound.

use crate::Error;
use crate::sql::Sql;
use domain::{Direction, OrderKey};
use sea_orm::ConnectionTrait;
use tokio::sync::Semaphore;

/// How many rows of the leading index are looked at before counting, or looking around, stops and says so.
pub(crate) const BOUND: usize = 20_000;
/// The same for a page of a list: as many as take a few milliseconds. Who reads goes on from there.
pub(crate) const BOUND_OF_PAGE: usize = 1_000;
/// The same for a role from which entries are hidden. Where its search stops tells how many of those came by, so it goes on for as
/// long as a log usually has entries.
const BOUND_OF_RESTRICTED: usize = 1_000_000;
/// So many walks go beyond [`BOUND`] at a time: the other readers are everybody's.
static LONG: Semaphore = Semaphore::const_new(2);
/// By how much the next part is longer, when one did not fill the page.
const GROWTH: usize = 8;
/// From so many keys on they are read as one text.
const PACKED_FROM: usize = 200;

/// Keys in the direction asked for.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) keys: Vec<OrderKey>,
    /// Set when the search stopped at this key for its bound, with more to look at.
    pub(crate) stopped_at: Option<OrderKey>,
}

/// A part of a walk.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Part {
    /// Keys from (inclusive) to (exclusive).
    pub(crate) window: (i64, i64),
    pub(crate) direction: Direction,
    /// How many rows of the leading index it has at most.
    pub(crate) rows: i64,
    /// How many keys are wanted of it at most.
    pub(crate) wanted: i64,
}

impl Part {
    /// The window with what comes after a key.
    pub(crate) fn window_after(
        (from, to): (i64, i64),
        after: Option<OrderKey>,
        direction: Direction,
    ) -> (i64, i64) {
        match (after, direction) {
            (None, _) => (from, to),
            (Some(key), Direction::Newest) => (from, to.min(key.0)),
            (Some(key), Direction::Oldest) => (from.max(key.0.saturating_add(1)), to),
        }
    }

    /// The statement that walks this part once, tests what it came by, and says where it ended. `push_walk` appends a select
    /// of at most `rows` keys, `push_tested` joins and conditions after `FROM w`, which has them.
    pub(crate) fn statement(
        self,
        mut statement: Sql,
        push_walk: impl FnOnce(&mut Sql, Self),
        push_tested: impl FnOnce(&mut Sql),
    ) -> Sql {
        let (last, order) = match self.direction {
            Direction::Newest => ("MIN", " DESC"),
            Direction::Oldest => ("MAX", ""),
        };
        statement.push("WITH w AS MATERIALIZED (");
        push_walk(&mut statement, self);
        statement
            .push(&format!(
                ") SELECT order_key, 1 AS is_end FROM (SELECT {last}(order_key) AS order_key, COUNT(*) AS n FROM w) AS e \
                 WHERE n >= "
            ))
            .bind(self.rows)
            .push(" UNION ALL SELECT order_key, 0 AS is_end FROM (SELECT w.order_key FROM w ");
        push_tested(&mut statement);
        statement
            .push(&format!(" ORDER BY w.order_key{order} LIMIT "))
            .bind(self.wanted)
            .push(") AS passed");
        statement
    }
}

/// The first `limit` keys of a window that pass. The first part is as long as what is wanted: where everything passes, it is
/// all that is looked at. `bound` is for those from whom no entry of this log is hidden (`is_hiding`).
pub(crate) async fn walk(
    on: &impl ConnectionTrait,
    bound: usize,
    is_hiding: bool,
    mut window: (i64, i64),
    direction: Direction,
    limit: usize,
    statement: impl Fn(Part) -> Sql,
) -> Result<Found, Error> {
    let mut found = Found::default();
    let bound = if is_hiding {
        BOUND_OF_RESTRICTED
    } else {
        bound
    };
    let (mut left, mut rows) = (bound, limit);
    while left > 0 {
        rows = rows.clamp(1, left);
        left -= rows;
        let _turn = if bound - left > BOUND {
            LONG.acquire().await.ok()
        } else {
            None
        };
        let part = Part {
            window,
            direction,
            rows: rows as i64,
            wanted: (limit - found.keys.len()) as i64,
        };
        let (mut keys, mut end) = (Vec::new(), None);
        for (key, is_end) in read(on, statement(part), rows).await? {
            if is_end == 0 {
                keys.push(key);
            } else {
                end = Some(key);
            }
        }
        match direction {
            Direction::Newest => keys.sort_unstable_by(|a, b| b.cmp(a)),
            Direction::Oldest => keys.sort_unstable(),
        }
        found.keys.append(&mut keys);
        found.stopped_at = end.filter(|_| found.keys.len() < limit);
        let Some(end) = found.stopped_at else {
            break;
        };
        window = Part::window_after(window, Some(end), direction);
        rows = rows.saturating_mul(GROWTH);
    }
    Ok(found)
}

/// The keys that a statement finds in a column `order_key`, of which there may be `most`.
pub(crate) async fn keys(
    on: &impl ConnectionTrait,
    statement: Sql,
    most: usize,
) -> Result<Vec<OrderKey>, Error> {
    if most > PACKED_FROM {
        let packed = statement.packed(on, &["order_key"]).await?;
        let rows: Vec<(i64,)> = packed.rows()?;
        return Ok(rows.into_iter().map(|(key,)| OrderKey(key)).collect());
    }
    let rows = statement.rows(on).await?;
    Ok(rows
        .iter()
        .map(|row| row.try_get_by_index(0).map(OrderKey))
        .collect::<Result<_, _>>()?)
}

/// Keys, and whether each stands for an end (1) or passed (0).
async fn read(
    on: &impl ConnectionTrait,
    statement: Sql,
    most: usize,
) -> Result<Vec<(OrderKey, i32)>, Error> {
    if most > PACKED_FROM {
        let packed = statement.packed(on, &["order_key", "is_end"]).await?;
        let rows: Vec<(i64, i32)> = packed.rows()?;
        return Ok(rows
            .into_iter()
            .map(|(key, is_end)| (OrderKey(key), is_end))
            .collect());
    }
    let rows = statement.rows(on).await?;
    Ok(rows
        .iter()
        .map(|row| Ok((OrderKey(row.try_get_by_index(0)?), row.try_get_by_index(1)?)))
        .collect::<Result<_, sea_orm::DbErr>>()?)
}
