//! What became of a message, as a word with a mark; a countdown while it is held.

use super::words::{State, countdown, seconds_left};
use crate::activity::clock::Moment;
use crate::i18n::{tr, use_locale};
use crate::icons::Icon;
use chrono::{DateTime, Utc};
use leptos::prelude::*;
use std::time::Duration;

/// The seconds that are left until a time, counted down in the browser by the server's clock.
pub fn use_countdown(moment: Moment, until: DateTime<Utc>) -> RwSignal<u64> {
    let left = RwSignal::new(seconds_left(moment.exactly(), until));
    Effect::new(move |_| {
        let tick = move || {
            left.try_set(seconds_left(moment.exactly(), until));
        };
        if let Ok(handle) = set_interval_with_handle(tick, Duration::from_millis(500)) {
            on_cleanup(move || handle.clear());
        }
    });
    left
}

/// The word with its mark.
#[component]
pub fn StateMark(
    /// What is said.
    state: State,
    /// The store's clock.
    moment: Moment,
) -> impl IntoView {
    let class = match state.class {
        "" => "status".to_owned(),
        class => format!("status {class}"),
    };
    let word = match state.until {
        Some(until) => view! { <SendsIn moment until /> }.into_any(),
        None => state.word.into_any(),
    };
    view! {
        <span class=class>
            <Icon glyph=state.glyph />
            {word}
        </span>
    }
    .into_any()
}

/// `Sends in 0:24`.
#[component]
pub fn SendsIn(
    /// The store's clock.
    moment: Moment,
    /// When it is sent.
    until: DateTime<Utc>,
) -> impl IntoView {
    let locale = use_locale();
    let left = use_countdown(moment, until);
    let words = move || match left.get() {
        0 => tr!(locale, messages.state.sends_now).to_owned(),
        seconds => tr!(locale, messages.state.sends_in, time = countdown(seconds)),
    };
    view! { <span role="timer">{words}</span> }.into_any()
}
