//! Revoking a key.

use super::calls::RevokeKey;
use crate::account::proof::{is_wanted, use_proof};
use crate::dialog::{CancelButton, Dialog, DialogHandle, SubmitButton};
use crate::form::FormNote;
use crate::i18n::{tr, use_locale};
use crate::pages::trouble_text;
use domain::view::KeyView;
use leptos::html;
use leptos::prelude::*;

/// Asks whether the key shall end.
#[component]
pub fn RevokeDialog(
    /// The key.
    key: KeyView,
    /// Called when it was closed.
    on_close: Callback<()>,
    /// Called when the key was revoked.
    on_done: Callback<()>,
) -> impl IntoView {
    let locale = use_locale();
    let proof = use_proof();
    let handle = DialogHandle::new();
    let action = ServerAction::<RevokeKey>::new();
    let value = action.value();
    let form = NodeRef::<html::Form>::new();
    Effect::new(move || match value.get() {
        Some(Ok(())) => {
            handle.close();
            on_done.run(());
        }
        Some(Err(error)) => {
            proof.ask(&error, move || {
                if let Some(form) = form.get_untracked() {
                    let _ = form.request_submit();
                }
            });
        }
        None => {}
    });
    view! {
        <Dialog title=tr!(locale, account.keys.question, name = key.name) handle on_close>
            <ActionForm action node_ref=form>
                <input type="hidden" name="key" value=key.id.to_string() />
                <div class="modal-body">
                    {move || {
                        value.with(|answer| {
                            let error = answer.as_ref()?.as_ref().err().filter(|error| !is_wanted(error))?;
                            Some(view! { <FormNote text=trouble_text(locale, error) /> })
                        })
                    }}
                    <p>{tr!(locale, account.keys.what_goes)}</p>
                    <p class="soft">{tr!(locale, account.keys.what_stays)}</p>
                </div>
                <footer class="modal-foot">
                    <CancelButton handle is_first=true />
                    <SubmitButton
                        label=tr!(locale, account.keys.revoke)
                        is_pending=action.pending()
                        class="btn danger-solid"
                    />
                </footer>
            </ActionForm>
        </Dialog>
    }
    .into_any()
}
