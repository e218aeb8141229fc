//! The drawer's bar: which message, on to the next.

use crate::activity::any_log::bar::{BarWords, bar};
use crate::i18n::tr;
use crate::icons::Icon;
use crate::messages::state::use_messages;
use crate::messages::words::{address, channel_glyph, channel_label, counterpart};
use domain::message::{MessageDirection, shown_number};
use leptos::prelude::*;

/// The bar.
#[component]
pub fn Bar() -> impl IntoView {
    let log = use_messages();
    let locale = log.locale;
    let row = move || {
        let detail = log.entry.get()?.detail?.ok()??;
        Some(detail.row.clone())
    };
    let name = move || {
        row().map(|row| {
            let word = match row.direction {
                MessageDirection::Outbound => tr!(locale, messages.drawer.to),
                MessageDirection::Inbound => tr!(locale, messages.drawer.from),
            };
            let name = counterpart(locale, &row);
            // The name is the customer's, whatever address it went to.
            let beside = address(&row)
                .map(shown_number)
                .filter(|address| *address != name)
                .map(|address| view! { " · " <bdi dir="ltr">{address}</bdi> });
            view! {
                <Icon glyph=channel_glyph(row.channel) class="i-s" />
                <span class="strong">{channel_label(locale, row.channel)}</span>
                <span class="dim trunc">{word} " " <bdi>{name}</bdi> {beside}</span>
            }
        })
    };
    let name = view! {
        <span class="nowrap row-flex m-name">{name}</span>
    };
    let words = BarWords {
        back: tr!(locale, messages.drawer.back),
        previous: tr!(locale, messages.drawer.previous),
        next: tr!(locale, messages.drawer.next),
        copy_link: tr!(locale, messages.drawer.copy_link),
        close: tr!(locale, messages.drawer.close),
    };
    bar(log, words, name.into_any())
}
