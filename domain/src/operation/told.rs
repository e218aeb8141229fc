//! The smaller calls about an operation, as other systems send them: its end, its progress, what is asked of it, its revert.

use super::revert::{Choice, Part};
use super::{Control, OperationId, OperationStep, PlannedKind};
use crate::problem::{FieldProblem, Problem};
use crate::reader::{Reader, push};
use serde_json::Value;
use std::collections::BTreeSet;

/// The fields of a completion.
pub const COMPLETION_FIELDS: [&str; 1] = ["total"];
/// The fields of a failure.
pub const FAILURE_FIELDS: [&str; 1] = ["error"];
/// The fields of a step.
pub const PROGRESS_FIELDS: [&str; 2] = ["state", "reason"];
/// The fields of a wish.
pub const WISH_FIELDS: [&str; 2] = ["control", "only"];
/// The fields of a revert.
pub const REVERT_FIELDS: [&str; 7] = [
    "dry_run",
    "as_of",
    "conflicts",
    "except",
    "only",
    "without",
    "failed_of",
];
/// The fields of a question for items of a dry run.
pub const CONFLICTS_FIELDS: [&str; 7] = [
    "as_of",
    "kind",
    "after",
    "limit",
    "only",
    "without",
    "failed_of",
];

/// How many items a call may name.
const MAX_NAMED: usize = 10_000;
/// How many failed items can be picked to be tried again: the source is told each of them.
pub const MAX_RETRIED: usize = 1_000;
/// How many items of a dry run a page has at most, and when nothing is said.
const MAX_CONFLICTS: u64 = 1_000;

/// Reads an object of known fields.
pub(super) fn read<T>(
    body: &Value,
    fields: &[&str],
    read: impl FnOnce(&mut Reader<'_, '_>) -> Option<T>,
) -> Result<T, Problem> {
    let mut problems: Vec<FieldProblem> = Vec::new();
    let value = Reader::object(body, "", &mut problems).and_then(|mut reader| {
        reader.refuse_unknown(fields);
        read(&mut reader)
    });
    match value {
        Some(value) if problems.is_empty() => Ok(value),
        _ => Err(Problem::invalid_fields(problems)),
    }
}

/// Reads `{"total": 1240}`, or `{}`.
///
/// # Errors
/// [`Problem`] that names each wrong field.
pub fn read_completion(body: &Value) -> Result<Option<u64>, Problem> {
    read(body, &COMPLETION_FIELDS, |reader| {
        Some(super::input::whole(
            reader,
            "total",
            0,
            super::input::MAX_TOTAL,
        ))
    })
}

/// Reads `{"error": "the shop answered 503"}`.
///
/// # Errors
/// [`Problem`] that names each wrong field.
pub fn read_failure(body: &Value) -> Result<String, Problem> {
    read(body, &FAILURE_FIELDS, |reader| {
        let error = reader.text("error", 2_000);
        if error.is_none() && reader.is_blank("error") {
            reader.add("error", "required", "say in words why it failed");
        }
        error
    })
}

/// Reads `{"state": "paused", "reason": "..."}`.
///
/// # Errors
/// [`Problem`] that names each wrong field.
pub fn read_progress(body: &Value) -> Result<(OperationStep, Option<String>), Problem> {
    read(body, &PROGRESS_FIELDS, |reader| {
        let reason = reader.text("reason", 2_000);
        let step = match reader.text("state", 20).as_deref() {
            Some("running") => Some(OperationStep::Resumed),
            Some("paused") => Some(OperationStep::Paused),
            Some("cancelled") => Some(OperationStep::Cancelled),
            _ => {
                let message = "one of running, paused, cancelled";
                reader.add("state", "format", message);
                None
            }
        };
        Some((step?, reason))
    })
}

/// What is asked of an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// What.
    pub control: Control,
    /// The places of the failed items that are to be tried again; none named: all of them.
    pub only: BTreeSet<u64>,
}

impl From<Control> for Wish {
    fn from(control: Control) -> Self {
        Self {
            control,
            only: BTreeSet::new(),
        }
    }
}

/// Reads `{"control": "pause"}`, or `{"control": "retry", "only": [3, 8]}`.
///
/// # Errors
/// [`Problem`] that names each wrong field.
pub fn read_wish(body: &Value) -> Result<Wish, Problem> {
    read(body, &WISH_FIELDS, |reader| {
        let control: Option<Control> = reader
            .text("control", 20)
            .and_then(|text| text.parse().ok());
        if control.is_none() {
            let message = "one of pause, resume, cancel, retry";
            reader.add("control", "format", message);
        }
        let only = only(reader, MAX_RETRIED, "leave it out to have all tried again");
        if reader.value("only").is_some() && control.is_some_and(|c| c != Control::Retry) {
            let message = "only `retry` is asked for some items";
            reader.add("only", "contradiction", message);
        }
        Some(Wish {
            control: control?,
            only: only.into_iter().collect(),
        })
    })
}

/// A revert as it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevertInput {
    /// The ledger number of the dry run that is carried out; none for another dry run.
    pub as_of: Option<i64>,
    /// What is done about conflicts.
    pub choice: Choice,
    /// Which items are taken back.
    pub part: Part,
}

/// A question for items of a dry run: its conflicts, or those of another kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConflictsInput {
    /// The ledger number of the dry run.
    pub as_of: i64,
    /// Which items are listed.
    pub kind: PlannedKind,
    /// Where the page before ended; none for the first.
    pub after: Option<String>,
    /// How many at most.
    pub limit: u32,
    /// Which items the dry run looked at.
    pub part: Part,
}

/// Reads a revert. Without `dry_run: false` it is a dry run.
///
/// # Errors
/// [`Problem`] that names each wrong field.
pub fn read_revert(body: &Value) -> Result<RevertInput, Problem> {
    read(body, &REVERT_FIELDS, |reader| {
        let is_dry = reader.value("dry_run").is_none() || reader.flag("dry_run");
        let as_of = super::input::whole(reader, "as_of", 0, 1 << 53);
        if !is_dry && as_of.is_none() && reader.value("as_of").is_none() {
            let message = "the `as_of` of the dry run that is to be carried out";
            reader.add("as_of", "required", message);
        }
        let overwrite = match reader.text("conflicts", 20).as_deref() {
            None | Some("keep") => false,
            Some("overwrite") => true,
            Some(_) => {
                reader.add("conflicts", "format", "keep or overwrite");
                false
            }
        };
        let except = places(reader, "except", MAX_NAMED);
        let part = part(reader);
        Some(RevertInput {
            as_of: as_of.filter(|_| !is_dry).map(u64::cast_signed),
            choice: Choice { overwrite, except },
            part,
        })
    })
}

/// Reads a question for items of a dry run: for its conflicts, unless it says otherwise.
///
/// # Errors
/// [`Problem`] that names each wrong field.
pub fn read_conflicts(body: &Value) -> Result<ConflictsInput, Problem> {
    read(body, &CONFLICTS_FIELDS, |reader| {
        let as_of = super::input::whole(reader, "as_of", 0, 1 << 53);
        if reader.value("as_of").is_none() {
            let message = "the `as_of` of the dry run whose items these are";
            reader.add("as_of", "required", message);
        }
        let kind = match reader.text("kind", 20) {
            None => Some(PlannedKind::ChangedSince),
            Some(text) => text.parse().ok(),
        };
        if kind.is_none() {
            let message = "one of changed_since, forgotten, missing, impossible";
            reader.add("kind", "format", message);
        }
        let after = reader.text("after", 200);
        let limit = super::input::whole(reader, "limit", 1, MAX_CONFLICTS);
        let part = part(reader);
        Some(ConflictsInput {
            as_of: as_of?.cast_signed(),
            kind: kind?,
            after,
            limit: u32::try_from(limit.unwrap_or(MAX_CONFLICTS)).ok()?,
            part,
        })
    })
}

/// Which items are taken back: told by one field at most.
fn part(reader: &mut Reader<'_, '_>) -> Part {
    let only = only(reader, MAX_NAMED, "leave it out to take all of them back");
    let without = places(reader, "without", MAX_NAMED);
    let failed_of = reader
        .text("failed_of", 200)
        .map(|id| OperationId::parse(&id));
    if failed_of == Some(None) {
        let message = "the id of a revert of this operation";
        reader.add("failed_of", "format", message);
    }
    let told: Vec<&str> = ["only", "without", "failed_of"]
        .into_iter()
        .filter(|field| reader.value(field).is_some())
        .collect();
    if let [first, .., last] = told.as_slice() {
        let message = format!("it is told by `{first}` already: name one of them");
        reader.add(last, "contradiction", message);
    }
    match failed_of.flatten() {
        Some(revert) => Part::FailedOf(revert),
        None if !only.is_empty() => Part::These(only.into_iter().collect()),
        None if !without.is_empty() => Part::AllBut(without.into_iter().collect()),
        None => Part::Whole,
    }
}

/// The places of the items that alone are meant: some, where it is told at all. `or_all`: what is done to mean all of them.
fn only(reader: &mut Reader<'_, '_>, most: usize, or_all: &str) -> Vec<u64> {
    let only = places(reader, "only", most);
    if reader
        .value("only")
        .is_some_and(|told| told.as_array().is_some_and(Vec::is_empty))
    {
        let message = format!("at least one item's place; {or_all}");
        reader.add("only", "required", message);
    }
    only
}

/// The places of items, so many at most.
fn places(reader: &mut Reader<'_, '_>, field: &str, most: usize) -> Vec<u64> {
    let mut places = Vec::new();
    for (at, value) in reader.array(field, most).iter().enumerate() {
        match value.as_i64().filter(|place| *place > 0) {
            Some(place) => places.push(place.unsigned_abs()),
            None => {
                let pointer = format!("/{field}/{at}");
                let message = "the `place` of an item: a whole number from 1".to_owned();
                push(reader.problems(), pointer, "format", message);
            }
        }
    }
    places
}
