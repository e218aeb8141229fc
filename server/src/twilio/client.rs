//! Handing a message over to Twilio
//! (<https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource>).

use super::TwilioChannel;
use reqwest::{Client, StatusCode, Url};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use std::time::Duration;

/// How long Twilio may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// How many characters of what Twilio says are kept.
const MAX_WORDS: usize = 2_000;
/// The largest file that is fetched.
const MAX_MEDIA_BYTES: usize = 32 * 1024 * 1024;

/// A Twilio account.
#[derive(Clone)]
pub struct Twilio {
    http: Client,
    base_url: String,
    account_sid: String,
    auth_token: SecretString,
}

/// A message to be handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TwilioMessage {
    /// By which channel.
    pub channel: TwilioChannel,
    /// From which number (E.164), or the id of a messaging service (`MG...`).
    pub from: String,
    /// To which number (E.164).
    pub to: String,
    /// The text.
    pub body: String,
    /// Where Twilio finds pictures and files, at most ten.
    pub media_urls: Vec<String>,
    /// Whom Twilio tells how it went; names the attempt, so that a repeat is recognised.
    pub status_callback: Option<String>,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TwilioAnswer {
    /// Twilio took it.
    Accepted {
        /// Twilio's id for it.
        sid: String,
        /// Twilio's own word, such as `queued`.
        status: String,
        /// Into how many parts it is cut, once known.
        segments: Option<u32>,
    },
    /// Twilio takes no more at the moment: try again later.
    Deferred {
        /// Twilio's error code, or the HTTP status.
        code: u32,
        /// Twilio's words.
        reason: String,
    },
    /// Twilio refused it: final.
    Rejected {
        /// Twilio's error code, or the HTTP status.
        code: u32,
        /// Twilio's words.
        reason: String,
    },
    /// It never arrived there: safe to try again.
    Unreachable {
        /// What went wrong.
        reason: String,
    },
    /// It was sent and no usable answer came: not to be repeated silently.
    Unknown {
        /// What went wrong.
        reason: String,
    },
}

#[derive(Deserialize)]
struct Created {
    sid: String,
    status: String,
    #[serde(default)]
    num_segments: Option<String>,
}

#[derive(Deserialize)]
struct Refused {
    code: Option<u32>,
    message: Option<String>,
}

impl Twilio {
    /// An account, reached below `base_url`, such as `https://api.twilio.com`.
    pub fn new(http: Client, base_url: &str, account_sid: &str, auth_token: SecretString) -> Self {
        Self {
            http,
            base_url: base_url.trim_end_matches('/').to_owned(),
            account_sid: account_sid.to_owned(),
            auth_token,
        }
    }

    /// The secret by which Twilio signs its calls.
    pub fn auth_token(&self) -> &SecretString {
        &self.auth_token
    }

    /// Hands a message over once.
    pub async fn hand_over(&self, message: &TwilioMessage) -> TwilioAnswer {
        let url = format!(
            "{}/2010-04-01/Accounts/{}/Messages.json",
            self.base_url, self.account_sid
        );
        let sent = self
            .http
            .post(url)
            .basic_auth(&self.account_sid, Some(self.auth_token.expose_secret()))
            .form(&form(message))
            .timeout(PATIENCE)
            .send()
            .await;
        let response = match sent {
            Ok(response) => response,
            Err(error) if error.is_connect() || error.is_builder() => {
                return TwilioAnswer::Unreachable {
                    reason: words(&error),
                };
            }
            Err(error) => {
                return TwilioAnswer::Unknown {
                    reason: words(&error),
                };
            }
        };
        let status = response.status();
        match response.bytes().await {
            Ok(body) => read_answer(status, &body),
            Err(error) => TwilioAnswer::Unknown {
                reason: words(&error),
            },
        }
    }

    /// Fetches a file that someone sent: its bytes. None when it isn't this account's, too large or not there.
    pub async fn fetch_media(&self, url: &str) -> Option<Vec<u8>> {
        let (url, base) = (Url::parse(url).ok()?, Url::parse(&self.base_url).ok()?);
        // What a caller names is never fetched from anywhere else: it could be an internal address.
        if url.origin() != base.origin() {
            return None;
        }
        let token = Some(self.auth_token.expose_secret());
        let call = self.http.get(url).basic_auth(&self.account_sid, token);
        let mut response = call.timeout(PATIENCE).send().await.ok()?;
        if let Some(elsewhere) = redirected(&response) {
            response = self
                .http
                .get(elsewhere)
                .timeout(PATIENCE)
                .send()
                .await
                .ok()?;
        }
        if !response.status().is_success() {
            return None;
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.ok()? {
            if bytes.len() + chunk.len() > MAX_MEDIA_BYTES {
                return None;
            }
            bytes.extend_from_slice(&chunk);
        }
        Some(bytes)
    }
}

/// Where Twilio keeps the file itself: only its own hosts are followed to.
fn redirected(response: &reqwest::Response) -> Option<Url> {
    if !response.status().is_redirection() {
        return None;
    }
    let to = response.headers().get("location")?.to_str().ok()?;
    let url = Url::parse(to).ok()?;
    let host = url.host_str()?;
    let is_twilios = [".twilio.com", ".twiliocdn.com"]
        .iter()
        .any(|end| host.ends_with(end));
    (url.scheme() == "https" && is_twilios).then_some(url)
}

/// Whether what texts come from is no number or name but a messaging service.
pub fn is_service(from: &str) -> bool {
    from.starts_with("MG")
}

fn form(message: &TwilioMessage) -> Vec<(&'static str, String)> {
    let prefix = message.channel.prefix();
    let mut form = vec![("To", format!("{prefix}{}", message.to))];
    if is_service(&message.from) {
        form.push(("MessagingServiceSid", message.from.clone()));
    } else {
        form.push(("From", format!("{prefix}{}", message.from)));
    }
    if !message.body.is_empty() || message.media_urls.is_empty() {
        form.push(("Body", message.body.clone()));
    }
    form.extend(
        message
            .media_urls
            .iter()
            .take(10)
            .map(|url| ("MediaUrl", url.clone())),
    );
    if let Some(url) = &message.status_callback {
        form.push(("StatusCallback", url.clone()));
    }
    form
}

fn read_answer(status: StatusCode, body: &[u8]) -> TwilioAnswer {
    if status.is_success() {
        return match serde_json::from_slice::<Created>(body) {
            Ok(created) => TwilioAnswer::Accepted {
                segments: created.num_segments.and_then(|text| text.parse().ok()),
                sid: created.sid,
                status: created.status,
            },
            Err(_) => TwilioAnswer::Unknown {
                reason: format!("an answer with status {status} that names no message"),
            },
        };
    }
    let refused = serde_json::from_slice::<Refused>(body).unwrap_or(Refused {
        code: None,
        message: None,
    });
    let code = refused.code.unwrap_or_else(|| u32::from(status.as_u16()));
    let reason = refused.message.unwrap_or_else(|| status.to_string());
    let reason: String = reason
        .chars()
        .filter(|c| !c.is_control())
        .take(MAX_WORDS)
        .collect();
    match status.as_u16() {
        429 | 503 => TwilioAnswer::Deferred { code, reason },
        // The key is wrong or the account is closed: nothing is wrong with the message.
        401 | 403 => TwilioAnswer::Unreachable {
            reason: format!("{code} {reason}"),
        },
        400..=499 => TwilioAnswer::Rejected { code, reason },
        _ => TwilioAnswer::Unknown {
            reason: format!("{code} {reason}"),
        },
    }
}

/// What went wrong, without the address, which holds the account.
fn words(error: &reqwest::Error) -> String {
    let kind = if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        "no connection"
    } else {
        "the connection broke"
    };
    let mut source = std::error::Error::source(error);
    let mut last = None;
    while let Some(inner) = source {
        last = Some(inner);
        source = inner.source();
    }
    match last {
        Some(inner) => format!("{kind}: {inner}").chars().take(MAX_WORDS).collect(),
        None => kind.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message() -> TwilioMessage {
        TwilioMessage {
            channel: TwilioChannel::Whatsapp,
            from: "+14155550100".to_owned(),
            to: "+966551234567".to_owned(),
            body: "طلبك في الطريق \u{1F4E6}".to_owned(),
            media_urls: vec!["https://linen.example/a.png".to_owned()],
            status_callback: Some("https://trail.example/hooks/twilio/main?attempt=7".to_owned()),
        }
    }

    #[test]
    fn a_whatsapp_message_has_prefixed_numbers_and_names_whom_to_tell() {
        assert_eq!(
            form(&message()),
            [
                ("To", "whatsapp:+966551234567".to_owned()),
                ("From", "whatsapp:+14155550100".to_owned()),
                ("Body", "طلبك في الطريق \u{1F4E6}".to_owned()),
                ("MediaUrl", "https://linen.example/a.png".to_owned()),
                (
                    "StatusCallback",
                    "https://trail.example/hooks/twilio/main?attempt=7".to_owned()
                ),
            ]
        );
        let picture = TwilioMessage {
            body: String::new(),
            ..message()
        };
        assert!(form(&picture).iter().all(|(name, _)| *name != "Body"));
        let service = TwilioMessage {
            channel: TwilioChannel::Sms,
            from: "MG123".to_owned(),
            ..message()
        };
        assert_eq!(
            form(&service)[..2],
            [
                ("To", "+966551234567".to_owned()),
                ("MessagingServiceSid", "MG123".to_owned()),
            ]
        );
    }

    #[test]
    fn each_answer_is_told_apart() {
        let read = |status: u16, body: &str| {
            read_answer(StatusCode::from_u16(status).unwrap(), body.as_bytes())
        };
        assert_eq!(
            read(
                201,
                r#"{"sid": "SM1", "status": "queued", "num_segments": "2", "new": {}}"#
            ),
            TwilioAnswer::Accepted {
                sid: "SM1".to_owned(),
                status: "queued".to_owned(),
                segments: Some(2)
            }
        );
        assert_eq!(
            read(
                400,
                r#"{"code": 21211, "message": "Invalid 'To'", "status": 400}"#
            ),
            TwilioAnswer::Rejected {
                code: 21211,
                reason: "Invalid 'To'".to_owned()
            }
        );
        assert!(matches!(
            read(429, r#"{"code": 20429}"#),
            TwilioAnswer::Deferred { code: 20429, .. }
        ));
        assert!(matches!(
            read(401, "<html>"),
            TwilioAnswer::Unreachable { .. }
        ));
        assert!(matches!(read(500, ""), TwilioAnswer::Unknown { .. }));
        assert!(matches!(read(201, "<html>"), TwilioAnswer::Unknown { .. }));
    }
}
