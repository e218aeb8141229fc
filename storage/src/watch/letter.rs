//! The mails of security alarms: kept with the calls that wait, until they went out.

use crate::followup::queued_call;
use crate::record::Effect;
use crate::record::message::damaged;
use crate::sql::values;
use crate::{Error, Storage};
use chrono::Duration;
use domain::StoreId;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What an address begins with that is written to, and not called.
const MAILTO: &str = "mailto:";

/// A mail of an alarm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlarmLetter {
    /// The same at each try.
    pub id: Uuid,
    /// Of which store.
    pub store_id: StoreId,
    /// To whom.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// Its text.
    pub text: String,
}

#[derive(Serialize, Deserialize)]
struct Body {
    subject: String,
    text: String,
}

impl Storage {
    /// The keeping of a mail for each address, for the transaction that raises the alarm.
    pub(super) fn letters(
        &self,
        store: StoreId,
        emails: &[String],
        subject: &str,
        text: &str,
    ) -> Result<Vec<Effect>, Error> {
        let now = self.ambient().clock.now();
        let body = Body {
            subject: subject.to_owned(),
            text: text.to_owned(),
        };
        let body = serde_json::to_string(&body).map_err(damaged)?;
        let letters = emails.iter().map(|email| {
            let to = format!("{MAILTO}{email}");
            queued_call(self.ambient().uuid(), store, &to, body.clone(), now)
        });
        Ok(letters.collect())
    }

    /// Takes up to `limit` mails of alarms, for `lease`; those that were tried longest ago first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claim_letters(
        &self,
        limit: u32,
        lease: Duration,
    ) -> Result<Vec<AlarmLetter>, Error> {
        let claimed = self.claim_calls("LIKE", &[], limit, lease).await?;
        let letters = claimed.into_iter().map(|job| {
            let body: Body = serde_json::from_str(&job.body).map_err(damaged)?;
            Ok(AlarmLetter {
                id: job.id,
                store_id: job.store_id,
                to: job.url.trim_start_matches(MAILTO).to_owned(),
                subject: body.subject,
                text: body.text,
            })
        });
        letters.collect()
    }

    /// Takes a mail out that went out or that nobody is to get any more, or puts it back for the next round.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn settle_letter(&self, letter: &AlarmLetter, is_done: bool) -> Result<(), Error> {
        let id = letter.id.as_bytes().to_vec();
        let now = self.ambient().clock.now().timestamp_micros();
        let effect = if is_done {
            Effect::statement("DELETE FROM webhook_job WHERE id = ?", values![id])
        } else {
            Effect::statement(
                "UPDATE webhook_job SET lease_until = NULL, due_at = ? WHERE id = ?",
                values![now, id],
            )
        };
        self.recorder().apply(vec![effect]).await
    }
}
