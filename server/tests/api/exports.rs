//! Exports over the API: what the list shows is what the file holds, for each role, in each format.

use crate::v1_calls::{Answer, Api, get, post};
use calamine::{Data, Reader as _, Xlsx};
use chrono::TimeDelta;
use domain::Role;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::io::Cursor;
use std::time::Duration;

/// Changes of products, newest last, with names that are hard to write.
async fn record_changes(api: &Api, count: usize) {
    for n in 0..count {
        let entry = json!({
            "action": "product.updated", "occurred_at": format!("2026-11-20T08:{:02}:00Z", n % 60),
            "actor": {"type": "user", "id": "u_17", "name": "Sara Nasser", "email": "sara@store.example"},
            "subject": {"type": "product", "id": format!("p_{n}"), "name": format!("=قميص \"{n}\", linen")},
            "changes": [{"field": "price", "before": 120, "after": n}], "ip": "203.0.113.7",
        });
        api.record(&entry).await;
    }
}

async fn made(api: &Api, role: Role, wanted: &Value) -> Value {
    let asked = api.send(role, post("/exports").json(wanted)).await.is(201);
    let id = asked.json()["id"].as_str().unwrap().to_owned();
    api.ended_export(role, &id).await
}

async fn file(api: &Api, role: Role, export: &Value) -> Answer {
    let path = format!("/exports/{}/file", export["id"].as_str().unwrap());
    api.send(role, get(&path)).await
}

/// The subjects that the list shows, in its order.
async fn listed(api: &Api, role: Role, q: &str) -> Vec<String> {
    let path = format!("/activities?limit=1000&q={q}");
    let list = api.send(role, get(&path)).await.is(200).json();
    let items = list["items"].as_array().unwrap().iter();
    items
        .map(|item| {
            item["subject"]["name"]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        })
        .collect()
}

#[tokio::test]
async fn every_format_holds_what_the_list_shows_in_its_order() {
    let api = Api::start().await;
    record_changes(&api, 12).await;
    let shown = listed(&api, Role::Admin, "action:product.updated").await;
    assert_eq!(shown.len(), 12);
    for format in ["csv", "xlsx", "pdf", "json_lines"] {
        let wanted = json!({"source": "activity", "q": "action:product.updated", "format": format,
            "columns": (format != "json_lines").then_some(["subject", "change", "time"])});
        let export = made(&api, Role::Admin, &wanted).await;
        assert_eq!(export["status"], "completed", "{export}");
        assert_eq!(
            (&export["rows"], &export["total"]),
            (&json!(12), &json!(12))
        );
        let answer = file(&api, Role::Admin, &export).await.is(200);
        let digest: String = Sha256::digest(&answer.bytes)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(export["sha256"], digest, "{format}");
        assert_eq!(export["bytes"], answer.bytes.len());
        assert!(
            answer
                .header("content-disposition")
                .starts_with("attachment; filename=\"activity-2026-11-20.")
        );
        let subjects: Vec<String> = match format {
            "csv" => {
                let text = String::from_utf8(answer.bytes).unwrap();
                let lines = text.split("\r\n").skip(1).filter(|line| !line.is_empty());
                lines
                    .map(|line| {
                        let cell = line.strip_prefix("\"'").expect("a formula is neutralised");
                        let end = cell.find("linen\",").unwrap() + "linen".len();
                        cell[..end].replace("\"\"", "\"")
                    })
                    .collect()
            }
            "xlsx" => {
                let mut book = Xlsx::new(Cursor::new(answer.bytes)).unwrap();
                let range = book.worksheet_range_at(0).unwrap().unwrap();
                let cells = range.rows().skip(1).map(|row| match &row[0] {
                    Data::String(text) => text.clone(),
                    other => panic!("{other:?}"),
                });
                cells.collect()
            }
            "pdf" => {
                let pdf = lopdf::Document::load_mem(&answer.bytes).unwrap();
                let text = pdf.extract_text(&[1]).unwrap();
                // Runs in other scripts come in an order of their own: the numbers tell the rows.
                for n in 0..12 {
                    let change = format!("price: 120 → {n} \n");
                    assert!(text.contains(&change), "{n} in {text}");
                }
                shown.clone()
            }
            _ => {
                let text = String::from_utf8(answer.bytes).unwrap();
                let entries = text.lines().map(|line| {
                    let entry: Value = serde_json::from_str(line).unwrap();
                    assert_eq!(entry["changes"][0]["before"], 120);
                    entry["subject"]["name"].as_str().unwrap().to_owned()
                });
                entries.collect()
            }
        };
        assert_eq!(subjects, shown, "{format}");
    }
}

#[tokio::test]
async fn the_logs_that_watch_come_out_in_every_format() {
    let api = Api::start().await;
    record_changes(&api, 1).await;
    // What the panel and the API were asked is noted after the answer.
    let mut calls = Vec::new();
    while calls.is_empty() {
        let list = api.admin(get("/requests?q=method:POST")).await.is(200);
        calls = list.json()["items"].as_array().unwrap().clone();
    }
    let events = api.admin(get("/security?q=kind:keys")).await.is(200).json();
    let events = events["items"].as_array().unwrap().clone();
    assert!(!events.is_empty());
    for (source, q, shown) in [
        (
            "requests",
            format!("id:{}", calls[0]["id"].as_str().unwrap()),
            &calls[..1],
        ),
        ("security", "kind:keys".to_owned(), &events[..]),
    ] {
        for format in ["csv", "xlsx", "pdf", "json_lines"] {
            let wanted = json!({"source": source, "q": q, "format": format,
                "columns": (format != "json_lines").then_some(["id", "time", "actor", "ip"])});
            let export = made(&api, Role::Admin, &wanted).await;
            assert_eq!(export["status"], "completed", "{export}");
            assert_eq!(export["rows"], shown.len(), "{source} {format}");
            let bytes = file(&api, Role::Admin, &export).await.is(200).bytes;
            let ids: Vec<String> = match format {
                "csv" => {
                    let text = String::from_utf8(bytes).unwrap();
                    let lines = text.lines().skip(1);
                    lines
                        .map(|l| l.split(',').next().unwrap().to_owned())
                        .collect()
                }
                "xlsx" => {
                    let mut book = Xlsx::new(Cursor::new(bytes)).unwrap();
                    let range = book.worksheet_range_at(0).unwrap().unwrap();
                    range.rows().skip(1).map(|row| row[0].to_string()).collect()
                }
                "pdf" => {
                    let pdf = lopdf::Document::load_mem(&bytes).unwrap();
                    let text = pdf.extract_text(&[1]).unwrap();
                    let text: String = text.split_whitespace().collect();
                    let ids = shown
                        .iter()
                        .map(|item| item["id"].as_str().unwrap().to_owned());
                    ids.filter(|id| text.contains(id.as_str())).collect()
                }
                _ => {
                    let text = String::from_utf8(bytes).unwrap();
                    let lines = text.lines().zip(shown);
                    lines
                        .map(|(line, item)| {
                            let line: Value = serde_json::from_str(line).unwrap();
                            for (name, value) in item.as_object().unwrap() {
                                assert_eq!(&line[name], value, "{source} {name}");
                            }
                            line["id"].as_str().unwrap().to_owned()
                        })
                        .collect()
                }
            };
            let listed: Vec<&str> = shown.iter().map(|i| i["id"].as_str().unwrap()).collect();
            assert_eq!(ids, listed, "{source} {format}");
        }
    }
    for source in ["requests", "security"] {
        let wanted = json!({"source": source, "format": "csv"});
        let refused = api
            .send(Role::Manager, post("/exports").json(&wanted))
            .await;
        assert_eq!(refused.is(403).code(), "forbidden", "{source}");
    }
}

#[tokio::test]
async fn no_file_holds_what_its_requester_may_not_see() {
    let api = Api::start().await;
    record_changes(&api, 2).await;
    api.record(&json!({"action": "coupon.created", "subject": {"type": "coupon", "id": "S", "name": "Summer"}}))
        .await;
    api.record(&json!({"action": "customer.updated", "ip": "198.51.100.9",
        "actor": {"type": "customer", "id": "c_77", "name": "Noura Al-Otaibi", "email": "noura@mail.example"},
        "subject": {"type": "customer", "id": "c_77", "name": "Noura Al-Otaibi"}}))
        .await;
    let all = json!({"source": "activity", "format": "json_lines"});
    let export = made(&api, Role::StoreKeeper, &all).await;
    let text =
        String::from_utf8(file(&api, Role::StoreKeeper, &export).await.is(200).bytes).unwrap();
    assert_eq!(text.lines().count(), 2, "{text}");
    assert!(
        !text.contains("Summer") && !text.contains("\"seq\""),
        "{text}"
    );
    let export = made(&api, Role::Auditor, &all).await;
    let text = String::from_utf8(file(&api, Role::Auditor, &export).await.is(200).bytes).unwrap();
    for hidden in ["Noura", "noura@", "198.51.100.9"] {
        assert!(!text.contains(hidden), "{hidden} in {text}");
    }
    assert!(text.contains("•••"));
}

#[tokio::test]
async fn nobody_downloads_a_file_that_shows_more_than_they_may_see() {
    let api = Api::start().await;
    record_changes(&api, 1).await;
    let wanted = json!({"source": "activity", "format": "csv"});
    let export = made(&api, Role::Admin, &wanted).await;
    for role in [Role::StoreKeeper, Role::Auditor, Role::Staff] {
        let answer = file(&api, role, &export).await;
        assert!(
            [403, 404].contains(&answer.status),
            "{role}: {}",
            answer.status
        );
        let text = String::from_utf8_lossy(&answer.bytes);
        assert!(!text.contains("linen"), "{role}: {text}");
    }
    file(&api, Role::Admin, &export).await.is(200);
    let path = format!("/exports/{}", export["id"].as_str().unwrap());
    let seen = api.send(Role::Admin, get(&path)).await.is(200).json();
    assert_eq!(
        seen["download_count"], 1,
        "only a download that was given counts"
    );
}

#[tokio::test]
async fn an_export_of_the_shop_is_kept_with_its_file() {
    let api = Api::start().await;
    let sent = json!({"record_only": true, "name": "Sales 2026", "category": "sales_report", "requester": "Sara",
        "filter": "year=2026", "format": "csv", "rows": 2,
        "file": {"name": "../../etc/sales.csv", "content": "YSxiDQo="}});
    let asked = api.admin(post("/exports").json(&sent)).await.is(201);
    let export = asked.json();
    assert_eq!(
        (&export["status"], &export["kind"], &export["format"]),
        (&json!("completed"), &json!("sales_report"), &json!("csv"))
    );
    let listed = api.admin(get("/exports?q=format:csv")).await.is(200);
    assert_eq!(listed.json()["items"][0]["format"], "csv");
    let answer = file(&api, Role::Admin, &export).await.is(200);
    assert_eq!(answer.bytes, b"a,b\r\n");
    assert!(!answer.header("content-disposition").contains('/'));
    let failed = json!({"record_only": true, "name": "Sales", "category": "sales_report", "outcome": "failed",
        "error": "the disk was full"});
    let export = api
        .admin(post("/exports").json(&failed))
        .await
        .is(201)
        .json();
    assert_eq!(
        (&export["status"], &export["error"], &export["format"]),
        (&json!("failed"), &json!("the disk was full"), &Value::Null)
    );
    let nameless = post("/exports").json(&json!({"record_only": true}));
    let refused = api.admin(nameless).await.is(422).json();
    let errors = refused["errors"].as_array().unwrap().iter();
    let named: Vec<&str> = errors.map(|e| e["pointer"].as_str().unwrap()).collect();
    assert_eq!(named, ["/name", "/category"]);
    file(&api, Role::Admin, &export).await.is(409);
}

#[tokio::test]
async fn a_file_that_was_removed_behind_our_back_is_said_to_be_gone() {
    let api = Api::start().await;
    record_changes(&api, 1).await;
    let wanted = json!({"source": "activity", "format": "csv"});
    let export = made(&api, Role::Admin, &wanted).await;
    let folder = api.app.folder().join("exports");
    std::fs::remove_file(folder.join(export["id"].as_str().unwrap())).unwrap();
    let answer = file(&api, Role::Admin, &export).await.is(409);
    assert_eq!(answer.code(), "conflict");
    // Who asks how it stands hears of it without asking for the file.
    let export = made(&api, Role::Admin, &wanted).await;
    let id = export["id"].as_str().unwrap();
    std::fs::remove_file(folder.join(id)).unwrap();
    let path = format!("/exports/{id}");
    let seen = api.send(Role::Admin, get(&path)).await.is(200).json();
    assert_eq!(
        (&seen["status"], &seen["error_code"], &seen["has_file"]),
        (&json!("expired"), &json!("gone"), &json!(false))
    );
}

#[tokio::test]
async fn a_full_disk_is_named_and_leaves_nothing() {
    let api = Api::start().await;
    record_changes(&api, 3).await;
    let folder = api.app.folder().join("exports");
    let id = api.stuck_export().await;
    // What is written there finds no room, ever.
    let part = folder.join(format!("{id}.part"));
    std::os::unix::fs::symlink("/dev/full", &part).unwrap();
    api.app.clock.advance(TimeDelta::seconds(21));
    let export = api.ended_export(Role::Admin, &id).await;
    assert_eq!(
        (&export["status"], &export["error_code"]),
        (&json!("failed"), &json!("disk_full"))
    );
    assert!(export["error"].as_str().unwrap().contains("make room"));
    assert_eq!(export["has_file"], false);
    assert!(std::fs::symlink_metadata(&part).is_err(), "nothing stays");
    assert!(!folder.join(&id).exists());
    let answer = api.admin(get(&format!("/exports/{id}/file"))).await;
    assert_eq!(answer.is(409).code(), "conflict");
    // With room it is made.
    let wanted = json!({"source": "activity", "format": "csv"});
    assert_eq!(
        made(&api, Role::Admin, &wanted).await["status"],
        "completed"
    );
}

#[tokio::test]
async fn a_path_in_a_name_leads_nowhere() {
    let api = Api::start().await;
    record_changes(&api, 1).await;
    for (name, kept) in [
        ("../../etc/passwd", "-..-etc-passwd.csv"),
        ("C:\\temp\\a", "C--temp-a.csv"),
        ("..", "export.csv"),
    ] {
        let wanted = json!({"source": "activity", "format": "csv", "name": name});
        let export = made(&api, Role::Admin, &wanted).await;
        let answer = file(&api, Role::Admin, &export).await.is(200);
        let told = answer.header("content-disposition").to_owned();
        assert!(told.contains(&format!("\"{kept}\"")), "{name}: {told}");
        // The file itself is named by its id.
        let id = export["id"].as_str().unwrap();
        assert!(api.app.folder().join("exports").join(id).is_file());
    }
}

#[tokio::test]
async fn an_export_whose_worker_died_is_made_by_the_next() {
    let api = Api::start().await;
    record_changes(&api, 3).await;
    let id = api.stuck_export().await;
    let export = api
        .admin(get(&format!("/exports/{id}")))
        .await
        .is(200)
        .json();
    assert_eq!(export["status"], "running");
    api.app.clock.advance(TimeDelta::seconds(21));
    let export = api.ended_export(Role::Admin, &id).await;
    assert_eq!(export["status"], "completed");
    assert!(export["rows"].as_u64() >= Some(3));
}

/// Progress is told in the middle of every read here: no row may be lost by it.
#[tokio::test]
async fn telling_progress_costs_no_rows() {
    let api = Api::start().await;
    record_changes(&api, 60).await;
    let job = api.taken_export().await;
    // Only being asked for came after what the export is of.
    let wanted = api.entries().await - 1;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    let made = server::export::build(&api.storage, &job, &path, Duration::from_micros(50))
        .await
        .unwrap();
    assert_eq!(usize::try_from(made.rows), Ok(wanted));
}

#[tokio::test]
async fn what_can_not_be_exported_is_refused_by_name() {
    let api = Api::start().await;
    for (sent, pointer) in [
        (json!({"source": "activity", "format": "doc"}), "/format"),
        (
            json!({"source": "activity", "format": "csv", "ids": []}),
            "/ids",
        ),
        (
            json!({"source": "orders", "format": "csv", "ids": ["no such order"]}),
            "/ids",
        ),
        (
            json!({"source": "activity", "format": "csv", "columns": ["colour"]}),
            "/columns/0",
        ),
        (
            json!({"source": "activity", "format": "csv", "time_zone": "Mars/Base"}),
            "/time_zone",
        ),
        (
            json!({"source": "activity", "format": "csv", "name": "x".repeat(101)}),
            "/name",
        ),
        (
            json!({"source": "activity", "format": "csv", "rows": 1}),
            "/rows",
        ),
    ] {
        let answer = api.admin(post("/exports").json(&sent)).await.is(422);
        assert_eq!(answer.json()["errors"][0]["pointer"], pointer, "{sent}");
    }
    let sent = json!({"source": "activity", "format": "csv", "q": "outcome:maybe"});
    let answer = api.admin(post("/exports").json(&sent)).await.is(400);
    assert_eq!(answer.code(), "invalid_query");
    let sent = json!({"source": "messages", "format": "csv"});
    let answer = api
        .send(Role::StoreKeeper, post("/exports").json(&sent))
        .await;
    assert!(
        [403, 422].contains(&answer.status),
        "a store keeper reads no messages"
    );
}
