//! What is wrong with a rule, each place named: when it is saved, and later, when what it names is gone.

use super::{Condition, FollowupAction, FollowupRule, Trigger};
use crate::query::Query;
use crate::same::compare_amounts;
use crate::upsert::{is_currency, is_decimal};
use crate::{FieldProblem, Problem, fold};
use std::cmp::Ordering;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

/// How many conditions or actions a rule has at most.
const MOST_PARTS: usize = 20;
/// Qualifiers that say nothing about what is yet to happen.
const OF_THE_PAST: [&str; 2] = ["created", "id"];
/// How long an amount is at most, as those of orders.
const LONGEST_AMOUNT: usize = 40;
/// How long a webhook's address is at most, in bytes.
const LONGEST_URL: usize = 2_000;
/// What a webhook's address looks like.
pub const CALLABLE: &str = "an address that begins with https://, at most 2,000 bytes; http:// goes only to an address in numbers, such as http://10.0.0.7:8080, in a network that the operator lists";

/// The refusal of a rule that can't be saved, if so.
pub fn refusal(rule: &FollowupRule) -> Option<Problem> {
    let wrong = wrong_with(rule);
    (!wrong.is_empty()).then(|| Problem::invalid_fields(wrong))
}

/// The refusal of an action that is to be tried with another value, if so: its field is `value`, whatever the action.
pub fn action_refusal(action: &FollowupAction) -> Option<Problem> {
    let mut wrong = Vec::new();
    check_action("", action, None, &mut wrong);
    if let FollowupAction::SendTemplate { template } = action
        && template.trim().is_empty()
    {
        wrong.push(field("", "required", "the name of a template"));
    }
    (!wrong.is_empty()).then(|| at_value(Problem::invalid_fields(wrong)))
}

/// The same refusal of an action that has but one value.
pub fn at_value(problem: Problem) -> Problem {
    let mut wrong = problem.fields;
    for one in &mut wrong {
        "/value".clone_into(&mut one.pointer);
    }
    Problem::invalid_fields(wrong)
}

/// What is wrong with a rule as it stands; `templates` are the names and `colleagues` the emails of those there are. A
/// rule that was sound when it was saved can have lost one of them since, or hold a query that this version no longer
/// reads.
pub fn faults(
    rule: &FollowupRule,
    templates: &[String],
    colleagues: &[String],
) -> Vec<FieldProblem> {
    let mut wrong = wrong_with(rule);
    for (at, action) in rule.actions.iter().enumerate() {
        let is_there = match action {
            FollowupAction::SendTemplate { template } => templates.contains(template),
            FollowupAction::Assign { to } => colleagues.contains(&email_of(to)),
            _ => true,
        };
        if !is_there {
            wrong.extend(missing(at, action));
        }
    }
    wrong
}

/// That what the action at a place names is not there; none for an action that names nothing.
pub fn missing(at: usize, action: &FollowupAction) -> Option<FieldProblem> {
    let (name, message) = match action {
        FollowupAction::SendTemplate { template } => (
            "template",
            format!("there is no template {template}; make it first, or name another"),
        ),
        FollowupAction::Assign { to } => (
            "to",
            format!("nobody in this store has the email {to}; invite them first, or name another"),
        ),
        _ => return None,
    };
    Some(field(
        &format!("/actions/{at}/{name}"),
        "not_found",
        message,
    ))
}

/// A colleague's email as accounts keep it.
pub fn email_of(to: &str) -> String {
    to.trim().to_lowercase()
}

/// Whether a webhook's address may be one, as far as it can be told without the operator's list: `https`, or `http` to
/// an address in numbers.
pub fn is_callable(url: &str) -> bool {
    let is_sound = url.len() <= LONGEST_URL && !url.contains(char::is_whitespace);
    let in_the_open = || {
        let rest = url.strip_prefix("http://").unwrap_or_default();
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let six = host
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'));
        match six {
            Some(six) => six.parse::<Ipv6Addr>().is_ok(),
            None => host.parse::<Ipv4Addr>().is_ok() || host.parse::<SocketAddr>().is_ok(),
        }
    };
    is_sound && (url.starts_with("https://") || in_the_open())
}

fn wrong_with(rule: &FollowupRule) -> Vec<FieldProblem> {
    let mut wrong = Vec::new();
    if rule.conditions.len() > MOST_PARTS {
        wrong.push(field("/conditions", "too_long", "at most 20 conditions"));
    }
    if rule.actions.is_empty() || rule.actions.len() > MOST_PARTS {
        wrong.push(field("/actions", "required", "1 to 20 actions"));
    }
    wrong.extend(wrong_parts(
        Some(&rule.trigger),
        rule.conditions.iter().enumerate(),
        rule.actions.iter().enumerate(),
    ));
    wrong
}

/// What is wrong with the parts of a rule that could be read, each with its place among those that were sent. Without a
/// trigger it is not asked what goes with it.
pub fn wrong_parts<'p>(
    trigger: Option<&Trigger>,
    conditions: impl Iterator<Item = (usize, &'p Condition)>,
    actions: impl Iterator<Item = (usize, &'p FollowupAction)>,
) -> Vec<FieldProblem> {
    let mut wrong = Vec::new();
    match trigger {
        Some(Trigger::Event { query }) => {
            check_query("/trigger/query", query, true, &mut wrong);
        }
        Some(Trigger::Schedule { schedule }) if !schedule.is_sound() => {
            let message = "minutes of an hour go to 59, of a day to 1,439, weekdays from 0 to 6, days from 1 to 31";
            wrong.push(field("/trigger/schedule", "out_of_range", message));
        }
        _ => {}
    }
    for (at, condition) in conditions {
        check_condition(&format!("/conditions/{at}"), condition, trigger, &mut wrong);
    }
    for (at, action) in actions {
        check_action(&format!("/actions/{at}"), action, trigger, &mut wrong);
    }
    wrong
}

fn check_condition(
    at: &str,
    condition: &Condition,
    trigger: Option<&Trigger>,
    wrong: &mut Vec<FieldProblem>,
) {
    let fits = |trigger: &Trigger| match condition {
        Condition::Channel { .. } => matches!(trigger, Trigger::Message),
        Condition::Words { .. }
        | Condition::OrderStatus { .. }
        | Condition::CustomerGroup { .. }
        | Condition::OrderTotal { .. } => !trigger.is_schedule(),
        Condition::Query { .. } => !matches!(trigger, Trigger::Message),
        Condition::TimeOfDay { .. } => true,
    };
    if !trigger.is_none_or(fits) {
        let message = match condition {
            Condition::Query { .. } => {
                "a query is asked of events and on a schedule, not of messages"
            }
            _ => "what sets this rule off has no such thing to look at",
        };
        wrong.push(field(&format!("{at}/condition"), "unexpected", message));
        return;
    }
    let is_sound = match condition {
        Condition::Channel { any_of } => !any_of.is_empty(),
        Condition::Words { any_of }
        | Condition::OrderStatus { any_of }
        | Condition::CustomerGroup { any_of } => {
            (1..=100).contains(&any_of.len())
                && any_of
                    .iter()
                    .all(|w| !fold(w).is_empty() && w.chars().count() <= 200)
        }
        Condition::TimeOfDay { from, to } => *from < 1_440 && *to <= 1_440,
        Condition::OrderTotal {
            currency,
            at_least,
            below,
        } => {
            check_total(at, currency, at_least.as_deref(), below.as_deref(), wrong);
            true
        }
        Condition::Query { query } => {
            check_query(&format!("{at}/query"), query, false, wrong);
            true
        }
    };
    if !is_sound {
        let message = "each condition names at least one value, times lie within a day";
        wrong.push(field(at, "format", message));
    }
}

fn check_total(
    at: &str,
    currency: &str,
    at_least: Option<&str>,
    below: Option<&str>,
    wrong: &mut Vec<FieldProblem>,
) {
    if !is_currency(currency) {
        let message = "three capitals of ISO 4217, such as \"SAR\"";
        wrong.push(field(&format!("{at}/currency"), "format", message));
    }
    for (name, bound) in [("at_least", at_least), ("below", below)] {
        if bound.is_some_and(|bound| bound.len() > LONGEST_AMOUNT || !is_decimal(bound)) {
            let message = "a decimal number in text, such as \"129.00\"";
            wrong.push(field(&format!("{at}/{name}"), "format", message));
        }
    }
    match (at_least, below) {
        (None, None) => {
            let message = "at least one of at_least and below";
            wrong.push(field(&format!("{at}/at_least"), "required", message));
        }
        (Some(least), Some(below))
            if compare_amounts(least, below).is_some_and(Ordering::is_ge) =>
        {
            let message = "an amount above at_least: nothing lies between them";
            wrong.push(field(&format!("{at}/below"), "out_of_range", message));
        }
        _ => {}
    }
}

fn check_action(
    at: &str,
    action: &FollowupAction,
    trigger: Option<&Trigger>,
    wrong: &mut Vec<FieldProblem>,
) {
    let mut add = |name: &str, code: &str, message: &str| {
        wrong.push(field(&format!("{at}/{name}"), code, message));
    };
    let needs_a_thing = matches!(
        action,
        FollowupAction::SendTemplate { .. }
            | FollowupAction::Assign { .. }
            | FollowupAction::TagOrder { .. }
            | FollowupAction::Tag { .. }
            | FollowupAction::HoldMessages
    );
    if needs_a_thing && trigger.is_some_and(Trigger::is_schedule) {
        let message = "a schedule has no order or product to do this with";
        add("action", "unexpected", message);
        return;
    }
    let is_text = |text: &str, most: usize| {
        (1..=most).contains(&text.chars().count())
            && !text.trim().is_empty()
            && !text.chars().any(char::is_control)
    };
    match action {
        FollowupAction::CallWebhook { url } if !is_callable(url) => {
            add("url", "format", CALLABLE);
        }
        FollowupAction::Assign { to } if !crate::message::is_address(to) => {
            add("to", "format", "a colleague is named by their email");
        }
        FollowupAction::TagOrder { tag } | FollowupAction::Tag { tag } if !is_text(tag, 100) => {
            add("tag", "format", "a tag has 1 to 100 characters");
        }
        FollowupAction::Alarm { text } if !is_text(text, 500) => {
            add("text", "format", "one line of 1 to 500 characters");
        }
        FollowupAction::OpenOperation { name } if !is_text(name, 300) => {
            add("name", "format", "one line of 1 to 300 characters");
        }
        _ => {}
    }
}

fn check_query(at: &str, query: &str, is_trigger: bool, wrong: &mut Vec<FieldProblem>) {
    let parsed = Query::parse(query);
    if parsed.is_empty() {
        let message = "a query of the activity log, such as action:product.updated";
        wrong.push(field(at, "required", message));
    }
    let mistakes = crate::query::query_problem(query, parsed.errors());
    wrong.extend(mistakes.fields.into_iter().map(|mistake| FieldProblem {
        pointer: at.to_owned(),
        ..mistake
    }));
    if is_trigger {
        let terms = parsed.terms().iter();
        for name in terms.filter_map(|term| term.qualifier()) {
            if OF_THE_PAST.contains(&name) {
                let message = format!("{name}: says nothing about what is yet to happen");
                wrong.push(field(at, "unexpected", message));
            }
        }
    }
}

fn field(pointer: &str, code: &str, message: impl Into<String>) -> FieldProblem {
    FieldProblem {
        pointer: pointer.to_owned(),
        code: code.to_owned(),
        message: message.into(),
    }
}
