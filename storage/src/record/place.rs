//! Where activities stand in time order: a key each, in the order of arrival within a microsecond.

use crate::Error;
use crate::sql::sql;
use domain::OrderKey;
use sea_orm::{ConnectionTrait as _, DatabaseTransaction};
use std::collections::HashMap;

/// The keys that a group gives out: the last one of each microsecond that was looked up, none while it has
/// none.
#[derive(Default)]
pub(super) struct Places(HashMap<i64, Option<OrderKey>>);

impl Places {
    /// Looks up many microseconds with few statement texts.
    pub(super) async fn look_up(
        &mut self,
        transaction: &DatabaseTransaction,
        micros: impl Iterator<Item = i64>,
    ) -> Result<(), Error> {
        let mut micros: Vec<i64> = micros.filter(|m| !self.0.contains_key(m)).collect();
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
                "WITH place (first_key, end_key) AS (VALUES ",
                [],
            );
            for (at, micros) in chunk.iter().enumerate() {
                statement.push(if at == 0 { "" } else { ", " }).list([
                    OrderKey::first_at(*micros).0,
                    OrderKey::first_at(micros + 1).0,
                ]);
            }
            statement.push(
                ") SELECT first_key, (SELECT MAX(a.order_key) FROM activity a \
                 WHERE a.order_key >= first_key AND a.order_key < end_key) FROM place",
            );
            for row in statement.rows(transaction).await? {
                let first = OrderKey(row.try_get_by_index(0)?);
                let last: Option<i64> = row.try_get_by_index(1)?;
                self.0.insert(first.micros(), last.map(OrderKey));
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
            self.look_up(transaction, std::iter::once(micros)).await?;
            let last = self.0.get(&micros).copied().flatten();
            let next = last.map_or(OrderKey::first_at(micros), |last| OrderKey(last.0 + 1));
            if next < OrderKey::first_at(micros + 1) {
                self.0.insert(micros, Some(next));
                return Ok(next);
            }
            micros += 1;
        }
    }
}
