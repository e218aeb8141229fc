//! What stands where something could not be read: what failed, what is safe, and the way on.
//!
//! Lists and drawers say it from here, so that who was signed out elsewhere is offered nowhere to try again.

use crate::AppError;
use crate::activity::live::sign_in::SignInAgain;
use crate::i18n::{Locale, tr, use_locale};
use crate::icons::{self, Icon};
use domain::Code;
use leptos::prelude::*;

/// A list or what a drawer opens that could not be read, in its place.
#[component]
pub fn Failed(
    /// What could not be read.
    title: &'static str,
    /// The heading's id, where something is named by it.
    #[prop(optional)]
    id: Option<&'static str>,
    /// Why.
    error: AppError,
    /// Reads it again.
    again: Callback<()>,
) -> impl IntoView {
    view! {
        <div class="blank" role="alert">
            <Icon glyph=icons::TRIANGLE_ALERT />
            <h2 id=id>{title}</h2>
            {what_now(&error, again)}
        </div>
    }
    .into_any()
}

/// What stands below the heading: why, by which reference the server's log knows of it, and the way on.
pub fn what_now(error: &AppError, again: Callback<()>) -> AnyView {
    let locale = use_locale();
    let reference = error.0.reference.clone().map(|reference| {
        view! { " " {tr!(locale, activity.failure.reference)} " " <code>{reference}</code> }
    });
    view! {
        <p>{why(locale, error)} {reference}</p>
        <WayOn code=error.code() again />
    }
    .into_any()
}

/// The way on: to try again, or to sign in, since trying again helps nobody who isn't signed in.
#[component]
pub fn WayOn(
    /// Why it could not be read.
    code: Code,
    /// What trying again is called where it does more than that.
    #[prop(optional_no_strip)]
    label: Option<&'static str>,
    /// Tries again.
    again: Callback<()>,
) -> impl IntoView {
    let locale = use_locale();
    if code == Code::Unauthenticated {
        view! { <SignInAgain class="btn small" /> }.into_any()
    } else {
        let label = label.unwrap_or(tr!(locale, common.try_again));
        view! {
            <button class="btn small" type="button" on:click=move |_| again.run(())>
                <Icon glyph=icons::ROTATE_CCW class="flip" />
                {label}
            </button>
        }
        .into_any()
    }
}

/// Stands below the rows of a list when those after them could not be read.
#[component]
pub fn MoreFailed(
    /// What could not be read.
    text: &'static str,
    /// Why.
    code: Code,
    /// What trying again is called where it does more than that.
    #[prop(optional_no_strip)]
    label: Option<&'static str>,
    /// Reads on.
    again: Callback<()>,
) -> impl IntoView {
    view! { <p class="end" role="alert">{text} " " <WayOn code label again /></p> }.into_any()
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
