//! Alarms: what stands out in the security log and in what the store's own people do, told by mail and by a signed
//! webhook, grouped by storage so that it is never a flood. The webhook goes out with those of the rules, the mails from here.

use crate::email::Party;
use crate::local_path::with_query;
use crate::notices::Notices;
use crate::shutdown::Shutdown;
use crate::supervise::supervise;
use crate::under_way::UnderWay;
use app::oversight::told;
use chrono::{SecondsFormat, TimeDelta};
use domain::export::Source;
use serde_json::json;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;
use storage::{AlarmLetter, AlarmNotice, AlarmWords, Error, Storage};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

/// How often it is looked for what stands out.
const PACE: Duration = Duration::from_secs(60);
/// How many mails are handed over at the same time.
const LETTERS: usize = 20;
/// For how long they are taken: should this process die, another hands them over then.
const LEASE: TimeDelta = TimeDelta::minutes(10);
/// How long the last mails may take once the server stops.
const FAREWELL: Duration = Duration::from_secs(8);

/// Looks, and tells.
#[derive(Clone)]
pub struct Alarms {
    /// Where to look.
    pub storage: Storage,
    /// By whom mails go out.
    pub notices: Notices,
    /// How the outside reaches this server.
    pub public_url: Arc<str>,
}

impl Alarms {
    /// Starts to look, until the server stops. The handle ends once the last mail is settled.
    pub fn start(self, shutdown: Shutdown) -> JoinHandle<()> {
        supervise("alarms", shutdown, move |shutdown| {
            self.clone().run(shutdown)
        })
    }

    async fn run(self, shutdown: Shutdown) {
        let mut mails = UnderWay::default();
        loop {
            tokio::select! {
                biased;
                () = shutdown.wait() => break,
                () = self.round(&mut mails) => {}
            }
        }
        let _ = timeout(FAREWELL, mails.all_ended()).await;
    }

    /// Waits, looks, and begins to hand over: no alarm waits for the mails of another.
    async fn round(&self, mails: &mut UnderWay<Uuid>) {
        sleep(PACE).await;
        let words = |notice: &AlarmNotice| self.words(notice);
        match self.storage.raise_alarms(&words).await {
            Ok(notices) => notices.iter().for_each(noted),
            Err(error) => {
                tracing::error!(%error, "the security log can't be searched for alarms")
            }
        }
        if let Err(error) = self.hand_over(mails).await {
            tracing::error!(%error, "the mails of alarms can't be handed over");
        }
    }

    /// Begins to hand over the mails that wait, this round's and those that the mail server didn't take before.
    async fn hand_over(&self, mails: &mut UnderWay<Uuid>) -> Result<(), Error> {
        mails.forget_ended();
        let room = LETTERS.saturating_sub(mails.len());
        if room == 0 {
            return Ok(());
        }
        let limit = u32::try_from(room).unwrap_or(1);
        for letter in self.storage.claim_letters(limit, LEASE).await? {
            // A mail server may take longer than the lease.
            if !mails.keys().any(|id| *id == letter.id) {
                mails.begin(letter.id, self.clone().mail(letter));
            }
        }
        Ok(())
    }

    async fn mail(self, letter: AlarmLetter) {
        if let Err(error) = self.try_to_mail(&letter).await {
            tracing::error!(%error, letter = %letter.id, "the mail of an alarm can't be settled; its lease will run out");
        }
    }

    async fn try_to_mail(&self, letter: &AlarmLetter) -> Result<(), Error> {
        let (emails, _) = self.storage.alarm_recipients(letter.store_id).await?;
        // Who gets no alarms any more is not written to for ever.
        let is_done = if emails.contains(&letter.to) {
            let to = Party::bare(letter.to.clone());
            let (subject, text) = (letter.subject.clone(), letter.text.clone());
            self.notices.tell(subject, &to, text).await
        } else {
            true
        };
        self.storage.settle_letter(letter, is_done).await
    }

    /// What is mailed and posted.
    fn words(&self, notice: &AlarmNotice) -> AlarmWords {
        let store = &notice.store.name;
        let body = json!({
            "type": "security.alarm",
            "timestamp": self.storage.ambient().clock.now().to_rfc3339_opts(SecondsFormat::Micros, true),
            "data": {"store": store, "findings": notice.findings, "more": notice.more},
        });
        AlarmWords {
            subject: format!(
                "{store}: {} · {}",
                told::unusual("en", count(notice)),
                told::unusual("ar", count(notice))
            ),
            text: text(&self.public_url, notice),
            body: body.to_string(),
        }
    }
}

/// The text of a mail, with the pages' sentences: English first, Arabic below, as nobody knows yet what its reader speaks.
fn text(public_url: &str, notice: &AlarmNotice) -> String {
    let store = &notice.store.name;
    let languages = [
        (
            "en",
            format!("In the logs of {store} this stands out:"),
            format!("and {} more", notice.more),
            "Which rules raise alarms, and to whom, is set under Settings, Protection:",
        ),
        (
            "ar",
            format!("هذا ما يلفت النظر في سجلات {store}:"),
            format!("وغيرها: {}", notice.more),
            "القواعد التي تطلق الإنذارات ومن يتلقاها تُضبط في الإعدادات، الحماية:",
        ),
    ];
    let mut text = String::new();
    for (language, opening, more, ending) in languages {
        let _ = writeln!(text, "{opening}");
        for finding in &notice.findings {
            let when = finding.last_at.format("%Y-%m-%d %H:%M UTC").to_string();
            let (what, why) = told::finding(language, finding, &when);
            let page = match finding.log {
                Source::Activity => "/activity",
                _ => "/security",
            };
            let link = with_query(page, &[("q", &finding.query)]);
            let _ = write!(text, "\n- {what}\n  {why}\n  {public_url}{link}\n");
        }
        if notice.more > 0 {
            let _ = write!(text, "\n- {more}\n");
        }
        let _ = write!(text, "\n{ending}\n{public_url}/settings/protection\n\n\n");
    }
    text.truncate(text.trim_end().len());
    text
}

/// How many findings a notice is about.
fn count(notice: &AlarmNotice) -> usize {
    notice.findings.len() + notice.more
}

/// Tells the operator's log.
fn noted(notice: &AlarmNotice) {
    tracing::warn!(
        store = notice.store.id.0,
        count = count(notice),
        "something stands out in the security log"
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;
    use domain::StoreId;
    use domain::security::unusual::{Finding, Severity};
    use domain::view::StoreView;

    fn notice() -> AlarmNotice {
        let numbers =
            json!({"after": "admin", "before": null, "event": "user.invited", "subject": "Tom"});
        AlarmNotice {
            store: StoreView {
                id: StoreId(1),
                name: "Linen".to_owned(),
                domain: String::new(),
                time_zone: "UTC".to_owned(),
                is_sample: false,
            },
            findings: vec![Finding {
                rule: "power_given".to_owned(),
                log: Source::Security,
                severity: Severity::Medium,
                account: Some("noor@linen.example".to_owned()),
                name: Some("Noor".to_owned()),
                ip: None,
                first_at: DateTime::UNIX_EPOCH,
                last_at: DateTime::UNIX_EPOCH,
                count: 1,
                numbers: serde_json::from_value(numbers).unwrap(),
                query: "event:user.invited".to_owned(),
            }],
            more: 2,
            emails: Vec::new(),
            url: None,
        }
    }

    #[test]
    fn an_alarm_is_mailed_in_the_sentences_of_the_page_in_both_languages() {
        let text = text("https://trail.example", &notice());
        for said in [
            "Tom was given more power, 1970-01-01 00:00 UTC",
            "Invited by Noor as Admin.",
            "and 2 more",
            "Settings, Protection",
            "مُنح Tom صلاحيات أكثر",
            "الإعدادات، الحماية",
        ] {
            assert!(text.contains(said), "{said} in {text}");
        }
        for raw in ["null", "power given"] {
            assert!(!text.contains(raw), "{raw} in {text}");
        }
        let links = text.matches("https://trail.example/security?q=");
        assert_eq!(links.count(), 2, "{text}");
    }
}
