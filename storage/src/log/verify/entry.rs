//! Reading what stands in the database of an entry: its line in the ledger, its content, and what lists show of it.

use super::shown::Shown;
use crate::sql::{Columns, Joined, sql, values};
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

/// What is read of an entry; [`Row::of`] takes it apart in this order.
const COLUMNS: Columns<'static> = Columns {
    numbers: &[
        "seq",
        "store_id",
        "recorded_at",
        "shown_occurred_at",
        "shown_outcome",
        "shown_has",
        "shown_change_count",
        "shown_action_id",
        "shown_categories",
    ],
    bytes: &[
        "record_id",
        "payload_digest",
        "leaf",
        "salt",
        "shown_id",
        "shown_ip",
    ],
    texts: &[
        "kind",
        "body",
        "ended",
        "shown_identity",
        "shown_action",
        "shown_subject_type",
        "shown_subject_id",
        "shown_subject_name",
        "shown_description",
        "shown_error",
        "shown_first_change",
        "shown_operation_id",
        "shown_open",
        "shown_personal",
    ],
};

const COLUMN_COUNT: usize = COLUMNS.numbers.len() + COLUMNS.bytes.len() + COLUMNS.texts.len();

impl<'p> Row<'p> {
    pub(super) fn of(columns: [Option<&'p [u8]>; COLUMN_COUNT]) -> Self {
        let [seq, store_id, recorded_at, rest @ ..] = columns;
        let [occurred_at, outcome, has, change_count, rest @ ..] = rest;
        let [action_id, categories, rest @ ..] = rest;
        let [record_id, payload_digest, leaf, salt, id, ip, rest @ ..] = rest;
        let [kind, body, ended, identity, action, rest @ ..] = rest;
        let [subject_type, subject_id, subject_name, rest @ ..] = rest;
        let [description, error, first_change, rest @ ..] = rest;
        let [operation_id, open, personal] = rest;
        let shown = id.map(|id| Shown {
            occurred_at: number(occurred_at),
            outcome: number(outcome),
            has: number(has),
            change_count: number(change_count),
            action_id: number(action_id),
            categories: number(categories),
            id,
            ip,
            identity,
            action,
            subject_type,
            subject_id,
            subject_name,
            description,
            error,
            first_change,
            operation_id,
            open,
            personal,
        });
        Self {
            // It is the key: there is nothing else it could be.
            seq: number(seq).unwrap_or_default(),
            store_id: number(store_id),
            recorded_at: number(recorded_at),
            kind: kind.unwrap_or_default(),
            record_id: record_id.unwrap_or_default(),
            payload_digest: payload_digest.unwrap_or_default(),
            leaf: leaf.unwrap_or_default(),
            salt,
            body,
            ended,
            shown,
        }
    }
}

fn number(digits: Option<&[u8]>) -> Option<i64> {
    str::from_utf8(digits?).ok()?.parse().ok()
}

impl Storage {
    /// Ledger entries from (exclusive) to (inclusive) with all that belongs to them.
    pub(super) async fn entries(&self, from: i64, to: i64) -> Result<Joined, Error> {
        let backend = self.readers().get_database_backend();
        // A row of the log that names another entry or store as its own is none of this one.
        let text = "SELECT l.seq, l.store_id, l.kind, l.record_id, l.recorded_at, l.payload_digest, l.leaf, p.salt, p.body, \
             (SELECT q.body FROM ledger o JOIN payload q ON q.seq = o.seq WHERE o.kind = 'outcome' \
             AND o.order_key = l.order_key ORDER BY o.seq DESC LIMIT 1) AS ended, \
             a.id AS shown_id, a.occurred_at AS shown_occurred_at, a.action_id AS shown_action_id, \
             a.outcome AS shown_outcome, a.has AS shown_has, a.ip AS shown_ip, a.subject_type AS shown_subject_type, \
             a.subject_id AS shown_subject_id, a.subject_name AS shown_subject_name, a.description AS shown_description, \
             a.error AS shown_error, a.first_change AS shown_first_change, a.change_count AS shown_change_count, \
             a.operation_id AS shown_operation_id, r.identity AS shown_identity, n.name AS shown_action, \
             n.categories AS shown_categories, t.open AS shown_open, t.personal AS shown_personal \
             FROM ledger l LEFT JOIN payload p ON p.seq = l.seq \
             LEFT JOIN activity a ON a.order_key = l.order_key AND l.kind = 'activity' AND a.seq = l.seq AND a.store_id = l.store_id \
             LEFT JOIN actor r ON r.id = a.actor_id LEFT JOIN action n ON n.id = a.action_id \
             LEFT JOIN activity_text t ON t.order_key = a.order_key \
             WHERE l.seq > ? AND l.seq <= ? ORDER BY l.seq";
        sql(backend, text, values![from, to])
            .joined(self.readers(), &COLUMNS, &self.ambient().entropy)
            .await
    }
}
