//! The envelope of Standard Webhooks: `{"type": ..., "timestamp": ..., "data": {...}}`.
//!
//! `data` is an activity as `POST /api/v1/activities` takes it. Where it names no action, `type` is one; where it says
//! not when, `timestamp` does.

use super::told::{Named, Reading};
use crate::input::read_reference;
use crate::problem::FieldProblem;
use crate::{Action, ActivityInput, Actor, Problem};
use chrono::{DateTime, Utc};
use serde_json::Value;

pub(super) fn read(body: &Value, now: DateTime<Utc>, sender: &Actor) -> Result<Reading, Problem> {
    let Some(kind) = body.get("type").and_then(Value::as_str) else {
        let message = "the envelope of Standard Webhooks has a `type`, such as \"product.updated\"";
        return Err(Problem::field("/type", "required", message));
    };
    let Some(Value::Object(data)) = body.get("data") else {
        let message = "an object is expected: an activity as POST /api/v1/activities takes it";
        return Err(Problem::field("/data", "required", message));
    };
    let mut data = data.clone();
    // What the envelope says for the activity, and where it stands there.
    let mut lent = Vec::new();
    if !data.contains_key("action") {
        // Another system's event without an activity in it.
        if !Action::is_well_formed(kind) {
            return Ok(Reading::NotUnderstood);
        }
        data.insert("action".to_owned(), Value::from(kind));
        lent.push(("/action", "/type"));
    }
    if !data.contains_key("occurred_at")
        && let Some(at) = body.get("timestamp")
    {
        data.insert("occurred_at".to_owned(), at.clone());
        lent.push(("/occurred_at", "/timestamp"));
    }
    let read = ActivityInput::read(&Value::Object(data), now, sender);
    let mut read = read.map_err(|problem| from_envelope(problem, &lent))?;
    Ok(read.pop().map_or(Reading::NotUnderstood, |activity| {
        Reading::Activity(Box::new(activity))
    }))
}

/// The subject of the activity that a body carries.
pub(super) fn named(body: &Value) -> Option<Named> {
    let subject = body.get("data")?.get("subject")?;
    let thing = read_reference(subject, "/data/subject", &mut Vec::new())?;
    Some(Named {
        thing,
        is_foreign: false,
    })
}

/// The pointers of an activity's problems, from the envelope: what the envelope lent is named where it was sent.
fn from_envelope(problem: Problem, lent: &[(&str, &str)]) -> Problem {
    let fields = problem.fields.into_iter().map(|field| {
        let sent = lent.iter().find(|(within, _)| *within == field.pointer);
        let pointer = match sent {
            Some((_, outside)) => (*outside).to_owned(),
            None => format!("/data{}", field.pointer),
        };
        FieldProblem { pointer, ..field }
    });
    Problem::invalid_fields(fields.collect())
}
