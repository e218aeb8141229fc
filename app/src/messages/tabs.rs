//! The channels: tabs that are toggles, several may be on.

use super::kind::MESSAGES;
use super::state::use_messages;
use super::words::{channel_glyph, channel_label};
use crate::activity::address::FORM;
use crate::activity::search::use_search;
use crate::activity::words::count_words;
use crate::i18n::tr;
use crate::icons::Icon;
use domain::message::Channel;
use domain::view::Count;
use leptos::prelude::*;

/// All, and one tab for each channel.
#[component]
pub fn Tabs() -> impl IntoView {
    let log = use_messages();
    let locale = log.locale;
    let tabs = [None]
        .into_iter()
        .chain(Channel::ALL.iter().copied().map(Some))
        .map(|channel| view! { <Tab channel /> })
        .collect_view();
    view! {
        <div class="facets" role="group" aria-label=tr!(locale, messages.channels)>{tabs}</div>
    }
    .into_any()
}

#[component]
fn Tab(channel: Option<Channel>) -> impl IntoView {
    let log = use_messages();
    let search = use_search();
    let dialect = MESSAGES.dialect;
    let chosen = Memo::new(move |_| search.q.with(|q| dialect.values_of(q, "channel")));
    let is_on = move || {
        chosen.with(|chosen| match channel {
            Some(channel) => chosen.iter().any(|there| there == channel.as_str()),
            None => chosen.is_empty(),
        })
    };
    let changed = move |text: &str| match channel {
        Some(channel) => dialect.toggle_value(text, "channel", channel.as_str()),
        None => dialect.set_values(text, "channel", &[] as &[&str]),
    };
    let count = move || {
        let none = Count {
            count: 0,
            is_exact: true,
        };
        log.facets.with(|facets| {
            let facets = facets.as_ref()?;
            Some(channel.map_or(facets.all, |channel| {
                let found = facets.channels.iter().find(|(there, _)| *there == channel);
                found.map_or(none, |(_, count)| *count)
            }))
        })
    };
    let number = move || match count() {
        Some(count) => view! { <span class="n">{count_words(count)}</span> }.into_any(),
        // Nothing is counted of what was not understood.
        None => search
            .has_list()
            .then(|| view! { <span class="skel" style="inline-size:1.75rem"></span> })
            .into_any(),
    };
    let label = channel.map_or(tr!(log.locale, messages.all), |channel| {
        channel_label(log.locale, channel)
    });
    view! {
        <button
            form=FORM
            name="q"
            value=move || search.q.with(|q| changed(q))
            aria-pressed=move || is_on().to_string()
            on:click=move |event| {
                event.prevent_default();
                match channel {
                    Some(channel) => search.toggle("channel", channel.as_str(), event.alt_key()),
                    None => search.edit(changed),
                }
            }
        >
            {channel.map(|channel| view! { <Icon glyph=channel_glyph(channel) class="i-s" /> })}
            {label}
            {number}
        </button>
    }
    .into_any()
}
