//! Storage on SQLite and on PostgreSQL, each test from one body.

mod account;
mod around;
mod dataset;
mod dice;
mod harness;
mod key;
mod ledger;
mod list;
mod live;
mod message_followup;
mod message_kit;
mod message_outbox;
mod message_scope;
mod message_thread;
mod outcome;
mod people;
mod permission;
mod queries;
mod record;
mod sample;
mod scope_agrees;
mod secrets;
mod session;
mod store;
mod suggest;
mod time;
