//! The call behind an entry or a message, for the pages that show these.

use crate::i18n::{Locale, tr};
use crate::oversight::parts::{call_link, who_words};
use crate::oversight::watched::Watched as _;
use domain::view::RequestRow;
use leptos::prelude::*;

/// A line of facts: which call it was, how it ended and who called.
pub fn call_behind(locale: Locale, call: &RequestRow) -> AnyView {
    let ended = RequestRow::sentence(locale, call);
    let who = who_words(locale, &call.actor);
    view! {
        <dt>{tr!(locale, oversight.requests.call)}</dt>
        <dd>
            {call_link(call, &call.route)} " "
            <span class="dim">"· " {ended} " · " <bdi>{who}</bdi></span>
        </dd>
    }
    .into_any()
}
