//! What a row says of a message: a word with a mark, and what stands below it.

use super::{clock_of, failure_words, not_sent_words, status_label};
use crate::activity::words::device_words;
use crate::i18n::{Locale, tr};
use crate::icons::{self, Glyph};
use chrono::{DateTime, NaiveDate, Utc};
use domain::message::{Confidence, NotSentReason, ReadMark, ReadStatus, Verdict, WaitReason};
use domain::view::MessageRow;

/// What a row says of a message.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// The class of the word: `failed`, `pending`, `off`; nothing when it is as it should be.
    pub class: &'static str,
    /// The mark.
    pub glyph: Glyph,
    /// The word.
    pub word: &'static str,
    /// Until when a countdown runs in place of the word.
    pub until: Option<DateTime<Utc>>,
    /// What stands below it.
    pub below: Option<String>,
    /// The class of that: `read`, `failed` or nothing.
    pub below_class: &'static str,
}

/// What a row says of a message, by its verdict.
pub fn state_of(locale: Locale, row: &MessageRow, today: NaiveDate) -> State {
    let offset = row.offset_minutes;
    let time = |at: DateTime<Utc>| clock_of(locale, at, offset, today);
    let mut state = State {
        class: "",
        glyph: icons::CHECK_CHECK,
        word: status_label(locale, row.status),
        until: None,
        below: None,
        below_class: "",
    };
    match &row.verdict {
        Verdict::Received { .. } => {
            state.glyph = icons::ARROW_DOWN_LEFT;
            state.below = row
                .order
                .as_ref()
                .map(|order| tr!(locale, messages.state.order, number = order.as_str()));
        }
        Verdict::NotSent { reason } => {
            // Who opted out wants it so; whatever else kept it back is as bad as a failure.
            (state.class, state.glyph, state.below_class) = match reason {
                NotSentReason::OptedOut => ("off", icons::CIRCLE_DASHED, ""),
                _ => ("failed", icons::CIRCLE_ALERT, "failed"),
            };
            state.below = Some(not_sent_words(locale, *reason).to_owned());
        }
        Verdict::Waiting { reason, until, .. } => {
            state.class = "pending";
            state.glyph = icons::CLOCK;
            state.until = until.filter(|_| *reason == WaitReason::Hold);
            let until = until.map(time);
            state.below = Some(match (reason, until) {
                (WaitReason::Hold, _) => tr!(locale, messages.state.held).to_owned(),
                (WaitReason::Schedule, Some(at)) => tr!(locale, messages.state.at_time, time = at),
                (WaitReason::Retry, Some(at)) => tr!(locale, messages.state.retry, time = at),
                _ => tr!(locale, messages.state.queued).to_owned(),
            });
        }
        Verdict::HandingOver { .. } => {
            state.class = "pending";
            state.glyph = icons::CLOCK;
            state.below = Some(tr!(locale, messages.state.sends_now).to_owned());
        }
        Verdict::AnswerUnknown { .. } => {
            state.class = "pending";
            state.glyph = icons::CIRCLE_QUESTION_MARK;
            state.below = Some(tr!(locale, messages.state.answer_unknown).to_owned());
        }
        Verdict::HandedOver {
            delivered_at,
            opened,
            is_underway,
            missed,
            ..
        } => {
            let (words, class) = handed_over(
                locale,
                row.read,
                delivered_at.is_some(),
                opened.as_ref(),
                &time,
            );
            if *is_underway {
                state.glyph = icons::CHECK;
                state.below = Some(tr!(locale, messages.state.underway).to_owned());
            } else if delivered_at.is_none() && opened.is_none() {
                state.glyph = icons::CHECK;
                state.below = words;
            } else {
                state.below = words;
                state.below_class = class;
            }
            if missed.iter().any(|missed| missed.retry_at.is_none()) {
                state.glyph = icons::CIRCLE_ALERT;
                state.below = Some(tr!(locale, messages.state.not_all).to_owned());
                state.below_class = "failed";
            } else if !missed.is_empty() {
                state.glyph = icons::CLOCK;
                state.below = Some(tr!(locale, messages.state.not_all_yet).to_owned());
                state.below_class = "";
            }
        }
        Verdict::Stopped { by, .. } => {
            state.class = "off";
            state.glyph = icons::CIRCLE_STOP;
            let name = by.as_ref().and_then(|by| by.name.as_deref());
            state.below = name.map(|name| tr!(locale, messages.state.by, name = name));
        }
        Verdict::NotDelivered {
            reason, attempts, ..
        } => {
            state.class = "failed";
            state.glyph = icons::CIRCLE_ALERT;
            state.below_class = "failed";
            state.below = Some(tr!(
                locale,
                messages.state.failed_after,
                count = u64::from(*attempts).max(1),
                reason = failure_words(locale, *reason)
            ));
        }
    }
    state
}

fn handed_over(
    locale: Locale,
    read: ReadStatus,
    is_delivered: bool,
    opened: Option<&ReadMark>,
    time: &dyn Fn(DateTime<Utc>) -> String,
) -> (Option<String>, &'static str) {
    match (opened, read) {
        (Some(mark), _) => match (mark.confidence, &mark.device) {
            (Confidence::Person, Some(device)) => {
                let at = time(mark.at);
                let device = device_words(locale, device);
                let words = tr!(locale, messages.state.read_on, time = at, device = device);
                (Some(words), "read")
            }
            (Confidence::Person, None) => {
                let at = time(mark.at);
                (Some(tr!(locale, messages.state.read_at, time = at)), "read")
            }
            (Confidence::PrivacyProxy, _) => (
                Some(tr!(locale, messages.state.unsure_proxy).to_owned()),
                "",
            ),
            (Confidence::Scanner, _) => (
                Some(tr!(locale, messages.state.unsure_scanner).to_owned()),
                "",
            ),
        },
        (None, ReadStatus::Unread) if is_delivered => (
            Some(tr!(locale, messages.state.delivered_unread).to_owned()),
            "",
        ),
        (None, ReadStatus::Unread) => (Some(tr!(locale, messages.state.unread).to_owned()), ""),
        (None, _) if is_delivered => (Some(tr!(locale, messages.state.delivered).to_owned()), ""),
        (None, _) => (Some(tr!(locale, messages.state.handed_over).to_owned()), ""),
    }
}
