//! What is said of deliveries.

use crate::i18n::{Locale, tr};
use crate::icons::{self, Glyph};
use domain::hook::{FailureCause, HookResult, HookState};
use domain::view::HookRow;

/// How a state is shown: its chip's class, its icon, its word.
pub fn state_of(locale: Locale, state: HookState) -> (&'static str, Glyph, &'static str) {
    let (class, glyph) = match state {
        HookState::Received | HookState::Queued | HookState::Processing => {
            ("chip pending", icons::CLOCK)
        }
        HookState::Done => ("chip line", icons::CIRCLE_CHECK),
        HookState::Failed => ("chip pending", icons::ROTATE_CCW),
        HookState::Dead => ("chip failed", icons::TRIANGLE_ALERT),
        HookState::Discarded => ("chip line", icons::BAN),
    };
    (class, glyph, state_label(locale, state))
}

/// A state's name.
pub fn state_label(locale: Locale, state: HookState) -> &'static str {
    match state {
        HookState::Received => tr!(locale, webhooks.state.received),
        HookState::Queued => tr!(locale, webhooks.state.queued),
        HookState::Processing => tr!(locale, webhooks.state.processing),
        HookState::Done => tr!(locale, webhooks.state.done),
        HookState::Failed => tr!(locale, webhooks.state.failed),
        HookState::Dead => tr!(locale, webhooks.state.dead),
        HookState::Discarded => tr!(locale, webhooks.state.discarded),
    }
}

/// What came of a delivery, in words.
pub fn result_words(locale: Locale, result: HookResult) -> &'static str {
    match result {
        HookResult::Recorded => tr!(locale, webhooks.result.recorded),
        HookResult::Unchanged => tr!(locale, webhooks.result.unchanged),
        HookResult::Late => tr!(locale, webhooks.result.late),
        HookResult::NotUnderstood => tr!(locale, webhooks.result.not_understood),
    }
}

/// Why a try failed, in words.
pub fn cause_words(locale: Locale, cause: FailureCause) -> &'static str {
    match cause {
        FailureCause::RateLimit => tr!(locale, webhooks.cause.rate_limit),
        FailureCause::InvalidData => tr!(locale, webhooks.cause.invalid_data),
        FailureCause::Configuration => tr!(locale, webhooks.cause.configuration),
        FailureCause::Network => tr!(locale, webhooks.cause.network),
    }
}

/// What a delivery tells of: its name, else type and id.
pub fn subject_words(row: &HookRow) -> Option<String> {
    let subject = row.subject.as_ref()?;
    let label = subject.label();
    Some(format!("{} {label}", subject.kind.replace('_', " ")))
}

/// Waits one after the other, in words of a few letters: `5 s, 30 min, 20 h`.
pub fn waits_words(locale: Locale, waits: &[i64]) -> String {
    let waits: Vec<String> = waits.iter().map(|wait| wait_words(locale, *wait)).collect();
    waits.join(tr!(locale, webhooks.wait.and))
}

fn wait_words(locale: Locale, seconds: i64) -> String {
    match seconds {
        ..=119 => tr!(locale, webhooks.wait.seconds, n = seconds),
        120..=7_199 => tr!(locale, webhooks.wait.minutes, n = seconds / 60),
        _ => tr!(locale, webhooks.wait.hours, n = seconds / 3_600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_told_in_what_fits_them() {
        let waits = [5, 300, 1_800, 7_200, 86_400];
        let told = |locale| waits_words(locale, &waits);
        assert_eq!(told(Locale::en), "5 s, 5 min, 30 min, 2 h, 24 h");
        assert_eq!(told(Locale::ar), "5 ث، 5 د، 30 د، 2 س، 24 س");
    }
}
