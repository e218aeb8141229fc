//! In the memory of this tab.

use super::Snapshot;
use std::cell::RefCell;

/// How many lists are kept.
const MAX: usize = 12;
/// A list with more rows than this is not worth its memory.
const MAX_ROWS: usize = 20_000;

thread_local! {
    static KEPT: RefCell<Vec<(String, Snapshot)>> = const { RefCell::new(Vec::new()) };
}

/// Keeps a list under a key; the one kept longest gives way.
pub fn keep(key: String, snapshot: Snapshot) {
    if snapshot.loaded.is_empty() || snapshot.loaded.len() > MAX_ROWS {
        return;
    }
    KEPT.with_borrow_mut(|kept| {
        kept.retain(|(other, _)| *other != key);
        if kept.len() == MAX {
            kept.remove(0);
        }
        kept.push((key, snapshot));
    });
}

/// Takes a list out.
pub fn take(key: &str) -> Option<Snapshot> {
    KEPT.with_borrow_mut(|kept| {
        let at = kept.iter().position(|(other, _)| other == key)?;
        Some(kept.remove(at).1)
    })
}
