//! `/settings/users`: who may sign in to the store, and as what.

mod add;
mod calls;
mod edit;

use super::SettingsPage;
use crate::AppError;
use crate::format::{ago, day};
use crate::i18n::{Locale, tr, use_locale};
use crate::icons::{self, Icon};
use crate::layout::{Avatar, WithViewer, role_name};
use crate::pages::Trouble;
use crate::wire::Told;
use add::AddDialog;
use calls::list_users;
use chrono::{DateTime, Utc};
use domain::view::{UserView, Viewer};
use domain::{Permission, Role};
use edit::EditDialog;
use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};

/// The page of the store's users.
pub struct UsersPage {
    users: Told<Result<Vec<UserView>, AppError>>,
}

#[lazy_route]
impl LazyRoute for UsersPage {
    fn data() -> Self {
        Self {
            users: crate::wire::told_first(|| (), |()| list_users()),
        }
    }

    fn view(this: Self) -> AnyView {
        let UsersPage { users } = this;
        view! {
            <WithViewer let:viewer>
                <Users viewer users />
            </WithViewer>
        }
        .into_any()
    }
}

#[component]
fn Users(
    /// Who is signed in.
    viewer: Viewer,
    /// The store's users.
    users: Told<Result<Vec<UserView>, AppError>>,
) -> impl IntoView {
    let locale = use_locale();
    let is_adding = RwSignal::new(false);
    let editing = RwSignal::new(None::<UserView>);
    let changed = Callback::new(move |()| users.refetch());
    let role = viewer.role;
    let me = viewer.id;
    let now = viewer.now;
    let offset = viewer.offset_minutes;
    view! {
        <SettingsPage
            viewer
            title=tr!(locale, common.place.users)
            needs=Permission::ManageUsers
            actions=move || {
                view! {
                    <button class="btn small primary" type="button" on:click=move |_| is_adding.set(true)>
                        <Icon glyph=icons::PLUS />
                        {tr!(locale, account.users.add)}
                    </button>
                }
            }
        >
            <Transition>
                {move || Suspend::new(async move {
                    match users.await {
                        Err(error) => view! { <Trouble error /> }.into_any(),
                        Ok(users) => {
                            view! {
                                <table class="list" role="table">
                                    <thead role="rowgroup">
                                        <tr role="row">
                                            <th role="columnheader" scope="col">{tr!(locale, account.users.name)}</th>
                                            <th role="columnheader" scope="col">{tr!(locale, account.users.role)}</th>
                                            <th role="columnheader" scope="col">{tr!(locale, account.users.last_here)}</th>
                                            <th role="columnheader" scope="col">
                                                <span class="vh">{tr!(locale, account.users.change)}</span>
                                            </th>
                                        </tr>
                                    </thead>
                                    <tbody role="rowgroup">
                                        {users
                                            .into_iter()
                                            .map(|user| {
                                                view! { <Row user me role now offset editing /> }
                                            })
                                            .collect_view()}
                                    </tbody>
                                </table>
                            }
                                .into_any()
                        }
                    }
                })}
            </Transition>
            <Show when=move || is_adding.get()>
                <AddDialog role on_close=Callback::new(move |()| is_adding.set(false)) on_done=changed />
            </Show>
            {move || {
                editing
                    .get()
                    .map(|user| {
                        view! {
                            <EditDialog user me role on_close=Callback::new(move |()| editing.set(None)) on_done=changed />
                        }
                    })
            }}
        </SettingsPage>
    }
    .into_any()
}

#[component]
fn Row(
    /// The user.
    user: UserView,
    /// Who looks.
    me: domain::UserId,
    /// The role of who looks.
    role: Role,
    /// Now.
    now: DateTime<Utc>,
    /// What the store's clock adds to UTC, in minutes.
    offset: i32,
    /// The user whose dialog is open.
    editing: RwSignal<Option<UserView>>,
) -> impl IntoView {
    let locale = use_locale();
    let may_change = role.may_assign(user.role);
    let label = tr!(locale, account.users.change_named, name = user.name.clone());
    let is_me = user.id == me;
    view! {
        <tr role="row">
            <td role="cell">
                <span class="person">
                    <Avatar name=user.name.clone() is_large=true />
                    <span class="trunc">
                        <bdi class="strong">{user.name.clone()}</bdi>
                        {is_me.then(|| view! { " " <span class="chip">{tr!(locale, account.users.you)}</span> })}
                        <br />
                        <bdi class="dim" dir="ltr">{user.email.clone()}</bdi>
                    </span>
                </span>
            </td>
            <td role="cell">
                {role_name(locale, user.role)}
                {user
                    .is_blocked
                    .then(|| {
                        view! {
                            " "
                            <span class="chip failed">
                                <Icon glyph=icons::BAN />
                                {tr!(locale, account.users.blocked)}
                            </span>
                        }
                    })}
            </td>
            <td role="cell" class="dim">{last_here(locale, user.last_seen_at, now, offset)}</td>
            <td role="cell" class="acts">
                {may_change
                    .then(|| {
                        view! {
                            <button
                                class="btn small"
                                type="button"
                                aria-label=label
                                on:click=move |_| editing.set(Some(user.clone()))
                            >
                                {tr!(locale, account.users.change)}
                            </button>
                        }
                    })}
            </td>
        </tr>
    }
    .into_any()
}

fn last_here(
    locale: Locale,
    at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
    offset: i32,
) -> AnyView {
    match at {
        None => tr!(locale, account.users.never).into_any(),
        Some(at) => {
            view! { <time datetime=at.to_rfc3339() title=day(locale, at, offset)>{ago(locale, now, at)}</time> }
                .into_any()
        }
    }
}

/// A choice of role with what each may do, as far as the person may give it.
#[component]
fn RoleChoice(
    /// The role of who gives it.
    giver: Role,
    /// The role chosen at first.
    chosen: Role,
) -> impl IntoView {
    let locale = use_locale();
    view! {
        <fieldset class="field roles">
            <legend class="label">{tr!(locale, account.users.role)}</legend>
            {Role::ALL
                .into_iter()
                .filter(|role| giver.may_assign(*role))
                .map(|role| {
                    view! {
                        <label>
                            <input type="radio" name="role" value=role.as_str() checked=role == chosen />
                            <span>
                                <b>{role_name(locale, role)}</b>
                                <small>{role_text(locale, role)}</small>
                            </span>
                        </label>
                    }
                })
                .collect_view()}
        </fieldset>
    }
    .into_any()
}

/// What a role may do, in a line.
fn role_text(locale: Locale, role: Role) -> &'static str {
    match role {
        Role::SuperAdmin => tr!(locale, account.role_text.super_admin),
        Role::Admin => tr!(locale, account.role_text.admin),
        Role::Manager => tr!(locale, account.role_text.manager),
        Role::StoreKeeper => tr!(locale, account.role_text.store_keeper),
        Role::Staff => tr!(locale, account.role_text.staff),
        Role::Auditor => tr!(locale, account.role_text.auditor),
    }
}
