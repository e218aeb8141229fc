//! What the server functions of messages share.

use crate::AppError;
use crate::activity::calls::asking::Asking;
use crate::activity::histogram::frame::frame_of;
use domain::message::{Mailbox, MessageClause, MessageFilter, MessageInput, MessageTest, e164};
use domain::query::QueryError;
use domain::{Code, Problem, TimeRange};

/// The filter whose time is the frame of the bars, and what the query itself selects.
pub fn framed(
    asking: &Asking,
    q: &str,
    frame: Option<TimeRange>,
) -> Result<(MessageFilter, Option<TimeRange>), Vec<QueryError>> {
    let mut filter = asking.storage.message_filter(&asking.scope, q)?;
    let now = asking.storage.ambient().clock.now().timestamp_micros();
    let selection = filter.time_range();
    if selection == TimeRange::ALL {
        return Ok((filter, None));
    }
    let is_time = |c: &MessageClause| !c.is_negated && matches!(c.test, MessageTest::Created(_));
    filter.clauses.retain(|clause| !is_time(clause));
    filter.clauses.push(MessageClause {
        is_negated: false,
        test: MessageTest::Created(vec![frame_of(selection, frame, now)]),
    });
    Ok((filter, Some(selection)))
}

/// An address of mail, or a number in any spelling that begins with a plus.
pub fn recipient(text: &str) -> Result<Mailbox, Problem> {
    let text = text.trim();
    if let Some(mailbox) = Mailbox::parse(text) {
        return Ok(mailbox);
    }
    match e164(text) {
        Some(address) => Ok(Mailbox {
            name: None,
            address,
        }),
        None => Err(Problem::field(
            "/to",
            "format",
            format!(
                "\"{text}\" is neither an address nor a number such as +966551234567; nothing was sent"
            ),
        )),
    }
}

/// A message as the composer wrote it, by who is signed in.
pub fn input(asking: &Asking, body: &str) -> Result<MessageInput, AppError> {
    let body: serde_json::Value = serde_json::from_str(body)
        .map_err(|error| Problem::new(Code::InvalidFields, error.to_string()))?;
    let now = asking.storage.ambient().clock.now();
    Ok(MessageInput::read(&body, now, &asking.scope.actor())?)
}
