//! TEMPORARY: what storage will bring. Inherent methods of `Storage` take its place as they arrive.
#![allow(missing_docs, unused_variables, async_fn_in_trait, clippy::all)]
use chrono::{DateTime, TimeDelta, Utc};
use domain::message::*;
use domain::query::QueryError;
use domain::view::*;
use domain::*;
use storage::record::{Idempotency, Recorded};
use storage::{Error, Page, Scope, Storage};
#[derive(Clone, Debug)]
pub struct Claimed {
    pub store: StoreView,
    pub message_id: MessageId,
    pub attempt: Attempt,
    pub lease: uuid::Uuid,
    pub tries: u32,
    pub first_try_at: Option<DateTime<Utc>>,
    pub message: Message,
}
pub enum ReportOutcome {
    Matched(MessageId),
    Repeated,
    Unmatched,
}
pub struct Tracked {
    pub store: StoreView,
    pub message: Message,
    pub handed_over_at: Option<DateTime<Utc>>,
}
pub struct ReceivedMessage {
    pub id: MessageId,
    pub is_new: bool,
    pub order: Option<String>,
}
pub struct ThreadPage {
    pub before: Option<String>,
    pub after: Option<String>,
    pub limit: u32,
}
type R<T> = Result<T, Error>;
macro_rules! stubs { ($(fn $name:ident($($a:ident: $t:ty),*) -> $r:ty;)*) => {
 pub trait Stub: Sync { $(fn $name(&self, $($a: $t),*) -> impl Future<Output = R<$r>> + Send { async { panic!() } })* }
 impl Stub for Storage {}
} }
stubs! {
 fn send_message(s: &Scope, m: MessageInput, i: Option<Idempotency>) -> Recorded;
 fn receive_message(s: &Scope, m: Message, f: Vec<NewAttachment>, raw: Option<Vec<u8>>, provider_id: Option<&str>) -> ReceivedMessage;
 fn stop_message(s: &Scope, m: MessageId) -> ();
 fn restart_message(s: &Scope, m: MessageId) -> ();
 fn send_again(s: &Scope, m: MessageId, to: Option<Mailbox>) -> MessageId;
 fn message_event(s: &Scope, m: MessageId, k: FactKind, at: DateTime<Utc>) -> ();
 fn claim_due(limit: u32, lease: TimeDelta) -> Vec<Claimed>;
 fn next_due() -> Option<DateTime<Utc>>;
 fn begin_handover(c: &Claimed, provider: &str) -> bool;
 fn record_answer(c: &Claimed, a: Answer) -> ();
 fn give_up(c: &Claimed, words: Option<String>) -> ();
 fn answer_unknown(c: &Claimed) -> ();
 fn not_sent(c: &Claimed, r: NotSentReason) -> ();
 fn release(c: &Claimed) -> ();
 fn settle_unanswered() -> u64;
 fn record_report(r: Report, a: Option<AttemptId>, m: Option<MessageId>, at: DateTime<Utc>) -> ReportOutcome;
 fn record_open(m: MessageId, k: FactKind, at: DateTime<Utc>) -> bool;
 fn tracked_message(m: MessageId) -> Option<Tracked>;
 fn get_object(b: &BlobRef) -> Option<Vec<u8>>;
 fn attachment(s: &Scope, m: MessageId, i: usize) -> Option<(Attachment, Vec<u8>)>;
 fn raw_message(s: &Scope, m: MessageId) -> Option<Vec<u8>>;
 fn list_messages(s: &Scope, f: &MessageFilter, p: Page) -> MessagePage;
 fn count_messages(s: &Scope, f: &MessageFilter) -> Count;
 fn message_histogram(s: &Scope, f: &MessageFilter, b: u32) -> MessageHistogram;
 fn message_volumes(s: &Scope, f: &MessageFilter) -> MessageVolumes;
 fn get_message(s: &Scope, m: MessageId) -> Option<MessageDetail>;
 fn thread(s: &Scope, o: &str, p: ThreadPage) -> Option<Thread>;
 fn list_orders(s: &Scope, w: &str, a: Option<&str>, l: u32) -> OrderPage;
 fn opt_out(s: &Scope, c: Channel, a: &str) -> ();
 fn opt_in(s: &Scope, c: Channel, a: &str) -> ();
 fn thread_token(s: StoreId, order: &str) -> String;
 fn find_order(s: StoreId, t: Option<&str>, refs: &[String], c: Channel, a: &str) -> Option<String>;
}
pub trait StubSync {
    fn message_filter(&self, s: &Scope, q: &str) -> Result<MessageFilter, Vec<QueryError>> {
        panic!()
    }
}
impl StubSync for Storage {}
