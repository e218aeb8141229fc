//! Changing a user: role, link for a password, sessions, second factor, blocking, taking their role away.

use super::calls::{ChangeUser, SendLink, SetRole, UserChange};
use super::link::Handed;
use crate::AppError;
use crate::account::proof::{is_wanted, use_proof};
use crate::dialog::{CancelButton, Dialog, DialogHandle, SubmitButton};
use crate::form::FormNote;
use crate::i18n::{Locale, tr, use_locale};
use crate::icons::{self, Glyph, Icon};
use crate::layout::role_called;
use crate::pages::settings::role_choice::{RoleChoice, offered, role_text};
use crate::pages::{stale_text, trouble_text};
use domain::view::{RoleView, UserView};
use domain::{Code, Role, UserId};
use leptos::html;
use leptos::prelude::*;

/// A user's role, and what else can be done.
#[component]
pub fn EditDialog(
    /// The user as they are.
    user: UserView,
    /// Who looks.
    me: UserId,
    /// The role of who looks.
    role: Role,
    /// The roles there are.
    roles: Vec<RoleView>,
    /// Called when it was closed.
    on_close: Callback<()>,
    /// Called when something was changed.
    on_done: Callback<()>,
) -> impl IntoView {
    let locale = use_locale();
    let proof = use_proof();
    let handle = DialogHandle::new();
    let set_role = ServerAction::<SetRole>::new();
    let change = ServerAction::<ChangeUser>::new();
    let send = ServerAction::<SendLink>::new();
    let form = NodeRef::<html::Form>::new();
    let asked = RwSignal::new(None::<UserChange>);
    let id = user.id;
    let done = move || {
        handle.close();
        on_done.run(());
    };
    let failed = RwSignal::new(None::<AppError>);
    let fail = move |error: AppError, again: Callback<()>| {
        proof.ask(&error, move || again.run(()));
        if error.0.is_stale() {
            on_done.run(());
        }
        failed.set(Some(error).filter(|error| !is_wanted(error)));
    };
    Effect::watch(
        move || set_role.version().get(),
        move |_, _, _| match set_role.value().get_untracked() {
            Some(Ok(())) => done(),
            Some(Err(error)) => fail(
                error,
                Callback::new(move |()| {
                    if let Some(form) = form.get_untracked() {
                        let _ = form.request_submit();
                    }
                }),
            ),
            None => {}
        },
        false,
    );
    // What is being done, so that it can be done again after a proof.
    let doing = StoredValue::new(None::<UserChange>);
    let start = move |what: UserChange| {
        doing.set_value(Some(what));
        change.dispatch(ChangeUser {
            user: id,
            change: what,
        });
    };
    Effect::watch(
        move || change.version().get(),
        move |_, _, _| match change.value().get_untracked() {
            Some(Ok(())) => done(),
            Some(Err(error)) => fail(
                error,
                Callback::new(move |()| {
                    if let Some(what) = doing.get_value() {
                        start(what);
                    }
                }),
            ),
            None => {}
        },
        false,
    );
    let send_it = move || {
        send.dispatch(SendLink { user: id });
    };
    Effect::watch(
        move || send.version().get(),
        move |_, _, _| match send.value().get_untracked() {
            Some(Err(error)) => fail(error, Callback::new(move |()| send_it())),
            _ => on_done.run(()),
        },
        false,
    );
    let sent = Memo::new(move |_| {
        send.value()
            .with(|answer| answer.as_ref()?.as_ref().ok().cloned())
    });
    let note = move || {
        failed
            .get()
            .map(|error| view! { <FormNote text=refusal(locale, asked.get(), &error) /> })
    };
    let chosen = user.role.id();
    let was = chosen.clone();
    let roles = StoredValue::new(offered(roles, |other| role.may_assign(other)));
    let is_me = user.id == me;
    let acts = StoredValue::new(acts_of(locale, &user, is_me));
    let link_label = if user.is_invited {
        tr!(locale, access.users.invite_again)
    } else {
        tr!(locale, access.users.send_link)
    };
    let is_form = move || asked.get().is_none() && sent.get().is_none();
    view! {
        <Dialog title=user.name.clone() handle on_close>
            {move || sent.get().map(|sent| view! { <Handed sent handle /> })}
            {move || {
                asked
                    .get()
                    .filter(|_| sent.get().is_none())
                    .map(|what| {
                        let (question, label) = question(locale, what);
                        view! {
                            <div class="modal-body">
                                {note} <p>{question}</p>
                                <p class="soft">{tr!(locale, access.users.recorded)}</p>
                            </div>
                            <footer class="modal-foot">
                                <button class="btn push" type="button" on:click=move |_| asked.set(None)>
                                    {tr!(locale, access.back)}
                                </button>
                                <button class="btn danger-solid" type="button" on:click=move |_| start(what)>
                                    {label}
                                </button>
                            </footer>
                        }
                    })
            }}
            <ActionForm action=set_role node_ref=form attr:hidden=move || !is_form()>
                <input type="hidden" name="user" value=id.to_string() />
                <input type="hidden" name="was" value=was />
                <div class="modal-body">
                    {move || is_form().then_some(note)}
                    <RoleChoice
                        roles=roles.get_value()
                        chosen=chosen.clone()
                        legend=tr!(locale, account.users.role)
                        text=role_text
                    />
                    <ul class="acts-list" aria-label=tr!(locale, access.users.more)>
                        <li>
                            <button type="button" on:click=move |_| send_it()>
                                <Icon glyph=icons::LINK />
                                {link_label}
                            </button>
                        </li>
                        {acts
                            .get_value()
                            .into_iter()
                            .map(|(what, glyph, label)| {
                                let is_asked = matches!(what, UserChange::ResetFactor | UserChange::Remove);
                                view! {
                                    <li>
                                        <button
                                            type="button"
                                            class:danger=matches!(what, UserChange::Block | UserChange::Remove)
                                            on:click=move |_| if is_asked { asked.set(Some(what)) } else { start(what) }
                                        >
                                            <Icon glyph />
                                            {label}
                                        </button>
                                    </li>
                                }
                            })
                            .collect_view()}
                    </ul>
                </div>
                <footer class="modal-foot">
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

/// What can be done with a user as they are. Nobody shuts themselves out.
fn acts_of(locale: Locale, user: &UserView, is_me: bool) -> Vec<(UserChange, Glyph, String)> {
    let mut acts = Vec::new();
    let sessions = u64::from(user.sessions);
    if sessions > 0 && !is_me {
        let words = tr!(locale, access.users.end_sessions, count = sessions);
        acts.push((UserChange::EndSessions, icons::LOG_OUT, words));
    }
    if user.has_second_factor && !is_me {
        let words = tr!(locale, access.users.reset_factor).to_owned();
        acts.push((UserChange::ResetFactor, icons::SHIELD, words));
    }
    if !is_me {
        let (change, words) = if user.is_blocked {
            (UserChange::Unblock, tr!(locale, account.users.unblock))
        } else {
            (UserChange::Block, tr!(locale, account.users.block))
        };
        acts.push((change, icons::BAN, words.to_owned()));
        let words = tr!(locale, access.users.remove).to_owned();
        acts.push((UserChange::Remove, icons::USER_X, words));
    }
    acts
}

/// What is asked before it is done, and the button that does it.
fn question(locale: Locale, what: UserChange) -> (&'static str, &'static str) {
    match what {
        UserChange::ResetFactor => (
            tr!(locale, access.users.reset_question),
            tr!(locale, access.users.reset_factor),
        ),
        _ => (
            tr!(locale, access.users.remove_question),
            tr!(locale, access.users.remove),
        ),
    }
}

/// Why it was refused: a conflict is the last super admin, since the page offers nobody themselves, or a change that came
/// too late. `asked` is what they were asked about before it was tried.
fn refusal(locale: Locale, asked: Option<UserChange>, error: &AppError) -> String {
    let stale = stale_text(locale, error, |field, value| {
        let role = value.as_str().filter(|_| field == "role")?;
        Some(format!(
            "{}: {}",
            tr!(locale, account.users.role),
            role_called(locale, role)
        ))
    });
    if let Some(stale) = stale {
        return stale;
    }
    match error.code() {
        Code::Conflict => tr!(locale, account.users.last_super_admin).to_owned(),
        Code::NotFound if asked == Some(UserChange::ResetFactor) => {
            tr!(locale, access.users.no_factor).to_owned()
        }
        _ => trouble_text(locale, error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Problem;

    #[test]
    fn that_there_was_no_second_factor_is_said_to_who_asked_to_take_it_away() {
        let none = AppError(Problem::new(Code::NotFound, "no second factor"));
        for locale in [Locale::en, Locale::ar] {
            let told = refusal(locale, Some(UserChange::ResetFactor), &none);
            assert_eq!(told, tr!(locale, access.users.no_factor));
            for other in [None, Some(UserChange::Remove)] {
                assert_eq!(refusal(locale, other, &none), trouble_text(locale, &none));
            }
        }
    }
}
