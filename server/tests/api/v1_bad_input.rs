//! Bad input: each gets an answer that says what is wrong, and nothing is stored.

mod chance;

use crate::harness::on_both;
use crate::v1_calls::{Api, Call, post, put};
use insta::assert_json_snapshot;
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn nested(depth: usize) -> String {
    format!(
        r#"{{"action": "a.b", "details": {}1{}}}"#,
        r#"{"d":"#.repeat(depth),
        "}".repeat(depth)
    )
}

fn long(field: &str) -> String {
    json!({"action": "a.b", field: "x".repeat(100_000)}).to_string()
}

/// A name for the snapshot, the body as it goes over the wire, the status.
fn bodies() -> Vec<(&'static str, Vec<u8>, u16)> {
    let text = |name, body: &str, status| (name, body.as_bytes().to_vec(), status);
    vec![
        text("nothing", "", 400),
        text("cut_short", r#"{"action": "a.b", "details": {"#, 400),
        text("malformed", "{\n  \"action\": \"a.b\",\n  'x': 1\n}", 400),
        text("two_texts", r#"{"action": "a.b"} {"action": "a.b"}"#, 400),
        text(
            "lone_surrogate",
            r#"{"action": "a.b", "description": "\ud83d"}"#,
            400,
        ),
        (
            "not_utf8",
            b"{\"action\": \"a.b\", \"description\": \"\xff\xfe\"}".to_vec(),
            400,
        ),
        text(
            "raw_nul",
            "{\"action\": \"a.b\", \"description\": \"a\0b\"}",
            400,
        ),
        text("too_deep_to_read", &nested(200), 400),
        text(
            "not_a_number",
            r#"{"action": "a.b", "details": {"n": NaN}}"#,
            400,
        ),
        text(
            "number_out_of_range",
            r#"{"action": "a.b", "details": {"n": 1e999}}"#,
            400,
        ),
        text("null", "null", 422),
        text("a_text", "\"product.updated\"", 422),
        text("a_number", "42", 422),
        text("an_empty_object", "{}", 422),
        text("an_empty_array", "[]", 422),
        text("array_of_texts", r#"["a.b", {"action": "a.b"}]"#, 422),
        text("missing_action", r#"{"description": "x"}"#, 422),
        text("malformed_action", r#"{"action": "Product Updated"}"#, 422),
        text(
            "contradicting_category",
            r#"{"action": "product.updated", "category": "finance"}"#,
            422,
        ),
        text(
            "unknown_category",
            r#"{"action": "a.b", "category": ["products", "shoes"]}"#,
            422,
        ),
        text(
            "unknown_outcome",
            r#"{"action": "a.b", "outcome": "ok"}"#,
            422,
        ),
        text(
            "unknown_fields",
            r#"{"action": "a.b", "acton": "a.b", "a/b~c": 1, "actor": {"type": "user", "nme": "x"}}"#,
            422,
        ),
        text(
            "given_twice",
            r#"{"action": "a.b", "action": "c.d", "details": {"x": {"y": 1, "y": 2}}}"#,
            422,
        ),
        text(
            "wrong_types",
            r#"{"action": 1, "outcome": [], "occurred_at": 1763600000, "actor": "sara", "subject": [], "description": {},
            "changes": {}, "ip": 1, "user_agent": true, "related": "x", "operation_id": 7, "rule": 1, "error": 1, "trace_id": {}, "details": []}"#,
            422,
        ),
        text(
            "wrong_actor",
            r#"{"action": "a.b", "actor": {"type": "robot", "id": 1}}"#,
            422,
        ),
        text(
            "actor_without_type",
            r#"{"action": "a.b", "actor": {"name": "Sara"}}"#,
            422,
        ),
        text(
            "subject_without_id",
            r#"{"action": "a.b", "subject": {"type": "Product"}}"#,
            422,
        ),
        text(
            "not_an_address",
            r#"{"action": "a.b", "ip": "300.1.2.3"}"#,
            422,
        ),
        text(
            "not_a_time",
            r#"{"action": "a.b", "occurred_at": "2026-11-20 09:14"}"#,
            422,
        ),
        text(
            "no_such_day",
            r#"{"action": "a.b", "occurred_at": "2026-02-30T09:14:00Z"}"#,
            422,
        ),
        text(
            "future",
            r#"{"action": "a.b", "occurred_at": "2999-01-01T00:00:00Z"}"#,
            422,
        ),
        text(
            "ancient",
            r#"{"action": "a.b", "occurred_at": "1969-12-31T23:59:59Z"}"#,
            422,
        ),
        text(
            "farthest",
            r#"{"action": "a.b", "occurred_at": "9999-12-31T23:59:60Z"}"#,
            422,
        ),
        text(
            "nul",
            r#"{"action": "a.b", "description": "a\u0000b", "details": {"a\u0000": "\u0000"}}"#,
            422,
        ),
        text("nul_in_a_name", r#"{"action": "a.b", "a\u0000": 1}"#, 422),
        text("too_deep_to_keep", &nested(40), 422),
        text("long_description", &long("description"), 422),
        text("long_action", &long("action"), 422),
        text("long_error", &long("error"), 422),
        text("long_trace", &long("trace_id"), 422),
        text(
            "large_details",
            &json!({"action": "a.b", "details": {"x": "y".repeat(100_000)}}).to_string(),
            422,
        ),
        text(
            "large_change",
            &json!({"action": "a.b", "changes": [{"field": "f", "after": "y".repeat(100_000)}]})
                .to_string(),
            422,
        ),
        text(
            "too_many_changes",
            &json!({"action": "a.b", "changes": vec![json!({"field": "f"}); 501]}).to_string(),
            422,
        ),
        text(
            "big_integer",
            r#"{"action": "a.b", "details": {"id": 9007199254740993}}"#,
            422,
        ),
        text(
            "bigger_integer",
            r#"{"action": "a.b", "details": {"id": 123456789012345678901234567890}}"#,
            422,
        ),
        text(
            "one_of_many_is_wrong",
            r#"[{"action": "a.b"}, {"action": "a.b", "actor": {"type": "x"}}]"#,
            422,
        ),
        text(
            "many_mistakes",
            &Value::from(vec![json!({}); 80]).to_string(),
            422,
        ),
    ]
}

#[tokio::test]
async fn each_bad_body_is_refused_clearly_and_stores_nothing() {
    on_both(|app| async move { refuse_each(&Api::of(app).await).await }).await;
}

async fn refuse_each(api: &Api) {
    let before = api.entries().await;
    let mut answers = BTreeMap::new();
    for (name, body, status) in bodies() {
        let answer = api
            .admin(post("/activities").body("application/json", body))
            .await;
        assert_eq!(answer.status, status, "{name}: {}", answer.json());
        assert!(
            answer.bytes.len() < 16_000,
            "{name} is answered with {} bytes",
            answer.bytes.len()
        );
        assert_eq!(api.entries().await, before, "{name}");
        answers.insert(name, answer.told());
    }
    assert_json_snapshot!("bad_bodies", answers);
}

#[tokio::test]
async fn bad_lines_are_named_by_their_number() {
    let api = Api::start().await;
    let before = api.entries().await;
    let mut answers = BTreeMap::new();
    for (name, body) in [
        ("malformed", "{\"action\": \"a.b\"}\n\n{\"action\": }\n"),
        (
            "wrong",
            "{\"action\": \"a.b\"}\n\n{\"action\": \"a.b\", \"ip\": \"x\"}\n{}",
        ),
        (
            "twice",
            "{\"action\": \"a.b\"}\n{\"action\": \"a.b\", \"action\": \"a.b\"}",
        ),
        ("an_array", "[{\"action\": \"a.b\"}]"),
        ("blank", "\n \r\n"),
    ] {
        let answer = api
            .admin(post("/activities").body("application/x-ndjson", body))
            .await;
        assert!([400, 422].contains(&answer.status), "{name}");
        answers.insert(name, answer.told());
    }
    assert_json_snapshot!(answers);
    assert_eq!(api.entries().await, before);
}

#[tokio::test]
async fn a_type_that_is_not_read_is_named() {
    let api = Api::start().await;
    let body = r#"{"action": "a.b"}"#;
    let calls: Vec<Call> = vec![
        post("/activities").body("text/plain", body),
        post("/activities").body("application/x-www-form-urlencoded", body),
        post("/activities").body("application/json; charset=iso-8859-1", body),
        post("/activities")
            .body("application/json", body)
            .header("content-encoding", "gzip"),
        post("/activities"),
        put("/orders/1").body("application/x-ndjson", "{}"),
        put("/customers/1").body("text/plain", "{}"),
    ];
    let before = api.entries().await;
    let mut answers = Vec::new();
    for call in calls {
        answers.push(api.admin(call).await.is(415).told());
    }
    assert_json_snapshot!(answers);
    assert_eq!(api.entries().await, before);
}

#[tokio::test]
async fn bad_outcomes_orders_and_customers_are_refused() {
    let api = Api::start().await;
    let id = api.record(&crate::v1_record::pending_refund()).await;
    let outcome = format!("/activities/{id}/outcome");
    let name = "x".repeat(201);
    let before = api.entries().await;
    let mut answers = BTreeMap::new();
    let unknown = "/activities/01a1fbf4-0499-7894-a395-b4063ed9a8c1/outcome";
    for (what, call, status) in [
        ("no_outcome", post(&outcome).json(&json!({})), 422),
        (
            "still_pending",
            post(&outcome).json(&json!({"outcome": "pending"})),
            422,
        ),
        (
            "empty_outcome",
            post(&outcome).json(&json!({"outcome": " ", "error": 1})),
            422,
        ),
        (
            "wrong_outcome",
            post(&outcome).json(&json!({"outcome": "done", "occurred_at": "soon", "why": 1})),
            422,
        ),
        (
            "outcome_in_array",
            post(&outcome).json(&json!([{"outcome": "success"}])),
            422,
        ),
        (
            "future_outcome",
            post(&outcome)
                .json(&json!({"outcome": "success", "occurred_at": "2999-01-01T00:00:00Z"})),
            422,
        ),
        (
            "outcome_of_nothing",
            post(unknown).json(&json!({"outcome": "success"})),
            404,
        ),
        (
            "malformed_outcome",
            post(&outcome).body("application/json", "{"),
            400,
        ),
        (
            "outcome_parameter",
            post(&format!("{outcome}?now=1")).json(&json!({"outcome": "success"})),
            422,
        ),
        (
            "wrong_order",
            put("/orders/1042")
                .json(&json!({"total": 129, "currency": "sar", "placed_at": "x", "colour": "red"})),
            422,
        ),
        (
            "malformed_order",
            put("/orders/1042").body("application/json", "[1,"),
            400,
        ),
        ("order_in_array", put("/orders/1042").json(&json!([])), 422),
        (
            "long_number",
            put(&format!("/orders/{name}")).json(&json!({})),
            422,
        ),
        ("nul_in_number", put("/orders/1%00").json(&json!({})), 422),
        ("blank_number", put("/orders/%20").json(&json!({})), 422),
        ("number_not_utf8", put("/orders/%FF").json(&json!({})), 422),
        (
            "wrong_customer",
            put("/customers/c_1").json(&json!({"name": "x".repeat(300), "groups": "vip"})),
            422,
        ),
        (
            "malformed_customer",
            put("/customers/c_1").body("application/json", "nope"),
            400,
        ),
    ] {
        let answer = api.admin(call).await;
        assert_eq!(answer.status, status, "{what}: {}", answer.json());
        answers.insert(what, answer.told());
    }
    assert_json_snapshot!(answers);
    assert_eq!(api.entries().await, before);
}
