//! The shop's own rules, as its activities name them.

use super::actions::moment;
use crate::activity::address::href_of;
use crate::activity::words::number;
use crate::i18n::{tr, use_locale};
use domain::query::quote_value;
use domain::view::ReportedRule;
use leptos::prelude::*;

/// The rules; nothing while no activity names one.
#[component]
pub fn Reported(
    /// The last to be named first.
    rules: Vec<ReportedRule>,
    /// What the store's clock adds to UTC, in minutes.
    offset_minutes: i32,
    /// What is said of them.
    hint: &'static str,
) -> impl IntoView {
    let locale = use_locale();
    if rules.is_empty() {
        return ().into_any();
    }
    let rows = rules.into_iter().map(|rule| {
        let key = rule.id.as_deref().unwrap_or(&rule.name);
        let href = href_of(&format!("rule:{}", quote_value(key)));
        let count = tr!(
            locale,
            rules.named_by,
            count = rule.count,
            n = number(rule.count)
        );
        let at = moment(locale, rule.last_at, offset_minutes);
        view! {
            <li>
                <a class="link nowrap" href=href>{count}</a>
                <span class="what"><bdi class="strong">{rule.name}</bdi></span>
                <span class="when small dim nowrap">{at}</span>
            </li>
        }
    });
    view! {
        <section aria-labelledby="reported">
            <div class="part-head"><h2 id="reported">{tr!(locale, rules.reported)}</h2></div>
            <p class="hint">{hint}</p>
            <ol class="evaluations">{rows.collect_view()}</ol>
        </section>
    }
    .into_any()
}
