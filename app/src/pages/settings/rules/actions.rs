//! What rules have yet to do, with the plan, and what is out of tries.

use super::calls::{SettleAction, SettleDead};
use crate::activity::clock::{clock_short, day_of, local};
use crate::activity::words::{day_words, moment_title};
use crate::i18n::{Locale, tr, use_locale};
use crate::icons::{self, Icon};
use crate::said::said_words;
use crate::webhooks::{cause_words, waits_words};
use chrono::{DateTime, Utc};
use domain::RuleId;
use domain::followup::why::ActionState;
use domain::hook::FailureCause;
use domain::view::{ActionAttempt, RuleActionRow};
use leptos::prelude::*;
use uuid::Uuid;

/// Which of those out of tries are picked. A handle: cheap to copy.
#[derive(Clone, Copy)]
pub struct Picked {
    ids: RwSignal<Vec<Uuid>>,
    is_all: RwSignal<bool>,
}

impl Picked {
    /// None is.
    pub fn none() -> Self {
        Self {
            ids: RwSignal::new(Vec::new()),
            is_all: RwSignal::new(false),
        }
    }

    /// Forgets those that are out of tries no more; all of them when none is left to be picked.
    fn keep(self, actions: &[RuleActionRow], dead: u64) {
        let is_left = |id: &Uuid| {
            let mut left = actions.iter();
            left.any(|row| row.id == *id && row.state == ActionState::Dead && dead > 1)
        };
        if !self.ids.with_untracked(|ids| ids.iter().all(is_left)) {
            self.ids.update(|ids| ids.retain(is_left));
        }
        if dead <= 1 && self.is_all.get_untracked() {
            self.is_all.set(false);
        }
    }

    fn has(self, id: Uuid) -> bool {
        self.is_all.get() || self.ids.with(|ids| ids.contains(&id))
    }

    fn toggle(self, id: Uuid) {
        self.ids
            .update(|ids| match ids.iter().position(|one| *one == id) {
                Some(at) => {
                    ids.remove(at);
                }
                None => ids.push(id),
            });
    }

    /// How many are picked, of so many.
    fn count(self, total: u64) -> u64 {
        if self.is_all.get() {
            total
        } else {
            self.ids.with(Vec::len) as u64
        }
    }
}

/// The actions; nothing when there are none.
#[component]
pub fn Actions(
    /// Those out of tries first.
    actions: Vec<RuleActionRow>,
    /// How many are out of tries.
    dead: u64,
    /// Of which rule they all are; of any without.
    rule: Option<RuleId>,
    /// What the store's clock adds to UTC, in minutes.
    offset_minutes: i32,
    /// Which of those out of tries are picked: kept while they are read again.
    picked: Picked,
    /// Which one is edited.
    valuing: RwSignal<Option<RuleActionRow>>,
    /// Called when some were retried or given up.
    changed: Callback<()>,
) -> impl IntoView {
    let locale = use_locale();
    picked.keep(&actions, dead);
    if actions.is_empty() {
        return ().into_any();
    }
    // One alone has its own buttons.
    let picked = (dead > 1).then_some(picked);
    let rows = actions.into_iter();
    let rows = rows
        .map(|row| view! { <Line row offset_minutes picked valuing changed /> })
        .collect_view();
    view! {
        <section aria-labelledby="rule-actions">
            <div class="part-head">
                <h2 id="rule-actions">{tr!(locale, rules.to_do)}</h2>
            </div>
            {picked.map(|picked| view! { <Several picked total=dead rule changed /> })}
            <ol class="evaluations">{rows}</ol>
        </section>
    }
    .into_any()
}

/// What is done with those that are picked.
#[component]
fn Several(
    picked: Picked,
    total: u64,
    rule: Option<RuleId>,
    changed: Callback<()>,
) -> impl IntoView {
    let locale = use_locale();
    let action = ServerAction::<SettleDead>::new();
    let value = action.value();
    let pending = action.pending();
    Effect::new(move || {
        // Refused or done: the list says how it stands.
        if value.with(Option::is_some) {
            changed.run(());
        }
    });
    let settle = move |is_retried| {
        action.dispatch(SettleDead {
            ids: picked.ids.get_untracked(),
            is_all: picked.is_all.get_untracked(),
            rule,
            is_retried,
        });
    };
    // What is picked outlives this list, which is made anew when something comes.
    let is_idle = move || pending.try_get().unwrap_or(true) || picked.count(total) == 0;
    let number = move || picked.count(total).to_string();
    let all = tr!(locale, rules.pick_all, n = total.to_string());
    view! {
        <div class="checks-line" role="group" aria-labelledby="rule-actions">
            <label class="check">
                <input
                    type="checkbox"
                    prop:checked=move || picked.is_all.get()
                    on:change=move |_| picked.is_all.update(|is_all| *is_all = !*is_all)
                />
                {all}
            </label>
            <button
                class="btn small"
                type="button"
                prop:disabled=is_idle
                on:click=move |_| settle(true)
            >
                {move || tr!(locale, rules.retry_picked, n = number())}
            </button>
            <button
                class="btn small danger"
                type="button"
                prop:disabled=is_idle
                on:click=move |_| settle(false)
            >
                {move || tr!(locale, rules.discard_picked, n = number())}
            </button>
        </div>
    }
    .into_any()
}

#[component]
fn Line(
    row: RuleActionRow,
    offset_minutes: i32,
    picked: Option<Picked>,
    valuing: RwSignal<Option<RuleActionRow>>,
    changed: Callback<()>,
) -> impl IntoView {
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
        if row.is_under_way {
            return tr!(locale, rules.under_way).to_owned();
        }
        let at = moment(locale, at, offset_minutes);
        tr!(locale, rules.next_try, at = at)
    });
    let plan = row.due_at.map(|_| plan_words(locale, &row.plan));
    let tried = tr!(locale, rules.tried, n = row.tries.to_string());
    let why = row.error.as_deref();
    let why = why.map(|error| failure_words(locale, error));
    let said = [Some(tried), next, plan, why];
    let said = said.into_iter().flatten().collect::<Vec<_>>().join(" · ");
    let attempts = row.attempts.clone();
    let subject = row.subject.as_ref().map(|s| s.label().to_owned());
    let name = format!("{}: {}", row.rule_name, action_words(locale, &row.action));
    let id = row.id;
    let retry = tr!(locale, rules.retry_named, name = name.as_str());
    let discard = tr!(locale, rules.discard_named, name = name.as_str());
    let pick = picked.filter(|_| is_dead).map(|picked| {
        let label = tr!(locale, rules.pick_named, name = name.as_str());
        view! {
            <input
                type="checkbox"
                aria-label=label
                prop:checked=move || picked.has(id)
                prop:disabled=move || picked.is_all.get()
                on:change=move |_| picked.toggle(id)
            />
            " "
        }
    });
    let label = tr!(locale, rules.edit_named, name = name.as_str());
    let made_with = row.value.clone().filter(|value| !value.is_empty());
    let made_with = made_with.map(|value| {
        view! {
            <bdi class="made-with trunc" title=value.clone()>
                {value.clone()}
            </bdi>
        }
    });
    let edit = (!row.is_under_way && row.value.is_some()).then(|| {
        view! {
            <button
                class="btn small"
                type="button"
                aria-label=label
                on:click=move |_| valuing.set(Some(row.clone()))
            >
                {tr!(locale, rules.edit)}
            </button>
            " "
        }
    });
    view! {
        <li>
            <span>{pick} <span class=class><Icon glyph />{word}</span></span>
            <span class="what">
                <bdi class="strong">{name}</bdi>
                " "
                {subject.map(|subject| view! { <bdi>{subject}</bdi> " " })}
                {made_with}
                <span class="soft"><bdi>{said}</bdi></span>
            </span>
            <span class="nowrap">
                {edit}
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
            <Attempts attempts offset_minutes />
        </li>
    }
    .into_any()
}

/// The tries that failed, each with when and why; nothing while none did.
#[component]
fn Attempts(attempts: Vec<ActionAttempt>, offset_minutes: i32) -> impl IntoView {
    let locale = use_locale();
    if attempts.is_empty() {
        return ().into_any();
    }
    let title = tr!(locale, rules.attempts, n = attempts.len().to_string());
    let lines = attempts.into_iter().map(|attempt| {
        let name = tr!(locale, rules.attempt, n = attempt.number.to_string());
        let at = moment_title(locale, attempt.at, offset_minutes);
        view! {
            <li>
                <b>{name}</b> " " <span class="dim">{at}</span> " "
                <bdi>{failure_words(locale, &attempt.error)}</bdi>
            </li>
        }
    });
    view! {
        <details class="attempts small">
            <summary>{title}</summary>
            <ol class="hook-tries">{lines.collect_view()}</ol>
        </details>
    }
    .into_any()
}

/// Why a try failed: the cause in words, where one is told, with what was said.
pub fn failure_words(locale: Locale, error: &str) -> String {
    let said = said_words(locale, error);
    match FailureCause::of_words(error) {
        // Set apart, so that it keeps its order in either script.
        Some(cause) => format!("{}: \u{2068}{said}\u{2069}", cause_words(locale, cause)),
        None => said,
    }
}

/// What follows the next try, should it fail.
fn plan_words(locale: Locale, plan: &[i64]) -> String {
    if plan.is_empty() {
        return tr!(locale, rules.plan_ends).to_owned();
    }
    // Set apart, so that numbers and units keep their order in either script.
    let waits = format!("\u{2068}{}\u{2069}", waits_words(locale, plan));
    tr!(locale, rules.plan, waits = waits)
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
