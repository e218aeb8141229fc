//! Recomputes the whole ledger and compares what lists show with what was recorded.

mod kept;
mod messages;
mod shown;
mod watch;

use super::proof::hash_of;
use super::{activity_of, uuid_of};
use crate::record::{TILE_LEVELS, frontier_of};
use crate::sql::{sql, values};
use crate::{Error, Storage};
use domain::ledger::{Entry, Frontier, Hash, Subtree, payload_digest};
use sea_orm::FromQueryResult;
use serde::Deserialize;
use shown::Shown;

/// How many entries are read at a time.
const CHUNK: i64 = 2_000;
/// How many faults are named.
const MOST_FAULTS: usize = 100;

/// What `storetrail verify` found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VerifyReport {
    /// How many ledger entries there are.
    pub entries: u64,
    /// How many of them were erased, by an erasure that is itself recorded.
    pub erased: u64,
    /// The root over all leaves, hexadecimal.
    pub root: String,
    /// What does not agree, in words, at most 100.
    pub faults: Vec<String>,
}

#[derive(FromQueryResult)]
struct Row {
    seq: i64,
    store_id: i64,
    kind: String,
    record_id: Vec<u8>,
    recorded_at: i64,
    payload_digest: Vec<u8>,
    leaf: Vec<u8>,
    salt: Option<Vec<u8>>,
    body: Option<String>,
    /// The payload of the record that ended the activity.
    ended: Option<String>,
    #[sea_orm(nested)]
    shown: Option<Shown>,
}

/// What an erasure says it erased, as ranges of ledger numbers from (inclusive) to (inclusive).
#[derive(Deserialize)]
struct Erasure {
    erased: Vec<(i64, i64)>,
}

/// Ranges of ledger numbers, in order, none touching another.
struct Erased(Vec<(i64, i64)>);

impl Erased {
    fn of(mut ranges: Vec<(i64, i64)>) -> Self {
        ranges.sort_unstable();
        let mut merged: Vec<(i64, i64)> = Vec::with_capacity(ranges.len());
        for (from, to) in ranges {
            match merged.last_mut() {
                Some((_, end)) if from <= *end + 1 => *end = to.max(*end),
                _ => merged.push((from, to)),
            }
        }
        Self(merged)
    }

    fn contains(&self, seq: i64) -> bool {
        let place = self.0.partition_point(|(_, to)| *to < seq);
        self.0.get(place).is_some_and(|(from, _)| *from <= seq)
    }
}

impl Storage {
    /// Checks every leaf, payload and stored level of the tree, the root, every row that lists show with its
    /// text, and the kept counts.
    ///
    /// # Errors
    /// When the database fails; faults found are in the report.
    pub async fn verify(&self) -> Result<VerifyReport, Error> {
        let backend = self.readers().get_database_backend();
        let head = sql(
            backend,
            "SELECT size, frontier, root FROM ledger_head WHERE id = 1",
            [],
        )
        .row(self.readers())
        .await?
        .ok_or(Error::Damaged {
            what: "ledger head",
            detail: "its row is missing".to_owned(),
        })?;
        let size: i64 = head.try_get_by_index(0)?;
        let stored = frontier_of(size, &head.try_get_by_index::<Vec<u8>>(1)?)?;
        let erased = self.erased().await?;

        let mut report = VerifyReport::default();
        let mut frontier = Frontier::default();
        let mut levels: Vec<(Subtree, Hash)> = Vec::new();
        let mut after = 0;
        while after < size {
            let to = size.min(after + CHUNK);
            let rows = self.rows(after, to).await?;
            if rows.len() as i64 != to - after {
                report.fault(format!(
                    "between entries {after} and {to} there are {} instead of {}",
                    rows.len(),
                    to - after
                ));
            }
            for row in rows {
                let is_erased = erased.contains(row.seq);
                if row.salt.is_none() && is_erased {
                    report.erased += 1;
                }
                let completed = frontier.push(hash_of(&row.leaf)?).into_iter();
                levels.extend(
                    completed.filter(|(subtree, _)| {
                        subtree.level > 0 && subtree.level % TILE_LEVELS == 0
                    }),
                );
                check(&row, is_erased, &mut report)?;
            }
            after = to;
        }
        report.entries = size.unsigned_abs();
        report.root = frontier.root().to_hex();
        if frontier != stored || hash_of(&head.try_get_by_index::<Vec<u8>>(2)?)? != frontier.root()
        {
            report.fault(
                "the root over all leaves is not the one that was written with the last entry"
                    .to_owned(),
            );
        }
        self.check_levels(levels, &mut report).await?;
        self.check_unrecorded(&mut report).await?;
        self.check_kept(&mut report).await?;
        self.check_messages(&mut report).await?;
        self.check_watch(&mut report).await?;
        Ok(report)
    }

    /// Ledger entries from (exclusive) to (inclusive) with all that belongs to them.
    async fn rows(&self, from: i64, to: i64) -> Result<Vec<Row>, Error> {
        let text = "SELECT l.seq, l.store_id, l.kind, l.record_id, l.recorded_at, l.payload_digest, l.leaf, p.salt, p.body, \
                    (SELECT q.body FROM ledger o JOIN payload q ON q.seq = o.seq WHERE o.kind = 'outcome' \
                     AND o.order_key = l.order_key ORDER BY o.seq DESC LIMIT 1) AS ended, \
                    a.store_id AS shown_store_id, a.seq AS shown_seq, a.id AS shown_id, a.occurred_at AS shown_occurred_at, \
                    a.outcome AS shown_outcome, a.has AS shown_has, a.ip AS shown_ip, a.subject_type AS shown_subject_type, \
                    a.subject_id AS shown_subject_id, a.subject_name AS shown_subject_name, a.description AS shown_description, \
                    a.error AS shown_error, a.first_change AS shown_first_change, a.change_count AS shown_change_count, \
                    a.operation_id AS shown_operation_id, r.identity AS shown_identity, n.name AS shown_action, \
                    n.categories AS shown_categories, t.open AS shown_open, t.personal AS shown_personal \
                    FROM ledger l LEFT JOIN payload p ON p.seq = l.seq \
                    LEFT JOIN activity a ON a.order_key = l.order_key AND l.kind = 'activity' \
                    LEFT JOIN actor r ON r.id = a.actor_id LEFT JOIN action n ON n.id = a.action_id \
                    LEFT JOIN activity_text t ON t.order_key = a.order_key \
                    WHERE l.seq > ? AND l.seq <= ? ORDER BY l.seq";
        let statement = sql(
            self.readers().get_database_backend(),
            text,
            values![from, to],
        );
        statement.all(self.readers()).await
    }

    async fn erased(&self) -> Result<Erased, Error> {
        let text =
            "SELECT p.body FROM ledger l JOIN payload p ON p.seq = l.seq WHERE l.kind = 'erasure'";
        let rows = sql(self.readers().get_database_backend(), text, [])
            .rows(self.readers())
            .await?;
        let mut ranges = Vec::new();
        for row in rows {
            let body: String = row.try_get_by_index(0)?;
            let erasure: Erasure = serde_json::from_str(&body).map_err(|error| Error::Damaged {
                what: "erasure payload",
                detail: error.to_string(),
            })?;
            ranges.extend(erasure.erased);
        }
        Ok(Erased::of(ranges))
    }
}

impl VerifyReport {
    fn fault(&mut self, text: String) {
        if self.faults.len() < MOST_FAULTS {
            self.faults.push(text);
        }
    }
}

fn check(row: &Row, is_erased: bool, report: &mut VerifyReport) -> Result<(), Error> {
    let seq = row.seq;
    let record_id = uuid_of(&row.record_id)?;
    let entry = Entry {
        seq,
        kind: row.kind.clone(),
        record_id: record_id.to_string(),
        recorded_at: row.recorded_at,
        payload_digest: hash_of(&row.payload_digest)?,
    };
    if entry.leaf() != hash_of(&row.leaf)? {
        report.fault(format!(
            "entry {seq}: its kind, id, time or digest was changed after it was written"
        ));
    }
    let (Some(salt), Some(body)) = (&row.salt, &row.body) else {
        if !is_erased {
            report.fault(format!(
                "entry {seq}: its content is missing and no erasure says so"
            ));
        }
        return Ok(());
    };
    let is_intact = salt
        .as_slice()
        .try_into()
        .is_ok_and(|salt: [u8; 32]| payload_digest(&salt, body) == entry.payload_digest);
    if !is_intact {
        report.fault(format!(
            "entry {seq}: its content was changed after it was written"
        ));
        return Ok(());
    }
    // Of what is being erased the rows go before the payloads, or after.
    if row.kind == "activity" && !is_erased {
        let activity = activity_of(body)?;
        let agrees = row
            .shown
            .as_ref()
            .is_some_and(|shown| shown.agrees(row, record_id, activity));
        if !agrees {
            report.fault(format!(
                "entry {seq}: what the log shows of it is not what was recorded"
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::Erased;

    #[test]
    fn erased_ranges_are_joined_and_found() {
        let erased = Erased::of(vec![(10, 12), (1, 3), (4, 4), (11, 20), (30, 30)]);
        assert_eq!(erased.0, [(1, 4), (10, 20), (30, 30)]);
        let inside: Vec<i64> = (0..40).filter(|seq| erased.contains(*seq)).collect();
        let expected: Vec<i64> = (1..=4).chain(10..=20).chain([30]).collect();
        assert_eq!(inside, expected);
    }
}
