//! What is kept beside the entries: stored levels of the tree, counts, and rows that nobody recorded.

use super::VerifyReport;
use super::shown::{Actors, Shown};
use crate::log::proof::hash_of;
use crate::sql::sql;
use crate::{Error, Storage};
use domain::ledger::{Hash, Subtree};
use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Arc, Mutex, PoisonError};

/// Stores that are being removed lose their rows before their counts.
pub(super) const PRESENT: &str =
    "store_id NOT IN (SELECT id FROM store WHERE removed_at IS NOT NULL)";

/// Microseconds of an hour, by which rows are counted.
const HOUR: i64 = 3_600_000_000;

/// Adds up the rows of the log such that two ways of counting them can be compared without keeping a number for each hour: each
/// place that is counted (hour, action, outcome) has a random value, and sums agree where the counts do. That others do too has
/// a chance of one in 2^64, since nobody knew the values when the counts were written.
///
/// It also hands the actors that were read in one part on to the next.
pub(super) struct Sums {
    values: RandomState,
    /// Stores that are being removed: their rows don't count.
    removed: HashSet<i64>,
    actors: Mutex<Vec<Actors>>,
}

impl Sums {
    fn of_place(&self, place: (i64, i64, i64)) -> u128 {
        // No sum of these overflows.
        u128::from(self.values.hash_one(place))
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

/// What is kept beside the entries.
pub(super) struct Kept {
    /// The stored levels of the tree, by level and place.
    levels: HashMap<(i16, i64), Hash>,
    /// How many rows the log has.
    pub(super) rows: i64,
    /// What the kept counts by hour add up to.
    pub(super) sum: u128,
    /// In how many places the kept counts of actions differ from those by hour.
    pub(super) differing_actions: i64,
}

impl Kept {
    /// Compares the stored levels of the tree with those computed from the leaves.
    pub(super) fn check_levels(&self, computed: Vec<(Subtree, Hash)>, report: &mut VerifyReport) {
        for (subtree, hash) in computed {
            let place = (i16::from(subtree.level), subtree.index.cast_signed());
            if self.levels.get(&place) != Some(&hash) {
                report.fault(format!(
                    "the stored root of entries {} to {} is not theirs",
                    (subtree.index << subtree.level) + 1,
                    (subtree.index + 1) << subtree.level,
                ));
            }
        }
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
            values: RandomState::new(),
            removed: removed.collect::<Result<_, _>>()?,
            actors: Mutex::default(),
        })
    }

    /// Reads what is kept, while the entries are read.
    pub(super) async fn kept_beside(self, sums: Arc<Sums>) -> Result<Kept, Error> {
        Ok(Kept {
            levels: self.kept_levels().await?,
            rows: self.number("SELECT COUNT(*) FROM activity").await?,
            sum: self.kept_sum(&sums).await?,
            differing_actions: self.differing_actions().await?,
        })
    }

    /// What the kept counts add up to.
    async fn kept_sum(&self, sums: &Sums) -> Result<u128, Error> {
        let text = format!(
            "SELECT hour, action_id, outcome, n FROM hour_count WHERE {PRESENT} AND n <> 0"
        );
        let columns = ["hour", "action_id", "outcome", "n"];
        let kept = sql(self.readers().get_database_backend(), &text, [])
            .packed(self.readers(), &columns)
            .await?;
        let kept: Vec<(i64, i64, i64, i64)> = kept.rows()?;
        Ok(kept
            .into_iter()
            .fold(0_u128, |sum, (hour, action, outcome, n)| {
                let value = sums.of_place((hour, action, outcome));
                // A negative number adds what is congruent with it.
                sum.wrapping_add(value.wrapping_mul(i128::from(n).cast_unsigned()))
            }))
    }

    async fn kept_levels(&self) -> Result<HashMap<(i16, i64), Hash>, Error> {
        let text = "SELECT level, place, hash FROM ledger_node";
        let rows = sql(self.readers().get_database_backend(), text, [])
            .rows(self.readers())
            .await?;
        let mut levels = HashMap::with_capacity(rows.len());
        for row in rows {
            let place: (i16, i64) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
            levels.insert(place, hash_of(&row.try_get_by_index::<Vec<u8>>(2)?)?);
        }
        Ok(levels)
    }

    /// Counts rows of the log that no ledger entry stands behind.
    pub(super) async fn check_unrecorded(&self, report: &mut VerifyReport) -> Result<(), Error> {
        let text = "SELECT COUNT(*) FROM activity a WHERE NOT EXISTS (SELECT 1 FROM ledger l \
                    WHERE l.seq = a.seq AND l.order_key = a.order_key AND l.kind = 'activity')";
        match self.number(text).await? {
            0 => {}
            1 => report.fault("1 row of the log belongs to no entry of the ledger".to_owned()),
            n => report.fault(format!(
                "{n} rows of the log belong to no entry of the ledger"
            )),
        }
        Ok(())
    }

    /// In how many places the kept counts by hour differ from the rows, both counted at one moment.
    pub(super) async fn differing_hours(&self) -> Result<i64, Error> {
        let text = format!(
            "SELECT COUNT(*) FROM (SELECT hour, action_id, outcome FROM (\
             SELECT occurred_at / {HOUR} AS hour, action_id, outcome, COUNT(*) AS n FROM activity WHERE {PRESENT} \
             GROUP BY occurred_at / {HOUR}, action_id, outcome \
             UNION ALL SELECT hour, action_id, outcome, -n FROM hour_count WHERE {PRESENT}) AS counted \
             GROUP BY hour, action_id, outcome HAVING SUM(n) <> 0) AS differing"
        );
        self.number(&text).await
    }

    /// In how many places the kept counts of actions differ from those by hour.
    async fn differing_actions(&self) -> Result<i64, Error> {
        let text = format!(
            "SELECT COUNT(*) FROM (SELECT action_id, outcome FROM (\
             SELECT action_id, outcome, n FROM hour_count WHERE {PRESENT} \
             UNION ALL SELECT id, 0, -successes FROM action WHERE {PRESENT} \
             UNION ALL SELECT id, 1, -pendings FROM action WHERE {PRESENT} \
             UNION ALL SELECT id, 2, -failures FROM action WHERE {PRESENT}) AS counted \
             GROUP BY action_id, outcome HAVING SUM(n) <> 0) AS differing"
        );
        self.number(&text).await
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
