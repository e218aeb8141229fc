//! `/settings/keys`: keys for programs. A secret is shown once, when it is made.

mod calls;
mod create;
mod revoke;
mod rotate;

pub(in crate::pages) use calls::CreateKey;

use super::SettingsPage;
use super::roles::{activity_words, list_roles};
use crate::AppError;
use crate::format::{ago, day};
use crate::i18n::{Locale, tr, use_locale};
use crate::icons::{self, Icon};
use crate::layout::{WithViewer, role_words};
use crate::pages::Trouble;
use crate::parts::{Page, Panel, Place};
use crate::wire::Told;
use calls::list_keys;
use chrono::{DateTime, Utc};
use create::CreateDialog;
use domain::view::{KeyView, RoleView, Viewer};
use domain::{ActivityAccess, Permission};
use leptos::prelude::*;
use leptos_router::components::A;
use revoke::RevokeDialog;
use rotate::RotateDialog;

/// The page of the store's API keys.
pub struct KeysPage {
    keys: Told<Result<Vec<KeyView>, AppError>>,
    roles: Told<Result<Vec<RoleView>, AppError>>,
}

impl Page for KeysPage {
    const PLACE: Place = Place::Panel(Panel::Keys);

    fn start() -> Self {
        Self {
            keys: crate::wire::told_first(|| (), |()| list_keys()),
            roles: crate::wire::told_first(|| (), |()| list_roles()),
        }
    }

    fn shown(self) -> AnyView {
        let KeysPage { keys, roles } = self;
        view! {
            <WithViewer let:viewer>
                <Keys viewer keys roles />
            </WithViewer>
        }
        .into_any()
    }
}

#[component]
fn Keys(
    /// Who is signed in.
    viewer: Viewer,
    /// The store's keys.
    keys: Told<Result<Vec<KeyView>, AppError>>,
    /// The roles that they can have.
    roles: Told<Result<Vec<RoleView>, AppError>>,
) -> impl IntoView {
    let locale = use_locale();
    let is_creating = RwSignal::new(false);
    let revoking = RwSignal::new(None::<KeyView>);
    let rotating = RwSignal::new(None::<KeyView>);
    let (role, now, offset) = (viewer.role, viewer.now, viewer.offset_minutes);
    view! {
        <SettingsPage
            viewer
            title=tr!(locale, common.place.keys)
            needs=Permission::ManageKeys
            actions=move || {
                view! {
                    <button class="btn small primary" type="button" on:click=move |_| is_creating.set(true)>
                        <Icon glyph=icons::PLUS />
                        {tr!(locale, account.keys.create)}
                    </button>
                }
            }
        >
            <p class="lead">
                {tr!(locale, account.keys.lead)} " "
                <A href="/connect" attr:class="link">
                    {tr!(locale, account.keys.how)}
                </A>
            </p>
            <Transition>
                {move || Suspend::new(async move {
                    match keys.await {
                        Err(error) => view! { <Trouble error /> }.into_any(),
                        Ok(keys) if keys.is_empty() => {
                            view! {
                                <div class="blank">
                                    <Icon glyph=icons::KEY_ROUND />
                                    <h2>{tr!(locale, account.keys.none)}</h2>
                                    <p>{tr!(locale, account.keys.none_text)}</p>
                                </div>
                            }
                                .into_any()
                        }
                        Ok(keys) => {
                            view! {
                                <table class="list" role="table">
                                    <thead role="rowgroup">
                                        <tr role="row">
                                            <th role="columnheader" scope="col">{tr!(locale, account.keys.name)}</th>
                                            <th role="columnheader" scope="col">{tr!(locale, account.users.role)}</th>
                                            <th role="columnheader" scope="col">{tr!(locale, account.keys.made)}</th>
                                            <th role="columnheader" scope="col">{tr!(locale, account.keys.used)}</th>
                                            <th role="columnheader" scope="col">
                                                <span class="vh">{tr!(locale, account.keys.revoke)}</span>
                                            </th>
                                        </tr>
                                    </thead>
                                    <tbody role="rowgroup">
                                        {keys
                                            .into_iter()
                                            .map(|key| view! { <Row key now offset revoking rotating /> })
                                            .collect_view()}
                                    </tbody>
                                </table>
                            }
                                .into_any()
                        }
                    }
                })}
            </Transition>
            <Show when=move || is_creating.get() && roles.with(Option::is_some)>
                <CreateDialog
                    giver=role
                    roles=roles.get().unwrap_or_else(|| Ok(Vec::new()))
                    on_close=Callback::new(move |()| {
                        is_creating.set(false);
                        // What could not be read is there the next time.
                        if matches!(roles.get_untracked(), Some(Err(_))) {
                            roles.refetch();
                        }
                    })
                    on_done=Callback::new(move |()| keys.refetch())
                />
            </Show>
            {move || {
                rotating
                    .get()
                    .map(|key| {
                        view! {
                            <RotateDialog
                                key
                                on_close=Callback::new(move |()| rotating.set(None))
                                on_done=Callback::new(move |()| keys.refetch())
                            />
                        }
                    })
            }}
            {move || {
                revoking
                    .get()
                    .map(|key| {
                        view! {
                            <RevokeDialog
                                key
                                on_close=Callback::new(move |()| revoking.set(None))
                                on_done=Callback::new(move |()| keys.refetch())
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
    /// The key.
    key: KeyView,
    /// Now.
    now: DateTime<Utc>,
    /// What the store's clock adds to UTC, in minutes.
    offset: i32,
    /// The key whose dialog is open.
    revoking: RwSignal<Option<KeyView>>,
    /// The key that is to get another secret.
    rotating: RwSignal<Option<KeyView>>,
) -> impl IntoView {
    let locale = use_locale();
    let label = tr!(locale, account.keys.revoke_named, name = key.name.clone());
    let used = match key.last_used_at {
        None => tr!(locale, account.keys.never).into_any(),
        Some(at) => {
            view! { <time datetime=at.to_rfc3339() title=day(locale, at, offset)>{ago(locale, now, at)}</time> }
                .into_any()
        }
    };
    let is_over = key.expires_at.is_some_and(|at| at <= now);
    let limits = limits(locale, &key, now, offset)
        .into_iter()
        .map(|line| view! { <small class="limits dim">{line}</small> })
        .collect_view();
    let from = key
        .last_used_ip
        .clone()
        .map(|ip| format!(" {}", tr!(locale, access.keys.from, ip = ip)));
    let role = role_words(locale, key.role, key.role_name.as_deref());
    let end = if let Some(at) = key.revoked_at {
        view! {
            <span class="chip" title=day(locale, at, offset)>
                <Icon glyph=icons::BAN />
                {tr!(locale, account.keys.revoked)}
            </span>
        }
        .into_any()
    } else {
        let rotated = key.clone();
        let key = key.clone();
        let rotate_label = tr!(locale, access.keys.rotate_named, name = key.name.clone());
        view! {
            <button
                class="btn small"
                type="button"
                aria-label=rotate_label
                on:click=move |_| rotating.set(Some(rotated.clone()))
            >
                {tr!(locale, access.keys.rotate)}
            </button>
            " "
            <button
                class="btn small danger"
                type="button"
                aria-label=label
                on:click=move |_| revoking.set(Some(key.clone()))
            >
                {tr!(locale, account.keys.revoke)}
            </button>
        }
        .into_any()
    };
    view! {
        <tr role="row" class:off=key.revoked_at.is_some() || is_over>
            <td role="cell">
                <span class="trunc">
                    <bdi class="strong">{key.name.clone()}</bdi>
                    <br />
                    <code class="dim">{key.prefix.clone()} "…"</code>
                </span>
            </td>
            <td role="cell">
                <bdi>{role}</bdi>
                {limits}
            </td>
            <td role="cell" class="dim">
                <time datetime=key.created_at.to_rfc3339()>{day(locale, key.created_at, offset)}</time>
            </td>
            <td role="cell" class="dim">{used} {from}</td>
            <td role="cell" class="acts">{end}</td>
        </tr>
    }
    .into_any()
}

/// To what a key is narrowed and when it ends, a line each.
fn limits(locale: Locale, key: &KeyView, now: DateTime<Utc>, offset: i32) -> Vec<String> {
    let categories = key
        .categories
        .map(|set| activity_words(locale, ActivityAccess::Categories(set)));
    let networks = (!key.networks.is_empty()).then(|| {
        let networks = key.networks.iter();
        // Each keeps its own direction.
        let networks: Vec<_> = networks
            .map(|network| format!("\u{2068}{network}\u{2069}"))
            .collect();
        let networks = networks.join(tr!(locale, common.and));
        tr!(locale, access.keys.only_from, networks = networks)
    });
    let end = key.expires_at.map(|at| {
        if at <= now {
            tr!(locale, access.keys.ended).to_owned()
        } else {
            tr!(locale, access.keys.ends, day = day(locale, at, offset))
        }
    });
    let old_secret = key
        .old_secret_until
        .filter(|at| *at > now)
        .map(|at| tr!(locale, access.keys.old_until, day = day(locale, at, offset)));
    [categories, networks, end, old_secret]
        .into_iter()
        .flatten()
        .collect()
}
