//! Durable ingest over HTTP, on a copy of the filled database.

use crate::bare::{copy_of, start};
use crate::client::Client;
use crate::fill::Filled;
use crate::memory::told;
use crate::percentile::Times;
use crate::process::Server;
use anyhow::Result;
use chrono::TimeDelta;
use server::sample;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A single event as it is posted.
pub fn body() -> String {
    r#"{"action":"product.updated","actor":{"type":"user","id":"u_17","name":"Sara Nasser","email":"sara@store.example","role":"manager"},"subject":{"type":"product","id":"p_981","name":"Linen shirt"},"description":"Price changed","changes":[{"field":"price","before":120,"after":95}],"ip":"203.0.113.7"}"#.to_owned()
}

/// Single events at 64, 16 and 1 connections, batches of a hundred at 4.
pub async fn measure(
    filled: &Filled,
    copy: &Path,
    seconds: u64,
    single: f64,
    batch: f64,
) -> Result<()> {
    copy_of(filled, copy)?;
    let server = Server::start(copy)?;
    let one = Arc::new(vec![body()]);
    for connections in [64, 16, 1] {
        let (rate, mut times) =
            load(&server.address, &filled.key, connections, &one, seconds).await?;
        println!(
            "durable single-event POST, {connections} connections: {rate:.0} a second, {:.1} times the bare program; {}",
            rate / single,
            times.summary()
        );
    }
    drop(server);

    copy_of(filled, copy)?;
    let server = Server::start(copy)?;
    let batches = batches()?;
    let (rate, mut times) =
        load(&server.address, &filled.key, 4, &Arc::new(batches), seconds).await?;
    let rate = rate * 100.0;
    println!(
        "batches of 100, 4 connections: {rate:.0} activities a second, {:.2} times the bare loop; {}",
        rate / batch,
        times.summary()
    );
    println!("memory under load: {}", told(server.pid())?);
    drop(server);
    Ok(())
}

/// Arrays of a hundred believable activities as they are posted.
pub fn batches() -> Result<Vec<String>> {
    let mut stream = sample::activity_stream(13, start()?, TimeDelta::milliseconds(3));
    let mut batches = Vec::new();
    for _ in 0..300 {
        let items: Vec<_> = stream
            .by_ref()
            .take(100)
            .map(|activity| as_sent(&activity))
            .collect();
        batches.push(serde_json::Value::from(items).to_string());
    }
    Ok(batches)
}

fn as_sent(activity: &domain::Activity) -> serde_json::Value {
    let mut value = serde_json::to_value(activity).unwrap_or_default();
    if let Some(fields) = value.as_object_mut() {
        fields.insert("action".to_owned(), activity.action.name.clone().into());
        if domain::Action::shipped(&activity.action.name).is_none() {
            let names: Vec<_> = activity
                .action
                .categories
                .iter()
                .map(|c| c.as_str())
                .collect();
            fields.insert("category".to_owned(), names.into());
        }
        let origin = fields.remove("origin").unwrap_or_default();
        for field in ["ip", "user_agent", "trace_id"] {
            if let Some(value) = origin.get(field) {
                fields.insert(field.to_owned(), value.clone());
            }
        }
        fields.retain(|_, value| !value.is_null());
    }
    value
}

/// How many posts a second so many connections get through, and how long each took.
pub async fn load(
    address: &str,
    key: &str,
    connections: usize,
    bodies: &Arc<Vec<String>>,
    seconds: u64,
) -> Result<(f64, Times)> {
    let begun = Instant::now();
    let end = begun + Duration::from_secs(seconds);
    let mut tasks = Vec::new();
    for connection in 0..connections {
        let mut client = Client::connect(address, key).await?;
        let bodies = bodies.clone();
        tasks.push(tokio::spawn(async move {
            let mut times = Times::default();
            let mut at = connection * 61;
            while Instant::now() < end {
                let begun = Instant::now();
                client.post(&bodies[at % bodies.len()]).await?;
                times.add(begun.elapsed());
                at += 1;
            }
            anyhow::Ok(times)
        }));
    }
    let mut times = Times::default();
    for task in tasks {
        times.extend(task.await??);
    }
    Ok((times.len() as f64 / begun.elapsed().as_secs_f64(), times))
}
