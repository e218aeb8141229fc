//! Adding a user.

use super::RoleChoice;
use super::calls::AddUser;
use crate::dialog::{CancelButton, Dialog, DialogHandle, SubmitButton};
use crate::form::{FormNote, TextField, fault_text, focus_first_fault};
use crate::i18n::{tr, use_locale};
use crate::pages::trouble_text;
use domain::{Code, Role};
use leptos::html;
use leptos::prelude::*;

/// Asks for name, address, role and a first password.
#[component]
pub fn AddDialog(
    /// The role of who adds.
    role: Role,
    /// Called when it was closed.
    on_close: Callback<()>,
    /// Called when the user was added.
    on_done: Callback<()>,
) -> impl IntoView {
    let locale = use_locale();
    let action = ServerAction::<AddUser>::new();
    let value = action.value();
    let form = NodeRef::<html::Form>::new();
    let handle = DialogHandle::new();
    let error = move |field: &'static str| {
        Signal::derive(move || {
            value.with(|answer| {
                let error = answer.as_ref()?.as_ref().err()?;
                Some(fault_text(locale, field, error.field(field)?).to_owned())
            })
        })
    };
    let note = move || {
        value.with(|answer| match answer {
            Some(Err(error)) if error.code() != Code::InvalidFields => {
                Some(view! { <FormNote text=trouble_text(locale, error) /> })
            }
            _ => None,
        })
    };
    Effect::new(move || match value.get() {
        Some(Ok(_)) => {
            handle.close();
            on_done.run(());
        }
        Some(Err(_)) => focus_first_fault(form),
        None => {}
    });
    view! {
        <Dialog title=tr!(locale, account.users.add) handle on_close>
            <ActionForm action node_ref=form attr:novalidate=true>
                <div class="modal-body">
                    {note}
                    <TextField
                        name="name"
                        label=tr!(locale, account.users.name)
                        maxlength=200
                        is_required=true
                        is_first=true
                        error=error("name")
                    />
                    <TextField
                        name="email"
                        label=tr!(locale, account.field.email)
                        kind="email"
                        maxlength=254
                        is_code=true
                        is_required=true
                        error=error("email")
                    />
                    <TextField
                        name="password"
                        label=tr!(locale, account.field.first_password)
                        autocomplete="new-password"
                        hint=tr!(locale, account.field.first_password_hint)
                        is_code=true
                        is_required=true
                        error=error("password")
                    />
                    <RoleChoice giver=role chosen=Role::Staff />
                </div>
                <footer class="modal-foot">
                    <CancelButton handle />
                    <SubmitButton label=tr!(locale, account.users.add) is_pending=action.pending() />
                </footer>
            </ActionForm>
        </Dialog>
    }
    .into_any()
}
