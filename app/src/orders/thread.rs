//! The thread of an order: a conversation, with what happened to the order in between.

mod entries;
mod event;
mod facts;
mod follow;
#[cfg(not(feature = "ssr"))]
mod live;
mod message;
mod state;

use super::calls::{self, Stretch};
use super::composer::{Composer, Draft};
use super::totals::status_words;
use crate::AppError;
use crate::activity::live::{self as socket, bar::ConnectionBar, dot::Dot};
use crate::activity::words::number;
use crate::i18n::{tr, use_locale};
use crate::icons::{self, Icon};
use crate::layout::Avatar;
use crate::messages::address::order_href;
use crate::messages::words::messages;
use crate::pages::{Opening, admitted, not_read};
use crate::parts::{Page, Place, Trade};
use crate::wire::Told;
use domain::Permission;
use domain::view::Viewer;
use entries::Conversation;
use facts::Facts;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
pub use state::{Item, ThreadLog, use_thread};

type Answer = Result<Option<Stretch>, AppError>;

/// A thread as a route.
#[derive(Clone, Copy)]
pub struct ThreadRoute {
    number: Memo<String>,
    stretch: Told<Answer>,
}

impl Page for ThreadRoute {
    const PLACE: Place = Place::Trade(Trade::Thread);

    fn start() -> Self {
        let params = use_params_map();
        let number = Memo::new(move |_| params.with(|p| p.get("number").unwrap_or_default()));
        Self {
            number,
            stretch: crate::wire::told(
                move || number.get(),
                |number| calls::thread(number, None, calls::OPENING),
            ),
        }
    }

    fn shown(self) -> AnyView {
        view! { <ThreadPage source=self /> }.into_any()
    }
}

/// The page.
#[component]
fn ThreadPage(source: ThreadRoute) -> impl IntoView {
    let locale = use_locale();
    let viewer = crate::use_viewer();
    let title = move || tr!(locale, messages.thread.title, number = source.number.get());
    let section = tr!(locale, messages.orders.title);
    let content = move |viewer: Viewer| async move {
        match source.stretch.await {
            Ok(Some(stretch)) => view! { <Whole viewer stretch /> }.into_any(),
            Ok(None) => view! { <Gone /> }.into_any(),
            Err(error) => {
                let again = move || source.stretch.refetch();
                socket::when_online(again);
                not_read(tr!(locale, messages.thread.failed), &error, again)
            }
        }
    };
    view! {
        <Title text=title />
        <Transition fallback=Opening>
            {move || Suspend::new(admitted(viewer, section, Permission::ReadMessages, content))}
        </Transition>
    }
    .into_any()
}

#[component]
fn Whole(viewer: Viewer, stretch: Stretch) -> impl IntoView {
    let locale = use_locale();
    let log = ThreadLog::new(locale, viewer, stretch);
    let draft = Draft::new(log);
    provide_context(log);
    provide_context(draft);
    provide_context(log.tell_of());
    log.moment.go_on();
    draft.follow(log);
    let owner = Owner::current();
    // Only a browser follows: effects don't run on the server.
    Effect::new(move |_| {
        if let Some(owner) = &owner {
            owner.with(|| {
                socket::start(log);
                follow::begin(log);
            });
        }
    });
    view! {
        <section class="stage thread-stage" aria-labelledby="h">
            <Bar />
            <ConnectionBar live=log.live moment=log.moment entries=messages />
            <Conversation />
            <div class="hint-place" role="status">
                {move || log.hint.get().map(|hint| view! { <p class="toast">{hint}</p> })}
            </div>
            <Composer />
            <p class="vh" role="status">{move || log.said.get()}</p>
        </section>
        <Facts />
    }
    .into_any()
}

/// Which order, its status, whether it is live.
#[component]
fn Bar() -> impl IntoView {
    let log = use_thread();
    let locale = log.locale;
    let status = move || {
        let status = log.order.with(|order| order.status.clone())?;
        Some(view! { <span class="chip info">{status_words(locale, &status)}</span> })
    };
    let customer = move || log.order.with(|order| order.customer_name.clone());
    view! {
        <header class="bar rule thread-bar">
            <a class="icon-btn only-narrow" href="/orders" aria-label=tr!(locale, messages.thread.back)>
                <Icon glyph=icons::ARROW_LEFT class="flip" />
            </a>
            <div class="title">
                <h1 id="h">
                    <a class="dim only-wide" href="/orders">{tr!(locale, messages.thread.orders)}</a>
                    <span class="dim only-wide">" / "</span>
                    {tr!(locale, messages.thread.title, number = log.number.get_value())}
                </h1>
                <p class="only-narrow dim small"><bdi>{customer}</bdi></p>
            </div>
            {status}
            <span class="push"></span>
            <People />
            <Dot live=log.live is_waiting=Signal::derive(|| false) />
            <Beside />
            <button
                class="icon-btn only-middle"
                type="button"
                popovertarget="about-order"
                aria-label=tr!(locale, messages.thread.about)
            >
                <Icon glyph=icons::PANEL_RIGHT class="flip" />
            </button>
        </header>
    }
    .into_any()
}

/// Who else has the thread open.
#[component]
fn People() -> impl IntoView {
    let log = use_thread();
    let locale = log.locale;
    let people = move || {
        log.here.with(|here| {
            let first = here.first()?;
            let others = here.len() as u64 - 1;
            let name = first.name.as_str();
            let words = match others {
                0 => tr!(locale, messages.thread.here_alone, name = name),
                _ => tr!(
                    locale,
                    messages.thread.here,
                    count = others,
                    name = name,
                    n = number(others)
                ),
            };
            Some(view! {
                <Avatar name=first.name.clone() />
                <span class="trunc">{words}</span>
            })
        })
    };
    view! { <span class="people small soft only-wide" role="status">{people}</span> }.into_any()
}

/// To the orders above and below in the list.
#[component]
fn Beside() -> impl IntoView {
    let log = use_thread();
    let locale = log.locale;
    let (previous, next) = log.beside.get_value();
    let link = |number: Option<String>, label: &'static str, glyph| match number {
        Some(number) => view! {
            <a class="icon-btn" href=order_href(&number) aria-label=label title=label>
                <Icon glyph />
            </a>
        }
        .into_any(),
        None => view! {
            <span class="icon-btn" aria-hidden="true" data-off=true>
                <Icon glyph />
            </span>
        }
        .into_any(),
    };
    view! {
        <span class="neighbours only-wide">
            {link(previous, tr!(locale, messages.thread.previous), icons::CHEVRON_UP)}
            {link(next, tr!(locale, messages.thread.next), icons::CHEVRON_DOWN)}
        </span>
    }
    .into_any()
}

#[component]
fn Gone() -> impl IntoView {
    let locale = use_locale();
    crate::status::set(404);
    view! {
        <section class="stage" aria-labelledby="h">
            <div class="blank">
                <Icon glyph=icons::SEARCH />
                <h1 id="h">{tr!(locale, messages.thread.gone)}</h1>
                <p>{tr!(locale, messages.thread.gone_why)}</p>
                <a class="btn" href="/orders">{tr!(locale, messages.thread.back)}</a>
            </div>
        </section>
    }
    .into_any()
}
