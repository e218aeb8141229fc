//! The page: loads what it needs, puts its parts in their places.

use super::address::{Address, PATH};
use super::calls::{self, Bars, Listing};
use super::drawer::{Drawer, Tell};
use super::keys;
use super::state::{First, MessageLog, Opened};
use super::table::Table;
use super::tabs::Tabs;
use super::unmatched::Unmatched;
use super::volumes::Volumes;
use super::words::messages;
use crate::AppError;
use crate::activity::address::FORM;
use crate::activity::any_log::AnyLog as _;
use crate::activity::calls::Answer;
use crate::activity::filters::{DateFilter, Filters, FiltersButton};
use crate::activity::histogram::Plot;
use crate::activity::live::{self, bar::ConnectionBar, dot::Dot};
use crate::activity::query::QueryField;
use crate::activity::table::SkeletonRows;
use crate::find::{FacetButton, FacetPanel, Panel, SaveView};
use crate::i18n::{tr, use_locale};
use crate::pages::NoPermission;
use crate::select::{ExportButton, SelectedActs};
use crate::wire::Told;
use domain::export::Source;
use domain::view::{MessageDetail, MessageFacets, Viewer};
use domain::{MessageId, Permission};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use std::sync::Arc;

/// What the page is made of, on its way.
#[derive(Clone, Copy)]
pub struct Sources {
    address: Memo<Address>,
    list: Told<Result<Answer<Listing>, AppError>>,
    facets: Told<Result<Answer<MessageFacets>, AppError>>,
    plot: Told<Result<Answer<Bars>, AppError>>,
    opened: Told<Option<Result<Option<MessageDetail>, AppError>>>,
}

impl Sources {
    /// Starts loading what the address asks for. What it asks for later is the page's business.
    pub fn start() -> Self {
        let params = use_query_map();
        let address = Memo::new(move |_| params.with(Address::of));
        let Address { q, message, .. } = address.get_untracked();
        let id = message.and_then(|message| message.parse::<MessageId>().ok());
        let (first, second, third) = (q.clone(), q.clone(), q);
        Self {
            address,
            list: crate::wire::told(|| (), move |()| calls::list(first.clone(), None)),
            facets: crate::wire::told(|| (), move |()| calls::facets(second.clone())),
            plot: crate::wire::told(|| (), move |()| calls::histogram(third.clone(), None)),
            opened: crate::wire::told(
                || (),
                move |()| async move {
                    match id {
                        Some(id) => Some(calls::detail(id).await),
                        None => None,
                    }
                },
            ),
        }
    }

    async fn first(self) -> First {
        let address = self.address.get_untracked();
        let detail = self.opened.await.unwrap_or(Ok(None));
        let opened = address.message.clone().map(|key| Opened {
            key,
            detail: Some(detail.map(|detail| detail.map(Arc::new))),
        });
        First {
            list: self.list.await,
            facets: self.facets.await,
            plot: self.plot.await,
            opened,
            address,
        }
    }
}

/// The page. It is shown once everything of its first view is there; on the server that is the answer.
#[component]
pub fn MessagesPage(sources: Sources) -> impl IntoView {
    let viewer = crate::use_viewer();
    let locale = use_locale();
    view! {
        <Title text=tr!(locale, messages.title) />
        <Suspense fallback=Opening>
            {Suspend::new(async move {
                match viewer.await {
                    Ok(viewer) if !viewer.may(Permission::ReadMessages) => {
                        view! {
                            <NoPermission
                                section=tr!(locale, messages.title)
                                needs=Permission::ReadMessages
                                viewer
                            />
                        }
                            .into_any()
                    }
                    Ok(viewer) => {
                        let first = sources.first().await;
                        view! { <Whole sources viewer first /> }.into_any()
                    }
                    // The frame sends who is signed out to the sign-in page.
                    Err(_) => view! { <Opening /> }.into_any(),
                }
            })}
        </Suspense>
    }
}

#[component]
fn Whole(sources: Sources, viewer: Viewer, first: First) -> impl IntoView {
    let log = MessageLog::new(use_locale(), viewer, sources.address, first);
    provide_context(log);
    provide_context(log.search_of());
    provide_context(log.picking_of());
    Panel::provide();
    provide_context(Tell(Callback::new(move |words| log.tell(words))));
    log.follow_address();
    let owner = Owner::current();
    // Only a browser follows and listens: effects don't run on the server.
    Effect::new(move |_| {
        if let Some(owner) = &owner {
            owner.with(|| {
                live::start(log);
                keys::listen(log);
            });
        }
    });
    let locale = log.locale;
    let is_waiting = Memo::new(move |_| log.list.loaded.with(|loaded| loaded.waiting() > 0));
    view! {
        <section class="stage activity messages" aria-labelledby="h">
            <header class="bar">
                <h1 id="h">{tr!(locale, messages.title)}</h1>
                <span class="push"></span>
                <Dot live=log.live is_waiting />
                <Unmatched />
                <Volumes />
                <ExportButton role=log.viewer.with_value(|viewer| viewer.role) />
            </header>
            <search class="tools">
                <QueryField />
                <DateFilter />
                <FiltersButton />
                <FacetButton />
                <SaveView log=Source::Messages />
            </search>
            <Filters />
            <Tabs />
            <Plot />
            <ConnectionBar live=log.live moment=log.moment entries=messages />
            <form id=FORM action=PATH method="get" hidden></form>
            <div class="beside">
                <FacetPanel source=Source::Messages />
                <Table />
            </div>
            <p class="vh" role="status">{move || log.said.get()}</p>
            <div class="hint-place" role="status">
                {move || log.hint.get().map(|hint| view! { <p class="toast">{hint}</p> })}
            </div>
        </section>
        <Drawer />
        <SelectedActs
            role=log.viewer.with_value(|viewer| viewer.role)
            on_erased=Callback::new(move |()| log.reload())
        />
    }
    .into_any()
}

/// The page while it is opened from another one: its frame at once, rows when they are there.
#[component]
fn Opening() -> impl IntoView {
    let locale = use_locale();
    view! {
        <section class="stage activity messages" aria-labelledby="h" aria-busy="true">
            <header class="bar">
                <h1 id="h">{tr!(locale, messages.title)}</h1>
            </header>
            <div class="opening">
                <SkeletonRows />
            </div>
        </section>
    }
}
