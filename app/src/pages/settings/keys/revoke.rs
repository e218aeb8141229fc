//! Revoking a key.

use super::calls::RevokeKey;
use crate::dialog::{CancelButton, Dialog, DialogHandle, SubmitButton};
use crate::form::FormNote;
use crate::i18n::{tr, use_locale};
use crate::pages::trouble_text;
use domain::view::KeyView;
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
    let handle = DialogHandle::new();
    let action = ServerAction::<RevokeKey>::new();
    let value = action.value();
    Effect::new(move || {
        if value.with(|answer| matches!(answer, Some(Ok(())))) {
            handle.close();
            on_done.run(());
        }
    });
    view! {
        <Dialog title=tr!(locale, account.keys.question, name = key.name) handle on_close>
            <ActionForm action>
                <input type="hidden" name="key" value=key.id.to_string() />
                <div class="modal-body">
                    {move || {
                        value.with(|answer| {
                            let error = answer.as_ref()?.as_ref().err()?;
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
