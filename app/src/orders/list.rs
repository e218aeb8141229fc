//! The list of orders, live: those that wait for an answer first.

mod keys;
mod line;
mod lines;
#[cfg(not(feature = "ssr"))]
mod live;
mod picks;
mod state;

pub use line::OrderLine;

use super::calls::{self, Orders};
use crate::AppError;
use crate::activity::live::{self as socket, bar::ConnectionBar, dot::Dot};
use crate::activity::table::SkeletonRows;
use crate::activity::words::number;
use crate::exports::dialog::ExportSelected;
use crate::exports::words::records;
use crate::failed::Failed;
use crate::i18n::{Locale, tr, use_locale};
use crate::icons::{self, Icon};
use crate::messages::words::messages;
use crate::pages::{Opening, admitted};
use crate::select::{ExportButton, LoadedBox, SelectionBar, use_picking};
use crate::wire::Told;
use domain::Permission;
use domain::export::Source;
use domain::view::{Count, Viewer};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};
use line::Line;
use lines::Lines;
use state::OrderList;
use std::time::Duration;

/// What is typed is shown after so long without a further key.
const APPLY_AFTER: Duration = Duration::from_millis(250);

/// The list, on its way.
#[derive(Clone, Copy)]
pub struct Listing {
    words: Memo<String>,
    orders: Told<Result<Orders, AppError>>,
}

impl Listing {
    /// Starts loading what the address asks for.
    pub fn start() -> Self {
        let params = use_query_map();
        let words = Memo::new(move |_| params.with(|params| params.get("q").unwrap_or_default()));
        Self {
            words,
            orders: crate::wire::told(move || words.get(), |words| calls::list(words, None)),
        }
    }
}

/// The page.
#[component]
pub fn OrdersPage(listing: Listing) -> impl IntoView {
    let locale = use_locale();
    let viewer = crate::use_viewer();
    let section = tr!(locale, messages.orders.title);
    let content =
        move |viewer: Viewer| async move { view! { <Whole listing viewer /> }.into_any() };
    view! {
        <Title text=section />
        <Suspense fallback=Opening>
            {Suspend::new(admitted(viewer, section, Permission::ReadMessages, content))}
        </Suspense>
    }
    .into_any()
}

#[component]
fn Whole(listing: Listing, viewer: Viewer) -> impl IntoView {
    let locale = use_locale();
    let role = viewer.role;
    let list = OrderList::new(&viewer);
    let picking = list.picking_of(locale);
    provide_context(picking);
    list.follow_selection(picking);
    list.moment.go_on();
    let owner = Owner::current();
    // Only a browser follows: effects don't run on the server.
    Effect::new(move |_| {
        if let Some(owner) = &owner {
            owner.with(|| {
                socket::start(list);
                keys::listen(list);
            });
        }
    });
    let is_late = Memo::new(move |_| list.lines.with(Lines::late) > 0);
    view! {
        <section class="stage orders" aria-labelledby="h">
            <header class="bar">
                <h1 id="h">{tr!(locale, messages.orders.title)}</h1>
                <span class="push"></span>
                <Dot live=list.live is_waiting=is_late />
                {list.may_pick.then(|| view! { <ExportButton role /> })}
            </header>
            <ConnectionBar live=list.live moment=list.moment entries=messages />
            <search class="tools"><Find words=listing.words /></search>
            <div class="table-wrap">
                <div
                    class="scroll"
                    tabindex="0"
                    role="region"
                    aria-label=tr!(locale, messages.orders.list)
                    node_ref=list.scroll
                    on:scroll=move |_| list.release_if_ready()
                    on:pointerenter=move |event| list.live.point(event.pointer_type() == "mouse")
                    on:pointerleave=move |_| {
                        list.live.point(false);
                        list.release_if_ready();
                    }
                    on:focusout=move |_| {
                        // Where the focus goes is known once it is there.
                        request_animation_frame(move || list.release_if_ready());
                    }
                >
                    <Transition fallback=SkeletonRows>
                        {move || Suspend::new(async move {
                            match listing.orders.await {
                                Ok(orders) => {
                                    list.show(listing.words.get_untracked(), orders);
                                    view! { <Shown list /> }.into_any()
                                }
                                Err(error) => {
                                    socket::when_back(list.live, move || listing.orders.refetch());
                                    let again = Callback::new(move |()| listing.orders.refetch());
                                    let title = tr!(locale, messages.orders.failed);
                                    view! { <Failed title error again /> }.into_any()
                                }
                            }
                        })}
                    </Transition>
                </div>
                {list.may_pick.then(|| view! { <SelectionBar role entries=orders /> })}
                <Pill list />
            </div>
            <div class="hint-place" role="status">
                {move || list.hint.get().map(|hint| view! { <p class="toast">{hint}</p> })}
            </div>
        </section>
        {list.may_pick.then(|| view! { <ExportSelected picking role /> })}
    }
    .into_any()
}

/// `3 orders`.
fn orders(locale: Locale, count: Count) -> String {
    records(locale, Source::Orders, count.count)
}

/// The field that finds an order. A form that works before the script is there.
#[component]
fn Find(words: Memo<String>) -> impl IntoView {
    let locale = use_locale();
    let navigate = use_navigate();
    let applying = StoredValue::new(None::<TimeoutHandle>);
    let typed = move |event| {
        let text = event_target_value(&event);
        if let Some(handle) = applying.try_update_value(Option::take).flatten() {
            handle.clear();
        }
        let navigate = navigate.clone();
        let apply = move || {
            let mut href = "/orders?q=".to_owned();
            crate::activity::address::encode(text.trim(), &mut href);
            let options = NavigateOptions {
                replace: true,
                scroll: false,
                ..NavigateOptions::default()
            };
            navigate(&href, options);
        };
        applying.set_value(set_timeout_with_handle(apply, APPLY_AFTER).ok());
    };
    view! {
        <form class="query" action="/orders" method="get" role="search">
            <Icon glyph=icons::SEARCH />
            <input
                class="plain-find"
                name="q"
                type="search"
                autocomplete="off"
                enterkeyhint="search"
                aria-label=tr!(locale, messages.orders.find)
                placeholder=tr!(locale, messages.orders.find)
                value=words.get_untracked()
                on:input=typed
            />
        </form>
    }
    .into_any()
}

/// Lines that wait until they may move.
#[component]
fn Pill(list: OrderList) -> impl IntoView {
    let locale = use_locale();
    let late = Memo::new(move |_| list.lines.with(Lines::late) as u64);
    view! {
        <Show when=move || late.get() != 0>
            <button
                class="new-pill"
                type="button"
                title=tr!(locale, activity.table.new_title)
                on:click=move |_| list.release()
            >
                {move || tr!(locale, activity.table.arrived, count = late.get())}
                <Icon glyph=icons::ARROW_UP />
            </button>
        </Show>
    }
    .into_any()
}

#[component]
fn Shown(list: OrderList) -> impl IntoView {
    let locale = use_locale();
    let waiting = move || match list.waiting_count.get() {
        0 => tr!(locale, messages.orders.none_waiting).to_owned(),
        count => tr!(
            locale,
            messages.orders.waiting,
            count = count,
            n = number(count)
        ),
    };
    let numbers = Memo::new(move |_| list.lines.with(Lines::numbers));
    let picking = use_picking();
    let all = move || {
        list.may_pick.then(|| {
            view! {
                <span class="check">
                    <LoadedBox share=picking.share pick=picking.pick_loaded />
                </span>
            }
        })
    };
    view! {
        <Show
            when=move || !list.lines.with(|lines| lines.is_empty() && lines.next().is_none())
            fallback=move || view! { <Blank has_words=list.words.with_value(|words| !words.is_empty()) /> }
        >
            <div class="orders-head">
                {all()}
                <p class="order-note" role="status">{waiting}</p>
            </div>
            <ul class="orders-list">
                <For each=move || numbers.get() key=Clone::clone let:number>
                    <Line list number />
                </For>
            </ul>
            <Show when=move || list.lines.with(Lines::is_partial)>
                <p class="order-note" role="status">{tr!(locale, messages.orders.partial)}</p>
            </Show>
            <Show when=move || list.lines.with(|lines| lines.next().is_some())>
                <p class="end">
                    <button class="btn" type="button" on:click=move |_| list.go_on()>
                        {tr!(locale, messages.orders.more)}
                    </button>
                </p>
            </Show>
        </Show>
    }
    .into_any()
}

/// No order at all, or none that is found.
#[component]
fn Blank(has_words: bool) -> impl IntoView {
    let locale = use_locale();
    let (title, text) = if has_words {
        (tr!(locale, messages.orders.no_match), None)
    } else {
        let text = tr!(locale, messages.orders.none_why);
        (tr!(locale, messages.orders.none), Some(text))
    };
    view! {
        <div class="blank">
            <Icon glyph=icons::SHOPPING_BAG />
            <h2>{title}</h2>
            <p>{text}</p>
        </div>
    }
    .into_any()
}
