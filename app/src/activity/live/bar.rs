//! The bar across the page: not connected, connected again, session ended.

use super::sign_in::SignInAgain;
use super::{Command, Connection, Live};
use crate::activity::clock::Moment;
use crate::activity::clock::{clock, local};
use crate::i18n::{Locale, tr, use_locale};
use crate::icons::{self, Icon};
use domain::view::Count;
use leptos::prelude::*;

/// What there is to say about the connection; mostly nothing.
#[component]
pub fn ConnectionBar(
    /// The connection.
    live: Live,
    /// The store's clock.
    moment: Moment,
    /// `3 entries`: what arrives.
    entries: fn(Locale, Count) -> String,
) -> impl IntoView {
    let kind = Memo::new(
        move |_| match (live.connection.get(), live.is_lost_long.get()) {
            (Connection::Ended, _) => Some(Connection::Ended),
            (Connection::Lost, true) => Some(Connection::Lost),
            (Connection::Open, _) if live.came_meanwhile.with(Option::is_some) => {
                Some(Connection::Open)
            }
            _ => None,
        },
    );
    move || match kind.get()? {
        Connection::Ended => Some(view! { <Ended /> }.into_any()),
        Connection::Lost => Some(view! { <Lost live moment /> }.into_any()),
        _ => Some(view! { <Back live entries /> }.into_any()),
    }
}

#[component]
fn Lost(live: Live, moment: Moment) -> impl IntoView {
    let locale = use_locale();
    let since = move || {
        let at = live.lost_at.get().unwrap_or_else(|| moment.exactly());
        clock(local(at, moment.offset_minutes))
    };
    let next = move || match live.next_try.get() {
        Some(seconds) => tr!(locale, activity.live.next_try, n = seconds),
        None => tr!(locale, activity.live.trying).to_owned(),
    };
    view! {
        <p class="offline">
            <Icon glyph=icons::WIFI_OFF />
            <span>
                <b class="strong" role="status">{tr!(locale, activity.live.lost_since)} " " <bdi>{since}</bdi> "."</b>
                " " {tr!(locale, activity.live.may_be_old)} " " {next}
            </span>
            <button class="link push" type="button" on:click=move |_| live.command(Command::TryNow)>
                {tr!(locale, activity.live.try_now)}
            </button>
        </p>
    }
}

#[component]
fn Back(live: Live, entries: fn(Locale, Count) -> String) -> impl IntoView {
    let locale = use_locale();
    let meanwhile = move || match live.came_meanwhile.get() {
        None
        | Some(Count {
            count: 0,
            is_exact: true,
        }) => tr!(locale, activity.live.nothing_came).to_owned(),
        Some(count) if !count.is_exact => tr!(locale, activity.live.more_came).to_owned(),
        Some(count) => tr!(
            locale,
            activity.live.came,
            count = count.count,
            entries = entries(locale, count)
        ),
    };
    view! {
        <p class="offline back" role="status">
            <Icon glyph=icons::CHECK />
            <span><b class="strong">{tr!(locale, activity.live.back)}</b> " " {meanwhile}</span>
        </p>
    }
}

#[component]
fn Ended() -> impl IntoView {
    let locale = use_locale();
    view! {
        <p class="offline" role="status">
            <Icon glyph=icons::LOG_IN />
            <span>
                <b class="strong">{tr!(locale, activity.live.session_ended)}</b> " "
                {tr!(locale, activity.live.session_safe)}
            </span>
            <SignInAgain class="btn small push" />
        </p>
    }
}
