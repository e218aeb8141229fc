//! The facts of the order beside the thread: what to look at first, the order, the customer. A sheet on a phone.

use super::state::{Item, ThreadLog, use_thread};
use crate::activity::address::href_of;
use crate::activity::words::{ago, amount, number};
use crate::format::day;
use crate::i18n::tr;
use crate::icons::{self, Icon};
use crate::layout::Avatar;
use crate::messages::address::customer_href;
use crate::messages::words::{channel_label, is_hidden};
use crate::orders::totals::{status_words, total_words};
use crate::pages::why_href;
use domain::Permission;
use domain::message::{DeliveryStatus, Verdict, shown_number};
use domain::query::quote_value;
use domain::view::{MessageRow, ThreadItem};
use leptos::prelude::*;

/// The facts.
#[component]
pub fn Facts() -> impl IntoView {
    let log = use_thread();
    let locale = log.locale;
    view! {
        <aside
            class="side"
            id="about-order"
            popover="auto"
            aria-label=tr!(locale, messages.thread.about)
        >
            <button
                class="icon-btn only-middle close"
                type="button"
                popovertarget="about-order"
                popovertargetaction="hide"
                aria-label=tr!(locale, common.close)
            >
                <Icon glyph=icons::X />
            </button>
            <Glance />
            <Order />
            <Items />
            <Customer />
        </aside>
    }
    .into_any()
}

/// How many messages of the thread are so.
fn count_of(log: ThreadLog, is_so: impl Fn(&MessageRow) -> bool) -> u64 {
    log.items.with(|items| {
        let of =
            |item: &&Item| matches!(&*item.item, ThreadItem::Message { row, .. } if is_so(row));
        items.iter().filter(of).count() as u64
    })
}

/// What to look at first.
#[component]
fn Glance() -> impl IntoView {
    let log = use_thread();
    let locale = log.locale;
    let count = move |status| count_of(log, |row| row.status == Some(status));
    let waits = move || {
        let since = log.order.with(|order| order.waiting_since);
        match since {
            Some(since) => {
                let ago = ago(locale, log.moment.now.get(), since);
                view! {
                    <li class="wait">
                        <Icon glyph=icons::CLOCK />
                        <div>
                            {tr!(locale, messages.side.waits)}
                            <p>{tr!(locale, messages.side.waits_for, ago = ago)}</p>
                        </div>
                    </li>
                }
                .into_any()
            }
            None => view! {
                <li class="yes">
                    <Icon glyph=icons::CIRCLE_CHECK />
                    <div>{tr!(locale, messages.side.answered)}</div>
                </li>
            }
            .into_any(),
        }
    };
    let no = |words: String| {
        view! {
            <li class="no">
                <Icon glyph=icons::CIRCLE_ALERT />
                <div>{words}</div>
            </li>
        }
    };
    let failed = move || {
        let failed = count(DeliveryStatus::Failed);
        let not_sent = count(DeliveryStatus::NotSent);
        if failed + not_sent > 0 {
            let failed = (failed > 0).then(|| {
                let n = number(failed);
                no(tr!(
                    locale,
                    messages.side.not_arrived,
                    count = failed,
                    n = n
                ))
            });
            let not_sent = (not_sent > 0).then(|| {
                let n = number(not_sent);
                no(tr!(locale, messages.side.not_sent, count = not_sent, n = n))
            });
            return view! { {failed} {not_sent} }.into_any();
        }
        let is_held_back = [DeliveryStatus::Pending, DeliveryStatus::Stopped]
            .into_iter()
            .any(|status| count(status) > 0);
        if is_held_back || count(DeliveryStatus::Sent) == 0 {
            return ().into_any();
        }
        view! {
            <li class="yes">
                <Icon glyph=icons::CIRCLE_CHECK />
                <div>{tr!(locale, messages.side.all_arrived)}</div>
            </li>
        }
        .into_any()
    };
    let line = |words: String| {
        view! {
            <li class="wait">
                <Icon glyph=icons::SEND />
                <div>{words}</div>
            </li>
        }
    };
    let pending = move || {
        let waiting = count_of(log, |row| matches!(row.verdict, Verdict::Waiting { .. }));
        let unknown = count_of(log, |row| {
            matches!(row.verdict, Verdict::AnswerUnknown { .. })
        });
        let pending = count(DeliveryStatus::Pending);
        let going = pending.saturating_sub(waiting + unknown);
        let waiting = (waiting > 0).then(|| {
            let n = number(waiting);
            line(tr!(locale, messages.side.pending, count = waiting, n = n))
        });
        let going = (going > 0).then(|| {
            let n = number(going);
            line(tr!(locale, messages.side.going, count = going, n = n))
        });
        let unknown = (unknown > 0).then(|| {
            let n = number(unknown);
            line(tr!(locale, messages.side.unknown, count = unknown, n = n))
        });
        view! { {waiting} {going} {unknown} }
    };
    view! {
        <section class="section" aria-labelledby="s-a">
            <h2 id="s-a">{tr!(locale, messages.side.glance)}</h2>
            <ul class="checks">{waits} {failed} {pending}</ul>
        </section>
    }
    .into_any()
}

#[component]
fn Order() -> impl IntoView {
    let log = use_thread();
    let locale = log.locale;
    let history = href_of(&format!("order:{}", quote_value(&log.number.get_value())));
    let manages = log
        .viewer
        .with_value(|viewer| viewer.may(Permission::ManageRules));
    let why = manages.then(|| {
        let href = why_href("order", &log.number.get_value());
        view! { " · " <a class="link" href=href>{tr!(locale, rules.why_title)}</a> }
    });
    let facts = move || {
        log.order.with(|order| {
            let line = |label: &'static str, value: Option<String>| {
                value.map(|value| view! { <dt>{label}</dt> <dd><bdi>{value}</bdi></dd> })
            };
            let placed = order
                .placed_at
                .map(|at| day(locale, at, log.moment.offset_minutes));
            let status = order
                .status
                .as_deref()
                .map(|status| status_words(locale, status));
            view! {
                {line(tr!(locale, messages.side.number), Some(order.number.clone()))}
                {line(tr!(locale, messages.side.status), status)}
                {line(tr!(locale, messages.side.total), total_words(order))}
                {line(tr!(locale, messages.side.placed), placed)}
                {line(tr!(locale, messages.side.assigned), order.assigned_to.clone())}
            }
        })
    };
    view! {
        <section class="section" aria-labelledby="s-o">
            <h2 id="s-o">{tr!(locale, messages.side.order)}</h2>
            <dl class="facts">{facts}</dl>
            <p class="more">
                <a class="link" href=history>{tr!(locale, messages.side.history)}</a>
                {why}
            </p>
        </section>
    }
    .into_any()
}

/// What was ordered.
#[component]
fn Items() -> impl IntoView {
    let log = use_thread();
    let locale = log.locale;
    let items = log.order_items.get_value();
    (!items.is_empty()).then(|| {
        let lines = items
            .into_iter()
            .map(|item| {
                let times = (item.quantity > 1).then(|| number(u64::from(item.quantity)));
                view! {
                    <li>
                        <span>
                            {times.map(|n| view! { <span class="dim" dir="ltr">{n} " × "</span> })}
                            <bdi>{item.name}</bdi>
                            {item.variant.map(|variant| view! { " " <bdi class="dim">{variant}</bdi> })}
                        </span>
                        <span dir="ltr">{item.total.map(|total| amount(&total))}</span>
                    </li>
                }
            })
            .collect_view();
        let sum = log.order.with_untracked(|order| {
            let total = amount(order.total.as_deref()?);
            let label = match &order.currency {
                Some(currency) => {
                    tr!(locale, messages.side.total_in, currency = currency.as_str())
                }
                None => tr!(locale, messages.side.total).to_owned(),
            };
            Some(view! {
                <li class="sum">
                    <b class="strong">{label}</b>
                    <b class="strong" dir="ltr">{total}</b>
                </li>
            })
        });
        view! {
            <section class="section" aria-labelledby="s-i">
                <h2 id="s-i">{tr!(locale, messages.side.items)}</h2>
                <ul class="order-items">{lines} {sum}</ul>
            </section>
        }
    })
}

#[component]
fn Customer() -> impl IntoView {
    let log = use_thread();
    let locale = log.locale;
    let may_open = log
        .viewer
        .with_value(|viewer| viewer.role.opens_customers());
    let person = move || {
        log.order.with(|order| {
            let id = order.customer.clone();
            let name = order.customer_name.clone().or_else(|| id.clone())?;
            let href = id
                .filter(|id| may_open && !is_hidden(id))
                .map(|id| customer_href(&id));
            let profile = href.map(|href| {
                view! { <br /> <a class="link" href=href>{tr!(locale, messages.side.profile)}</a> }
            });
            Some(view! {
                <div class="person">
                    <Avatar name=name.clone() is_large=true />
                    <p><b class="strong"><bdi>{name}</bdi></b> {profile}</p>
                </div>
            })
        })
    };
    // Of each channel the one to answer to.
    let reach = move || {
        log.reachable.with(|reachable| {
            let mut last = None;
            reachable
                .iter()
                .filter(|(channel, _)| last.replace(*channel) != Some(*channel))
                .map(|(channel, address)| {
                    let failure = log.failure_sentence(*channel, address);
                    view! {
                        <dt>{channel_label(locale, *channel)}</dt>
                        <dd>
                            <bdi dir="ltr">{shown_number(address)}</bdi>
                            {failure.map(|words| view! { <p class="small error-text">{words}</p> })}
                        </dd>
                    }
                })
                .collect_view()
        })
    };
    let nowhere = move || {
        log.reachable
            .with(Vec::is_empty)
            .then(|| view! { <p class="dim">{tr!(locale, messages.side.nowhere)}</p> })
    };
    view! {
        <section class="section" aria-labelledby="s-c">
            <h2 id="s-c">{tr!(locale, messages.side.customer)}</h2>
            {person}
            <dl class="facts">{reach}</dl>
            {nowhere}
        </section>
    }
    .into_any()
}
