//! Nothing to show: nothing matches, nothing was ever recorded, or it could not be read.

use crate::AppError;
use crate::activity::any_log::AnyLog as _;
use crate::activity::any_log::blank::no_match;
use crate::activity::live::sign_in::SignInAgain;
use crate::activity::live::when_back;
use crate::activity::state::use_log;
use crate::erase::WasErased;
use crate::i18n::{Locale, tr};
use crate::icons::{self, Icon};
use crate::layout::roles_with;
use domain::{Code, Permission};
use leptos::prelude::*;

/// Nothing to show.
#[component]
pub fn Empty() -> impl IntoView {
    let log = use_log();
    let locale = log.locale;
    let (has_entries, may_look, may_connect) = log.viewer.with_value(|viewer| {
        let may_look = viewer.may(Permission::ManageRetention);
        let may_connect = viewer.may(Permission::ManageKeys);
        (viewer.has_entries, may_look, may_connect)
    });
    let was_erased = Memo::new(move |_| log.list.loaded.with(|loaded| loaded.was_erased));
    move || {
        if !has_entries && log.shown.with(|shown| shown.q.is_empty()) {
            view! { <NothingYet may_connect /> }.into_any()
        } else {
            let title = tr!(locale, activity.empty.no_match);
            let note = view! { <WasErased is_so=was_erased may_look /> }.into_any();
            no_match(log, title, tr!(locale, activity.empty.clear), note)
        }
    }
}

#[component]
fn NothingYet(
    /// Whether the page that connects a shop is open to who looks.
    may_connect: bool,
) -> impl IntoView {
    let locale = use_log().locale;
    let way = if may_connect {
        view! { <a class="btn primary" href="/connect">{tr!(locale, activity.empty.connect)}</a> }
            .into_any()
    } else {
        let roles = roles_with(locale, Permission::ManageKeys.into(), Vec::new());
        view! { <p>{tr!(locale, activity.empty.who_connects, roles = roles.as_str())}</p> }
            .into_any()
    };
    view! {
        <div class="blank">
            <Icon glyph=icons::ACTIVITY />
            <h2>{tr!(locale, activity.empty.nothing_yet)}</h2>
            <p>{tr!(locale, activity.empty.nothing_yet_why)}</p>
            {way}
        </div>
    }
}

/// The list could not be read.
#[component]
pub fn Failure() -> impl IntoView {
    let log = use_log();
    let locale = log.locale;
    when_back(log.live, move || log.reload());
    move || {
        let error = log.failure.get()?;
        let reference = error.0.reference.clone();
        Some(view! {
            <div class="blank" role="alert">
                <Icon glyph=icons::TRIANGLE_ALERT />
                <h2>{tr!(locale, activity.failure.list)}</h2>
                <p>
                    {why(locale, &error)}
                    {reference
                        .map(|reference| {
                            view! { " " {tr!(locale, activity.failure.reference)} " " <code>{reference}</code> }
                        })}
                </p>
                <p class="row-flex">
                    <button class="btn small" type="button" on:click=move |_| log.reload()>
                        <Icon glyph=icons::ROTATE_CCW class="flip" />
                        {tr!(locale, activity.try_again)}
                    </button>
                    {(error.code() == Code::Unauthenticated)
                        .then(|| view! { <SignInAgain class="btn small" /> })}
                </p>
            </div>
        })
    }
}

/// What failed and what is safe.
pub fn why(locale: Locale, error: &AppError) -> &'static str {
    match error.code() {
        Code::Unauthenticated => tr!(locale, activity.failure.signed_out),
        Code::Unavailable => tr!(locale, activity.failure.unreachable),
        Code::RateLimited => tr!(locale, activity.failure.too_often),
        _ => tr!(locale, activity.failure.ours),
    }
}
