//! Which addresses may be called, and the look-up that hands out no other.

use domain::{IpRange, Said};
use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

/// Why an address is not called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Blocked {
    /// It can't be read as one.
    #[error("{}", Said::NotAnAddress)]
    NoAddress,
    /// It is, or its name leads to, one of this machine or its networks.
    #[error("{}", Said::AddressInternal)]
    Internal,
    /// It is spoken to in the open.
    #[error("{}", Said::AddressOpen)]
    NoHttps,
}

impl Blocked {
    /// The refusal among the causes of an error.
    pub fn cause_of(error: &(dyn std::error::Error + 'static)) -> Option<Self> {
        let mut cause = Some(error);
        while let Some(error) = cause {
            if let Some(blocked) = error.downcast_ref() {
                return Some(*blocked);
            }
            cause = error.source();
        }
        None
    }
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

    /// The address, if it may be called as far as it can be told before its name is looked up: public by `https`,
    /// listed ones by `http` too. How an address is spelled doesn't matter: what is judged is what the connection is
    /// made with (WHATWG URL 3.5).
    ///
    /// # Errors
    /// Why not.
    pub fn check(&self, text: &str) -> Result<Url, Blocked> {
        let url = Url::parse(text).map_err(|_| Blocked::NoAddress)?;
        let host = url.host_str().ok_or(Blocked::NoAddress)?;
        let ip: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
        // Names of this machine, whatever a resolver says (RFC 6761 6.3).
        let name = host.trim_end_matches('.');
        let is_here = name == "localhost" || name.ends_with(".localhost");
        if is_here || ip.is_some_and(|ip| !self.allows(ip)) {
            return Err(Blocked::Internal);
        }
        let is_listed = ip.is_some_and(|ip| self.is_listed(ip));
        match url.scheme() {
            "https" => Ok(url),
            "http" if is_listed => Ok(url),
            _ => Err(Blocked::NoHttps),
        }
    }

    /// Of the addresses that a name leads to, those that may be called.
    ///
    /// # Errors
    /// When none may.
    pub fn allowed(
        &self,
        found: impl Iterator<Item = SocketAddr>,
    ) -> Result<Vec<SocketAddr>, Blocked> {
        let allowed: Vec<_> = found.filter(|a| self.allows(a.ip())).collect();
        if allowed.is_empty() {
            return Err(Blocked::Internal);
        }
        Ok(allowed)
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
            let allowed = reach.allowed(found)?;
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
