//! `/settings/users`: who may sign in to the store, and as what.

mod add;
mod calls;
mod edit;
mod link;

use super::SettingsPage;
use super::roles::list_roles;
use crate::AppError;
use crate::format::{ago, day};
use crate::i18n::{Locale, tr, use_locale};
use crate::icons::{self, Icon};
use crate::layout::{Avatar, WithViewer, role_words};
use crate::pages::Trouble;
use crate::parts::{Page, Panel, Place};
use crate::wire::Told;
use add::AddDialog;
use calls::list_users;
use chrono::{DateTime, Utc};
use domain::view::{RoleView, UserView, Viewer};
use domain::{Permission, Role};
use edit::EditDialog;
use leptos::prelude::*;

/// The page of the store's users.
pub struct UsersPage {
    users: Told<Result<Vec<UserView>, AppError>>,
    roles: Told<Result<Vec<RoleView>, AppError>>,
}

impl Page for UsersPage {
    const PLACE: Place = Place::Panel(Panel::Users);

    fn start() -> Self {
        Self {
            users: crate::wire::told_first(|| (), |()| list_users()),
            roles: crate::wire::told_first(|| (), |()| list_roles()),
        }
    }

    fn shown(self) -> AnyView {
        let UsersPage { users, roles } = self;
        view! {
            <WithViewer let:viewer>
                <Users viewer users roles />
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
    /// The roles that they can have.
    roles: Told<Result<Vec<RoleView>, AppError>>,
) -> impl IntoView {
    let locale = use_locale();
    let is_adding = RwSignal::new(false);
    let known = move || roles.get().and_then(Result::ok).unwrap_or_default();
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
                        {tr!(locale, access.users.invite)}
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
                <AddDialog role roles=known() on_close=Callback::new(move |()| is_adding.set(false)) on_done=changed />
            </Show>
            {move || {
                editing
                    .get()
                    .map(|user| {
                        view! {
                            <EditDialog
                                user
                                me
                                role
                                roles=known()
                                on_close=Callback::new(move |()| editing.set(None))
                                on_done=changed
                            />
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
    let role_words = role_words(locale, user.role, user.role_name.as_deref());
    let sessions = u64::from(user.sessions);
    let state = if user.is_invited {
        tr!(locale, access.users.invited).into_any()
    } else {
        last_here(locale, user.last_seen_at, now, offset)
    };
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
                <bdi>{role_words}</bdi>
                {user
                    .has_second_factor
                    .then(|| {
                        view! {
                            " "
                            <span class="chip" title=tr!(locale, access.users.has_factor)>
                                <Icon glyph=icons::SHIELD_CHECK />
                                <span class="vh">{tr!(locale, access.users.has_factor)}</span>
                            </span>
                        }
                    })}
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
            <td role="cell" class="dim">
                {state}
                {(sessions > 0)
                    .then(|| view! { " · " {tr!(locale, access.users.sessions, count = sessions)} })}
            </td>
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
