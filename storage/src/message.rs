//! Messages and order threads: sending, stopping, receiving, reading, each through a scope.
//!
//! What is said about a message is a record (`record::message`); what waits to be sent stands in the outbox.
//! To add a query: a file here, a method on [`crate::Storage`], a test in `tests/storage/message_*.rs`.

mod act;
mod count;
mod customer;
mod detail;
mod list;
mod noted;
mod objects;
mod opt_out;
mod orders;
mod outbox;
pub(crate) mod plan;
mod reach;
mod recipient;
mod report;
pub(crate) mod row;
mod send;
mod sender;
mod several;
mod suggest;
mod thread;
mod values;
mod whole;
mod writer;

pub(crate) use objects::Objects;
pub(crate) use opt_out::folded_address;
pub(crate) use orders::items_of;
pub use outbox::{Claimed, Lane};
pub(crate) use recipient::fitting;
pub use report::{Located, ReportOutcome};
pub use send::Received;
pub use sender::UsualSender;
pub use several::MAX_SEVERAL;
pub use thread::ThreadPage;
pub(crate) use whole::{thread_of, whole_messages, whole_thread_of};

/// The entry of the activity log that goes with a new message.
pub(crate) fn noted_created(
    ambient: &crate::Ambient,
    new: &crate::record::NewMessage,
) -> crate::record::Record {
    let delivery = crate::record::message::delivery_of(&new.message, &new.facts);
    noted::created(ambient, new.id, &new.message, &delivery)
}
