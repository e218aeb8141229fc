//! Inclusion proofs from stored leaves and tiles.

use super::zone;
use crate::record::{TILE_LEVELS, frontier_of};
use crate::sql::{sql, values};
use crate::{Error, Scope, Storage};
use domain::Seq;
use domain::ledger::{
    Entry, Hash, InclusionProof, Subtree, combine, complete_root, payload_digest, proof_ranges,
    subtrees_of,
};
use domain::view::Proof;
use sea_orm::FromQueryResult;

#[derive(FromQueryResult)]
struct LedgerRow {
    seq: i64,
    kind: String,
    record_id: Vec<u8>,
    recorded_at: i64,
    payload_digest: Vec<u8>,
    leaf: Vec<u8>,
    salt: Option<Vec<u8>>,
    body: Option<String>,
}

impl Storage {
    /// The proof of a ledger entry against the head at this moment.
    pub(crate) async fn proof(&self, scope: &Scope, seq: Seq) -> Result<Option<Proof>, Error> {
        let backend = self.readers().get_database_backend();
        let text = "SELECT size, frontier FROM ledger_head WHERE id = 1";
        let head = sql(backend, text, []).row(self.readers()).await?;
        let head = head.ok_or(Error::Damaged {
            what: "ledger head",
            detail: "its row is missing".to_owned(),
        })?;
        let size: i64 = head.try_get_by_index(0)?;
        let roots: Vec<u8> = head.try_get_by_index(1)?;
        let root = frontier_of(size, &roots)?.root();
        self.proof_in(scope, seq, size.unsigned_abs(), root).await
    }

    /// The proof of a ledger entry in the tree of its first `size` entries, whose root is `root`.
    pub(crate) async fn proof_in(
        &self,
        scope: &Scope,
        seq: Seq,
        size: u64,
        root: Hash,
    ) -> Result<Option<Proof>, Error> {
        let backend = self.readers().get_database_backend();
        let text = "SELECT l.seq, l.kind, l.record_id, l.recorded_at, l.payload_digest, l.leaf, p.salt, p.body \
                    FROM ledger l LEFT JOIN payload p ON p.seq = l.seq WHERE l.seq = ?";
        let Some(row) = sql(backend, text, values![seq.0])
            .one::<LedgerRow>(self.readers())
            .await?
        else {
            return Ok(None);
        };
        if seq.0 < 1 || seq.0.unsigned_abs() > size {
            return Ok(None);
        }
        let entry = Entry {
            seq: row.seq,
            kind: row.kind,
            record_id: super::uuid_of(&row.record_id)?.to_string(),
            recorded_at: row.recorded_at,
            payload_digest: hash_of(&row.payload_digest)?,
        };
        let leaf = hash_of(&row.leaf)?;
        let inclusion = InclusionProof {
            index: seq.0.unsigned_abs() - 1,
            size,
            root,
            path: self.path(seq.0.unsigned_abs() - 1, size).await?,
        };
        let digest = match (row.salt, row.body) {
            (Some(salt), Some(body)) => {
                let salt: [u8; 32] = salt.as_slice().try_into().map_err(|_| damaged("salt"))?;
                Some(payload_digest(&salt, &body))
            }
            // Erased: the leaf still stands, there is nothing to compare it with.
            _ => None,
        };
        let is_verified = digest.is_none_or(|digest| digest == entry.payload_digest)
            && entry.leaf() == leaf
            && inclusion.proves(leaf);
        let recorded_at = zone::time_of(row.recorded_at);
        Ok(Some(Proof {
            seq,
            recorded_at,
            offset_minutes: zone::offset_minutes(zone::of(scope.store()), recorded_at),
            entry,
            leaf,
            inclusion,
            is_verified,
        }))
    }

    async fn path(&self, index: u64, size: u64) -> Result<Vec<Hash>, Error> {
        let mut path = Vec::new();
        for (start, end) in proof_ranges(index, size) {
            let mut roots = Vec::new();
            for subtree in subtrees_of(start, end) {
                roots.push(self.subtree_root(subtree).await?);
            }
            path.push(combine(&roots));
        }
        Ok(path)
    }

    /// The root of a complete subtree, from the nearest stored level below it.
    async fn subtree_root(&self, subtree: Subtree) -> Result<Hash, Error> {
        let base = subtree.level / TILE_LEVELS * TILE_LEVELS;
        let width = 1_u64 << (subtree.level - base);
        let first = subtree.index * width;
        let backend = self.readers().get_database_backend();
        let statement = if base == 0 {
            let text = "SELECT leaf FROM ledger WHERE seq >= ? AND seq < ? ORDER BY seq";
            sql(
                backend,
                text,
                values![(first + 1).cast_signed(), (first + 1 + width).cast_signed()],
            )
        } else {
            let text = "SELECT hash FROM ledger_node WHERE level = ? AND place >= ? AND place < ? ORDER BY place";
            sql(
                backend,
                text,
                values![
                    i16::from(base),
                    first.cast_signed(),
                    (first + width).cast_signed()
                ],
            )
        };
        let rows = statement.rows(self.readers()).await?;
        let hashes = rows
            .iter()
            .map(|row| hash_of(&row.try_get_by_index::<Vec<u8>>(0)?))
            .collect::<Result<Vec<_>, _>>()?;
        if hashes.len() as u64 != width {
            return Err(damaged("ledger"));
        }
        complete_root(hashes).ok_or_else(|| damaged("ledger"))
    }
}

pub(crate) fn hash_of(bytes: &[u8]) -> Result<Hash, Error> {
    Hash::of_bytes(bytes).ok_or_else(|| damaged("hash"))
}

fn damaged(what: &'static str) -> Error {
    Error::Damaged {
        what,
        detail: "it does not have the length it was written with".to_owned(),
    }
}
