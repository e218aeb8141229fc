//! Messages: what was sent to people and received from them, and whether it arrived.
//!
//! [`MessageInput`] reads one from JSON into [`Message`]; [`DeliveryFact`]s are what became known of it,
//! in any order, and [`Delivery::of`] derives from them what a person is told; [`MessageFilter`] is the
//! question that lists, counts and live views ask.

mod address;
mod answer;
mod delivery;
mod fact;
mod filter;
mod input;
pub(crate) mod kind;
mod mail;
mod number;
mod phone;
mod reason;
mod refusal;
mod segments;
mod text;
mod verdict;

pub use address::{Mailbox, is_address};
pub use answer::{answer_subject, is_message_id};
pub use delivery::{AttemptView, Delivery};
pub use fact::{
    Answer, Attempt, DeliveryFact, FactKind, Missed, NotSentReason, Report, ReportStatus,
};
pub use filter::{Facet, MessageClause, MessageFacts, MessageFilter, MessageHas, MessageTest};
pub use input::{
    Attachment, BlobRef, FilledIn, MAX_MESSAGE_BYTES, MISSING_FILE, Message, MessageInput,
    NewAttachment, RecordedAttempt,
};
pub use kind::{Channel, Confidence, DeliveryStatus, MessageDirection, MessageType, ReadStatus};
pub use mail::{MAX_HEADER_BYTES, header_text, is_field_header, is_own_header, unfit};
pub use number::shown_number;
pub use phone::{e164, is_e164, last_digits, number_of_words, phone_digits};
pub use reason::{FailureReason, failure_reason};
pub use refusal::NotStopped;
pub use segments::{Encoding, Segments, segments};
pub use text::{mask_message, message_text, said_in, words_of};
pub use verdict::{ReadMark, Verdict, WaitReason};
