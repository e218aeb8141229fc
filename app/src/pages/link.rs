//! `/link?token=`: what every emailed link opens: setting a password, accepting an invitation, confirming an address.
//!
//! Opening it changes nothing, since mail scanners open every link: a form with a button does.

use super::gate::Gate;
use super::sign_in::refusal;
use super::trouble::trouble_text;
use crate::AppError;
use crate::account::calls::read_link;
use crate::form::{FormNote, TextField, fault_text};
use crate::i18n::{Locale, tr, tr_view, use_locale};
use crate::icons::{self, Icon};
use crate::parts::{Door, Page, Place};
use crate::wire::Told;
use domain::view::{LinkPurpose, LinkView};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use leptos_router::params::ParamsMap;

/// The page of emailed links.
pub struct LinkPage(Told<Result<Option<LinkView>, AppError>>);

impl Page for LinkPage {
    const PLACE: Place = Place::Door(Door::Link);

    fn start() -> Self {
        let token = use_query_map().get_untracked().get("token");
        let ask = move |()| read_link(token.clone().unwrap_or_default());
        Self(crate::wire::told_first(|| (), ask))
    }

    fn shown(self) -> AnyView {
        let LinkPage(link) = self;
        let query = use_query_map().get_untracked();
        view! {
            <Gate>
                <Suspense>
                    {move || {
                        let query = query.clone();
                        Suspend::new(async move { content(link.await, query) })
                    }}
                </Suspense>
            </Gate>
        }
        .into_any()
    }
}

/// The form of the link, what came of it, or that it no longer works.
fn content(link: Result<Option<LinkView>, AppError>, query: ParamsMap) -> AnyView {
    let locale = use_locale();
    if let Some(done) = outcome(locale, &query) {
        return done;
    }
    let link = match link {
        Ok(Some(link)) => link,
        Ok(None) => return view! { <Used /> }.into_any(),
        Err(error) => {
            let text = trouble_text(locale, &error);
            return view! {
                <div class="gate-body">
                    <h1 id="h">{tr!(locale, common.trouble.title)}</h1>
                    <FormNote text />
                </div>
            }
            .into_any();
        }
    };
    match link.purpose {
        LinkPurpose::Password => view! { <SetPassword link query /> }.into_any(),
        LinkPurpose::Invitation => view! { <Invitation link query /> }.into_any(),
        LinkPurpose::OldEmail | LinkPurpose::NewEmail => {
            view! { <Confirm link query /> }.into_any()
        }
    }
}

/// The title of the document.
#[component]
fn PageTitle(title: String) -> impl IntoView {
    view! { <Title text=format!("{title} · Storetrail") /> }
}

/// What came of confirming an address, when the page is shown for that.
fn outcome(locale: Locale, query: &ParamsMap) -> Option<AnyView> {
    let (title, text) = match query.get("done")?.as_str() {
        "half" => (
            tr!(locale, access.confirm.half),
            tr!(locale, access.confirm.half_text),
        ),
        _ => (
            tr!(locale, access.confirm.done),
            tr!(locale, access.confirm.done_text),
        ),
    };
    Some(
        view! {
            <PageTitle title=title.to_owned() />
            <div class="gate-body">
                <div>
                    <h1 id="h">{title}</h1>
                    <p class="soft">{text}</p>
                </div>
                <a class="btn primary" href="/" rel="external">
                    {tr!(locale, access.to_storetrail)}
                </a>
            </div>
        }
        .into_any(),
    )
}

/// The link was used, is too old or never was one.
#[component]
fn Used() -> impl IntoView {
    let locale = use_locale();
    view! {
        <PageTitle title=tr!(locale, access.link.used).to_owned() />
        <div class="gate-body">
            <div>
                <h1 id="h">{tr!(locale, access.link.used)}</h1>
                <p class="soft">{tr!(locale, access.link.used_text)}</p>
            </div>
            <a class="btn primary" href="/sign-in">
                {tr!(locale, account.sign_in.button)}
            </a>
            <p class="hint">
                <a class="link" href="/forgot">
                    {tr!(locale, access.link.another)}
                </a>
            </p>
        </div>
    }
    .into_any()
}

/// What was wrong with a field that was sent.
fn fault_of(locale: Locale, query: &ParamsMap, name: &str) -> Signal<Option<String>> {
    let is_it = query.get("field").as_deref() == Some(name);
    let fault = query.get("fault").unwrap_or_default();
    Signal::stored(is_it.then(|| fault_text(locale, name, &fault).to_owned()))
}

/// What was wrong with the form as a whole.
#[component]
fn Note(
    /// What the server said.
    query: ParamsMap,
) -> impl IntoView {
    let locale = use_locale();
    let minutes = query.get("minutes").and_then(|text| text.parse().ok());
    query
        .get("problem")
        .filter(|_| query.get("field").is_none())
        .map(|code| view! { <FormNote text=refusal(locale, &code, minutes) /> })
}

/// The new password. A name for password managers stands before it.
#[component]
fn NewPassword(
    /// Whose account it is.
    email: String,
    /// What was wrong with it.
    error: Signal<Option<String>>,
    /// Whether the cursor starts here.
    is_first: bool,
) -> impl IntoView {
    let locale = use_locale();
    view! {
        <input
            class="vh"
            type="email"
            name="email"
            autocomplete="username"
            value=email
            readonly=true
            tabindex="-1"
            aria-hidden="true"
        />
        <TextField
            name="password"
            label=tr!(locale, access.new_password)
            kind="password"
            autocomplete="new-password"
            hint=tr!(locale, account.field.password_hint)
            is_code=true
            is_required=true
            is_first
            error
        />
    }
    .into_any()
}

#[component]
fn SetPassword(link: LinkView, query: ParamsMap) -> impl IntoView {
    let locale = use_locale();
    let email = link.email.clone();
    let error = fault_of(locale, &query, "password");
    let token = query.get("token").unwrap_or_default();
    view! {
        <PageTitle title=tr!(locale, access.set_password.title).to_owned() />
        <form method="post" action="/link/password">
            <div>
                <h1 id="h">{tr!(locale, access.set_password.title)}</h1>
                <p class="soft">
                    {tr_view!(
                        locale, access.set_password.lead, email = move || view! { <bdi dir="ltr">{email.clone()}</bdi> }
                    )}
                </p>
            </div>
            <Note query />
            <input type="hidden" name="token" value=token />
            <NewPassword email=link.email error is_first=true />
            <button class="btn primary">{tr!(locale, access.set_password.button)}</button>
        </form>
    }
    .into_any()
}

#[component]
fn Invitation(link: LinkView, query: ParamsMap) -> impl IntoView {
    let locale = use_locale();
    let email = link.email.clone();
    let store = link.store.clone().unwrap_or_default();
    let title = tr!(locale, access.invitation.to_store, store = store);
    let lead = match link.invited_by {
        Some(by) => tr!(locale, access.invitation.invited_by, name = by),
        None => tr!(locale, access.invitation.invited).to_owned(),
    };
    let token = query.get("token").unwrap_or_default();
    let name = query.get("name").unwrap_or(link.name);
    let (name_error, password_error) = (
        fault_of(locale, &query, "name"),
        fault_of(locale, &query, "password"),
    );
    let is_password_first = password_error.with_untracked(Option::is_some);
    view! {
        <PageTitle title=title.clone() />
        <form method="post" action="/link/password">
            <div>
                <h1 id="h">{title}</h1>
                <p class="soft">
                    {lead} " "
                    {tr_view!(
                        locale, access.invitation.lead, email = move || view! { <bdi dir="ltr">{email.clone()}</bdi> }
                    )}
                </p>
            </div>
            <Note query />
            <input type="hidden" name="token" value=token />
            <TextField
                name="name"
                label=tr!(locale, account.field.your_name)
                autocomplete="name"
                maxlength=200
                is_required=true
                is_first=!is_password_first
                value=name
                error=name_error
            />
            <NewPassword email=link.email error=password_error is_first=is_password_first />
            <button class="btn primary">{tr!(locale, access.invitation.button)}</button>
        </form>
    }
    .into_any()
}

#[component]
fn Confirm(link: LinkView, query: ParamsMap) -> impl IntoView {
    let locale = use_locale();
    let token = query.get("token").unwrap_or_default();
    let (old, new) = (link.email, link.new_email.unwrap_or_default());
    view! {
        <PageTitle title=tr!(locale, access.confirm.title).to_owned() />
        <form method="post" action="/link/confirm">
            <div>
                <h1 id="h">{tr!(locale, access.confirm.title)}</h1>
                <p class="soft">{tr!(locale, access.confirm.lead)}</p>
            </div>
            <Note query />
            <dl class="facts">
                <dt>{tr!(locale, access.confirm.from)}</dt>
                <dd>
                    <bdi dir="ltr">{old}</bdi>
                </dd>
                <dt>{tr!(locale, access.confirm.to)}</dt>
                <dd>
                    <bdi dir="ltr">{new}</bdi>
                </dd>
            </dl>
            <input type="hidden" name="token" value=token />
            <button class="btn primary">{tr!(locale, access.confirm.button)}</button>
            <p class="hint row-flex">
                <Icon glyph=icons::SHIELD class="i-s" />
                {tr!(locale, access.confirm.not_you)}
            </p>
        </form>
    }
    .into_any()
}
