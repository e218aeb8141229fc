//! Marks of a place in the ledger that tell nobody which place it is.

use crate::Ambient;
use crate::session::hex;
use domain::StoreId;
use sha2::{Digest as _, Sha256};

/// Seals ledger numbers for as long as the process lives; after that a mark is unknown and its holder loads
/// again.
pub(crate) struct Marks {
    key: [u8; 32],
    ambient: Ambient,
}

impl Marks {
    pub(crate) fn new(ambient: Ambient) -> Self {
        Self {
            key: ambient.entropy.bytes(),
            ambient,
        }
    }

    /// A mark of a place, another one each time: who holds two can't tell whether anything lies between.
    pub(super) fn seal(&self, store: StoreId, seq: i64) -> String {
        let nonce: [u8; 8] = self.ambient.entropy.bytes();
        let hidden = (seq ^ self.pad(nonce)).to_be_bytes();
        let tag = self.tag(store, nonce, hidden);
        format!("m{}{}{}", hex(&nonce), hex(&hidden), hex(&tag))
    }

    /// The place of a mark that this process sealed for the store.
    pub(super) fn open(&self, store: StoreId, mark: &str) -> Option<i64> {
        let digits = mark.strip_prefix('m').filter(|digits| digits.len() == 48)?;
        let part = |at: usize| u64::from_str_radix(digits.get(at..at + 16)?, 16).ok();
        let [nonce, hidden, tag] = [part(0)?, part(16)?, part(32)?].map(u64::to_be_bytes);
        if self.tag(store, nonce, hidden) != tag {
            return None;
        }
        Some(i64::from_be_bytes(hidden) ^ self.pad(nonce))
    }

    fn pad(&self, nonce: [u8; 8]) -> i64 {
        i64::from_be_bytes(self.digest(&[b"pad", &nonce]))
    }

    fn tag(&self, store: StoreId, nonce: [u8; 8], hidden: [u8; 8]) -> [u8; 8] {
        self.digest(&[b"tag", &store.0.to_be_bytes(), &nonce, &hidden])
    }

    fn digest(&self, parts: &[&[u8]]) -> [u8; 8] {
        let mut digest = Sha256::new().chain_update(self.key);
        for part in parts {
            digest.update(part);
        }
        let mut head = [0; 8];
        head.copy_from_slice(&digest.finalize()[..8]);
        head
    }
}
