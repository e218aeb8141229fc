//! Rules and what became of them, in words.

use super::form::clock;
use crate::activity::words::weekday_short;
use crate::i18n::{Locale, tr};
use crate::messages::words::channel_label;
use domain::followup::{
    Checked, Condition, Evaluation, FollowupAction, FollowupRule, LoopGuard, Often, Trigger,
};
use domain::message::Channel;

/// `SMS or WhatsApp · “where is” · 22:00 to 06:00`; what a rule without conditions says.
pub fn when(locale: Locale, rule: &FollowupRule) -> String {
    let first = match &rule.trigger {
        Trigger::Message if rule.conditions.is_empty() => {
            Some(tr!(locale, rules.always).to_owned())
        }
        Trigger::Message => None,
        Trigger::Event { query } => Some(tr!(locale, rules.event_is, query = query.as_str())),
        Trigger::Schedule { schedule } => Some(often(locale, *schedule)),
    };
    let conditions = rule.conditions.iter().map(|c| condition(locale, c));
    first
        .into_iter()
        .chain(conditions)
        .collect::<Vec<_>>()
        .join(" · ")
}

fn often(locale: Locale, schedule: Often) -> String {
    match schedule {
        Often::Hour { minute } => tr!(locale, rules.every_hour, minute = format!("{minute:02}")),
        Often::Day { at } => tr!(locale, rules.every_day, at = clock(at)),
        Often::Week { weekday, at } => {
            let (_, day) = weekday_short(locale, u32::from(weekday));
            tr!(locale, rules.every_week, day = day, at = clock(at))
        }
        Often::Month { day, at } => {
            tr!(
                locale,
                rules.every_month,
                day = day.to_string(),
                at = clock(at)
            )
        }
    }
}

/// What must be so.
pub fn condition(locale: Locale, condition: &Condition) -> String {
    match condition {
        Condition::Query { query } => query.clone(),
        Condition::Channel { any_of } => {
            let names = any_of.iter().map(|channel| channel_label(locale, *channel));
            any(locale, names.map(str::to_owned).collect())
        }
        Condition::Words { any_of } => any(locale, any_of.iter().map(|w| quoted(w)).collect()),
        Condition::OrderStatus { any_of } => {
            let states = any(locale, any_of.clone());
            tr!(locale, rules.order_is, states = states)
        }
        Condition::CustomerGroup { any_of } => {
            let groups = any(locale, any_of.clone());
            tr!(locale, rules.customer_in, groups = groups)
        }
        Condition::OrderTotal {
            currency,
            at_least,
            below,
        } => {
            let amount = |bound: &String| format!("{bound} {currency}");
            match (at_least.as_ref().map(amount), below.as_ref().map(amount)) {
                (Some(from), Some(below)) => {
                    tr!(locale, rules.total_between, from = from, below = below)
                }
                (Some(amount), None) => tr!(locale, rules.total_from, amount = amount),
                (None, Some(amount)) => tr!(locale, rules.total_below, amount = amount),
                (None, None) => String::new(),
            }
        }
        Condition::TimeOfDay { from, to } => {
            tr!(locale, rules.between, from = clock(*from), to = clock(*to))
        }
    }
}

/// What a rule does: `Answer with “Status” · tag asked`.
pub fn then(locale: Locale, rule: &FollowupRule) -> String {
    let actions = rule.actions.iter().map(|action| match action {
        FollowupAction::SendTemplate { template } => {
            tr!(locale, rules.answers_with, name = template.as_str())
        }
        FollowupAction::Assign { to } => tr!(locale, rules.assigns, to = to.as_str()),
        FollowupAction::TagOrder { tag } => tr!(locale, rules.tags, tag = tag.as_str()),
        // The path of a webhook may hold a secret.
        FollowupAction::CallWebhook { url } => tr!(locale, rules.calls, host = host(url)),
        FollowupAction::Tag { tag } => tr!(locale, rules.tags_in_shop, tag = tag.as_str()),
        FollowupAction::HoldMessages => tr!(locale, rules.holds).to_owned(),
        FollowupAction::Alarm { text } => tr!(locale, rules.alarms, text = text.as_str()),
        FollowupAction::OpenOperation { name } => tr!(locale, rules.opens, name = name.as_str()),
    });
    actions.collect::<Vec<_>>().join(" · ")
}

fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or(rest)
}

fn any(locale: Locale, names: Vec<String>) -> String {
    names.join(tr!(locale, rules.or))
}

/// In its own direction: in a line of the other one its marks would part from it.
fn quoted(text: &str) -> String {
    format!("\u{2068}“{text}”\u{2069}")
}

/// Why a rule did what it did, or did nothing.
pub fn why(locale: Locale, evaluation: &Evaluation, error: Option<&str>) -> String {
    if let Some(error) = error {
        return tr!(locale, rules.could_not, why = error);
    }
    if let Some(guard) = &evaluation.guard {
        return guard_words(locale, guard);
    }
    if evaluation.is_matched {
        let seen: Vec<String> = evaluation
            .checked
            .iter()
            .filter_map(|checked| seen(locale, checked))
            .collect();
        return seen.join(" · ");
    }
    let missed = evaluation.checked.iter().filter(|c| !c.is_met);
    let missed: Vec<String> = missed.map(|checked| miss(locale, checked)).collect();
    missed.join(" · ")
}

/// Why nothing more follows although the conditions were met.
pub fn guard_words(locale: Locale, guard: &LoopGuard) -> String {
    match guard {
        LoopGuard::AutoSubmitted { header } => {
            tr!(locale, rules.guard_machine, header = header.as_str())
        }
        LoopGuard::Bulk { header } => tr!(locale, rules.guard_bulk, header = header.as_str()),
        LoopGuard::NoReader { address } => {
            tr!(locale, rules.guard_nobody, address = address.as_str())
        }
        LoopGuard::TooMany { count } => tr!(locale, rules.guard_many, n = count.to_string()),
        LoopGuard::Own => tr!(locale, rules.guard_own).to_owned(),
        LoopGuard::TooDeep { depth } => tr!(locale, rules.guard_deep, n = depth.to_string()),
        LoopGuard::TooOften { count } => tr!(locale, rules.guard_often, n = count.to_string()),
    }
}

/// What a condition that was met saw.
pub fn seen(locale: Locale, checked: &Checked) -> Option<String> {
    let seen = checked.seen.as_deref()?;
    Some(match &checked.condition {
        Condition::Channel { .. } => channel_of(locale, seen),
        Condition::Words { .. } => quoted(seen),
        Condition::OrderStatus { .. } => tr!(locale, rules.order_was, state = seen),
        Condition::CustomerGroup { .. } => tr!(locale, rules.group_was, groups = seen),
        Condition::OrderTotal { .. } => tr!(locale, rules.total_was, total = seen),
        Condition::TimeOfDay { .. } => tr!(locale, rules.came_at, time = seen),
        Condition::Query { .. } => tr!(locale, rules.saw, seen = seen),
    })
}

/// Why a condition was not met.
pub fn miss(locale: Locale, checked: &Checked) -> String {
    if let Some(why) = checked.broken.as_deref() {
        return tr!(locale, rules.broken_because, why = why);
    }
    if let Condition::Query { query } = &checked.condition {
        let term = checked.missed.as_deref().unwrap_or(query);
        let seen = checked.seen.as_deref().unwrap_or_default();
        return tr!(locale, rules.not_found_by, term = term, seen = seen);
    }
    match (&checked.condition, checked.seen.as_deref()) {
        (Condition::Words { .. }, _) => tr!(locale, rules.no_word).to_owned(),
        (Condition::OrderStatus { .. }, None) => tr!(locale, rules.no_order).to_owned(),
        (Condition::OrderTotal { .. }, None) => tr!(locale, rules.no_total).to_owned(),
        (Condition::CustomerGroup { .. }, None) => tr!(locale, rules.no_customer).to_owned(),
        (Condition::CustomerGroup { .. }, Some("")) => tr!(locale, rules.no_group).to_owned(),
        (_, seen_then) => {
            let seen = seen(locale, checked);
            seen.unwrap_or_else(|| seen_then.unwrap_or_default().to_owned())
        }
    }
}

fn channel_of(locale: Locale, seen: &str) -> String {
    let channel: Option<Channel> = seen.parse().ok();
    channel.map_or_else(
        || seen.to_owned(),
        |channel| {
            tr!(
                locale,
                rules.came_by,
                channel = channel_label(locale, channel)
            )
        },
    )
}
