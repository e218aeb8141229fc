//! Giving a key another secret.

use super::calls::RotateKey;
use super::create::Secret;
use crate::account::proof::{is_wanted, use_proof};
use crate::dialog::{CancelButton, Dialog, DialogHandle, SubmitButton};
use crate::form::FormNote;
use crate::i18n::{tr, use_locale};
use crate::pages::trouble_text;
use domain::view::KeyView;
use leptos::html;
use leptos::prelude::*;

/// Asks how long the old secret goes on working, then shows the new one.
#[component]
pub fn RotateDialog(
    /// The key.
    key: KeyView,
    /// Called when it was closed.
    on_close: Callback<()>,
    /// Called when it has another secret.
    on_done: Callback<()>,
) -> impl IntoView {
    let locale = use_locale();
    let proof = use_proof();
    let handle = DialogHandle::new();
    let action = ServerAction::<RotateKey>::new();
    let value = action.value();
    let form = NodeRef::<html::Form>::new();
    Effect::watch(
        move || action.version().get(),
        move |_, _, _| match value.get_untracked() {
            Some(Ok(_)) => on_done.run(()),
            Some(Err(error)) => {
                proof.ask(&error, move || {
                    if let Some(form) = form.get_untracked() {
                        let _ = form.request_submit();
                    }
                });
            }
            None => {}
        },
        false,
    );
    let secret = Memo::new(move |_| {
        value.with(|answer| Some(answer.as_ref()?.as_ref().ok()?.secret.clone()))
    });
    let note = move || {
        value.with(|answer| {
            let error = answer
                .as_ref()?
                .as_ref()
                .err()
                .filter(|error| !is_wanted(error))?;
            Some(view! { <FormNote text=trouble_text(locale, error) /> })
        })
    };
    let hours = [
        ("0", tr!(locale, access.keys.at_once)),
        ("1", tr!(locale, access.keys.in_hour)),
        ("24", tr!(locale, access.keys.in_day)),
        ("168", tr!(locale, access.keys.in_week)),
    ];
    view! {
        <Dialog title=tr!(locale, access.keys.rotate_question, name = key.name) handle on_close>
            {move || secret.get().map(|secret| view! { <Secret secret handle /> })}
            <ActionForm action node_ref=form attr:hidden=move || secret.get().is_some()>
                <input type="hidden" name="key" value=key.id.to_string() />
                <div class="modal-body">
                    {note} <p>{tr!(locale, access.keys.rotate_text)}</p>
                    <div class="field">
                        <label for="f-overlap">{tr!(locale, access.keys.overlap)}</label>
                        <select class="input" id="f-overlap" name="overlap_hours">
                            {hours
                                .map(|(hours, label)| {
                                    view! { <option value=hours selected=hours == "24">{label}</option> }
                                })
                                .collect_view()}
                        </select>
                    </div>
                </div>
                <footer class="modal-foot">
                    <CancelButton handle />
                    <SubmitButton label=tr!(locale, access.keys.rotate) is_pending=action.pending() />
                </footer>
            </ActionForm>
        </Dialog>
    }
    .into_any()
}
