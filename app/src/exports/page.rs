//! The page: the log of exports, or their schedules.

use super::calls;
use super::dialog::{Draft, ExportDialogPlace};
use super::drawer::Drawer;
use super::kind::EXPORTS;
use super::row::Row;
use super::schedules::{Schedules, provide_changed};
use super::state::{Address, ExportLog, First, use_exports};
use super::words::exports;
use crate::AppError;
use crate::activity::address::FORM;
use crate::activity::calls::Answer;
use crate::activity::filters::{DateFilter, Filters, FiltersButton};
use crate::activity::live::{self, bar::ConnectionBar, dot::Dot};
use crate::activity::query::QueryField;
use crate::activity::search::use_search;
use crate::activity::table::SkeletonRows;
use crate::failed::Failed;
use crate::i18n::{tr, use_locale};
use crate::icons::{self, Icon};
use crate::pages::NoPermission;
use crate::wire::Told;
use domain::view::{ExportDetail, ExportPage, Viewer};
use domain::{ExportId, Permission};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

/// What the page is made of, on its way.
#[derive(Clone, Copy)]
pub struct Sources {
    address: Memo<Address>,
    list: Told<Result<Answer<ExportPage>, AppError>>,
    opened: Told<Option<Result<Option<ExportDetail>, AppError>>>,
}

impl Sources {
    /// Starts loading what the address asks for. What it asks for later is the page's business.
    pub fn start() -> Self {
        let params = use_query_map();
        let address = Memo::new(move |_| params.with(Address::of));
        let Address { q, export, .. } = address.get_untracked();
        let id = export.map(|export| export.parse::<ExportId>());
        Self {
            address,
            list: crate::wire::told(|| (), move |()| calls::list(q.clone(), None)),
            opened: crate::wire::told(
                || (),
                move |()| {
                    let id = id.clone();
                    async move {
                        match id? {
                            Ok(id) => Some(calls::detail(id).await),
                            Err(_) => Some(Ok(None)),
                        }
                    }
                },
            ),
        }
    }
}

/// The page. It is shown once everything of its first view is there; on the server that is the answer.
#[component]
pub fn ExportsPage(sources: Sources) -> impl IntoView {
    let viewer = crate::use_viewer();
    let locale = use_locale();
    view! {
        <Title text=tr!(locale, exports.title) />
        <Suspense fallback=Opening>
            {Suspend::new(async move {
                match viewer.await {
                    Ok(viewer) if !viewer.may(Permission::Export) => {
                        view! {
                            <NoPermission
                                section=tr!(locale, exports.title)
                                needs=Permission::Export
                                viewer
                            />
                        }
                            .into_any()
                    }
                    Ok(viewer) => {
                        let first = First {
                            list: sources.list.await,
                            opened: sources.opened.await,
                        };
                        view! { <Whole address=sources.address viewer first /> }.into_any()
                    }
                    // The frame sends who is signed out to the sign-in page.
                    Err(_) => view! { <Opening /> }.into_any(),
                }
            })}
        </Suspense>
    }
    .into_any()
}

#[component]
fn Whole(address: Memo<Address>, viewer: Viewer, first: First) -> impl IntoView {
    let log = ExportLog::new(use_locale(), viewer, address, first);
    provide_context(log);
    provide_context(log.search_of());
    let draft = RwSignal::new(None::<Draft>);
    provide_context(draft);
    provide_changed();
    log.follow_address();
    let params = use_query_map();
    Effect::new(move |_| {
        if params.with(|params| params.get("new").is_some()) {
            draft.set(Some(Draft::new()));
        }
    });
    let owner = Owner::current();
    // Only a browser follows: effects don't run on the server.
    Effect::new(move |_| {
        if let Some(owner) = &owner {
            owner.with(|| live::start(log));
        }
    });
    let locale = log.locale;
    let is_schedules = Memo::new(move |_| log.address.with(|address| address.is_schedules));
    let tab = move |is_other: bool| Address {
        is_schedules: is_other,
        ..Address::default()
    };
    let current = move |is_other: bool| (is_schedules.get() == is_other).then_some("page");
    view! {
        <section class="stage activity exports" aria-labelledby="h">
            <header class="bar">
                <h1 id="h">{tr!(locale, exports.title)}</h1>
                <span class="push"></span>
                <Dot live=log.live is_waiting=false />
                <button class="btn small" type="button" on:click=move |_| draft.set(Some(Draft::new()))>
                    <Icon glyph=icons::PLUS />
                    {tr!(locale, exports.make)}
                </button>
            </header>
            <nav class="tabs" aria-label=tr!(locale, exports.title)>
                <a href=tab(false).href() aria-current=move || current(false)>
                    {tr!(locale, exports.files)}
                </a>
                <a href=tab(true).href() aria-current=move || current(true)>
                    {tr!(locale, exports.schedules)}
                </a>
            </nav>
            {move || {
                if is_schedules.get() {
                    view! { <Schedules /> }.into_any()
                } else {
                    view! { <Files /> }.into_any()
                }
            }}
            <ConnectionBar live=log.live moment=log.moment entries=exports />
            <div class="hint-place" role="status">
                {move || log.hint.get().map(|hint| view! { <p class="toast">{hint}</p> })}
            </div>
            <ExportDialogPlace
                draft
                role=log.viewer.with_value(|viewer| viewer.role)
                on_made=Callback::new(move |row| log.put(row))
            />
        </section>
        <Drawer />
    }
    .into_any()
}

/// The log: what was asked for, by whom, what became of it.
#[component]
fn Files() -> impl IntoView {
    let log = use_exports();
    let locale = log.locale;
    let ids = Memo::new(move |_| {
        log.rows
            .with(|rows| rows.iter().map(|row| row.id).collect::<Vec<_>>())
    });
    let has_failed = Memo::new(move |_| log.failure.with(Option::is_some));
    view! {
        <search class="tools">
            <QueryField />
            <DateFilter />
            <FiltersButton />
        </search>
        <Filters />
        <form id=FORM action=EXPORTS.path method="get" hidden></form>
        <div class="scroll" tabindex="0" role="region" aria-label=tr!(locale, exports.log)>
            {move || {
                if has_failed.get() {
                    view! { <Failure /> }.into_any()
                } else if ids.with(Vec::is_empty) {
                    view! { <Empty /> }.into_any()
                } else {
                    view! {
                        <ul class="jobs">
                            <For each=move || ids.get() key=|id| *id let:id>
                                <Row id />
                            </For>
                        </ul>
                    }
                        .into_any()
                }
            }}
            <Show when=move || log.next.with(Option::is_some)>
                <p class="end">
                    <button
                        class="btn"
                        type="button"
                        aria-disabled=move || log.is_loading.get().then_some("true")
                        on:click=move |_| log.go_on()
                    >
                        {tr!(locale, exports.more)}
                    </button>
                </p>
            </Show>
        </div>
    }
    .into_any()
}

/// Nothing was exported yet, or nothing matches.
#[component]
fn Empty() -> impl IntoView {
    let log = use_exports();
    let search = use_search();
    let locale = log.locale;
    let is_all = Memo::new(move |_| log.address.with(|address| address.q.is_empty()));
    move || {
        if log.is_loading.get() {
            view! { <SkeletonRows /> }.into_any()
        } else if is_all.get() {
            view! {
                <div class="blank">
                    <Icon glyph=icons::FILE_DOWN />
                    <h2>{tr!(locale, exports.none)}</h2>
                    <p>{tr!(locale, exports.none_why)}</p>
                </div>
            }
            .into_any()
        } else {
            let title = if search.has_list() {
                tr!(locale, exports.no_match)
            } else {
                tr!(locale, activity.empty.not_understood)
            };
            view! {
                <div class="blank">
                    <Icon glyph=icons::SEARCH />
                    <h2>{title}</h2>
                    <button class="btn small" type="button" on:click=move |_| search.search("")>
                        {tr!(locale, exports.clear)}
                    </button>
                </div>
            }
            .into_any()
        }
    }
}

/// The log could not be read.
#[component]
fn Failure() -> impl IntoView {
    let log = use_exports();
    live::when_back(log.live, move || log.reload());
    move || {
        let error = log.failure.get()?;
        let again = Callback::new(move |()| log.reload());
        Some(view! { <Failed title=tr!(log.locale, exports.failed) error again /> })
    }
}

/// The page while it is opened from another one.
#[component]
fn Opening() -> impl IntoView {
    let locale = use_locale();
    view! {
        <section class="stage activity exports" aria-labelledby="h" aria-busy="true">
            <header class="bar">
                <h1 id="h">{tr!(locale, exports.title)}</h1>
            </header>
            <div class="opening">
                <SkeletonRows />
            </div>
        </section>
    }
    .into_any()
}
