//! In the browser no answer is being made.

/// Does nothing.
pub fn set(_status: u16) {}
