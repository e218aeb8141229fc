//! Nothing to show: nothing matches, or it could not be read.

use super::{AnyLog, Parts};
use crate::activity::live::when_back;
use crate::activity::search::use_search;
use crate::failed::Failed;
use crate::i18n::tr;
use crate::icons::{self, Icon};
use domain::query::{Dialect, Query};
use domain::view::Count;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// No more words than this are tried.
const MAX_TRIED: usize = 6;

/// A word without which something is found.
#[derive(Clone)]
struct Way {
    word: String,
    query: String,
    count: Count,
}

/// Nothing matches, or the query was not understood. Says which word of the query to drop, and what that finds. `note`:
/// what else is to be said.
pub fn no_match<L: AnyLog>(
    log: L,
    title: &'static str,
    clear: &'static str,
    note: AnyView,
) -> AnyView {
    let locale = log.parts().locale;
    let shown = log.shown();
    let search = use_search();
    let way = RwSignal::new(None::<Way>);
    Effect::new(move |_| {
        let q = shown.with(|shown| L::query_of(shown).to_owned());
        way.set(None);
        spawn_local(async move {
            let found = way_out::<L>(search.dialect(), &q).await;
            if shown.try_with_untracked(|shown| L::query_of(shown) == q) == Some(true) {
                way.try_set(found);
            }
        });
    });
    let words = move || {
        way.get().map(|way| {
            let count = tr!(
                locale,
                activity.empty.there_are,
                count = way.count.count,
                entries = search.entries(way.count)
            );
            view! {
                {tr!(locale, activity.empty.without)} " "
                <code class="q-in" dir="ltr">{way.word}</code> " " {count}
            }
        })
    };
    let title = move || {
        if search.has_list() {
            title
        } else {
            tr!(locale, activity.empty.not_understood)
        }
    };
    let drop_it = move || {
        way.get().map(|way| {
            view! {
                <button class="btn small" type="button" on:click=move |_| search.search(&way.query)>
                    {tr!(locale, activity.empty.drop)} " " <bdi dir="ltr">{way.word}</bdi>
                </button>
            }
        })
    };
    view! {
        <div class="blank">
            <Icon glyph=icons::SEARCH />
            <h2>{title}</h2>
            {note}
            <p class="reserved">{words}</p>
            <p class="row-flex">{drop_it} <a class="btn small" href=search.kind.path>{clear}</a></p>
        </div>
    }
    .into_any()
}

/// The word to drop: the one whose absence finds the fewest, for that is nearest to what was asked.
async fn way_out<L: AnyLog>(dialect: &'static Dialect, q: &str) -> Option<Way> {
    let query = Query::parse_as(q, dialect);
    let mut best: Option<Way> = None;
    for (at, term) in query.terms().iter().enumerate().take(MAX_TRIED) {
        let shorter = dialect.without_term(q, at);
        let Ok(count) = L::count(shorter.clone()).await else {
            continue;
        };
        let is_better = best
            .as_ref()
            .is_none_or(|best| count.count < best.count.count);
        if count.count > 0 && is_better {
            best = Some(Way {
                word: query.text_of(term).to_owned(),
                query: shorter,
                count,
            });
        }
    }
    best
}

/// The list could not be read.
pub fn failure<L: AnyLog>(log: L, title: &'static str) -> AnyView {
    let Parts { failure, live, .. } = log.parts();
    log.forget_shown();
    when_back(live, move || log.reload());
    let content = move || {
        let error = failure.get()?;
        let again = Callback::new(move |()| log.reload());
        Some(view! { <Failed title error again /> })
    };
    content.into_any()
}
