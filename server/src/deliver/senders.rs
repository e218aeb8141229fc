//! By whom messages go out, and what became of one.

use super::mail::{self, MailSettings};
use crate::config::Config;
use crate::email::Party;
use crate::email::compose::Composed;
use crate::email::retry::{Next, RetryPlan};
use crate::email::smtp::{HandOver, Smtp, SmtpAddress};
use crate::email::token::{Named, Purpose, Tokens};
use crate::twilio::TwilioChannel;
use crate::twilio::client::{Twilio, TwilioAnswer, TwilioMessage, is_service};
use anyhow::anyhow;
use chrono::{DateTime, TimeDelta, Utc};
use domain::message::{Answer, Channel, Mailbox, Message, Missed};
use domain::{MessageId, Problem};
use secrecy::ExposeSecret as _;
use std::sync::Arc;
use storage::{Claimed, Error, Storage, UsualSender};

/// For how long a provider may fetch the files of a WhatsApp message, in hours.
const MEDIA_HOURS: i64 = 48;

/// What a try came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// The provider answered, or it is tried again.
    Answered(Answer),
    /// It has been tried long enough.
    GaveUp(Option<String>),
    /// It was handed over, and nobody knows what was answered: what went wrong.
    Unknown(String),
}

/// By whom messages go out.
pub struct Senders {
    smtp: Smtp,
    twilio: Option<Twilio>,
    retry: RetryPlan,
    retry_unreachable: RetryPlan,
    from: Mailbox,
    domain: String,
    sms_from: Option<String>,
    whatsapp_from: Option<String>,
    public_url: Arc<str>,
    tokens: Tokens,
}

/// What goes over the wire, made before a try begins.
pub(super) enum Outgoing {
    Mail(Box<Composed>),
    Text(TwilioMessage),
}

impl Senders {
    /// The senders that the settings name.
    ///
    /// # Errors
    /// When the mail server's address can't be used.
    pub fn new(
        config: &Config,
        http: reqwest::Client,
        public_url: Arc<str>,
        tokens: Tokens,
    ) -> anyhow::Result<Self> {
        let address = SmtpAddress::parse(config.smtp_url.expose_secret())
            .map_err(|error| anyhow!("smtp_url: {error}"))?;
        let twilio = config
            .twilio_account_sid
            .as_ref()
            .zip(config.twilio_auth_token.as_ref());
        let from = config.mail_from.clone().unwrap_or_else(|| Mailbox {
            name: None,
            address: format!("store@{}", config.mail_domain),
        });
        Ok(Self {
            smtp: Smtp::new(address, &config.mail_domain),
            twilio: twilio
                .map(|(sid, token)| Twilio::new(http, &config.twilio_base_url, sid, token.clone())),
            retry_unreachable: config.mail_retry.for_unreachable(),
            retry: config.mail_retry.clone(),
            from,
            domain: config.mail_domain.clone(),
            sms_from: config.twilio_sms_from.clone(),
            whatsapp_from: config.twilio_whatsapp_from.clone(),
            public_url,
            tokens,
        })
    }

    /// The Twilio account, if there is one.
    pub fn twilio(&self) -> Option<&Twilio> {
        self.twilio.as_ref()
    }

    /// The domain of Message-IDs and reply addresses.
    pub fn mail_domain(&self) -> &str {
        &self.domain
    }

    /// Whom mail comes from when it doesn't say itself.
    pub fn from(&self) -> Party {
        Party {
            name: self.from.name.clone(),
            address: self.from.address.clone(),
        }
    }

    /// What is filled in where a message doesn't say whom it comes from.
    pub fn usual_sender(&self) -> UsualSender {
        let (tokens, domain) = (self.tokens.clone(), self.domain.clone());
        UsualSender {
            email: self.from.clone(),
            sms: number(self.sms_from.as_deref()),
            whatsapp: number(self.whatsapp_from.as_deref()),
            reply_to: Arc::new(move |id: MessageId| Mailbox {
                name: None,
                address: reply_address(&tokens, &domain, id),
            }),
        }
    }

    /// Hands a mail that is no message over, once.
    pub async fn hand_over_notice(&self, mail: &Composed) -> HandOver {
        self.smtp.hand_over(mail).await
    }

    /// Closes what is open.
    pub(super) async fn close(&self) {
        self.smtp.close().await;
    }

    /// What the try's record calls the provider; none when nobody is set up for the channel.
    pub(super) fn provider(&self, channel: Channel) -> Option<&'static str> {
        let is_set_up = match channel {
            Channel::Email => return Some("smtp"),
            Channel::Sms => self.sms_from.is_some(),
            Channel::Whatsapp => self.whatsapp_from.is_some(),
        };
        (self.twilio.is_some() && is_set_up).then_some("twilio")
    }

    /// The channels for which a provider is set up.
    pub fn channels(&self) -> Vec<Channel> {
        let all = Channel::ALL.iter().copied();
        all.filter(|channel| self.provider(*channel).is_some())
            .collect()
    }

    /// The mail that a message goes out as, or went out as, with the `Date:` of when that is.
    ///
    /// # Errors
    /// A fault, or what can't stand in a mail.
    pub async fn mail(
        &self,
        storage: &Storage,
        id: MessageId,
        message: &Message,
        date: DateTime<Utc>,
    ) -> Result<Composed, Error> {
        let mut files = Vec::new();
        for attachment in &message.attachments {
            let missing = || {
                Problem::field(
                    "/attachments",
                    "required",
                    format!("the file {} is gone", attachment.name),
                )
            };
            files.push(
                storage
                    .get_object(&attachment.blob)
                    .await?
                    .ok_or_else(missing)?,
            );
        }
        let settings = MailSettings {
            from: &self.from,
            domain: &self.domain,
            public_url: &self.public_url,
            tokens: &self.tokens,
            reply_to: Some(reply_address(&self.tokens, &self.domain, id)),
        };
        Ok(mail::compose(id, message, files, date, &settings)?)
    }

    /// Makes what goes over the wire.
    pub(super) async fn prepare(
        &self,
        storage: &Storage,
        claimed: &Claimed,
    ) -> Result<Outgoing, Error> {
        let message = &claimed.message;
        let channel = match message.channel {
            Channel::Email => {
                let first_begun_at = claimed.first_begun_at;
                let date = first_begun_at.unwrap_or_else(|| storage.ambient().clock.now());
                let mut mail = self.mail(storage, claimed.id, message, date).await?;
                if !claimed.copies.is_empty() {
                    to_copies_alone(&mut mail, claimed);
                }
                if first_begun_at.is_some() || !claimed.copies.is_empty() {
                    as_handed_over(&mut mail, storage, claimed).await?;
                }
                return Ok(Outgoing::Mail(Box::new(mail)));
            }
            Channel::Sms => TwilioChannel::Sms,
            Channel::Whatsapp => TwilioChannel::Whatsapp,
        };
        let own = match channel {
            TwilioChannel::Sms => &self.sms_from,
            TwilioChannel::Whatsapp => &self.whatsapp_from,
        };
        let from = message.from.as_ref().map(|from| from.address.clone());
        let until = storage.ambient().clock.now() + TimeDelta::hours(MEDIA_HOURS);
        let media_urls =
            (0..message.attachments.len()).map(|part| self.file_url(claimed.id, part, until));
        Ok(Outgoing::Text(TwilioMessage {
            channel,
            from: from.or_else(|| own.clone()).unwrap_or_default(),
            to: message
                .to
                .first()
                .map(|to| to.address.clone())
                .unwrap_or_default(),
            body: message.text.clone().unwrap_or_default(),
            media_urls: media_urls.collect(),
            status_callback: Some(format!(
                "{}/hooks/twilio/{}?attempt={}",
                self.public_url, claimed.store.id.0, claimed.attempt.id
            )),
        }))
    }

    /// Where a file of a message is fetched without a session, until a time.
    pub fn file_url(&self, id: MessageId, part: usize, until: DateTime<Utc>) -> String {
        let named = Named {
            message: id.0,
            part: u16::try_from(part).unwrap_or(u16::MAX),
            until_hour: u32::try_from(until.timestamp() / 3600 + 1).unwrap_or(u32::MAX),
        };
        let token = self.tokens.make(Purpose::Inline, named);
        format!("{}/messages/inline/{token}", self.public_url)
    }

    /// Hands a message over, once.
    pub(super) async fn hand_over(
        &self,
        outgoing: &Outgoing,
        claimed: &Claimed,
        now: impl Fn() -> DateTime<Utc>,
    ) -> Settled {
        let begun_at = claimed.first_begun_at.unwrap_or_else(&now);
        let later = |plan: &RetryPlan, code: Option<String>, words: String| {
            let now = now();
            match plan.next(claimed.tries + 1, begun_at, now) {
                Next::At(retry_at) => Settled::Answered(Answer::Deferred {
                    code,
                    words: Some(words),
                    retry_at,
                }),
                Next::GiveUp => Settled::GaveUp(Some(words)),
            }
        };
        let accepted = |provider_id, status, words, missed| {
            Settled::Answered(Answer::Accepted {
                provider_id,
                status,
                words,
                missed,
            })
        };
        let refused = |code: String, words| {
            Settled::Answered(Answer::Refused {
                code: Some(code),
                words: Some(words),
            })
        };
        match outgoing {
            Outgoing::Mail(mail) => match self.smtp.hand_over(mail).await {
                HandOver::Accepted { answer, refused } => {
                    let retry_at = match self.retry.next(claimed.tries + 1, begun_at, now()) {
                        Next::At(retry_at) => Some(retry_at),
                        Next::GiveUp => None,
                    };
                    let missed = refused.into_iter().map(|copy| Missed {
                        retry_at: retry_at.filter(|_| copy.code < 500),
                        address: copy.address,
                        code: Some(copy.code.to_string()),
                        words: Some(copy.answer),
                    });
                    accepted(None, None, Some(answer), missed.collect())
                }
                HandOver::Deferred { code, answer } => {
                    later(&self.retry, Some(code.to_string()), answer)
                }
                HandOver::Rejected { code, answer } => refused(code.to_string(), answer),
                HandOver::Unreachable { reason } => later(&self.retry_unreachable, None, reason),
                HandOver::Unknown { reason } => Settled::Unknown(reason),
            },
            Outgoing::Text(text) => {
                let Some(twilio) = &self.twilio else {
                    return later(
                        &self.retry_unreachable,
                        None,
                        "no Twilio account is set".to_owned(),
                    );
                };
                match twilio.hand_over(text).await {
                    TwilioAnswer::Accepted { sid, status, .. } => {
                        accepted(Some(sid), Some(status), None, Vec::new())
                    }
                    TwilioAnswer::Deferred { code, reason } => {
                        later(&self.retry_unreachable, Some(code.to_string()), reason)
                    }
                    TwilioAnswer::Rejected { code, reason } => refused(code.to_string(), reason),
                    TwilioAnswer::Unreachable { reason } => {
                        later(&self.retry_unreachable, None, reason)
                    }
                    TwilioAnswer::Unknown { reason } => Settled::Unknown(reason),
                }
            }
        }
    }
}

/// The thread's own address: where answers to a mail go.
fn reply_address(tokens: &Tokens, domain: &str, id: MessageId) -> String {
    let token = tokens.make(Purpose::Reply, Named::message(id.0));
    format!("reply+{token}@{domain}")
}

/// The number or name that texts come from; none of a messaging service, which chooses among its own.
fn number(from: Option<&str>) -> Option<Mailbox> {
    let from = from.filter(|from| !is_service(from));
    from.map(|from| Mailbox {
        name: None,
        address: from.to_owned(),
    })
}

/// To those alone whose copies were put off.
fn to_copies_alone(mail: &mut Composed, claimed: &Claimed) {
    mail.to.clear();
    mail.copies
        .retain(|address| claimed.copies.contains(&address.to_string()));
}

/// The very mail that an earlier try handed over, with its `Date:`: who gets it twice, or others got before, has the same.
async fn as_handed_over(
    mail: &mut Composed,
    storage: &Storage,
    claimed: &Claimed,
) -> Result<(), Error> {
    if let Some(raw) = claimed.handed_over()
        && let Some(bytes) = storage.get_object(raw).await?
    {
        mail.bytes = bytes;
    }
    Ok(())
}
