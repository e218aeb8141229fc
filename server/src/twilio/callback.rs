//! What Twilio calls back with: how a message went
//! (<https://www.twilio.com/docs/messaging/guides/track-outbound-message-status>), and what someone sent
//! (<https://www.twilio.com/docs/messaging/guides/webhook-request>). New parameters appear unannounced: all are kept.

use super::TwilioChannel;

/// The most files one message brings.
const MAX_MEDIA: usize = 10;

/// What a callback tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Callback {
    /// How a message went.
    Report(StatusReport),
    /// What someone sent.
    Inbound(InboundText),
}

/// How a message went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusReport {
    /// Twilio's id of the message.
    pub sid: String,
    /// Twilio's own word, such as `delivered`.
    pub status: String,
    /// What that means.
    pub stage: Option<Stage>,
    /// Twilio's error code, such as `30003`.
    pub error_code: Option<String>,
    /// Twilio's words for it.
    pub error: Option<String>,
    /// The number it went to.
    pub to: Option<String>,
}

/// How far a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Twilio has it.
    Pending,
    /// The network has it.
    Sent,
    /// The device has it.
    Delivered,
    /// It was read.
    Read,
    /// It was taken back.
    Stopped,
    /// It didn't arrive.
    Failed,
}

/// What someone sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboundText {
    /// Twilio's id of the message.
    pub sid: String,
    /// By which channel.
    pub channel: TwilioChannel,
    /// From which number, E.164.
    pub from: String,
    /// To which number, E.164.
    pub to: String,
    /// The text.
    pub body: String,
    /// A place that it shows: its name, its address and where it is (RFC 5870), as far as it says.
    pub place: Option<String>,
    /// Files: where Twilio has them, and their types.
    pub media: Vec<(String, String)>,
    /// The sender's name on WhatsApp.
    pub profile_name: Option<String>,
    /// Twilio's id of the message that this one answers.
    pub replied_to: Option<String>,
    /// Whether it asks for no more messages, or for them again.
    pub opt: Option<Opt>,
}

/// A wish about further messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opt {
    /// None any more.
    Out,
    /// Again.
    In,
}

impl InboundText {
    /// What it says: its text, and the place that it shows.
    pub fn words(&self) -> String {
        let body = Some(self.body.as_str()).filter(|body| !body.trim().is_empty());
        let parts: Vec<&str> = body.into_iter().chain(self.place.as_deref()).collect();
        parts.join("\n")
    }
}

impl Stage {
    /// What a status of Twilio's means. None for one that is new.
    pub fn of(status: &str) -> Option<Self> {
        Some(match status.to_ascii_lowercase().as_str() {
            "accepted" | "scheduled" | "queued" | "sending" => Self::Pending,
            "sent" | "partially_delivered" => Self::Sent,
            "delivered" => Self::Delivered,
            "read" => Self::Read,
            "canceled" => Self::Stopped,
            "undelivered" | "failed" => Self::Failed,
            _ => return None,
        })
    }
}

impl Opt {
    /// The wish of a text that consists of nothing but the word, in any case.
    pub fn of(body: &str) -> Option<Self> {
        match body.trim().to_ascii_uppercase().as_str() {
            "STOP" | "UNSUBSCRIBE" | "END" | "QUIT" | "STOPALL" | "REVOKE" | "OPTOUT"
            | "CANCEL" => Some(Self::Out),
            "START" | "UNSTOP" => Some(Self::In),
            _ => None,
        }
    }
}

/// Reads a callback's parameters. None when they name no message: then it is none of these calls.
pub fn read(params: &[(String, String)]) -> Option<Callback> {
    let get = |name: &str| {
        let found = params.iter().find(|(known, _)| known == name);
        found
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    };
    let sid = get("MessageSid")
        .or_else(|| get("SmsMessageSid"))
        .or_else(|| get("SmsSid"))?
        .to_owned();
    let text = |name: &str| get(name).map(str::to_owned);
    let status = match get("EventType") {
        // WhatsApp's read reports come so from accounts that are older than the status of that name.
        Some(kind) if kind.eq_ignore_ascii_case("read") => Some("read"),
        _ => get("MessageStatus").or_else(|| get("SmsStatus")),
    };
    match status {
        Some(status) if !matches!(status, "received" | "receiving") => {
            Some(Callback::Report(StatusReport {
                sid,
                stage: Stage::of(status),
                status: status.to_owned(),
                error_code: text("ErrorCode").filter(|code| code != "0"),
                error: text("ErrorMessage").or_else(|| text("ChannelStatusMessage")),
                to: get("To").map(|to| TwilioChannel::split(to).1.to_owned()),
            }))
        }
        _ => {
            let (channel, from) = TwilioChannel::split(get("From")?);
            let (_, to) = TwilioChannel::split(get("To")?);
            let body = get("Body").unwrap_or_default().to_owned();
            let count: usize = get("NumMedia").and_then(|n| n.parse().ok()).unwrap_or(0);
            let media = (0..count.min(MAX_MEDIA))
                .filter_map(|at| {
                    let url = text(&format!("MediaUrl{at}"))?;
                    let kind = text(&format!("MediaContentType{at}"));
                    Some((
                        url,
                        kind.unwrap_or_else(|| "application/octet-stream".to_owned()),
                    ))
                })
                .collect();
            let place = match (get("Latitude"), get("Longitude")) {
                (Some(latitude), Some(longitude)) => {
                    let names = ["Label", "Address"].iter().filter_map(|name| text(name));
                    let place = names.chain([format!("geo:{latitude},{longitude}")]);
                    Some(place.collect::<Vec<_>>().join(", "))
                }
                _ => None,
            };
            let opt = match get("OptOutType") {
                Some("STOP") => Some(Opt::Out),
                Some("START") => Some(Opt::In),
                _ => Opt::of(&body),
            };
            Some(Callback::Inbound(InboundText {
                sid,
                channel,
                from: from.to_owned(),
                to: to.to_owned(),
                body,
                place,
                media,
                profile_name: text("ProfileName"),
                replied_to: text("OriginalRepliedMessageSid"),
                opt,
            }))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn a_report_names_message_status_and_error() {
        let params = form(&[
            ("SmsSid", "SM1"),
            ("SmsStatus", "undelivered"),
            ("MessageStatus", "undelivered"),
            ("To", "whatsapp:+966551234567"),
            ("From", "whatsapp:+14155550100"),
            ("MessageSid", "SM1"),
            ("ErrorCode", "30003"),
            ("SomethingNew", "x"),
        ]);
        let Some(Callback::Report(report)) = read(&params) else {
            panic!("a report");
        };
        assert_eq!(report.stage, Some(Stage::Failed));
        assert_eq!(report.error_code.as_deref(), Some("30003"));
        assert_eq!(report.to.as_deref(), Some("+966551234567"));
        let read_event = form(&[
            ("MessageSid", "SM1"),
            ("EventType", "READ"),
            ("MessageStatus", "delivered"),
        ]);
        let Some(Callback::Report(report)) = read(&read_event) else {
            panic!("a report");
        };
        assert_eq!(report.stage, Some(Stage::Read));
        assert_eq!(Stage::of("queued"), Some(Stage::Pending));
        assert_eq!(Stage::of("partially_delivered"), Some(Stage::Sent));
        assert_eq!(Stage::of("canceled"), Some(Stage::Stopped));
        assert_eq!(Stage::of("frozen"), None);
    }

    #[test]
    fn an_inbound_message_brings_its_files_and_its_wish() {
        let params = form(&[
            ("MessageSid", "SM2"),
            ("SmsStatus", "received"),
            ("From", "whatsapp:+966551234567"),
            ("To", "whatsapp:+14155550100"),
            ("Body", " Stop\n"),
            ("NumMedia", "3"),
            ("MediaUrl0", "https://api.twilio.com/a"),
            ("MediaContentType0", "image/jpeg"),
            ("MediaUrl1", "https://api.twilio.com/b"),
            ("ProfileName", "نورة"),
            ("OriginalRepliedMessageSid", "SM1"),
        ]);
        let Some(Callback::Inbound(text)) = read(&params) else {
            panic!("a message");
        };
        assert_eq!(
            (text.channel, text.from.as_str()),
            (TwilioChannel::Whatsapp, "+966551234567")
        );
        assert_eq!(text.media.len(), 2);
        assert_eq!(text.opt, Some(Opt::Out));
        assert_eq!(text.replied_to.as_deref(), Some("SM1"));
    }

    #[test]
    fn a_place_is_told_in_words() {
        let words = |more: &[(&str, &str)]| {
            let mut params = form(&[
                ("MessageSid", "SM3"),
                ("SmsStatus", "received"),
                ("From", "whatsapp:+966551234567"),
                ("To", "whatsapp:+14155550100"),
            ]);
            params.extend(form(more));
            match read(&params) {
                Some(Callback::Inbound(text)) => text.words(),
                other => panic!("a message: {other:?}"),
            }
        };
        let at = [("Latitude", "24.71"), ("Longitude", "46.67")];
        let named = [("Label", "Home"), ("Address", "Olaya St, Riyadh")];
        assert_eq!(words(&at), "geo:24.71,46.67");
        assert_eq!(
            words(&[at, named].concat()),
            "Home, Olaya St, Riyadh, geo:24.71,46.67"
        );
        let said = [("Body", "Here")];
        assert_eq!(words(&[&at[..], &said].concat()), "Here\ngeo:24.71,46.67");
        assert_eq!(words(&said), "Here");
        assert_eq!(words(&[("Latitude", "24.71")]), "");
    }

    #[test]
    fn only_the_bare_word_is_a_wish() {
        for word in [
            "STOP",
            "stopall",
            " Unsubscribe ",
            "end",
            "QUIT",
            "revoke",
            "OptOut",
            "cancel",
        ] {
            assert_eq!(Opt::of(word), Some(Opt::Out), "{word}");
        }
        assert_eq!(Opt::of("start"), Some(Opt::In));
        assert_eq!(Opt::of("UNSTOP"), Some(Opt::In));
        for text in ["", "please stop", "STOP it", "cancel my order", "yes"] {
            assert_eq!(Opt::of(text), None, "{text}");
        }
    }

    #[test]
    fn what_names_no_message_is_none() {
        assert_eq!(read(&[]), None);
        assert_eq!(read(&form(&[("CallSid", "CA1")])), None);
        assert_eq!(read(&form(&[("MessageSid", "SM1"), ("Body", "hi")])), None);
    }
}
