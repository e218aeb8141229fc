//! An entry with everything about it.

use super::{ActivityItem, Change, Count, Outcome, Reference, Time};
use domain::{ledger, view};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// One entry with everything about it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Activity {
    /// What the list shows of it.
    #[serde(flatten)]
    pub item: ActivityItem,
    /// Every change.
    pub changes: Vec<Change>,
    /// What their browser or program called itself.
    #[schema(required)]
    pub user_agent: Option<String>,
    /// Browser and system in words, when they could be told; `device:` finds it without the version.
    #[schema(required, examples("Safari 18 on iPhone"))]
    pub device: Option<String>,
    /// The trace it belongs to.
    #[schema(required)]
    pub trace_id: Option<String>,
    /// Other things concerned.
    pub related: Vec<Reference>,
    /// The automation that caused it.
    #[schema(required)]
    pub rule: Option<Rule>,
    /// What else there is: any JSON object.
    #[schema(required, value_type = Option<Object>)]
    pub details: Option<Value>,
    /// Whether personal data was hidden: such values read `•••`.
    #[schema(examples(false))]
    pub is_masked: bool,
    /// Its outcomes, first one first.
    pub history: Vec<HistoryStep>,
    /// That it stands in the ledger; left out for roles that may not count.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub proof: Option<Proof>,
    /// Since when the actor has used this address, if before this entry.
    #[schema(required)]
    pub ip_known_since: Option<Time>,
}

/// An automation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Rule {
    /// Its id, if it has one.
    #[schema(required)]
    pub id: Option<String>,
    /// Its name.
    #[schema(examples("VIP tag"))]
    pub name: String,
}

/// One step in an entry's life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct HistoryStep {
    /// The outcome from then on.
    pub outcome: Outcome,
    /// When it happened.
    pub occurred_at: Time,
    /// When Storetrail wrote it down.
    pub recorded_at: Time,
    /// Why, when it failed.
    #[schema(required)]
    pub error: Option<String>,
    /// Its number in the ledger; left out for roles that may not count.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, nullable = false, examples(48211))]
    pub seq: Option<i64>,
}

/// That the entry stands in the ledger, to be recomputed by anyone.
///
/// The leaf is the SHA-256 of a zero byte and the text `storetrail/entry/v1`, `seq`, `kind`, `record_id`,
/// `recorded_at_us` and `payload_digest`, each followed by a line feed. The way from leaf to root is RFC 9162 2.1.3.2.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Proof {
    /// Its number in the ledger.
    #[schema(minimum = 1, examples(48211))]
    pub seq: i64,
    /// When it was recorded.
    pub recorded_at: Time,
    /// What the leaf commits to.
    pub entry: LedgerEntry,
    /// The leaf's hash, hexadecimal.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub leaf: String,
    /// The way to the root.
    pub inclusion: InclusionProof,
    /// Whether payload, digest, leaf and root agreed when this was made.
    pub is_verified: bool,
}

/// What a ledger leaf commits to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct LedgerEntry {
    /// Its number, from 1.
    #[schema(minimum = 1, examples(48211))]
    pub seq: i64,
    /// What kind of record: `activity`, `outcome`, `order`, `customer`, ...
    #[schema(examples("activity"))]
    pub kind: String,
    /// The record's id.
    #[schema(examples("0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e5f"))]
    pub record_id: String,
    /// When it was recorded, in microseconds since 1970 UTC.
    #[schema(examples(1_795_166_043_512_806_i64))]
    pub recorded_at_us: i64,
    /// SHA-256 over the record's salt and its payload as canonical JSON (RFC 8785), hexadecimal.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub payload_digest: String,
}

/// The way from a leaf to the root of the tree (RFC 6962 2.1.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct InclusionProof {
    /// The leaf's place, from 0.
    #[schema(examples(48210))]
    pub index: u64,
    /// How many leaves the tree had.
    #[schema(examples(60_117))]
    pub size: u64,
    /// The tree's root, hexadecimal.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub root: String,
    /// The sibling hashes, lowest first, hexadecimal.
    pub path: Vec<String>,
}

/// What happened around an entry. Each list is newest first and holds the entry itself.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Surroundings {
    /// The same subject, at most 8.
    pub subject: Vec<ActivityItem>,
    /// How many there are of the same subject.
    pub subject_count: Count,
    /// The same actor, up to 3 before and 3 after.
    pub actor: Vec<ActivityItem>,
    /// The same trace, at most 20.
    pub trace: Vec<ActivityItem>,
    /// Any actor, up to 3 before and 3 after.
    pub moment: Vec<ActivityItem>,
}

impl From<view::ActivityDetail> for Activity {
    fn from(detail: view::ActivityDetail) -> Self {
        Self {
            item: detail.row.into(),
            changes: detail.changes.into_iter().map(Into::into).collect(),
            user_agent: detail.user_agent,
            device: detail.device,
            trace_id: detail.trace_id,
            related: detail.related.into_iter().map(Into::into).collect(),
            rule: detail.rule.map(|rule| Rule {
                id: rule.id,
                name: rule.name,
            }),
            details: detail.details,
            is_masked: detail.is_masked,
            history: detail.history.into_iter().map(Into::into).collect(),
            proof: detail.proof.map(Into::into),
            ip_known_since: detail.ip_known_since.map(Time),
        }
    }
}

impl From<view::HistoryStep> for HistoryStep {
    fn from(step: view::HistoryStep) -> Self {
        Self {
            outcome: step.outcome.into(),
            occurred_at: Time(step.occurred_at),
            recorded_at: Time(step.recorded_at),
            error: step.error,
            seq: step.seq.map(|seq| seq.0),
        }
    }
}

impl From<view::Proof> for Proof {
    fn from(proof: view::Proof) -> Self {
        Self {
            seq: proof.seq.0,
            recorded_at: Time(proof.recorded_at),
            entry: proof.entry.into(),
            leaf: proof.leaf.to_hex(),
            inclusion: proof.inclusion.into(),
            is_verified: proof.is_verified,
        }
    }
}

impl From<ledger::Entry> for LedgerEntry {
    fn from(entry: ledger::Entry) -> Self {
        Self {
            seq: entry.seq,
            kind: entry.kind,
            record_id: entry.record_id,
            recorded_at_us: entry.recorded_at,
            payload_digest: entry.payload_digest.to_hex(),
        }
    }
}

impl From<ledger::InclusionProof> for InclusionProof {
    fn from(proof: ledger::InclusionProof) -> Self {
        Self {
            index: proof.index,
            size: proof.size,
            root: proof.root.to_hex(),
            path: proof.path.into_iter().map(ledger::Hash::to_hex).collect(),
        }
    }
}

impl From<view::Surroundings> for Surroundings {
    fn from(around: view::Surroundings) -> Self {
        let items = |rows: Vec<view::ActivityRow>| rows.into_iter().map(Into::into).collect();
        Self {
            subject: items(around.subject),
            subject_count: around.subject_count.into(),
            actor: items(around.actor),
            trace: items(around.trace),
            moment: items(around.moment),
        }
    }
}
