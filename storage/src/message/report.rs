//! What providers tell later: found by attempt, provider's id or message id, kept once, shown when nobody
//! knows the message.

use super::noted;
use crate::log::{uuid_of, zone};
use crate::phone;
use crate::record::message::{damaged, delivery_of, is_notable, message_of};
use crate::record::{Effect, NewFact, Record, Step};
use crate::sql::{sql, values};
use crate::{Error, Scope, Storage};
use chrono::{DateTime, Utc};
use domain::message::{
    Attempt, DeliveryFact, FactKind, Message, Report, last_digits, phone_digits,
};
use domain::view::{UnmatchedPage, UnmatchedReport};
use domain::{AttemptId, Code, MASK, MessageId, Permission, Problem, StoreId, fold};
use sea_orm::FromQueryResult;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// How many openings and clicks of a message are recorded, whatever they tell: whoever has a link can follow it for
/// ever.
const MAX_OPENINGS: usize = 100;

/// A message found by a name that others know it by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    /// Its store.
    pub store_id: StoreId,
    /// Its id.
    pub id: MessageId,
    /// Its order.
    pub order: Option<String>,
    /// The try that the name is about.
    pub attempt: Option<Attempt>,
}

/// What became of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportOutcome {
    /// It is recorded with its message.
    Matched(MessageId),
    /// The same was recorded before.
    Repeated(MessageId),
    /// Nobody knows the message: the report is kept, and listed.
    Unmatched,
}

#[derive(FromQueryResult)]
struct Named {
    store_id: i64,
    id: Vec<u8>,
    order_number: Option<String>,
    facts: String,
    attempt_number: Option<i64>,
}

impl Storage {
    /// The message that others know by a name: `mid:` and a Message-ID, `pid:` and a provider's id, `try:` and
    /// an attempt's id.
    pub(super) async fn by_name(
        &self,
        store: Option<StoreId>,
        name: &str,
    ) -> Result<Option<Located>, Error> {
        let mut statement = sql(
            self.readers().get_database_backend(),
            "SELECT m.store_id, m.id, m.order_number, m.facts, n.attempt_number FROM message_name n \
             JOIN message m ON m.order_key = n.order_key WHERE n.name = ?",
            values![name],
        );
        if let Some(store) = store {
            statement.push(" AND m.store_id = ").bind(store.0);
        }
        statement.push(" ORDER BY m.order_key DESC LIMIT 1");
        let found: Option<Named> = statement.one(self.readers()).await?;
        found
            .map(|c| {
                let facts: Vec<DeliveryFact> = serde_json::from_str(&c.facts).map_err(damaged)?;
                let number = c.attempt_number.and_then(|n| u32::try_from(n).ok());
                let attempt = facts
                    .iter()
                    .filter_map(|f| f.attempt)
                    .find(|a| Some(a.number) == number);
                Ok(Located {
                    store_id: StoreId(c.store_id),
                    id: MessageId(uuid_of(&c.id)?),
                    order: c.order_number,
                    attempt,
                })
            })
            .transpose()
    }

    /// The message of an attempt, in whichever store.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn message_of_attempt(&self, id: AttemptId) -> Result<Option<Located>, Error> {
        self.by_name(None, &format!("try:{id}")).await
    }

    /// The message that a provider knows by an id, in whichever store.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn message_of_provider_id(&self, id: &str) -> Result<Option<Located>, Error> {
        self.by_name(None, &format!("pid:{id}")).await
    }

    /// The message of a Message-ID without brackets, in whichever store.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn message_of_message_id(&self, id: &str) -> Result<Option<Located>, Error> {
        self.by_name(None, &format!("mid:{id}")).await
    }

    /// The store and order of a message: for tokens that name it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn locate_message(&self, id: MessageId) -> Result<Option<Located>, Error> {
        let text = "SELECT store_id, order_number FROM message WHERE id = ?";
        let values = values![id.0.as_bytes().to_vec()];
        let row = sql(self.readers().get_database_backend(), text, values)
            .row(self.readers())
            .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(Located {
            store_id: StoreId(row.try_get_by_index(0)?),
            id,
            order: row.try_get_by_index(1)?,
            attempt: None,
        }))
    }

    /// Records a provider's report with its message, found by attempt, else by the provider's id. The caller
    /// has checked that the provider sent it. The same report is kept once, whatever its time.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn record_report(
        &self,
        report: Report,
        attempt: Option<AttemptId>,
        at: DateTime<Utc>,
    ) -> Result<ReportOutcome, Error> {
        let mut located = match attempt {
            Some(id) => self.message_of_attempt(id).await?,
            None => None,
        };
        if let (None, Some(id)) = (&located, &report.provider_id) {
            located = self.message_of_provider_id(id).await?;
        }
        let Some(located) = located else {
            self.keep_unmatched(&report, at).await?;
            return Ok(ReportOutcome::Unmatched);
        };
        let fact = DeliveryFact {
            at,
            attempt: located.attempt,
            kind: FactKind::Report(report),
        };
        Ok(
            if self.record_fact(located.store_id, located.id, fact).await? {
                ReportOutcome::Matched(located.id)
            } else {
                ReportOutcome::Repeated(located.id)
            },
        )
    }

    /// Records something that became known of a message: an opening, a click, a report. False when the same
    /// was recorded before: a report counts as the same at any time, an opening or a click by the same device
    /// within a minute. Once a hundred are on record, false for another one as well, unless more is known of the
    /// message with it.
    ///
    /// # Errors
    /// `not_found`, or a fault.
    pub async fn record_fact(
        &self,
        store_id: StoreId,
        id: MessageId,
        fact: DeliveryFact,
    ) -> Result<bool, Error> {
        let (message, mut facts) = self.known_of(store_id, id).await?;
        if facts.iter().any(|known| is_same(known, &fact)) {
            return Ok(false);
        }
        let before = delivery_of(&message, &facts);
        facts.push(fact.clone());
        let after = delivery_of(&message, &facts);
        if before == after
            && is_opening(&fact)
            && facts.iter().filter(|f| is_opening(f)).count() > MAX_OPENINGS
        {
            return Ok(false);
        }
        let is_noted = is_notable(&fact.kind);
        let new = NewFact {
            message: id,
            fact,
            step: Step::Tell,
        };
        let mut records = vec![Record::MessageFact(Box::new(new))];
        if is_noted {
            records.extend(noted::changed(
                self.ambient(),
                id,
                &message,
                &before,
                &after,
            ));
        }
        let write =
            self.recorder()
                .write(store_id, "reports".to_owned(), records, Vec::new(), None);
        match write.await {
            Ok(_) => Ok(true),
            Err(Error::Problem(problem)) if problem.code == Code::Conflict => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Records what another system says became of a message: `POST /api/v1/messages/{id}/events`. A fact that names no
    /// try is about the last one that was handed over. False when it was recorded before.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::Record`], or without reading messages for who is held to some categories;
    /// `not_found`; or a fault.
    pub async fn message_event(
        &self,
        scope: &Scope,
        id: MessageId,
        fact: DeliveryFact,
    ) -> Result<bool, Error> {
        scope.require_recording_messages()?;
        let store = scope.store_id();
        let attempt = match fact.attempt {
            None => self.last_begun(store, id).await?,
            named => named,
        };
        self.record_fact(store, id, DeliveryFact { attempt, ..fact })
            .await
    }

    /// The last try of a message that was handed over: what is told without naming a try is about it.
    async fn last_begun(&self, store_id: StoreId, id: MessageId) -> Result<Option<Attempt>, Error> {
        let (message, facts) = self.known_of(store_id, id).await?;
        let attempts = delivery_of(&message, &facts).attempts;
        let last = attempts.iter().rev().find(|one| one.begun_at.is_some());
        Ok(last.map(|one| Attempt {
            number: one.number,
            id: one.id,
        }))
    }

    /// A message and all that became known of it.
    async fn known_of(
        &self,
        store_id: StoreId,
        id: MessageId,
    ) -> Result<(Message, Vec<DeliveryFact>), Error> {
        let text = "SELECT p.body, m.facts FROM message m JOIN payload p ON p.seq = m.seq WHERE m.id = ? AND m.store_id = ?";
        let values = values![id.0.as_bytes().to_vec(), store_id.0];
        let row = sql(self.readers().get_database_backend(), text, values)
            .row(self.readers())
            .await?;
        let row = row.ok_or_else(|| Problem::not_found("message"))?;
        let message = message_of(&row.try_get_by_index::<String>(0)?)?;
        let facts = serde_json::from_str(&row.try_get_by_index::<String>(1)?).map_err(damaged)?;
        Ok((message, facts))
    }

    /// Keeps a report that fits no message, once.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keep_unmatched(&self, report: &Report, at: DateTime<Utc>) -> Result<(), Error> {
        let text = serde_json::to_string(report).map_err(damaged)?;
        let digest = Sha256::digest(text.as_bytes()).to_vec();
        let id = self.ambient().uuid().as_bytes().to_vec();
        let insert = Effect::statement(
            "INSERT INTO unmatched_report (id, received_at, digest, report) VALUES (?, ?, ?, ?) ON CONFLICT (digest) DO NOTHING",
            values![id, at.timestamp_micros(), digest, text],
        );
        self.recorder().apply(vec![insert]).await
    }

    /// A page of reports about messages that nobody knows, newest first. Providers don't name a store, so all who manage
    /// rules see them. `limit`: 1 to 1,000.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::ManageRules`], `invalid_cursor`, or a fault.
    pub async fn list_unmatched(
        &self,
        scope: &Scope,
        after: Option<&str>,
        limit: u32,
    ) -> Result<UnmatchedPage, Error> {
        scope.require(Permission::ManageRules)?;
        let text = "SELECT id, received_at, report FROM unmatched_report";
        let mut statement = sql(self.readers().get_database_backend(), text, []);
        if let Some(after) = after {
            let (at, id) = cursor_of(after)?;
            statement
                .push(" WHERE received_at < ")
                .bind(at)
                .push(" OR (received_at = ")
                .bind(at)
                .push(" AND id < ")
                .bind(id.as_bytes().to_vec())
                .push(")");
        }
        let limit = limit.clamp(1, 1_000) as usize;
        statement
            .push(" ORDER BY received_at DESC, id DESC LIMIT ")
            .bind(limit as i64 + 1);
        let found = statement.rows(self.readers()).await?;
        let is_masked = scope.role().is_masked();
        let mut rows = Vec::with_capacity(found.len().min(limit));
        for row in found.iter().take(limit) {
            let report: Report =
                serde_json::from_str(&row.try_get_by_index::<String>(2)?).map_err(damaged)?;
            rows.push(UnmatchedReport {
                id: uuid_of(&row.try_get_by_index::<Vec<u8>>(0)?)?,
                received_at: zone::time_of(row.try_get_by_index(1)?),
                report: Report {
                    recipient: report.recipient.map(|recipient| {
                        if is_masked {
                            MASK.to_owned()
                        } else {
                            recipient
                        }
                    }),
                    // Addresses may stand in a provider's words.
                    words: report.words.map(
                        |words| {
                            if is_masked { MASK.to_owned() } else { words }
                        },
                    ),
                    raw: None,
                    ..report
                },
            });
        }
        let last = rows.last().filter(|_| found.len() > limit);
        let next = last.map(|last| {
            let at = last.received_at.timestamp_micros();
            format!("{at:x}.{}", last.id)
        });
        Ok(UnmatchedPage { rows, next })
    }

    /// The latest order of the customer with an address or number, in any spelling.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn latest_order_of(
        &self,
        scope: &Scope,
        address: &str,
    ) -> Result<Option<String>, Error> {
        let backend = self.readers().get_database_backend();
        let store = scope.store_id().0;
        let Some(customer) = self.customer_of(scope, address).await? else {
            return Ok(None);
        };
        let text = "SELECT number FROM sales_order WHERE store_id = ? AND customer_id = ? \
                    ORDER BY COALESCE(placed_at, 0) DESC, updated_seq DESC LIMIT 1";
        let row = sql(backend, text, values![store, customer])
            .row(self.readers())
            .await?;
        Ok(row.map(|row| row.try_get_by_index(0)).transpose()?)
    }

    /// The customer with an address or number, in any spelling: the one whose number is the very same before one whose
    /// number lacks its country's code, then the one told of last.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn customer_of(&self, scope: &Scope, address: &str) -> Result<Option<String>, Error> {
        let backend = self.readers().get_database_backend();
        let store = scope.store_id().0;
        let Some(digits) = phone_digits(address) else {
            let text = "SELECT id FROM customer WHERE store_id = ? AND LOWER(email) = ? ORDER BY updated_seq DESC LIMIT 1";
            let row = sql(backend, text, values![store, fold(address)])
                .row(self.readers())
                .await?;
            return Ok(row.map(|row| row.try_get_by_index(0)).transpose()?);
        };
        // The last nine digits, whatever stands between them and before: numbers are kept as typed.
        let tail = last_digits(&digits);
        let plain = "REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(phone, ' ', ''), '-', ''), '(', ''), ')', ''), '.', '')";
        let text = format!(
            "SELECT id, phone FROM customer WHERE store_id = ? AND phone IS NOT NULL AND {plain} LIKE ? ORDER BY updated_seq DESC"
        );
        let rows = sql(backend, &text, values![store, format!("%{tail}")])
            .rows(self.readers())
            .await?;
        let mut local = None;
        for row in rows {
            let known: String = row.try_get_by_index(1)?;
            if phone::is_same(&known, address) {
                return Ok(Some(row.try_get_by_index(0)?));
            }
            if local.is_none() && phone::is_local_form(&known, address) {
                local = Some(row.try_get_by_index(0)?);
            }
        }
        Ok(local)
    }
}

fn cursor_of(text: &str) -> Result<(i64, Uuid), Problem> {
    let read = text.split_once('.').and_then(|(at, id)| {
        let at = i64::from_str_radix(at, 16).ok()?;
        Some((at, Uuid::parse_str(id).ok()?))
    });
    read.ok_or_else(|| Problem::invalid_cursor("after", "next"))
}

fn is_opening(fact: &DeliveryFact) -> bool {
    matches!(
        fact.kind,
        FactKind::Opened { .. } | FactKind::Clicked { .. }
    )
}

/// Whether two facts say the same: a provider repeats a report with another time of arrival.
fn is_same(known: &DeliveryFact, new: &DeliveryFact) -> bool {
    match (&known.kind, &new.kind) {
        (FactKind::Report(a), FactKind::Report(b)) => {
            let told = |r: &Report| {
                (
                    r.provider.clone(),
                    r.provider_id.clone(),
                    r.recipient.as_deref().map(fold),
                    r.status.clone(),
                    r.code.clone(),
                )
            };
            known.attempt == new.attempt && told(a) == told(b)
        }
        (FactKind::Opened { .. }, FactKind::Opened { .. })
        | (FactKind::Clicked { .. }, FactKind::Clicked { .. }) => {
            known.kind == new.kind && (known.at - new.at).num_seconds().abs() < 60
        }
        _ => known == new,
    }
}
