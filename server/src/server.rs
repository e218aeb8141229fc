//! A server, put together and running. Tests start the same one in their own process.

use crate::alarms::Alarms;
use crate::config::Config;
use crate::deliver::{Rules, Senders, Webhooks};
use crate::ledger::{Checkpoints, NoteSigner};
use crate::limits::KeyPaces;
use crate::live::Hub;
use crate::local_path::with_query;
use crate::notices::Notices;
use crate::openid::OpenId;
use crate::passkeys::Passkeys;
use crate::password::Passwords;
use crate::requests::{Batches, Ledger};
use crate::revert::{Reverts, Targets};
use crate::router::router;
use crate::secret_key::SecretKey;
use crate::session::Cookies;
use crate::shutdown::Shutdown;
use crate::state::AppState;
use crate::supervise::supervise;
use crate::{
    accept, deliver, erase, export, metrics, older, outgoing, processing, sample_store, site,
};
use axum::Router;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use storage::Storage;
use tokio::net::TcpListener;

/// A server that has its address and waits to run.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    state: AppState,
    router: Router,
    webhooks: Webhooks,
    reverts: Reverts,
    batches: Batches,
    shutdown: Shutdown,
}

impl Server {
    /// Puts a server together.
    ///
    /// # Errors
    /// When the listener has no address, or the public address can't be a browser's origin.
    pub fn new(
        storage: Storage,
        config: Config,
        listener: TcpListener,
        shutdown: Shutdown,
    ) -> anyhow::Result<Self> {
        let address = listener.local_addr()?;
        let public_url = config
            .public_url
            .clone()
            .unwrap_or_else(|| format!("http://{}", reachable(address)));
        let passwords = Passwords::new(storage.ambient().entropy.clone());
        let public_url: Arc<str> = public_url.into();
        let key = SecretKey::read(&config, &storage.ambient().entropy)?;
        let tokens = key.tokens();
        let senders = Senders::new(
            &config,
            outgoing::client()?,
            Arc::clone(&public_url),
            tokens.clone(),
        )?;
        let senders = Arc::new(senders);
        let webhooks = Webhooks::new(storage.clone(), &config)?;
        let checkpoints = Checkpoints::new(
            storage.clone(),
            &config,
            NoteSigner::open(&config, &storage.ambient().entropy)?,
            outgoing::client()?,
        );
        let vault = key.vault(storage.ambient().entropy.clone());
        let targets = Targets::new(storage.clone(), &config, vault.clone())?;
        let reverts = Reverts::new(storage.clone(), targets.clone());
        let (requests, batches) = Ledger::new(storage.clone());
        let notices = Notices::new(
            Arc::clone(&senders),
            storage.ambient().clone(),
            Arc::clone(&public_url),
        );
        storage.track(config.track_types.clone());
        storage.send_from(senders.usual_sender());
        storage.send_by(senders.channels());
        if let Some(path) = &config.geoip_file {
            storage.locate_by(crate::geoip::open(path)?);
        }
        let vault = key.vault(storage.ambient().entropy.clone());
        let passkeys = Passkeys::new(&public_url, vault.clone(), storage.ambient().clock.clone());
        let openid = OpenId::new(
            &config.openid_providers,
            &config.webhook_networks,
            &public_url,
            &vault,
            &storage.ambient().clock,
        )?;
        let state = AppState {
            openid,
            checkpoints,
            hub: Hub::start(&storage, shutdown.clone()),
            paces: KeyPaces::new(config.calls_per_second),
            config: Arc::new(config),
            cookies: Cookies::for_public_url(&public_url),
            public_url,
            tokens,
            vault,
            targets,
            passkeys: passkeys.map(Arc::new),
            senders,
            notices,
            requests,
            load_sample: sample_store::loader(storage.clone()),
            passwords,
            measured: metrics::measure(),
            leptos_options: site::leptos_options(),
            storage,
        };
        Ok(Self {
            router: router(state.clone())?,
            listener,
            address,
            state,
            webhooks,
            reverts,
            batches,
            shutdown,
        })
    }

    /// Where it accepts connections.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The one-time link that makes the owner's account, while nobody has one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn owner_link(&self) -> Result<Option<String>, storage::Error> {
        let token = self.state.storage.new_owner_token().await?;
        Ok(token.map(|token| {
            let path = with_query("/setup", &[("token", &token)]);
            format!("{}{path}", self.state.public_url)
        }))
    }

    /// Its answers without anything that works beside them, and what writes the requests log: so that what the log costs
    /// can be measured.
    pub fn apart(self) -> (Router, Batches) {
        (self.router, self.batches)
    }

    /// Answers until the server is told to stop and its open calls have ended.
    pub async fn run(self) {
        let shutdown = self.shutdown;
        let state = self.state;
        let measured = state.measured.clone();
        let upkeep = supervise("measures", shutdown.clone(), move |_| {
            metrics::upkeep(measured.clone())
        });
        let sending = deliver::start(
            state.storage.clone(),
            Arc::clone(&state.senders),
            state.config.send_per_second,
            shutdown.clone(),
        );
        let public_url = Arc::clone(&state.public_url);
        let working = [
            export::start(state.storage.clone(), public_url, shutdown.clone()),
            erase::start(state.storage.clone(), shutdown.clone()),
            processing::start(state.storage.clone(), shutdown.clone()),
            older::start(state.storage.clone(), shutdown.clone()),
            state.checkpoints.start(shutdown.clone()),
        ];
        let alarms = Alarms {
            storage: state.storage.clone(),
            notices: state.notices.clone(),
            public_url: Arc::clone(&state.public_url),
        };
        let watching = alarms.start(shutdown.clone());
        let rules = Rules {
            storage: state.storage.clone(),
            notices: state.notices.clone(),
            webhooks: self.webhooks.clone(),
            targets: state.targets.clone(),
            public_url: Arc::clone(&state.public_url),
        };
        let ruling = rules.start(&shutdown);
        let calling = self.webhooks.start(shutdown.clone());
        let sweeping = deliver::sweep(state.storage.clone(), shutdown.clone());
        let reverting = self.reverts.start(shutdown.clone());
        // Calls that are open when the server is told to stop are answered, and noted.
        let answered = Shutdown::default();
        let noting = self.batches.start(answered.clone());
        accept::serve(self.listener, self.router, &state.config, &shutdown).await;
        answered.begin();
        upkeep.abort();
        let _ = sending.await;
        let _ = calling.await;
        let _ = sweeping.await;
        for work in working {
            let _ = work.await;
        }
        let _ = reverting.await;
        for work in ruling {
            let _ = work.await;
        }
        let _ = noting.await;
        let _ = watching.await;
        // Nothing notes any more: what was held back for its minute is written now, or never.
        if let Err(error) = state.storage.settle_all_notes().await {
            tracing::error!(%error, "the last notes of the security log can't be written");
        }
    }
}

/// The address as someone on this machine reaches it: "all addresses" is none that a browser can open.
fn reachable(address: SocketAddr) -> SocketAddr {
    match address.ip() {
        ip if ip.is_unspecified() => {
            SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), address.port())
        }
        _ => address,
    }
}
