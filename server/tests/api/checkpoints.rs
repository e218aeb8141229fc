//! Checkpoints that could not be sent outside are sent again, and the ledger's page says so.

use crate::harness::App;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use chrono::TimeDelta;
use domain::view::CheckpointView;
use server::config::Config;
use server::ledger::{Checkpoints, NoteSigner, verify_note};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use storage::Ambient;
use tokio::net::TcpListener;

/// The checkpoints of an app with a place outside that the app itself doesn't know of.
fn checkpoints(app: &App, outside: (&str, &str)) -> Checkpoints {
    let folder = app.folder().display().to_string();
    let environment = BTreeMap::from([
        ("STORETRAIL_DATA_DIR".to_owned(), folder),
        (outside.0.to_owned(), outside.1.to_owned()),
    ]);
    let (config, _) = Config::from_sources(Path::new("missing.toml"), environment).unwrap();
    let signer = NoteSigner::open(&config, &Ambient::system().entropy).unwrap();
    let client = server::outgoing::client().unwrap();
    Checkpoints::new(app.storage.clone(), &config, signer, client)
}

async fn newest(app: &App) -> CheckpointView {
    let scope = app.scope().await;
    let listed = app.storage.list_checkpoints(&scope, 1).await.unwrap();
    listed.into_iter().next().unwrap()
}

#[tokio::test]
async fn a_folder_that_was_away_gets_what_it_missed() {
    let app = App::start().await;
    let place = app.folder().join("kept");
    // Where a file lies no folder can be made.
    std::fs::write(&place, "in the way").unwrap();
    let place_text = place.display().to_string();
    let checkpoints = checkpoints(&app, ("STORETRAIL_CHECKPOINT_FOLDER", &place_text));
    let size = checkpoints.write().await.unwrap();
    let told = newest(&app).await;
    assert_eq!(
        (told.size, told.posted_at, told.post_tries),
        (size, None, 1)
    );
    assert!(told.post_error.is_some());
    let next = told.next_try_at.unwrap();
    assert_eq!(next - app.clock.now(), TimeDelta::minutes(1));
    // Before its time it is not tried.
    checkpoints.send_due().await.unwrap();
    assert_eq!(newest(&app).await.post_tries, 1);
    app.clock.advance(TimeDelta::minutes(1));
    checkpoints.send_due().await.unwrap();
    let told = newest(&app).await;
    assert_eq!(told.post_tries, 2);
    assert_eq!(
        told.next_try_at.unwrap() - app.clock.now(),
        TimeDelta::minutes(2)
    );
    std::fs::remove_file(&place).unwrap();
    app.clock.advance(TimeDelta::minutes(2));
    checkpoints.send_due().await.unwrap();
    let told = newest(&app).await;
    assert_eq!((told.post_error, told.next_try_at), (None, None));
    assert_eq!(told.posted_at, Some(app.clock.now()));
    let file = place.join(format!("checkpoint-{size}.txt"));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), told.text);
    verify_note(&told.text, &checkpoints.verifier_key()).unwrap();
    // One that somebody changed there is not written over.
    std::fs::write(&file, "changed").unwrap();
    checkpoints.write().await.unwrap();
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "changed");
}

#[derive(Clone, Default)]
struct Outside {
    is_up: Arc<AtomicBool>,
    got: Arc<Mutex<Vec<String>>>,
}

async fn take(State(outside): State<Outside>, note: String) -> StatusCode {
    if !outside.is_up.load(Ordering::Relaxed) {
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    outside.got.lock().unwrap().push(note);
    StatusCode::NO_CONTENT
}

#[tokio::test]
async fn an_address_that_was_down_gets_each_one_in_order() {
    let app = App::start().await;
    let outside = Outside::default();
    let router = axum::Router::new()
        .route("/", post(take))
        .with_state(outside.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let checkpoints = checkpoints(&app, ("STORETRAIL_CHECKPOINT_URL", &url));
    let mut sizes = vec![checkpoints.write().await.unwrap()];
    app.key(domain::Role::Admin).await;
    sizes.push(checkpoints.write().await.unwrap());
    assert!(sizes[0] < sizes[1]);
    let told = newest(&app).await;
    assert_eq!(
        told.post_error.as_deref(),
        Some("answered 503 Service Unavailable")
    );
    outside.is_up.store(true, Ordering::Relaxed);
    app.clock.advance(TimeDelta::hours(1));
    checkpoints.send_due().await.unwrap();
    checkpoints.send_due().await.unwrap();
    let got = outside.got.lock().unwrap().clone();
    let key = checkpoints.verifier_key();
    let got: Vec<u64> = got
        .iter()
        .map(|note| verify_note(note, &key).unwrap().size)
        .collect();
    assert_eq!(got, sizes, "each once");
}
