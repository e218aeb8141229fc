//! The drawer: one entry with everything about it. The answer first, then the evidence.

use super::state::Watch;
use super::watched::Watched;
use crate::activity::any_log::bar::{BarWords, bar};
use crate::activity::clock::{clock, local};
use crate::activity::words::{ago, day_row, moment_title};
use crate::failed::Failed;
use crate::i18n::tr;
use crate::icons::{self, Icon};
use leptos::prelude::*;

/// The drawer, while the address opens an entry.
pub fn drawer<R: Watched>(log: Watch<R>) -> AnyView {
    let is_open = Memo::new(move |_| log.address.with(|address| address.entry.is_some()));
    view! {
        <Show when=move || is_open.get()>
            <aside class="drawer" id="entry" tabindex="-1" aria-labelledby="d-title">
                {head(log)} {content(log)}
            </aside>
        </Show>
    }
    .into_any()
}

/// Which log it is of, on to the next, copy the link, close.
fn head<R: Watched>(log: Watch<R>) -> AnyView {
    let locale = log.locale;
    let words = BarWords {
        back: tr!(locale, oversight.drawer.back),
        previous: tr!(locale, oversight.drawer.previous),
        next: tr!(locale, oversight.drawer.next),
        copy_link: tr!(locale, oversight.drawer.copy_link),
        close: tr!(locale, oversight.drawer.close),
    };
    let name = view! { <span class="strong trunc">{R::title(locale)}</span> };
    bar(log, words, name.into_any())
}

/// What is known of the entry.
fn content<R: Watched>(log: Watch<R>) -> AnyView {
    let locale = log.locale;
    let detail = Memo::new(move |_| {
        log.entry
            .with(|entry| entry.as_ref().map(|entry| entry.detail.clone()))
    });
    let shown = move || {
        Some(match detail.get()? {
            Some(Ok(Some(detail))) => {
                let head = verdict(log, R::row_of(&detail));
                view! { {head} {R::evidence(log, detail)} }.into_any()
            }
            Some(Ok(None)) => view! {
                <div class="blank">
                    <Icon glyph=icons::SEARCH />
                    <h2 id="d-title">{tr!(locale, oversight.drawer.gone)}</h2>
                    <p>{tr!(locale, oversight.drawer.gone_why)}</p>
                </div>
            }
            .into_any(),
            Some(Err(error)) => {
                let again = Callback::new(move |()| log.reopen());
                let title = tr!(locale, oversight.failure_entry);
                view! { <Failed title id="d-title" error again /> }.into_any()
            }
            None => arriving(log),
        })
    };
    shown.into_any()
}

/// One sentence, and when.
fn verdict<R: Watched>(log: Watch<R>, row: &R) -> AnyView {
    let locale = log.locale;
    let (at, offset) = row.moment();
    let here = local(at, offset);
    let day = move || day_row(locale, here.date(), log.moment.today()).0;
    view! {
        <div class="verdict">
            <h2 id="d-title" dir="auto">{R::sentence(locale, row)}</h2>
            <p>
                <time datetime=at.to_rfc3339() title=moment_title(locale, at, offset)>
                    {day} " " <bdi>{clock(here)}</bdi>
                </time>
                " "
                <span class="dim">"· " {move || ago(locale, log.moment.now.get(), at)}</span>
            </p>
        </div>
    }
    .into_any()
}

/// The head at once, the body when it is there.
fn arriving<R: Watched>(log: Watch<R>) -> AnyView {
    let row = log.opened.get_untracked().and_then(|id| {
        log.list
            .loaded
            .with_untracked(|loaded| loaded.at(loaded.place_of(id)?).map(|line| line.row.clone()))
    });
    let lines = [14, 18, 11, 16, 9]
        .map(|width| view! { <p><span class="skel" style=format!("inline-size:{width}rem")></span></p> })
        .collect_view();
    view! {
        {row.map(|row| verdict(log, &*row))}
        <div class="section arriving" role="status" aria-label=tr!(log.locale, activity.table.loading)>
            {lines}
        </div>
    }
    .into_any()
}
