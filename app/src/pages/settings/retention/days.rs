//! A field for a number of days.

use crate::form::FieldError;
use crate::i18n::{tr, use_locale};
use domain::view::RetentionRule;
use leptos::html;
use leptos::prelude::*;

/// What was typed as a number of days: none for never. What is no whole number is 0, which no rule may have.
fn days_of(typed: &str) -> Option<u32> {
    let typed = typed.trim();
    (!typed.is_empty()).then(|| typed.parse().unwrap_or(0))
}

/// After how many days something goes; empty for never.
#[component]
pub fn Days(
    /// What it says of itself to whoever does not see the table.
    label: String,
    /// The id of what is wrong with it.
    error_id: String,
    /// What it holds at first.
    chosen: Option<u32>,
    /// What the server says is wrong with it.
    error: Signal<Option<String>>,
    /// Called with what was typed.
    on_change: Callback<Option<u32>>,
) -> impl IntoView {
    let locale = use_locale();
    let is_wrong = RwSignal::new(false);
    let field = NodeRef::<html::Input>::new();
    // Who can't see it at its field hears it where the cursor is.
    Effect::new(move |_| {
        if error.with(Option::is_some)
            && let Some(field) = field.get_untracked()
        {
            let _ = field.focus();
        }
    });
    let described_by = {
        let error_id = error_id.clone();
        move || {
            if error.with(Option::is_some) {
                format!("{error_id} r-hint")
            } else {
                "r-hint".to_owned()
            }
        }
    };
    view! {
        <input
            class="input days"
            node_ref=field
            type="number"
            min=RetentionRule::DAYS.start().to_string()
            max=RetentionRule::DAYS.end().to_string()
            placeholder=tr!(locale, retention.forever)
            value=chosen.map(|days| days.to_string())
            // What was typed is no attribute: where the rows change places it would stand beside another rule.
            prop:value=chosen.map(|days| days.to_string()).unwrap_or_default()
            aria-label=label
            aria-describedby=described_by
            aria-invalid=move || {
                (is_wrong.get() || error.with(Option::is_some)).then_some("true")
            }
            on:input=move |event| {
                let input = event_target::<leptos::web_sys::HtmlInputElement>(&event);
                // What the browser can't read it hands over as nothing, and nothing is for ever.
                let days = if input.check_validity() {
                    days_of(&input.value())
                } else {
                    Some(0)
                };
                is_wrong.set(days.is_some_and(|days| !RetentionRule::DAYS.contains(&days)));
                on_change.run(days);
            }
        />
        <FieldError id=error_id error />
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_field_is_never_and_what_is_no_whole_number_is_refused() {
        assert_eq!(days_of(""), None);
        assert_eq!(days_of(" 45 "), Some(45));
        for typed in ["0", "-3", "1.5", "1e2", "99999999999"] {
            let days = days_of(typed);
            assert!(days.is_some_and(|days| !RetentionRule::DAYS.contains(&days)));
        }
    }
}
