//! Operations and their items as other systems send them.

use super::target::TargetName;
use super::{
    Control, ItemOutcome, Operation, OperationId, OperationItem, OperationKind, STALLS_AFTER_S,
};
use crate::Actor;
use crate::input::{MAX_CHANGE_BYTES, MAX_DEPTH, read_actor, read_reference, read_rule};
use crate::ledger::canonical;
use crate::problem::{Code, FieldProblem, Problem};
use crate::reader::{Reader, push};
use crate::same;
use chrono::{DateTime, Utc};
use serde_json::Value;

/// How many items one call may carry.
pub const MAX_ITEMS: usize = 1_000;
/// How many items an operation may plan.
pub(super) const MAX_TOTAL: u64 = 100_000_000;

/// The fields of an operation as sent.
pub const OPERATION_FIELDS: [&str; 14] = [
    "id",
    "name",
    "kind",
    "description",
    "query",
    "total",
    "actor",
    "rule",
    "stalls_after_s",
    "controls",
    "control_url",
    "target",
    "retries",
    "trace_id",
];

/// The fields of an item as sent.
pub const ITEM_FIELDS: [&str; 6] = ["subject", "field", "before", "after", "outcome", "error"];

/// Reads an operation to be opened. `new_id` is what it is called when it brings no id of its own.
///
/// # Errors
/// [`Problem`] that names each wrong field.
pub fn read_operation(
    body: &Value,
    now: DateTime<Utc>,
    default_actor: &Actor,
    new_id: &str,
) -> Result<Operation, Problem> {
    let mut problems = Vec::new();
    let operation = read_one(body, now, default_actor, new_id, &mut problems);
    match operation {
        Some(operation) if problems.is_empty() => Ok(operation),
        _ => Err(Problem::invalid_fields(problems)),
    }
}

fn read_one(
    body: &Value,
    now: DateTime<Utc>,
    default_actor: &Actor,
    new_id: &str,
    problems: &mut Vec<FieldProblem>,
) -> Option<Operation> {
    let mut reader = Reader::object(body, "", problems)?;
    reader.refuse_unknown(&OPERATION_FIELDS);
    let id = reader.text("id", 100).unwrap_or_else(|| new_id.to_owned());
    let id = OperationId::parse(&id);
    if id.is_none() {
        let message = "1 to 100 letters, digits, _ . and -, such as \"winter-sale-2026\"";
        reader.add("id", "format", message);
    }
    let name = reader.line("name", 300);
    if name.is_none() && reader.is_blank("name") {
        reader.add(
            "name",
            "required",
            "say what it is called, such as \"Winter sale\"",
        );
    }
    let kind = read_kind(&mut reader);
    let description = reader.text("description", 5_000);
    let query = reader.text("query", 1_000);
    let total = whole(&mut reader, "total", 0, MAX_TOTAL);
    let actor = read_actor(&mut reader).unwrap_or_else(|| default_actor.clone());
    let rule = read_rule(&mut reader);
    let stalls_after_s = whole(&mut reader, "stalls_after_s", 10, 86_400)
        .and_then(|seconds| u32::try_from(seconds).ok())
        .unwrap_or(STALLS_AFTER_S);
    let mut controls = Vec::new();
    for (pointer, text) in reader.texts_at("controls", Control::ALL.len(), 20) {
        match text.parse::<Control>() {
            Ok(control) if !controls.contains(&control) => controls.push(control),
            Ok(_) => {}
            Err(()) => push(
                reader.problems(),
                pointer,
                "format",
                "one of pause, resume, cancel, retry".to_owned(),
            ),
        }
    }
    let control_url = reader.text("control_url", 2_000);
    if let Some(url) = &control_url {
        if !url.starts_with("https://") && !url.starts_with("http://") {
            reader.add(
                "control_url",
                "format",
                "an address that begins with https://",
            );
        } else if controls.is_empty() {
            let message = "say in `controls` what can be asked there: pause, resume, cancel, retry";
            reader.add("control_url", "contradiction", message);
        }
    }
    let target = reader.text("target", 50).and_then(|text| {
        let target = TargetName::parse(&text);
        if target.is_none() {
            reader.add("target", "format", TargetName::FORM);
        }
        target
    });
    let retries = read_retries(&mut reader, id.as_ref());
    let trace_id = reader.text("trace_id", 200);
    Some(Operation {
        id: id?,
        name: name?,
        kind: kind?,
        description,
        query,
        total,
        actor,
        rule,
        stalls_after_s,
        controls,
        control_url,
        target,
        reverts: None,
        retries,
        trace_id,
        opened_at: now,
    })
}

/// The operation whose failed items are tried again; never the one that is opened.
fn read_retries(reader: &mut Reader<'_, '_>, own: Option<&OperationId>) -> Option<OperationId> {
    let text = reader.text("retries", 100)?;
    let id = OperationId::parse(&text);
    if id.is_none() {
        let message = "the id of the operation in which they failed";
        reader.add("retries", "format", message);
    } else if id.as_ref() == own {
        let message = "what failed is tried again in an operation of its own";
        reader.add("retries", "contradiction", message);
    }
    id
}

fn read_kind(reader: &mut Reader<'_, '_>) -> Option<OperationKind> {
    let Some(text) = reader.text("kind", 50) else {
        return reader
            .is_blank("kind")
            .then_some(OperationKind::BulkOperation);
    };
    match text.parse() {
        Ok(OperationKind::Revert) => {
            let message = "a revert is opened by reverting: POST /api/v1/operations/{id}/revert";
            reader.add("kind", "contradiction", message);
            None
        }
        Ok(kind) => Some(kind),
        Err(()) => {
            let known: Vec<&str> = OperationKind::ALL
                .iter()
                .filter(|kind| **kind != OperationKind::Revert)
                .map(|kind| kind.as_str())
                .collect();
            reader.add("kind", "format", format!("one of {}", known.join(", ")));
            None
        }
    }
}

/// A whole number within bounds.
pub(super) fn whole(
    reader: &mut Reader<'_, '_>,
    field: &str,
    least: u64,
    most: u64,
) -> Option<u64> {
    let value = reader.value(field)?;
    let number = value.as_u64().filter(|n| (least..=most).contains(n));
    if number.is_none() {
        let message = format!("a whole number from {least} to {most}");
        reader.add(field, "out_of_range", message);
    }
    number
}

/// Reads one item, or an array of up to [`MAX_ITEMS`]. Pointers of an array's problems begin with the index.
///
/// # Errors
/// [`Problem`] that names each wrong field of each item, up to 50.
pub fn read_items(body: &Value) -> Result<Vec<OperationItem>, Problem> {
    let mut problems = Vec::new();
    let items = match body {
        Value::Array(items) if items.is_empty() => {
            let message = "the array is empty; send at least one item";
            return Err(Problem::field("", "required", message));
        }
        Value::Array(items) if items.len() > MAX_ITEMS => {
            let message = format!(
                "at most {MAX_ITEMS} items in one call, these are {}; nothing was stored",
                items.len()
            );
            return Err(Problem::new(Code::TooMany, message));
        }
        Value::Array(items) => items
            .iter()
            .enumerate()
            .filter_map(|(at, item)| read_item(item, &format!("/{at}"), &mut problems))
            .collect(),
        one => read_item(one, "", &mut problems).into_iter().collect(),
    };
    if problems.is_empty() {
        Ok(items)
    } else {
        Err(Problem::invalid_fields(problems))
    }
}

fn read_item(
    value: &Value,
    pointer: &str,
    problems: &mut Vec<FieldProblem>,
) -> Option<OperationItem> {
    let before = problems.len();
    let mut reader = Reader::object(value, pointer, problems)?;
    reader.refuse_unknown(&ITEM_FIELDS);
    let subject = match reader.value("subject") {
        Some(value) => {
            let at = reader.at("subject");
            read_reference(value, &at, reader.problems())
        }
        None => {
            let message = "what was changed, such as {\"type\": \"product\", \"id\": \"p_981\"}";
            reader.add("subject", "required", message);
            None
        }
    };
    let field = reader.text("field", 200);
    if field.is_none() && reader.is_blank("field") {
        reader.add(
            "field",
            "required",
            "name the field that was changed, such as \"price\"",
        );
    }
    let sides = ["before", "after"].map(|side| {
        let value = reader.given(side).cloned();
        if let Some(value) = &value {
            reader.storable(side, value, MAX_DEPTH);
        }
        value
    });
    let bytes: usize = sides.iter().flatten().map(|v| v.to_string().len()).sum();
    if bytes > MAX_CHANGE_BYTES {
        let message = format!(
            "before and after together hold at most {MAX_CHANGE_BYTES} bytes, these are {bytes}"
        );
        reader.add("after", "too_large", message);
    }
    let error = reader.text("error", 2_000);
    let [value_before, value_after] = sides;
    let differ = match (&value_before, &value_after) {
        (Some(one), Some(other)) => {
            Some(!is_same(field.as_deref().unwrap_or_default(), one, other))
        }
        _ => None,
    };
    let outcome = match reader.text("outcome", 20).map(|text| text.parse()) {
        Some(Ok(outcome)) => outcome,
        Some(Err(())) => {
            reader.add("outcome", "format", "one of changed, unchanged, failed");
            ItemOutcome::Changed
        }
        None if error.is_some() => ItemOutcome::Failed,
        None if differ == Some(false) => ItemOutcome::Unchanged,
        None => ItemOutcome::Changed,
    };
    match outcome {
        ItemOutcome::Changed if value_after.is_none() => {
            let message = "a changed item needs the value after; null when there is none any more";
            reader.add("after", "required", message);
        }
        ItemOutcome::Failed if error.is_none() => {
            let message = "a failed item needs its error, in words";
            reader.add("error", "required", message);
        }
        ItemOutcome::Changed | ItemOutcome::Unchanged if error.is_some() => {
            let message = "only a failed item has an error";
            reader.add("error", "contradiction", message);
        }
        _ => {}
    }
    if outcome == ItemOutcome::Unchanged && differ == Some(true) {
        let message = "before and after differ, so it was changed; leave `outcome` out, or send what it holds as both";
        reader.add("outcome", "contradiction", message);
    }
    let item = OperationItem {
        subject: subject?,
        field: field?,
        before: value_before,
        after: value_after,
        outcome,
        error,
    };
    (problems.len() == before).then_some(item)
}

/// Whether two values of a field are one in canonical JSON, as 96 and 96.0 are, or the same tags in whatever order: what a
/// revert would find to be as before was not changed.
fn is_same(field: &str, one: &Value, other: &Value) -> bool {
    one == other
        || (field == "tags" && same::is_same(field, one, other))
        || matches!((canonical(one), canonical(other)), (Ok(one), Ok(other)) if one == other)
}
