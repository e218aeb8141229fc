//! Following nothing.

/// Starts nothing.
pub fn start<F>(_follower: F) {}

/// Nothing waits.
pub fn flush<F>(_log: F) {}

/// Nothing waits.
pub fn take_in<F, L>(_log: F, _loaded: &mut L) {}

/// Nothing waits.
pub const fn forget_waiting() {}
