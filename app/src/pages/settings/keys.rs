//! `/settings/keys`: keys for programs. A secret is shown once, when it is made.

mod calls;
mod create;
mod revoke;

pub(in crate::pages) use calls::CreateKey;

use super::SettingsPage;
use crate::AppError;
use crate::format::{ago, day};
use crate::i18n::{tr, use_locale};
use crate::icons::{self, Icon};
use crate::layout::{WithViewer, role_name};
use crate::pages::Trouble;
use crate::wire::Told;
use calls::list_keys;
use chrono::{DateTime, Utc};
use create::CreateDialog;
use domain::Permission;
use domain::view::{KeyView, Viewer};
use leptos::prelude::*;
use leptos_router::components::A;
use leptos_router::{LazyRoute, lazy_route};
use revoke::RevokeDialog;

/// The page of the store's API keys.
pub struct KeysPage {
    keys: Told<Result<Vec<KeyView>, AppError>>,
}

#[lazy_route]
impl LazyRoute for KeysPage {
    fn data() -> Self {
        Self {
            keys: crate::wire::told_first(|| (), |()| list_keys()),
        }
    }

    fn view(this: Self) -> AnyView {
        let KeysPage { keys } = this;
        view! {
            <WithViewer let:viewer>
                <Keys viewer keys />
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
) -> impl IntoView {
    let locale = use_locale();
    let is_creating = RwSignal::new(false);
    let revoking = RwSignal::new(None::<KeyView>);
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
                                            .map(|key| view! { <Row key now offset revoking /> })
                                            .collect_view()}
                                    </tbody>
                                </table>
                            }
                                .into_any()
                        }
                    }
                })}
            </Transition>
            <Show when=move || is_creating.get()>
                <CreateDialog
                    giver=role
                    on_close=Callback::new(move |()| is_creating.set(false))
                    on_done=Callback::new(move |()| keys.refetch())
                />
            </Show>
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
    let end = if let Some(at) = key.revoked_at {
        view! {
            <span class="chip" title=day(locale, at, offset)>
                <Icon glyph=icons::BAN />
                {tr!(locale, account.keys.revoked)}
            </span>
        }
        .into_any()
    } else {
        let key = key.clone();
        view! {
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
        <tr role="row" class:off=key.revoked_at.is_some()>
            <td role="cell">
                <span class="trunc">
                    <bdi class="strong">{key.name.clone()}</bdi>
                    <br />
                    <code class="dim">{key.prefix.clone()} "…"</code>
                </span>
            </td>
            <td role="cell">{role_name(locale, key.role)}</td>
            <td role="cell" class="dim">
                <time datetime=key.created_at.to_rfc3339()>{day(locale, key.created_at, offset)}</time>
            </td>
            <td role="cell" class="dim">{used}</td>
            <td role="cell" class="acts">{end}</td>
        </tr>
    }
    .into_any()
}
