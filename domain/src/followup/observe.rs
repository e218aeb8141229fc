//! What a condition sees of what came or happened.

use super::{Cause, Checked, Condition, Occasion};
use crate::message::said_in;
use crate::query::Query;
use crate::{Activity, Facts, Filter, Test};

/// The text in which words are looked for.
pub(super) fn text_of(cause: &Cause<'_>) -> String {
    let parts: Vec<String> = match cause {
        Cause::Message { message, .. } => {
            let said = said_in(message);
            message.subject.clone().into_iter().chain(said).collect()
        }
        Cause::Event { facts, .. } => {
            let activity = &facts.activity;
            let name = activity.subject.as_ref().and_then(|s| s.name.clone());
            [activity.description.clone(), name, activity.error.clone()]
                .into_iter()
                .flatten()
                .collect()
        }
        Cause::Tick { .. } => Vec::new(),
    };
    parts.join("\n")
}

/// What becomes of a condition that is a query.
pub(super) fn check_query(
    condition: &Condition,
    place: usize,
    query: &str,
    occasion: &Occasion<'_>,
) -> Checked {
    let checked = |is_met, seen, missed, broken| Checked {
        condition: condition.clone(),
        is_met,
        seen,
        missed,
        broken,
    };
    let filter = match (occasion.read)(query) {
        Ok(filter) => filter,
        Err(why) => return checked(false, None, None, Some(why)),
    };
    match occasion.cause {
        Cause::Event { facts, .. } => {
            let parsed = Query::parse(query);
            match first_miss(&filter, facts) {
                None => checked(true, None, None, None),
                Some(at) => {
                    let typed = (parsed.terms().len() == filter.clauses.len())
                        .then(|| parsed.terms().get(at))
                        .flatten()
                        .map(|term| parsed.text_of(term).to_owned());
                    let seen = filter.clauses.get(at).map(|c| seen_by(&c.test, facts));
                    checked(false, seen, typed, None)
                }
            }
        }
        Cause::Tick { found } => {
            let count = found.get(place).copied().unwrap_or(0);
            checked(count > 0, Some(count.to_string()), None, None)
        }
        Cause::Message { .. } => checked(
            false,
            None,
            None,
            Some("messages are not asked by queries of the activity log".to_owned()),
        ),
    }
}

/// The first clause that does not hold.
fn first_miss(filter: &Filter, facts: &Facts) -> Option<usize> {
    filter.clauses.iter().position(|clause| {
        let alone = Filter {
            clauses: vec![clause.clone()],
        };
        !alone.matches(facts, false)
    })
}

/// The value that a test looked at, in words; people by their ids.
fn seen_by(test: &Test, facts: &Facts) -> String {
    let activity = &facts.activity;
    match test {
        Test::Actor(_) => {
            let kind = activity.actor.kind.as_str();
            match &activity.actor.id {
                Some(id) => format!("{kind} {id}"),
                None => kind.to_owned(),
            }
        }
        Test::Role(_) => activity.actor.role.clone().unwrap_or_default(),
        Test::Action(_) => activity.action.name.clone(),
        Test::Category(_) => {
            let names = activity.action.categories.iter().map(|c| c.as_str());
            names.collect::<Vec<_>>().join(", ")
        }
        Test::Outcome(_) => activity.outcome.as_str().to_owned(),
        Test::Ip(_) => activity
            .origin
            .ip
            .map(|ip| ip.to_string())
            .unwrap_or_default(),
        Test::Device(_) => facts.device.clone().unwrap_or_default(),
        Test::Subject(_) | Test::About(_) | Test::Order(_) => things(activity),
        Test::Changed(_) => {
            let fields = activity.changes.iter().map(|change| change.field.as_str());
            short(&fields.collect::<Vec<_>>().join(", "))
        }
        Test::Rule(_) => activity
            .rule
            .as_ref()
            .map(|r| r.name.clone())
            .unwrap_or_default(),
        Test::Operation(_) => activity.operation_id.clone().unwrap_or_default(),
        Test::Trace(_) => activity.origin.trace_id.clone().unwrap_or_default(),
        Test::Id(_) => facts.id.to_string(),
        Test::Created(_) => activity.occurred_at.to_rfc3339(),
        Test::Has(_) => {
            let has = crate::Has::NAMES
                .into_iter()
                .filter(|(_, part)| facts.has.meets(*part));
            has.map(|(name, _)| name).collect::<Vec<_>>().join(", ")
        }
        Test::Text(_) => short(activity.description.as_deref().unwrap_or_default()),
    }
}

/// The subject and what else is concerned, as `type/id`, the first five.
fn things(activity: &Activity) -> String {
    let all = activity.subject.iter().chain(&activity.related);
    let names: Vec<String> = all
        .take(5)
        .map(|r| format!("{}/{}", r.kind, r.id))
        .collect();
    names.join(", ")
}

/// The beginning of a text.
pub(super) fn short(text: &str) -> String {
    text.chars().take(200).collect()
}
