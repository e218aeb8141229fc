//! The hashing of the ledger: digests, leaves, the frontier and proofs of RFC 6962.
//!
//! Pure functions: what is stored and fetched is `storage`'s business. An auditor can recompute
//! everything here with `sha256sum`: a leaf is the SHA-256 of a zero byte and the text of [`Entry`].

mod bundle;

pub use bundle::{ProofBundle, ProvenEntry};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use uuid::Uuid;

/// A SHA-256 hash.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// Lower-case hexadecimal, 64 characters.
    pub fn to_hex(self) -> String {
        let mut text = String::with_capacity(64);
        self.write_hex(&mut text);
        text
    }

    fn write_hex(self, text: &mut String) {
        let digit = |nibble: u8| b"0123456789abcdef"[usize::from(nibble)];
        let mut digits = [0; 64];
        for (pair, byte) in digits.as_chunks_mut::<2>().0.iter_mut().zip(self.0) {
            *pair = [digit(byte >> 4), digit(byte & 15)];
        }
        text.push_str(str::from_utf8(&digits).expect("digits are ASCII"));
    }

    /// Reads 64 hexadecimal characters.
    pub fn of_hex(text: &str) -> Option<Self> {
        if text.len() != 64 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        let mut bytes = [0; 32];
        for (at, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[at * 2..at * 2 + 2], 16).ok()?;
        }
        Some(Self(bytes))
    }

    /// The hash of 32 stored bytes.
    pub fn of_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

impl std::fmt::Debug for Hash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.to_hex())
    }
}

impl Serialize for Hash {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_hex())
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::of_hex(&text)
            .ok_or_else(|| serde::de::Error::custom("a hash has 64 hexadecimal digits"))
    }
}

/// The canonical JSON (RFC 8785) of a payload: the bytes that are digested and kept.
///
/// # Errors
/// When the value can't be written canonically (a number beyond 2^53 that slipped past the reader).
pub fn canonical(value: &Value) -> Result<String, serde_json::Error> {
    serde_jcs::to_string(value)
}

/// SHA-256 over the record's salt and its canonical payload.
pub fn payload_digest(salt: &[u8; 32], canonical: &str) -> Hash {
    Hash(
        Sha256::new()
            .chain_update(salt)
            .chain_update(canonical.as_bytes())
            .finalize()
            .into(),
    )
}

/// What a ledger leaf commits to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its number, from 1.
    pub seq: i64,
    /// What kind of record: `activity`, `outcome`, `order`, `customer`, ...
    pub kind: String,
    /// The record's id.
    pub record_id: String,
    /// When it was recorded, microseconds since 1970 UTC.
    pub recorded_at: i64,
    /// [`payload_digest`] of its payload.
    pub payload_digest: Hash,
}

impl Entry {
    /// The text that the leaf hashes: a version line, then each value on a line of its own.
    pub fn text(&self) -> String {
        let id = format_args!("{}\n{}\n{}", self.seq, self.kind, self.record_id);
        entry_text(id, self.recorded_at, self.payload_digest)
    }

    /// The leaf hash: SHA-256 of `0x00` and the text (RFC 6962 2.1).
    pub fn leaf(&self) -> Hash {
        leaf_hash(self.text().as_bytes())
    }
}

/// [`Entry::leaf`] of an entry whose parts are at hand.
pub fn entry_leaf(
    seq: i64,
    kind: &str,
    record_id: Uuid,
    recorded_at: i64,
    payload_digest: Hash,
) -> Hash {
    let id = format_args!("{seq}\n{kind}\n{record_id}");
    leaf_hash(entry_text(id, recorded_at, payload_digest).as_bytes())
}

/// `id`: number, kind and id, each on its line.
fn entry_text(id: std::fmt::Arguments<'_>, recorded_at: i64, payload_digest: Hash) -> String {
    let mut text = String::with_capacity(192);
    let _ = write!(text, "storetrail/entry/v1\n{id}\n{recorded_at}\n");
    payload_digest.write_hex(&mut text);
    text.push('\n');
    text
}

/// SHA-256 of `0x00` and the data (RFC 6962 2.1).
pub fn leaf_hash(data: &[u8]) -> Hash {
    Hash(
        Sha256::new()
            .chain_update([0])
            .chain_update(data)
            .finalize()
            .into(),
    )
}

/// SHA-256 of `0x01` and both children (RFC 6962 2.1).
pub fn node_hash(left: Hash, right: Hash) -> Hash {
    Hash(
        Sha256::new()
            .chain_update([1])
            .chain_update(left.0)
            .chain_update(right.0)
            .finalize()
            .into(),
    )
}

/// A complete subtree: 2^`level` leaves from leaf `index * 2^level` on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Subtree {
    /// 0 for a leaf.
    pub level: u8,
    /// Its place among the subtrees of its level.
    pub index: u64,
}

/// The compact frontier: the roots of the complete subtrees that the leaves so far make up.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frontier {
    size: u64,
    /// Largest subtree first; one per set bit of `size`.
    roots: Vec<Hash>,
}

impl Frontier {
    /// The frontier of stored parts. `None` when the count of roots doesn't fit the size.
    pub fn of_parts(size: u64, roots: Vec<Hash>) -> Option<Self> {
        (roots.len() == size.count_ones() as usize).then_some(Self { size, roots })
    }

    /// How many leaves.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The roots as stored.
    pub fn roots(&self) -> &[Hash] {
        &self.roots
    }

    /// Appends a leaf; returns each subtree that it completed, the leaf itself first.
    pub fn push(&mut self, leaf: Hash) -> Vec<(Subtree, Hash)> {
        let index = self.size;
        let mut completed = vec![(Subtree { level: 0, index }, leaf)];
        let mut hash = leaf;
        let mut level = 0;
        while (index >> level) & 1 == 1 {
            let Some(left) = self.roots.pop() else { break };
            hash = node_hash(left, hash);
            level += 1;
            completed.push((
                Subtree {
                    level,
                    index: index >> level,
                },
                hash,
            ));
        }
        self.roots.push(hash);
        self.size += 1;
        completed
    }

    /// The root of the tree (RFC 6962 2.1); that of an empty tree is the hash of nothing.
    pub fn root(&self) -> Hash {
        combine(&self.roots)
    }
}

/// The root over subtree roots in order, largest first, as RFC 6962 joins an uneven tree.
pub fn combine(roots: &[Hash]) -> Hash {
    let mut from_right = roots.iter().rev().copied();
    match from_right.next() {
        None => Hash(Sha256::digest([]).into()),
        Some(last) => from_right.fold(last, |right, left| node_hash(left, right)),
    }
}

/// The root over hashes of one level that fill a complete subtree. `hashes` holds a power of two.
pub fn complete_root(mut hashes: Vec<Hash>) -> Option<Hash> {
    if !hashes.len().is_power_of_two() {
        return None;
    }
    while hashes.len() > 1 {
        hashes = hashes
            .chunks_exact(2)
            .map(|pair| node_hash(pair[0], pair[1]))
            .collect();
    }
    hashes.pop()
}

/// The ranges of leaves, lowest first, whose roots prove leaf `index` of a tree of `size` leaves.
pub fn proof_ranges(index: u64, size: u64) -> Vec<(u64, u64)> {
    let mut ranges = Vec::new();
    let (mut start, mut end) = (0, size);
    while end - start > 1 {
        let split = start + largest_power_below(end - start);
        if index < split {
            ranges.push((split, end));
            end = split;
        } else {
            ranges.push((start, split));
            start = split;
        }
    }
    ranges.reverse();
    ranges
}

/// The complete subtrees, largest first, that make up the leaves from `start` to `end`, where `start` is
/// one that [`proof_ranges`] yields.
pub fn subtrees_of(start: u64, end: u64) -> Vec<Subtree> {
    let mut subtrees = Vec::new();
    let mut at = start;
    while at < end {
        let level = (end - at).ilog2() as u8;
        subtrees.push(Subtree {
            level,
            index: at >> level,
        });
        at += 1 << level;
    }
    subtrees
}

fn largest_power_below(n: u64) -> u64 {
    1 << (n - 1).ilog2()
}

/// That a leaf stands in a tree (RFC 6962 2.1.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InclusionProof {
    /// The leaf's place, from 0.
    pub index: u64,
    /// How many leaves the tree had.
    pub size: u64,
    /// The tree's root.
    pub root: Hash,
    /// The sibling hashes, lowest first.
    pub path: Vec<Hash>,
}

impl InclusionProof {
    /// Whether `leaf` stands at the place named, by RFC 9162 2.1.3.2.
    pub fn proves(&self, leaf: Hash) -> bool {
        if self.index >= self.size {
            return false;
        }
        let (mut place, mut last) = (self.index, self.size - 1);
        let mut hash = leaf;
        for sibling in &self.path {
            if last == 0 {
                return false;
            }
            if place & 1 == 1 || place == last {
                hash = node_hash(*sibling, hash);
                while place & 1 == 0 && place != 0 {
                    place >>= 1;
                    last >>= 1;
                }
            } else {
                hash = node_hash(hash, *sibling);
            }
            place >>= 1;
            last >>= 1;
        }
        last == 0 && hash == self.root
    }
}
