//! What those who send pay for what is watched: the requests log, and a flood of sign-ins beside them.

use crate::bare::copy_of;
use crate::client::Client;
use crate::fill::{Filled, url};
use crate::ingest::{batches, body, load};
use crate::percentile::Times;
use crate::process;
use anyhow::Result;
use axum::Router;
use server::Server;
use server::config::Config;
use server::shutdown::Shutdown;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;
use storage::{Ambient, Storage};
use tokio::net::TcpListener;

/// How many connections send.
const SENDERS: usize = 16;
/// How many connections try to sign in, each from a network of its own.
const GUESSERS: usize = 64;
/// How often each of the two is measured, in turn: what the machine does besides falls on both.
const ROUNDS: u64 = 3;

/// Single posts and batches with and without the requests log, then single posts with and without a flood of sign-ins.
pub async fn measure(filled: &Filled, copy: &Path, seconds: u64) -> Result<()> {
    let single = Arc::new(vec![body()]);
    let hundred = Arc::new(batches()?);
    requests(filled, copy, seconds, "single posts", &single).await?;
    requests(filled, copy, seconds, "batches of 100", &hundred).await?;
    flood(filled, copy, seconds, &single).await
}

async fn requests(
    filled: &Filled,
    copy: &Path,
    seconds: u64,
    what: &str,
    bodies: &Arc<Vec<String>>,
) -> Result<()> {
    copy_of(filled, copy)?;
    let [mut without, mut with] = [0.0, 0.0];
    for _ in 0..ROUNDS {
        without += answering(copy, filled, seconds, bodies, false).await?;
        with += answering(copy, filled, seconds, bodies, true).await?;
    }
    let rounds = ROUNDS as f64;
    println!(
        "{what}, {SENDERS} connections: {:.0} a second without the requests log, {:.0} with it: {:.1} % less",
        without / rounds,
        with / rounds,
        (1.0 - with / without) * 100.0
    );
    Ok(())
}

/// How many posts a second a server in this process answers that does nothing else, with or without the requests log.
async fn answering(
    copy: &Path,
    filled: &Filled,
    seconds: u64,
    bodies: &Arc<Vec<String>>,
    is_logging: bool,
) -> Result<f64> {
    let storage = Storage::open(&url(copy), Ambient::system()).await?;
    let folder = tempfile::tempdir()?;
    let settings = [
        ("STORETRAIL_LISTEN", "127.0.0.1:0".to_owned()),
        ("STORETRAIL_DATA_DIR", folder.path().display().to_string()),
        ("STORETRAIL_DATABASE_URL", url(copy)),
    ];
    let environment: BTreeMap<_, _> = settings
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    let (config, _) = Config::from_sources(Path::new("none.toml"), environment)?;
    let listener = TcpListener::bind(config.listen).await?;
    let shutdown = Shutdown::default();
    let server = Server::new(storage.clone(), config, listener, shutdown.clone())?;
    let (router, log) = server.apart();
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?.to_string();
    let answered = Shutdown::default();
    let noting = is_logging.then(|| log.start(answered.clone()));
    let stop = shutdown.clone();
    let answering = tokio::spawn(serve(listener, router, async move { stop.wait().await }));
    let (rate, _) = load(&address, &filled.key, SENDERS, bodies, seconds).await?;
    shutdown.begin();
    answering.await??;
    answered.begin();
    if let Some(noting) = noting {
        noting.await?;
    }
    storage.close().await?;
    Ok(rate)
}

async fn serve(
    listener: TcpListener,
    router: Router,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service)
        .with_graceful_shutdown(stop)
        .await
}

async fn flood(
    filled: &Filled,
    copy: &Path,
    seconds: u64,
    bodies: &Arc<Vec<String>>,
) -> Result<()> {
    copy_of(filled, copy)?;
    let server = process::Server::start_with(copy, &[("STORETRAIL_TRUSTED_PROXY", "127.0.0.1")])?;
    let (rate, mut times) = load(&server.address, &filled.key, SENDERS, bodies, seconds).await?;
    println!(
        "single posts, {SENDERS} connections: {rate:.0} a second; {}",
        times.summary()
    );
    let has_ended = Arc::new(AtomicBool::new(false));
    let begun = Instant::now();
    let mut guessers = Vec::new();
    for guesser in 0..GUESSERS {
        let (address, has_ended) = (server.address.clone(), has_ended.clone());
        guessers.push(tokio::spawn(async move {
            let mut times = Times::default();
            while !has_ended.load(Ordering::Relaxed) {
                // Another network each time: a limit by network alone would end the flood.
                let n = times.len();
                let from = format!("198.{}.{}.{guesser}", n / 250 % 250, n % 250);
                let mut client = Client::signing_in(&address, &from).await?;
                let begun = Instant::now();
                let email = format!("nobody-{guesser}-{n}%40linen.example");
                client
                    .post(&format!("email={email}&password=not+the+password&next=%2F"))
                    .await?;
                times.add(begun.elapsed());
            }
            anyhow::Ok(times)
        }));
    }
    let (rate, mut times) = load(&server.address, &filled.key, SENDERS, bodies, seconds).await?;
    has_ended.store(true, Ordering::Relaxed);
    let mut tries = Times::default();
    for guesser in guessers {
        tries.extend(guesser.await??);
    }
    println!(
        "the same beside {:.0} sign-ins a second from {GUESSERS} connections: {rate:.0} a second; {}",
        tries.len() as f64 / begun.elapsed().as_secs_f64(),
        times.summary()
    );
    println!("each sign-in: {}", tries.summary());
    Ok(())
}
