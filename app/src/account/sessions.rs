//! Where one is signed in, and ending that.

use super::calls::{EndOtherSessions, EndSession};
use super::page::{Part, SessionsResource};
use crate::AppError;
use crate::activity::words::device_words;
use crate::form::FormNote;
use crate::format::{ago, day};
use crate::i18n::{tr, use_locale};
use crate::icons::{self, Icon};
use crate::pages::{Trouble, trouble_text};
use chrono::{DateTime, Utc};
use domain::view::SessionView;
use leptos::prelude::*;

/// The part about sessions.
#[component]
pub fn SessionsPart(
    /// The sessions.
    sessions: SessionsResource,
    /// Now.
    now: DateTime<Utc>,
    /// What the store's clock adds to UTC, in minutes.
    offset: i32,
) -> impl IntoView {
    let locale = use_locale();
    let end_one = ServerAction::<EndSession>::new();
    let end_others = ServerAction::<EndOtherSessions>::new();
    let (one, others) = (end_one.value(), end_others.value());
    Effect::watch(
        move || (end_one.version().get(), end_others.version().get()),
        move |_, _, _| sessions.refetch(),
        false,
    );
    let failure = move || -> Option<AppError> {
        let of = |answer: Option<Result<(), AppError>>| answer.and_then(Result::err);
        of(one.get()).or_else(|| of(others.get()))
    };
    view! {
        <Part id="own-sessions" title=tr!(locale, access.sessions.title) lead=tr!(locale, access.sessions.lead)>
            {move || failure().map(|error| view! { <FormNote text=trouble_text(locale, &error) /> })}
            <Transition>
                {move || Suspend::new(async move {
                    match sessions.await {
                        Err(error) => view! { <Trouble error /> }.into_any(),
                        Ok(sessions) => {
                            let has_others = sessions.len() > 1;
                            view! {
                                <ul class="own-sessions">
                                    {sessions
                                        .into_iter()
                                        .map(|session| view! { <Session session end_one now offset /> })
                                        .collect_view()}
                                </ul>
                                {has_others
                                    .then(|| {
                                        view! {
                                            <button
                                                class="btn danger"
                                                type="button"
                                                on:click=move |_| {
                                                    end_others.dispatch(EndOtherSessions {});
                                                }
                                            >
                                                {tr!(locale, access.sessions.end_others)}
                                            </button>
                                        }
                                    })}
                            }
                                .into_any()
                        }
                    }
                })}
            </Transition>
        </Part>
    }
    .into_any()
}

#[component]
fn Session(
    /// The session.
    session: SessionView,
    /// What ends it.
    end_one: ServerAction<EndSession>,
    /// Now.
    now: DateTime<Utc>,
    /// What the store's clock adds to UTC, in minutes.
    offset: i32,
) -> impl IntoView {
    let locale = use_locale();
    let id = session.id;
    let is_phone = ["iPhone", "iPad", "Android"].iter().any(|name| {
        session
            .device
            .as_deref()
            .is_some_and(|device| device.contains(name))
    });
    let glyph = if is_phone {
        icons::SMARTPHONE
    } else {
        icons::MONITOR
    };
    let used = if session.is_current {
        tr!(locale, access.sessions.now).to_owned()
    } else {
        tr!(
            locale,
            access.sessions.used,
            ago = ago(locale, now, session.last_used_at)
        )
    };
    let since = tr!(
        locale,
        access.sessions.since,
        day = day(locale, session.created_at, offset)
    );
    let device = session.device.as_deref().map_or_else(
        || tr!(locale, access.sessions.unknown).to_owned(),
        |device| device_words(locale, device),
    );
    let label = tr!(locale, access.sessions.end_named, device = device.clone());
    let end = if session.is_current {
        view! { <span class="chip success">{tr!(locale, access.sessions.this)}</span> }.into_any()
    } else {
        view! {
            <button
                class="btn small"
                type="button"
                aria-label=label
                on:click=move |_| {
                    end_one.dispatch(EndSession { session: id });
                }
            >
                {tr!(locale, access.sessions.end)}
            </button>
        }
        .into_any()
    };
    view! {
        <li>
            <Icon glyph />
            <p class="grow">
                <bdi class="strong">{device}</bdi>
                <small>
                    {session.place.map(|place| view! { <bdi>{place}</bdi> " · " })}
                    {session.ip.map(|ip| view! { <bdi dir="ltr">{ip}</bdi> " · " })} {used} " · " {since}
                </small>
            </p>
            {end}
        </li>
    }
    .into_any()
}
