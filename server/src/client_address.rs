//! From which address a request came.

use crate::config::Config;
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName};
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};

use crate::state::AppState;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Who sent a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress {
    /// The address, when the connection has one.
    pub ip: Option<IpAddr>,
    /// Whether it is a program on this machine that no proxy stands before. What comes from a proxy that the operator
    /// named never is, whether or not that tells for whom.
    pub is_local: bool,
}

impl ClientAddress {
    /// The peer's address or, when the peer is a proxy that the operator named, the address it tells: the last
    /// one in `X-Forwarded-For` that isn't such a proxy itself. What stands before it anyone can have written.
    pub fn of(peer: Option<IpAddr>, headers: &HeaderMap, config: &Config) -> Self {
        let is_proxy = |ip: IpAddr| config.trusted_proxy.iter().any(|range| range.contains(ip));
        let peer = peer.map(|ip| ip.to_canonical());
        let is_forwarded = headers.contains_key(FORWARDED_FOR)
            || headers.contains_key(axum::http::header::FORWARDED);
        let ip = match peer {
            Some(peer) if is_proxy(peer) => headers
                .get_all(FORWARDED_FOR)
                .iter()
                .rev()
                .filter_map(|value| value.to_str().ok())
                .flat_map(|value| value.rsplit(','))
                .map_while(|text| text.trim().parse().ok())
                .map(|ip: IpAddr| ip.to_canonical())
                .find(|ip| !is_proxy(*ip))
                .or(Some(peer)),
            peer => peer,
        };
        Self {
            ip,
            is_local: !is_forwarded && peer.is_some_and(|ip| ip.is_loopback() && !is_proxy(ip)),
        }
    }
}

impl FromRequestParts<AppState> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Infallible> {
        let peer = parts
            .extensions
            .get::<ConnectInfo<SocketAddr>>()
            .map(|ConnectInfo(peer)| peer.ip());
        Ok(Self::of(peer, &parts.headers, &state.config))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;
    use std::path::Path;

    fn address(peer: &str, forwarded: &[&str], trusted: &str) -> ClientAddress {
        let environment =
            BTreeMap::from([("STORETRAIL_TRUSTED_PROXY".to_owned(), trusted.to_owned())]);
        let (config, _) = Config::from_sources(Path::new("missing.toml"), environment).unwrap();
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append(FORWARDED_FOR, value.parse().unwrap());
        }
        ClientAddress::of(Some(peer.parse().unwrap()), &headers, &config)
    }

    fn ip(peer: &str, forwarded: &[&str], trusted: &str) -> String {
        address(peer, forwarded, trusted).ip.unwrap().to_string()
    }

    #[test]
    fn a_header_is_not_believed_unless_a_proxy_is_named() {
        assert_eq!(ip("203.0.113.7", &["198.51.100.1"], ""), "203.0.113.7");
        assert_eq!(
            ip("203.0.113.7", &["198.51.100.1"], "10.0.0.0/8"),
            "203.0.113.7"
        );
    }

    #[test]
    fn of_a_named_proxy_the_last_foreign_address_counts() {
        let header = ["1.1.1.1, 198.51.100.1", "10.0.0.3"];
        assert_eq!(ip("10.0.0.2", &header, "10.0.0.0/8"), "198.51.100.1");
        assert_eq!(ip("::ffff:10.0.0.2", &header, "10.0.0.0/8"), "198.51.100.1");
    }

    #[test]
    fn behind_what_is_no_address_nothing_is_believed() {
        assert_eq!(
            ip("10.0.0.2", &["198.51.100.1, unknown"], "10.0.0.0/8"),
            "10.0.0.2"
        );
        assert_eq!(ip("10.0.0.2", &[], "10.0.0.0/8"), "10.0.0.2");
    }

    #[test]
    fn what_a_proxy_on_this_machine_hands_on_is_not_local() {
        assert!(address("127.0.0.1", &[], "").is_local);
        assert!(!address("127.0.0.1", &["198.51.100.1"], "").is_local);
        assert!(!address("203.0.113.7", &[], "").is_local);
        // A proxy that forgot to say for whom.
        assert!(!address("127.0.0.1", &[], "127.0.0.1").is_local);
        assert!(!address("::ffff:127.0.0.1", &[], "127.0.0.0/8").is_local);
        assert!(address("127.0.0.1", &[], "10.0.0.0/8").is_local);
    }
}
