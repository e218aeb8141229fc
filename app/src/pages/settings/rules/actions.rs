//! What rules have yet to do, with the plan, and what is out of tries.

use super::calls::{SettleAction, SettleDead};
use crate::activity::clock::{clock_short, day_of, local};
use crate::activity::words::day_words;
use crate::i18n::{Locale, tr, use_locale};
use crate::icons::{self, Icon};
use chrono::{DateTime, Utc};
use domain::RuleId;
use domain::followup::why::ActionState;
use domain::view::RuleActionRow;
use leptos::prelude::*;
use uuid::Uuid;

/// Which of those out of tries are picked.
#[derive(Clone, Copy)]
struct Picked {
    ids: RwSignal<Vec<Uuid>>,
    is_all: RwSignal<bool>,
    /// How many there are: more than are listed, it may be.
    total: u64,
}

impl Picked {
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

    fn count(self) -> u64 {
        if self.is_all.get() {
            self.total
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
    /// Which one is edited.
    valuing: RwSignal<Option<RuleActionRow>>,
    /// Called when some were retried or given up.
    changed: Callback<()>,
) -> impl IntoView {
    let locale = use_locale();
    if actions.is_empty() {
        return ().into_any();
    }
    // One alone has its own buttons.
    let picked = (dead > 1).then(|| Picked {
        ids: RwSignal::new(Vec::new()),
        is_all: RwSignal::new(false),
        total: dead,
    });
    let rows = actions.into_iter();
    let rows = rows
        .map(|row| view! { <Line row offset_minutes picked valuing changed /> })
        .collect_view();
    view! {
        <section aria-labelledby="rule-actions">
            <div class="part-head">
                <h2 id="rule-actions">{tr!(locale, rules.to_do)}</h2>
            </div>
            {picked.map(|picked| view! { <Several picked rule changed /> })}
            <ol class="evaluations">{rows}</ol>
        </section>
    }
    .into_any()
}

/// What is done with those that are picked.
#[component]
fn Several(picked: Picked, rule: Option<RuleId>, changed: Callback<()>) -> impl IntoView {
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
    let is_idle = move || pending.get() || picked.count() == 0;
    let number = move || picked.count().to_string();
    let all = tr!(locale, rules.pick_all, n = picked.total.to_string());
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
    let edit = (is_dead && row.value.is_some()).then(|| {
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
