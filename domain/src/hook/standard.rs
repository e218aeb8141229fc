//! The envelope of Standard Webhooks: `{"type": ..., "timestamp": ..., "data": {...}}`.
//!
//! `data` is an activity as `POST /api/v1/activities` takes it. Where it names no action, `type` is one; where it says
//! not when, `timestamp` does.

use super::told::Reading;
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
    if !data.contains_key("action") {
        // Another system's event without an activity in it.
        if !Action::is_well_formed(kind) {
            return Ok(Reading::NotUnderstood);
        }
        data.insert("action".to_owned(), Value::from(kind));
    }
    if !data.contains_key("occurred_at")
        && let Some(at) = body.get("timestamp")
    {
        data.insert("occurred_at".to_owned(), at.clone());
    }
    let mut read = ActivityInput::read(&Value::Object(data), now, sender).map_err(below_data)?;
    Ok(read.pop().map_or(Reading::NotUnderstood, |activity| {
        Reading::Activity(Box::new(activity))
    }))
}

/// The pointers of an activity's problems, from the envelope.
fn below_data(problem: Problem) -> Problem {
    let fields = problem.fields.into_iter().map(|field| FieldProblem {
        pointer: format!("/data{}", field.pointer),
        ..field
    });
    Problem::invalid_fields(fields.collect())
}
