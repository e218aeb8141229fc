//! The way back in once the session has ended.

use crate::i18n::{tr, use_locale};
use leptos::prelude::*;
use leptos_router::hooks::use_location;
use leptos_router::location::Url;

/// A link to the sign-in page, which leads back to the address that is shown.
#[component]
pub fn SignInAgain(
    /// Its classes.
    class: &'static str,
) -> impl IntoView {
    let locale = use_locale();
    let location = use_location();
    let (pathname, search) = (location.pathname, location.search);
    let href = move || {
        let (path, search) = (pathname.get(), search.get());
        let address = if search.is_empty() {
            path
        } else {
            format!("{path}?{search}")
        };
        format!("/sign-in?next={}", Url::escape(&address))
    };
    view! { <a class=class href=href rel="external">{tr!(locale, activity.live.sign_in)}</a> }
        .into_any()
}
