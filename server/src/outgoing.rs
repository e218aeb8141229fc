//! The clients for calls to others: TLS by rustls with ring and Mozilla's authorities, no redirects, bounded in time.

use anyhow::Context as _;
use domain::IpRange;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder};
use rustls::{ClientConfig, RootCertStore};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
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
    // A proxy would look names up itself, behind the guard.
    finished(builder()?.no_proxy().dns_resolver(Arc::new(reach)))
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

/// Which addresses may be called: public ones, and internal ones in the networks that the operator lists.
#[derive(Debug, Clone)]
pub struct Reach {
    listed: Arc<[IpRange]>,
}

impl Reach {
    /// Public addresses and these networks.
    pub fn new(listed: &[IpRange]) -> Self {
        Self {
            listed: listed.into(),
        }
    }

    /// Whether an address may be called.
    pub fn allows(&self, ip: IpAddr) -> bool {
        is_public(ip) || self.is_listed(ip)
    }

    /// Whether the operator listed an address.
    pub fn is_listed(&self, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        self.listed.iter().any(|network| network.contains(ip))
    }
}

impl Resolve for Reach {
    /// What is looked up here is what is connected to: a name can't change its address in between.
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.clone();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> = found.filter(|a| reach.allows(a.ip())).collect();
            if allowed.is_empty() {
                return Err("the name leads to internal addresses only".into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

/// Whether an address is one of the internet (IANA's special-purpose registries say which are not).
fn is_public(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => {
            let [a, b, c, _] = ip.octets();
            !(ip.is_private()
                || ip.is_loopback()
                || ip.is_link_local()
                || ip.is_documentation()
                || ip == Ipv4Addr::UNSPECIFIED
                || a == 0
                || (a == 100 && (64..128).contains(&b))
                || (a, b, c) == (192, 0, 0)
                || (a, b, c) == (192, 88, 99)
                || (a == 198 && (b == 18 || b == 19))
                || a >= 224)
        }
        // 2000::/3 is what is given out; in it Teredo, 6to4 and documentation lead elsewhere.
        IpAddr::V6(ip) => {
            let [a, b, ..] = ip.segments();
            let is_special = (a == 0x2001 && (b < 0x0200 || b == 0x0db8))
                || a == 0x2002
                || (a == 0x3fff && b < 0x1000);
            a & 0xe000 == 0x2000 && !is_special
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn internal_addresses_are_refused_unless_listed() {
        let listed = IpRange::parse("10.1.0.0/16").unwrap();
        let reach = Reach::new(&[listed]);
        for public in [
            "8.8.8.8",
            "1.1.1.1",
            "2606:4700::1111",
            "::ffff:8.8.8.8",
            "172.32.0.1",
        ] {
            assert!(reach.allows(public.parse().unwrap()), "{public}");
        }
        for internal in [
            "127.0.0.1",
            "10.2.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "255.255.255.255",
            "224.0.0.1",
            "198.18.0.1",
            "192.0.0.192",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001:db8::1",
            "2001::1",
        ] {
            assert!(!reach.allows(internal.parse().unwrap()), "{internal}");
        }
        assert!(reach.allows("10.1.2.3".parse().unwrap()));
        assert!(reach.allows("::ffff:10.1.2.3".parse().unwrap()));
    }

    #[tokio::test]
    async fn a_name_that_leads_inside_is_refused_too() {
        let name = || "localhost".parse::<Name>().unwrap();
        assert!(Reach::new(&[]).resolve(name()).await.is_err());
        let listed = ["127.0.0.0/8", "::1"].map(|text| IpRange::parse(text).unwrap());
        assert!(Reach::new(&listed).resolve(name()).await.is_ok());
    }
}
