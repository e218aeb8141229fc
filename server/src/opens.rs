//! Whether and by whom a mail was opened: the picture and the links that tell, and what an opening means.
//!
//! Off unless a message's type has it on. An opening by a program is told from one by a person, with the reason; a
//! device is named only for a person.

use crate::email::token::{Named, Purpose, Tokens};
use chrono::{DateTime, TimeDelta, Utc};
use domain::IpRange;
use domain::message::Confidence;
use lol_html::html_content::ContentType;
use lol_html::{RewriteStrSettings, element, rewrite_str};
use std::cell::{Cell, RefCell};
use std::net::IpAddr;
use uuid::Uuid;
use woothee::parser::Parser;

/// Within how long after its hand-over a mail is opened by programs alone.
const TOO_SOON: TimeDelta = TimeDelta::seconds(5);
/// How many links of a mail are followed through us.
const MAX_LINKS: u16 = 1_000;

/// The picture that tells: one transparent pixel.
pub const PIXEL: &[u8] = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x01D\x00;";

/// Proxies that fetch every picture, whoever reads: their words, and whose they are.
const PROXIES: [(&str, &str); 4] = [
    ("googleimageproxy", "gmail_proxy"),
    ("yahoomailproxy", "yahoo_proxy"),
    ("yahoocachesystem", "yahoo_proxy"),
    ("duckduckgo-email", "duckduckgo_proxy"),
];

/// Words of programs that look into mail before people do.
const SCANNERS: [&str; 34] = [
    "barracuda",
    "mimecast",
    "proofpoint",
    "symantec",
    "messagelabs",
    "forcepoint",
    "trendmicro",
    "fortimail",
    "fortinet",
    "sophos",
    "cisco",
    "ironport",
    "fireeye",
    "trellix",
    "checkpoint",
    "zscaler",
    "cloudmark",
    "spamhaus",
    "virustotal",
    "urlscan",
    "safelinks",
    "bingpreview",
    "headlesschrome",
    "phantomjs",
    "python-requests",
    "aiohttp",
    "go-http-client",
    "curl/",
    "wget/",
    "java/",
    "okhttp",
    "bot",
    "crawler",
    "spider",
];

/// From where programs fetch: Apple's privacy relay, Microsoft's and Google's mail filters.
const NETWORKS: [(&str, Confidence, &str); 6] = [
    ("17.0.0.0/8", Confidence::PrivacyProxy, "apple_network"),
    ("40.92.0.0/15", Confidence::Scanner, "microsoft_network"),
    ("40.94.0.0/16", Confidence::Scanner, "microsoft_network"),
    ("52.100.0.0/14", Confidence::Scanner, "microsoft_network"),
    ("104.47.0.0/17", Confidence::Scanner, "microsoft_network"),
    ("66.249.80.0/20", Confidence::PrivacyProxy, "google_network"),
];

/// A request for the picture, or through a link.
#[derive(Debug, Clone, Copy)]
pub struct Opening<'a> {
    /// Whether it asked for the headers alone.
    pub is_head: bool,
    /// What the program calls itself.
    pub user_agent: Option<&'a str>,
    /// From where.
    pub ip: Option<IpAddr>,
    /// When.
    pub at: DateTime<Utc>,
    /// When the mail was handed over, if it is known.
    pub handed_over_at: Option<DateTime<Utc>>,
}

/// What an opening means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// Who it was.
    pub confidence: Confidence,
    /// Why that is thought, as a key that the interface puts into words.
    pub reason: &'static str,
    /// On what, in words such as `Safari on iPhone`: for a person alone.
    pub device: Option<String>,
}

/// Judges an opening.
pub fn judge(opening: &Opening<'_>) -> Judgement {
    let as_program = |confidence, reason| Judgement {
        confidence,
        reason,
        device: None,
    };
    let Some(agent) = opening
        .user_agent
        .map(str::trim)
        .filter(|agent| !agent.is_empty())
    else {
        return as_program(Confidence::Scanner, "no_user_agent");
    };
    let folded = agent.to_ascii_lowercase();
    if let Some((_, whose)) = PROXIES.iter().find(|(word, _)| folded.contains(word)) {
        return as_program(Confidence::PrivacyProxy, whose);
    }
    if folded == "mozilla/5.0" {
        // Apple's relay tells no more of itself than this.
        return as_program(Confidence::PrivacyProxy, "apple_proxy");
    }
    if opening.is_head {
        return as_program(Confidence::Scanner, "head_request");
    }
    if SCANNERS.iter().any(|word| folded.contains(word)) {
        return as_program(Confidence::Scanner, "known_scanner");
    }
    let is_soon = opening
        .handed_over_at
        .is_some_and(|handed_over_at| opening.at - handed_over_at < TOO_SOON);
    if is_soon {
        return as_program(Confidence::Scanner, "too_fast");
    }
    if let Some((_, confidence, whose)) = opening.ip.and_then(network) {
        return as_program(*confidence, whose);
    }
    Judgement {
        confidence: Confidence::Person,
        reason: "ordinary",
        device: device(agent),
    }
}

fn network(ip: IpAddr) -> Option<&'static (&'static str, Confidence, &'static str)> {
    NETWORKS
        .iter()
        .find(|(range, _, _)| IpRange::parse(range).is_some_and(|range| range.contains(ip)))
}

/// What a program and its machine are called.
fn device(agent: &str) -> Option<String> {
    let known = Parser::new().parse(agent)?;
    let is_known = |word: &str| !word.is_empty() && word != "UNKNOWN";
    if matches!(known.os, "iPhone" | "iPad" | "Android") || is_known(known.os) {
        let name = if is_known(known.name) {
            known.name
        } else {
            "Mail"
        };
        return Some(format!("{name} on {}", known.os));
    }
    is_known(known.name).then(|| known.name.to_owned())
}

/// Where the picture and the links of a message lead.
pub struct Tracker<'a> {
    /// Signs.
    pub tokens: &'a Tokens,
    /// The server's address, without a trailing slash.
    pub public_url: &'a str,
    /// The message.
    pub message: Uuid,
}

impl Tracker<'_> {
    /// The address of the picture.
    pub fn pixel_url(&self) -> String {
        let token = self
            .tokens
            .make(Purpose::Open, Named::message(self.message));
        format!("{}/o/{token}.gif", self.public_url)
    }

    /// The address that stands for a link.
    pub fn link_url(&self, part: u16) -> String {
        let named = Named {
            part,
            ..Named::message(self.message)
        };
        let token = self.tokens.make(Purpose::Click, named);
        format!("{}/c/{token}", self.public_url)
    }

    /// The HTML with its links led through us, if `with_links`, and the picture at its end, if `with_pixel`. HTML that
    /// can't be read stays as it is.
    pub fn rewrite(&self, html: &str, with_pixel: bool, with_links: bool) -> String {
        let pixel = format!(
            "<img src=\"{}\" width=\"1\" height=\"1\" alt=\"\" style=\"display:block\">",
            self.pixel_url()
        );
        let next = Cell::new(0);
        let has_body = Cell::new(false);
        let rewritten = rewrite_str(
            html,
            RewriteStrSettings::new()
                .append_element_content_handler(element!("a[href]", |link| {
                    let href = link.get_attribute("href").unwrap_or_default();
                    if with_links && is_followed(&href) && next.get() < MAX_LINKS {
                        link.set_attribute("href", &self.link_url(next.get()))?;
                        next.set(next.get() + 1);
                    }
                    Ok(())
                }))
                .append_element_content_handler(element!("body", |body| {
                    if with_pixel && !has_body.replace(true) {
                        body.append(&pixel, ContentType::Html);
                    }
                    Ok(())
                })),
        );
        match rewritten {
            Ok(html) if with_pixel && !has_body.get() => html + &pixel,
            Ok(html) => html,
            Err(_) => html.to_owned(),
        }
    }
}

/// The links of a mail that [`Tracker::rewrite`] leads through us, in its order: a click leads nowhere else.
pub fn links(html: &str) -> Vec<String> {
    let found = RefCell::new(Vec::new());
    let read = rewrite_str(
        html,
        RewriteStrSettings::new().append_element_content_handler(element!("a[href]", |link| {
            let href = link.get_attribute("href").unwrap_or_default();
            let mut found = found.borrow_mut();
            if is_followed(&href) && found.len() < usize::from(MAX_LINKS) {
                found.push(unescape(href.trim()));
            }
            Ok(())
        })),
    );
    match read {
        Ok(_) => found.into_inner(),
        Err(_) => Vec::new(),
    }
}

fn is_followed(href: &str) -> bool {
    let href = href.trim();
    ["http://", "https://"].iter().any(|scheme| {
        href.get(..scheme.len())
            .is_some_and(|begin| begin.eq_ignore_ascii_case(scheme))
    })
}

/// An attribute's value without the escapes that stand in addresses.
fn unescape(value: &str) -> String {
    let value = value.replace("&#38;", "&").replace("&#x26;", "&");
    value
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone as _;

    const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1";

    fn at(seconds: i64) -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 11, 20, 9, 0, 0).unwrap() + TimeDelta::seconds(seconds)
    }

    fn opening(agent: &str) -> Opening<'_> {
        Opening {
            is_head: false,
            user_agent: Some(agent),
            ip: Some("203.0.113.7".parse().unwrap()),
            at: at(600),
            handed_over_at: Some(at(0)),
        }
    }

    #[test]
    fn a_person_is_named_with_the_device() {
        let judged = judge(&opening(IPHONE));
        assert_eq!(judged.confidence, Confidence::Person);
        assert_eq!(judged.device.as_deref(), Some("Safari on iPhone"));
    }

    #[test]
    fn proxies_and_scanners_are_told_with_the_reason_and_without_a_device() {
        let gmail = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)";
        let cases = [
            (opening(gmail), Confidence::PrivacyProxy, "gmail_proxy"),
            (
                opening("Mozilla/5.0"),
                Confidence::PrivacyProxy,
                "apple_proxy",
            ),
            (
                opening("YahooMailProxy; https://help.yahoo.com"),
                Confidence::PrivacyProxy,
                "yahoo_proxy",
            ),
            (
                Opening {
                    is_head: true,
                    ..opening(IPHONE)
                },
                Confidence::Scanner,
                "head_request",
            ),
            (
                Opening {
                    user_agent: None,
                    ..opening(IPHONE)
                },
                Confidence::Scanner,
                "no_user_agent",
            ),
            (
                Opening {
                    at: at(2),
                    ..opening(IPHONE)
                },
                Confidence::Scanner,
                "too_fast",
            ),
            (
                opening("Barracuda Sentinel (EE)"),
                Confidence::Scanner,
                "known_scanner",
            ),
            (
                Opening {
                    ip: "17.58.1.1".parse().ok(),
                    ..opening(IPHONE)
                },
                Confidence::PrivacyProxy,
                "apple_network",
            ),
            (
                Opening {
                    ip: "40.94.1.1".parse().ok(),
                    ..opening(IPHONE)
                },
                Confidence::Scanner,
                "microsoft_network",
            ),
        ];
        for (opening, confidence, reason) in cases {
            let judged = judge(&opening);
            assert_eq!((judged.confidence, judged.reason), (confidence, reason));
            assert_eq!(judged.device, None);
        }
    }

    #[test]
    fn links_lead_through_us_and_only_to_where_they_led() {
        let tokens = Tokens::new(b"key");
        let tracker = Tracker {
            tokens: &tokens,
            public_url: "https://trail.example",
            message: Uuid::from_u128(7),
        };
        let html = "<body><a href=\"https://a.example/?b=1&amp;c=2\">a</a><a href='mailto:x@y'>m</a><A HREF=HTTP://b.example>b</A></body>";
        assert_eq!(
            links(html),
            ["https://a.example/?b=1&c=2", "HTTP://b.example"]
        );
        let tracked = tracker.rewrite(html, true, true);
        assert!(
            !tracked.contains("a.example") && !tracked.contains("b.example"),
            "{tracked}"
        );
        assert!(tracked.contains(&tracker.link_url(0)) && tracked.contains(&tracker.link_url(1)));
        assert!(tracked.contains("mailto:x@y"));
        assert!(
            tracked.ends_with("style=\"display:block\"></body>"),
            "{tracked}"
        );
        assert_eq!(tracker.rewrite(html, false, false), html);
        let bare = tracker.rewrite("hello", true, false);
        assert!(bare.starts_with("hello<img ") && bare.contains(&tracker.pixel_url()));
    }
}
