//! An activity as other systems send it: read from JSON, checked, completed.

use crate::problem::{FieldProblem, Problem};
use crate::reader::{Reader, child, kind_of, push};
use crate::{
    Action, Activity, Actor, Category, CategorySet, Change, Origin, Outcome, Reference,
    RuleReference,
};
use chrono::{DateTime, Duration, TimeZone, Utc};
use serde_json::Value;
use std::net::IpAddr;

/// How many activities one call may carry.
pub const MAX_BATCH: usize = 1_000;
/// How large `details` may be as canonical JSON.
pub const MAX_DETAILS_BYTES: usize = 64 * 1024;
/// How far ahead of the server's clock `occurred_at` may be: a day, for clocks without a zone.
pub const FUTURE_TOLERANCE_SECONDS: i64 = 24 * 60 * 60;
/// How deeply JSON below `details` and `changes` may nest.
pub(crate) const MAX_DEPTH: usize = 32;
/// How large the values of one change may be together, as JSON.
pub(crate) const MAX_CHANGE_BYTES: usize = 64 * 1024;

/// Reads activities as sent.
pub struct ActivityInput;

impl ActivityInput {
    /// The top-level fields; any other is refused by name.
    pub const FIELDS: [&'static str; 16] = [
        "action",
        "category",
        "outcome",
        "occurred_at",
        "actor",
        "subject",
        "description",
        "changes",
        "ip",
        "user_agent",
        "related",
        "operation_id",
        "rule",
        "error",
        "trace_id",
        "details",
    ];

    /// Reads one object or an array of up to [`MAX_BATCH`]. Pointers of an array's problems begin with the index.
    ///
    /// `now` is the time to take when none is sent, and the measure for times ahead. `default_actor` is
    /// who sent it.
    ///
    /// # Errors
    /// [`Problem`] that names each wrong field of each item, up to 50.
    pub fn read(
        body: &Value,
        now: DateTime<Utc>,
        default_actor: &Actor,
    ) -> Result<Vec<Activity>, Problem> {
        let mut problems = Vec::new();
        let activities = match body {
            Value::Array(items) => Self::read_items(items, now, default_actor, &mut problems)?,
            one => Self::read_one(one, "", now, default_actor, &mut problems)
                .into_iter()
                .collect(),
        };
        if problems.is_empty() {
            Ok(activities)
        } else {
            Err(Problem::invalid_fields(problems))
        }
    }

    /// Reads items, each with its index as the pointer's first part (NDJSON counts lines from 0).
    ///
    /// # Errors
    /// [`Problem`] when there are none or too many.
    pub fn read_items(
        items: &[Value],
        now: DateTime<Utc>,
        default_actor: &Actor,
        problems: &mut Vec<FieldProblem>,
    ) -> Result<Vec<Activity>, Problem> {
        use crate::problem::Code;
        if items.is_empty() {
            return Err(Problem::field(
                "",
                "required",
                "the array is empty; send at least one activity",
            ));
        }
        if items.len() > MAX_BATCH {
            return Err(Problem::new(
                Code::TooMany,
                format!(
                    "at most {MAX_BATCH} activities in one call, these are {}; nothing was stored",
                    items.len()
                ),
            ));
        }
        Ok(items
            .iter()
            .enumerate()
            .filter_map(|(at, item)| {
                Self::read_one(item, &format!("/{at}"), now, default_actor, problems)
            })
            .collect())
    }

    fn read_one(
        value: &Value,
        pointer: &str,
        now: DateTime<Utc>,
        default_actor: &Actor,
        problems: &mut Vec<FieldProblem>,
    ) -> Option<Activity> {
        let before = problems.len();
        let mut reader = Reader::object(value, pointer, problems)?;
        reader.refuse_unknown(&Self::FIELDS);
        let action = read_action(&mut reader);
        let outcome = read_outcome(&mut reader);
        let occurred_at = read_occurred_at(&mut reader, now);
        let actor = read_actor(&mut reader).unwrap_or_else(|| default_actor.clone());
        let subject = reader.value("subject").and_then(|v| {
            let at = reader.at("subject");
            read_reference(v, &at, reader.problems())
        });
        let description = reader.text("description", 5_000);
        let changes = read_changes(&mut reader);
        let origin = Origin {
            ip: read_ip(&mut reader),
            user_agent: reader.text("user_agent", 1_000),
            trace_id: reader.text("trace_id", 200),
        };
        let related = reader
            .array("related", 100)
            .iter()
            .enumerate()
            .filter_map(|(at, v)| {
                let pointer = child(&reader.at("related"), &at.to_string());
                read_reference(v, &pointer, reader.problems())
            })
            .collect();
        let operation_id = reader.text("operation_id", 200);
        let rule = read_rule(&mut reader);
        let error = reader.text("error", 5_000);
        let details = read_details(&mut reader);
        let activity = Activity {
            action: action?,
            outcome,
            occurred_at,
            actor,
            subject,
            description,
            changes,
            origin,
            related,
            operation_id,
            rule,
            error,
            details,
        };
        (problems.len() == before).then_some(activity)
    }
}

fn read_action(reader: &mut Reader<'_, '_>) -> Option<Action> {
    let named = read_categories(reader);
    let Some(name) = reader.text("action", 100) else {
        if reader.is_blank("action") {
            reader.add(
                "action",
                "required",
                "say what was done, such as \"product.updated\"",
            );
        }
        return None;
    };
    if !Action::is_well_formed(&name) {
        reader.add(
            "action",
            "format",
            "lower case words joined by dots, noun first, such as \"product.updated\"",
        );
        return None;
    }
    match Action::shipped(&name) {
        Some(shipped) => {
            if !named.is_empty() && !named.is_within(shipped.categories) {
                let fixed: Vec<&str> = shipped.categories.iter().map(Category::as_str).collect();
                reader.add(
                    "category",
                    "contradiction",
                    format!(
                        "`{name}` always stands in {}; leave `category` out",
                        fixed.join(" and ")
                    ),
                );
            }
            Some(Action {
                name,
                categories: shipped.categories,
            })
        }
        None => {
            let categories = if named.is_empty() {
                CategorySet::of(&[Category::Other])
            } else {
                named
            };
            Some(Action { name, categories })
        }
    }
}

/// `category` as one name or an array of them.
fn read_categories(reader: &mut Reader<'_, '_>) -> CategorySet {
    let named = match reader.value("category") {
        Some(Value::Array(_)) => reader.texts_at("category", Category::ALL.len(), 100),
        _ => reader
            .text("category", 100)
            .map(|name| (reader.at("category"), name))
            .into_iter()
            .collect(),
    };
    let mut set = Vec::new();
    for (pointer, name) in named {
        match name.parse::<Category>() {
            Ok(category) => set.push(category),
            Err(()) => {
                let known: Vec<&str> = Category::ALL.iter().map(|c| c.as_str()).collect();
                let message = format!("`{name}` is not a category; there are {}", known.join(", "));
                push(reader.problems(), pointer, "format", message);
            }
        }
    }
    set.into_iter().collect()
}

fn read_outcome(reader: &mut Reader<'_, '_>) -> Outcome {
    match reader.text("outcome", 20).map(|text| text.parse()) {
        Some(Ok(outcome)) => outcome,
        Some(Err(())) => {
            reader.add("outcome", "format", "one of success, pending, failed");
            Outcome::Success
        }
        None => Outcome::Success,
    }
}

pub(crate) fn read_occurred_at(reader: &mut Reader<'_, '_>, now: DateTime<Utc>) -> DateTime<Utc> {
    let Some(time) = reader.time("occurred_at") else {
        return now;
    };
    if time.timestamp() < 0 {
        reader.add(
            "occurred_at",
            "out_of_range",
            "before 1970; such a time is taken for a mistake",
        );
    } else if time > now + Duration::seconds(FUTURE_TOLERANCE_SECONDS) {
        reader.add(
            "occurred_at",
            "out_of_range",
            "more than a day ahead of this server's clock; check the sender's clock",
        );
    }
    // Nanoseconds are cut: what is kept is what is hashed and compared.
    Utc.timestamp_micros(time.timestamp_micros())
        .single()
        .unwrap_or(now)
}

pub(crate) fn read_actor(reader: &mut Reader<'_, '_>) -> Option<Actor> {
    let value = reader.value("actor")?;
    let pointer = reader.at("actor");
    let mut inner = Reader::object(value, &pointer, reader.problems())?;
    inner.refuse_unknown(&["type", "id", "name", "email", "role"]);
    let kind = match inner.text("type", 20).map(|text| text.parse()) {
        Some(Ok(kind)) => kind,
        Some(Err(())) => {
            inner.add(
                "type",
                "format",
                "one of user, customer, api_key, rule, system",
            );
            return None;
        }
        None => {
            if inner.is_blank("type") {
                inner.add(
                    "type",
                    "required",
                    "one of user, customer, api_key, rule, system",
                );
            }
            return None;
        }
    };
    Some(Actor {
        kind,
        id: inner.text("id", 200),
        name: inner.text("name", 200),
        email: inner.text("email", 254),
        role: inner.text("role", 100),
    })
}

pub(crate) fn read_reference(
    value: &Value,
    pointer: &str,
    problems: &mut Vec<FieldProblem>,
) -> Option<Reference> {
    let mut inner = Reader::object(value, pointer, problems)?;
    inner.refuse_unknown(&["type", "id", "name"]);
    let kind = inner.text("type", 50);
    let id = inner.text("id", 200);
    let name = inner.text("name", 300);
    for (field, value) in [("type", &kind), ("id", &id)] {
        if value.is_none() && inner.is_blank(field) {
            inner.add(
                field,
                "required",
                "both type and id are needed, such as \"product\" and \"p_981\"",
            );
        }
    }
    let kind = kind?;
    if !kind
        .chars()
        .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    {
        inner.add(
            "type",
            "format",
            "lower case letters, digits and _, such as \"special_offer\"",
        );
        return None;
    }
    Some(Reference {
        kind,
        id: id?,
        name,
    })
}

fn read_changes(reader: &mut Reader<'_, '_>) -> Vec<Change> {
    let mut changes = Vec::new();
    for (at, value) in reader.array("changes", 500).iter().enumerate() {
        let pointer = child(&reader.at("changes"), &at.to_string());
        let Some(mut inner) = Reader::object(value, &pointer, reader.problems()) else {
            continue;
        };
        inner.refuse_unknown(&["field", "before", "after"]);
        let field = inner.text("field", 200);
        if field.is_none() && inner.is_blank("field") {
            inner.add("field", "required", "name the field that changed");
        }
        let mut sides = ["before", "after"].map(|side| {
            let value = inner.value(side).cloned().unwrap_or(Value::Null);
            inner.storable(side, &value, MAX_DEPTH);
            value
        });
        let bytes: usize = sides.iter().map(|v| v.to_string().len()).sum();
        if bytes > MAX_CHANGE_BYTES {
            inner.add("after", "too_large", format!("before and after together hold at most {MAX_CHANGE_BYTES} bytes, these are {bytes}"));
        }
        let [before, after] = [sides[0].take(), sides[1].take()];
        if let Some(field) = field {
            changes.push(Change {
                field,
                before,
                after,
            });
        }
    }
    changes
}

fn read_ip(reader: &mut Reader<'_, '_>) -> Option<IpAddr> {
    let text = reader.text("ip", 64)?;
    match text.parse() {
        Ok(ip) => Some(ip),
        Err(_) => {
            reader.add(
                "ip",
                "format",
                "an IPv4 or IPv6 address, such as \"203.0.113.7\"",
            );
            None
        }
    }
}

/// A rule's name as text, or an object with `name` and `id`.
pub(crate) fn read_rule(reader: &mut Reader<'_, '_>) -> Option<RuleReference> {
    match reader.value("rule")? {
        Value::Object(_) => {
            let value = reader.value("rule")?;
            let pointer = reader.at("rule");
            let mut inner = Reader::object(value, &pointer, reader.problems())?;
            inner.refuse_unknown(&["id", "name"]);
            let id = inner.text("id", 200);
            match inner.text("name", 300) {
                Some(name) => Some(RuleReference { id, name }),
                None => {
                    if inner.is_blank("name") {
                        inner.add("name", "required", "name the rule");
                    }
                    None
                }
            }
        }
        _ => reader
            .text("rule", 300)
            .map(|name| RuleReference { id: None, name }),
    }
}

fn read_details(reader: &mut Reader<'_, '_>) -> Option<Value> {
    let value = reader.value("details")?;
    if !value.is_object() {
        reader.add(
            "details",
            "type",
            format!("an object is expected, this is {}", kind_of(value)),
        );
        return None;
    }
    if !reader.storable("details", value, MAX_DEPTH) {
        return None;
    }
    let bytes = value.to_string().len();
    if bytes > MAX_DETAILS_BYTES {
        reader.add(
            "details",
            "too_large",
            format!("at most {MAX_DETAILS_BYTES} bytes, these are {bytes}"),
        );
        return None;
    }
    Some(value.clone())
}
