//! What rules have yet to do, with the plan, and what is out of tries.

use super::calls::SettleAction;
use crate::activity::clock::{clock_short, day_of, local};
use crate::activity::words::day_words;
use crate::i18n::{Locale, tr, use_locale};
use crate::icons::{self, Icon};
use chrono::{DateTime, Utc};
use domain::followup::why::ActionState;
use domain::view::RuleActionRow;
use leptos::prelude::*;

/// The actions; nothing when there are none.
#[component]
pub fn Actions(
    /// Those out of tries first.
    actions: Vec<RuleActionRow>,
    /// What the store's clock adds to UTC, in minutes.
    offset_minutes: i32,
    /// Called when one was retried or given up.
    changed: Callback<()>,
) -> impl IntoView {
    let locale = use_locale();
    if actions.is_empty() {
        return ().into_any();
    }
    let rows = actions.into_iter();
    let rows = rows
        .map(|row| view! { <Line row offset_minutes changed /> })
        .collect_view();
    view! {
        <section aria-labelledby="rule-actions">
            <div class="part-head">
                <h2 id="rule-actions">{tr!(locale, rules.to_do)}</h2>
            </div>
            <ol class="evaluations">{rows}</ol>
        </section>
    }
    .into_any()
}

#[component]
fn Line(row: RuleActionRow, offset_minutes: i32, changed: Callback<()>) -> impl IntoView {
    let locale = use_locale();
    let is_dead = row.state == ActionState::Dead;
    let (class, glyph, word) = if is_dead {
        (
            "status failed",
            icons::CIRCLE_ALERT,
            tr!(locale, rules.out_of_tries),
        )
    } else {
        ("status pending", icons::CLOCK, tr!(locale, rules.waits))
    };
    let action = ServerAction::<SettleAction>::new();
    let value = action.value();
    Effect::new(move || {
        // Refused or done: the list says how it stands.
        if value.with(Option::is_some) {
            changed.run(());
        }
    });
    let next = row.due_at.map(|at| {
        let at = moment(locale, at, offset_minutes);
        tr!(locale, rules.next_try, at = at)
    });
    let tried = tr!(locale, rules.tried, n = row.tries.to_string());
    let said = [Some(tried), next, row.error.clone()];
    let said = said.into_iter().flatten().collect::<Vec<_>>().join(" · ");
    let subject = row.subject.as_ref().map(|s| s.label().to_owned());
    let name = format!("{}: {}", row.rule_name, action_words(locale, &row.action));
    let id = row.id;
    let retry = tr!(locale, rules.retry_named, name = name.as_str());
    let discard = tr!(locale, rules.discard_named, name = name.as_str());
    view! {
        <li>
            <span class=class><Icon glyph />{word}</span>
            <span class="what">
                <bdi class="strong">{name}</bdi>
                " "
                {subject.map(|subject| view! { <bdi>{subject}</bdi> " " })}
                <span class="soft"><bdi>{said}</bdi></span>
            </span>
            <span class="nowrap">
                <button
                    class="btn small"
                    type="button"
                    aria-label=retry
                    on:click=move |_| {
                        action.dispatch(SettleAction { id, is_retried: true });
                    }
                >
                    {tr!(locale, rules.retry)}
                </button>
                " "
                <button
                    class="btn small"
                    type="button"
                    aria-label=discard
                    on:click=move |_| {
                        action.dispatch(SettleAction { id, is_retried: false });
                    }
                >
                    {tr!(locale, rules.discard)}
                </button>
            </span>
        </li>
    }
    .into_any()
}

/// An action by its name in JSON, in words.
pub fn action_words(locale: Locale, action: &str) -> String {
    match action {
        "send_template" => tr!(locale, rules.act.send_template),
        "assign" => tr!(locale, rules.act.assign),
        "tag_order" => tr!(locale, rules.act.tag_order),
        "call_webhook" => tr!(locale, rules.act.call_webhook),
        "tag" => tr!(locale, rules.act.tag),
        "hold_messages" => tr!(locale, rules.act.hold_messages),
        "alarm" => tr!(locale, rules.act.alarm),
        "open_operation" => tr!(locale, rules.act.open_operation),
        other => other,
    }
    .to_owned()
}

/// Day and time on the store's clock.
pub fn moment(locale: Locale, at: DateTime<Utc>, offset_minutes: i32) -> String {
    let day = day_words(locale, day_of(at, offset_minutes));
    format!("{day} {}", clock_short(local(at, offset_minutes)))
}
