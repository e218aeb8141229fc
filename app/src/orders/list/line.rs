//! The line of an order.

use super::state::OrderList;
use crate::activity::clock::Moment;
use crate::activity::words::{ago, moment_title, number};
use crate::i18n::{tr, use_locale};
use crate::icons::{self, Icon};
use crate::messages::address::order_href;
use crate::messages::words::{channel_glyph, clock_of, state_of};
use crate::orders::totals::{status_words, total_words};
use crate::select::{PickBox, RowPress};
use domain::message::MessageDirection;
use domain::view::{MessageRow, OrderRow};
use leptos::prelude::*;

/// The line of an order of the list; with a box where lines can be selected.
#[component]
pub fn Line(
    /// The list.
    list: OrderList,
    /// The order's number.
    number: String,
) -> impl IntoView {
    let locale = use_locale();
    let found = list
        .lines
        .with_untracked(|lines| lines.of(&number).cloned());
    let id = list.known.try_update_value(|known| known.id_of(&number));
    found.zip(id).map(|(first, id)| {
        let label = tr!(locale, messages.orders.pick, number = number.as_str());
        let order = Memo::new(move |_| {
            let now = list.lines.with(|lines| lines.of(&number).cloned());
            now.unwrap_or_else(|| first.clone())
        });
        let OrderList {
            selected,
            rows,
            moment,
            ..
        } = list;
        if !list.may_pick {
            return view! {
                <li
                    class="order-line"
                    class:unread=move || order.with(|order| order.unread_count != 0)
                    class:cursor=move || rows.cursor.get() == Some(id)
                >
                    {facts(order.into(), moment)}
                </li>
            }
            .into_any();
        }
        // Where there is no room for the box.
        let press = RowPress::new(selected, rows, id);
        view! {
            <li
                class="order-line"
                class:unread=move || order.with(|order| order.unread_count != 0)
                class:picked=move || selected.has(id)
                class:cursor=move || rows.cursor.get() == Some(id)
                on:pointerdown=move |event| press.down(&event)
                on:pointermove=move |event| press.moved(&event)
                on:pointerup=move |_| press.ended()
                on:pointercancel=move |_| press.ended()
                on:contextmenu=move |event| press.menu(&event)
                on:click:capture=move |event| press.click(&event)
            >
                <span class="check">
                    <PickBox selected list=rows id label />
                </span>
                {facts(order.into(), moment)}
            </li>
        }
        .into_any()
    })
}

/// One order: number and customer, status, the last message, how long it waits.
#[component]
pub fn OrderLine(
    /// The order.
    #[prop(into)]
    order: Signal<OrderRow>,
    /// The store's clock.
    moment: Moment,
) -> impl IntoView {
    view! {
        <li class="order-line" class:unread=move || order.with(|order| order.unread_count != 0)>
            {facts(order, moment)}
        </li>
    }
    .into_any()
}

/// What is said of an order in its line.
fn facts(order: Signal<OrderRow>, moment: Moment) -> AnyView {
    let locale = use_locale();
    let customer = move || {
        order.with(|order| {
            let name = order.customer_name.clone();
            name.or_else(|| order.customer.clone())
        })
    };
    let status = move || {
        let status = order.with(|order| order.status.clone())?;
        let words = status_words(locale, &status);
        Some(view! { <span class="chip line" title=status>{words}</span> })
    };
    let total = move || {
        let total = order.with(total_words)?;
        Some(view! { <bdi class="total">{total}</bdi> })
    };
    let waits = move || {
        let since = order.with(|order| order.waiting_since)?;
        let words = move || {
            let ago = ago(locale, moment.now.get(), since);
            tr!(locale, messages.orders.waits_since, ago = ago)
        };
        Some(view! { <span class="status pending"><Icon glyph=icons::CLOCK />{words}</span> })
    };
    let unread = move || {
        let count = order.with(|order| order.unread_count);
        (count > 0).then(|| {
            let label = tr!(locale, messages.orders.unread, count = count);
            view! {
                <span class="badge">
                    <span aria-hidden="true">{number(count)}</span>
                    <span class="vh">{label}</span>
                </span>
            }
        })
    };
    let last = move || {
        let row = order.with(|order| order.last_message.as_deref().cloned())?;
        Some(view! { <Last row moment /> })
    };
    let (href, title) = order.with_untracked(|order| {
        let number = order.number.as_str();
        let title = tr!(locale, messages.thread.title, number = number);
        (order_href(number), title)
    });
    view! {
        <div class="line">
            <a class="name" href=href><bdi>{title}</bdi></a>
            <bdi class="who">{customer}</bdi>
            {status}
            <span class="push"></span>
            {total}
        </div>
        <div class="line">{last} <span class="push"></span> {waits} {unread}</div>
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
