//! Signed heads of the ledger: the key, the notes, when they are written, where they are sent, and checking files
//! offline.
//!
//! What belongs here: Ed25519, the hour, the way outside. What doesn't: the tree (`storage`), how a note is written
//! (`domain::checkpoint`).

mod keeper;
mod offline;
mod signer;

pub use keeper::Checkpoints;
pub use offline::{ProofVerdict, check_proofs, read_checkpoint};
pub use signer::{NoteSigner, verify_note};
