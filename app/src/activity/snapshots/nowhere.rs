//! Nowhere.

use super::Snapshot;

/// Keeps nothing.
pub fn keep(_key: String, _snapshot: Snapshot) {}

/// There is nothing.
pub fn take(_key: &str) -> Option<Snapshot> {
    None
}
