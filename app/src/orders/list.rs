//! The list of orders: those that wait for an answer first.

use super::calls;
use super::totals::{status_words, total_words};
use crate::AppError;
use crate::activity::clock::Moment;
use crate::activity::table::{SkeletonRows, why};
use crate::activity::words::{ago, moment_title, number};
use crate::i18n::{tr, use_locale};
use crate::icons::{self, Icon};
use crate::messages::address::order_href;
use crate::messages::words::{channel_glyph, clock_of, state_of};
use crate::pages::NoPermission;
use crate::wire::Told;
use domain::Permission;
use domain::message::MessageDirection;
use domain::view::{MessageRow, OrderPage, OrderRow, Viewer};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::Title;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};
use std::time::Duration;

/// What is typed is shown after so long without a further key.
const APPLY_AFTER: Duration = Duration::from_millis(250);

/// The list, on its way.
#[derive(Clone, Copy)]
pub struct Listing {
    words: Memo<String>,
    orders: Told<Result<OrderPage, AppError>>,
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
    view! {
        <Title text=tr!(locale, messages.orders.title) />
        <Suspense fallback=|| {
            view! { <section class="stage" aria-busy="true"><SkeletonRows /></section> }
        }>
            {Suspend::new(async move {
                match viewer.await {
                    Ok(viewer) if viewer.may(Permission::ReadMessages) => {
                        view! { <Whole listing viewer /> }.into_any()
                    }
                    Ok(viewer) => {
                        view! {
                            <NoPermission
                                section=tr!(locale, messages.orders.title)
                                needs=Permission::ReadMessages
                                role=viewer.role
                            />
                        }
                            .into_any()
                    }
                    Err(_) => ().into_any(),
                }
            })}
        </Suspense>
    }
    .into_any()
}

#[component]
fn Whole(listing: Listing, viewer: Viewer) -> impl IntoView {
    let locale = use_locale();
    let moment = Moment::new(viewer.now, viewer.offset_minutes);
    moment.go_on();
    view! {
        <section class="stage orders" aria-labelledby="h">
            <header class="bar">
                <h1 id="h">{tr!(locale, messages.orders.title)}</h1>
            </header>
            <search class="tools"><Find words=listing.words /></search>
            <div class="scroll" tabindex="0" role="region" aria-label=tr!(locale, messages.orders.list)>
                <Transition fallback=SkeletonRows>
                    {move || Suspend::new(async move {
                        match listing.orders.await {
                            Ok(page) => {
                                let words = listing.words.get_untracked();
                                view! { <Orders page words moment /> }.into_any()
                            }
                            Err(error) => {
                                let again = move |_| listing.orders.refetch();
                                view! {
                                    <div class="blank" role="alert">
                                        <Icon glyph=icons::TRIANGLE_ALERT />
                                        <h2>{tr!(locale, messages.orders.failed)}</h2>
                                        <p>{why(locale, &error)}</p>
                                        <button class="btn small" type="button" on:click=again>
                                            {tr!(locale, activity.try_again)}
                                        </button>
                                    </div>
                                }
                                    .into_any()
                            }
                        }
                    })}
                </Transition>
            </div>
        </section>
    }
    .into_any()
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

#[component]
fn Orders(page: OrderPage, words: String, moment: Moment) -> impl IntoView {
    let locale = use_locale();
    if page.rows.is_empty() && page.next.is_none() {
        let (title, text) = if words.is_empty() {
            let text = tr!(locale, messages.orders.none_why);
            (tr!(locale, messages.orders.none), Some(text))
        } else {
            (tr!(locale, messages.orders.no_match), None)
        };
        return view! {
            <div class="blank">
                <Icon glyph=icons::SHOPPING_BAG />
                <h2>{title}</h2>
                <p>{text}</p>
            </div>
        }
        .into_any();
    }
    let waiting = match page.waiting_count {
        0 => tr!(locale, messages.orders.none_waiting).to_owned(),
        count => tr!(
            locale,
            messages.orders.waiting,
            count = count,
            n = number(count)
        ),
    };
    let rows = RwSignal::new(page.rows);
    let next = RwSignal::new(page.next);
    let is_partial = RwSignal::new(page.is_partial);
    let is_loading = RwSignal::new(false);
    let more = move |_| {
        let Some(after) = next.get_untracked().filter(|_| !is_loading.get_untracked()) else {
            return;
        };
        is_loading.set(true);
        let words = words.clone();
        spawn_local(async move {
            let answer = calls::list(words, Some(after)).await;
            is_loading.try_set(false);
            if let Ok(page) = answer {
                rows.try_update(|rows| rows.extend(page.rows));
                next.try_set(page.next);
                is_partial.try_set(page.is_partial);
            }
        });
    };
    let more = StoredValue::new(more);
    view! {
        <p class="order-note" role="status">{waiting}</p>
        <ul class="orders-list">
            <For each=move || rows.get() key=|order| order.number.clone() let:order>
                <OrderLine order moment />
            </For>
        </ul>
        <Show when=move || is_partial.get()>
            <p class="order-note" role="status">{tr!(locale, messages.orders.partial)}</p>
        </Show>
        <Show when=move || next.with(Option::is_none) && rows.with(Vec::is_empty)>
            <p class="order-note" role="status">{tr!(locale, messages.orders.no_match)}</p>
        </Show>
        <Show when=move || next.with(Option::is_some)>
            <p class="end">
                <button class="btn" type="button" on:click=move |event| more.with_value(|more| more(event))>
                    {tr!(locale, messages.orders.more)}
                </button>
            </p>
        </Show>
    }
    .into_any()
}

/// One order: number and customer, status, the last message, how long it waits.
#[component]
pub fn OrderLine(
    /// The order.
    order: OrderRow,
    /// The store's clock.
    moment: Moment,
) -> impl IntoView {
    let locale = use_locale();
    let customer = order
        .customer_name
        .clone()
        .or_else(|| order.customer.clone());
    let status = order
        .status
        .clone()
        .map(|status| view! { <span class="chip line" title=status.clone()>{status_words(locale, &status)}</span> });
    let total = total_words(&order).map(|total| view! { <bdi class="total">{total}</bdi> });
    let waits = order.waiting_since.map(|since| {
        let words = move || {
            let ago = ago(locale, moment.now.get(), since);
            tr!(locale, messages.orders.waits_since, ago = ago)
        };
        view! { <span class="status pending"><Icon glyph=icons::CLOCK />{words}</span> }
    });
    let unread = (order.unread_count > 0).then(|| {
        let label = tr!(locale, messages.orders.unread, count = order.unread_count);
        view! {
            <span class="badge">
                <span aria-hidden="true">{number(order.unread_count)}</span>
                <span class="vh">{label}</span>
            </span>
        }
    });
    let last = order
        .last_message
        .as_deref()
        .map(|row| view! { <Last row=row.clone() moment /> });
    let title = tr!(
        locale,
        messages.thread.title,
        number = order.number.as_str()
    );
    view! {
        <li class="order-line" class:unread=order.unread_count != 0>
            <div class="line">
                <a class="name" href=order_href(&order.number)><bdi>{title}</bdi></a>
                <bdi class="who">{customer}</bdi>
                {status}
                <span class="push"></span>
                {total}
            </div>
            <div class="line">{last} <span class="push"></span> {waits} {unread}</div>
        </li>
    }
    .into_any()
}

/// The last message in one line.
#[component]
fn Last(row: MessageRow, moment: Moment) -> impl IntoView {
    let locale = use_locale();
    let today = moment
        .now
        .with_untracked(|now| crate::activity::clock::day_of(*now, row.offset_minutes));
    let state = state_of(locale, &row, today);
    let mark = (row.direction == MessageDirection::Outbound).then(|| {
        let class = format!("status {}", state.class);
        view! {
            <span class=class title=state.word>
                <Icon glyph=state.glyph />
                <span class="vh">{state.word}</span>
            </span>
        }
    });
    let text = row.subject.clone().or_else(|| row.preview.clone());
    let time = clock_of(locale, row.occurred_at, row.offset_minutes, today);
    let title = moment_title(locale, row.occurred_at, row.offset_minutes);
    view! {
        <Icon glyph=channel_glyph(row.channel) class="i-s" />
        {mark}
        <span class="last trunc" dir="auto">{text}</span>
        <time class="dim small nowrap" title=title datetime=row.occurred_at.to_rfc3339()>{time}</time>
    }
    .into_any()
}
