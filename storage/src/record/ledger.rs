//! Leaves, frontier and head, inside the writer's transaction.

use super::Prepared;
use crate::Error;
use crate::sql::{insert_many, sql, values};
use domain::ledger::{Entry, Frontier, Hash};
use domain::{OrderKey, Seq, StoreId};
use sea_orm::{ConnectionTrait as _, DatabaseTransaction, DbBackend, Value};

/// Only roots of complete subtrees at each eighth level are stored; those between are recomputed from at
/// most 256 hashes when a proof asks for them.
pub(crate) const TILE_LEVELS: u8 = 8;

/// The ledger's head as it is appended to.
pub(super) struct Appender {
    frontier: Frontier,
    entries: Vec<Value>,
    payloads: Vec<Value>,
    nodes: Vec<Value>,
}

impl Appender {
    /// Reads the head, and on PostgreSQL locks it. Never cached: the command line writes beside the server.
    pub(super) async fn begin(transaction: &DatabaseTransaction) -> Result<Self, Error> {
        let backend = transaction.get_database_backend();
        let lock = if backend == DbBackend::Postgres {
            " FOR UPDATE"
        } else {
            ""
        };
        let row = sql(
            backend,
            &format!("SELECT size, frontier FROM ledger_head WHERE id = 1{lock}"),
            [],
        )
        .row(transaction)
        .await?
        .ok_or(Error::Damaged {
            what: "ledger head",
            detail: "its row is missing".to_owned(),
        })?;
        let size: i64 = row.try_get_by_index(0)?;
        let roots: Vec<u8> = row.try_get_by_index(1)?;
        let frontier = frontier_of(size, &roots)?;
        Ok(Self {
            frontier,
            entries: Vec::new(),
            payloads: Vec::new(),
            nodes: Vec::new(),
        })
    }

    /// The number that the next entry gets.
    pub(super) fn next_seq(&self) -> Seq {
        Seq(self.frontier.size().cast_signed() + 1)
    }

    /// Appends a record and returns its number.
    pub(super) fn append(
        &mut self,
        store_id: StoreId,
        record: &Prepared,
        order_key: Option<OrderKey>,
    ) -> Seq {
        let seq = self.next_seq();
        let leaf = Entry {
            seq: seq.0,
            kind: record.kind.to_owned(),
            record_id: record.id.to_string(),
            recorded_at: record.recorded_at,
            payload_digest: record.digest,
        }
        .leaf();
        for (subtree, hash) in self.frontier.push(leaf) {
            if subtree.level > 0 && subtree.level % TILE_LEVELS == 0 {
                self.nodes.extend(values![
                    i16::from(subtree.level),
                    subtree.index.cast_signed(),
                    hash.0.to_vec()
                ]);
            }
        }
        self.entries.extend(values![
            seq.0,
            store_id.0,
            record.kind,
            record.id.as_bytes().to_vec(),
            record.recorded_at,
            record.digest.0.to_vec(),
            leaf.0.to_vec(),
            order_key.map(|k| k.0),
        ]);
        self.payloads
            .extend(values![seq.0, record.salt.to_vec(), record.body.clone()]);
        seq
    }

    /// Writes what was appended, and the new head.
    pub(super) async fn finish(self, transaction: &DatabaseTransaction) -> Result<(), Error> {
        let head = "INSERT INTO ledger (seq, store_id, kind, record_id, recorded_at, payload_digest, leaf, order_key)";
        insert_many(transaction, head, "", 8, self.entries).await?;
        insert_many(
            transaction,
            "INSERT INTO payload (seq, salt, body)",
            "",
            3,
            self.payloads,
        )
        .await?;
        insert_many(
            transaction,
            "INSERT INTO ledger_node (level, place, hash)",
            "",
            3,
            self.nodes,
        )
        .await?;
        let roots: Vec<u8> = self
            .frontier
            .roots()
            .iter()
            .flat_map(|hash| hash.0)
            .collect();
        let values = values![
            self.frontier.size().cast_signed(),
            roots,
            self.frontier.root().0.to_vec()
        ];
        sql(
            transaction.get_database_backend(),
            "UPDATE ledger_head SET size = ?, frontier = ?, root = ? WHERE id = 1",
            values,
        )
        .execute(transaction)
        .await?;
        Ok(())
    }
}

/// The frontier of its stored columns.
pub(crate) fn frontier_of(size: i64, roots: &[u8]) -> Result<Frontier, Error> {
    let hashes = roots
        .chunks(32)
        .map(Hash::of_bytes)
        .collect::<Option<Vec<_>>>();
    hashes
        .and_then(|hashes| Frontier::of_parts(size.unsigned_abs(), hashes))
        .ok_or_else(|| Error::Damaged {
            what: "ledger head",
            detail: format!(
                "{} bytes of frontier do not fit {size} entries",
                roots.len()
            ),
        })
}
