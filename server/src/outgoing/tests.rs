//! A hundred addresses by which others were led inside, and a server inside that counts who comes.

use super::*;
use domain::IpRange;
use reqwest::dns::{Addrs, Name, Resolving};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

/// `PORT` stands for the port of the server inside.
const ADDRESSES: [&str; 100] = [
    // Loopback, however it is spelled (WHATWG URL 3.5: decimal, hexadecimal, octal, short, percent, full width).
    "https://127.0.0.1:PORT/",
    "https://127.0.0.1.:PORT/",
    "https://127.1:PORT/",
    "https://127.0.1:PORT/",
    "https://0:PORT/",
    "https://0.0.0.0:PORT/",
    "https://0x0:PORT/",
    "https://2130706433:PORT/",
    "https://0x7f000001:PORT/",
    "https://0x7F.0x0.0x0.0x1:PORT/",
    "https://0177.0.0.1:PORT/",
    "https://0177.0.0.01:PORT/",
    "https://00000177.0x0.1:PORT/",
    "https://017700000001:PORT/",
    "https://127.0.0.2:PORT/",
    "https://127.255.255.254:PORT/",
    "https://%31%32%37.0.0.1:PORT/",
    "https://127%2e0%2e0%2e1:PORT/",
    "https://①②⑦.⓪.⓪.①:PORT/",
    "https://１２７.０.０.１:PORT/",
    "https://127。0。0。1:PORT/",
    "https://127．0．0．1:PORT/",
    "https://127｡0｡0｡1:PORT/",
    "https://127.0.0.1\t:PORT/",
    "https://127.0.\n0.1:PORT/",
    "https:127.0.0.1:PORT/",
    "https:/127.0.0.1:PORT/",
    "https:///127.0.0.1:PORT/",
    "https:\\\\127.0.0.1:PORT\\",
    "HTTPS://127.0.0.1:PORT/",
    // Another host seems to be meant.
    "https://hooks.example@127.0.0.1:PORT/",
    "https://hooks.example:443@127.0.0.1:PORT/",
    "https://hooks.example%40127.0.0.1:PORT/",
    "https://127.0.0.1:PORT#@hooks.example/",
    "https://127.0.0.1:PORT?@hooks.example/",
    "https://127.0.0.1:PORT\\@hooks.example/",
    "https://127.0.0.1:PORT\\@hooks.example/",
    "https://@127.0.0.1:PORT/",
    "https://:@127.0.0.1:PORT/",
    "https://127.0.0.1:PORT/../../hooks.example",
    // IPv6, and IPv4 within it.
    "https://[::1]:PORT/",
    "https://[0:0:0:0:0:0:0:1]:PORT/",
    "https://[0000:0000:0000:0000:0000:0000:0000:0001]:PORT/",
    "https://[::]:PORT/",
    "https://[::ffff:127.0.0.1]:PORT/",
    "https://[::ffff:7f00:1]:PORT/",
    "https://[0:0:0:0:0:ffff:127.0.0.1]:PORT/",
    "https://[::127.0.0.1]:PORT/",
    "https://[64:ff9b::127.0.0.1]:PORT/",
    "https://[64:ff9b::7f00:1]:PORT/",
    "https://[64:ff9b:1::7f00:1]:PORT/",
    "https://[2002:7f00:1::]:PORT/",
    "https://[2002:7f00:0001::1]:PORT/",
    "https://[2001:0:7f00:1::1]:PORT/",
    "https://[2001:db8::1]:PORT/",
    "https://[fe80::1]:PORT/",
    "https://[fe80::1%25lo]:PORT/",
    "https://[febf::1]:PORT/",
    "https://[fec0::1]:PORT/",
    "https://[fc00::1]:PORT/",
    "https://[fd12:3456:789a::1]:PORT/",
    "https://[ff02::1]:PORT/",
    "https://[::ffff:10.0.0.1]:PORT/",
    "https://[::ffff:169.254.169.254]:PORT/",
    "https://[100::1]:PORT/",
    // Private networks and what clouds keep their secrets behind.
    "https://10.0.0.1:PORT/",
    "https://10.255.255.255:PORT/",
    "https://172.16.0.1:PORT/",
    "https://172.31.255.255:PORT/",
    "https://192.168.0.1:PORT/",
    "https://192.168.255.255:PORT/",
    "https://169.254.169.254/latest/meta-data/",
    "https://169.254.170.2/v2/credentials",
    "https://2852039166/latest/meta-data/",
    "https://0xA9FEA9FE/latest/meta-data/",
    "https://0251.0376.0251.0376/latest/meta-data/",
    "https://169.254.43518/latest/meta-data/",
    "https://100.100.100.200/latest/meta-data/",
    "https://100.64.0.1:PORT/",
    "https://192.0.0.192/opc/v2/",
    "https://192.0.2.1:PORT/",
    "https://198.18.0.1:PORT/",
    "https://198.51.100.1:PORT/",
    "https://203.0.113.1:PORT/",
    "https://224.0.0.1:PORT/",
    "https://240.0.0.1:PORT/",
    "https://255.255.255.255:PORT/",
    // Names of this machine.
    "https://localhost:PORT/",
    "https://LOCALHOST:PORT/",
    "https://localhost.:PORT/",
    "https://ｌｏｃａｌｈｏｓｔ:PORT/",
    "https://%6cocalhost:PORT/",
    // In the open, or not the web at all.
    "http://127.0.0.1:PORT/",
    "http://localhost:PORT/",
    "ws://127.0.0.1:PORT/",
    "ftp://127.0.0.1:PORT/",
    "gopher://127.0.0.1:PORT/_GET",
    "dict://127.0.0.1:PORT/",
    "file:///etc/passwd",
    "unix:///var/run/docker.sock",
];

/// A server inside that counts who comes; it answers with `head`.
async fn inside(at: IpAddr, port: u16, head: String) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind((at, port)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let seen = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&seen);
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::Relaxed);
            let mut bytes = [0; 2_000];
            let _ = connection.read(&mut bytes).await;
            let _ = connection.write_all(head.as_bytes()).await;
        }
    });
    (address, seen)
}

const TAKEN: &str = "HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n";

/// Calls an address as webhooks do.
async fn call(client: &Client, reach: &Reach, address: &str) -> Result<u16, Option<Blocked>> {
    let url = reach.check(address).map_err(Some)?;
    let sent = client
        .get(url)
        .timeout(Duration::from_millis(500))
        .send()
        .await;
    match sent {
        Ok(answer) => Ok(answer.status().as_u16()),
        Err(error) => Err(Blocked::cause_of(&error)),
    }
}

#[tokio::test]
async fn a_hundred_ways_inside_make_no_connection() {
    let (address, seen) = inside(Ipv4Addr::LOCALHOST.into(), 0, TAKEN.to_owned()).await;
    let port = address.port();
    let reach = Reach::new(&[]);
    let client = guarded_client(reach.clone()).unwrap();
    for text in ADDRESSES {
        let text = text.replace("PORT", &port.to_string());
        let came = call(&client, &reach, &text).await;
        assert!(matches!(came, Err(Some(_))), "{text}: {came:?}");
    }
    assert_eq!(seen.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn what_the_operator_lists_is_called_and_a_redirect_from_there_is_not_followed() {
    let (inner, seen) = inside(Ipv4Addr::LOCALHOST.into(), 0, TAKEN.to_owned()).await;
    let redirect =
        format!("HTTP/1.1 307 Go\r\nlocation: http://{inner}/\r\nconnection: close\r\n\r\n");
    let (listed, asked) = inside(Ipv4Addr::new(127, 0, 0, 2).into(), 0, redirect).await;
    let reach = Reach::new(&[IpRange::parse("127.0.0.2/32").unwrap()]);
    let client = guarded_client(reach.clone()).unwrap();
    assert_eq!(
        call(&client, &reach, &format!("http://{listed}/")).await,
        Ok(307)
    );
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    assert_eq!(seen.load(Ordering::Relaxed), 0);
}

/// A name server that answers otherwise each time.
struct Rebinding {
    reach: Reach,
    asked: AtomicUsize,
}

impl Resolve for Rebinding {
    fn resolve(&self, _: Name) -> Resolving {
        let answers: [&[&str]; 4] = [
            &["127.0.0.1"],
            &["169.254.169.254", "127.0.0.1", "::1"],
            &["::ffff:127.0.0.1"],
            // One that may be called among some that may not.
            &["10.0.0.1", "127.0.0.3", "127.0.0.1"],
        ];
        let turn = self.asked.fetch_add(1, Ordering::Relaxed);
        let found = answers[turn % answers.len()]
            .iter()
            .map(|text| SocketAddr::new(text.parse().expect("an address"), 0));
        let allowed = self.reach.allowed(found);
        Box::pin(async move { Ok(Box::new(allowed?.into_iter()) as Addrs) })
    }
}

#[tokio::test]
async fn a_name_that_changes_its_address_leads_inside_at_no_time() {
    let (inner, seen) = inside(Ipv4Addr::LOCALHOST.into(), 0, TAKEN.to_owned()).await;
    let listed = Ipv4Addr::new(127, 0, 0, 3);
    let (_, asked) = inside(listed.into(), inner.port(), TAKEN.to_owned()).await;
    let reach = Reach::new(&[IpRange::parse("127.0.0.3/32").unwrap()]);
    let resolver = Rebinding {
        reach: reach.clone(),
        asked: AtomicUsize::new(0),
    };
    let client = resolving_by(Arc::new(resolver)).unwrap();
    for turn in 0..4 {
        let url = format!("http://hooks.example:{}/", inner.port());
        let sent = client.get(url).timeout(Duration::from_secs(2)).send().await;
        assert_eq!(sent.is_ok(), turn == 3, "{turn}");
    }
    assert_eq!(seen.load(Ordering::Relaxed), 0);
    assert_eq!(asked.load(Ordering::Relaxed), 1);
}

#[test]
fn internal_addresses_are_refused_unless_listed() {
    let reach = Reach::new(&[IpRange::parse("10.1.0.0/16").unwrap()]);
    for public in [
        "8.8.8.8",
        "1.1.1.1",
        "2606:4700::1111",
        "::ffff:8.8.8.8",
        "172.32.0.1",
        "10.1.2.3",
        "::ffff:10.1.2.3",
    ] {
        assert!(reach.allows(public.parse().unwrap()), "{public}");
    }
    assert!(!reach.allows("10.2.0.1".parse().unwrap()));
    assert!(reach.check("https://hooks.example/a").is_ok());
    assert!(reach.check("http://10.1.2.3/a").is_ok());
    assert_eq!(reach.check("http://hooks.example/a"), Err(Blocked::NoHttps));
}
