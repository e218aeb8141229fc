//! The drawer's bar: which entry, whether it is proved, on to the next.

use crate::activity::any_log::bar::{BarWords, bar};
use crate::activity::browser;
use crate::activity::state::use_log;
use crate::activity::words::number;
use crate::i18n::tr;
use crate::icons::{self, Icon};
use domain::Seq;
use leptos::prelude::*;

/// The bar.
#[component]
pub fn Bar() -> impl IntoView {
    let log = use_log();
    let locale = log.locale;
    let detail = move || log.entry.get()?.detail?.ok()?;
    let name = move || {
        let row = detail().map(|detail| detail.row.clone());
        let seq = row.as_ref().and_then(|row| row.seq);
        match (seq, row.map(|row| row.id).or_else(|| log.opened.get())) {
            (Some(Seq(seq)), _) => number(seq.unsigned_abs()),
            (None, Some(id)) => {
                let id = id.to_string();
                format!("…{}", id.get(id.len() - 8..).unwrap_or(&id))
            }
            (None, None) => String::new(),
        }
    };
    let is_proved =
        move || detail().and_then(|detail| detail.proof.as_ref().map(|proof| proof.is_verified));
    let proof = move || {
        let is_proved = is_proved()?;
        let (class, glyph, label) = if is_proved {
            (
                "chip success",
                icons::SHIELD_CHECK,
                tr!(locale, activity.ledger.verified),
            )
        } else {
            (
                "chip failed",
                icons::SHIELD_ALERT,
                tr!(locale, activity.ledger.not_verified),
            )
        };
        Some(view! {
            <button class=class type="button" on:click=move |_| browser::reveal("#ledger")>
                <Icon glyph />
                {label}
            </button>
        })
    };
    let name = view! {
        <span class="strong nowrap">{tr!(locale, activity.entry.name)} " " <bdi>{name}</bdi></span>
        {proof}
    };
    let words = BarWords {
        back: tr!(locale, activity.entry.back),
        previous: tr!(locale, activity.entry.previous),
        next: tr!(locale, activity.entry.next),
        copy_link: tr!(locale, activity.entry.copy_link),
        close: tr!(locale, activity.entry.close),
    };
    bar(log, words, name.into_any())
}
