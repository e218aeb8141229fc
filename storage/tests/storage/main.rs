//! Storage on SQLite and on PostgreSQL, each test from one body.

mod harness;
mod ledger;
mod list;
