//! What stands in a dialog that asks whether something shall go.

use super::trouble_text;
use crate::AppError;
use crate::dialog::{CancelButton, DialogHandle, SubmitButton};
use crate::form::FormNote;
use crate::i18n::use_locale;
use leptos::prelude::*;

/// Within the form of such a dialog: why it was refused, what goes, the way back and the button.
#[component]
pub fn Removal(
    /// What closes the dialog.
    handle: DialogHandle,
    /// What the form was answered.
    #[prop(into)]
    answer: Signal<Option<Result<(), AppError>>>,
    /// What the button is called.
    label: &'static str,
    /// Whether it is being done.
    #[prop(into)]
    is_pending: Signal<bool>,
    /// What goes.
    children: Children,
) -> impl IntoView {
    let locale = use_locale();
    let refusal = move || {
        answer.with(|answer| {
            let error = answer.as_ref()?.as_ref().err()?;
            Some(view! { <FormNote text=trouble_text(locale, error) /> })
        })
    };
    view! {
        <div class="modal-body">{refusal} {children()}</div>
        <footer class="modal-foot">
            <CancelButton handle is_first=true />
            <SubmitButton label is_pending class="btn danger-solid" />
        </footer>
    }
    .into_any()
}
