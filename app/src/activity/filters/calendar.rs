//! A calendar for a range of days (<https://www.w3.org/WAI/ARIA/apg/patterns/dialog-modal/examples/datepicker-dialog/>).

use super::month::{first_of, months_on, moved, weeks};
use crate::activity::browser;
use crate::activity::search::use_search;
use crate::activity::words::{day_words, month_and_year, weekday_short};
use crate::i18n::tr;
use crate::icons::{self, Icon};
use chrono::{Datelike, Days, NaiveDate, NaiveTime, Weekday};
use domain::query::{created_between, created_days};
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;

/// The days from the first to the last one, both included.
type Range = (NaiveDate, NaiveDate);

/// Two clicks or two presses of Enter choose a range, the value of `created:`.
pub fn calendar(value: Memo<Option<String>>) -> AnyView {
    let log = use_search();
    let locale = log.locale;
    let week_start = Memo::new(move |_| {
        let days = log
            .plot
            .with(|plot| plot.as_ref().map_or(0, |plot| plot.week_start));
        weekday_of(days)
    });
    let chosen = Memo::new(move |_| {
        let (first, last) = created_days(&value.get()?, log.local_now(), week_start.get())?;
        Some((first?, last.unwrap_or_else(|| log.today()))) as Option<Range>
    });
    let start = untrack(|| log.today());
    // The day that keys act on; its month is shown.
    let focused = RwSignal::new(start);
    // The first end of a range, while the other one is missing.
    let begun = RwSignal::new(None::<NaiveDate>);
    let pointed = RwSignal::new(None::<NaiveDate>);
    let month = Memo::new(move |_| first_of(focused.get()));
    let shown = Memo::new(move |_| match begun.get() {
        Some(one) => {
            let other = pointed.get().unwrap_or_else(|| focused.get());
            Some((one.min(other), one.max(other)))
        }
        None => chosen.get(),
    });
    Effect::watch(
        move || chosen.get(),
        move |chosen, _, _| {
            begun.set(None);
            if let Some((_, last)) = chosen {
                focused.set(*last);
            }
        },
        true,
    );
    let pick = move |day: NaiveDate| {
        if day > log.today() {
            return;
        }
        focused.set(day);
        match begun.get_untracked() {
            None => begun.set(Some(day)),
            Some(one) => {
                let (first, after) = (one.min(day), one.max(day) + Days::new(1));
                let text = created_between(
                    first.and_time(NaiveTime::MIN),
                    after.and_time(NaiveTime::MIN),
                );
                begun.set(None);
                browser::hide_popover("date");
                log.edit(|query| log.dialect().set_created(query, Some(&text)));
            }
        }
    };
    let key = move |event: KeyboardEvent| {
        let day = focused.get_untracked();
        let (key, is_rtl) = (event.key(), browser::is_rtl());
        let start = week_start.get_untracked();
        if matches!(key.as_str(), "Enter" | " ") {
            event.prevent_default();
            pick(day);
        } else if let Some(to) = moved(day, &key, event.shift_key(), is_rtl, start) {
            event.prevent_default();
            focused.set(to);
            request_animation_frame(move || browser::focus(&format!("[data-day='{to}']")));
        }
    };
    let turn = move |by: i32| focused.update(|day| *day = months_on(*day, by));
    let heads = move || {
        let start = week_start.get().num_days_from_monday();
        (0..7)
            .map(|at| {
                let (whole, short) = weekday_short(locale, (start + at) % 7);
                view! { <th scope="col" abbr=whole>{short}</th> }
            })
            .collect_view()
    };
    let rows = move || {
        weeks(month.get(), week_start.get())
            .into_iter()
            .map(|week| {
                let days = week
                    .map(|day| {
                        let in_month = day.month() == month.get_untracked().month();
                        view! { <Cell day in_month focused shown pick=Callback::new(pick) pointed /> }
                    })
                    .collect_view();
                view! { <tr>{days}</tr> }
            })
            .collect_view()
    };
    let said = move || match (begun.get(), shown.get()) {
        (Some(_), _) => tr!(locale, activity.date.pick_other).to_owned(),
        (None, _) => tr!(locale, activity.date.pick_first).to_owned(),
    };
    view! {
        <div class="calendar">
            <div class="row-flex">
                <button class="icon-btn" type="button" aria-label=tr!(locale, activity.date.previous) on:click=move |_| turn(-1)>
                    <Icon glyph=icons::CHEVRON_LEFT class="flip" />
                </button>
                <h3 id="calendar-month" aria-live="polite">{move || month_and_year(locale, month.get())}</h3>
                <button class="icon-btn" type="button" aria-label=tr!(locale, activity.date.next) on:click=move |_| turn(1)>
                    <Icon glyph=icons::CHEVRON_RIGHT class="flip" />
                </button>
            </div>
            <table role="grid" aria-labelledby="calendar-month" on:keydown=key on:pointerleave=move |_| pointed.set(None)>
                <thead><tr>{heads}</tr></thead>
                <tbody>{rows}</tbody>
            </table>
            <p class="hint" role="status">{said}</p>
        </div>
    }
    .into_any()
}

/// A day. One of them can be reached by Tab, the others by arrows.
#[component]
fn Cell(
    day: NaiveDate,
    in_month: bool,
    focused: RwSignal<NaiveDate>,
    shown: Memo<Option<Range>>,
    pick: Callback<NaiveDate>,
    pointed: RwSignal<Option<NaiveDate>>,
) -> impl IntoView {
    let log = use_search();
    let is_in = move || {
        shown
            .get()
            .is_some_and(|(first, last)| first <= day && day <= last)
    };
    let is_end = move || {
        shown
            .get()
            .is_some_and(|(first, last)| first == day || day == last)
    };
    let is_ahead = move || day > log.today();
    view! {
        <td
            role="gridcell"
            data-day=day.to_string()
            aria-label=day_words(log.locale, day)
            aria-selected=move || is_in().to_string()
            aria-current=move || (day == log.today()).then_some("date")
            aria-disabled=move || is_ahead().then_some("true")
            tabindex=move || if focused.get() == day { "0" } else { "-1" }
            class:other=!in_month
            class:in=is_in
            class:end=is_end
            on:click=move |_| pick.run(day)
            on:pointerenter=move |_| pointed.set(Some(day))
        >
            <span aria-hidden="true">{day.day()}</span>
        </td>
    }
}

const fn weekday_of(days_from_monday: u32) -> Weekday {
    match days_from_monday {
        0 => Weekday::Mon,
        1 => Weekday::Tue,
        2 => Weekday::Wed,
        3 => Weekday::Thu,
        4 => Weekday::Fri,
        5 => Weekday::Sat,
        _ => Weekday::Sun,
    }
}
