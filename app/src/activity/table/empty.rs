//! Nothing to show: nothing matches, nothing was ever recorded, or it could not be read.

use crate::AppError;
use crate::activity::any_log::AnyLog as _;
use crate::activity::calls;
use crate::activity::state::use_log;
use crate::activity::words::entries;
use crate::i18n::{Locale, tr};
use crate::icons::{self, Icon};
use domain::Code;
use domain::query::{Query, without_term};
use domain::view::Count;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// No more words than this are tried.
const MAX_TRIED: usize = 6;

/// A word without which something is found.
#[derive(Debug, Clone, PartialEq)]
struct Way {
    word: String,
    query: String,
    count: Count,
}

/// Nothing to show.
#[component]
pub fn Empty() -> impl IntoView {
    let log = use_log();
    let has_entries = log.viewer.with_value(|viewer| viewer.has_entries);
    move || {
        if !has_entries && log.shown.with(|shown| shown.q.is_empty()) {
            view! { <NothingYet /> }.into_any()
        } else {
            view! { <NoMatch /> }.into_any()
        }
    }
}

#[component]
fn NothingYet() -> impl IntoView {
    let locale = use_log().locale;
    view! {
        <div class="blank">
            <Icon glyph=icons::ACTIVITY />
            <h2>{tr!(locale, activity.empty.nothing_yet)}</h2>
            <p>{tr!(locale, activity.empty.nothing_yet_why)}</p>
            <a class="btn primary" href="/connect">{tr!(locale, activity.empty.connect)}</a>
        </div>
    }
}

#[component]
fn NoMatch() -> impl IntoView {
    let log = use_log();
    let locale = log.locale;
    let way = RwSignal::new(None::<Way>);
    Effect::new(move |_| {
        let q = log.shown.with(|shown| shown.q.clone());
        way.set(None);
        spawn_local(async move {
            let found = way_out(&q).await;
            if log.shown.try_with_untracked(|shown| shown.q == q) == Some(true) {
                way.try_set(found);
            }
        });
    });
    let without = move || {
        way.get().map(|way| {
            let count = tr!(
                locale,
                activity.empty.there_are,
                count = way.count.count,
                entries = entries(locale, way.count)
            );
            view! {
                {tr!(locale, activity.empty.without)} " "
                <code class="q-in" dir="ltr">{way.word}</code> " " {count}
            }
        })
    };
    let drop_label = move || way.get().map(|way| way.word);
    view! {
        <div class="blank">
            <Icon glyph=icons::SEARCH />
            <h2>{tr!(locale, activity.empty.no_match)}</h2>
            <p class="reserved">{without}</p>
            <p class="row-flex">
                <Show when=move || way.with(Option::is_some)>
                    <button
                        class="btn small"
                        type="button"
                        on:click=move |_| if let Some(way) = way.get_untracked() { log.search(&way.query) }
                    >
                        {tr!(locale, activity.empty.drop)} " " <bdi dir="ltr">{drop_label}</bdi>
                    </button>
                </Show>
                <a class="btn small" href=crate::activity::address::PATH>{tr!(locale, activity.empty.clear)}</a>
            </p>
        </div>
    }
}

/// The word to drop: the one whose absence finds the fewest, for that is nearest to what was asked.
async fn way_out(q: &str) -> Option<Way> {
    let query = Query::parse(q);
    let mut best: Option<Way> = None;
    for (at, term) in query.terms().iter().enumerate().take(MAX_TRIED) {
        let shorter = without_term(q, at);
        let Ok(count) = calls::count(shorter.clone()).await else {
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
#[component]
pub fn Failure() -> impl IntoView {
    let log = use_log();
    let locale = log.locale;
    move || {
        let error = log.failure.get()?;
        let reference = error.0.reference.clone();
        Some(view! {
            <div class="blank" role="alert">
                <Icon glyph=icons::TRIANGLE_ALERT />
                <h2>{tr!(locale, activity.failure.list)}</h2>
                <p>
                    {why(locale, &error)}
                    {reference
                        .map(|reference| {
                            view! { " " {tr!(locale, activity.failure.reference)} " " <code>{reference}</code> }
                        })}
                </p>
                <p class="row-flex">
                    <button class="btn small" type="button" on:click=move |_| log.reload()>
                        <Icon glyph=icons::ROTATE_CCW class="flip" />
                        {tr!(locale, activity.try_again)}
                    </button>
                    {(error.code() == Code::Unauthenticated)
                        .then(|| {
                            view! {
                                <a class="btn small" href="/sign-in" rel="external">
                                    {tr!(locale, activity.live.sign_in)}
                                </a>
                            }
                        })}
                </p>
            </div>
        })
    }
}

/// What failed and what is safe.
pub fn why(locale: Locale, error: &AppError) -> &'static str {
    match error.code() {
        Code::Unauthenticated => tr!(locale, activity.failure.signed_out),
        Code::Unavailable => tr!(locale, activity.failure.unreachable),
        Code::RateLimited => tr!(locale, activity.failure.too_often),
        _ => tr!(locale, activity.failure.ours),
    }
}
