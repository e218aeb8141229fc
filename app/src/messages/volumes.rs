//! How many messages went and came by which channel, by month or day: a small chart and a table for what is shown.

use super::state::{MessageLog, use_messages};
use super::words::{channel_label, kind_label};
use crate::activity::words::{day_short, month_and_year, number};
use crate::i18n::tr;
use crate::icons::{self, Icon};
use chrono::{Datelike as _, NaiveDate};
use domain::message::{Channel, MessageDirection, MessageType};
use domain::view::{MessageVolume, MessageVolumes};
use leptos::prelude::*;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// The chart's height in its own units.
const HEIGHT: u64 = 60;

/// The button and what it opens.
#[component]
pub fn Volumes() -> impl IntoView {
    let log = use_messages();
    let locale = log.locale;
    let content = move || {
        log.volumes.with(|volumes| match volumes {
            None => {
                view! { <p><span class="skel" style="inline-size:14rem"></span></p> }.into_any()
            }
            Some(volumes) if volumes.volumes.is_empty() => {
                view! { <p class="hint">{tr!(locale, messages.volumes.none)}</p> }.into_any()
            }
            Some(volumes) => view! { <Shown log volumes=volumes.clone() /> }.into_any(),
        })
    };
    view! {
        <button
            class="btn small"
            type="button"
            popovertarget="volumes"
            aria-label=tr!(locale, messages.volumes.title)
            style="anchor-name:--volumes"
            on:click=move |_| log.read_volumes()
        >
            <Icon glyph=icons::LAYERS />
            <span class="only-wide">{tr!(locale, messages.volumes.title)}</span>
        </button>
        <div
            class="menu pop volumes"
            id="volumes"
            popover="auto"
            role="dialog"
            aria-label=tr!(locale, messages.volumes.open)
            style="position-anchor:--volumes"
        >
            {content}
        </div>
    }
    .into_any()
}

/// By what is counted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Period {
    Month,
    Day,
}

impl Period {
    /// The first day of the period of a day.
    fn first(self, day: NaiveDate) -> NaiveDate {
        match self {
            Self::Month => day.with_day(1).unwrap_or(day),
            Self::Day => day,
        }
    }
}

/// What was sent, what was to be sent and was not, or not yet, and what was received.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Counts {
    sent: u64,
    unsent: u64,
    received: u64,
}

impl Counts {
    fn add(&mut self, volume: &MessageVolume) {
        match volume.direction {
            MessageDirection::Outbound => {
                self.sent += volume.sent;
                self.unsent += volume.count.saturating_sub(volume.sent);
            }
            MessageDirection::Inbound => self.received += volume.count,
        }
    }
}

/// One period: all of it, and each channel and type.
#[derive(Default)]
struct Sums {
    all: Counts,
    each: BTreeMap<(i16, i16), (Channel, MessageType, Counts)>,
}

/// The volumes by period, the latest first.
fn by_period(volumes: &[MessageVolume], period: Period) -> Vec<(NaiveDate, Sums)> {
    let mut found: BTreeMap<Reverse<NaiveDate>, Sums> = BTreeMap::new();
    for volume in volumes {
        let Ok(day) = volume.day.parse::<NaiveDate>() else {
            continue;
        };
        let sums = found.entry(Reverse(period.first(day))).or_default();
        sums.all.add(volume);
        sums.each
            .entry((volume.channel.number(), volume.kind.number()))
            .or_insert((volume.channel, volume.kind, Counts::default()))
            .2
            .add(volume);
    }
    let found = found.into_iter();
    found.map(|(Reverse(day), sums)| (day, sums)).collect()
}

#[component]
fn Shown(log: MessageLog, volumes: MessageVolumes) -> impl IntoView {
    let locale = log.locale;
    let newest = (!volumes.is_exact)
        .then(|| view! { <p class="hint">{tr!(locale, messages.volumes.newest)}</p> });
    let volumes = StoredValue::new(volumes.volumes);
    let period = RwSignal::new(Period::Month);
    let choices = [
        (Period::Month, tr!(locale, messages.volumes.month)),
        (Period::Day, tr!(locale, messages.volumes.day)),
    ]
    .map(|(one, label)| {
        view! {
            <button
                type="button"
                aria-pressed=move || (period.get() == one).to_string()
                on:click=move |_| period.set(one)
            >
                {label}
            </button>
        }
    });
    view! {
        {volumes.with_value(|volumes| chart(log, volumes))}
        <span class="seg" role="group" aria-label=tr!(locale, messages.volumes.by)>
            {choices.collect_view()}
        </span>
        <div class="scroll" tabindex="0" role="region" aria-label=tr!(locale, messages.volumes.open)>
            {move || volumes.with_value(|volumes| table(log, volumes, period.get()))}
        </div>
        {newest}
    }
    .into_any()
}

/// A bar for each day.
fn chart(log: MessageLog, volumes: &[MessageVolume]) -> AnyView {
    let locale = log.locale;
    let mut days: BTreeMap<&str, [u64; 3]> = BTreeMap::new();
    for volume in volumes {
        let place = Channel::ALL.iter().position(|c| *c == volume.channel);
        if let Some(count) = days
            .entry(&volume.day)
            .or_default()
            .get_mut(place.unwrap_or(0))
        {
            *count += volume.count;
        }
    }
    let peak = days.values().map(|day| day.iter().sum::<u64>()).max();
    let peak = peak.unwrap_or(1).max(1);
    let width = days.len().max(1) * 10;
    let bars = days
        .values()
        .enumerate()
        .map(|(at, counts)| {
            let mut top = HEIGHT;
            let parts = counts
                .iter()
                .zip(["v-email", "v-sms", "v-whatsapp"])
                .map(|(count, class)| {
                    let height = (count * HEIGHT).div_ceil(peak).min(top);
                    top -= height;
                    view! { <rect class=class x=at * 10 + 1 y=top width="8" height=height></rect> }
                })
                .collect_view();
            view! { <g>{parts}</g> }
        })
        .collect_view();
    let day = |day: &&str| {
        let day: Option<NaiveDate> = day.parse().ok();
        day.map(|day| day_short(locale, day, log.moment.today_untracked()))
    };
    let ends = [days.keys().next(), days.keys().next_back()]
        .map(|end| view! { <span>{end.and_then(day)}</span> })
        .collect_view();
    view! {
        <svg
            class="volume-plot"
            viewBox=format!("0 0 {width} {HEIGHT}")
            preserveAspectRatio="none"
            role="img"
            aria-label=tr!(locale, messages.volumes.open)
        >
            {bars}
        </svg>
        <div class="axis" aria-hidden="true">{ends}</div>
    }
    .into_any()
}

/// Each period with its sums, then by channel and type.
fn table(log: MessageLog, volumes: &[MessageVolume], period: Period) -> AnyView {
    let locale = log.locale;
    let mut total = Counts::default();
    let bodies = by_period(volumes, period)
        .into_iter()
        .map(|(day, sums)| {
            total.sent += sums.all.sent;
            total.unsent += sums.all.unsent;
            total.received += sums.all.received;
            let name = match period {
                Period::Month => month_and_year(locale, day),
                Period::Day => day_short(locale, day, log.moment.today_untracked()),
            };
            let rows = sums
                .each
                .into_values()
                .map(|(channel, kind, counts)| {
                    let name = view! {
                        <td>{channel_label(locale, channel)}</td>
                        <td>{kind_label(locale, kind)}</td>
                    };
                    view! { <tr>{name} {cells(counts)}</tr> }
                })
                .collect_view();
            view! {
                <tbody>
                    <tr class="period">
                        <th scope="rowgroup" colspan="2">{name}</th>
                        {cells(sums.all)}
                    </tr>
                    {rows}
                </tbody>
            }
        })
        .collect_view();
    view! {
        <table>
            <thead>
                <tr>
                    <th scope="col">{tr!(locale, messages.volumes.channel)}</th>
                    <th scope="col">{tr!(locale, messages.volumes.kind)}</th>
                    <th scope="col" class="num">{tr!(locale, messages.volumes.sent)}</th>
                    <th scope="col" class="num">{tr!(locale, messages.volumes.unsent)}</th>
                    <th scope="col" class="num">{tr!(locale, messages.volumes.received)}</th>
                </tr>
            </thead>
            {bodies}
            <tfoot>
                <tr>
                    <th scope="row" colspan="2">{tr!(locale, messages.volumes.sum)}</th>
                    {cells(total)}
                </tr>
            </tfoot>
        </table>
    }
    .into_any()
}

fn cells(counts: Counts) -> impl IntoView {
    view! {
        <td class="num">{number(counts.sent)}</td>
        <td class="num">{number(counts.unsent)}</td>
        <td class="num">{number(counts.received)}</td>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_went_and_what_came_is_counted_apart_by_month_and_day() {
        let volume = |day: &str, direction, count, sent| MessageVolume {
            day: day.to_owned(),
            kind: MessageType::Reply,
            channel: Channel::Email,
            direction,
            count,
            sent,
        };
        let (out, into) = (MessageDirection::Outbound, MessageDirection::Inbound);
        let volumes = [
            volume("2026-10-01", out, 3, 3),
            volume("2026-10-31", out, 4, 1),
            volume("2026-10-31", into, 2, 0),
            volume("2026-11-01", out, 9, 9),
        ];
        let told = |period| -> Vec<(String, [u64; 3])> {
            by_period(&volumes, period)
                .into_iter()
                .map(|(day, sums)| {
                    let (_, _, counts) = sums.each.values().next().unwrap();
                    assert_eq!((sums.each.len(), *counts), (1, sums.all));
                    (
                        day.to_string(),
                        [counts.sent, counts.unsent, counts.received],
                    )
                })
                .collect()
        };
        let row = |day: &str, counts: [u64; 3]| (day.to_owned(), counts);
        assert_eq!(
            told(Period::Month),
            [row("2026-11-01", [9, 0, 0]), row("2026-10-01", [4, 3, 2])]
        );
        assert_eq!(
            told(Period::Day),
            [
                row("2026-11-01", [9, 0, 0]),
                row("2026-10-31", [1, 3, 2]),
                row("2026-10-01", [3, 0, 0])
            ]
        );
    }
}
