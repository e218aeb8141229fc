//! Proofs: the files that are checked without Storetrail, and that a message stands in the ledger.
//!
//! The answers are `domain::ledger` and `domain::view` as they stand, and the types here document them.

use super::{InclusionProof, Moment};
use serde::Serialize;
use utoipa::ToSchema;

/// A file that proves, without Storetrail, that entries stand in the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ProofBundle {
    /// How the file is to be read.
    #[schema(examples("storetrail/proof/v1"))]
    pub version: String,
    /// The signed head that the proofs lead to, as a note (C2SP `tlog-checkpoint`); null when there is none.
    #[schema(required)]
    pub checkpoint: Option<String>,
    /// The entries.
    pub entries: Vec<ProvenEntry>,
}

/// One entry with all that its leaf commits to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ProvenEntry {
    /// What the leaf commits to.
    pub entry: LedgerLeaf,
    /// The payload's salt, 64 hexadecimal digits; null when it was erased or is hidden from this role.
    #[schema(required, pattern = "^[0-9a-f]{64}$")]
    pub salt: Option<String>,
    /// The payload's canonical JSON (RFC 8785), byte for byte; null as above.
    #[schema(required)]
    pub payload: Option<String>,
    /// Of an entry whose payload lists the digests of calls: one call in full, as canonical JSON. Its SHA-256 is one of
    /// those. Left out of other entries.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub call: Option<String>,
    /// The way to the root.
    pub proof: InclusionProof,
}

/// That a message stands in the ledger, to be recomputed by anyone: as `Proof`, of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MessageProof {
    /// Its number in the ledger.
    #[schema(minimum = 1, examples(48211))]
    pub seq: i64,
    /// When it was recorded.
    pub recorded_at: Moment,
    /// What the store's clock added to UTC then, in minutes.
    #[schema(examples(180))]
    pub offset_minutes: i32,
    /// What the leaf commits to.
    pub entry: LedgerLeaf,
    /// The leaf's hash, hexadecimal.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub leaf: String,
    /// The way to the root.
    pub inclusion: InclusionProof,
    /// Whether payload, digest, leaf and root agreed when this was made.
    pub is_verified: bool,
}

/// What a ledger leaf commits to: as `LedgerEntry`, whose `recorded_at_us` is `recorded_at` here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct LedgerLeaf {
    /// Its number, from 1.
    #[schema(minimum = 1, examples(48211))]
    pub seq: i64,
    /// What kind of record: `activity`, `outcome`, `order`, `customer`, ...
    #[schema(examples("message"))]
    pub kind: String,
    /// The record's id.
    #[schema(examples("0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e5f"))]
    pub record_id: String,
    /// When it was recorded, in microseconds since 1970 UTC.
    #[schema(examples(1_795_166_043_512_806_i64))]
    pub recorded_at: i64,
    /// SHA-256 over the record's salt and its payload as canonical JSON (RFC 8785), hexadecimal.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub payload_digest: String,
}
