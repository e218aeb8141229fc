//! Who is held back, and for how long.

use super::Attempt;
use crate::log::zone;
use crate::record::Effect;
use crate::session::{hash, hex};
use crate::sql::{sql, values};
use crate::{Error, Storage};
use chrono::{DateTime, Utc};
use domain::{Code, Problem, UserId};
use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};

const MICROS_PER_MINUTE: i64 = 60_000_000;
/// A count that was not added to for so long begins anew.
const FORGOTTEN_MICROS: i64 = 60 * MICROS_PER_MINUTE;
/// Nobody is held back for longer.
const LONGEST_MINUTES: i64 = 240;

/// What is counted, after how many failures it is held back, and for how many minutes the first time; each
/// further failure doubles them.
struct Counter {
    subject: String,
    scope: &'static str,
    limit: i64,
    minutes: i64,
}

/// Whether an attempt is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// It is.
    Open,
    /// Not before that time.
    Locked {
        /// When the next one is looked at.
        until: DateTime<Utc>,
    },
}

pub(crate) struct Counted {
    pub(crate) effects: Vec<Effect>,
    /// What the event of the lock says, if this failure locks.
    pub(crate) details: Option<Value>,
}

/// What besides passwords is counted by the network that it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Asked {
    /// A link for a new password.
    Link,
    /// To be let in by a passkey that was refused.
    Passkey,
}

impl Asked {
    /// What counts it; what comes from no address that is known is counted together.
    fn counter(self, attempt: &Attempt) -> Counter {
        let network = attempt.caller.network().unwrap_or_default();
        let (what, limit) = match self {
            Self::Link => ("link", 10),
            Self::Passkey => ("passkey", 30),
        };
        Counter {
            subject: format!("{what}:{network}"),
            scope: "address",
            limit,
            minutes: 15,
        }
    }
}

impl Attempt {
    fn counters(&self) -> Vec<Counter> {
        let account = hex(&hash(&self.account()));
        let network = self.caller.network().unwrap_or_default();
        let mut counters = vec![
            // Who mistypes waits a minute, who guesses waits hours.
            Counter {
                subject: format!("both:{account}:{network}"),
                scope: "account_and_address",
                limit: 5,
                minutes: 1,
            },
            Counter {
                subject: format!("account:{account}"),
                scope: "account",
                limit: 10,
                minutes: 15,
            },
        ];
        if !network.is_empty() {
            counters.push(Counter {
                subject: format!("address:{network}"),
                scope: "address",
                limit: 30,
                minutes: 15,
            });
        }
        counters
    }
}

impl Counter {
    /// For how many minutes so many failures hold back.
    fn held_minutes(&self, failures: i64) -> Option<i64> {
        let over = u32::try_from(failures - self.limit).ok()?;
        let minutes = self.minutes.checked_shl(over.min(20))?;
        Some(minutes.min(LONGEST_MINUTES))
    }
}

impl Storage {
    /// Whether an attempt is looked at now. Ask it with a place in the hashing pool at hand, not before waiting
    /// for one, so that many tries at once don't all pass before the first has failed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sign_in_gate(&self, attempt: &Attempt) -> Result<Gate, Error> {
        let known = match self.login_of(&attempt.email).await? {
            Some(login) => self.is_known(login.user_id, attempt).await?,
            // The same work for an address without account.
            None => self.is_known(UserId(uuid::Uuid::nil()), attempt).await?,
        };
        let counters = attempt.counters();
        let mut statement = sql(
            self.readers().get_database_backend(),
            "SELECT subject, locked_until FROM sign_in_failure WHERE subject IN ",
            [],
        );
        statement.list(counters.iter().map(|c| c.subject.clone()));
        let now = self.ambient().clock.now().timestamp_micros();
        let mut until = None;
        for row in statement.rows(self.readers()).await? {
            let subject: String = row.try_get_by_index(0)?;
            let locked_until: i64 = row.try_get_by_index(1)?;
            let concerns = !known || subject.starts_with("both:");
            if concerns && locked_until > now {
                until = until.max(Some(locked_until));
            }
        }
        Ok(until.map_or(Gate::Open, |until| Gate::Locked {
            until: zone::time_of(until),
        }))
    }

    /// Whether the account signed in from this address or with this device before.
    async fn is_known(&self, user: UserId, attempt: &Attempt) -> Result<bool, Error> {
        let origins = [attempt.network_key(), attempt.device_key()];
        let mut statement = sql(
            self.readers().get_database_backend(),
            "SELECT 1 FROM known_origin WHERE who = ",
            [],
        );
        statement
            .bind(format!("user:{user}"))
            .push(" AND origin IN ")
            .list(origins.into_iter().flatten());
        Ok(statement.row(self.readers()).await?.is_some())
    }

    /// What counts a failure.
    pub(super) async fn count_failure(&self, attempt: &Attempt) -> Result<Counted, Error> {
        let mut counted = Counted {
            effects: Vec::new(),
            details: None,
        };
        for counter in attempt.counters() {
            self.count_one(counter, &mut counted).await?;
        }
        Ok(counted)
    }

    /// What counts that something was asked from a network; none while that is held back.
    pub(crate) async fn count_asked(
        &self,
        asked: Asked,
        attempt: &Attempt,
    ) -> Result<(Gate, Counted), Error> {
        let counter = asked.counter(attempt);
        let text =
            "SELECT locked_until FROM sign_in_failure WHERE subject = ? AND locked_until > ?";
        let now = self.ambient().clock.now().timestamp_micros();
        let values = values![counter.subject.clone(), now];
        let held = sql(self.readers().get_database_backend(), text, values)
            .row(self.readers())
            .await?;
        let mut counted = Counted {
            effects: Vec::new(),
            details: None,
        };
        if let Some(row) = held {
            let until = zone::time_of(row.try_get_by_index(0)?);
            return Ok((Gate::Locked { until }, counted));
        }
        // Those that come together don't all pass before the first is counted.
        counted.effects.push(still_open(&counter, now));
        self.count_one(counter, &mut counted).await?;
        Ok((Gate::Open, counted))
    }

    async fn count_one(&self, counter: Counter, counted: &mut Counted) -> Result<(), Error> {
        let now = self.ambient().clock.now().timestamp_micros();
        let text = "SELECT failures FROM sign_in_failure WHERE subject = ? AND last_at > ?";
        let values = values![counter.subject.clone(), now - FORGOTTEN_MICROS];
        let before: i64 = match sql(self.readers().get_database_backend(), text, values)
            .row(self.readers())
            .await?
        {
            Some(row) => row.try_get_by_index(0)?,
            None => 0,
        };
        let failures = before + 1;
        if let Some(minutes) = counter.held_minutes(failures) {
            counted.details = Some(json!({
                "failures": failures, "minutes": minutes, "held": counter.scope
            }));
        }
        counted.effects.push(count(counter, now));
        Ok(())
    }

    /// What forgets the failures of who got in.
    pub(super) fn forget_failures(attempt: &Attempt) -> Effect {
        let subject = attempt
            .counters()
            .into_iter()
            .next()
            .map(|counter| counter.subject);
        Effect::statement(
            "DELETE FROM sign_in_failure WHERE subject = ?",
            values![subject],
        )
    }
}

/// Refuses in the writer's transaction what is held back by then.
fn still_open(counter: &Counter, now: i64) -> Effect {
    let subject = counter.subject.clone();
    Effect::new(move |transaction| {
        let text = "SELECT 1 FROM sign_in_failure WHERE subject = ? AND locked_until > ?";
        let values = values![subject.clone(), now];
        let held = sql(transaction.get_database_backend(), text, values);
        Box::pin(async move {
            match held.row(transaction).await? {
                Some(_) => Err(Problem::new(Code::Conflict, "this network is held back").into()),
                None => Ok(()),
            }
        })
    })
}

/// Counts in the writer's transaction, where no other try comes between reading and writing.
fn count(counter: Counter, now: i64) -> Effect {
    let counter = std::sync::Arc::new(counter);
    Effect::new(move |transaction| {
        let counter = counter.clone();
        Box::pin(async move {
            let backend = transaction.get_database_backend();
            let text = "SELECT failures FROM sign_in_failure WHERE subject = ? AND last_at > ?";
            let values = values![counter.subject.clone(), now - FORGOTTEN_MICROS];
            let before: i64 = match sql(backend, text, values).row(transaction).await? {
                Some(row) => row.try_get_by_index(0)?,
                None => 0,
            };
            let failures = before + 1;
            let locked_until = counter
                .held_minutes(failures)
                .map_or(0, |minutes| now + minutes * MICROS_PER_MINUTE);
            let text = "INSERT INTO sign_in_failure (subject, failures, last_at, locked_until) VALUES (?, ?, ?, ?) \
                        ON CONFLICT (subject) DO UPDATE SET failures = excluded.failures, last_at = excluded.last_at, \
                        locked_until = excluded.locked_until";
            let values = values![counter.subject.clone(), failures, now, locked_until];
            sql(backend, text, values).execute(transaction).await?;
            // Addresses come and go: what is long forgotten is not kept.
            let text = "DELETE FROM sign_in_failure WHERE last_at < ? AND locked_until < ?";
            let values = values![now - 24 * FORGOTTEN_MICROS, now];
            sql(backend, text, values)
                .execute(transaction)
                .await
                .map(drop)
        })
    })
}
