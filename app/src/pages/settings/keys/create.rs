//! Making a key and showing its secret, once.

use super::calls::CreateKey;
use crate::copy::CopyText;
use crate::dialog::{CancelButton, Dialog, DialogHandle, SubmitButton};
use crate::form::{FormNote, TextField, fault_text, focus_first_fault};
use crate::i18n::{Locale, tr, use_locale};
use crate::icons::{self, Icon};
use crate::layout::role_name;
use crate::pages::trouble_text;
use domain::{Code, Role};
use leptos::html;
use leptos::prelude::*;

/// The roles that make sense for a program, the usual one first.
const ROLES: [Role; 5] = [
    Role::Admin,
    Role::Manager,
    Role::StoreKeeper,
    Role::Auditor,
    Role::SuperAdmin,
];

/// Asks for a name and a role, then shows the secret.
#[component]
pub fn CreateDialog(
    /// The role of who makes it.
    giver: Role,
    /// Called when it was closed.
    on_close: Callback<()>,
    /// Called when the key was made.
    on_done: Callback<()>,
) -> impl IntoView {
    let locale = use_locale();
    let action = ServerAction::<CreateKey>::new();
    let value = action.value();
    let form = NodeRef::<html::Form>::new();
    let handle = DialogHandle::new();
    let error = Signal::derive(move || {
        value.with(|answer| {
            let fault = answer.as_ref()?.as_ref().err()?.field("name")?;
            Some(fault_text(locale, "name", fault).to_owned())
        })
    });
    let note = move || {
        value.with(|answer| match answer {
            Some(Err(error)) if error.code() != Code::InvalidFields => {
                Some(view! { <FormNote text=trouble_text(locale, error) /> })
            }
            _ => None,
        })
    };
    let secret = Memo::new(move |_| {
        value.with(|answer| Some(answer.as_ref()?.as_ref().ok()?.secret.clone()))
    });
    Effect::new(move || match value.get() {
        Some(Ok(_)) => on_done.run(()),
        Some(Err(_)) => focus_first_fault(form),
        None => {}
    });
    view! {
        <Dialog title=tr!(locale, account.keys.create) handle on_close>
            {move || match secret.get() {
                Some(secret) => view! { <Secret secret handle /> }.into_any(),
                None => {
                    view! {
                        <ActionForm action node_ref=form attr:novalidate=true>
                            <div class="modal-body">
                                {note}
                                <TextField
                                    name="name"
                                    label=tr!(locale, account.keys.name)
                                    hint=tr!(locale, account.keys.name_hint)
                                    maxlength=100
                                    is_required=true
                                    is_first=true
                                    error
                                />
                                <KeyRoles giver />
                            </div>
                            <footer class="modal-foot">
                                <CancelButton handle />
                                <SubmitButton
                                    label=tr!(locale, account.keys.create)
                                    is_pending=action.pending()
                                />
                            </footer>
                        </ActionForm>
                    }
                        .into_any()
                }
            }}
        </Dialog>
    }
    .into_any()
}

/// What a program with the key may do.
#[component]
fn KeyRoles(
    /// The role of who makes the key.
    giver: Role,
) -> impl IntoView {
    let locale = use_locale();
    view! {
        <fieldset class="field roles">
            <legend class="label">{tr!(locale, account.keys.may)}</legend>
            {ROLES
                .into_iter()
                .filter(|role| giver.may_assign(*role))
                .map(|role| {
                    view! {
                        <label>
                            <input
                                type="radio"
                                name="role"
                                value=role.as_str()
                                checked=role == Role::Admin
                            />
                            <span>
                                <b>{role_name(locale, role)}</b>
                                <small>{key_role_text(locale, role)}</small>
                            </span>
                        </label>
                    }
                })
                .collect_view()}
        </fieldset>
    }
    .into_any()
}

/// What a role means for a program, in a line.
fn key_role_text(locale: Locale, role: Role) -> &'static str {
    match role {
        Role::SuperAdmin | Role::Admin => tr!(locale, account.key_role.records),
        Role::Manager => tr!(locale, account.key_role.reads),
        Role::StoreKeeper | Role::Staff => tr!(locale, account.key_role.reads_some),
        Role::Auditor => tr!(locale, account.key_role.reads_masked),
    }
}

/// The secret, for the only time.
#[component]
fn Secret(
    /// It.
    secret: String,
    /// What closes the dialog.
    handle: DialogHandle,
) -> impl IntoView {
    let locale = use_locale();
    view! {
        <div class="modal-body">
            <div class="note pending">
                <Icon glyph=icons::KEY_ROUND />
                <p>{tr!(locale, account.keys.once)}</p>
            </div>
            <CopyText text=secret label=tr!(locale, account.keys.secret) is_line=true />
        </div>
        <footer class="modal-foot">
            <button class="btn primary push" type="button" on:click=move |_| handle.close()>
                {tr!(locale, common.done)}
            </button>
        </footer>
    }
    .into_any()
}
