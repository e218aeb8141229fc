//! Which way round the list stands.

use crate::activity::address::Address;
use crate::activity::state::use_log;
use crate::i18n::tr;
use crate::icons::{self, Icon};
use domain::Direction;
use leptos::prelude::*;

/// Newest or oldest first. A link, so that it works before the script is there.
#[component]
pub fn Sort() -> impl IntoView {
    let log = use_log();
    let locale = log.locale;
    let direction = Memo::new(move |_| log.address.with(|address| address.direction));
    let other = move || match direction.get() {
        Direction::Newest => Direction::Oldest,
        Direction::Oldest => Direction::Newest,
    };
    let href = move || {
        let address = log.address.with(Address::list);
        Address {
            direction: other(),
            ..address
        }
        .href()
    };
    let label = move || match direction.get() {
        Direction::Newest => tr!(locale, activity.sort.newest),
        Direction::Oldest => tr!(locale, activity.sort.oldest),
    };
    let glyph = move || match direction.get() {
        Direction::Newest => view! { <Icon glyph=icons::ARROW_DOWN class="i-s" /> },
        Direction::Oldest => view! { <Icon glyph=icons::ARROW_UP class="i-s" /> },
    };
    view! {
        <a
            class="sort push"
            href=href
            title=tr!(locale, activity.sort.turn)
            on:click=move |event| {
                event.prevent_default();
                log.sort(untrack(other));
            }
        >
            {glyph}
            {label}
        </a>
    }
}
