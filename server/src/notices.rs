//! The mails about accounts: invitations, new passwords, changes of address, alarms.
//!
//! They are handed over at once and kept nowhere: what stands in them opens an account, and the message log would
//! keep it. Whoever causes one learns whether it left, or asks again. English first, Arabic below: nobody knows yet
//! what their reader speaks.

use crate::deliver::Senders;
use crate::email::Party;
use crate::email::compose::Mail;
use crate::email::smtp::HandOver;
use chrono::{DateTime, Utc};
use std::fmt::Write as _;
use std::sync::Arc;
use storage::Ambient;

/// What a mail says, in one language.
struct Words {
    greeting: String,
    text: String,
    button: &'static str,
    ending: String,
}

/// A mail about an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice<'a> {
    /// Somebody was given a role and chooses a password.
    Invitation {
        /// In which store.
        store: &'a str,
        /// By whom.
        by: &'a str,
    },
    /// Somebody forgot theirs, or an admin sends a link.
    NewPassword,
    /// To the address that an account has: somebody wants another.
    OldEmail {
        /// Which one.
        new: &'a str,
    },
    /// To the address that it is to get.
    NewEmail,
}

/// Sends them. Cheap to clone.
#[derive(Clone)]
pub struct Notices {
    senders: Arc<Senders>,
    ambient: Ambient,
    public_url: Arc<str>,
}

impl Notices {
    /// Notices by the mail server of these senders.
    pub fn new(senders: Arc<Senders>, ambient: Ambient, public_url: Arc<str>) -> Self {
        Self {
            senders,
            ambient,
            public_url,
        }
    }

    /// The address of an emailed link.
    pub fn link(&self, token: &str) -> String {
        format!("{}/link?token={token}", self.public_url)
    }

    /// Hands a mail with a link over. False when the mail server didn't take it.
    pub async fn send(
        &self,
        notice: Notice<'_>,
        to: &Party,
        token: &str,
        until: DateTime<Utc>,
    ) -> bool {
        let link = self.link(token);
        let languages = [english(notice, until), arabic(notice, until)];
        let mut text = String::new();
        for words in &languages {
            let _ = write!(
                text,
                "{}\n\n{}\n\n{link}\n\n{}\n\n\n",
                words.greeting, words.text, words.ending
            );
        }
        let html = html(&languages, &link);
        self.hand_over(subject(notice), to, text.trim_end().to_owned(), Some(html))
            .await
    }

    /// Hands a mail of plain text over. False when the mail server didn't take it.
    pub async fn tell(&self, subject: String, to: &Party, text: String) -> bool {
        self.hand_over(subject, to, text, None).await
    }

    async fn hand_over(
        &self,
        subject: String,
        to: &Party,
        text: String,
        html: Option<String>,
    ) -> bool {
        let mail = Mail {
            message_id: format!("{}@{}", self.ambient.uuid(), self.senders.mail_domain()),
            date: self.ambient.clock.now(),
            from: self.senders.from(),
            to: vec![to.clone()],
            cc: Vec::new(),
            bcc: Vec::new(),
            reply_to: Vec::new(),
            subject,
            text: Some(text),
            html,
            files: Vec::new(),
            headers: Vec::new(),
            in_reply_to: None,
            references: Vec::new(),
            unsubscribe_url: None,
            automatic: Some("auto-generated"),
        };
        let composed = match mail.compose() {
            Ok(composed) => composed,
            Err(problem) => {
                tracing::warn!(%problem, "a mail about an account can't be made");
                return false;
            }
        };
        match self.senders.hand_over_notice(&composed).await {
            HandOver::Accepted { .. } => true,
            HandOver::Deferred { code, .. } | HandOver::Rejected { code, .. } => {
                tracing::warn!(code, "the mail server didn't take a mail about an account");
                false
            }
            HandOver::Unreachable { reason } | HandOver::Unknown { reason } => {
                tracing::warn!(reason, "a mail about an account couldn't be handed over");
                false
            }
        }
    }
}

fn subject(notice: Notice<'_>) -> String {
    match notice {
        Notice::Invitation { store, .. } => {
            format!("You are invited to {store} · تمت دعوتك إلى {store}")
        }
        Notice::NewPassword => "Set a new password · تعيين كلمة مرور جديدة".to_owned(),
        Notice::OldEmail { .. } | Notice::NewEmail => {
            "Confirm the change of your address · تأكيد تغيير بريدك".to_owned()
        }
    }
}

fn english(notice: Notice<'_>, until: DateTime<Utc>) -> Words {
    let until = until.format("%d %B %Y, %H:%M UTC");
    let (text, button, otherwise) = match notice {
        Notice::Invitation { store, by } => (
            format!("{by} gave you a role in {store}. Open this link to choose your password:"),
            "Accept the invitation",
            "If you don't expect this, ignore it.",
        ),
        Notice::NewPassword => (
            "A new password was asked for, for your account. Open this link to choose it:".to_owned(),
            "Choose a new password",
            "If it wasn't you, ignore this mail: your password stays as it is.",
        ),
        Notice::OldEmail { new } => (
            format!("Your account is to have the address {new}. Open this link to agree; {new} has to agree too:"),
            "Agree",
            "If it wasn't you, don't open it, and change your password.",
        ),
        Notice::NewEmail => (
            "An account is to have this address. Open this link to agree; its present address has to agree too:".to_owned(),
            "Agree",
            "If it wasn't you, ignore this mail: nothing changes.",
        ),
    };
    Words {
        greeting: "Hello,".to_owned(),
        text,
        button,
        ending: format!("It works once, until {until}. {otherwise}"),
    }
}

fn arabic(notice: Notice<'_>, until: DateTime<Utc>) -> Words {
    let until = until.format("%Y-%m-%d %H:%M UTC");
    let (text, button, otherwise) = match notice {
        Notice::Invitation { store, by } => (
            format!("منحك {by} دورًا في {store}. افتح هذا الرابط لاختيار كلمة مرورك:"),
            "قبول الدعوة",
            "إن لم تكن تتوقع هذه الرسالة فتجاهلها.",
        ),
        Notice::NewPassword => (
            "طُلبت كلمة مرور جديدة لحسابك. افتح هذا الرابط لاختيارها:".to_owned(),
            "اختيار كلمة مرور جديدة",
            "إن لم تكن أنت من طلبها فتجاهل الرسالة: كلمة مرورك باقية كما هي.",
        ),
        Notice::OldEmail { new } => (
            format!("سيصبح بريد حسابك {new}. افتح هذا الرابط للموافقة؛ ويجب أن يوافق {new} أيضًا:"),
            "موافقة",
            "إن لم تكن أنت من طلب ذلك فلا تفتحه، وغيّر كلمة مرورك.",
        ),
        Notice::NewEmail => (
            "سيصبح هذا بريد أحد الحسابات. افتح هذا الرابط للموافقة؛ ويجب أن يوافق البريد الحالي أيضًا:".to_owned(),
            "موافقة",
            "إن لم تكن أنت من طلب ذلك فتجاهل الرسالة: لن يتغير شيء.",
        ),
    };
    Words {
        greeting: "مرحبًا،".to_owned(),
        text,
        button,
        ending: format!("يعمل مرة واحدة حتى {until}. {otherwise}"),
    }
}

fn html(languages: &[Words; 2], link: &str) -> String {
    let mut html = String::from("<!doctype html><html><body style=\"font-family:sans-serif\">");
    for (words, (language, direction)) in languages.iter().zip([("en", "ltr"), ("ar", "rtl")]) {
        let [greeting, text, button, ending, link] = [
            &words.greeting,
            &words.text,
            words.button,
            &words.ending,
            link,
        ]
        .map(escaped);
        let _ = write!(
            html,
            "<div lang=\"{language}\" dir=\"{direction}\" style=\"max-width:32em;margin-bottom:3em\">\
             <p>{greeting}</p><p>{text}</p>\
             <p><a href=\"{link}\" style=\"display:inline-block;padding:10px 16px;border-radius:8px;\
             background:#1f2328;color:#ffffff;text-decoration:none\">{button}</a></p>\
             <p dir=\"ltr\" style=\"font-size:13px;color:#57606a;word-break:break-all\">{link}</p>\
             <p style=\"color:#57606a\">{ending}</p></div>"
        );
    }
    html.push_str("</body></html>");
    html
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone as _;

    #[test]
    fn names_from_people_can_not_become_html() {
        let notice = Notice::Invitation {
            store: "<b>Linen</b>",
            by: "\"Noor\" <script>",
        };
        let until = Utc.with_ymd_and_hms(2026, 11, 21, 9, 0, 0).unwrap();
        let html = html(
            &[english(notice, until), arabic(notice, until)],
            "https://trail.example/link?token=t",
        );
        assert!(!html.contains("<b>") && !html.contains("<script"), "{html}");
        assert_eq!(
            html.matches("href=\"https://trail.example/link?token=t\"")
                .count(),
            2
        );
    }
}
