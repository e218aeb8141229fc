//! An erasure's row, and what a reader is shown of it.

use crate::log::{uuid_of, zone};
use crate::sql::{sql, values};
use crate::{Error, Scope, Storage};
use domain::export::Selection;
use domain::view::{ErasureCause, ErasureReport, ErasureRow, ErasureStatus};
use domain::{ErasureId, Origin, Permission};
use sea_orm::FromQueryResult;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// What is erased, as it is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Target {
    /// What a selection means.
    Selection(Selection),
    /// Everything about a customer.
    Person {
        /// The store's id for them.
        id: String,
        /// Their addresses and numbers, as they were when it was asked for.
        needles: Vec<String>,
        /// Their full name then, when it has two words or more.
        #[serde(default)]
        name: Option<String>,
    },
    /// What a rule of retention says is over.
    Retention {
        /// The category, empty for the rest of the log.
        category: String,
        /// Only content.
        is_content: bool,
        /// What happened before this, in microseconds.
        before: i64,
    },
}

/// What is erased, with where the call came from that asked for it: the latter for the entry that tells of it, and no
/// longer than until that is written.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Spec {
    #[serde(flatten)]
    pub(super) target: Target,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) origin: Option<Origin>,
}

impl Spec {
    /// A target without an origin.
    pub(super) const fn of(target: Target) -> Self {
        Self {
            target,
            origin: None,
        }
    }

    pub(super) fn of_json(text: &str) -> Result<Self, Error> {
        serde_json::from_str(text).map_err(damaged)
    }

    pub(super) fn to_json(&self) -> Result<String, Error> {
        serde_json::to_string(self).map_err(damaged)
    }
}

#[derive(FromQueryResult)]
pub(super) struct Columns {
    pub(super) id: Vec<u8>,
    pub(super) store_id: i64,
    pub(super) requested_at: i64,
    pub(super) requester: String,
    pub(super) requester_name: String,
    pub(super) cause: String,
    pub(super) source: String,
    pub(super) spec: String,
    pub(super) up_to: i64,
    pub(super) reason: String,
    pub(super) status: String,
    pub(super) total: i64,
    pub(super) done: i64,
    pub(super) held: i64,
    pub(super) report: String,
    pub(super) error: Option<String>,
    pub(super) cursor_key: Option<i64>,
    pub(super) finished_at: Option<i64>,
}

pub(super) const COLUMNS: &str = "SELECT id, store_id, requested_at, requester, requester_name, cause, source, spec, up_to, reason, \
     status, total, done, held, report, error, cursor_key, finished_at FROM erasure";

/// The word of a closed list.
pub(super) fn word<T: Serialize>(value: T) -> String {
    serde_json::to_value(value)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}

fn of_word<T: DeserializeOwned>(word: &str) -> Result<T, Error> {
    serde_json::from_value(serde_json::Value::String(word.to_owned())).map_err(damaged)
}

pub(super) fn damaged(error: serde_json::Error) -> Error {
    Error::Damaged {
        what: "erasure",
        detail: error.to_string(),
    }
}

impl Columns {
    pub(super) fn id(&self) -> Result<ErasureId, Error> {
        Ok(ErasureId(uuid_of(&self.id)?))
    }

    pub(super) fn spec(&self) -> Result<Spec, Error> {
        Spec::of_json(&self.spec)
    }

    pub(super) fn target(&self) -> Result<Target, Error> {
        Ok(self.spec()?.target)
    }

    /// What is kept of one that is over: not where it was asked for from.
    pub(super) fn spec_over(&self) -> Result<String, Error> {
        Spec::of(self.target()?).to_json()
    }

    pub(super) fn report(&self) -> Result<ErasureReport, Error> {
        serde_json::from_str(&self.report).map_err(damaged)
    }

    pub(super) fn cause(&self) -> Result<ErasureCause, Error> {
        of_word(&self.cause)
    }

    fn into_row(self, scope: &Scope) -> Result<ErasureRow, Error> {
        let at = zone::time_of(self.requested_at);
        let (q, picked, excepted) = match self.target()? {
            Target::Selection(Selection::Matching { q, except, .. }) => {
                (Some(q), None, except.len() as u64)
            }
            // None are left where what was picked is forgotten.
            Target::Selection(Selection::Ids { ids, .. }) => {
                (None, Some(ids.len() as u64).filter(|n| *n > 0), 0)
            }
            Target::Person { .. } | Target::Retention { .. } => (None, None, 0),
        };
        Ok(ErasureRow {
            id: self.id()?,
            at,
            offset_minutes: zone::offset_minutes(zone::of(scope.store()), at),
            cause: self.cause()?,
            source: self
                .source
                .parse()
                .unwrap_or(domain::export::Source::Activity),
            q,
            picked,
            excepted,
            status: of_word::<ErasureStatus>(&self.status)?,
            total: self.total.max(0).unsigned_abs(),
            done: self.done.max(0).unsigned_abs(),
            held: self.held.max(0).unsigned_abs(),
            report: self.report()?,
            by: self.requester_name,
            reason: self.reason,
            error: self.error,
            finished_at: self.finished_at.map(zone::time_of),
        })
    }
}

impl Storage {
    /// The erasures of the scope's store, newest first, at most 50.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::Erase`], or a fault.
    pub async fn list_erasures(&self, scope: &Scope) -> Result<Vec<ErasureRow>, Error> {
        self.list_erasures_of(scope, None, None).await
    }

    /// Those that one cause made, and those before one of them; at most [`ErasureRow::PAGE`].
    ///
    /// # Errors
    /// As [`Storage::list_erasures`].
    pub async fn list_erasures_of(
        &self,
        scope: &Scope,
        cause: Option<ErasureCause>,
        before: Option<ErasureId>,
    ) -> Result<Vec<ErasureRow>, Error> {
        scope.require(Permission::Erase)?;
        let text = format!("{COLUMNS} WHERE store_id = ?");
        let backend = sea_orm::ConnectionTrait::get_database_backend(self.readers());
        let mut statement = sql(backend, &text, values![scope.store_id().0]);
        if let Some(cause) = cause {
            statement.push(" AND cause = ").bind(word(cause));
        }
        if let Some(before) = before {
            statement
                .push(" AND (requested_at, id) < (SELECT requested_at, id FROM erasure WHERE id = ")
                .bind(before.0.as_bytes().to_vec())
                .push(")");
        }
        statement
            .push(" ORDER BY requested_at DESC, id DESC LIMIT ")
            .bind(ErasureRow::PAGE as i64);
        let found: Vec<Columns> = statement.all(self.readers()).await?;
        found.into_iter().map(|c| c.into_row(scope)).collect()
    }

    pub(super) async fn erasure_columns(&self, id: ErasureId) -> Result<Option<Columns>, Error> {
        let text = format!("{COLUMNS} WHERE id = ?");
        sql(
            sea_orm::ConnectionTrait::get_database_backend(self.readers()),
            &text,
            values![id.0.as_bytes().to_vec()],
        )
        .one(self.readers())
        .await
    }

    pub(super) async fn erasure_row(
        &self,
        scope: &Scope,
        id: ErasureId,
    ) -> Result<Option<ErasureRow>, Error> {
        let columns = self.erasure_columns(id).await?;
        columns.map(|columns| columns.into_row(scope)).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_earlier_build_kept_is_read_and_what_has_an_origin_too() {
        let before = r#"{"person":{"id":"c_71","needles":["noura@mail.example"],"name":null}}"#;
        let spec = Spec::of_json(before).unwrap();
        assert!(spec.origin.is_none());
        assert!(matches!(&spec.target, Target::Person { id, .. } if id == "c_71"));
        assert_eq!(spec.to_json().unwrap(), before);
        let selection = Selection::Ids {
            source: domain::export::Source::Activity,
            ids: vec!["a".to_owned()],
        };
        let origin = Origin {
            ip: "203.0.113.7".parse().ok(),
            user_agent: Some("Firefox".to_owned()),
            trace_id: None,
        };
        let kept = Spec {
            target: Target::Selection(selection),
            origin: Some(origin.clone()),
        };
        let read = Spec::of_json(&kept.to_json().unwrap()).unwrap();
        assert_eq!(read.origin, Some(origin));
        assert!(
            matches!(read.target, Target::Selection(Selection::Ids { ids, .. }) if ids == ["a"])
        );
    }
}
