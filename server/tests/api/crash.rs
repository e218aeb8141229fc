//! kill -9 while entries come in: what was acknowledged is there, once, and the ledger verifies.

use crate::harness::new_key;
use domain::{Direction, Role};
use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use storage::{Ambient, NewStore, Page, Scope, Storage};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// How often the program is killed: `cargo xtask soak` has all fifty.
fn kills() -> u32 {
    let share: u32 = std::env::var("STORETRAIL_TRIALS")
        .ok()
        .and_then(|t| t.parse().ok())
        .unwrap_or(1);
    (50 * share / 20).max(2)
}

fn start(folder: &Path) -> (Child, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_storetrail"))
        .current_dir(folder)
        .env("STORETRAIL_LISTEN", "127.0.0.1:0")
        .env("STORETRAIL_DATA_DIR", folder)
        .env("STORETRAIL_DATABASE_URL", url(folder))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let address = lines
        .by_ref()
        .map_while(Result::ok)
        .find_map(|line| {
            line.split_once("listening on http://")
                .map(|(_, address)| address.trim().to_owned())
        })
        .expect("it says where it listens");
    std::thread::spawn(move || lines.for_each(drop));
    (child, address)
}

fn url(folder: &Path) -> String {
    format!("sqlite://{}", folder.join("storetrail.db").display())
}

/// Posts one entry after another until the connection breaks; notes what was acknowledged.
async fn ingest(
    address: String,
    key: String,
    name: String,
    acknowledged: Arc<Mutex<BTreeSet<String>>>,
) {
    let Ok(mut stream) = TcpStream::connect(&address).await else {
        return;
    };
    for number in 0.. {
        let trace = format!("{name}-{number}");
        let body = format!(r#"{{"action":"stock.adjusted","trace_id":"{trace}"}}"#);
        let request = format!(
            "POST /api/v1/activities HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {key}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        if stream.write_all(request.as_bytes()).await.is_err() {
            return;
        }
        let mut answer = Vec::new();
        // The answer to a single entry ends with the object's brace; a broken connection ends it without.
        while !answer.ends_with(b"}") {
            match stream.read_buf(&mut answer).await {
                Ok(0) | Err(_) => return,
                Ok(_) => {}
            }
        }
        assert!(
            answer.starts_with(b"HTTP/1.1 201"),
            "{}",
            String::from_utf8_lossy(&answer)
        );
        acknowledged.lock().unwrap().insert(trace);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_kill_9_once_and_verifies() {
    let folder = tempfile::tempdir().unwrap();
    let storage = Storage::open(&url(folder.path()), Ambient::system())
        .await
        .unwrap();
    let store = storage
        .create_store(NewStore {
            name: "Crash".to_owned(),
            domain: String::new(),
            time_zone: "UTC".to_owned(),
            is_sample: false,
        })
        .await
        .unwrap();
    let scope = Scope::system("test", store);
    let (_, key) = storage
        .create_key(&scope, new_key("crash", Role::Admin))
        .await
        .unwrap();
    storage.close().await.unwrap();

    let acknowledged = Arc::new(Mutex::new(BTreeSet::new()));
    for round in 0..kills() {
        let (mut child, address) = start(folder.path());
        let before = acknowledged.lock().unwrap().len();
        let tasks: Vec<_> = (0..8)
            .map(|task| {
                let name = format!("{round}-{task}");
                tokio::spawn(ingest(
                    address.clone(),
                    key.clone(),
                    name,
                    acknowledged.clone(),
                ))
            })
            .collect();
        // Killed in the middle of work, each time after another number of acknowledged entries.
        let wanted = before + 20 + (round as usize * 37) % 150;
        while acknowledged.lock().unwrap().len() < wanted {
            assert!(
                tasks.iter().any(|task| !task.is_finished()),
                "the server ended by itself"
            );
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        for task in tasks {
            task.await.unwrap();
        }
    }

    let storage = Storage::open(&url(folder.path()), Ambient::system())
        .await
        .unwrap();
    let report = storage.verify().await.unwrap();
    assert_eq!(report.faults, Vec::<String>::new());
    let acknowledged = acknowledged.lock().unwrap().clone();
    assert!(acknowledged.len() > 20, "entries were acknowledged");
    for trace in &acknowledged {
        let filter = storage.filter(&scope, &format!("trace:{trace}")).unwrap();
        let page = Page {
            after: None,
            direction: Direction::Newest,
            limit: 5,
        };
        let page = storage
            .list_activities(&scope, &filter, page)
            .await
            .unwrap();
        assert_eq!(page.rows.len(), 1, "{trace} is there once");
    }
}
