//! How many messages went by which channel, by day: a small chart and a table for what is shown.

use super::state::{MessageLog, use_messages};
use super::words::{channel_label, kind_label};
use crate::activity::words::{day_short, number};
use crate::i18n::tr;
use crate::icons::{self, Icon};
use chrono::NaiveDate;
use domain::message::Channel;
use domain::view::{MessageVolume, MessageVolumes};
use leptos::prelude::*;
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
            class="btn small only-wide"
            type="button"
            popovertarget="volumes"
            style="anchor-name:--volumes"
            on:click=move |_| log.read_volumes()
        >
            <Icon glyph=icons::LAYERS />
            {tr!(locale, messages.volumes.title)}
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

#[component]
fn Shown(log: MessageLog, volumes: MessageVolumes) -> impl IntoView {
    let locale = log.locale;
    let mut days: BTreeMap<String, [u64; 3]> = BTreeMap::new();
    let mut sums: BTreeMap<(i16, i16), (MessageVolume, u64)> = BTreeMap::new();
    let mut total = 0;
    for volume in &volumes.volumes {
        let place = Channel::ALL.iter().position(|c| *c == volume.channel);
        if let Some(count) = days
            .entry(volume.day.clone())
            .or_default()
            .get_mut(place.unwrap_or(0))
        {
            *count += volume.count;
        }
        let key = (volume.channel.number(), volume.kind.number());
        sums.entry(key).or_insert_with(|| (volume.clone(), 0)).1 += volume.count;
        total += volume.count;
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
    let day = |day: &String| {
        let day: Option<NaiveDate> = day.parse().ok();
        day.map(|day| day_short(locale, day, log.moment.today_untracked()))
    };
    let ends = [days.keys().next(), days.keys().next_back()]
        .map(|end| view! { <span>{end.and_then(day)}</span> })
        .collect_view();
    let rows = sums
        .into_values()
        .map(|(of, count)| {
            view! {
                <tr>
                    <td>{channel_label(locale, of.channel)}</td>
                    <td>{kind_label(locale, of.kind)}</td>
                    <td class="num">{number(count)}</td>
                </tr>
            }
        })
        .collect_view();
    let newest = (!volumes.is_exact)
        .then(|| view! { <p class="hint">{tr!(locale, messages.volumes.newest)}</p> });
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
        <div class="scroll">
            <table>
                <thead>
                    <tr>
                        <th scope="col">{tr!(locale, messages.volumes.channel)}</th>
                        <th scope="col">{tr!(locale, messages.volumes.kind)}</th>
                        <th scope="col" class="num">{tr!(locale, messages.volumes.count)}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
                <tfoot>
                    <tr>
                        <th scope="row" colspan="2">{tr!(locale, messages.volumes.sum)}</th>
                        <td class="num">{number(total)}</td>
                    </tr>
                </tfoot>
            </table>
        </div>
        {newest}
    }
    .into_any()
}
