//! Activities to test with.

use chrono::{DateTime, TimeZone, Utc};
use domain::{Activity, ActivityId, ActivityInput, Actor, Facts};
use serde_json::{Value, json};

/// Friday, 20 November 2026, 09:14:03 UTC.
pub fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 20, 9, 14, 3).unwrap()
}

/// The example of the API's description.
pub fn complete() -> Value {
    json!({
        "action": "product.updated", "category": "products", "outcome": "success",
        "occurred_at": "2026-11-20T09:14:03Z",
        "actor": {"type": "user", "id": "u_17", "name": "Sara Nasser", "email": "sara@store.example", "role": "manager"},
        "subject": {"type": "product", "id": "p_981", "name": "Linen shirt"},
        "description": "Price changed", "changes": [{"field": "price", "before": 120, "after": 95}],
        "ip": "203.0.113.7", "user_agent": "Mozilla/5.0", "related": [{"type": "order", "id": "1042"}],
        "operation_id": null, "rule": null, "error": null, "trace_id": "4bf92f35", "details": {"any": "json"}
    })
}

/// `complete` with some fields replaced.
pub fn with(fields: Value) -> Value {
    let mut value = complete();
    for (name, field) in fields.as_object().unwrap() {
        value[name] = field.clone();
    }
    value
}

/// Reads one activity that must be valid.
pub fn activity(value: &Value) -> Activity {
    let mut activities = ActivityInput::read(value, now(), &Actor::system()).unwrap();
    assert_eq!(activities.len(), 1);
    activities.remove(0)
}

pub fn facts(value: &Value) -> Facts {
    let id: ActivityId = "0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e5f".parse().unwrap();
    Facts::new(id, activity(value))
}
