//! What is said of operations.

use crate::activity::clock::{clock, clock_short, day_of, local};
use crate::activity::words::{day_short, number};
use crate::i18n::{Locale, tr};
use crate::icons::{self, Glyph};
use crate::said::said_words;
use chrono::{DateTime, NaiveDate, Utc};
use domain::diff::{Brief, brief};
use domain::operation::{
    Control, OperationKind, OperationState, OperationStep, OperationTab, SOURCE_GONE,
};
use domain::view::{OperationRow, Reverted, TrailStep};
use serde_json::Value;

/// A tab's name.
pub fn tab_label(locale: Locale, tab: OperationTab) -> &'static str {
    match tab {
        OperationTab::Tags => tr!(locale, operations.tab.tags),
        OperationTab::BulkOperations => tr!(locale, operations.tab.bulk_operations),
        OperationTab::Metafields => tr!(locale, operations.tab.metafields),
        OperationTab::DataCleaning => tr!(locale, operations.tab.data_cleaning),
        OperationTab::System => tr!(locale, operations.tab.system),
    }
}

/// A kind's name.
pub fn kind_label(locale: Locale, kind: OperationKind) -> &'static str {
    match kind {
        OperationKind::BulkOperation => tr!(locale, operations.kind.bulk_operation),
        OperationKind::BulkTagUpdate => tr!(locale, operations.kind.bulk_tag_update),
        OperationKind::TagCleanUp => tr!(locale, operations.kind.tag_clean_up),
        OperationKind::DataCleanUp => tr!(locale, operations.kind.data_clean_up),
        OperationKind::MetafieldUpdate => tr!(locale, operations.kind.metafield_update),
        OperationKind::CostUpdate => tr!(locale, operations.kind.cost_update),
        OperationKind::WebhookProcessing => tr!(locale, operations.kind.webhook_processing),
        OperationKind::Import => tr!(locale, operations.kind.import),
        OperationKind::Revert => tr!(locale, operations.kind.revert),
    }
}

/// How a state is shown: its chip's class, its icon, its word.
pub fn state_of(locale: Locale, state: OperationState) -> (&'static str, Glyph, &'static str) {
    match state {
        OperationState::Planned => (
            "chip line",
            icons::CLOCK,
            tr!(locale, operations.state.planned),
        ),
        OperationState::Running => (
            "chip pending",
            icons::CLOCK,
            tr!(locale, operations.state.running),
        ),
        OperationState::Paused => (
            "chip pending",
            icons::PAUSE,
            tr!(locale, operations.state.paused),
        ),
        OperationState::Stalled => (
            "chip pending",
            icons::TRIANGLE_ALERT,
            tr!(locale, operations.state.stalled),
        ),
        OperationState::Completed => (
            "chip success",
            icons::CHECK,
            tr!(locale, operations.state.completed),
        ),
        OperationState::Failed => (
            "chip failed",
            icons::CIRCLE_ALERT,
            tr!(locale, operations.state.failed),
        ),
        OperationState::Cancelled => (
            "chip line",
            icons::CIRCLE_STOP,
            tr!(locale, operations.state.cancelled),
        ),
    }
}

/// What was asked of it.
pub fn asked_label(locale: Locale, control: Control) -> &'static str {
    match control {
        Control::Pause => tr!(locale, operations.asked.pause),
        Control::Resume => tr!(locale, operations.asked.resume),
        Control::Cancel => tr!(locale, operations.asked.cancel),
        Control::Retry => tr!(locale, operations.asked.retry),
    }
}

/// A step in words, and the mark that it gets.
pub fn step_words(locale: Locale, step: &TrailStep) -> (&'static str, String) {
    let name = step.by.label();
    match step.step {
        OperationStep::Started => ("", tr!(locale, operations.step.started).to_owned()),
        OperationStep::Paused => ("wait", tr!(locale, operations.step.paused).to_owned()),
        OperationStep::Resumed => ("", tr!(locale, operations.step.resumed).to_owned()),
        OperationStep::Stalled if step.reason.is_some() => {
            ("wait", tr!(locale, operations.step.waits).to_owned())
        }
        OperationStep::Stalled => ("wait", tr!(locale, operations.step.stalled).to_owned()),
        OperationStep::Completed => ("good", tr!(locale, operations.step.completed).to_owned()),
        OperationStep::Failed => ("bad", tr!(locale, operations.step.failed).to_owned()),
        OperationStep::Cancelled if step.reason.as_deref() == Some(SOURCE_GONE) => {
            ("", tr!(locale, operations.step.ended_here, name = name))
        }
        OperationStep::Cancelled => ("", tr!(locale, operations.step.cancelled).to_owned()),
        OperationStep::PauseAsked => ("", tr!(locale, operations.step.pause_asked, name = name)),
        OperationStep::ResumeAsked => ("", tr!(locale, operations.step.resume_asked, name = name)),
        OperationStep::CancelAsked => ("", tr!(locale, operations.step.cancel_asked, name = name)),
        OperationStep::RetryAsked => {
            let words = match step.picked {
                Some(picked) => {
                    let n = number(picked);
                    tr!(locale, operations.step.retry_asked_some, name = name, n = n)
                }
                None => tr!(locale, operations.step.retry_asked, name = name),
            };
            ("", words)
        }
        OperationStep::Retried => ("", tr!(locale, operations.step.retried).to_owned()),
        OperationStep::Untold => ("bad", tr!(locale, operations.step.untold).to_owned()),
    }
}

/// Why a step was taken. The only reason of a completion is another number of items than were planned: the page says that
/// in its own language.
pub fn step_reason(locale: Locale, step: &TrailStep, row: &OperationRow) -> Option<String> {
    let told = step.reason.clone()?;
    Some(match row.planned {
        Some(planned) if step.step == OperationStep::Completed => tr!(
            locale,
            operations.step.other_than_planned,
            count = step.items,
            n = number(step.items),
            planned = number(planned)
        ),
        _ => said_words(locale, &told),
    })
}

/// What came of the last revert of an operation that changed so many items: what leads to it, and how far it came.
pub fn reverted_words(locale: Locale, revert: &Reverted, changed: u64) -> (&'static str, String) {
    let lead = match revert.state {
        OperationState::Planned | OperationState::Running => tr!(locale, operations.reverted.runs),
        OperationState::Paused | OperationState::Stalled => tr!(locale, operations.reverted.waits),
        OperationState::Cancelled => tr!(locale, operations.reverted.stopped),
        OperationState::Failed => tr!(locale, operations.reverted.broke_off),
        OperationState::Completed if revert.written == 0 => {
            tr!(locale, operations.reverted.nothing)
        }
        OperationState::Completed if revert.written < changed => {
            tr!(locale, operations.reverted.part)
        }
        OperationState::Completed => tr!(locale, operations.reverted.done),
    };
    let mut words = tr!(
        locale,
        operations.reverted.written,
        count = revert.total,
        n = number(revert.written),
        of = number(revert.total)
    );
    if revert.taken_back > 0 {
        words.push(' ');
        words.push_str(&tr!(
            locale,
            operations.reverted.taken_back,
            n = number(revert.taken_back),
            of = number(revert.written)
        ));
    }
    (lead, words)
}

/// A length of time in the two largest units: `3:12`, `1:04:30`, in minutes, seconds and hours.
pub fn length(seconds: u64) -> String {
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes}:{seconds:02}")
    }
}

/// Items a second, with a decimal where it matters.
pub fn rate_words(rate: f64) -> String {
    if rate < 10.0 {
        format!("{rate:.1}")
    } else {
        number(rate.round() as u64)
    }
}

/// When it was opened: the clock, with the day unless it is today.
pub fn opened_words(locale: Locale, row: &OperationRow, today: NaiveDate) -> String {
    moment_words(locale, row.opened_at, row.offset_minutes, today)
}

/// A time on the store's clock, with its day unless it is today.
pub fn moment_words(
    locale: Locale,
    at: DateTime<Utc>,
    offset_minutes: i32,
    today: NaiveDate,
) -> String {
    let day = day_of(at, offset_minutes);
    let time = clock_short(local(at, offset_minutes));
    if day == today {
        time
    } else {
        format!("{} {time}", day_short(locale, day, today))
    }
}

/// A time on the store's clock, to the second.
pub fn clock_words(at: DateTime<Utc>, offset_minutes: i32) -> String {
    clock(local(at, offset_minutes))
}

/// A value in a few words.
pub fn value_words(locale: Locale, value: &Value) -> String {
    match brief(value) {
        Brief::Nothing => tr!(locale, activity.value.nothing).to_owned(),
        Brief::Truth(true) => tr!(locale, activity.value.yes).to_owned(),
        Brief::Truth(false) => tr!(locale, activity.value.no).to_owned(),
        _ => match value {
            Value::String(text) => text.clone(),
            Value::Array(items) => {
                let texts = items.iter().map(|item| value_words(locale, item));
                texts.collect::<Vec<_>>().join(", ")
            }
            Value::Object(fields) => match (fields.get("amount"), fields.get("currency")) {
                (Some(Value::String(amount)), Some(Value::String(currency))) => {
                    format!("{amount} {currency}")
                }
                _ => value.to_string(),
            },
            other => other.to_string(),
        },
    }
}

/// What a list gained and lost.
pub fn list_change(before: &Value, after: &Value) -> Option<(Vec<Value>, Vec<Value>)> {
    let (before, after) = (before.as_array()?, after.as_array()?);
    let without = |from: &[Value], other: &[Value]| -> Vec<Value> {
        from.iter()
            .filter(|one| !other.contains(one))
            .cloned()
            .collect()
    };
    Some((without(after, before), without(before, after)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::operation::OperationId;

    #[test]
    fn a_revert_is_told_by_what_came_of_it() {
        use OperationState as S;
        let told = |locale: Locale, state, written, taken_back| {
            let revert = Reverted {
                id: OperationId("revert".to_owned()),
                state,
                written,
                total: 3,
                taken_back,
            };
            let (lead, words) = reverted_words(locale, &revert, 3);
            format!("{lead} {words}")
        };
        for (state, written, taken_back, expected) in [
            (
                S::Running,
                1,
                0,
                "It is being taken back by 1 of 3 items written.",
            ),
            (
                S::Stalled,
                0,
                0,
                "A revert of it waits: 0 of 3 items written.",
            ),
            (
                S::Cancelled,
                0,
                0,
                "A revert of it was stopped: 0 of 3 items written.",
            ),
            (
                S::Completed,
                0,
                0,
                "A revert of it wrote nothing: 0 of 3 items written.",
            ),
            (
                S::Completed,
                2,
                0,
                "A part of it was taken back by 2 of 3 items written.",
            ),
            (
                S::Completed,
                3,
                2,
                "It was taken back by 3 of 3 items written. That was itself taken back: 2 of 3.",
            ),
        ] {
            assert_eq!(told(Locale::en, state, written, taken_back), expected);
        }
        assert_eq!(
            told(Locale::ar, S::Cancelled, 0, 0),
            "بدأ تراجع عنها ثم أُوقف: كُتب 0 من 3 عناصر."
        );
    }

    #[test]
    fn items_are_counted_as_each_language_does() {
        let after = |locale: Locale, items: u64| {
            tr!(
                locale,
                operations.step.after,
                count = items,
                n = number(items)
            )
        };
        assert_eq!(after(Locale::en, 1), "After 1 item");
        assert_eq!(after(Locale::en, 2), "After 2 items");
        for (items, expected) in [
            (1, "بعد عنصر واحد"),
            (2, "بعد عنصرين"),
            (3, "بعد 3 عناصر"),
            (11, "بعد 11 عنصرًا"),
            (100, "بعد 100 عنصر"),
        ] {
            assert_eq!(after(Locale::ar, items), expected);
        }
    }
}
