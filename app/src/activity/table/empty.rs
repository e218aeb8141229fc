//! Nothing to show: nothing matches, nothing was ever recorded, or it could not be read.

use crate::activity::any_log::blank::{failure, no_match};
use crate::activity::state::use_log;
use crate::erase::WasErased;
use crate::i18n::tr;
use crate::icons::{self, Icon};
use crate::layout::roles_with;
use domain::Permission;
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
    failure(log, tr!(log.locale, activity.failure.list))
}
