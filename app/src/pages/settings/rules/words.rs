//! Rules and what became of them, in words.

use super::form::{clock, is_all_day};
use crate::activity::words::weekday_short;
use crate::i18n::{Locale, tr};
use crate::messages::words::channel_label;
use crate::pages::field_now;
use crate::said::said_words;
use domain::followup::{
    Checked, Condition, Evaluation, FollowupAction, FollowupRule, LoopGuard, Often, Trigger,
};
use domain::message::Channel;
use serde_json::Value;

/// `SMS or WhatsApp · “where is” · 22:00 to 06:00`; what a rule without conditions says.
pub fn when(locale: Locale, rule: &FollowupRule) -> String {
    let first = match &rule.trigger {
        Trigger::Message if rule.conditions.is_empty() => {
            Some(tr!(locale, rules.always).to_owned())
        }
        Trigger::Message => None,
        other => Some(set_off(locale, other)),
    };
    let conditions = rule.conditions.iter().map(|c| condition(locale, c));
    first
        .into_iter()
        .chain(conditions)
        .collect::<Vec<_>>()
        .join(" · ")
}

/// What sets a rule off.
fn set_off(locale: Locale, trigger: &Trigger) -> String {
    match trigger {
        Trigger::Message => tr!(locale, rules.on_message).to_owned(),
        Trigger::Event { query } => tr!(locale, rules.event_is, query = query.as_str()),
        Trigger::Schedule { schedule } => often(locale, *schedule),
    }
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
        Condition::TimeOfDay { from, to } if is_all_day(*from, *to) => {
            tr!(locale, rules.all_day).to_owned()
        }
        Condition::TimeOfDay { from, to } => {
            tr!(locale, rules.between, from = clock(*from), to = clock(*to))
        }
    }
}

/// What a rule does: `Answer with “Status” · tag asked`.
pub fn then(locale: Locale, rule: &FollowupRule) -> String {
    actions_words(locale, &rule.actions)
}

fn actions_words(locale: Locale, actions: &[FollowupAction]) -> String {
    let actions = actions.iter().map(|action| match action {
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

/// What a field of a rule is now that somebody else has changed it.
pub fn now(locale: Locale, field: &str, value: &Value) -> Option<String> {
    let (label, words) = match field {
        "name" => return Some(field_now(tr!(locale, rules.name), value)),
        "is_enabled" => {
            let words = if value.as_bool()? {
                tr!(locale, rules.is_on)
            } else {
                tr!(locale, rules.is_off)
            };
            return Some(words.to_owned());
        }
        "is_dry" => {
            let words = if value.as_bool()? {
                tr!(locale, access.roles.yes)
            } else {
                tr!(locale, access.roles.no)
            };
            (tr!(locale, rules.dry), words.to_owned())
        }
        "trigger" => {
            let trigger: Trigger = serde_json::from_value(value.clone()).ok()?;
            (tr!(locale, rules.set_off), set_off(locale, &trigger))
        }
        "conditions" => {
            let all: Vec<Condition> = serde_json::from_value(value.clone()).ok()?;
            let all: Vec<String> = all.iter().map(|one| condition(locale, one)).collect();
            (tr!(locale, rules.when), all.join(" · "))
        }
        "actions" => {
            let all: Vec<FollowupAction> = serde_json::from_value(value.clone()).ok()?;
            (tr!(locale, rules.then), actions_words(locale, &all))
        }
        _ => return None,
    };
    let words = Some(words).filter(|words| !words.is_empty());
    Some(field_now(label, &words.map_or(Value::Null, Value::String)))
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
        return tr!(locale, rules.could_not, why = said_words(locale, error));
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn how_often_is_counted_as_arabic_does() {
        let named = |locale: Locale, count: u64| {
            tr!(locale, rules.named_by, count = count, n = count.to_string())
        };
        assert_eq!(named(Locale::en, 2), "Named 2×");
        for (count, expected) in [
            (1, "سُمّيت مرة واحدة"),
            (2, "سُمّيت مرتين"),
            (3, "سُمّيت 3 مرات"),
            (11, "سُمّيت 11 مرة"),
        ] {
            assert_eq!(named(Locale::ar, count), expected);
        }
        let fired = |locale: Locale, count: u64| {
            tr!(
                locale,
                rules.counts,
                count = count,
                fired = count.to_string(),
                skipped = "1"
            )
        };
        assert_eq!(fired(Locale::en, 5), "In 7 days: fired 5×, skipped 1×");
        assert_eq!(fired(Locale::ar, 5), "عملت 5 مرات في 7 أيام، وتُخطّيت 1");
    }

    #[test]
    fn each_field_of_a_rule_that_was_changed_meanwhile_is_said() {
        let said = |field: &str, value: Value| now(Locale::en, field, &value);
        assert_eq!(said("name", json!("Asked")).as_deref(), Some("Name: Asked"));
        assert_eq!(said("is_enabled", json!(false)).as_deref(), Some("Off"));
        assert_eq!(
            said("is_dry", json!(true)).as_deref(),
            Some("On trial: Yes")
        );
        let trigger = json!({"when": "event", "query": "has:changes"});
        assert_eq!(
            said("trigger", trigger).as_deref(),
            Some("Set off by: has:changes happens")
        );
        let night = json!([{"condition": "time_of_day", "from": 1_320, "to": 360}]);
        assert_eq!(
            said("conditions", night).as_deref(),
            Some("When: 22:00 to 06:00")
        );
        let late = json!([{"condition": "time_of_day", "from": 1_320, "to": 1_440}]);
        assert_eq!(
            said("conditions", late).as_deref(),
            Some("When: 22:00 to 00:00")
        );
        let always = json!([{"condition": "time_of_day", "from": 0, "to": 1_440}]);
        assert_eq!(said("conditions", always).as_deref(), Some("When: all day"));
        assert_eq!(said("conditions", json!([])).as_deref(), Some("When: –"));
        let actions = json!([{"action": "tag_order", "tag": "asked"}, {"action": "hold_messages"}]);
        assert_eq!(
            said("actions", actions).as_deref(),
            Some("Then: tag asked · hold messages")
        );
        assert_eq!(said("version", json!(3)), None);
    }
}
