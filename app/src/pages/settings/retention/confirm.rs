//! Asks before rules are saved by which something goes at once.

use crate::activity::words::number;
use crate::dialog::{CancelButton, Dialog, DialogHandle};
use crate::form::FieldError;
use crate::i18n::{tr, use_locale};
use leptos::prelude::*;

/// Asks whether rules shall be saved that let something go at once: the number is typed.
#[component]
pub fn ConfirmDialog(
    /// From how many entries and messages something goes.
    due: u64,
    /// Called when it was closed.
    on_close: Callback<()>,
    /// Called when it was confirmed.
    on_confirm: Callback<()>,
) -> impl IntoView {
    let locale = use_locale();
    let handle = DialogHandle::new();
    let typed = RwSignal::new(String::new());
    let is_tried = RwSignal::new(false);
    let fits = move || {
        let digits: String =
            typed.with(|typed| typed.chars().filter(char::is_ascii_digit).collect());
        digits.parse::<u64>().ok() == Some(due)
    };
    let error = Signal::derive(move || {
        (is_tried.get() && !fits()).then(|| tr!(locale, erase.fault.number, number = number(due)))
    });
    let go = move |_| {
        is_tried.set(true);
        if untrack(fits) {
            handle.close();
            on_confirm.run(());
        }
    };
    view! {
        <Dialog title=tr!(locale, retention.question, count = due, n = number(due)) handle on_close>
            // Enter is not enough: only a press of the button saves.
            <form class="erase-form" on:submit=|event| event.prevent_default() novalidate>
                <div class="modal-body">
                    <p>{tr!(locale, retention.goes_now)}</p>
                    <p class="soft">{tr!(locale, erase.what_stays)}</p>
                    <div class="field">
                        <label for="r-number">
                            {tr!(locale, erase.type_number, number = number(due))}
                        </label>
                        <input
                            class="input"
                            id="r-number"
                            inputmode="numeric"
                            autocomplete="off"
                            dir="ltr"
                            autofocus
                            aria-invalid=move || error.with(Option::is_some).then_some("true")
                            aria-describedby="r-number-error"
                            on:input=move |event| typed.set(event_target_value(&event))
                        />
                        <FieldError id="r-number-error".to_owned() error />
                    </div>
                </div>
                <footer class="modal-foot">
                    <CancelButton handle />
                    <button class="btn danger-solid" type="button" on:click=go>
                        {tr!(locale, retention.confirm, n = number(due))}
                    </button>
                </footer>
            </form>
        </Dialog>
    }
    .into_any()
}
