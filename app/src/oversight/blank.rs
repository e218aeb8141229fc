//! Nothing to show: nothing matches, nothing is there yet, or it could not be read.

use super::state::Watch;
use super::watched::Watched;
use crate::activity::any_log::blank::no_match;
use crate::i18n::tr;
use crate::icons::{self, Icon};
use leptos::prelude::*;

/// Nothing to show.
pub fn empty<R: Watched>(log: Watch<R>) -> AnyView {
    let locale = log.locale;
    let is_all = Memo::new(move |_| log.shown.with(String::is_empty));
    let content = move || {
        if is_all.get() {
            view! {
                <div class="blank">
                    <Icon glyph=icons::SHIELD />
                    <h2>{tr!(locale, oversight.empty.nothing_yet)}</h2>
                    <p>{tr!(locale, oversight.empty.nothing_yet_why)}</p>
                </div>
            }
            .into_any()
        } else {
            let title = tr!(locale, oversight.empty.no_match);
            let clear = tr!(locale, oversight.empty.clear);
            no_match(log, title, clear, ().into_any())
        }
    };
    content.into_any()
}
