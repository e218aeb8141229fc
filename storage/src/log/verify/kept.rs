//! What is kept beside the entries: stored levels of the tree, counts, and rows that nobody recorded.

use super::VerifyReport;
use crate::log::proof::hash_of;
use crate::sql::sql;
use crate::{Error, Storage};
use domain::ledger::{Hash, Subtree};
use std::collections::HashMap;

/// Stores that are being removed lose their rows before their counts.
pub(super) const PRESENT: &str =
    "store_id NOT IN (SELECT id FROM store WHERE removed_at IS NOT NULL)";

impl Storage {
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

    /// Counts rows of the log that no ledger entry stands behind. `shown`: how many were found from their entries.
    pub(super) async fn check_unrecorded(
        &self,
        shown: i64,
        report: &mut VerifyReport,
    ) -> Result<(), Error> {
        // Each entry has one row at most: as many as were found are all. Otherwise some came or went meanwhile, or are wrong.
        if self.number("SELECT COUNT(*) FROM activity").await? == shown {
            return Ok(());
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
        Ok(())
    }

    /// In how many places the kept counts differ from the rows: those by hour from the rows, those of actions from
    /// those by hour.
    pub(super) async fn kept_differences(self) -> Result<i64, Error> {
        let by_hour = format!(
            "SELECT COUNT(*) FROM (SELECT hour, action_id, outcome FROM (\
             SELECT occurred_at / 3600000000 AS hour, action_id, outcome, COUNT(*) AS n FROM activity WHERE {PRESENT} \
             GROUP BY occurred_at / 3600000000, action_id, outcome \
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
        Ok(self.number(&by_hour).await? + self.number(&by_action).await?)
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
