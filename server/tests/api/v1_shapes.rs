//! What the document says of answers that `domain` writes itself, held against `domain`: every form of a thing, with
//! every field that it can have.

use crate::v1_schema::Document;
use domain::followup::why::Step;
use domain::followup::{Checked, FollowupAction, LoopGuard, Trigger};
use domain::ledger::ProofBundle;
use domain::message::{AttemptView, DeliveryFact, FailureReason, Verdict};
use domain::view::{MessageDetail, MessageHistogram, MessageRow, MessageVolumes, OrderRow, Thread};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const AT: &str = "2026-11-20T09:14:03.512806Z";
const ID: &str = "0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e5f";

/// That the domain writes each of these answers just so, and that the document describes it, and nothing beside it.
fn described<T: Serialize + DeserializeOwned>(name: &str, answers: &[Value]) {
    let validator = Document::get().closed(name);
    for answer in answers {
        let known: T = serde_json::from_value(answer.clone()).unwrap();
        assert_eq!(&serde_json::to_value(&known).unwrap(), answer);
        let wrong: Vec<String> = validator
            .iter_errors(answer)
            .map(|error| format!("{error} at {}", error.instance_path()))
            .collect();
        assert!(wrong.is_empty(), "{name}: {wrong:#?}\n{answer:#}");
        let mut more = answer.clone();
        more["more"] = 1.into();
        assert!(!validator.is_valid(&more), "{name}: {answer}");
    }
}

/// That these are all forms of a thing of the document, which `tag` tells apart, in its order.
fn each_form(name: &str, tag: &str, answers: &[Value]) {
    fn tags<'a>(form: &'a Value, tag: &str) -> Vec<&'a str> {
        let own = form["properties"][tag]["enum"].as_array();
        let own = own.into_iter().flatten().filter_map(Value::as_str);
        let parts = form["allOf"].as_array().into_iter().flatten();
        own.chain(parts.flat_map(|part| tags(part, tag))).collect()
    }
    let forms = Document::get().json["components"]["schemas"][name]["oneOf"].as_array();
    let known: Vec<&str> = forms
        .unwrap()
        .iter()
        .flat_map(|one| tags(one, tag))
        .collect();
    let mut told: Vec<&str> = answers.iter().map(|a| a[tag].as_str().unwrap()).collect();
    told.dedup();
    assert_eq!(told, known, "{name}");
}

fn actor() -> Value {
    json!({"type": "user", "id": "u_17", "name": "Sara", "email": "sara@store.example", "role": "manager"})
}

fn blob() -> Value {
    json!({"sha256": "a".repeat(64), "size_bytes": 3})
}

fn attachment() -> Value {
    json!({"name": "a.txt", "content_type": "text/plain", "content_id": "a", "sha256": "a".repeat(64), "size_bytes": 3})
}

fn missed() -> Value {
    json!([{"address": "a@b.example", "code": "451", "words": "later", "retry_at": AT}, {"address": "c@b.example"}])
}

fn row() -> Value {
    json!({
        "id": ID, "seq": 7, "occurred_at": AT, "offset_minutes": 180, "channel": "email", "direction": "outbound",
        "type": "reply", "status": "pending", "read": "unknown", "verdict": {"verdict": "handing_over", "at": AT},
        "provider_words": "queued", "from": "a@b.example", "to": "c@b.example", "counterpart_name": "Noura",
        "to_count": 1, "subject": "x", "preview": "x", "order": "1042", "customer": "c_77", "caused_by": actor(),
        "template": "x", "attachment_count": 1, "attempt_count": 1, "is_hidden": false, "due_at": AT,
        "effective_at": AT, "effective_offset_minutes": 180,
        "may": {"stop": true, "release": true, "restart": false, "needs_provider": true, "send_again": true},
    })
}

fn order() -> Value {
    json!({
        "number": "1042", "customer": "c_77", "customer_name": "Noura", "status": "shipped", "total": "120.00",
        "currency": "SAR", "placed_at": AT, "assigned_to": "sara@store.example", "last_message": row(),
        "message_count": 3, "unread_count": 1, "waiting_since": AT,
    })
}

fn leaf() -> Value {
    json!({"seq": 7, "kind": "message", "record_id": ID, "recorded_at": 1_795_166_043_512_806_i64,
        "payload_digest": "b".repeat(64)})
}

fn inclusion() -> Value {
    json!({"index": 6, "size": 9, "root": "c".repeat(64), "path": ["d".repeat(64)]})
}

#[test]
fn each_sentence_about_a_message_is_described() {
    let opened =
        json!({"at": AT, "confidence": "person", "reason": "device", "device": "Safari on iPhone"});
    let answers = [
        json!({"verdict": "received", "at": AT}),
        json!({"verdict": "not_sent", "reason": "opted_out"}),
        json!({"verdict": "waiting", "reason": "retry", "until": AT, "attempts": 1, "words": "later"}),
        json!({"verdict": "waiting", "reason": "queue", "until": null, "attempts": 0, "words": null}),
        json!({"verdict": "handing_over", "at": AT}),
        json!({"verdict": "answer_unknown", "at": AT, "words": "reset"}),
        json!({"verdict": "answer_unknown", "at": AT}),
        json!({"verdict": "handed_over", "at": AT, "delivered_at": AT, "opened": opened, "is_underway": false,
            "missed": missed()}),
        json!({"verdict": "handed_over", "at": null, "delivered_at": null, "opened": null, "is_underway": true}),
        json!({"verdict": "stopped", "at": AT, "by": actor()}),
        json!({"verdict": "stopped", "at": AT, "by": null}),
        json!({"verdict": "not_delivered", "at": AT, "reason": "no_mailbox", "code": "550", "words": "no", "attempts": 1}),
        json!({"verdict": "not_delivered", "at": AT, "reason": "gave_up", "code": null, "words": null, "attempts": 9}),
    ];
    described::<Verdict>("Verdict", &answers);
    each_form("Verdict", "verdict", &answers);
}

#[test]
fn each_fact_about_a_message_is_described() {
    let system = json!({"type": "system"});
    let attempt = json!({"number": 1, "id": ID});
    let answers = [
        json!({"at": AT, "fact": "queued", "due_at": AT, "is_held": true, "attempt": attempt}),
        json!({"at": AT, "fact": "queued", "is_held": false}),
        json!({"at": AT, "fact": "not_sent", "reason": "no_sender"}),
        json!({"at": AT, "fact": "received"}),
        json!({"at": AT, "fact": "begun", "provider": "smtp", "raw": blob(), "only": ["a@b.example"]}),
        json!({"at": AT, "fact": "begun", "provider": "twilio"}),
        json!({"at": AT, "fact": "answered", "answer": "accepted", "provider_id": "SM1", "status": "queued", "words": "ok",
            "missed": missed()}),
        json!({"at": AT, "fact": "answered", "answer": "accepted"}),
        json!({"at": AT, "fact": "answered", "answer": "deferred", "code": "451", "words": "later", "retry_at": AT}),
        json!({"at": AT, "fact": "answered", "answer": "refused", "code": "550", "words": "no"}),
        json!({"at": AT, "fact": "answer_unknown", "words": "reset"}),
        json!({"at": AT, "fact": "gave_up", "words": "no"}),
        json!({"at": AT, "fact": "report", "provider": "twilio", "provider_id": "SM1", "recipient": "a@b.example",
            "status": "failed", "code": "30003", "words": "off", "raw": "{}"}),
        json!({"at": AT, "fact": "report", "provider": "own", "status": "sent"}),
        json!({"at": AT, "fact": "stopped", "by": system}),
        json!({"at": AT, "fact": "released", "by": actor(), "attempt": attempt}),
        json!({"at": AT, "fact": "restarted", "by": actor(), "due_at": AT, "is_held": true, "attempt": attempt}),
        json!({"at": AT, "fact": "resent", "as_message": ID, "by": actor()}),
        json!({"at": AT, "fact": "opened", "confidence": "privacy_proxy", "reason": "apple_proxy"}),
        json!({"at": AT, "fact": "clicked", "url": "https://store.example", "confidence": "person", "reason": "device",
            "device": "Safari on iPhone"}),
    ];
    described::<DeliveryFact>("DeliveryFact", &answers);
    each_form("FactKind", "fact", &answers);
    let words = answers.iter().filter(|one| one["fact"] == "answered");
    let words: Vec<Value> = words.cloned().collect();
    each_form("ProviderAnswer", "answer", &words);
}

#[test]
fn a_message_a_thread_and_an_order_are_described() {
    let message = json!({
        "channel": "email", "direction": "outbound", "type": "reply", "occurred_at": AT,
        "from": {"name": "Linen", "address": "a@b.example"}, "to": [{"address": "c@b.example"}],
        "cc": [{"address": "d@b.example"}], "bcc": [{"address": "e@b.example"}], "reply_to": {"address": "a@b.example"},
        "subject": "x", "text": "x", "html": "<p>x</p>", "attachments": [attachment()], "headers": [["X-A", "b"]],
        "message_id": "a@b", "references": ["c@d"], "order": "1042", "customer": "c_77", "customer_name": "Noura",
        "caused_by": actor(), "rule": {"id": "r_1", "name": "VIP"}, "trace_id": "t", "template": "x", "is_secret": false,
        "is_tracked": true, "is_recorded": false, "raw": blob(), "resend_of": ID, "filled_in": ["from", "reply_to"],
    });
    let attempt = json!({
        "number": 1, "id": ID, "provider": "smtp", "only": ["a@b.example"], "begun_at": AT, "answered_at": AT,
        "is_answer_unknown": false, "provider_id": "x", "status": "delivered", "status_at": AT, "code": "250",
        "words": "ok", "retry_at": null,
    });
    described::<AttemptView>("DeliveryAttempt", std::slice::from_ref(&attempt));
    let delivery = json!({
        "status": "sent", "read": "read", "read_at": AT, "verdict": {"verdict": "handing_over", "at": AT},
        "provider_words": "ok", "attempts": [attempt],
    });
    let detail = json!({
        "row": row(), "message": message, "delivery": delivery,
        "history": [{"fact": {"at": AT, "fact": "received"}, "recorded_at": AT, "offset_minutes": 180, "seq": 7}],
        "opens": [{"at": AT, "confidence": "scanner", "reason": "too_fast", "device": null}], "is_masked": false,
        "sent_again_as": [ID], "has_raw": true,
        "missed": [{"address": "a@b.example", "code": "451", "words": "x", "retry_at": AT}],
        "proof": {"seq": 7, "recorded_at": AT, "offset_minutes": 180, "entry": leaf(), "leaf": "e".repeat(64),
            "inclusion": inclusion(), "is_verified": true},
    });
    described::<MessageDetail>("MessageDetail", &[detail]);
    described::<MessageRow>("MessageItem", &[row()]);
    described::<OrderRow>("OrderRow", &[order()]);
    let activity = json!({
        "id": ID, "seq": 8, "occurred_at": AT, "offset_minutes": 180, "action": "order.created", "categories": ["orders"],
        "outcome": "success", "actor": actor(), "subject": {"type": "order", "id": "1042", "name": "1042"},
        "description": "x", "error": null, "first_change": {"field": "status", "before": null, "after": "new"},
        "change_count": 1, "ip": "203.0.113.7", "operation_id": null,
    });
    let items = [
        json!({"item": "message", "row": row(), "text": "x", "has_html": true, "attachments": [attachment()]}),
        json!({"item": "activity", "row": activity}),
    ];
    each_form("ThreadItem", "item", &items);
    let thread = json!({
        "order": order(), "items": items,
        "gaps": [{"from": AT, "to": AT, "offset_minutes": 180, "count": 2, "at": AT, "by": "Sara", "reason": "x",
            "erasure": ID}],
        "before": "a", "after": null, "reachable": [["email", "c@b.example"], ["sms", "+966500000000"]],
        "failed_ways": [{"channel": "sms", "address": "+966500000000", "reason": "landline"}],
        "not_set_up": ["whatsapp"], "seen_to": AT,
        "order_items": [{"name": "Linen shirt", "variant": "M", "quantity": 2, "total": "120.00"}],
        "previous": "1041", "next": null,
    });
    described::<Thread>("Thread", &[thread]);
}

#[test]
fn what_is_counted_of_messages_is_described() {
    let bucket = json!({"from": 1, "to": 2, "offset_minutes": 180, "to_offset_minutes": 180, "by_status": [1, 2, 3, 4, 5],
        "received": 6});
    let histogram = json!({"buckets": [bucket], "is_exact": true});
    described::<MessageHistogram>("MessageHistogram", &[histogram]);
    let volume = json!({"day": "2026-11-20", "type": "campaign", "channel": "sms", "direction": "outbound", "count": 2,
        "sent": 1});
    let volumes = json!({"volumes": [volume], "is_exact": false});
    described::<MessageVolumes>("MessageVolumes", &[volumes]);
}

#[test]
fn a_proof_is_described() {
    let entry = json!({"entry": leaf(), "salt": "a".repeat(64), "payload": "{}", "call": "{}", "proof": inclusion()});
    let hidden = json!({"entry": leaf(), "salt": null, "payload": null, "proof": inclusion()});
    let version = ProofBundle::VERSION;
    let bundle = json!({"version": version, "checkpoint": "x", "entries": [entry, hidden]});
    described::<ProofBundle>("ProofBundle", &[bundle]);
}

#[test]
fn each_part_of_a_rule_is_described() {
    let every = [
        json!({"every": "hour", "minute": 59}),
        json!({"every": "day", "at": 1439}),
        json!({"every": "week", "weekday": 6, "at": 0}),
        json!({"every": "month", "day": 31, "at": 540}),
    ];
    each_form("FollowupSchedule", "every", &every);
    let mut triggers = vec![
        json!({"when": "message"}),
        json!({"when": "event", "query": "a"}),
    ];
    triggers.extend(every.map(|every| json!({"when": "schedule", "schedule": every})));
    described::<Trigger>("FollowupTrigger", &triggers);
    each_form("FollowupTrigger", "when", &triggers);
    let actions = [
        json!({"action": "send_template", "template": "x"}),
        json!({"action": "assign", "to": "sara@store.example"}),
        json!({"action": "tag_order", "tag": "x"}),
        json!({"action": "call_webhook", "url": "https://hooks.example"}),
        json!({"action": "tag", "tag": "x"}),
        json!({"action": "hold_messages"}),
        json!({"action": "alarm", "text": "x"}),
        json!({"action": "open_operation", "name": "x"}),
    ];
    described::<FollowupAction>("FollowupAction", &actions);
    each_form("FollowupAction", "action", &actions);
    let seen = |condition: Value| {
        let mut checked = condition;
        checked["is_met"] = true.into();
        checked["seen"] = "x".into();
        checked
    };
    let checked = [
        json!({"condition": "channel", "any_of": ["email", "whatsapp"]}),
        json!({"condition": "words", "any_of": ["where is"]}),
        json!({"condition": "order_status", "any_of": ["shipped"]}),
        json!({"condition": "customer_group", "any_of": ["vip"]}),
        json!({"condition": "order_total", "currency": "SAR", "at_least": "1", "below": "2"}),
        json!({"condition": "time_of_day", "from": 1320, "to": 1440}),
        json!({"condition": "query", "query": "a", "missed": "a", "broken": "x"}),
    ]
    .map(seen);
    described::<Checked>("CheckedCondition", &checked);
    each_form("FollowupCondition", "condition", &checked);
}

#[test]
fn what_belongs_to_each_step_of_why_is_described() {
    let received = json!({"id": ID, "action": "product.updated", "at": AT});
    let delivery = json!({"id": ID, "topic": "products/update", "at": AT, "state": "done", "result": "not_understood",
        "error": "x", "due_at": AT});
    let checked = json!({"condition": "words", "any_of": ["a"], "is_met": true, "seen": null});
    let guards = [
        json!({"guard": "auto_submitted", "header": "x"}),
        json!({"guard": "bulk", "header": "x"}),
        json!({"guard": "no_reader", "address": "no-reply@b.example"}),
        json!({"guard": "too_many", "count": 3}),
        json!({"guard": "own"}),
        json!({"guard": "too_deep", "depth": 5}),
        json!({"guard": "too_often", "count": 20}),
    ];
    described::<LoopGuard>("LoopGuard", &guards);
    each_form("LoopGuard", "guard", &guards);
    let now = json!({"action": "alarm", "tries": 1, "state": "dead", "error": "x", "at": AT});
    let fault = json!({"pointer": "/actions/0", "code": "not_found", "message": "x"});
    let validator = Document::get().closed("WhyDetails");
    let mut told = BTreeSet::new();
    for step in [
        json!({"step": "nothing_known"}),
        json!({"step": "nothing_received"}),
        json!({"step": "nothing_fits", "received": received}),
        json!({"step": "delivered", "delivery": delivery}),
        json!({"step": "received", "received": received}),
        json!({"step": "not_due", "at": AT}),
        json!({"step": "due", "at": AT}),
        json!({"step": "no_rule_yet"}),
        json!({"step": "deleted"}),
        json!({"step": "off", "version": 1, "since": AT}),
        json!({"step": "off_now", "version": 1, "since": AT}),
        json!({"step": "other_trigger", "version": 2}),
        json!({"step": "on", "version": 2}),
        json!({"step": "history"}),
        json!({"step": "not_yet"}),
        json!({"step": "no_record"}),
        json!({"step": "met", "checked": checked}),
        json!({"step": "not_met", "checked": checked}),
        json!({"step": "broken", "checked": checked}),
        json!({"step": "guarded", "guard": guards[0]}),
        json!({"step": "dry"}),
        json!({"step": "fired", "at": AT}),
        json!({"step": "action", "now": now}),
        json!({"step": "failed", "why": "x"}),
        json!({"step": "fault", "fault": fault}),
    ] {
        let known: Step = serde_json::from_value(step.clone()).unwrap();
        assert_eq!(serde_json::to_value(&known).unwrap(), step);
        let shown = server::v1::wire::WhyStep::from(&known);
        assert!(validator.is_valid(&shown.details), "{step}");
        let fields = shown.details.as_object().unwrap().keys();
        told.extend(fields.cloned());
    }
    let schema = &Document::get().json["components"]["schemas"]["WhyDetails"];
    let known = schema["properties"].as_object().unwrap().keys();
    let known: BTreeSet<String> = known.cloned().collect();
    assert_eq!(told, known);
}

#[test]
fn every_reason_of_a_failure_is_in_the_document() {
    let schema = &Document::get().json["components"]["schemas"]["FailureReason"];
    let reasons = schema["enum"].as_array().unwrap();
    assert!(reasons.len() > 20);
    for reason in reasons {
        let known: FailureReason = serde_json::from_value(reason.clone()).unwrap();
        assert_eq!(&serde_json::to_value(known).unwrap(), reason);
    }
}
