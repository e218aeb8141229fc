//! Nothing to show: nothing matches, nothing was ever sent, or it could not be read.

use crate::activity::any_log::AnyLog as _;
use crate::activity::search::use_search;
use crate::activity::table::why;
use crate::i18n::tr;
use crate::icons::{self, Icon};
use crate::messages::address::PATH;
use crate::messages::calls;
use crate::messages::state::use_messages;
use crate::messages::words::messages;
use domain::query::{MESSAGE, Query};
use domain::view::Count;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// No more words than this are tried.
const MAX_TRIED: usize = 6;

/// A word without which something is found: the word, the query without it, how many that finds.
type Way = (String, String, Count);

/// Nothing to show. Says which word of the query to drop, and what that finds.
#[component]
pub fn Empty() -> impl IntoView {
    let log = use_messages();
    let locale = log.locale;
    let search = use_search();
    let is_all = Memo::new(move |_| log.shown.with(String::is_empty));
    let way = RwSignal::new(None::<Way>);
    Effect::new(move |_| {
        let q = log.shown.get();
        way.set(None);
        spawn_local(async move {
            let found = way_out(&q).await;
            if log.shown.try_with_untracked(|shown| *shown == q) == Some(true) {
                way.try_set(found);
            }
        });
    });
    let words = move || {
        way.get().map(|(word, _, count)| {
            let count = tr!(
                locale,
                activity.empty.there_are,
                count = count.count,
                entries = messages(locale, count)
            );
            view! {
                {tr!(locale, activity.empty.without)} " "
                <code class="q-in" dir="ltr">{word}</code> " " {count}
            }
        })
    };
    let drop_it = move || {
        way.get().map(|(word, query, _)| {
            view! {
                <button class="btn small" type="button" on:click=move |_| search.search(&query)>
                    {tr!(locale, activity.empty.drop)} " " <bdi dir="ltr">{word}</bdi>
                </button>
            }
        })
    };
    move || {
        if is_all.get() {
            view! {
                <div class="blank">
                    <Icon glyph=icons::MAIL />
                    <h2>{tr!(locale, messages.empty.nothing_yet)}</h2>
                    <p>{tr!(locale, messages.empty.nothing_yet_why)}</p>
                </div>
            }
            .into_any()
        } else {
            view! {
                <div class="blank">
                    <Icon glyph=icons::SEARCH />
                    <h2>{tr!(locale, messages.empty.no_match)}</h2>
                    <p class="reserved">{words}</p>
                    <p class="row-flex">
                        {drop_it}
                        <a class="btn small" href=PATH>{tr!(locale, messages.empty.clear)}</a>
                    </p>
                </div>
            }
            .into_any()
        }
    }
}

/// The word to drop: the one whose absence finds the fewest, for that is nearest to what was asked.
async fn way_out(q: &str) -> Option<Way> {
    let query = Query::parse_as(q, &MESSAGE);
    let mut best: Option<Way> = None;
    for (at, term) in query.terms().iter().enumerate().take(MAX_TRIED) {
        let shorter = MESSAGE.without_term(q, at);
        let Ok(count) = calls::count(shorter.clone()).await else {
            continue;
        };
        let is_better = best.as_ref().is_none_or(|best| count.count < best.2.count);
        if count.count > 0 && is_better {
            best = Some((query.text_of(term).to_owned(), shorter, count));
        }
    }
    best
}

/// The list could not be read.
#[component]
pub fn Failure() -> impl IntoView {
    let log = use_messages();
    let locale = log.locale;
    move || {
        let error = log.failure.get()?;
        let reference = error.0.reference.clone().map(|reference| {
            view! { " " {tr!(locale, messages.failure.reference)} " " <code>{reference}</code> }
        });
        Some(view! {
            <div class="blank" role="alert">
                <Icon glyph=icons::TRIANGLE_ALERT />
                <h2>{tr!(locale, messages.failure.list)}</h2>
                <p>{why(locale, &error)} {reference}</p>
                <button class="btn small" type="button" on:click=move |_| log.reload()>
                    <Icon glyph=icons::ROTATE_CCW class="flip" />
                    {tr!(locale, activity.try_again)}
                </button>
            </div>
        })
    }
}
