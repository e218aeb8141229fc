//! The answer: one sentence, and when.

use super::parts::pieces;
use crate::activity::clock::{clock, local};
use crate::activity::state::use_log;
use crate::activity::words::{ago, day_row, moment_title, verdict};
use crate::i18n::{Locale, tr};
use domain::view::ActivityRow;
use leptos::prelude::*;

/// What happened, and when.
#[component]
pub fn Verdict(row: ActivityRow) -> impl IntoView {
    let log = use_log();
    let locale = log.locale;
    let (at, offset) = (row.occurred_at, row.offset_minutes);
    let here = local(at, offset);
    let day = move || day_row(locale, here.date(), log.today()).0;
    let place = log
        .viewer
        .with_value(|viewer| place(locale, &viewer.store.time_zone));
    let sentence = pieces(verdict(locale, &row));
    view! {
        <div class="verdict">
            <h2 id="d-title">{sentence}</h2>
            <p>
                <time datetime=at.to_rfc3339() title=moment_title(locale, at, offset)>
                    {day} " " <bdi>{clock(here)}</bdi>
                </time>
                " "
                <span class="dim">
                    "· " {move || ago(locale, log.moment.now.get(), at)} " · "
                    {tr!(locale, activity.entry.clock, place = place.as_str())}
                </span>
            </p>
        </div>
    }
}

/// The place that a zone is named after: `Asia/Riyadh` as `Riyadh`, in Arabic where it has a name here.
fn place(locale: Locale, zone: &str) -> String {
    let name = zone.rsplit('/').next().unwrap_or(zone).replace('_', " ");
    let known = match name.as_str() {
        "Riyadh" => tr!(locale, activity.place.riyadh),
        "Dubai" => tr!(locale, activity.place.dubai),
        "Cairo" => tr!(locale, activity.place.cairo),
        "Kuwait" => tr!(locale, activity.place.kuwait),
        "Qatar" => tr!(locale, activity.place.qatar),
        "Bahrain" => tr!(locale, activity.place.bahrain),
        "Amman" => tr!(locale, activity.place.amman),
        "Beirut" => tr!(locale, activity.place.beirut),
        "Baghdad" => tr!(locale, activity.place.baghdad),
        "Casablanca" => tr!(locale, activity.place.casablanca),
        "London" => tr!(locale, activity.place.london),
        "Paris" => tr!(locale, activity.place.paris),
        "Berlin" => tr!(locale, activity.place.berlin),
        "Istanbul" => tr!(locale, activity.place.istanbul),
        "New York" => tr!(locale, activity.place.new_york),
        _ => return name,
    };
    known.to_owned()
}
