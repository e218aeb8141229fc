//! The client for calls to others: TLS by rustls with ring and Mozilla's authorities, no redirects, bounded in time.

use anyhow::Context as _;
use reqwest::Client;
use reqwest::redirect::Policy;
use rustls::{ClientConfig, RootCertStore};
use std::sync::Arc;
use std::time::Duration;

/// Makes the client.
///
/// # Errors
/// When TLS can't be set up.
pub fn client() -> anyhow::Result<Client> {
    let roots = RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .context("TLS can't be set up")?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Client::builder()
        .tls_backend_preconfigured(tls)
        // Where a secret goes is what was set, and nowhere else.
        .redirect(Policy::none())
        .connect_timeout(Duration::from_secs(10))
        .pool_idle_timeout(Duration::from_secs(60))
        .user_agent(concat!("Storetrail/", env!("CARGO_PKG_VERSION")))
        .build()
        .context("the client for calls to others can't be made")
}
