//! Inviting a person: a link by which they choose their own password.

use super::calls::InviteUser;
use super::link::Handed;
use crate::account::proof::{is_wanted, use_proof};
use crate::dialog::{CancelButton, Dialog, DialogHandle, SubmitButton};
use crate::form::{FormNote, TextField, fault_text, focus_first_fault};
use crate::i18n::{tr, use_locale};
use crate::pages::settings::role_choice::{RoleChoice, offered, role_text};
use crate::pages::trouble_text;
use domain::view::RoleView;
use domain::{Code, Role};
use leptos::html;
use leptos::prelude::*;

/// Asks for name, address and role, then says how the link reached them.
#[component]
pub fn AddDialog(
    /// The role of who adds.
    role: Role,
    /// The roles there are.
    roles: Vec<RoleView>,
    /// Called when it was closed.
    on_close: Callback<()>,
    /// Called when the user was added.
    on_done: Callback<()>,
) -> impl IntoView {
    let locale = use_locale();
    let proof = use_proof();
    let action = ServerAction::<InviteUser>::new();
    let value = action.value();
    let form = NodeRef::<html::Form>::new();
    let handle = DialogHandle::new();
    let error = move |field: &'static str| {
        Signal::derive(move || {
            value.with(|answer| {
                let error = answer.as_ref()?.as_ref().err()?;
                if field == "email" && error.code() == Code::Conflict {
                    return Some(tr!(locale, account.users.is_here).to_owned());
                }
                Some(fault_text(locale, field, error.field(field)?).to_owned())
            })
        })
    };
    let note = move || {
        value.with(|answer| match answer {
            Some(Err(error))
                if !matches!(error.code(), Code::InvalidFields | Code::Conflict)
                    && !is_wanted(error) =>
            {
                Some(view! { <FormNote text=trouble_text(locale, error) /> })
            }
            _ => None,
        })
    };
    let sent = Memo::new(move |_| value.with(|answer| answer.as_ref()?.as_ref().ok().cloned()));
    Effect::new(move || match value.get() {
        Some(Ok(_)) => on_done.run(()),
        Some(Err(error)) => {
            let again = move || {
                if let Some(form) = form.get_untracked() {
                    let _ = form.request_submit();
                }
            };
            if !proof.ask(&error, again) {
                focus_first_fault(form);
            }
        }
        None => {}
    });
    let roles = offered(roles, |other| role.may_assign(other));
    let chosen = StoredValue::new(first_choice(&roles));
    let roles = StoredValue::new(roles);
    view! {
        <Dialog title=tr!(locale, access.users.invite) handle on_close>
            // Stays where it is while the link is shown: what was typed must survive the question for a proof.
            {move || sent.get().map(|sent| view! { <Handed sent handle /> })}
            <ActionForm action node_ref=form attr:novalidate=true attr:hidden=move || sent.get().is_some()>
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
                        hint=tr!(locale, access.users.email_hint)
                        kind="email"
                        maxlength=254
                        is_code=true
                        is_required=true
                        error=error("email")
                    />
                    <RoleChoice
                        roles=roles.get_value()
                        chosen=chosen.get_value()
                        legend=tr!(locale, account.users.role)
                        text=role_text
                    />
                </div>
                <footer class="modal-foot">
                    <CancelButton handle />
                    <SubmitButton label=tr!(locale, access.users.invite_button) is_pending=action.pending() />
                </footer>
            </ActionForm>
        </Dialog>
    }
    .into_any()
}

/// The id of the role that the form begins with: Staff, or else the first of those that may be given.
fn first_choice(offered: &[RoleView]) -> String {
    let staff = offered
        .iter()
        .find(|view| view.id == Role::Staff.as_str())
        .or(offered.first());
    staff.map(|view| view.id.clone()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(role: Role) -> RoleView {
        RoleView {
            id: role.id(),
            name: String::new(),
            description: String::new(),
            is_shipped: true,
            access: role.access(),
            users: 0,
            keys: 0,
            requires_second_factor: false,
        }
    }

    #[test]
    fn the_form_begins_with_staff_or_with_the_first_role_that_may_be_given() {
        let all = Role::ALL.map(view);
        assert_eq!(first_choice(&all), "staff");
        let few = [view(Role::StoreKeeper), view(Role::Auditor)];
        assert_eq!(first_choice(&few), "store_keeper");
        assert_eq!(first_choice(&[]), "");
    }
}
