//! What a cursor of a restricted role says of its place within a microsecond.
//!
//! The low bits of a key count all that came within its microsecond, what a role may not see too. The cursors of such
//! roles count what they see: they hold the number of the last row among those. Rows are only ever added behind the
//! others of their microsecond, so that a cursor stays valid.

use super::plan::Plan;
use crate::message::plan::Plan as MessagePlan;
use crate::{Error, Scope, Storage};
use domain::message::{MessageClause, MessageFilter, MessageTest};
use domain::{Clause, Cursor, Direction, Filter, OrderKey, Test, TimeRange};

/// How many rows a microsecond holds at most.
const MOST: usize = 1 << OrderKey::TIE_BITS;

/// What a list is of.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Rows {
    Activities,
    Messages,
}

impl Storage {
    /// The key after which the page of a cursor begins.
    pub(crate) async fn key_of(
        &self,
        scope: &Scope,
        rows: Rows,
        cursor: Option<Cursor>,
    ) -> Result<Option<OrderKey>, Error> {
        match cursor {
            Some(cursor) if scope.role().is_restricted() => {
                let seen = self.seen_at(scope, rows, cursor.after.micros()).await?;
                Ok(Some(meant(cursor, &seen)))
            }
            cursor => Ok(cursor.map(|cursor| cursor.after)),
        }
    }

    /// The cursor of the page after a row that the scope sees; `cursor` holds its key.
    pub(crate) async fn cursor_after(
        &self,
        scope: &Scope,
        rows: Rows,
        cursor: Cursor,
    ) -> Result<Cursor, Error> {
        if !scope.role().is_restricted() {
            return Ok(cursor);
        }
        let seen = self.seen_at(scope, rows, cursor.after.micros()).await?;
        Ok(told(cursor, &seen))
    }

    /// The keys of a microsecond that the scope sees, in their order.
    async fn seen_at(
        &self,
        scope: &Scope,
        rows: Rows,
        micros: i64,
    ) -> Result<Vec<OrderKey>, Error> {
        let moment = vec![TimeRange {
            from: micros,
            to: micros + 1,
        }];
        let is_negated = false;
        Ok(match rows {
            Rows::Activities => {
                let test = Test::Created(moment);
                let clauses = vec![Clause { is_negated, test }];
                let filter = Filter { clauses };
                let plan = Plan::new(self, scope, &filter).await?;
                plan.keys(None, Direction::Oldest, MOST).await?.keys
            }
            Rows::Messages => {
                let test = MessageTest::Created(moment);
                let clauses = vec![MessageClause { is_negated, test }];
                let filter = MessageFilter { clauses };
                let plan = MessagePlan::new(self, scope, &filter).await?;
                plan.keys(None, Direction::Oldest, MOST).await?.keys
            }
        })
    }
}

/// The cursor from which a search goes on that stopped at a key. How far it came within that microsecond tells a
/// restricted role of rows that it may not see: all of it is left to the next page.
pub(crate) fn at_stop(scope: &Scope, keys: &mut Vec<OrderKey>, cursor: Cursor) -> Cursor {
    if scope.role().is_restricted() {
        left_out(keys, cursor)
    } else {
        cursor
    }
}

fn left_out(keys: &mut Vec<OrderKey>, cursor: Cursor) -> Cursor {
    let micros = cursor.after.micros();
    keys.retain(|key| key.micros() != micros);
    let after = match cursor.direction {
        Direction::Newest => end_of(micros),
        Direction::Oldest => OrderKey(OrderKey::first_at(micros).0.saturating_sub(1)),
    };
    Cursor { after, ..cursor }
}

/// The first key behind those of a microsecond.
fn end_of(micros: i64) -> OrderKey {
    OrderKey(OrderKey::first_at(micros).0.saturating_add(MOST as i64))
}

/// The cursor with the place of its key among those that are seen.
fn told(cursor: Cursor, seen: &[OrderKey]) -> Cursor {
    let place = seen.partition_point(|key| *key < cursor.after);
    let first = OrderKey::first_at(cursor.after.micros());
    Cursor {
        after: OrderKey(first.0 + place as i64),
        ..cursor
    }
}

/// The key that [`told`] was given.
fn meant(cursor: Cursor, seen: &[OrderKey]) -> OrderKey {
    let micros = cursor.after.micros();
    let place = cursor.after.0 - OrderKey::first_at(micros).0;
    let key = usize::try_from(place)
        .ok()
        .and_then(|place| seen.get(place));
    key.copied().unwrap_or_else(|| {
        // So many aren't seen any more: all that are stood before it.
        let end = end_of(micros);
        match cursor.direction {
            Direction::Newest => end,
            Direction::Oldest => OrderKey(end.0 - 1),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MICROS: i64 = 1_763_000_000_000_000;

    fn key(tie: i64) -> OrderKey {
        OrderKey(OrderKey::first_at(MICROS).0 + tie)
    }

    fn cursor(after: OrderKey, direction: Direction) -> Cursor {
        Cursor { after, direction }
    }

    #[test]
    fn a_cursor_counts_what_is_seen_and_leads_back_to_its_row() {
        let seen = [key(3), key(4), key(900), key(1_023)];
        for direction in [Direction::Newest, Direction::Oldest] {
            for (place, row) in (0..).zip(seen) {
                let told = told(cursor(row, direction), &seen);
                assert_eq!(told, cursor(key(place), direction));
                assert_eq!(meant(told, &seen), row);
            }
        }
    }

    #[test]
    fn where_fewer_are_seen_by_now_nothing_of_other_microseconds_is_left_out() {
        let newest = cursor(key(2), Direction::Newest);
        assert_eq!(meant(newest, &[key(5)]), OrderKey::first_at(MICROS + 1));
        let oldest = cursor(key(2), Direction::Oldest);
        assert_eq!(meant(oldest, &[key(5)]), key(1_023));
        let last = cursor(OrderKey(i64::MAX), Direction::Newest);
        assert_eq!(meant(last, &[]), OrderKey(i64::MAX));
    }

    #[test]
    fn a_search_that_stopped_begins_again_with_the_whole_microsecond() {
        let (before, after) = (
            OrderKey::first_at(MICROS - 1),
            OrderKey::first_at(MICROS + 1),
        );
        let mut keys = vec![after, key(9), key(8)];
        let next = left_out(&mut keys, cursor(key(7), Direction::Newest));
        assert_eq!(keys, [after]);
        assert!(meant(next, &[]) > key(1_023) && meant(next, &[after]) == after);
        let mut keys = vec![before, key(8), key(9)];
        let next = left_out(&mut keys, cursor(key(10), Direction::Oldest));
        assert_eq!(keys, [before]);
        assert!(meant(next, &[before]) >= before && meant(next, &[before]) < key(0));
    }
}
