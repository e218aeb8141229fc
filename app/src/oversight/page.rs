//! The page: loads what it needs, puts its parts in their places.

use super::address::Address;
use super::drawer::drawer;
use super::state::{First, Opened, Watch};
use super::table::table;
use super::tabs::tabs;
use super::watched::Watched;
use crate::AppError;
use crate::activity::address::FORM;
use crate::activity::any_log::AnyLog as _;
use crate::activity::any_log::keys::{self, OwnKeys};
use crate::activity::calls::{Answer, Plot};
use crate::activity::filters::{DateFilter, Filters, FiltersButton};
use crate::activity::histogram::Plot as Bars;
use crate::activity::live::{self, bar::ConnectionBar, dot::Dot};
use crate::activity::query::QueryField;
use crate::activity::table::SkeletonRows;
use crate::i18n::use_locale;
use crate::icons::Icon;
use crate::pages::NoPermission;
use crate::select::{ExportButton, SelectedActs};
use crate::wire::Told;
use domain::view::{LogFacets, Viewer};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use std::sync::Arc;
use uuid::Uuid;

/// What the page is made of, on its way.
pub struct Sources<R: Watched> {
    address: Memo<Address>,
    list: Told<Result<Answer<R::Page>, AppError>>,
    facets: Told<Result<Answer<LogFacets>, AppError>>,
    plot: Told<Option<Result<Answer<Plot>, AppError>>>,
    opened: Told<Option<Result<Option<R::Detail>, AppError>>>,
}

impl<R: Watched> Clone for Sources<R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R: Watched> Copy for Sources<R> {}

impl<R: Watched> Sources<R> {
    /// Starts loading what the address asks for. What it asks for later is the page's business.
    pub fn start() -> Self {
        let params = use_query_map();
        let address = Memo::new(move |_| params.with(Address::of));
        let Address { q, entry } = address.get_untracked();
        let id = entry.and_then(|entry| entry.parse::<Uuid>().ok());
        let (first, second, third) = (q.clone(), q.clone(), q);
        Self {
            address,
            list: crate::wire::told(|| (), move |()| R::list(first.clone(), None)),
            facets: crate::wire::told(|| (), move |()| R::facets(second.clone())),
            plot: crate::wire::told(
                || (),
                move |()| {
                    let q = third.clone();
                    async move {
                        if R::HAS_BARS {
                            Some(R::bars(q, None).await)
                        } else {
                            None
                        }
                    }
                },
            ),
            opened: crate::wire::told(
                || (),
                move |()| async move {
                    match id {
                        Some(id) => Some(R::read(id).await),
                        None => None,
                    }
                },
            ),
        }
    }

    async fn first(self) -> First<R> {
        let address = self.address.get_untracked();
        let detail = self.opened.await.unwrap_or(Ok(None));
        let opened = address.entry.clone().map(|key| Opened {
            key,
            detail: Some(detail.map(|detail| detail.map(Arc::new))),
        });
        First {
            list: self.list.await,
            facets: self.facets.await,
            plot: self.plot.await.unwrap_or(Ok(Answer::Mistaken(Vec::new()))),
            opened,
            address,
        }
    }
}

/// The page. It is shown once everything of its first view is there; on the server that is the answer.
pub fn page<R: Watched>(sources: Sources<R>) -> AnyView {
    let viewer = crate::use_viewer();
    let locale = use_locale();
    let title = R::title(locale);
    let fallback = opening::<R>;
    view! {
        <Title text=title />
        <Suspense fallback>
            {Suspend::new(async move {
                match viewer.await {
                    Ok(viewer) if !viewer.may(R::NEEDS) => {
                        view! { <NoPermission section=title needs=R::NEEDS viewer /> }.into_any()
                    }
                    Ok(viewer) => {
                        let first = sources.first().await;
                        whole(sources, viewer, first)
                    }
                    // The frame sends who is signed out to the sign-in page.
                    Err(_) => opening::<R>(),
                }
            })}
        </Suspense>
    }
    .into_any()
}

fn whole<R: Watched>(sources: Sources<R>, viewer: Viewer, first: First<R>) -> AnyView {
    let locale = use_locale();
    let log = Watch::<R>::new(locale, viewer.clone(), sources.address, first);
    provide_context(log.search_of());
    provide_context(log.picking_of());
    log.follow_address();
    listen(log);
    let is_waiting = Memo::new(move |_| log.list.loaded.with(|loaded| loaded.waiting() > 0));
    let mark = R::mark(locale).map(|(glyph, words)| {
        view! {
            <span class="chip only-wide">
                <Icon glyph />
                {words}
            </span>
        }
    });
    view! {
        <section class="stage activity oversight" aria-labelledby="h">
            <header class="bar">
                <h1 id="h">{R::title(locale)}</h1>
                {mark}
                <span class="push"></span>
                <Dot live=log.live is_waiting />
                <ExportButton role=viewer.role />
            </header>
            <search class="tools">
                <QueryField />
                <DateFilter />
                <FiltersButton />
            </search>
            <Filters />
            {R::above(log, &viewer)}
            {tabs(log)}
            {R::HAS_BARS.then(|| view! { <Bars /> })}
            <ConnectionBar live=log.live moment=log.moment entries=R::kind().entries />
            <form id=FORM action=R::PATH method="get" hidden></form>
            {table(log)}
            <div class="hint-place" role="status">
                {move || log.hint.get().map(|hint| view! { <p class="toast">{hint}</p> })}
            </div>
        </section>
        {drawer(log)}
        <SelectedActs role=viewer.role on_erased=Callback::new(move |()| log.reload()) />
    }
    .into_any()
}

/// Only a browser follows and listens: effects don't run on the server.
fn listen<R: Watched>(log: Watch<R>) {
    let owner = Owner::current();
    Effect::new(move |_| {
        if let Some(owner) = &owner {
            owner.with(|| {
                live::start(log);
                keys::listen(
                    log,
                    OwnKeys {
                        drawer: "#entry",
                        act: |_, _| false,
                        columns: None,
                    },
                );
            });
        }
    });
}

/// The page while it is opened from another one: its frame at once, rows when they are there.
fn opening<R: Watched>() -> AnyView {
    let locale = use_locale();
    view! {
        <section class="stage activity oversight" aria-labelledby="h" aria-busy="true">
            <header class="bar">
                <h1 id="h">{R::title(locale)}</h1>
            </header>
            <div class="opening">
                <SkeletonRows />
            </div>
        </section>
    }
    .into_any()
}
