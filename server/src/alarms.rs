//! Alarms: what stands out in the security log, told by mail and by a signed webhook, grouped by storage so that it is
//! never a flood.

use crate::deliver::Webhooks;
use crate::email::Party;
use crate::local_path::with_query;
use crate::notices::Notices;
use crate::shutdown::Shutdown;
use chrono::SecondsFormat;
use domain::security::unusual::Finding;
use serde_json::json;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;
use storage::{AlarmNotice, Storage};
use tokio::task::JoinHandle;
use tokio::time::sleep;

/// How often it is looked for what stands out.
const PACE: Duration = Duration::from_secs(60);
/// The waits between the tries of a webhook.
const WAITS: [Duration; 2] = [Duration::from_secs(5), Duration::from_secs(60)];

/// Looks, and tells.
pub struct Alarms {
    /// Where to look.
    pub storage: Storage,
    /// By whom mails go out.
    pub notices: Notices,
    /// By whom webhooks are called.
    pub webhooks: Webhooks,
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
        loop {
            sleep(PACE).await;
            match self.storage.due_alarms().await {
                Ok(notices) => {
                    for notice in notices {
                        self.tell(&notice).await;
                    }
                }
                Err(error) => {
                    tracing::error!(%error, "the security log can't be searched for alarms")
                }
            }
        }
    }

    async fn tell(&self, notice: &AlarmNotice) {
        let store = &notice.store.name;
        let count = notice.findings.len();
        tracing::warn!(
            store = notice.store.id.0,
            count,
            "something stands out in the security log"
        );
        for email in &notice.emails {
            let subject = format!("{store}: {count} unusual in the security log");
            let to = Party::bare(email.clone());
            self.notices.tell(subject, &to, self.text(notice)).await;
        }
        if let Some(url) = &notice.url {
            self.call(notice, url).await;
        }
    }

    fn text(&self, notice: &AlarmNotice) -> String {
        let mut text = format!(
            "In the security log of {} this stands out:\n",
            notice.store.name
        );
        for finding in &notice.findings {
            let link = format!(
                "{}{}",
                self.public_url,
                with_query("/security", &[("q", &finding.query)])
            );
            let _ = write!(text, "\n- {}\n  {link}\n", sentence(finding));
        }
        text.push_str(
            "\nWhich rules raise alarms, and to whom, is set under Settings, Security.\n",
        );
        text
    }

    async fn call(&self, notice: &AlarmNotice, url: &str) {
        let id = self.storage.ambient().uuid();
        let body = json!({
            "type": "security.alarm",
            "timestamp": self.storage.ambient().clock.now().to_rfc3339_opts(SecondsFormat::Micros, true),
            "data": {"store": notice.store.name, "findings": notice.findings},
        })
        .to_string();
        let mut waits = WAITS.into_iter();
        loop {
            match self
                .webhooks
                .call_once(notice.store.id, id, url, &body)
                .await
            {
                Ok(()) => return,
                Err(why) => {
                    tracing::warn!(store = notice.store.id.0, why, "an alarm's webhook failed")
                }
            }
            let Some(wait) = waits.next() else {
                tracing::error!(store = notice.store.id.0, "an alarm's webhook is given up");
                return;
            };
            sleep(wait).await;
        }
    }
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
