//! Changing a user's role, blocking them and letting them in again.

use super::RoleChoice;
use super::calls::{SetBlocked, SetRole};
use crate::AppError;
use crate::dialog::{CancelButton, Dialog, DialogHandle, SubmitButton};
use crate::form::FormNote;
use crate::i18n::{Locale, tr, use_locale};
use crate::pages::trouble_text;
use domain::view::UserView;
use domain::{Code, Role, UserId};
use leptos::prelude::*;

/// A user's role and whether they may sign in.
#[component]
pub fn EditDialog(
    /// The user as they are.
    user: UserView,
    /// Who looks.
    me: UserId,
    /// The role of who looks.
    role: Role,
    /// Called when it was closed.
    on_close: Callback<()>,
    /// Called when something was changed.
    on_done: Callback<()>,
) -> impl IntoView {
    let locale = use_locale();
    let handle = DialogHandle::new();
    let set_role = ServerAction::<SetRole>::new();
    let set_blocked = ServerAction::<SetBlocked>::new();
    let answers = [set_role.value(), set_blocked.value()];
    let note = move || {
        answers.into_iter().find_map(|answer| {
            answer.with(|answer| {
                let error = answer.as_ref()?.as_ref().err()?;
                Some(view! { <FormNote text=refusal(locale, error) /> })
            })
        })
    };
    Effect::new(move || {
        if answers
            .into_iter()
            .any(|answer| answer.with(|answer| matches!(answer, Some(Ok(())))))
        {
            handle.close();
            on_done.run(());
        }
    });
    let id = user.id.to_string();
    let is_blocked = user.is_blocked;
    // Nobody shuts themselves out.
    let may_block = user.id != me;
    let block_label = if is_blocked {
        tr!(locale, account.users.unblock)
    } else {
        tr!(locale, account.users.block)
    };
    let block_class = if is_blocked { "btn" } else { "btn danger" };
    view! {
        <Dialog title=user.name.clone() handle on_close>
            <ActionForm action=set_role>
                <input type="hidden" name="user" value=id.clone() />
                <div class="modal-body">
                    {note}
                    <RoleChoice giver=role chosen=user.role />
                </div>
                <footer class="modal-foot">
                    {may_block
                        .then(|| {
                            view! {
                                <button
                                    class=block_class
                                    type="button"
                                    on:click=move |_| {
                                        set_blocked
                                            .dispatch(SetBlocked {
                                                user: user.id,
                                                is_blocked: !is_blocked,
                                            });
                                    }
                                >
                                    {block_label}
                                </button>
                            }
                        })}
                    <CancelButton handle />
                    <SubmitButton
                        label=tr!(locale, account.users.save_role)
                        is_pending=set_role.pending()
                    />
                </footer>
            </ActionForm>
        </Dialog>
    }
    .into_any()
}

/// Why it was refused: a conflict is always the last super admin, since the page offers nobody themselves.
fn refusal(locale: Locale, error: &AppError) -> String {
    match error.code() {
        Code::Conflict => tr!(locale, account.users.last_super_admin).to_owned(),
        _ => trouble_text(locale, error),
    }
}
