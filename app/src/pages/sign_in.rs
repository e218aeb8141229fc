//! `/sign-in`. A plain form: the server answers it, and leads back here with `problem=` when it refuses.

use super::gate::Gate;
use super::ways::{PasskeyButton, read_ways};
use crate::AppError;
use crate::form::{FormNote, TextField};
use crate::i18n::{Locale, tr, use_locale};
use crate::icons::{self, Icon};
use crate::parts::{Door, Page, Place};
use crate::wire::Told;
use domain::view::SignInWays;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use leptos_router::params::ParamsMap;

/// The sign-in page.
pub struct SignInPage {
    ways: Told<Result<SignInWays, AppError>>,
}

impl Page for SignInPage {
    const PLACE: Place = Place::Door(Door::SignIn);

    fn start() -> Self {
        Self {
            ways: crate::wire::told_first(|| (), |()| read_ways()),
        }
    }

    fn shown(self) -> AnyView {
        let SignInPage { ways } = self;
        view! { <SignIn ways /> }.into_any()
    }
}

#[component]
fn SignIn(
    /// The ways in besides the password.
    ways: Told<Result<SignInWays, AppError>>,
) -> impl IntoView {
    let locale = use_locale();
    let query = use_query_map().get_untracked();
    let email = query.get("email").unwrap_or_default();
    let next = query.get("next");
    let afterwards = next.clone();
    let minutes = query.get("minutes").and_then(|text| text.parse().ok());
    let left = query.get("left").and_then(|text| text.parse::<u64>().ok());
    let problem = query.get("problem");
    let is_wrong = problem.as_deref() == Some("wrong");
    let note = problem
        .filter(|_| !is_wrong)
        .map(|code| refusal(locale, &code, minutes));
    let is_known = !email.is_empty();
    let wrong = is_wrong.then(|| match left {
        Some(left) => tr!(locale, access.wrong_left, count = left),
        None => tr!(locale, account.sign_in.wrong).to_owned(),
    });
    let notice = (query.get("notice").as_deref() == Some("password_set"))
        .then(|| tr!(locale, access.set_password.done));
    view! {
        <Title text=format!("{} · Storetrail", tr!(locale, account.sign_in.button)) />
        <Gate>
            <div class="gate-body">
            <form method="post" action="/sign-in">
                <div>
                    <h1 id="h">{tr!(locale, account.sign_in.title)}</h1>
                    <p class="soft">{tr!(locale, account.own_accounts)}</p>
                </div>
                {note.map(|text| view! { <FormNote text /> })}
                {notice
                    .map(|text| {
                        view! {
                            <div class="note success" role="status">
                                <Icon glyph=icons::CIRCLE_CHECK />
                                <p>{text}</p>
                            </div>
                        }
                    })}
                {next.map(|next| view! { <input type="hidden" name="next" value=next /> })}
                <TextField
                    name="email"
                    label=tr!(locale, account.field.email)
                    kind="email"
                    autocomplete="username"
                    is_code=true
                    is_required=true
                    is_first=!is_known
                    value=email
                />
                <TextField
                    name="password"
                    label=tr!(locale, account.field.password)
                    kind="password"
                    autocomplete="current-password"
                    is_code=true
                    is_required=true
                    is_first=is_known
                    error=Signal::stored(wrong)
                />
                <button class="btn primary">{tr!(locale, account.sign_in.button)}</button>
                <p class="hint">
                    <a class="link" href="/forgot">
                        {tr!(locale, access.forgotten.ask)}
                    </a>
                </p>
            </form>
            <Transition>
                {move || {
                    let next = afterwards.clone();
                    Suspend::new(async move {
                        let ways = ways.await.ok()?;
                        let ownerless = (!ways.has_owner)
                            .then(|| {
                                view! {
                                    <div class="note" role="status">
                                        <Icon glyph=icons::CIRCLE_ALERT />
                                        <p>{tr!(locale, account.sign_in.ownerless)}</p>
                                    </div>
                                }
                            });
                        Some(view! { {ownerless} <OtherWays ways next /> })
                    })
                }}
            </Transition>
            </div>
        </Gate>
    }
    .into_any()
}

/// The ways in besides the password, if there are any.
#[component]
fn OtherWays(
    /// Which.
    ways: SignInWays,
    /// Where to go afterwards.
    next: Option<String>,
) -> impl IntoView {
    let locale = use_locale();
    if !ways.passkeys && ways.providers.is_empty() {
        return ().into_any();
    }
    let providers = ways.providers.into_iter().map({
        let next = next.clone();
        move |(id, name)| {
            let mut params = ParamsMap::new();
            if let Some(next) = next.clone() {
                params.insert("next", next);
            }
            let href = format!("/sign-in/openid/{id}{}", params.to_query_string());
            // The server sends the browser away: no page of the app.
            view! {
                <a class="btn" href=href rel="external">
                    <Icon glyph=icons::LOG_IN />
                    {tr!(locale, access.openid.button, name = name)}
                </a>
            }
        }
    });
    view! {
        <div class="ways-in" role="group" aria-label=tr!(locale, access.other_ways)>
            {ways.passkeys.then(|| view! { <PasskeyButton is_step=false next /> })}
            {providers.collect_view()}
        </div>
    }
    .into_any()
}

/// Why the server sent one back, in words. `minutes` is how long it lets nobody try.
pub(super) fn refusal(locale: Locale, code: &str, minutes: Option<u64>) -> String {
    let text = match code {
        "locked" | "rate_limited" => {
            return tr!(locale, access.locked, count = minutes.unwrap_or(1).max(1));
        }
        "expired" => tr!(locale, account.sign_in.expired),
        "blocked" => tr!(locale, account.sign_in.blocked),
        "no_store" => tr!(locale, account.sign_in.no_store),
        "unavailable" => tr!(locale, account.sign_in.busy),
        "no_passkey" => tr!(locale, access.passkey.wrong),
        "openid_refused" => tr!(locale, access.openid.refused),
        "openid_failed" => tr!(locale, access.openid.failed),
        "openid_unverified" => tr!(locale, access.openid.unverified),
        "openid_nobody" => tr!(locale, access.openid.nobody),
        _ => tr!(locale, common.trouble.failed),
    };
    text.to_owned()
}
