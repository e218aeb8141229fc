//! `/sign-in/code`: the second step of signing in. A plain form, as the first one.

use super::gate::Gate;
use super::sign_in::refusal;
use super::ways::{PasskeyButton, read_step};
use crate::AppError;
use crate::form::{FieldError, FormNote};
use crate::i18n::{tr, use_locale};
use crate::parts::{Door, Page, Place};
use crate::wire::Told;
use domain::view::Factors;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use leptos_router::params::ParamsMap;

/// The page of the second step.
pub struct CodePage {
    factors: Told<Result<Option<Factors>, AppError>>,
}

impl Page for CodePage {
    const PLACE: Place = Place::Door(Door::Code);

    fn start() -> Self {
        Self {
            factors: crate::wire::told_first(|| (), |()| read_step()),
        }
    }

    fn shown(self) -> AnyView {
        let CodePage { factors } = self;
        view! {
            <Gate>
                <div class="gate-body">
                <Transition>
                    {move || Suspend::new(async move {
                        // Without a half sign-in the form leads back to the beginning.
                        let factors = factors.await.ok().flatten().unwrap_or(Factors {
                            totp: true,
                            ..Factors::default()
                        });
                        view! { <Step factors /> }
                    })}
                </Transition>
                </div>
            </Gate>
        }
        .into_any()
    }
}

/// Six digits of the authenticator app, or one of the recovery codes with `way=recovery`.
#[component]
fn Step(
    /// What the person can give.
    factors: Factors,
) -> impl IntoView {
    let locale = use_locale();
    let query = use_query_map().get_untracked();
    let is_recovery = query.get("way").as_deref() == Some("recovery");
    if factors.passkeys > 0 && !factors.totp && !is_recovery {
        return view! { <PasskeyStep /> }.into_any();
    }
    let passkey_next = query.get("next");
    let has_passkey = factors.passkeys > 0 && !is_recovery;
    let next = query.get("next");
    let minutes = query.get("minutes").and_then(|text| text.parse().ok());
    let problem = query.get("problem");
    let fault = match problem.as_deref() {
        Some("wrong") if is_recovery => Some(tr!(locale, access.code.wrong_recovery)),
        Some("wrong") => Some(tr!(locale, access.code.wrong)),
        Some("used") => Some(tr!(locale, access.code.used)),
        _ => None,
    };
    let note = problem
        .filter(|_| fault.is_none())
        .map(|code| refusal(locale, &code, minutes));
    let error = Signal::stored(fault.map(str::to_owned));
    let (title, lead, other, other_way) = if is_recovery {
        (
            tr!(locale, access.code.recovery_title),
            tr!(locale, access.code.recovery_lead),
            if factors.totp {
                tr!(locale, access.code.use_app)
            } else {
                tr!(locale, access.passkey.sign_in)
            },
            None,
        )
    } else {
        (
            tr!(locale, access.code.title),
            tr!(locale, access.code.lead),
            tr!(locale, access.code.use_recovery),
            Some("recovery"),
        )
    };
    let other_href = step_address(&query, other_way);
    let is_invalid = fault.is_some().then_some("true");
    let described_by = fault.is_some().then_some("f-code-error");
    let field = if is_recovery {
        view! {
            <input
                class="input code-line"
                id="f-code"
                name="code"
                autocomplete="off"
                autocapitalize="characters"
                spellcheck="false"
                maxlength="32"
                dir="ltr"
                required=true
                autofocus=true
                aria-invalid=is_invalid
                aria-describedby=described_by
            />
        }
        .into_any()
    } else {
        view! {
            <input
                class="input otp"
                id="f-code"
                name="code"
                inputmode="numeric"
                autocomplete="one-time-code"
                pattern="[0-9]{6}"
                maxlength="6"
                dir="ltr"
                required=true
                autofocus=true
                aria-invalid=is_invalid
                aria-describedby=described_by
            />
        }
        .into_any()
    };
    view! {
        <Title text=format!("{title} · Storetrail") />
            <form method="post" action="/sign-in/code">
                <div>
                    <h1 id="h">{title}</h1>
                    <p class="soft">{lead}</p>
                </div>
                {note.map(|text| view! { <FormNote text /> })}
                {next.map(|next| view! { <input type="hidden" name="next" value=next /> })}
                {other_way.is_none().then(|| view! { <input type="hidden" name="way" value="recovery" /> })}
                <div class="field">
                    <label class="vh" for="f-code">
                        {title}
                    </label>
                    {field}
                    <FieldError id="f-code-error".to_owned() error />
                </div>
                <button class="btn primary">{tr!(locale, access.go_on)}</button>
                <p class="hint">
                    // The same page: the router would not make it anew.
                    <a class="link" href=other_href rel="external">
                        {other}
                    </a>
                    " · "
                    <a class="link" href="/sign-in">
                        {tr!(locale, access.back)}
                    </a>
                </p>
            </form>
            {has_passkey
                .then(|| {
                    view! {
                        <div class="ways-in">
                            <PasskeyButton is_step=true next=passkey_next />
                        </div>
                    }
                })}
    }
    .into_any()
}

/// A passkey is the only second factor.
#[component]
fn PasskeyStep() -> impl IntoView {
    let locale = use_locale();
    let query = use_query_map().get_untracked();
    let other_href = step_address(&query, Some("recovery"));
    let note = query
        .get("problem")
        .map(|code| refusal(locale, &code, None));
    let title = tr!(locale, access.passkey.step_title);
    view! {
        <Title text=format!("{title} · Storetrail") />
        <div>
            <h1 id="h">{title}</h1>
            <p class="soft">{tr!(locale, access.passkey.step_lead)}</p>
        </div>
        {note.map(|text| view! { <FormNote text /> })}
        <PasskeyButton is_step=true next=query.get("next") is_primary=true />
        <p class="hint">
            // The same page: the router would not make it anew.
            <a class="link" href=other_href rel="external">
                {tr!(locale, access.code.use_recovery)}
            </a>
            " · "
            <a class="link" href="/sign-in">
                {tr!(locale, access.back)}
            </a>
        </p>
    }
    .into_any()
}

/// The page's own address for the other way, with where to go afterwards.
fn step_address(query: &ParamsMap, way: Option<&str>) -> String {
    let mut params = ParamsMap::new();
    if let Some(way) = way {
        params.insert("way", way.to_owned());
    }
    if let Some(next) = query.get("next") {
        params.insert("next", next);
    }
    format!("/sign-in/code{}", params.to_query_string())
}
