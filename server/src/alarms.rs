//! Alarms: what stands out in the security log and in what the store's own people do, told by mail and by a signed
//! webhook, grouped by storage so that it is never a flood. The webhook goes out with those of the rules, the mails from here.

use crate::email::Party;
use crate::local_path::with_query;
use crate::notices::Notices;
use crate::shutdown::Shutdown;
use chrono::{SecondsFormat, TimeDelta};
use domain::export::Source;
use domain::security::unusual::Finding;
use serde_json::json;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;
use storage::{AlarmNotice, AlarmWords, Error, Storage};
use tokio::task::JoinHandle;
use tokio::time::sleep;

/// How often it is looked for what stands out.
const PACE: Duration = Duration::from_secs(60);
/// How many mails are handed over in a round.
const LETTERS: u32 = 20;
/// For how long they are taken: should this process die, another hands them over then.
const LEASE: TimeDelta = TimeDelta::minutes(10);

/// Looks, and tells.
pub struct Alarms {
    /// Where to look.
    pub storage: Storage,
    /// By whom mails go out.
    pub notices: Notices,
    /// How the outside reaches this server.
    pub public_url: Arc<str>,
}

impl Alarms {
    /// Starts to look, until the server stops.
    pub fn start(self, shutdown: Shutdown) -> JoinHandle<()> {
        tokio::spawn(async move {
            tokio::select! {
                () = self.run() => {}
                () = shutdown.wait() => {}
            }
        })
    }

    async fn run(&self) {
        let words = |notice: &AlarmNotice| self.words(notice);
        loop {
            sleep(PACE).await;
            match self.storage.raise_alarms(&words).await {
                Ok(notices) => notices.iter().for_each(told),
                Err(error) => {
                    tracing::error!(%error, "the security log can't be searched for alarms")
                }
            }
            if let Err(error) = self.hand_over().await {
                tracing::error!(%error, "the mails of alarms can't be handed over");
            }
        }
    }

    /// Hands over the mails that wait, this round's and those that the mail server didn't take before.
    async fn hand_over(&self) -> Result<(), Error> {
        for letter in self.storage.claim_letters(LETTERS, LEASE).await? {
            let (emails, _) = self.storage.alarm_recipients(letter.store_id).await?;
            // Who gets no alarms any more is not written to for ever.
            let is_done = if emails.contains(&letter.to) {
                let to = Party::bare(letter.to.clone());
                let (subject, text) = (letter.subject.clone(), letter.text.clone());
                self.notices.tell(subject, &to, text).await
            } else {
                true
            };
            self.storage.settle_letter(&letter, is_done).await?;
        }
        Ok(())
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
            subject: format!("{store}: {} unusual in the security log", count(notice)),
            text: self.text(notice),
            body: body.to_string(),
        }
    }

    fn text(&self, notice: &AlarmNotice) -> String {
        let mut text = format!("In the logs of {} this stands out:\n", notice.store.name);
        for finding in &notice.findings {
            let page = match finding.log {
                Source::Activity => "/activity",
                _ => "/security",
            };
            let link = format!(
                "{}{}",
                self.public_url,
                with_query(page, &[("q", &finding.query)])
            );
            let _ = write!(text, "\n- {}\n  {link}\n", sentence(finding));
        }
        if notice.more > 0 {
            let _ = write!(text, "\n- and {} more\n", notice.more);
        }
        text.push_str(
            "\nWhich rules raise alarms, and to whom, is set under Settings, Security.\n",
        );
        text
    }
}

/// How many findings a notice is about.
fn count(notice: &AlarmNotice) -> usize {
    notice.findings.len() + notice.more
}

/// Tells the operator's log.
fn told(notice: &AlarmNotice) {
    tracing::warn!(
        store = notice.store.id.0,
        count = count(notice),
        "something stands out in the security log"
    );
}

/// A finding in words, for those who read it outside of the page.
fn sentence(finding: &Finding) -> String {
    let who = finding
        .name
        .as_deref()
        .or(finding.account.as_deref())
        .unwrap_or("somebody");
    let mut text = format!("{}: {who}", finding.rule.replace('_', " "));
    if let Some(ip) = &finding.ip {
        let _ = write!(text, ", from {ip}");
    }
    let time = |at: chrono::DateTime<chrono::Utc>| at.format("%Y-%m-%d %H:%M UTC").to_string();
    let _ = write!(text, ", {}", time(finding.first_at));
    if finding.count > 1 {
        let _ = write!(
            text,
            " to {}, {} events",
            time(finding.last_at),
            finding.count
        );
    }
    for (name, number) in &finding.numbers {
        let _ = write!(text, ", {} {number}", name.replace('_', " "));
    }
    text
}
