//! The drawer: one entry with everything about it. The answer first, then the evidence.

mod actor;
mod around;
mod bar;
mod changes;
mod difference;
mod erased;
mod facts;
mod ledger;
pub(crate) mod parts;
mod tree;
mod verdict;

use crate::activity::live::when_back;
use crate::activity::state::{Entry, use_log};
use crate::erase::ErasedNote;
use crate::failed::Failed;
use crate::i18n::tr;
use crate::icons::{self, Icon};
use bar::Bar;
use domain::view::ActivityDetail;
use leptos::lazy;
use leptos::prelude::*;
use std::sync::Arc;
use verdict::Verdict;

/// The drawer, while the address opens an entry.
#[component]
pub fn Drawer() -> impl IntoView {
    let log = use_log();
    let is_open = Memo::new(move |_| log.address.with(|address| address.entry.is_some()));
    // Here and not with what says so: its code may come later than the connection.
    when_back(log.live, move || {
        let has_failed = |entry: &Option<Entry>| {
            let detail = entry.as_ref().and_then(|entry| entry.detail.as_ref());
            detail.is_some_and(Result::is_err)
        };
        if log.entry.with_untracked(has_failed) {
            log.reopen();
        }
    });
    view! {
        <Show when=move || is_open.get()>
            <aside class="drawer" id="entry" tabindex="-1" aria-labelledby="d-title">
                <Bar />
                <Suspense fallback=Skeleton>{Suspend::new(drawer_content())}</Suspense>
            </aside>
        </Show>
    }
}

/// What is known of the entry: nothing but its row at first. The browser loads its code with the first one opened.
#[lazy]
fn drawer_content() -> AnyView {
    let log = use_log();
    // What happened around it comes later; it must not make the rest again.
    let known = Memo::new_with_compare(
        move |_| log.entry.get(),
        |one: Option<&Option<Entry>>, other: Option<&Option<Entry>>| match (one, other) {
            (Some(Some(one)), Some(Some(other))) => {
                one.key != other.key || one.detail != other.detail
            }
            (one, other) => one != other,
        },
    );
    let content = move || {
        let Entry { detail, .. } = known.get()?;
        Some(match detail {
            Some(Ok(Some(detail))) => whole(detail),
            Some(Ok(None)) => view! { <Gone /> }.into_any(),
            Some(Err(error)) => {
                let again = Callback::new(move |()| log.reopen());
                let title = tr!(log.locale, activity.failure.entry);
                view! { <Failed title id="d-title" error again /> }.into_any()
            }
            None => view! { <Arriving /> }.into_any(),
        })
    };
    content.into_any()
}

/// Loads the code of what is in the drawer.
#[cfg(feature = "hydrate")]
pub async fn preload() {
    __preload_drawer_content().await;
}

/// What is in the drawer.
fn whole(detail: Arc<ActivityDetail>) -> AnyView {
    let has_error = detail.row.error.is_some();
    view! {
        <Verdict row=detail.row.clone() />
        {has_error.then(|| view! { <facts::ErrorText detail=detail.clone() /> })}
        <changes::Changes detail=detail.clone() />
        <actor::ActorSection detail=detail.clone() />
        <facts::Steps detail=detail.clone() />
        <around::SubjectHistory row=detail.row.clone() />
        <facts::Related detail=detail.clone() />
        <around::Around detail=detail.clone() />
        <tree::Details detail=detail.clone() />
        <ledger::Ledger detail=detail.clone() />
    }
    .into_any()
}

/// The head at once, the body when it is there.
#[component]
fn Arriving() -> impl IntoView {
    let log = use_log();
    let row = log.opened.get_untracked().and_then(|id| {
        log.list
            .loaded
            .with_untracked(|loaded| loaded.at(loaded.place_of(id)?).map(|line| line.row.clone()))
    });
    view! {
        {row.map(|row| view! { <Verdict row=(*row).clone() /> })}
        <Skeleton />
    }
}

/// Lines where text is on its way.
#[component]
fn Skeleton() -> impl IntoView {
    let locale = use_log().locale;
    let widths = [14, 18, 11, 16, 9];
    let lines = widths
        .map(|width| view! { <p><span class="skel" style=format!("inline-size:{width}rem")></span></p> })
        .collect_view();
    view! {
        <div class="section arriving" role="status" aria-label=tr!(locale, activity.table.loading)>
            {lines}
        </div>
    }
}

/// There is no such entry, or it is out of scope: the two are not told apart.
#[component]
fn Gone() -> impl IntoView {
    let log = use_log();
    let locale = log.locale;
    let id = log.opened.get_untracked().map(|id| id.to_string());
    view! {
        <div class="blank">
            <Icon glyph=icons::SEARCH />
            <h2 id="d-title">{tr!(locale, activity.entry.gone)}</h2>
            {id.map(|id| view! { <ErasedNote id /> })}
            <p>{tr!(locale, activity.entry.gone_why)}</p>
        </div>
    }
}
