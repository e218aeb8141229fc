//! Reading what stands in the database of an entry: its line in the ledger, its content, and what lists show of it.

use super::file::{File, Files};
use super::shown::Shown;
use crate::sql::{Columns, Joined, joined};
use crate::{Error, Storage};

/// A ledger entry with what belongs to it, as it stands in the database: a column that holds nothing, or no number where one
/// belongs, is none.
pub(super) struct Row<'p> {
    pub(super) seq: i64,
    pub(super) store_id: Option<i64>,
    pub(super) recorded_at: Option<i64>,
    pub(super) kind: &'p [u8],
    pub(super) record_id: &'p [u8],
    pub(super) payload_digest: &'p [u8],
    pub(super) leaf: &'p [u8],
    pub(super) salt: Option<&'p [u8]>,
    pub(super) body: Option<&'p [u8]>,
    /// The payload of the record that ended the activity.
    pub(super) ended: Option<&'p [u8]>,
    /// What lists show of it.
    pub(super) shown: Option<Shown<'p>>,
}

/// What PostgreSQL is asked for of an entry; [`Row::of`] takes it apart in this order.
const COLUMNS: Columns<'static> = Columns {
    numbers: &[
        "l.seq",
        "l.store_id",
        "l.recorded_at",
        "a.occurred_at",
        "a.outcome",
        "a.has",
        "a.change_count",
        "a.actor_id",
        "a.action_id",
        "n.categories",
    ],
    bytes: &[
        "l.record_id",
        "l.payload_digest",
        "l.leaf",
        "p.salt",
        "a.id",
        "a.ip",
    ],
    texts: &[
        "l.kind",
        "p.body",
        "(SELECT q.body FROM ledger o JOIN payload q ON q.seq = o.seq WHERE o.kind = 'outcome' \
         AND o.order_key = l.order_key ORDER BY o.seq DESC LIMIT 1)",
        "r.identity",
        "n.name",
        "a.subject_type",
        "a.subject_id",
        "a.subject_name",
        "a.description",
        "a.error",
        "a.first_change",
        "a.operation_id",
        "t.open",
        "t.personal",
    ],
};

/// Where it stands. A row of the log that names another entry or store as its own is none of this one.
const TABLES: &str = "ledger l LEFT JOIN payload p ON p.seq = l.seq \
    LEFT JOIN activity a ON a.order_key = l.order_key AND l.kind = 'activity' AND a.seq = l.seq AND a.store_id = l.store_id \
    LEFT JOIN actor r ON r.id = a.actor_id LEFT JOIN action n ON n.id = a.action_id \
    LEFT JOIN activity_text t ON t.order_key = a.order_key";

/// What stands in a column.
#[derive(Debug, Clone, Copy)]
pub(super) enum Column<'p> {
    Null,
    Number(i64),
    /// Of a text or as they are.
    Bytes(&'p [u8]),
    /// What nothing that was written by us is.
    Other,
}

impl<'p> Column<'p> {
    /// A number; none where there is something else.
    pub(super) const fn number(self) -> Option<i64> {
        match self {
            Self::Number(number) => Some(number),
            _ => None,
        }
    }

    /// Bytes; where there is something else, such as no text and no hash has.
    pub(super) const fn bytes(self) -> Option<&'p [u8]> {
        match self {
            Self::Null => None,
            Self::Bytes(bytes) => Some(bytes),
            Self::Number(_) | Self::Other => Some(&[0xff]),
        }
    }
}

const NUMBER_COUNT: usize = COLUMNS.numbers.len();
const COLUMN_COUNT: usize = COLUMNS.numbers.len() + COLUMNS.bytes.len() + COLUMNS.texts.len();

impl<'p> Row<'p> {
    /// From [`COLUMNS`].
    fn of(columns: [Column<'p>; COLUMN_COUNT]) -> Self {
        let [seq, store_id, recorded_at, rest @ ..] = columns;
        let [occurred_at, outcome, has, change_count, rest @ ..] = rest;
        let [actor_id, action_id, categories, rest @ ..] = rest;
        let [record_id, payload_digest, leaf, salt, id, ip, rest @ ..] = rest;
        let [kind, body, ended, identity, action, rest @ ..] = rest;
        let [subject_type, subject_id, subject_name, rest @ ..] = rest;
        let [description, error, first_change, rest @ ..] = rest;
        let [operation_id, open, personal] = rest;
        let shown = id.bytes().map(|id| Shown {
            occurred_at: occurred_at.number(),
            outcome: outcome.number(),
            has: has.number(),
            change_count: change_count.number(),
            actor_id: actor_id.number(),
            action_id: action_id.number(),
            categories: categories.number(),
            id,
            ip: ip.bytes(),
            identity: identity.bytes(),
            action: action.bytes(),
            subject_type: subject_type.bytes(),
            subject_id: subject_id.bytes(),
            subject_name: subject_name.bytes(),
            description: description.bytes(),
            error: error.bytes(),
            first_change: first_change.bytes(),
            operation_id: operation_id.bytes(),
            open: open.bytes(),
            personal: personal.bytes(),
        });
        Self {
            // It is the key: there is nothing else it could be.
            seq: seq.number().unwrap_or_default(),
            store_id: store_id.number(),
            recorded_at: recorded_at.number(),
            kind: kind.bytes().unwrap_or_default(),
            record_id: record_id.bytes().unwrap_or_default(),
            payload_digest: payload_digest.bytes().unwrap_or_default(),
            leaf: leaf.bytes().unwrap_or_default(),
            salt: salt.bytes(),
            body: body.bytes(),
            ended: ended.bytes(),
            shown,
        }
    }
}

/// Entries from one state of the database, which can be read more than once.
pub(super) enum Entries {
    /// All at once, and taken apart where they are looked at.
    Joined(Joined),
    /// One after the other from SQLite's file, from (exclusive) to (inclusive): looked at where they lie.
    File { file: File, from: i64, to: i64 },
}

impl Entries {
    /// Hands out the entries, in order.
    pub(super) fn each(&self, visit: impl FnMut(&Row<'_>)) -> Result<(), Error> {
        match self {
            Self::Joined(joined) => {
                let mut rows: Vec<Row<'_>> = joined
                    .rows()
                    .map(|columns: [Option<&[u8]>; COLUMN_COUNT]| {
                        let mut at = 0;
                        Row::of(columns.map(|column| {
                            at += 1;
                            let Some(bytes) = column else {
                                return Column::Null;
                            };
                            if at > NUMBER_COUNT {
                                return Column::Bytes(bytes);
                            }
                            let number = str::from_utf8(bytes).ok().and_then(|d| d.parse().ok());
                            number.map_or(Column::Other, Column::Number)
                        }))
                    })
                    .collect();
                rows.sort_by_key(|row| row.seq);
                rows.iter().for_each(visit);
                Ok(())
            }
            Self::File { file, from, to } => file.each(*from, *to, visit),
        }
    }
}

impl Storage {
    /// Ledger entries from (exclusive) to (inclusive) with all that belongs to them.
    pub(super) async fn entries(
        &self,
        files: &Files,
        from: i64,
        to: i64,
    ) -> Result<Entries, Error> {
        if let Some(path) = &self.inner.connections.file {
            let file = files.open(path)?;
            return Ok(Entries::File { file, from, to });
        }
        let entropy = &self.ambient().entropy;
        let joined = joined(self.readers(), entropy, &COLUMNS, TABLES, |sql| {
            sql.push("l.seq > ").bind(from);
            sql.push(" AND l.seq <= ").bind(to);
        });
        Ok(Entries::Joined(joined.await?))
    }
}
