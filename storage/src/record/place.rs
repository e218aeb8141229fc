//! Where activities stand in time order: a key each, in the order of arrival within a microsecond.

use crate::Error;
use crate::sql::{sql, values};
use domain::OrderKey;
use sea_orm::{ConnectionTrait as _, DatabaseTransaction};
use std::collections::HashMap;

/// The keys that a group gives out.
#[derive(Default)]
pub(super) struct Places(HashMap<i64, Place>);

/// What is known of a microsecond.
#[derive(Clone, Copy, Default)]
struct Place {
    /// The last key given out; none while its first key is free.
    last: Option<OrderKey>,
    /// Whether nothing stands behind it. Behind a first key that is free something may, where an erasure
    /// made the room.
    is_end: bool,
}

impl Places {
    /// Looks up in bulk which microseconds have their first key free: of most nothing more is asked.
    pub(super) async fn look_up(
        &mut self,
        transaction: &DatabaseTransaction,
        micros: impl Iterator<Item = i64>,
    ) -> Result<(), Error> {
        let mut micros: Vec<i64> = micros.collect();
        micros.sort_unstable();
        micros.dedup();
        let mut rest = micros.as_slice();
        while !rest.is_empty() {
            let size = [64, 16, 4, 1]
                .into_iter()
                .find(|size| *size <= rest.len())
                .unwrap_or(1);
            let (chunk, after) = rest.split_at(size);
            rest = after;
            let mut statement = sql(
                transaction.get_database_backend(),
                "SELECT order_key FROM activity WHERE order_key IN ",
                [],
            );
            statement.list(chunk.iter().map(|m| OrderKey::first_at(*m).0));
            let rows = statement.rows(transaction).await?;
            let taken = rows
                .iter()
                .map(|row| row.try_get_by_index::<i64>(0))
                .collect::<Result<Vec<_>, _>>()?;
            for m in chunk {
                if !taken.contains(&OrderKey::first_at(*m).0) {
                    self.0.insert(*m, Place::default());
                }
            }
        }
        Ok(())
    }

    /// The key of the next activity of that microsecond; of a following one when it is full.
    pub(super) async fn next(
        &mut self,
        transaction: &DatabaseTransaction,
        micros: i64,
    ) -> Result<OrderKey, Error> {
        let mut micros = micros;
        loop {
            let first = OrderKey::first_at(micros);
            let end = OrderKey::first_at(micros + 1);
            let known = self.0.get(&micros).copied();
            let last = match known {
                Some(Place { last: None, .. }) => None,
                Some(place) if place.is_end => place.last,
                other => {
                    let stored = sql(
                        transaction.get_database_backend(),
                        "SELECT MAX(order_key) FROM activity WHERE order_key >= ? AND order_key < ?",
                        values![first.0, end.0],
                    )
                    .row(transaction)
                    .await?
                    .map(|row| row.try_get_by_index::<Option<i64>>(0))
                    .transpose()?
                    .flatten()
                    .map(OrderKey);
                    stored.max(other.and_then(|place| place.last))
                }
            };
            let is_end = last.is_some();
            let next = last.map_or(first, |last| OrderKey(last.0 + 1));
            let is_free = next < end;
            let last = if is_free { Some(next) } else { last };
            self.0.insert(micros, Place { last, is_end });
            if is_free {
                return Ok(next);
            }
            micros += 1;
        }
    }
}
