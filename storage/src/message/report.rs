//! What providers tell later: found by attempt, provider's id or message id, kept once, shown when nobody
//! knows the message.

use super::noted;
use crate::log::{uuid_of, zone};
use crate::record::message::{damaged, delivery_of, is_notable, message_of};
use crate::record::{Effect, NewFact, Record, Step};
use crate::sql::{sql, values};
use crate::{Error, Scope, Storage};
use chrono::{DateTime, Utc};
use domain::message::{Attempt, DeliveryFact, FactKind, Report, phone_digits};
use domain::{AttemptId, Code, MessageId, Permission, Problem, StoreId, fold};
use sea_orm::FromQueryResult;
use sha2::{Digest as _, Sha256};

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

/// A report about a message that nobody knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnmatchedReport {
    /// When it came.
    pub received_at: DateTime<Utc>,
    /// What it says.
    pub report: Report,
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
    /// was recorded before: a report counts as the same at any time, an opening by the same device within a
    /// minute.
    ///
    /// # Errors
    /// `not_found`, or a fault.
    pub async fn record_fact(
        &self,
        store_id: StoreId,
        id: MessageId,
        fact: DeliveryFact,
    ) -> Result<bool, Error> {
        let text = "SELECT p.body, m.facts FROM message m JOIN payload p ON p.seq = m.seq WHERE m.id = ? AND m.store_id = ?";
        let values = values![id.0.as_bytes().to_vec(), store_id.0];
        let row = sql(self.readers().get_database_backend(), text, values)
            .row(self.readers())
            .await?;
        let row = row.ok_or_else(|| Problem::not_found("message"))?;
        let message = message_of(&row.try_get_by_index::<String>(0)?)?;
        let mut facts: Vec<DeliveryFact> =
            serde_json::from_str(&row.try_get_by_index::<String>(1)?).map_err(damaged)?;
        if facts.iter().any(|known| is_same(known, &fact)) {
            return Ok(false);
        }
        let before = delivery_of(&message, &facts);
        facts.push(fact.clone());
        let after = delivery_of(&message, &facts);
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

    /// Records what another system says became of a message: `POST /api/v1/messages/{id}/events`. False when
    /// it was recorded before.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::Record`], `not_found`, or a fault.
    pub async fn message_event(
        &self,
        scope: &Scope,
        id: MessageId,
        fact: DeliveryFact,
    ) -> Result<bool, Error> {
        scope.require(Permission::Record)?;
        self.record_fact(scope.store_id(), id, fact).await
    }

    async fn keep_unmatched(&self, report: &Report, at: DateTime<Utc>) -> Result<(), Error> {
        let text = serde_json::to_string(report).map_err(damaged)?;
        let digest = Sha256::digest(text.as_bytes()).to_vec();
        let id = self.ambient().uuid().as_bytes().to_vec();
        let insert = Effect::statement(
            "INSERT INTO unmatched_report (id, received_at, digest, report) VALUES (?, ?, ?, ?) ON CONFLICT (digest) DO NOTHING",
            values![id, at.timestamp_micros(), digest, text],
        );
        self.recorder().apply(vec![insert]).await
    }

    /// Reports about messages that nobody knows, newest first. Providers don't name a store, so all who see
    /// every message see them.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::ManageRules`], or a fault.
    pub async fn list_unmatched(
        &self,
        scope: &Scope,
        limit: u32,
    ) -> Result<Vec<UnmatchedReport>, Error> {
        scope.require(Permission::ManageRules)?;
        let text =
            "SELECT received_at, report FROM unmatched_report ORDER BY received_at DESC LIMIT ?";
        let rows = sql(
            self.readers().get_database_backend(),
            text,
            values![i64::from(limit.clamp(1, 1_000))],
        )
        .rows(self.readers())
        .await?;
        rows.iter()
            .map(|row| {
                Ok(UnmatchedReport {
                    received_at: zone::time_of(row.try_get_by_index(0)?),
                    report: serde_json::from_str(&row.try_get_by_index::<String>(1)?)
                        .map_err(damaged)?,
                })
            })
            .collect()
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

    /// The customer with an address or number, in any spelling.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn customer_of(&self, scope: &Scope, address: &str) -> Result<Option<String>, Error> {
        let backend = self.readers().get_database_backend();
        let store = scope.store_id().0;
        let row = if let Some(digits) = phone_digits(address) {
            // The last nine digits, whatever stands between them and before: numbers are kept as typed.
            let tail: String = digits
                .chars()
                .skip(digits.len().saturating_sub(9))
                .collect();
            let plain = "REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(phone, ' ', ''), '-', ''), '(', ''), ')', ''), '.', '')";
            let text = format!(
                "SELECT id FROM customer WHERE store_id = ? AND phone IS NOT NULL AND {plain} LIKE ? ORDER BY updated_seq DESC LIMIT 1"
            );
            sql(backend, &text, values![store, format!("%{tail}")])
        } else {
            let text = "SELECT id FROM customer WHERE store_id = ? AND LOWER(email) = ? ORDER BY updated_seq DESC LIMIT 1";
            sql(backend, text, values![store, fold(address)])
        };
        let row = row.row(self.readers()).await?;
        Ok(row.map(|row| row.try_get_by_index(0)).transpose()?)
    }
}

/// Whether two facts say the same: a provider repeats a report with another time of arrival.
fn is_same(known: &DeliveryFact, new: &DeliveryFact) -> bool {
    match (&known.kind, &new.kind) {
        (FactKind::Report(a), FactKind::Report(b)) => {
            let told = |r: &Report| {
                (
                    r.provider.clone(),
                    r.provider_id.clone(),
                    r.status.clone(),
                    r.code.clone(),
                )
            };
            known.attempt == new.attempt && told(a) == told(b)
        }
        (FactKind::Opened { .. }, FactKind::Opened { .. }) => {
            known.kind == new.kind && (known.at - new.at).num_seconds().abs() < 60
        }
        _ => known == new,
    }
}
