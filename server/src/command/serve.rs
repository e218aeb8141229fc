//! `storetrail serve`.

use super::open;
use crate::config::{Config, Layers};
use crate::server::Server;
use crate::shutdown::Shutdown;
use anyhow::Context as _;
use std::time::Duration;
use tokio::net::TcpListener;

/// How long open calls may take to end once the server is told to stop.
const FAREWELL: Duration = Duration::from_secs(10);

/// Runs the server until it is told to stop. Variables that look like settings and are none are warned of.
///
/// # Errors
/// When the address can't be bound or the database can't be opened.
pub(super) async fn run(settings: Config, layers: &Layers) -> anyhow::Result<()> {
    for stray in layers.strays() {
        tracing::warn!("{stray}");
    }
    let shutdown = Shutdown::on_signal().context("can't listen to signals")?;
    let listener = TcpListener::bind(settings.listen)
        .await
        .with_context(|| format!("can't listen on {}", settings.listen))?;
    let _running = super::backup::hold(&settings.data_dir)?;
    let storage = open(&settings).await?;
    let server = Server::new(storage.clone(), settings, listener, shutdown.clone())?;
    println!("listening on http://{}", server.address());
    if let Some(link) = server.owner_link().await? {
        println!("a store of your own has no owner yet; make their account, once, at {link}");
    }
    let serving = server.run();
    tokio::select! {
        () = serving => {}
        () = async { shutdown.wait().await; tokio::time::sleep(FAREWELL).await } => {
            tracing::warn!("some calls were still open; stopping all the same");
        }
    }
    storage.close().await?;
    tracing::info!("stopped");
    Ok(())
}
