//! Recomputes the whole ledger and compares what lists show with what was recorded.

mod entry;
mod file;
mod kept;
mod lookup;
mod messages;
mod rows;
mod shown;
mod watch;

use super::proof::hash_of;
use super::{activity_of, uuid_of};
use crate::record::{TILE_LEVELS, frontier_of};
use crate::sql::sql;
use crate::{Error, Storage};
use domain::ledger::{Frontier, Hash, Subtree, entry_leaf, payload_digest};
use entry::{Entries, Row};
use file::Files;
use kept::Sums;
use serde::Deserialize;
use shown::Actors;
use std::collections::VecDeque;
use std::sync::Arc;
use tokio::task::{JoinError, JoinHandle};

/// How many parts are read or checked at once.
const AT_ONCE: usize = 4;
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
        let erased = Arc::new(self.erased().await?);
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
        let sums = Arc::new(self.begin_sums().await?);
        // Read while the entries are.
        let kept = tokio::spawn(self.clone().kept_beside(Arc::clone(&sums)));
        let watched = tokio::spawn(self.clone().check_watch());
        let (mut shown, mut counted) = (0, 0_u128);
        let mut parts = Parts::new(self.clone(), size, Arc::clone(&erased), Arc::clone(&sums));
        while let Some((part, to)) = parts.next().await? {
            let mut faults = part.faults.into_iter().peekable();
            let mut expected = part.from + 1;
            for (seq, leaf) in part.leaves {
                if seq != expected {
                    report.missing(expected, seq - 1);
                }
                expected = seq + 1;
                let completed = frontier.push(leaf).into_iter();
                levels.extend(
                    completed.filter(|(subtree, _)| {
                        subtree.level > 0 && subtree.level % TILE_LEVELS == 0
                    }),
                );
                while let Some(fault) = faults.next_if(|fault| fault.seq == seq) {
                    report.note(&fault);
                }
                while let Some((signed, root)) =
                    heads.next_if(|(signed, _)| *signed == seq.unsigned_abs())
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
            report.erased += part.erased;
            shown += part.shown;
            counted = counted.wrapping_add(part.counted);
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
        let kept = kept.await.map_err(stopped)??;
        kept.check_levels(levels, &mut report);
        // Each entry has one row at most: as many as were found are all. Otherwise some came or went meanwhile, or are wrong: then
        // they are counted at one moment.
        let is_all = kept.rows == shown;
        if !is_all {
            self.check_unrecorded(&mut report).await?;
        }
        let mut differing = kept.differing_actions;
        if !is_all || kept.sum != counted {
            differing += self.differing_hours().await?;
        }
        report.kept(differing);
        self.check_messages(erased, &mut report).await?;
        for fault in watched.await.map_err(stopped)?? {
            report.fault(fault);
        }
        Ok(report)
    }

    /// Checks the entries from (exclusive) to (inclusive), each by itself.
    async fn check_part(
        self,
        from: i64,
        to: i64,
        erased: Arc<Erased>,
        sums: Arc<Sums>,
        files: Files,
    ) -> Result<Part, Error> {
        let entries = self.entries(&files, from, to).await?;
        let (part, is_unexplained, entries) =
            checked(entries, from, erased, Arc::clone(&sums)).await?;
        if !is_unexplained {
            return Ok(part);
        }
        // Something may have been erased since the erasures were read.
        let erased = Arc::new(self.erased().await?);
        Ok(checked(entries, from, erased, sums).await?.0)
    }

    /// How many entries are read at a time: as many as fit into memory where they are read as one text.
    fn at_a_time(&self) -> i64 {
        if self.inner.connections.file.is_some() {
            8_000
        } else {
            1_000
        }
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

    fn note(&mut self, fault: &Fault) {
        if fault.is_shown_only {
            self.shown_wrong(fault.seq, fault.what);
        } else {
            self.wrong(fault.seq, fault.what);
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

    /// In how many places kept counts differ.
    fn kept(&mut self, differing: i64) {
        if differing > 0 {
            self.fault(format!(
                "the kept counts differ from the log in {differing} places"
            ));
        }
    }

    fn fault(&mut self, text: String) {
        if self.faults.len() < MOST_FAULTS {
            self.faults.push(text);
        }
    }
}

/// What checking some entries by themselves came to.
struct Part {
    /// The number before the first.
    from: i64,
    /// Number and leaf of each entry that is there.
    leaves: Vec<(i64, Hash)>,
    /// How many were erased.
    erased: u64,
    /// Of how many the log shows a row.
    shown: i64,
    /// These rows as [`Sums`] sums them up.
    counted: u128,
    /// What is wrong, in the order of the entries.
    faults: Vec<Fault>,
}

struct Fault {
    seq: i64,
    is_shown_only: bool,
    what: &'static str,
}

/// The parts of the ledger in order. Some are read and checked at once: one core reads while another hashes.
struct Parts {
    storage: Storage,
    size: i64,
    erased: Arc<Erased>,
    sums: Arc<Sums>,
    files: Files,
    begun: i64,
    under_way: VecDeque<(JoinHandle<Result<Part, Error>>, i64)>,
}

impl Parts {
    fn new(storage: Storage, size: i64, erased: Arc<Erased>, sums: Arc<Sums>) -> Self {
        Self {
            storage,
            size,
            erased,
            sums,
            files: Files::default(),
            begun: 0,
            under_way: VecDeque::new(),
        }
    }

    /// The next part, and the number of its last entry.
    async fn next(&mut self) -> Result<Option<(Part, i64)>, Error> {
        while self.begun < self.size && self.under_way.len() < AT_ONCE {
            let (from, to) = (
                self.begun,
                self.size.min(self.begun + self.storage.at_a_time()),
            );
            let (storage, erased) = (self.storage.clone(), Arc::clone(&self.erased));
            let sums = Arc::clone(&self.sums);
            let part = tokio::spawn(storage.check_part(from, to, erased, sums, self.files.clone()));
            self.under_way.push_back((part, to));
            self.begun = to;
        }
        let Some((part, to)) = self.under_way.pop_front() else {
            return Ok(None);
        };
        Ok(Some((part.await.map_err(stopped)??, to)))
    }
}

fn stopped(error: JoinError) -> Error {
    Error::Damaged {
        what: "verification",
        detail: error.to_string(),
    }
}

/// Checks entries on a thread of their own. Also says whether the content of one is gone without an erasure that is known.
async fn checked(
    entries: Entries,
    from: i64,
    erased: Arc<Erased>,
    sums: Arc<Sums>,
) -> Result<(Part, bool, Entries), Error> {
    let check_all = move || {
        let mut part = Part {
            from,
            leaves: Vec::new(),
            erased: 0,
            shown: 0,
            counted: 0,
            faults: Vec::new(),
        };
        let mut actors = sums.actors();
        let mut is_unexplained = false;
        entries.each(|row| {
            let is_erased = erased.contains(row.seq);
            if row.salt.is_none() {
                part.erased += u64::from(is_erased);
                is_unexplained |= !is_erased;
            }
            if let Some(shown) = &row.shown {
                part.shown += 1;
                part.counted = part.counted.wrapping_add(sums.of_row(row.store_id, shown));
            }
            // A leaf of another length is no hash: it is named below, and the root is another anyway.
            let leaf = hash_of(row.leaf).unwrap_or(Hash([0; 32]));
            part.leaves.push((row.seq, leaf));
            part.check(row, is_erased, &mut actors);
        })?;
        sums.put_back(actors);
        Ok((part, is_unexplained, entries))
    };
    tokio::task::spawn_blocking(check_all)
        .await
        .map_err(stopped)?
}

impl Part {
    fn wrong(&mut self, seq: i64, what: &'static str) {
        self.faults.push(Fault {
            seq,
            is_shown_only: false,
            what,
        });
    }

    fn check(&mut self, row: &Row<'_>, is_erased: bool, actors: &mut Actors) {
        let seq = row.seq;
        let changed = "its kind, id, time or digest was changed after it was written";
        let (Ok(kind), Some(recorded_at)) = (str::from_utf8(row.kind), row.recorded_at) else {
            self.wrong(seq, changed);
            return;
        };
        let (Ok(record_id), Ok(digest), Ok(leaf)) = (
            uuid_of(row.record_id),
            hash_of(row.payload_digest),
            hash_of(row.leaf),
        ) else {
            self.wrong(seq, changed);
            return;
        };
        if entry_leaf(seq, kind, record_id, recorded_at, digest) != leaf {
            self.wrong(seq, changed);
        }
        let (Some(salt), Some(body)) = (row.salt, row.body) else {
            if !is_erased {
                self.wrong(seq, "its content is missing and no erasure says so");
            }
            return;
        };
        let body = str::from_utf8(body).ok().filter(|body| {
            salt.try_into()
                .is_ok_and(|salt: [u8; 32]| payload_digest(&salt, body) == digest)
        });
        let Some(body) = body else {
            self.wrong(seq, "its content was changed after it was written");
            return;
        };
        // Of what is being erased the rows go before the payloads, or after.
        if kind == "activity" && !is_erased {
            let agrees = activity_of(body).is_ok_and(|activity| {
                let shown = row.shown.as_ref();
                shown.is_some_and(|shown| shown.agrees(row.ended, record_id, activity, actors))
            });
            if !agrees {
                self.faults.push(Fault {
                    seq,
                    is_shown_only: true,
                    what: "what the log shows of it is not what was recorded",
                });
            }
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
