//! The clients for calls to others: TLS by rustls with ring and Mozilla's authorities, no redirects, bounded in time.

mod reach;

pub use reach::{Blocked, Reach};

use anyhow::Context as _;
use reqwest::dns::Resolve;
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder};
use rustls::{ClientConfig, RootCertStore};
use std::sync::Arc;
use std::time::Duration;

/// Makes the client for calls to addresses that the operator set.
///
/// # Errors
/// When TLS can't be set up.
pub fn client() -> anyhow::Result<Client> {
    finished(builder()?)
}

/// Makes the client for calls to addresses that others set: it connects to what [`Reach`] allows and nothing else.
///
/// # Errors
/// When TLS can't be set up.
pub fn guarded_client(reach: Reach) -> anyhow::Result<Client> {
    resolving_by(Arc::new(reach))
}

fn resolving_by<R: Resolve + 'static>(resolver: Arc<R>) -> anyhow::Result<Client> {
    // A proxy would look names up itself, behind the guard.
    finished(builder()?.no_proxy().dns_resolver(resolver))
}

fn builder() -> anyhow::Result<ClientBuilder> {
    let roots = RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .context("TLS can't be set up")?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Client::builder()
        .tls_backend_preconfigured(tls)
        // Where a secret goes is what was set, and nowhere else.
        .redirect(Policy::none())
        .connect_timeout(Duration::from_secs(10))
        .pool_idle_timeout(Duration::from_secs(60))
        .user_agent(concat!("Storetrail/", env!("CARGO_PKG_VERSION"))))
}

fn finished(builder: ClientBuilder) -> anyhow::Result<Client> {
    builder
        .build()
        .context("the client for calls to others can't be made")
}

#[cfg(test)]
mod tests;
