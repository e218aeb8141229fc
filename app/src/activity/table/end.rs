//! What stands below the last row: the next page on its way, or that this is everything.

use crate::activity::any_log::AnyLog as _;
use crate::activity::clock::day_of;
use crate::activity::loaded::Loaded;
use crate::activity::state::{More, use_log};
use crate::activity::words::day_words;
use crate::failed::MoreFailed;
use crate::i18n::tr;
use domain::Direction;
use leptos::prelude::*;

/// What stands below the last row.
#[component]
pub fn End() -> impl IntoView {
    let log = use_log();
    let locale = log.locale;
    let first_day = Memo::new(move |_| {
        log.list.loaded.with(|loaded| match loaded.direction {
            Direction::Newest => loaded.lines().last().map(|line| line.day),
            Direction::Oldest => loaded.at(0).map(|line| line.day),
        })
    });
    let searched_to = Memo::new(move |_| {
        let to = log.list.loaded.with(Loaded::waits_at)?;
        Some(day_of(to, log.offset_minutes()))
    });
    let has_next = Memo::new(move |_| log.list.loaded.with(|loaded| loaded.next.is_some()));
    let go_on = move |_| log.go_on();
    move || {
        match (log.more.get(), has_next.get(), searched_to.get()) {
        (More::Loading, _, _) => view! { <NextRows /> }.into_any(),
        (More::Failed(code), _, _) => {
            let text = tr!(locale, activity.table.more_failed);
            let again = Callback::new(move |()| log.go_on());
            view! { <MoreFailed text code again /> }.into_any()
        }
        (More::Idle, true, Some(day)) => view! {
            <p class="end">
                {tr!(locale, activity.table.searched_to, day = day_words(locale, day))} " "
                <button class="link" type="button" on:click=go_on>{tr!(locale, activity.table.go_on)}</button>
            </p>
        }
        .into_any(),
        // The next page is asked for before this can be seen; without a script it is a link.
        (More::Idle, true, None) => view! { <NextRows /> }.into_any(),
        (More::Idle, false, _) => first_day
            .get()
            .map(|day| {
                view! { <p class="end">{tr!(locale, activity.table.everything, day = day_words(locale, day))}</p> }
            })
            .into_any(),
    }
    }
}

/// Three rows in the shape of those to come.
#[component]
fn NextRows() -> impl IntoView {
    let widths = [(5.5, 8.0), (4.5, 11.0), (6.0, 9.5)];
    let rows = widths
        .into_iter()
        .map(|(actor, what)| {
            view! {
                <div class="next-row">
                    <span class="skel" style="inline-size:3.25rem"></span>
                    <span class="skel" style=format!("inline-size:{actor}rem")></span>
                    <span class="skel" style="inline-size:7rem"></span>
                    <span class="skel" style=format!("inline-size:{what}rem")></span>
                </div>
            }
        })
        .collect_view();
    view! { <div class="next-rows" aria-hidden="true">{rows}</div> }
}
