//! What a rule would have done.

use super::actions::moment;
use super::words::why;
use crate::activity::address::Address;
use crate::activity::words::{action_label, number};
use crate::i18n::{tr, use_locale};
use crate::icons::{self, Icon};
use crate::messages::address::{customer_href, order_href};
use domain::view::{RuleTrial, TrialRow};
use leptos::prelude::*;

/// How often it would have fired, and when.
#[component]
pub fn Trial(
    /// What was found.
    trial: RuleTrial,
) -> impl IntoView {
    let locale = use_locale();
    let days = u64::from(trial.days);
    let total = tr!(
        locale,
        rules.would_fire,
        count = trial.fired,
        n = number(trial.fired),
        within = tr!(locale, oversight.finding.within, count = days),
        all = number(trial.looked_at)
    );
    let since = moment(locale, trial.since, trial.offset_minutes);
    let since = if trial.has_more {
        tr!(locale, rules.tried_some, since = since)
    } else {
        tr!(locale, rules.tried_all, since = since)
    };
    let unknown = trial
        .is_unknown
        .then(|| view! { <p>{tr!(locale, rules.tried_unknown)}</p> });
    let line = |row: TrialRow, has_fired: bool| view! { <Line row has_fired /> };
    let fired = trial.examples.into_iter().map(|row| line(row, true));
    let missed = trial.misses.into_iter().map(|row| line(row, false));
    let lines: Vec<_> = fired.chain(missed).collect();
    view! {
        <section class="trial" role="status" aria-labelledby="trial">
            <h3 id="trial">{total}</h3>
            {unknown}
            <p class="hint">{since}</p>
            <ol class="evaluations">{lines}</ol>
        </section>
    }
    .into_any()
}

#[component]
fn Line(row: TrialRow, has_fired: bool) -> impl IntoView {
    let locale = use_locale();
    let (class, glyph, word) = if has_fired {
        (
            "status success",
            icons::CIRCLE_CHECK,
            tr!(locale, rules.would),
        )
    } else {
        (
            "status off",
            icons::CIRCLE_SLASH,
            tr!(locale, rules.would_not),
        )
    };
    let at = moment(locale, row.at, row.offset_minutes);
    let what = match row.action.as_str() {
        "schedule" => tr!(locale, rules.schedule).to_owned(),
        action => action_label(locale, action).map_or_else(|| action.to_owned(), str::to_owned),
    };
    let subject = row.subject.filter(|subject| !row.about.contains(subject));
    let subject = subject.map(|subject| subject.label().to_owned());
    let why = if row.is_history {
        tr!(locale, rules.step.history).to_owned()
    } else {
        why(locale, &row.evaluation, None)
    };
    // What is tested is not saved: links leave it where it is.
    let about = row.about.into_iter().map(|thing| {
        let href = if thing.kind == "order" {
            order_href(&thing.id)
        } else {
            customer_href(&thing.id)
        };
        let name = thing.label().to_owned();
        view! { <a class="link" href=href target="_blank"><bdi>{name}</bdi></a> " " }
    });
    let what = match row.entry {
        Some(id) => {
            let href = Address::default().with_entry(id).href();
            view! { <a class="link" href=href target="_blank"><bdi>{what}</bdi></a> }.into_any()
        }
        None => view! { <bdi class="strong">{what}</bdi> }.into_any(),
    };
    view! {
        <li>
            <span class=class><Icon glyph />{word}</span>
            <span class="about">{about.collect_view()}</span>
            <span class="when small nowrap">{at}</span>
            <span class="what">
                {what} " " <bdi>{subject}</bdi> " " <span class="soft"><bdi>{why}</bdi></span>
            </span>
        </li>
    }
    .into_any()
}
