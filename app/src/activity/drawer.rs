//! The drawer: one entry with everything about it. The answer first, then the evidence.

mod actor;
mod around;
mod bar;
mod changes;
mod difference;
mod facts;
mod ledger;
pub(crate) mod parts;
mod tree;
mod verdict;

use crate::AppError;
use crate::activity::live::sign_in::SignInAgain;
use crate::activity::state::{Entry, use_log};
use crate::erase::ErasedNote;
use crate::i18n::{Locale, tr};
use crate::icons::{self, Icon};
use bar::Bar;
use domain::Code;
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
            Some(Err(error)) => view! { <Failed error /> }.into_any(),
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

#[component]
fn Failed(error: AppError) -> impl IntoView {
    let log = use_log();
    let locale = log.locale;
    let reference = error.0.reference.clone();
    // Trying again helps nobody who isn't signed in.
    let way_on = if error.code() == Code::Unauthenticated {
        view! { <SignInAgain class="btn small" /> }.into_any()
    } else {
        view! {
            <button class="btn small" type="button" on:click=move |_| log.reopen()>
                <Icon glyph=icons::ROTATE_CCW class="flip" />
                {tr!(locale, activity.try_again)}
            </button>
        }
        .into_any()
    };
    view! {
        <div class="blank" role="alert">
            <Icon glyph=icons::TRIANGLE_ALERT />
            <h2 id="d-title">{tr!(locale, activity.failure.entry)}</h2>
            <p>
                {why(locale, &error)}
                {reference.map(|r| view! { " " {tr!(locale, activity.failure.reference)} " " <code>{r}</code> })}
            </p>
            {way_on}
        </div>
    }
}

fn why(locale: Locale, error: &AppError) -> &'static str {
    crate::activity::table::why(locale, error)
}
