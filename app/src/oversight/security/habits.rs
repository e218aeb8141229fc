//! What is usual for an account, while the query asks for one alone.

use super::calls;
use crate::activity::words::{ago, device_words, number};
use crate::i18n::{Locale, tr};
use crate::icons::{self, Icon};
use crate::oversight::parts::by;
use crate::oversight::state::Watch;
use chrono::{DateTime, Utc};
use domain::query::SECURITY;
use domain::view::{AccountHabits, Habit, SecurityRow};
use leptos::prelude::*;

/// So many addresses and devices are shown.
const SHOWN: usize = 4;

/// Addresses, devices and hours of the account that the query asks for.
pub fn habits(log: Watch<SecurityRow>) -> AnyView {
    let account = Memo::new(move |_| {
        let mut values = log.address.with(|a| SECURITY.values_of(&a.q, "who"));
        if values.len() == 1 {
            values.pop()
        } else {
            None
        }
    });
    let known = crate::wire::told(
        move || account.get(),
        |account| async move {
            let account = account?;
            let habits = calls::habits(account.clone()).await.ok()?;
            Some((account, habits))
        },
    );
    view! {
        <Transition>
            {move || Suspend::new(async move {
                let (who, habits) = known.await?;
                Some(panel(log, &who, habits))
            })}
        </Transition>
    }
    .into_any()
}

fn panel(log: Watch<SecurityRow>, who: &str, habits: AccountHabits) -> AnyView {
    let locale = log.locale;
    let title = tr!(locale, oversight.habits.title, who = who);
    if habits.sign_ins == 0 {
        return view! {
            <section class="habits" aria-labelledby="habits">
                <h2 id="habits">{title}</h2>
                <p class="soft">{tr!(locale, oversight.habits.none)}</p>
            </section>
        }
        .into_any();
    }
    let sums = format!(
        "{} · {}",
        tr!(
            locale,
            oversight.finding.sign_ins,
            count = u64::from(habits.sign_ins)
        ),
        tr!(
            locale,
            oversight.habits.failures,
            count = u64::from(habits.failures)
        ),
    );
    let now = log.moment.now.get_untracked();
    view! {
        <section class="habits" aria-labelledby="habits">
            <h2 id="habits">{title}</h2>
            <p class="dim">{sums}</p>
            <div class="habits-in">
                <div>
                    <h3>{tr!(locale, oversight.habits.hours)}</h3>
                    {hours(locale, &habits.hours)}
                </div>
                <div>
                    <h3>{tr!(locale, oversight.habits.addresses)}</h3>
                    {list(locale, Some("ip"), habits.addresses, now)}
                </div>
                <div>
                    <h3>{tr!(locale, oversight.habits.devices)}</h3>
                    {list(locale, None, habits.devices, now)}
                </div>
            </div>
        </section>
    }
    .into_any()
}

/// A bar for each hour of the store's day; the highest is as high as there is room.
fn hours(locale: Locale, hours: &[u32]) -> AnyView {
    let most = hours.iter().copied().max().unwrap_or(0).max(1);
    let bars = hours
        .iter()
        .enumerate()
        .map(|(hour, count)| {
            let height = format!("block-size:{}%", count * 100 / most);
            let words = tr!(
                locale,
                oversight.habits.hour,
                count = number(u64::from(*count)),
                hour = format!("{hour:02}:00")
            );
            let title = words.clone();
            view! {
                <li title=title>
                    <i style=height></i>
                    <span class="vh">{words}</span>
                </li>
            }
        })
        .collect_view();
    view! {
        <ol class="hours" dir="ltr">
            {bars}
        </ol>
        <p class="hours-axis dim" dir="ltr" aria-hidden="true">
            <span>"00"</span>
            <span>"06"</span>
            <span>"12"</span>
            <span>"18"</span>
            <span>"24"</span>
        </p>
    }
    .into_any()
}

fn list(
    locale: Locale,
    qualifier: Option<&'static str>,
    habits: Vec<Habit>,
    now: DateTime<Utc>,
) -> AnyView {
    let items = habits
        .into_iter()
        .take(SHOWN)
        .map(|habit| {
            let last = tr!(locale, oversight.habits.last, ago = ago(locale, now, habit.last_at));
            let what = match qualifier {
                Some(qualifier) => by::<SecurityRow>(qualifier, habit.what, None),
                None => view! { <bdi>{device_words(locale, &habit.what)}</bdi> }.into_any(),
            };
            view! {
                <li>
                    <Icon glyph=if qualifier.is_some() { icons::GLOBE } else { icons::MONITOR } class="i-s" />
                    <span class="grow trunc">{what}</span>
                    <span class="dim">"×" {number(u64::from(habit.times))} " · " {last}</span>
                </li>
            }
        })
        .collect_view();
    view! { <ul>{items}</ul> }.into_any()
}
