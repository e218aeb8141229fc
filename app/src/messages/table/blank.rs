//! Nothing to show: nothing matches, nothing was ever sent, or it could not be read.

use crate::activity::any_log::blank::{failure, no_match};
use crate::erase::WasErased;
use crate::i18n::tr;
use crate::icons::{self, Icon};
use crate::messages::state::use_messages;
use domain::Permission;
use leptos::prelude::*;

/// Nothing to show.
#[component]
pub fn Empty() -> impl IntoView {
    let log = use_messages();
    let locale = log.locale;
    let is_all = Memo::new(move |_| log.shown.with(String::is_empty));
    let was_erased = Memo::new(move |_| log.list.loaded.with(|loaded| loaded.was_erased));
    let may_look = log
        .viewer
        .with_value(|viewer| viewer.may(Permission::ManageRetention));
    move || {
        let note = view! { <WasErased is_so=was_erased may_look /> }.into_any();
        if is_all.get() {
            view! {
                <div class="blank">
                    <Icon glyph=icons::MAIL />
                    <h2>{tr!(locale, messages.empty.nothing_yet)}</h2>
                    {note}
                    <p>{tr!(locale, messages.empty.nothing_yet_why)}</p>
                </div>
            }
            .into_any()
        } else {
            let title = tr!(locale, messages.empty.no_match);
            no_match(log, title, tr!(locale, messages.empty.clear), note)
        }
    }
}

/// The list could not be read.
#[component]
pub fn Failure() -> impl IntoView {
    let log = use_messages();
    failure(log, tr!(log.locale, messages.failure.list))
}
