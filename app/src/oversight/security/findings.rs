//! What stands out, in plain sentences with the numbers that say why.

use super::words::event_label;
use super::{calls, deeds};
use crate::activity::address::href_of as activity_href;
use crate::activity::clock::{clock_short, local};
use crate::activity::search::use_search;
use crate::activity::words::{day_short, number};
use crate::i18n::{Locale, tr};
use crate::icons::{self, Glyph, Icon};
use crate::layout::role_name;
use crate::oversight::address::href_of;
use crate::oversight::state::Watch;
use domain::Role;
use domain::export::Source;
use domain::security::unusual::{Finding, Severity};
use domain::security::{SecurityEventName, look_alikes_named};
use domain::view::SecurityRow;
use leptos::prelude::*;
use serde_json::Value;

/// How many days are looked at.
const DAYS: u32 = 7;
/// So many are shown at first.
const FIRST: usize = 3;

/// The findings of the last days; nothing while there is none.
pub fn findings(log: Watch<SecurityRow>) -> AnyView {
    let locale = log.locale;
    let found = crate::wire::told(|| (), |()| calls::findings(DAYS));
    let are_all = RwSignal::new(false);
    // Whoever asks for something looks for that.
    let is_open = log.address.with_untracked(|address| address.q.is_empty());
    view! {
        <Transition>
            {move || Suspend::new(async move {
                let found = found.await.ok().filter(|found| !found.is_empty())?;
                let count = found.len();
                let more = (count > FIRST).then(|| {
                    view! {
                        <button
                            class="link"
                            type="button"
                            hidden=move || are_all.get()
                            on:click=move |_| are_all.set(true)
                        >
                            {tr!(locale, oversight.finding.more, count = (count - FIRST) as u64)}
                        </button>
                    }
                });
                let items = found
                    .into_iter()
                    .enumerate()
                    .map(|(at, finding)| {
                        let is_hidden = move || at >= FIRST && !are_all.get();
                        view! { <div hidden=is_hidden>{article(log, finding)}</div> }
                    })
                    .collect_view();
                Some(
                    view! {
                        <details class="findings" open=is_open>
                            <summary>
                                <Icon glyph=icons::CHEVRON_RIGHT class="i-s flip" />
                                <h2>{tr!(locale, oversight.finding.title, count = count as u64)}</h2>
                                <span class="dim">{tr!(locale, oversight.finding.within, count = u64::from(DAYS))}</span>
                            </summary>
                            <div class="findings-in">{items} {more}</div>
                        </details>
                    },
                )
            })}
        </Transition>
    }
    .into_any()
}

fn article(log: Watch<SecurityRow>, finding: Finding) -> AnyView {
    let locale = log.locale;
    let class = match finding.severity {
        Severity::High => "finding high",
        Severity::Medium => "finding mid",
        Severity::Low => "finding",
    };
    let at = local(finding.last_at, log.moment.offset_minutes);
    let day = day_short(locale, at.date(), log.moment.today_untracked());
    let when = format!("{day} {}", clock_short(at));
    let (title, text) = words(locale, &finding, &when);
    let label = tr!(
        locale,
        oversight.finding.show,
        count = finding.count,
        n = number(finding.count)
    );
    view! {
        <article class=class>
            <Icon glyph=glyph_of(&finding.rule) />
            <div>
                <h3>{title}</h3>
                <p>{text}</p>
            </div>
            <div class="acts">{shown(&finding, label)}</div>
        </article>
    }
    .into_any()
}

/// Where the list of its log shows what was found.
pub fn href(finding: &Finding) -> String {
    if finding.log == Source::Activity {
        activity_href(&finding.query)
    } else {
        href_of("/security", &finding.query)
    }
}

/// The way to what was found: in this list, or in the activity log.
fn shown(finding: &Finding, label: String) -> AnyView {
    if finding.log == Source::Activity {
        return view! {
            <a class="btn small" href=href(finding)>
                {label}
            </a>
        }
        .into_any();
    }
    let search = use_search();
    let query = StoredValue::new(finding.query.clone());
    view! {
        <a
            class="btn small"
            href=href(finding)
            on:click=move |event| {
                event.prevent_default();
                search.search(&query.get_value());
            }
        >
            {label}
        </a>
    }
    .into_any()
}

fn glyph_of(rule: &str) -> Glyph {
    match rule {
        "new_address" => icons::MAP_PIN,
        "new_device" => icons::MONITOR,
        "unusual_hours" => icons::CLOCK,
        "many_denials" => icons::BAN,
        "key_new_address" => icons::KEY_ROUND,
        "power_given" => icons::USERS,
        "factor_removed" => icons::FINGERPRINT,
        "impossible_travel" | "new_country" => icons::MAP_PIN,
        "unusual_exports" => icons::FILE_DOWN,
        "unusual_prices" => icons::TAG,
        _ => icons::SHIELD_ALERT,
    }
}

/// A number of the finding.
pub(super) fn of(finding: &Finding, name: &str) -> u64 {
    finding
        .numbers
        .get(name)
        .and_then(Value::as_u64)
        .unwrap_or(0)
}

/// A word of the finding.
pub(super) fn text_of(finding: &Finding, name: &str) -> String {
    finding
        .numbers
        .get(name)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

/// A full hour on the store's clock: `03:00`.
pub(super) fn hour(number: u64) -> String {
    format!("{number:02}:00")
}

/// The sentence, and the numbers that explain it, with the letters of the account that are not what they seem. `when` is
/// the last event's time in words.
pub fn words(locale: Locale, finding: &Finding, when: &str) -> (String, String) {
    if finding.log == Source::Activity {
        return deeds::words(locale, finding, when);
    }
    let (what, why) = of_events(locale, finding, when);
    let account = finding.account.as_deref();
    match account.and_then(look_alikes_named) {
        Some(letters) => {
            let seems = tr!(locale, oversight.look_alike.finding, letters = letters);
            (what, format!("{why} {seems}"))
        }
        None => (what, why),
    }
}

/// As [`words`], of the security log.
fn of_events(locale: Locale, finding: &Finding, when: &str) -> (String, String) {
    let who = finding
        .name
        .clone()
        .or_else(|| finding.account.clone())
        .unwrap_or_else(|| tr!(locale, oversight.nobody).to_owned());
    let who = who.as_str();
    // What was done to somebody is found in their name; by whom is said beside it.
    let by = text_of(finding, "by");
    let by = if by.is_empty() { who } else { by.as_str() };
    let from = match (&finding.ip, of(finding, "addresses")) {
        (Some(ip), _) => ip.clone(),
        (None, count) => tr!(locale, oversight.finding.addresses, count = count.max(1)),
    };
    let failures = tr!(
        locale,
        oversight.finding.times,
        count = of(finding, "failures")
    );
    let minutes = tr!(
        locale,
        oversight.finding.minutes,
        count = of(finding, "minutes")
    );
    let sign_ins = tr!(
        locale,
        oversight.finding.sign_ins,
        count = of(finding, "sign_ins")
    );
    match finding.rule.as_str() {
        "many_failures" if !finding.got_in() => (
            tr!(
                locale,
                oversight.finding.failures,
                who = who,
                times = failures,
                when = when
            ),
            tr!(
                locale,
                oversight.finding.failures_why,
                from = from,
                minutes = minutes
            ),
        ),
        "many_failures" | "failures_then_success" => {
            let what = if finding.got_in() {
                tr!(
                    locale,
                    oversight.finding.got_in,
                    who = who,
                    times = failures,
                    when = when
                )
            } else {
                tr!(
                    locale,
                    oversight.finding.success,
                    who = who,
                    times = failures,
                    when = when
                )
            };
            let why = tr!(
                locale,
                oversight.finding.success_why,
                from = from,
                minutes = minutes
            );
            (what, why)
        }
        "new_address" => (
            tr!(locale, oversight.finding.address, who = who, when = when),
            tr!(
                locale,
                oversight.finding.address_why,
                from = from,
                sign_ins = sign_ins
            ),
        ),
        "new_device" => (
            tr!(locale, oversight.finding.device, who = who, when = when),
            tr!(
                locale,
                oversight.finding.device_why,
                from = from,
                sign_ins = sign_ins
            ),
        ),
        "unusual_hours" => (
            tr!(locale, oversight.finding.hours, who = who, when = when),
            tr!(
                locale,
                oversight.finding.hours_why,
                near = number(of(finding, "near")),
                sign_ins = sign_ins,
                from = hour(of(finding, "from")),
                to = hour(of(finding, "to"))
            ),
        ),
        "many_denials" => (
            tr!(
                locale,
                oversight.finding.denials,
                who = who,
                times = failures,
                when = when
            ),
            tr!(
                locale,
                oversight.finding.denials_why,
                from = from,
                minutes = minutes
            ),
        ),
        "key_new_address" => (
            tr!(locale, oversight.finding.key, who = who, when = when),
            tr!(locale, oversight.finding.key_why, from = from),
        ),
        "attacks" => {
            // What nobody known did is found by its event.
            let kind = finding
                .query
                .strip_prefix("event:")
                .and_then(|rest| rest.split_whitespace().next()?.parse().ok())
                .map_or(who, |event| event_label(locale, event));
            (
                tr!(
                    locale,
                    oversight.finding.attacks,
                    kind = kind,
                    times = failures,
                    when = when
                ),
                tr!(
                    locale,
                    oversight.finding.attacks_why,
                    from = from,
                    minutes = minutes
                ),
            )
        }
        "power_given" => {
            let role = |name: &str| {
                let id = text_of(finding, name);
                match id.parse::<Role>() {
                    Ok(role) => role_name(locale, role).to_owned(),
                    Err(()) => id,
                }
            };
            let subject = text_of(finding, "subject");
            if text_of(finding, "event") == SecurityEventName::RoleSaved.as_str() {
                return (
                    tr!(
                        locale,
                        oversight.finding.power_role,
                        role = subject,
                        when = when
                    ),
                    tr!(locale, oversight.finding.power_role_why, by = by),
                );
            }
            let is_key = text_of(finding, "event") == SecurityEventName::KeyCreated.as_str();
            let what = if is_key {
                tr!(
                    locale,
                    oversight.finding.power_key,
                    who = subject,
                    when = when
                )
            } else {
                tr!(locale, oversight.finding.power, who = subject, when = when)
            };
            let why = if is_key {
                let after = role("after");
                tr!(
                    locale,
                    oversight.finding.power_key_why,
                    by = by,
                    after = after
                )
            } else if text_of(finding, "before").is_empty() {
                let after = role("after");
                tr!(locale, oversight.finding.power_new, by = by, after = after)
            } else {
                tr!(
                    locale,
                    oversight.finding.power_why,
                    by = by,
                    before = role("before"),
                    after = role("after")
                )
            };
            (what, why)
        }
        "new_country" => (
            tr!(
                locale,
                oversight.finding.country,
                who = who,
                place = text_of(finding, "place"),
                when = when
            ),
            tr!(
                locale,
                oversight.finding.country_why,
                from = from,
                sign_ins = sign_ins
            ),
        ),
        "impossible_travel" => (
            tr!(
                locale,
                oversight.finding.travel,
                who = who,
                after = text_of(finding, "after"),
                when = when
            ),
            tr!(
                locale,
                oversight.finding.travel_why,
                km = number(of(finding, "km")),
                before = text_of(finding, "before"),
                minutes = minutes
            ),
        ),
        _ => factor_taken(locale, finding, by, when),
    }
}

/// A second factor that was taken away: by somebody else every one, by oneself perhaps one of several.
fn factor_taken(locale: Locale, finding: &Finding, by: &str, when: &str) -> (String, String) {
    let subject = text_of(finding, "subject");
    let (what, why) = if subject.is_empty() {
        (
            tr!(locale, oversight.finding.factor_own, who = by, when = when),
            tr!(locale, oversight.finding.factor_own_why).to_owned(),
        )
    } else {
        (
            tr!(locale, oversight.finding.factor, who = subject, when = when),
            tr!(locale, oversight.finding.factor_why, by = by),
        )
    };
    match finding.ip.as_deref() {
        Some(ip) => {
            let from = tr!(locale, oversight.finding.factor_from, from = ip);
            (what, format!("{why} {from}"))
        }
        None => (what, why),
    }
}
