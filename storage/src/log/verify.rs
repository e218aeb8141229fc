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
    /// The lowest number of an entry that is wrong or missing in the ledger itself; when the ledger is right, of
    /// one that lists show otherwise. None when no fault is about an entry.
    pub first_wrong: Option<u64>,
    /// Whether `first_wrong` is about what lists show.
    is_shown_only: bool,
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
    /// [`Storage::verify_against`] without a checkpoint.
    ///
    /// # Errors
    /// When the database fails; faults found are in the report.
    pub async fn verify(&self) -> Result<VerifyReport, Error> {
        self.verify_against(&[]).await
    }

    /// Checks every leaf, payload and stored level of the tree, the root, every row that lists show with its
    /// text, and the kept counts; and that the ledger still begins with what was signed at each of these heads
    /// (size and root): so a shortened, restored or rewritten ledger is found.
    ///
    /// # Errors
    /// When the database fails; faults found are in the report.
    pub async fn verify_against(&self, heads: &[(u64, Hash)]) -> Result<VerifyReport, Error> {
        let backend = self.readers().get_database_backend();
        // Before the head, which only grows.
        let last = self
            .number("SELECT COALESCE(MAX(seq), 0) FROM ledger")
            .await?;
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
        let stored = frontier_of(size, &head.try_get_by_index::<Vec<u8>>(1)?);
        let mut erased = self.erased().await?;
        let mut heads: Vec<(u64, Hash)> = heads
            .iter()
            .copied()
            .filter(|(size, _)| *size > 0)
            .collect();
        heads.sort_unstable();
        let mut heads = heads.into_iter().peekable();
        let mut held_to = 0;

        let mut report = VerifyReport::default();
        let mut frontier = Frontier::default();
        let mut levels: Vec<(Subtree, Hash)> = Vec::new();
        let mut after = 0;
        while after < size {
            let to = size.min(after + CHUNK);
            let rows = self.rows(after, to).await?;
            // Something may have been erased since the erasures were read.
            let is_gone = |row: &Row| row.salt.is_none() && !erased.contains(row.seq);
            if rows.iter().any(is_gone) {
                erased = self.erased().await?;
            }
            let mut expected = after + 1;
            for row in rows {
                if row.seq != expected {
                    report.missing(expected, row.seq - 1);
                }
                expected = row.seq + 1;
                let is_erased = erased.contains(row.seq);
                if row.salt.is_none() && is_erased {
                    report.erased += 1;
                }
                // A leaf of another length is no hash: it is named below, and the root is another anyway.
                let leaf = hash_of(&row.leaf).unwrap_or(Hash([0; 32]));
                let completed = frontier.push(leaf).into_iter();
                levels.extend(
                    completed.filter(|(subtree, _)| {
                        subtree.level > 0 && subtree.level % TILE_LEVELS == 0
                    }),
                );
                check(&row, is_erased, &mut report);
                while let Some((signed, root)) =
                    heads.next_if(|(signed, _)| *signed == row.seq.unsigned_abs())
                {
                    if frontier.size() == signed && frontier.root() == root {
                        held_to = signed;
                    } else {
                        report.not_as_signed(held_to, signed);
                    }
                }
            }
            if expected <= to {
                report.missing(expected, to);
            }
            after = to;
        }
        if last > size {
            report.wrong(
                size + 1,
                "it stands behind the end that was written with the last entry",
            );
        }
        report.entries = size.unsigned_abs();
        report.root = frontier.root().to_hex();
        for (signed, _) in heads {
            if signed > report.entries {
                report.missing(size + 1, signed.cast_signed());
            } else {
                report.not_as_signed(held_to, signed);
            }
        }
        let is_head = stored.is_ok_and(|stored| stored == frontier)
            && hash_of(&head.try_get_by_index::<Vec<u8>>(2)?).ok() == Some(frontier.root());
        if !is_head {
            report.fault(
                "the root over all leaves is not the one that was written with the last entry"
                    .to_owned(),
            );
        }
        self.check_levels(levels, &mut report).await?;
        self.check_unrecorded(&mut report).await?;
        self.check_kept(&mut report).await?;
        self.check_messages(&erased, &mut report).await?;
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
            // One that can't be read erased nothing; that it was changed is found like with any entry.
            if let Ok(erasure) = serde_json::from_str::<Erasure>(&body) {
                ranges.extend(erasure.erased);
            }
        }
        Ok(Erased::of(ranges))
    }
}

impl VerifyReport {
    /// A fault of one entry.
    fn wrong(&mut self, seq: i64, what: &str) {
        self.note_first(seq.max(0).unsigned_abs(), false);
        self.fault(format!("entry {seq}: {what}"));
    }

    /// That lists show one entry otherwise than it was recorded.
    fn shown_wrong(&mut self, seq: i64, what: &str) {
        self.note_first(seq.max(0).unsigned_abs(), true);
        self.fault(format!("entry {seq}: {what}"));
    }

    fn note_first(&mut self, number: u64, is_shown_only: bool) {
        match self.first_wrong {
            Some(_) if is_shown_only && !self.is_shown_only => {}
            Some(first) if is_shown_only == self.is_shown_only => {
                self.first_wrong = Some(first.min(number));
            }
            _ => {
                self.first_wrong = Some(number);
                self.is_shown_only = is_shown_only;
            }
        }
    }

    /// Entries that are not there, both ends inclusive.
    fn missing(&mut self, from: i64, to: i64) {
        if from == to {
            self.wrong(from, "it is missing");
        } else {
            self.wrong(from, &format!("it and all up to {to} are missing"));
        }
    }

    /// That the tree was another one when it was signed.
    fn not_as_signed(&mut self, held_to: u64, signed: u64) {
        let told = format!("the ledger's first {signed} entries are not those that were signed");
        let is_explained =
            !self.is_shown_only && self.first_wrong.is_some_and(|first| first <= signed);
        if is_explained {
            self.fault(told);
        } else {
            let first = held_to + 1;
            self.note_first(first, false);
            self.fault(format!("{told}; entry {first} or one after it was changed"));
        }
    }

    fn fault(&mut self, text: String) {
        if self.faults.len() < MOST_FAULTS {
            self.faults.push(text);
        }
    }
}

fn check(row: &Row, is_erased: bool, report: &mut VerifyReport) {
    let seq = row.seq;
    let changed = "its kind, id, time or digest was changed after it was written";
    let (Ok(record_id), Ok(payload_digest_told), Ok(leaf)) = (
        uuid_of(&row.record_id),
        hash_of(&row.payload_digest),
        hash_of(&row.leaf),
    ) else {
        report.wrong(seq, changed);
        return;
    };
    let entry = Entry {
        seq,
        kind: row.kind.clone(),
        record_id: record_id.to_string(),
        recorded_at: row.recorded_at,
        payload_digest: payload_digest_told,
    };
    if entry.leaf() != leaf {
        report.wrong(seq, changed);
    }
    let (Some(salt), Some(body)) = (&row.salt, &row.body) else {
        if !is_erased {
            report.wrong(seq, "its content is missing and no erasure says so");
        }
        return;
    };
    let is_intact = salt
        .as_slice()
        .try_into()
        .is_ok_and(|salt: [u8; 32]| payload_digest(&salt, body) == entry.payload_digest);
    if !is_intact {
        report.wrong(seq, "its content was changed after it was written");
        return;
    }
    // Of what is being erased the rows go before the payloads, or after.
    if row.kind == "activity" && !is_erased {
        let agrees = activity_of(body).is_ok_and(|activity| {
            row.shown
                .as_ref()
                .is_some_and(|shown| shown.agrees(row, record_id, activity))
        });
        if !agrees {
            report.shown_wrong(seq, "what the log shows of it is not what was recorded");
        }
    }
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
