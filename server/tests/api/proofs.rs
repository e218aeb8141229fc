//! Proofs that are taken away hold without our data: our own command and docs/verify.py say so, and neither believes one
//! that was changed.

use crate::v1_calls::{Api, get, post, put};
use crate::v1_permission::first;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

/// Whether `storetrail verify` and docs/verify.py are content with a file.
fn hold(folder: &Path, bundle: &Value) -> (bool, bool) {
    let file = folder.join("proof.json");
    std::fs::write(&file, bundle.to_string()).unwrap();
    let is_content = |command: &mut Command| {
        let output = command.arg(&file).output().expect("it runs");
        output.status.success()
    };
    let ours = is_content(
        Command::new(env!("CARGO_BIN_EXE_storetrail"))
            .current_dir(folder)
            .env("STORETRAIL_DATA_DIR", folder)
            .args(["verify", "--file"]),
    );
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/verify.py");
    (ours, is_content(Command::new("python3").arg(script)))
}

#[tokio::test]
async fn proofs_of_messages_events_and_calls_are_checked_offline() {
    let api = Api::start().await;
    let message = api.message().await;
    let event = first(&api, "security").await;
    let call = first(&api, "requests").await;
    let folder = tempfile::tempdir().unwrap();
    for (path, content) in [
        (format!("/messages/{message}/proof"), "payload"),
        (format!("/security/{event}/proof"), "payload"),
        (format!("/requests/{call}/proof"), "call"),
    ] {
        let bundle = api.admin(get(&path)).await.is(200).json();
        assert_eq!(hold(folder.path(), &bundle), (true, true), "{path}");
        assert!(
            bundle["checkpoint"].is_string(),
            "{path}: its head is signed"
        );
        let mut forged = bundle.clone();
        let text = bundle["entries"][0][content].as_str().unwrap();
        forged["entries"][0][content] = Value::from(format!("{text} "));
        assert_eq!(hold(folder.path(), &forged), (false, false), "{path}");
    }
}

#[tokio::test]
async fn any_entry_of_the_ledger_has_a_proof_by_its_number() {
    let api = Api::start().await;
    api.message().await;
    let order = json!({"customer_id": "c_77", "status": "processing"});
    for call in [
        put("/customers/c_77").json(&json!({"name": "Noura Alqahtani"})),
        put("/orders/1042").json(&order),
    ] {
        api.admin(call).await;
    }
    let open = json!({"id": "sale", "name": "Sale"});
    api.admin(post("/operations").json(&open)).await.is(201);
    let item = json!({"subject": {"type": "product", "id": "p_1"}, "field": "price", "before": 2, "after": 3});
    let items = post("/operations/sale/items").json(&json!([item]));
    api.admin(items).await.is(201);
    let folder = tempfile::tempdir().unwrap();
    let mut shown = Vec::new();
    let (size, _) = api.storage.ledger_head().await.unwrap();
    for seq in 1..=size {
        let path = format!("/ledger/{seq}/proof");
        let answer = api.admin(get(&path)).await;
        let bundle = answer.is(200).json();
        let entry = &bundle["entries"][0];
        assert_eq!(entry["entry"]["seq"], seq, "{path}");
        let kind = entry["entry"]["kind"].as_str().unwrap().to_owned();
        let is_shown = entry["payload"].is_string();
        if !shown.contains(&(kind.clone(), is_shown)) {
            assert_eq!(hold(folder.path(), &bundle), (true, true), "{path}");
            shown.push((kind, is_shown));
        }
    }
    for (kind, is_shown) in [
        ("activity", true),
        ("order", true),
        ("customer", true),
        ("operation_item", true),
        ("message", false),
    ] {
        assert!(shown.contains(&(kind.to_owned(), is_shown)), "{shown:?}");
        assert!(!shown.contains(&(kind.to_owned(), !is_shown)), "{shown:?}");
    }
}
