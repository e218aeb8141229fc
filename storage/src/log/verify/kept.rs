//! What is kept beside the entries: stored levels of the tree, counts, and rows that nobody recorded.

use super::VerifyReport;
use super::shown::{Actors, Shown};
use crate::log::proof::hash_of;
use crate::sql::sql;
use crate::{Error, Storage};
use domain::ledger::{Hash, Subtree};
use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Mutex, PoisonError};

/// Stores that are being removed lose their rows before their counts.
pub(super) const PRESENT: &str =
    "store_id NOT IN (SELECT id FROM store WHERE removed_at IS NOT NULL)";

/// Microseconds of an hour, by which rows are counted.
const HOUR: i64 = 3_600_000_000;

/// Adds up the rows of the log such that two ways of counting them can be compared without keeping a number for each hour: each
/// place that is counted (hour, action, outcome) has a random value, and sums agree where the counts do. That others do too has
/// a chance of one in 2^64 and more, since nobody knew the values when the counts were written.
///
/// It also hands the actors that were read in one part on to the next.
pub(super) struct Sums {
    values: [RandomState; 2],
    /// Stores that are being removed: their rows don't count.
    removed: HashSet<i64>,
    actors: Mutex<Vec<Actors>>,
}

impl Sums {
    fn of_place(&self, place: (i64, i64, i64)) -> u128 {
        let [high, low] = &self.values;
        u128::from(high.hash_one(place)) << 64 | u128::from(low.hash_one(place))
    }

    /// What a row adds.
    pub(super) fn of_row(&self, store: Option<i64>, shown: &Shown<'_>) -> u128 {
        match (store, shown.occurred_at, shown.action_id, shown.outcome) {
            (Some(store), Some(at), Some(action), Some(outcome))
                if !self.removed.contains(&store) =>
            {
                self.of_place((at / HOUR, action, outcome))
            }
            _ => 0,
        }
    }

    /// Actors that an earlier part read.
    pub(super) fn actors(&self) -> Actors {
        let mut actors = self.actors.lock().unwrap_or_else(PoisonError::into_inner);
        actors.pop().unwrap_or_default()
    }

    /// Leaves them to a later part.
    pub(super) fn put_back(&self, actors: Actors) {
        let mut all = self.actors.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(actors);
    }
}

impl Storage {
    pub(super) async fn begin_sums(&self) -> Result<Sums, Error> {
        let text = "SELECT id FROM store WHERE removed_at IS NOT NULL";
        let rows = sql(self.readers().get_database_backend(), text, [])
            .rows(self.readers())
            .await?;
        let removed = rows.into_iter().map(|row| row.try_get_by_index(0));
        Ok(Sums {
            values: [RandomState::new(), RandomState::new()],
            removed: removed.collect::<Result<_, _>>()?,
            actors: Mutex::default(),
        })
    }

    /// Whether the kept counts add up to `counted`.
    async fn is_kept(&self, sums: &Sums, counted: u128) -> Result<bool, Error> {
        let text = format!(
            "SELECT hour, action_id, outcome, n FROM hour_count WHERE {PRESENT} AND n <> 0"
        );
        let columns = ["hour", "action_id", "outcome", "n"];
        let kept = sql(self.readers().get_database_backend(), &text, [])
            .packed(self.readers(), &columns)
            .await?;
        let kept: Vec<(i64, i64, i64, i64)> = kept.rows()?;
        let sum = kept
            .into_iter()
            .fold(0_u128, |sum, (hour, action, outcome, n)| {
                let value = sums.of_place((hour, action, outcome));
                // A negative number adds what is congruent with it.
                sum.wrapping_add(value.wrapping_mul(i128::from(n).cast_unsigned()))
            });
        Ok(sum == counted)
    }

    /// Compares the stored levels of the tree with those computed from the leaves.
    pub(super) async fn check_levels(
        &self,
        computed: Vec<(Subtree, Hash)>,
        report: &mut VerifyReport,
    ) -> Result<(), Error> {
        let text = "SELECT level, place, hash FROM ledger_node";
        let rows = sql(self.readers().get_database_backend(), text, [])
            .rows(self.readers())
            .await?;
        let mut stored = HashMap::with_capacity(rows.len());
        for row in rows {
            let place: (i16, i64) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
            stored.insert(place, hash_of(&row.try_get_by_index::<Vec<u8>>(2)?)?);
        }
        for (subtree, hash) in computed {
            let place = (i16::from(subtree.level), subtree.index.cast_signed());
            if stored.get(&place) != Some(&hash) {
                report.fault(format!(
                    "the stored root of entries {} to {} is not theirs",
                    (subtree.index << subtree.level) + 1,
                    (subtree.index + 1) << subtree.level,
                ));
            }
        }
        Ok(())
    }

    /// Counts rows of the log that no ledger entry stands behind. `shown`: how many were found from their entries. Returns
    /// whether these are all.
    pub(super) async fn check_unrecorded(
        &self,
        shown: i64,
        report: &mut VerifyReport,
    ) -> Result<bool, Error> {
        // Each entry has one row at most: as many as were found are all. Otherwise some came or went meanwhile, or are wrong.
        if self.number("SELECT COUNT(*) FROM activity").await? == shown {
            return Ok(true);
        }
        let text = "SELECT COUNT(*) FROM activity a WHERE NOT EXISTS (SELECT 1 FROM ledger l \
                    WHERE l.seq = a.seq AND l.order_key = a.order_key AND l.kind = 'activity')";
        match self.number(text).await? {
            0 => {}
            1 => report.fault("1 row of the log belongs to no entry of the ledger".to_owned()),
            n => report.fault(format!(
                "{n} rows of the log belong to no entry of the ledger"
            )),
        }
        Ok(false)
    }

    /// In how many places the kept counts differ from the rows: those by hour from the rows, those of actions from
    /// those by hour. `counted`: all rows as `sums` sums them up, if they are known.
    pub(super) async fn kept_differences(
        &self,
        sums: &Sums,
        counted: Option<u128>,
    ) -> Result<i64, Error> {
        let by_hour = format!(
            "SELECT COUNT(*) FROM (SELECT hour, action_id, outcome FROM (\
             SELECT occurred_at / {HOUR} AS hour, action_id, outcome, COUNT(*) AS n FROM activity WHERE {PRESENT} \
             GROUP BY occurred_at / {HOUR}, action_id, outcome \
             UNION ALL SELECT hour, action_id, outcome, -n FROM hour_count WHERE {PRESENT}) AS counted \
             GROUP BY hour, action_id, outcome HAVING SUM(n) <> 0) AS differing"
        );
        let by_action = format!(
            "SELECT COUNT(*) FROM (SELECT action_id, outcome FROM (\
             SELECT action_id, outcome, n FROM hour_count WHERE {PRESENT} \
             UNION ALL SELECT id, 0, -successes FROM action WHERE {PRESENT} \
             UNION ALL SELECT id, 1, -pendings FROM action WHERE {PRESENT} \
             UNION ALL SELECT id, 2, -failures FROM action WHERE {PRESENT}) AS counted \
             GROUP BY action_id, outcome HAVING SUM(n) <> 0) AS differing"
        );
        // Otherwise some rows came or went meanwhile, or something is wrong: then both are counted at one moment.
        let is_kept = match counted {
            Some(counted) => self.is_kept(sums, counted).await?,
            None => false,
        };
        let by_hour = if is_kept {
            0
        } else {
            self.number(&by_hour).await?
        };
        Ok(by_hour + self.number(&by_action).await?)
    }

    pub(super) async fn number(&self, text: &str) -> Result<i64, Error> {
        let row = sql(self.readers().get_database_backend(), text, [])
            .row(self.readers())
            .await?;
        Ok(row
            .map(|row| row.try_get_by_index(0))
            .transpose()?
            .unwrap_or(0))
    }
}
