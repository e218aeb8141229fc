//! The bar of a drawer: on to the next row, copy the link, close.

use super::AnyLog;
use crate::activity::browser;
use crate::icons::{self, Icon};
use leptos::ev::MouseEvent;
use leptos::prelude::*;

/// What the bar's buttons are called.
pub struct BarWords {
    /// Back to the list, where the drawer covers it.
    pub back: &'static str,
    /// The row before.
    pub previous: &'static str,
    /// The next row.
    pub next: &'static str,
    /// Copy the address.
    pub copy_link: &'static str,
    /// Close the drawer.
    pub close: &'static str,
}

/// The bar, with the `name` of what is open.
pub fn bar<L: AnyLog>(log: L, words: BarWords, name: AnyView) -> AnyView {
    let close = move |event: MouseEvent| {
        event.prevent_default();
        log.close_row();
    };
    let list = move || log.list_href();
    // Where it leads elsewhere it is a link like any other.
    let back = move |event: MouseEvent| {
        if untrack(|| log.back()).is_none() {
            close(event);
        }
    };
    let back_href = move || log.back().map_or_else(|| log.list_href(), |(href, _)| href);
    let back_words = move || log.back().map_or(words.back, |(_, words)| words);
    view! {
        <div class="drawer-bar">
            <a class="icon-btn only-narrow" aria-label=back_words href=back_href on:click=back>
                <Icon glyph=icons::ARROW_LEFT class="flip" />
            </a>
            {name}
            <span class="push"></span>
            <button
                class="icon-btn only-wide"
                type="button"
                aria-label=words.previous
                title=words.previous
                on:click=move |_| log.move_cursor(-1)
            >
                <Icon glyph=icons::CHEVRON_UP />
            </button>
            <button
                class="icon-btn only-wide"
                type="button"
                aria-label=words.next
                title=words.next
                on:click=move |_| log.move_cursor(1)
            >
                <Icon glyph=icons::CHEVRON_DOWN />
            </button>
            <button
                class="icon-btn"
                type="button"
                aria-label=words.copy_link
                title=words.copy_link
                on:click=move |_| log.copy(browser::address())
            >
                <Icon glyph=icons::LINK />
            </button>
            <a class="icon-btn only-wide" aria-label=words.close title=words.close href=list on:click=close>
                <Icon glyph=icons::X />
            </a>
        </div>
    }
    .into_any()
}
