//! The page: loads what it needs, puts its parts in their places.

use crate::AppError;
use crate::activity::address::{Address, FORM, PATH};
use crate::activity::any_log::AnyLog as _;
use crate::activity::calls::{self, Answer, Listing, Plot as PlotAnswer};
use crate::activity::categories::Categories;
use crate::activity::clock::day_of;
use crate::activity::columns::Columns;
use crate::activity::drawer::Drawer;
use crate::activity::filters::{DateFilter, Filters, FiltersButton};
use crate::activity::heading::Heading;
use crate::activity::histogram::Plot;
use crate::activity::live::{self, bar::ConnectionBar};
use crate::activity::query::QueryField;
use crate::activity::sort::Sort;
use crate::activity::state::{Entry, First, Log};
use crate::activity::table::{SkeletonRows, Table};
use crate::activity::words::entries;
use crate::activity::{browser, keys};
use crate::find::{FacetButton, FacetPanel, Panel, SaveView};
use crate::i18n::{tr, use_locale};
use crate::pages::NoPermission;
use crate::select::SelectedActs;
use crate::wire::Told;
use domain::export::Source;
use domain::view::{ActivityDetail, DayCount, Facets, Surroundings, Viewer};
use domain::{ActivityId, Direction, Need};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use std::sync::Arc;

type Opened = (
    Result<Option<ActivityDetail>, AppError>,
    Option<Surroundings>,
);

/// What the page is made of, on its way.
#[derive(Clone, Copy)]
pub struct Sources {
    address: Memo<Address>,
    list: Told<Result<Answer<Listing>, AppError>>,
    facets: Told<Result<Answer<Facets>, AppError>>,
    plot: Told<Result<Answer<PlotAnswer>, AppError>>,
    days: Told<Vec<DayCount>>,
    entry: Told<Option<Opened>>,
    /// Whether a step through the history led here.
    is_back: bool,
}

impl Sources {
    /// Starts loading what the address asks for. What it asks for later is the page's business.
    pub fn start() -> Self {
        let params = use_query_map();
        let address = Memo::new(move |_| params.with(Address::of));
        let Address {
            q,
            direction,
            entry,
        } = address.get_untracked();
        let list = {
            let q = q.clone();
            crate::wire::told(|| (), move |()| calls::list(q.clone(), direction, None))
        };
        let facets = {
            let q = q.clone();
            crate::wire::told(|| (), move |()| calls::facets(q.clone()))
        };
        let plot = {
            let q = q.clone();
            crate::wire::told(|| (), move |()| calls::histogram(q.clone(), None))
        };
        let days = crate::wire::told(|| (), move |()| first_days(q.clone(), list));
        let id = entry.and_then(|entry| entry.parse::<ActivityId>().ok());
        let entry = crate::wire::told(
            || (),
            move |()| async move {
                let id = id?;
                let detail = calls::detail(id).await;
                Some((detail, calls::surroundings(id).await.ok().flatten()))
            },
        );
        Self {
            address,
            list,
            facets,
            plot,
            days,
            entry,
            is_back: browser::is_stepping_back(),
        }
    }

    async fn first(self) -> First {
        let address = self.address.get_untracked();
        let opened = self.entry.await;
        let entry = address.entry.clone().map(|key| {
            let (detail, around) = opened.unwrap_or((Ok(None), None));
            Entry {
                key,
                detail: Some(detail.map(|d| d.map(Arc::new))),
                around: around.map(Arc::new),
            }
        });
        First {
            list: self.list.await,
            facets: self.facets.await,
            plot: self.plot.await,
            days: self.days.await,
            entry,
            address,
        }
    }
}

/// Counts of the days of the first page.
async fn first_days(q: String, list: Told<Result<Answer<Listing>, AppError>>) -> Vec<DayCount> {
    let Ok(Answer::Found(listing)) = list.await else {
        return Vec::new();
    };
    let mut days: Vec<String> = listing
        .page
        .rows
        .iter()
        .map(|row| day_of(row.occurred_at, row.offset_minutes).to_string())
        .collect();
    days.dedup();
    if days.is_empty() {
        return Vec::new();
    }
    calls::day_counts(q, days.join(","))
        .await
        .unwrap_or_default()
}

/// The page. It is shown once everything of its first view is there; on the server that is the answer.
#[component]
pub fn ActivityPage(sources: Sources) -> impl IntoView {
    let viewer = crate::use_viewer();
    let locale = use_locale();
    view! {
        <Title text=tr!(locale, activity.title) />
        <Suspense fallback=Opening>
            {Suspend::new(async move {
                match viewer.await {
                    Ok(viewer) if !viewer.role.has(Need::ReadActivity) => {
                        view! {
                            <NoPermission
                                section=tr!(locale, activity.title)
                                needs=Need::ReadActivity
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
    let log = Log::new(use_locale(), viewer, sources.address, first);
    provide_context(log);
    provide_context(log.search_of());
    provide_context(log.picking_of());
    Panel::provide();
    provide_context(Columns::kept());
    log.follow_address();
    if sources.is_back {
        log.restore_first();
    }
    live_and_keys(log);
    on_cleanup(move || log.keep());
    view! {
        <section class="stage activity" aria-labelledby="h">
            <Heading />
            <search class="tools">
                <QueryField />
                <DateFilter />
                <FiltersButton />
                <FacetButton />
                <SaveView log=Source::Activity />
            </search>
            <Filters><Sort /></Filters>
            <Categories />
            <Plot />
            <ConnectionBar live=log.live moment=log.moment entries />
            <PrintHead />
            <form id=FORM action=PATH method="get" hidden>
                <Show when=move || log.address.with(|a| a.direction == Direction::Oldest)>
                    <input type="hidden" name="sort" value="oldest" />
                </Show>
            </form>
            <div class="beside">
                <FacetPanel source=Source::Activity />
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
}

/// Only a browser follows and listens: effects don't run on the server.
fn live_and_keys(log: Log) {
    let owner = Owner::current();
    Effect::new(move |_| {
        if let Some(owner) = &owner {
            owner.with(|| {
                live::start(log);
                keys::listen(log);
            });
        }
    });
}

/// The page while it is opened from another one: its frame at once, rows when they are there.
#[component]
fn Opening() -> impl IntoView {
    let locale = use_locale();
    view! {
        <section class="stage activity" aria-labelledby="h" aria-busy="true">
            <header class="bar">
                <h1 id="h">{tr!(locale, activity.title)}</h1>
            </header>
            <div class="opening">
                <SkeletonRows />
            </div>
        </section>
    }
}

/// On paper the filter is the heading.
#[component]
fn PrintHead() -> impl IntoView {
    let log = crate::activity::state::use_log();
    let query = move || {
        let q = if log.failure.with(Option::is_some) {
            log.q.get()
        } else {
            log.shown.with(|shown| shown.q.clone())
        };
        if q.is_empty() {
            tr!(log.locale, activity.print.everything).to_owned()
        } else {
            q
        }
    };
    let (store, zone) = log
        .viewer
        .with_value(|viewer| (viewer.store.name.clone(), viewer.zone_label.clone()));
    view! {
        <div class="print-head" aria-hidden="true">
            <p class="strong"><bdi>{store}</bdi> " · " <bdi dir="ltr">{query}</bdi></p>
            <p>{tr!(log.locale, activity.print.zone)} " " <bdi>{zone}</bdi></p>
        </div>
    }
}
