//! Everything that `domain` promises, one file a subject, as one program so that it links once.

#![expect(
    clippy::unwrap_used,
    reason = "clippy knows test functions, not the functions that help them"
)]

mod actor;
mod diff;
mod filter;
mod followup;
mod hook;
mod hook_named;
mod hook_same;
mod hook_types;
mod input;
mod ledger;
mod mask;
mod message_delivery;
mod message_input;
mod message_kit;
mod message_query;
mod message_recipients;
mod operation;
mod query_complete;
mod query_edit;
mod query_mistakes;
mod query_read;
mod query_time;
mod role;
mod rule_waits;
mod rule_why;
mod same;
mod samples;
mod schedule;
mod upsert;
