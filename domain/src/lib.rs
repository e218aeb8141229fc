//! The words of Storetrail's field as types.
//!
//! What belongs here: what an activity, an actor, an outcome, a role, a filter, a cursor and a ledger
//! leaf *are*, how they are read from JSON, compared, folded for search and hashed. Everything is pure:
//! no I/O, no clock, no randomness, no SeaORM, axum or Leptos, and no cargo features, so that the same
//! code runs in the server and in the browser.
//!
//! To add a word: one file named after it, its type, its reading from JSON or text, its tests; then the
//! glossary in `docs/glossary.md`.

mod access;
mod action;
mod activity;
mod actor;
mod category;
pub mod checkpoint;
mod cursor;
mod device;
pub mod diff;
pub mod entry;
pub mod export;
mod filter;
mod fold;
pub mod followup;
pub mod hook;
mod ids;
mod input;
pub mod ledger;
mod mask;
pub mod message;
pub mod operation;
pub mod order;
mod outcome;
mod place;
mod problem;
pub mod query;
mod reader;
pub mod request;
mod role;
mod said;
pub mod same;
pub mod security;
mod upsert;
pub mod view;
mod words;

pub use access::{
    Access, AccessFault, ActivityAccess, MessageAccess, Need, Permission, PermissionSet,
};
pub use action::{Action, SHIPPED_ACTIONS, ShippedAction};
pub use activity::{Activity, Change, Origin, Reference, RuleReference, Term};
pub use actor::{Actor, ActorKey, ActorType};
pub use category::{Category, CategorySet};
pub use cursor::{Cursor, CursorError, Direction};
pub use device::Device;
pub use filter::{Clause, Facts, Filter, Has, IpRange, Pattern, SubjectPattern, Test, TimeRange};
pub use fold::fold;
pub use ids::{
    ActivityId, AttemptId, ConnectionId, ErasureId, ExportId, HoldId, HookId, KeyId, MessageId,
    OrderKey, RuleId, ScheduleId, Seq, SessionId, StoreId, UserId, ViewId,
};
pub use input::{ActivityInput, FUTURE_TOLERANCE_SECONDS, MAX_BATCH, MAX_DETAILS_BYTES};
pub use mask::{MASK, SearchText, mask_activity, mask_actor, redacted, search_text};
pub use outcome::{Outcome, OutcomeSet};
pub use place::Place;
pub use problem::{Code, FieldProblem, Problem};
pub use role::{ExportAccess, OwnRole, Role};
pub use said::Said;
pub use upsert::{CustomerUpsert, OrderItem, OrderUpsert};
pub use words::{Known, Words, customer_words};
