//! Following nothing.

/// Starts nothing.
pub fn start<F>(_follower: F) {}
