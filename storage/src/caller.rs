//! Where a call came from.

use domain::{Device, IpRange, Origin};
use std::net::IpAddr;

/// What is known of a call besides who makes it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Caller {
    /// From which address, with the proxies that are trusted taken into account.
    pub ip: Option<IpAddr>,
    /// What the browser or program called itself; only the first 1,000 characters are kept.
    pub user_agent: Option<String>,
    /// The id under which the call is answered and logged.
    pub request_id: Option<String>,
    /// The trace it belongs to.
    pub trace_id: Option<String>,
}

impl Caller {
    /// As records keep it.
    pub(crate) fn origin(&self) -> Origin {
        Origin {
            ip: self.ip.map(|ip| ip.to_canonical()),
            user_agent: self.agent(),
            trace_id: self.trace_id.clone(),
        }
    }

    /// The agent, cut, without what canonical JSON refuses.
    pub(crate) fn agent(&self) -> Option<String> {
        let agent = self.user_agent.as_ref()?;
        let kept: String = agent.chars().filter(|c| *c != '\0').take(1_000).collect();
        (!kept.is_empty()).then_some(kept)
    }

    /// Browser and system in words, if they can be told.
    pub fn device(&self) -> Option<String> {
        Device::words_of(self.user_agent.as_deref()?)
    }

    /// The address as guessing and connections are counted and habits are learned by: of IPv6 the first 64 bits, since a
    /// household gets as many.
    pub fn network(&self) -> Option<String> {
        match self.ip?.to_canonical() {
            IpAddr::V4(ip) => Some(ip.to_string()),
            IpAddr::V6(ip) => {
                let mut bytes = IpRange::bytes_of(IpAddr::V6(ip));
                bytes[8..].fill(0);
                Some(format!("{}/64", IpRange::address_of(bytes)))
            }
        }
    }
}
