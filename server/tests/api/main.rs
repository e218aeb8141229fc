//! The server from outside: each test starts one of its own, on a free port and a fresh database.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod accept;
mod accounts;
mod checkpoints;
mod command;
mod crash;
mod deliveries;
mod erase;
mod exports;
mod followups;
mod harness;
mod health;
mod hooks;
mod live;
mod live_end;
mod origin;
mod other_ways_in;
mod pages;
mod proofs;
mod role_functions;
mod role_pages;
mod sample_store;
mod session;
mod setup;
mod shop_kit;
mod shops;
mod sign_in;
mod tamper;
mod threads;
mod v1_answers;
mod v1_bad_input;
mod v1_calls;
mod v1_document;
mod v1_idempotency;
mod v1_large_body;
mod v1_messages;
mod v1_operations;
mod v1_permission;
mod v1_read;
mod v1_record;
mod v1_retry;
mod v1_schema;
mod v1_targets;
mod watch;
mod webhooks;
