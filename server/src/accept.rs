//! Takes connections: so many at once, so many from one address, and with so much time for the head of each request. Who
//! opens connections and says nothing can't keep others out for long.
//!
//! HTTP/1.1 only: what else browsers speak, the proxy before it does.

use crate::config::Config;
use crate::metrics::{CONNECTIONS_OPEN, CONNECTIONS_REFUSED};
use crate::shutdown::Shutdown;
use axum::Router;
use axum::extract::{ConnectInfo, Request};
use domain::IpRange;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::collections::HashMap;
use std::io::{self, IoSlice};
use std::net::{IpAddr, SocketAddr};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use storage::Caller;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tower::Service as _;

/// How long to wait when the system has no connection to give: some may have ended by then.
const BREATH: Duration = Duration::from_secs(1);

/// How many files are left to the database, exports and outgoing calls.
const KEPT_FILES: u32 = 300;

/// How many connections, and how many of one address, may be open with so many files that the system allows.
fn within((connections, per_address): (u32, u32), files: Option<u32>) -> (u32, u32) {
    let room = files.map_or(u32::MAX, |files| files.saturating_sub(KEPT_FILES).max(16));
    if room >= connections {
        return (connections, per_address);
    }
    // Else one address could take them all.
    (room, per_address.min(room / 8))
}

/// How many files this process may have open, where the system says so (`proc(5)`).
fn open_files() -> Option<u32> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits
        .lines()
        .find(|line| line.starts_with("Max open files"))?;
    line.split_whitespace().nth(3)?.parse().ok()
}

/// Answers until the server is told to stop and its open calls have ended. Sockets end by themselves.
pub async fn serve(listener: TcpListener, router: Router, config: &Config, shutdown: &Shutdown) {
    let router: Router = router.with_state(());
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs(u64::from(config.head_seconds)));
    let (connections, per_address) = within(
        (config.connections, config.connections_per_address),
        open_files(),
    );
    if connections < config.connections {
        tracing::warn!(
            connections,
            per_address,
            "fewer connections are taken than is set: the system allows this process too few open files"
        );
    }
    let places = Arc::new(Semaphore::new(connections as usize));
    let networks = Networks {
        most: per_address,
        proxies: config.trusted_proxy.as_slice().into(),
        open: Arc::default(),
    };
    let (all, open) = watch::channel(());
    let mut stopping = pin!(shutdown.wait());
    loop {
        let (stream, peer, place) = tokio::select! {
            () = &mut stopping => break,
            taken = next(&listener, &places) => taken,
        };
        let Some(stay) = networks.enter(peer.ip()) else {
            metrics::counter!(CONNECTIONS_REFUSED).increment(1);
            continue;
        };
        let io = TokioIo::new(Connection {
            stream,
            _place: place,
            _stay: stay,
        });
        let router = router.clone();
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            router.clone().call(request)
        });
        let connection = http.serve_connection(io, service).with_upgrades();
        let (told, open) = (shutdown.clone(), open.clone());
        tokio::spawn(async move {
            let _open = open;
            let mut connection = pin!(connection);
            // How a connection fails is its client's to see.
            tokio::select! {
                _ = connection.as_mut() => return,
                () = told.wait() => connection.as_mut().graceful_shutdown(),
            }
            let _ = connection.await;
        });
    }
    drop(listener);
    drop(open);
    all.closed().await;
}

/// The next connection, once there is a place for it: until then it waits with the system.
async fn next(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> (TcpStream, SocketAddr, OwnedSemaphorePermit) {
    let place = Arc::clone(places).acquire_owned().await;
    let place = place.expect("it is never closed");
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => return (stream, peer, place),
            Err(error) if is_of_peer(&error) => {}
            Err(error) => {
                tracing::error!(%error, "a connection can't be taken");
                tokio::time::sleep(BREATH).await;
            }
        }
    }
}

/// Whether a connection could not be taken because its own peer has gone.
fn is_of_peer(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
    )
}

/// A connection with its place, which it keeps as a socket too.
struct Connection {
    stream: TcpStream,
    _place: OwnedSemaphorePermit,
    _stay: Stay,
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

/// How many connections each network has: an address of IPv4, the first 64 bits of one of IPv6. Programs on this machine
/// and the operator's proxies, which stand for many, have as many as there are.
#[derive(Clone)]
struct Networks {
    most: u32,
    proxies: Arc<[IpRange]>,
    open: Arc<Mutex<HashMap<String, u32>>>,
}

impl Networks {
    /// A place for one more; none when its network has all that it may have.
    fn enter(&self, peer: IpAddr) -> Option<Stay> {
        let ip = peer.to_canonical();
        let is_free = ip.is_loopback() || self.proxies.iter().any(|range| range.contains(ip));
        let network = if is_free {
            None
        } else {
            let caller = Caller {
                ip: Some(ip),
                ..Caller::default()
            };
            caller.network()
        };
        if let Some(network) = &network {
            let mut held = self.held();
            let open = held.entry(network.clone()).or_default();
            if *open >= self.most {
                return None;
            }
            *open += 1;
        }
        metrics::gauge!(CONNECTIONS_OPEN).increment(1.0);
        Some(Stay {
            network,
            networks: self.clone(),
        })
    }

    fn held(&self) -> MutexGuard<'_, HashMap<String, u32>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One open connection, counted for as long as it is there.
struct Stay {
    network: Option<String>,
    networks: Networks,
}

impl Drop for Stay {
    fn drop(&mut self) {
        metrics::gauge!(CONNECTIONS_OPEN).decrement(1.0);
        let Some(network) = &self.network else {
            return;
        };
        let mut held = self.networks.held();
        if let Some(open) = held.get_mut(network) {
            *open -= 1;
            if *open == 0 {
                held.remove(network);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn networks(most: u32) -> Networks {
        Networks {
            most,
            proxies: [IpRange::parse("10.0.0.0/8").unwrap()].into(),
            open: Arc::default(),
        }
    }

    #[test]
    fn connections_leave_files_to_the_rest() {
        assert_eq!(within((10_000, 1_000), None), (10_000, 1_000));
        assert_eq!(within((10_000, 1_000), Some(65_536)), (10_000, 1_000));
        assert_eq!(within((10_000, 1_000), Some(1_024)), (724, 90));
        assert_eq!(within((10_000, 20), Some(1_024)), (724, 20));
        assert_eq!(within((10_000, 1_000), Some(10)), (16, 2));
        if cfg!(target_os = "linux") {
            assert!(open_files().is_some_and(|files| files > 0));
        }
    }

    #[test]
    fn an_address_has_so_many_connections_and_others_have_theirs() {
        let networks = networks(2);
        let enter = |ip: &str| networks.enter(ip.parse().unwrap());
        let first = enter("203.0.113.7").expect("one");
        let _second = enter("::ffff:203.0.113.7").expect("two of the same");
        assert!(enter("203.0.113.7").is_none());
        assert!(enter("203.0.113.8").is_some());
        drop(first);
        assert!(enter("203.0.113.7").is_some(), "one has ended");
    }

    #[test]
    fn of_ipv6_a_household_counts_as_one() {
        let networks = networks(1);
        let enter = |ip: &str| networks.enter(ip.parse().unwrap());
        let _first = enter("2001:db8:0:1::7").expect("one");
        assert!(enter("2001:db8:0:1:ffff::8").is_none());
        assert!(enter("2001:db8:0:2::7").is_some());
    }

    #[test]
    fn this_machine_and_the_operators_proxies_are_not_counted() {
        let networks = networks(1);
        for ip in ["127.0.0.1", "::1", "10.1.2.3"] {
            let ip = ip.parse().unwrap();
            let both = (networks.enter(ip), networks.enter(ip));
            assert!(both.0.is_some() && both.1.is_some(), "{ip}");
        }
        assert!(networks.held().is_empty());
    }

    #[test]
    fn what_has_ended_is_forgotten() {
        let networks = networks(1);
        drop(networks.enter("203.0.113.7".parse().unwrap()));
        assert!(networks.held().is_empty());
    }
}
