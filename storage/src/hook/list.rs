//! Reading deliveries.

use super::receive::hex;
use super::{Columns, ROW};
use crate::log::zone;
use crate::sql::{Sql, sql, values};
use crate::{Error, Scope, Storage};
use domain::hook::{FailureCause, HookResult, HookState};
use domain::view::{HookAttempt, HookDetail, HookPage, HookRow};
use domain::{Cursor, Direction, HookId, OrderKey, Permission, Problem};
use sea_orm::FromQueryResult;

/// How many deliveries about one thing are found.
const ABOUT: i64 = 50;
/// How many topics are named.
const TOPICS: i64 = 200;

/// Which deliveries.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HookFilter {
    /// Those of the connection of this name.
    pub connection: Option<String>,
    /// Those of this topic.
    pub topic: Option<String>,
    /// Those that stand so.
    pub state: Option<HookState>,
    /// Those of this trace.
    pub trace_id: Option<String>,
}

#[derive(FromQueryResult)]
struct Whole {
    headers: String,
    body: Option<Vec<u8>>,
    bytes: i64,
    sha256: Vec<u8>,
    edited: Option<String>,
    tries_before: i64,
}

#[derive(FromQueryResult)]
struct AttemptColumns {
    attempt: i64,
    at: i64,
    result: Option<i16>,
    cause: Option<i16>,
    error: Option<String>,
}

impl Storage {
    /// A page of the store's deliveries, newest first. `limit`: 1 to 1,000.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::ManageWebhooks`], `invalid_cursor`, or a fault.
    pub async fn list_hooks(
        &self,
        scope: &Scope,
        filter: &HookFilter,
        after: Option<&str>,
        limit: u32,
    ) -> Result<HookPage, Error> {
        scope.require(Permission::ManageWebhooks)?;
        let mut statement = self.hooks_of(scope);
        if let Some(name) = &filter.connection {
            statement
                .push(" AND d.connection_name = ")
                .bind(name.clone());
        }
        if let Some(topic) = &filter.topic {
            statement.push(" AND d.topic = ").bind(topic.clone());
        }
        if let Some(state) = filter.state {
            statement.push(" AND d.state = ").bind(state.number());
        }
        if let Some(trace) = &filter.trace_id {
            statement.push(" AND d.trace_id = ").bind(trace.clone());
        }
        if let Some(after) = after {
            let cursor = Cursor::parse(after).ok();
            let cursor = cursor.filter(|cursor| cursor.direction == Direction::Newest);
            let cursor = cursor.ok_or_else(|| Problem::invalid_cursor("after", "next"))?;
            statement.push(" AND d.number < ").bind(cursor.after.0);
        }
        let limit = i64::from(limit.clamp(1, 1_000));
        statement
            .push(" ORDER BY d.number DESC LIMIT ")
            .bind(limit + 1);
        let mut found: Vec<Columns> = statement.all(self.readers()).await?;
        let has_more = found.len() as i64 > limit;
        found.truncate(limit.unsigned_abs() as usize);
        let next = found.last().filter(|_| has_more).map(|last| {
            let cursor = Cursor {
                after: OrderKey(last.number),
                direction: Direction::Newest,
            };
            cursor.to_string()
        });
        Ok(HookPage {
            rows: shown(scope, found)?,
            next,
        })
    }

    /// The newest deliveries about one thing, at most 50, newest first.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::ManageWebhooks`], or a fault.
    pub async fn deliveries_about(
        &self,
        scope: &Scope,
        subject_type: &str,
        subject_id: &str,
    ) -> Result<Vec<HookRow>, Error> {
        scope.require(Permission::ManageWebhooks)?;
        let mut statement = self.hooks_of(scope);
        statement
            .push(" AND d.subject_type = ")
            .bind(subject_type)
            .push(" AND d.subject_id = ")
            .bind(subject_id)
            .push(" ORDER BY d.number DESC LIMIT ")
            .bind(ABOUT);
        shown(scope, statement.all(self.readers()).await?)
    }

    /// One delivery in a row; none when there is no such one or the role may not see any.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn hook_row(&self, scope: &Scope, id: HookId) -> Result<Option<HookRow>, Error> {
        if scope.require(Permission::ManageWebhooks).is_err() {
            return Ok(None);
        }
        let found = self.hook_columns(scope, id).await?;
        found.map(|columns| columns.row(scope)).transpose()
    }

    /// One delivery with body, headers and tries. None when there is no such one.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::ManageWebhooks`], or a fault.
    pub async fn get_hook(&self, scope: &Scope, id: HookId) -> Result<Option<HookDetail>, Error> {
        scope.require(Permission::ManageWebhooks)?;
        let Some(columns) = self.hook_columns(scope, id).await? else {
            return Ok(None);
        };
        let number = columns.number;
        let text = "SELECT headers, body, bytes, sha256, edited, tries_before FROM webhook_delivery WHERE number = ?";
        let whole: Option<Whole> = sql(self.backend(), text, values![number])
            .one(self.readers())
            .await?;
        let Some(whole) = whole else { return Ok(None) };
        let row = columns.row(scope)?;
        let plan = match (row.state, row.cause) {
            (HookState::Failed, Some(cause)) => {
                let before = u32::try_from(whole.tries_before).unwrap_or(0);
                cause.plan(row.tries.saturating_sub(before) + 1)
            }
            _ => Vec::new(),
        };
        Ok(Some(HookDetail {
            row,
            headers: serde_json::from_str(&whole.headers)
                .map_err(crate::record::message::damaged)?,
            body: whole
                .body
                .map(|body| String::from_utf8_lossy(&body).into_owned()),
            bytes: whole.bytes.unsigned_abs(),
            sha256: hex(&whole.sha256),
            edited: whole.edited,
            attempts: self.attempts_of(number).await?,
            plan,
        }))
    }

    /// The topics that the store's deliveries have, by name, for choosing one: at most 200.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::ManageWebhooks`], or a fault.
    pub async fn hook_topics(&self, scope: &Scope) -> Result<Vec<String>, Error> {
        scope.require(Permission::ManageWebhooks)?;
        let text =
            "SELECT DISTINCT topic FROM webhook_delivery WHERE store_id = ? ORDER BY topic LIMIT ?";
        let rows = sql(self.backend(), text, values![scope.store_id().0, TOPICS])
            .rows(self.readers())
            .await?;
        rows.iter()
            .map(|row| Ok(row.try_get_by_index(0)?))
            .collect()
    }

    fn hooks_of(&self, scope: &Scope) -> Sql {
        let mut statement = Sql::new(self.backend(), "SELECT ");
        statement
            .push(ROW)
            .push(" FROM webhook_delivery d WHERE d.store_id = ")
            .bind(scope.store_id().0);
        statement
    }

    pub(super) async fn hook_columns(
        &self,
        scope: &Scope,
        id: HookId,
    ) -> Result<Option<Columns>, Error> {
        let mut statement = self.hooks_of(scope);
        statement
            .push(" AND d.id = ")
            .bind(id.0.as_bytes().to_vec());
        statement.one(self.readers()).await
    }

    async fn attempts_of(&self, number: i64) -> Result<Vec<HookAttempt>, Error> {
        let text = "SELECT attempt, at, result, cause, error FROM webhook_attempt WHERE delivery = ? ORDER BY attempt";
        let found: Vec<AttemptColumns> = sql(self.backend(), text, values![number])
            .all(self.readers())
            .await?;
        let attempts = found.into_iter().map(|columns| HookAttempt {
            number: u32::try_from(columns.attempt).unwrap_or(0),
            at: zone::time_of(columns.at),
            result: columns.result.and_then(HookResult::of_number),
            cause: columns.cause.and_then(FailureCause::of_number),
            error: columns.error,
        });
        Ok(attempts.collect())
    }
}

fn shown(scope: &Scope, found: Vec<Columns>) -> Result<Vec<HookRow>, Error> {
    found
        .into_iter()
        .map(|columns| columns.row(scope))
        .collect()
}
