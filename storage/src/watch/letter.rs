//! The mails of security alarms: kept with the calls that wait, until they went out.

use crate::log::uuid_of;
use crate::record::Effect;
use crate::record::message::damaged;
use crate::sql::{sql, values};
use crate::{Error, Storage};
use chrono::Duration;
use domain::StoreId;
use sea_orm::FromQueryResult;
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

#[derive(FromQueryResult)]
struct Columns {
    id: Vec<u8>,
    store_id: i64,
    url: String,
    body: String,
}

impl Storage {
    /// Keeps a mail of an alarm for each address, before any is handed over.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn queue_letters(
        &self,
        store: StoreId,
        emails: &[String],
        subject: &str,
        text: &str,
    ) -> Result<(), Error> {
        if emails.is_empty() {
            return Ok(());
        }
        let now = self.ambient().clock.now().timestamp_micros();
        let body = Body {
            subject: subject.to_owned(),
            text: text.to_owned(),
        };
        let body = serde_json::to_string(&body).map_err(damaged)?;
        let letters = emails.iter().map(|email| {
            Effect::statement(
                "INSERT INTO webhook_job (id, store_id, url, body, created_at, due_at, tries) VALUES (?, ?, ?, ?, ?, ?, 0)",
                values![
                    self.ambient().uuid().as_bytes().to_vec(),
                    store.0,
                    format!("{MAILTO}{email}"),
                    body.clone(),
                    now,
                    now,
                ],
            )
        });
        self.recorder().apply(letters.collect()).await
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
        let writer = &self.inner.connections.writer;
        let backend = writer.get_database_backend();
        let (one_of, end) = crate::sql::claimed(backend);
        let now = self.ambient().clock.now();
        let text = format!(
            "UPDATE webhook_job SET lease_until = ?, tries = tries + 1 WHERE id {one_of}SELECT id FROM webhook_job WHERE due_at <= ? \
             AND url LIKE 'mailto:%' AND (lease_until IS NULL OR lease_until < ?) ORDER BY due_at LIMIT ?{end} \
             RETURNING id, store_id, url, body"
        );
        let until = (now + lease).timestamp_micros();
        let now = now.timestamp_micros();
        let found: Vec<Columns> = sql(backend, &text, values![until, now, now, i64::from(limit)])
            .all(writer)
            .await?;
        let read = |columns: Columns| -> Result<AlarmLetter, Error> {
            let body: Body = serde_json::from_str(&columns.body).map_err(damaged)?;
            Ok(AlarmLetter {
                id: uuid_of(&columns.id)?,
                store_id: StoreId(columns.store_id),
                to: columns.url.trim_start_matches(MAILTO).to_owned(),
                subject: body.subject,
                text: body.text,
            })
        };
        found.into_iter().map(read).collect()
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
