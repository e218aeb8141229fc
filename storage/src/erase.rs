//! Erasing: content and salt go, the ledger keeps the leaf and says who erased what and why.
//!
//! An erasure is asked for once and done in small transactions, each of which deletes some entries and writes
//! the ledger entry that names them: a stop in between leaves nothing half-erased. What a legal hold keeps
//! is skipped. [`retention`] does the same for what is old, [`person`] for everything about a customer.

mod hold;

pub(crate) use hold::Hold;
