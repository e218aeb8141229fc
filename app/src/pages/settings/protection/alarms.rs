//! The rules that look for what stands out: on or off, with their bounds, tried on the past.

use super::calls::{SaveAlarms, try_alarm};
use crate::AppError;
use crate::account::proof::{is_wanted, use_proof};
use crate::activity::clock::{clock_short, local};
use crate::form::FormNote;
use crate::format::day;
use crate::i18n::{Locale, tr, use_locale};
use crate::icons::{self, Icon};
use crate::oversight::{finding_href, finding_words, rule_words};
use crate::pages::{field_now, stale_text, trouble_text};
use domain::security::unusual::{AlarmRule, AlarmSetting, Finding};
use domain::view::Trial;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::Value;

/// A bound of a rule: its name, its value, and the rule with another one.
type Bound = (&'static str, u32, fn(AlarmRule, u32) -> AlarmRule);

/// The bounds of a rule.
fn bounds(locale: Locale, rule: AlarmRule) -> Vec<Bound> {
    let count = tr!(locale, access.protection.count);
    let minutes = tr!(locale, access.protection.minutes);
    let after = tr!(locale, access.protection.after);
    let percent = tr!(locale, access.protection.percent);
    match rule {
        AlarmRule::ManyFailures {
            count: c,
            minutes: m,
        }
        | AlarmRule::FailuresThenSuccess {
            count: c,
            minutes: m,
        }
        | AlarmRule::ManyDenials {
            count: c,
            minutes: m,
        }
        | AlarmRule::Attacks {
            count: c,
            minutes: m,
        } => vec![(count, c, with_count), (minutes, m, with_minutes)],
        AlarmRule::NewAddress { after_sign_ins: n }
        | AlarmRule::NewDevice { after_sign_ins: n }
        | AlarmRule::NewCountry { after_sign_ins: n } => {
            vec![(after, n, with_sign_ins)]
        }
        AlarmRule::UnusualExports {
            after_days: d,
            times: t,
        }
        | AlarmRule::UnusualErasures {
            after_days: d,
            times: t,
        }
        | AlarmRule::UnusualDeletions {
            after_days: d,
            times: t,
        }
        | AlarmRule::UnusualPrices {
            after_days: d,
            times: t,
        }
        | AlarmRule::UnusualBulk {
            after_days: d,
            times: t,
        } => vec![
            (tr!(locale, access.protection.days), d, with_days),
            (tr!(locale, access.protection.times), t, with_times),
        ],
        AlarmRule::UnusualHours {
            after_sign_ins: n,
            percent: p,
        } => vec![(after, n, with_sign_ins), (percent, p, with_percent)],
        AlarmRule::ImpossibleTravel { kmh } => {
            vec![(tr!(locale, access.protection.kmh), kmh, with_kmh)]
        }
        AlarmRule::KeyNewAddress | AlarmRule::PowerGiven | AlarmRule::FactorRemoved => Vec::new(),
    }
}

fn with_count(mut rule: AlarmRule, value: u32) -> AlarmRule {
    match &mut rule {
        AlarmRule::ManyFailures { count, .. }
        | AlarmRule::FailuresThenSuccess { count, .. }
        | AlarmRule::ManyDenials { count, .. }
        | AlarmRule::Attacks { count, .. } => *count = value,
        _ => {}
    }
    rule
}

fn with_minutes(mut rule: AlarmRule, value: u32) -> AlarmRule {
    match &mut rule {
        AlarmRule::ManyFailures { minutes, .. }
        | AlarmRule::FailuresThenSuccess { minutes, .. }
        | AlarmRule::ManyDenials { minutes, .. }
        | AlarmRule::Attacks { minutes, .. } => *minutes = value,
        _ => {}
    }
    rule
}

fn with_sign_ins(mut rule: AlarmRule, value: u32) -> AlarmRule {
    match &mut rule {
        AlarmRule::NewAddress { after_sign_ins }
        | AlarmRule::NewDevice { after_sign_ins }
        | AlarmRule::NewCountry { after_sign_ins }
        | AlarmRule::UnusualHours { after_sign_ins, .. } => *after_sign_ins = value,
        _ => {}
    }
    rule
}

fn with_days(mut rule: AlarmRule, value: u32) -> AlarmRule {
    if let Some((after_days, _)) = amounts(&mut rule) {
        *after_days = value;
    }
    rule
}

fn with_times(mut rule: AlarmRule, value: u32) -> AlarmRule {
    if let Some((_, times)) = amounts(&mut rule) {
        *times = value;
    }
    rule
}

/// After how many days and over how many times the most a rule on amounts finds something.
fn amounts(rule: &mut AlarmRule) -> Option<(&mut u32, &mut u32)> {
    match rule {
        AlarmRule::UnusualExports { after_days, times }
        | AlarmRule::UnusualErasures { after_days, times }
        | AlarmRule::UnusualDeletions { after_days, times }
        | AlarmRule::UnusualPrices { after_days, times }
        | AlarmRule::UnusualBulk { after_days, times } => Some((after_days, times)),
        _ => None,
    }
}

fn with_kmh(mut rule: AlarmRule, value: u32) -> AlarmRule {
    if let AlarmRule::ImpossibleTravel { kmh } = &mut rule {
        *kmh = value;
    }
    rule
}

fn with_percent(mut rule: AlarmRule, value: u32) -> AlarmRule {
    if let AlarmRule::UnusualHours { percent, .. } = &mut rule {
        *percent = value;
    }
    rule
}

/// The rules with what each would have raised.
#[component]
pub fn Alarms(
    /// As they are.
    settings: Vec<AlarmSetting>,
    /// What the store's clock adds to UTC, in minutes.
    offset: i32,
    /// Whether the server knows in which places addresses are.
    has_places: bool,
) -> impl IntoView {
    let locale = use_locale();
    let proof = use_proof();
    let known = StoredValue::new(settings.clone());
    let rules = RwSignal::new(settings);
    let action = ServerAction::<SaveAlarms>::new();
    let value = action.value();
    let save = move || {
        let alarms = rules.with_untracked(serde_json::to_string);
        let was = known.with_value(serde_json::to_string);
        // Words and numbers are always JSON.
        action.dispatch(SaveAlarms {
            was: was.ok(),
            alarms: alarms.unwrap_or_default(),
        });
    };
    Effect::watch(
        move || action.version().get(),
        move |_, _, _| match value.get_untracked() {
            Some(Ok(saved)) => known.set_value(saved),
            Some(Err(error)) => {
                proof.ask(&error, save);
            }
            None => {}
        },
        false,
    );
    let note = move || {
        let error = value.get()?.err().filter(|error| !is_wanted(error))?;
        let stale = stale_text(locale, &error, |_, value| now(locale, value));
        let text = stale.unwrap_or_else(|| trouble_text(locale, &error));
        Some(view! { <FormNote text /> })
    };
    let is_sound = move || rules.with(|rules| rules.iter().all(|one| one.rule.is_sound()));
    let is_saved =
        move || !action.pending().get() && value.with(|answer| matches!(answer, Some(Ok(_))));
    let count = rules.with_untracked(Vec::len);
    view! {
        <section class="alarms" aria-labelledby="alarms">
            <h2 id="alarms">{tr!(locale, access.protection.alarms)}</h2>
            <p class="lead">{tr!(locale, access.protection.alarms_lead)}</p>
            {note}
            <ul class="rule-list">
                {(0..count).map(|at| view! { <Line at rules offset has_places /> }).collect_view()}
            </ul>
            <div class="row-flex">
                <button
                    class="btn primary"
                    type="button"
                    aria-disabled=move || (action.pending().get() || !is_sound()).then_some("true")
                    on:click=move |_| {
                        if is_sound() {
                            save();
                        }
                    }
                >
                    {tr!(locale, access.protection.save_rules)}
                </button>
                <span class="done" role="status">
                    {move || {
                        is_saved()
                            .then(|| {
                                view! {
                                    <Icon glyph=icons::CHECK />
                                    {tr!(locale, common.saved)}
                                }
                            })
                    }}
                </span>
            </div>
        </section>
    }
    .into_any()
}

/// What a rule is now that somebody else has changed it.
fn now(locale: Locale, value: &Value) -> Option<String> {
    let setting: AlarmSetting = serde_json::from_value(value.clone()).ok()?;
    let state = if setting.is_on {
        tr!(locale, rules.is_on)
    } else {
        tr!(locale, rules.is_off)
    };
    let bounds = bounds(locale, setting.rule).into_iter();
    let bounds = bounds.map(|(label, value, _)| format!("{label} {value}"));
    let words: Vec<Value> = [state.to_owned()]
        .into_iter()
        .chain(bounds)
        .map(Value::from)
        .collect();
    Some(field_now(
        rule_words(locale, setting.rule),
        &Value::Array(words),
    ))
}

/// How it stands with trying a rule.
#[derive(Clone, PartialEq)]
enum Tried {
    Not,
    Now,
    Done(Result<Trial, AppError>),
}

/// A rule.
#[component]
fn Line(
    /// Its place among them.
    at: usize,
    /// All of them.
    rules: RwSignal<Vec<AlarmSetting>>,
    /// What the store's clock adds to UTC, in minutes.
    offset: i32,
    /// Whether the server knows in which places addresses are.
    has_places: bool,
) -> impl IntoView {
    let locale = use_locale();
    let first = rules.with_untracked(|rules| rules.get(at).cloned())?;
    let rule = move || rules.with(|rules| rules.get(at).map(|one| one.rule));
    let change = move |make: fn(AlarmRule, u32) -> AlarmRule, value: u32| {
        rules.update(|rules| {
            if let Some(one) = rules.get_mut(at) {
                one.rule = make(one.rule, value);
            }
        });
    };
    let tried = RwSignal::new(Tried::Not);
    let start = move |_| {
        let Some(rule) = rules.with_untracked(|rules| rules.get(at).map(|one| one.rule)) else {
            return;
        };
        tried.set(Tried::Now);
        spawn_local(async move {
            let rule = serde_json::to_string(&rule).unwrap_or_default();
            let answer = try_alarm(rule).await;
            tried.try_set(Tried::Done(answer));
        });
    };
    let lacks = (first.rule.needs_places() && !has_places)
        .then(|| tr!(locale, access.protection.no_places));
    let outcome = move || match tried.get() {
        Tried::Not => lacks.map(|lacks| lacks.into_any()),
        Tried::Now => Some(view! { <Icon glyph=icons::LOADER class="i spin" /> }.into_any()),
        Tried::Done(Err(error)) => Some(
            view! { <span class="error-text">{trouble_text(locale, &error)}</span> }.into_any(),
        ),
        Tried::Done(Ok(trial)) if trial.alarms == 0 => {
            let none = tr!(locale, access.protection.trial_none);
            Some(lacks.unwrap_or(none).into_any())
        }
        Tried::Done(Ok(trial)) => {
            let found = tr!(locale, access.protection.trial, count = trial.alarms);
            let found = match lacks {
                Some(lacks) => format!("{found} · {lacks}"),
                None => found,
            };
            Some(found.into_any())
        }
    };
    let found = move || match tried.get() {
        Tried::Done(Ok(trial)) if !trial.examples.is_empty() => {
            Some(examples(locale, trial.examples, offset))
        }
        _ => None,
    };
    let fields = bounds(locale, first.rule)
        .into_iter()
        .map(|(label, value, make)| {
            view! {
                <label class="bound">
                    <span>{label}</span>
                    <input
                        class="input"
                        type="number"
                        min="0"
                        max="1440"
                        inputmode="numeric"
                        value=value.to_string()
                        aria-invalid=move || rule().is_some_and(|rule| !rule.is_sound()).then_some("true")
                        on:input=move |event| {
                            change(make, event_target_value(&event).trim().parse().unwrap_or(0));
                        }
                    />
                </label>
            }
        })
        .collect_view();
    let is_unsound = move || rule().is_some_and(|rule| !rule.is_sound());
    Some(view! {
        <li>
            <label class="row-flex rule-name">
                <input
                    type="checkbox"
                    checked=first.is_on
                    prop:checked=move || rules.with(|rules| rules.get(at).is_some_and(|one| one.is_on))
                    on:change=move |event| {
                        let is_on = event_target_checked(&event);
                        rules
                            .update(|rules| {
                                if let Some(one) = rules.get_mut(at) {
                                    one.is_on = is_on;
                                }
                            });
                    }
                />
                {rule_words(locale, first.rule)}
            </label>
            <div class="bounds">{fields}</div>
            <div class="row-flex tried">
                <button class="btn small" type="button" on:click=start>
                    {tr!(locale, access.protection.try_it)}
                </button>
                <span role="status" class="soft">
                    {move || {
                        if is_unsound() {
                            Some(
                                view! { <span class="error-text">{tr!(locale, access.protection.fault)}</span> }
                                    .into_any(),
                            )
                        } else {
                            outcome()
                        }
                    }}
                </span>
                {found}
            </div>
        </li>
    })
}

/// What a trial found, in sentences that lead to the events.
fn examples(locale: Locale, found: Vec<Finding>, offset: i32) -> AnyView {
    let items = found
        .into_iter()
        .map(|finding| {
            let at = finding.last_at;
            let when = format!(
                "{} {}",
                day(locale, at, offset),
                clock_short(local(at, offset))
            );
            let (what, why) = finding_words(locale, &finding, &when);
            view! {
                <li>
                    <a class="link" href=finding_href(&finding)>
                        {what}
                    </a>
                    <p class="soft">{why}</p>
                </li>
            }
        })
        .collect_view();
    view! { <ul class="examples">{items}</ul> }.into_any()
}
