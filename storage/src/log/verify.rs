//! Recomputes the whole ledger and compares what lists show with what was recorded.

use super::proof::hash_of;
use super::{activity_of, uuid_of};
use crate::record::{actor_of, frontier_of};
use crate::sql::{sql, values};
use crate::{Error, Storage};
use domain::ledger::{Entry, Frontier, payload_digest};
use sea_orm::FromQueryResult;
use serde::Deserialize;

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
    kind: String,
    record_id: Vec<u8>,
    recorded_at: i64,
    payload_digest: Vec<u8>,
    leaf: Vec<u8>,
    salt: Option<Vec<u8>>,
    body: Option<String>,
    is_ended: bool,
    occurred_at: Option<i64>,
    identity: Option<String>,
    action: Option<String>,
    subject_id: Option<String>,
    description: Option<String>,
    outcome: Option<i16>,
}

/// What an erasure says it erased, as ranges of ledger numbers from (inclusive) to (inclusive).
#[derive(Deserialize)]
struct Erasure {
    erased: Vec<(i64, i64)>,
}

impl Storage {
    /// Checks every leaf, payload, projection and the root.
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
        let is_erased = |seq: i64| erased.iter().any(|(from, to)| (*from..=*to).contains(&seq));

        let mut report = VerifyReport::default();
        let mut frontier = Frontier::default();
        let mut after = 0;
        while after < size {
            let text = "SELECT l.seq, l.kind, l.record_id, l.recorded_at, l.payload_digest, l.leaf, p.salt, p.body, \
                        EXISTS (SELECT 1 FROM ledger o WHERE o.kind = 'outcome' AND o.order_key = l.order_key) AS is_ended, \
                        a.occurred_at, r.identity, n.name AS action, a.subject_id, a.description, a.outcome \
                        FROM ledger l LEFT JOIN payload p ON p.seq = l.seq \
                        LEFT JOIN activity a ON a.order_key = l.order_key AND l.kind = 'activity' \
                        LEFT JOIN actor r ON r.id = a.actor_id LEFT JOIN action n ON n.id = a.action_id \
                        WHERE l.seq > ? AND l.seq <= ? ORDER BY l.seq";
            let to = size.min(after + CHUNK);
            let rows: Vec<Row> = sql(backend, text, values![after, to])
                .all(self.readers())
                .await?;
            if rows.len() as i64 != to - after {
                report.fault(format!(
                    "between entries {after} and {to} there are {} instead of {}",
                    rows.len(),
                    to - after
                ));
            }
            for row in rows {
                if row.salt.is_none() && is_erased(row.seq) {
                    report.erased += 1;
                }
                frontier.push(hash_of(&row.leaf)?);
                check(&row, is_erased(row.seq), &mut report)?;
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
        Ok(report)
    }

    async fn erased(&self) -> Result<Vec<(i64, i64)>, Error> {
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
        Ok(ranges)
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
    let entry = Entry {
        seq,
        kind: row.kind.clone(),
        record_id: uuid_of(&row.record_id)?.to_string(),
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
    if row.kind == "activity" {
        let activity = activity_of(body)?;
        let actor = row.identity.as_deref().map(actor_of).transpose()?;
        let agrees = row.occurred_at == Some(activity.occurred_at.timestamp_micros())
            && actor.as_ref() == Some(&activity.actor)
            && row.action.as_deref() == Some(activity.action.name.as_str())
            && row.subject_id == activity.subject.as_ref().map(|s| s.id.clone())
            && row.description == activity.description
            && (row.is_ended || row.outcome == Some(activity.outcome.number()));
        if !agrees {
            report.fault(format!(
                "entry {seq}: what the log shows of it is not what was recorded"
            ));
        }
    }
    Ok(())
}
