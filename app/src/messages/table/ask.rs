//! Asks before more messages than one can look through are stopped or restarted: the number is typed.

use super::acts::{Acts, Deed};
use crate::activity::words::number;
use crate::dialog::{CancelButton, Dialog, DialogHandle};
use crate::form::FieldError;
use crate::i18n::{Locale, tr, use_locale};
use crate::select::use_picking;
use leptos::prelude::*;

/// So many are acted on without a question.
const UNASKED: u64 = 100;
/// So many are acted on at once: storage's `MAX_SEVERAL`.
const MOST: u64 = 1_000;

/// Whether it is asked first with so many: also while they are being counted.
pub fn is_asked(count: Option<u64>) -> bool {
    count.is_none_or(|count| count > UNASKED)
}

/// The dialog, while it is asked.
#[component]
pub fn Question(
    /// What can be done.
    acts: Acts,
) -> impl IntoView {
    let picking = use_picking();
    // What can't be counted is let go, and nothing is left to be asked about.
    Effect::new(move |_| {
        if !picking.is_any.get() {
            acts.asked.set(None);
        }
    });
    move || acts.asked.get().map(|deed| view! { <Ask deed acts /> })
}

#[component]
fn Ask(deed: Deed, acts: Acts) -> impl IntoView {
    let locale = use_locale();
    let handle = DialogHandle::new();
    let selected = use_picking().count;
    let due = Signal::derive(move || selected.get().map(|all| all.min(MOST)));
    let title = Signal::derive(move || match selected.get() {
        Some(all) => question(locale, deed, all),
        None => tr!(locale, find.select.counting).to_owned(),
    });
    let rest = move || {
        let is_more = selected.get().is_some_and(|all| all > MOST);
        is_more.then(|| {
            view! { <p class="soft">{tr!(locale, messages.several.newest_first, n = number(MOST))}</p> }
        })
    };
    let typed = RwSignal::new(String::new());
    let is_tried = RwSignal::new(false);
    let fits = move || {
        let digits: String =
            typed.with(|typed| typed.chars().filter(char::is_ascii_digit).collect());
        let typed = digits.parse::<u64>().ok();
        typed.is_some() && typed == due.get()
    };
    let error = Signal::derive(move || {
        let due = due.get().filter(|_| is_tried.get() && !fits())?;
        Some(tr!(locale, erase.fault.number, number = number(due)))
    });
    let go = move |_| {
        is_tried.set(true);
        if untrack(fits) {
            handle.close();
            acts.run(deed);
        }
    };
    let what = match deed {
        Deed::Stop => tr!(locale, messages.several.stop_what),
        Deed::Restart => tr!(locale, messages.several.restart_what),
    };
    let label = move || {
        let number = due.get().map(number).unwrap_or_default();
        tr!(locale, erase.type_number, number = number)
    };
    let button = move || match (deed, due.get().map(number)) {
        (Deed::Stop, Some(n)) => tr!(locale, messages.several.do_stop, n = n),
        (Deed::Stop, None) => tr!(locale, messages.act.stop).to_owned(),
        (Deed::Restart, Some(n)) => tr!(locale, messages.several.do_restart, n = n),
        (Deed::Restart, None) => tr!(locale, messages.act.restart).to_owned(),
    };
    let on_close = Callback::new(move |()| acts.asked.set(None));
    view! {
        <Dialog title handle on_close>
            // Enter is not enough: only a press of the button does it.
            <form class="erase-form" on:submit=|event| event.prevent_default() novalidate>
                <div class="modal-body">
                    <p>{what}</p>
                    {rest}
                    <div class="field" hidden=move || due.with(Option::is_none)>
                        <label for="several-number">{label}</label>
                        <input
                            class="input"
                            id="several-number"
                            inputmode="numeric"
                            autocomplete="off"
                            dir="ltr"
                            autofocus
                            aria-invalid=move || error.with(Option::is_some).then_some("true")
                            aria-describedby="several-number-error"
                            on:input=move |event| typed.set(event_target_value(&event))
                        />
                        <FieldError id="several-number-error".to_owned() error />
                    </div>
                </div>
                <footer class="modal-foot">
                    <CancelButton handle />
                    <button
                        class="btn danger-solid"
                        type="button"
                        aria-disabled=move || due.with(Option::is_none).then_some("true")
                        on:click=go
                    >
                        {button}
                    </button>
                </footer>
            </form>
        </Dialog>
    }
    .into_any()
}

/// `Restart 1,000 of 3,482 messages?`
fn question(locale: Locale, deed: Deed, all: u64) -> String {
    let (n, count) = (number(all.min(MOST)), all);
    if all > MOST {
        let all = number(all);
        return match deed {
            Deed::Stop => tr!(
                locale,
                messages.several.ask_stop_of,
                count = count,
                n = n,
                all = all
            ),
            Deed::Restart => tr!(
                locale,
                messages.several.ask_restart_of,
                count = count,
                n = n,
                all = all
            ),
        };
    }
    match deed {
        Deed::Stop => tr!(locale, messages.several.ask_stop, count = count, n = n),
        Deed::Restart => tr!(locale, messages.several.ask_restart, count = count, n = n),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_one_looks_through_and_what_is_not_counted_is_asked_about() {
        assert!(!is_asked(Some(UNASKED)));
        assert!(is_asked(Some(UNASKED + 1)));
        assert!(is_asked(None));
    }

    #[test]
    fn the_question_says_how_many_of_how_many() {
        let asked = |deed, all| question(Locale::en, deed, all);
        assert_eq!(asked(Deed::Restart, 482), "Restart 482 messages?");
        assert_eq!(
            asked(Deed::Restart, 3_482),
            "Restart 1,000 of 3,482 messages?"
        );
        assert_eq!(asked(Deed::Stop, 3_482), "Stop 1,000 of 3,482 messages?");
    }

    #[cfg(feature = "ssr")]
    #[test]
    fn as_many_are_named_as_storage_takes() {
        assert_eq!(MOST, storage::MAX_SEVERAL as u64);
    }
}
