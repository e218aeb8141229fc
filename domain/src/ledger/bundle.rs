//! Entries with their proofs in one file, to be checked without Storetrail.

use super::{Entry, Hash, InclusionProof, payload_digest};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// What a proof file holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProofBundle {
    /// `storetrail/proof/v1`.
    pub version: String,
    /// The signed checkpoint (C2SP note) that the proofs lead to, when there is one.
    pub checkpoint: Option<String>,
    /// The entries.
    pub entries: Vec<ProvenEntry>,
}

/// One entry with all that its leaf commits to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProvenEntry {
    /// What the leaf commits to.
    pub entry: Entry,
    /// The payload's salt, 64 hexadecimal digits; none when it was erased or is hidden from the reader.
    pub salt: Option<String>,
    /// The payload's canonical JSON, byte for byte; none as above.
    pub payload: Option<String>,
    /// Of an entry whose payload lists the digests of calls: one call in full, as canonical JSON. Its SHA-256 is one of
    /// those.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<String>,
    /// The way to the root.
    pub proof: InclusionProof,
}

impl ProofBundle {
    /// The version that is written and read.
    pub const VERSION: &'static str = "storetrail/proof/v1";

    /// Whether every entry stands in the tree of its proof, with the payload that it commits to. Whether that
    /// tree is the one of the signed checkpoint is for [`ProofBundle::matches_root`].
    ///
    /// # Errors
    /// The first entry that is wrong, and how.
    pub fn check(&self) -> Result<(), String> {
        if self.version != Self::VERSION {
            return Err(format!(
                "the file is of version {}, not {}",
                self.version,
                Self::VERSION
            ));
        }
        if self.entries.is_empty() {
            return Err("the file holds no entry".to_owned());
        }
        self.entries.iter().try_for_each(ProvenEntry::check)
    }

    /// Whether all proofs lead to this head.
    ///
    /// # Errors
    /// The first entry whose proof leads elsewhere.
    pub fn matches_root(&self, size: u64, root: Hash) -> Result<(), String> {
        match self
            .entries
            .iter()
            .find(|e| e.proof.size != size || e.proof.root != root)
        {
            None => Ok(()),
            Some(wrong) => Err(format!(
                "entry {}: its proof leads to another head than the checkpoint's",
                wrong.entry.seq
            )),
        }
    }
}

/// The payload of an entry that holds calls: each one's id and digest.
#[derive(Deserialize)]
struct Digests {
    entries: Vec<(String, String)>,
}

/// Whether a payload lists the digest of a call.
fn lists(payload: &str, call: &str) -> bool {
    let digest = Hash(Sha256::digest(call.as_bytes()).into()).to_hex();
    serde_json::from_str::<Digests>(payload)
        .is_ok_and(|digests| digests.entries.iter().any(|(_, listed)| *listed == digest))
}

impl ProvenEntry {
    fn check(&self) -> Result<(), String> {
        let seq = self.entry.seq;
        if let (Some(salt), Some(payload)) = (&self.salt, &self.payload) {
            let salt = Hash::of_hex(salt)
                .ok_or_else(|| format!("entry {seq}: its salt is not 64 hexadecimal digits"))?;
            if payload_digest(&salt.0, payload) != self.entry.payload_digest {
                return Err(format!(
                    "entry {seq}: its content is not the one that was recorded"
                ));
            }
        } else if self.salt.is_some() || self.payload.is_some() {
            return Err(format!("entry {seq}: salt and content belong together"));
        }
        if let Some(call) = &self.call
            && !self
                .payload
                .as_deref()
                .is_some_and(|payload| lists(payload, call))
        {
            return Err(format!(
                "entry {seq}: the call is none of those that were recorded"
            ));
        }
        if i64::try_from(self.proof.index).ok().map(|at| at + 1) != Some(seq) {
            return Err(format!("entry {seq}: its proof is about another entry"));
        }
        if self.proof.proves(self.entry.leaf()) {
            Ok(())
        } else {
            Err(format!(
                "entry {seq}: its proof does not lead to the root it names"
            ))
        }
    }
}
