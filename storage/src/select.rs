//! Which rows somebody means: one reading of a selection for counting, exporting and erasing.

mod count;
mod names;

use crate::log::{plan::Plan, zone};
use crate::message::plan::Plan as MessagePlan;
use crate::sql::{sql, values};
use crate::watch::Log;
use crate::{Error, Scope, Storage};
use chrono::{DateTime, Utc};
use domain::entry::{EntryClause, EntryFilter, EntryTest};
use domain::export::{Selection, Source};
use domain::message::{MessageClause, MessageFilter, MessageTest};
use domain::query::{ACTIVITY, MESSAGE, Query, query_problem};
use domain::{Clause, Code, Direction, Filter, OrderKey, Problem, Test};
use sea_orm::{
    AccessMode, ConnectionTrait, DatabaseExecutor, DatabaseTransaction, DbBackend, IsolationLevel,
    TransactionTrait as _,
};
use std::collections::HashSet;
use uuid::Uuid;

/// More entries than this that came after a selection are told apart part by part.
const FEW_NEWER: usize = 50_000;

/// A selection, read.
#[derive(Debug, Clone)]
pub(crate) struct Picked {
    pub(crate) source: Source,
    pub(crate) what: What,
    /// Nothing with a higher ledger number.
    pub(crate) up_to: i64,
    /// Ids that are left out.
    pub(crate) except: Vec<String>,
}

/// What is selected.
#[derive(Debug, Clone)]
pub(crate) enum What {
    Activity(Filter),
    Messages(MessageFilter),
    /// Entries of one of the logs that watch.
    Watch(Log, EntryFilter),
    /// Orders and customers in which each word is found.
    Words(String),
    /// Orders and customers of these numbers or ids.
    Names(Vec<String>),
}

impl What {
    /// What both are about; none when they are of different logs.
    pub(crate) fn and(&self, other: &Self) -> Option<Self> {
        match (self, other) {
            (Self::Activity(one), Self::Activity(other)) => Some(Self::Activity(Filter {
                clauses: one.clauses.iter().chain(&other.clauses).cloned().collect(),
            })),
            (Self::Messages(one), Self::Messages(other)) => Some(Self::Messages(MessageFilter {
                clauses: one.clauses.iter().chain(&other.clauses).cloned().collect(),
            })),
            _ => None,
        }
    }

    /// Whether something that is told of an entry later can turn whether it is meant.
    pub(crate) fn turns_later(&self) -> bool {
        match self {
            Self::Activity(filter) => filter.turns_with_an_outcome(),
            Self::Messages(filter) => filter.turns_with_a_fact(),
            Self::Watch(..) | Self::Words(_) | Self::Names(_) => false,
        }
    }

    /// The same without what is told of entries later: what matched once matches this for ever.
    pub(crate) fn lasting(self) -> Self {
        match self {
            Self::Activity(filter) => Self::Activity(filter.lasting()),
            Self::Messages(filter) => Self::Messages(filter.lasting()),
            other => other,
        }
    }
}

/// A part of a walk.
pub(crate) struct Part {
    /// In the direction of the walk.
    pub(crate) keys: Vec<OrderKey>,
    /// Where to go on; none at the end.
    pub(crate) next: Option<OrderKey>,
}

/// What a walk leaves out.
#[derive(Default)]
pub(crate) struct Skips {
    keys: HashSet<i64>,
    /// Whether what came later is too much to be among the keys: then each entry's own ledger number tells.
    is_by_seq: bool,
}

impl Skips {
    /// Nothing.
    pub(crate) fn none() -> Self {
        Self::default()
    }
}

const fn watched(source: Source) -> Log {
    match source {
        Source::Requests => Log::Requests,
        _ => Log::Security,
    }
}

/// Ids as Storetrail gave them; the pointer leads to the list.
pub(crate) fn uuids(ids: &[String], pointer: &str) -> Result<Vec<Uuid>, Problem> {
    ids.iter()
        .enumerate()
        .map(|(at, id)| {
            Uuid::parse_str(id).map_err(|_| {
                let message = "a whole id, such as 0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e5f";
                Problem::field(&format!("{pointer}/{at}"), "format", message)
            })
        })
        .collect()
}

impl Storage {
    /// Reads a selection on the store's clock at `now`. `up_to`: the ledger number when it was resolved before.
    ///
    /// # Errors
    /// Not for this role, wrong ids, a query that is not understood, a mark that is none.
    pub(crate) async fn pick(
        &self,
        scope: &Scope,
        selection: &Selection,
        up_to: Option<i64>,
        now: DateTime<Utc>,
    ) -> Result<Picked, Error> {
        selection.check()?;
        let source = selection.source();
        if !scope.role().reads(source) {
            let message = format!("the role {} does not read {source}", scope.role());
            return Err(Problem::new(Code::Forbidden, message).into());
        }
        let zone = zone::of(scope.store());
        let week_start = zone::week_start(scope.store());
        let what = match (selection, source) {
            (Selection::Ids { ids, .. }, Source::Activity) => What::Activity(Filter {
                clauses: vec![Clause {
                    is_negated: false,
                    test: Test::Id(uuids(ids, "/selection/ids")?),
                }],
            }),
            (Selection::Ids { ids, .. }, Source::Messages) => What::Messages(MessageFilter {
                clauses: vec![MessageClause {
                    is_negated: false,
                    test: MessageTest::Id(uuids(ids, "/selection/ids")?),
                }],
            }),
            (Selection::Ids { ids, .. }, Source::Security | Source::Requests) => {
                let filter = EntryFilter {
                    clauses: vec![EntryClause {
                        is_negated: false,
                        test: EntryTest::Id(uuids(ids, "/selection/ids")?),
                    }],
                };
                What::Watch(watched(source), filter)
            }
            (Selection::Ids { ids, .. }, _) => What::Names(ids.clone()),
            (Selection::Matching { q, .. }, Source::Activity) => What::Activity(
                Query::parse_as(q, &ACTIVITY)
                    .to_filter(now, &zone, week_start)
                    .map_err(|mistakes| query_problem(q, &mistakes))?,
            ),
            (Selection::Matching { q, .. }, Source::Messages) => What::Messages(
                Query::parse_as(q, &MESSAGE)
                    .to_message_filter(now, &zone, week_start)
                    .map_err(|mistakes| query_problem(q, &mistakes))?,
            ),
            (Selection::Matching { q, .. }, Source::Security | Source::Requests) => {
                let log = watched(source);
                let filter = Query::parse_as(q, log.dialect())
                    .to_entry_filter(now, &zone, week_start)
                    .map_err(|mistakes| query_problem(q, &mistakes))?;
                What::Watch(log, filter)
            }
            (Selection::Matching { q, .. }, _) => What::Words(q.clone()),
        };
        let (mark, except) = match selection {
            Selection::Matching { up_to, except, .. } => (up_to.as_deref(), except.clone()),
            Selection::Ids { .. } => (None, Vec::new()),
        };
        if source.has_uuids() {
            uuids(&except, "/selection/except")?;
        }
        let up_to = match (up_to, mark) {
            (Some(seq), _) => seq,
            (None, Some(mark)) => self.seq_of_mark(scope, mark).await?.ok_or_else(|| {
                let message = "this selection is older than the server's last start; select again";
                Problem::new(Code::Conflict, message)
            })?,
            (None, None) => self.ledger_size().await?,
        };
        Ok(Picked {
            source,
            what,
            up_to,
            except,
        })
    }

    /// A transaction in which everything is read as of one moment.
    pub(crate) async fn snapshot(&self) -> Result<DatabaseTransaction, Error> {
        let readers = self.readers();
        if readers.get_database_backend() == DbBackend::Postgres {
            let (level, mode) = (IsolationLevel::RepeatableRead, AccessMode::ReadOnly);
            return Ok(readers.begin_with_config(Some(level), Some(mode)).await?);
        }
        let transaction = readers.begin().await?;
        // A deferred transaction's moment is its first read.
        sql(DbBackend::Sqlite, "SELECT size FROM ledger_head", [])
            .row(&transaction)
            .await?;
        Ok(transaction)
    }
}

impl Picked {
    /// What a walk of the logs leaves out: later entries and those excepted.
    pub(crate) async fn skips(
        &self,
        on: &impl ConnectionTrait,
        scope: &Scope,
    ) -> Result<Skips, Error> {
        // What the others leave out is left out where they are read.
        let Some(log) = self.log() else {
            return Ok(Skips::none());
        };
        let backend = on.get_database_backend();
        let text = "SELECT order_key FROM ledger WHERE seq > ? AND kind = ? AND store_id = ? AND order_key IS NOT NULL LIMIT ?";
        let values = values![self.up_to, log, scope.store_id().0, FEW_NEWER as i64 + 1];
        let newer = sql(backend, text, values).rows(on).await?;
        let is_by_seq = newer.len() > FEW_NEWER;
        let mut keys = HashSet::new();
        for row in newer.into_iter().filter(|_| !is_by_seq) {
            keys.insert(row.try_get_by_index(0)?);
        }
        let except = uuids(&self.except, "/selection/except")?;
        for chunk in except.chunks(1_000) {
            let text = format!(
                "SELECT order_key FROM {log} WHERE store_id = ? AND order_key IN (SELECT l.order_key FROM ledger l WHERE l.kind = ? AND l.record_id IN "
            );
            let mut statement = sql(backend, &text, values![scope.store_id().0, log]);
            statement
                .list(chunk.iter().map(|id| id.as_bytes().to_vec()))
                .push(")");
            for row in statement.rows(on).await? {
                keys.insert(row.try_get_by_index(0)?);
            }
        }
        Ok(Skips { keys, is_by_seq })
    }

    /// The kind of its entries in the ledger, which their table is called like.
    const fn log(&self) -> Option<&'static str> {
        match self.what {
            What::Activity(_) => Some("activity"),
            What::Messages(_) => Some("message"),
            What::Watch(..) | What::Words(_) | What::Names(_) => None,
        }
    }

    /// Those of some keys that came later than the selection, where the walk's skips don't know them.
    async fn later(
        &self,
        on: &impl ConnectionTrait,
        skips: &Skips,
        keys: &[OrderKey],
    ) -> Result<HashSet<i64>, Error> {
        let mut later = HashSet::new();
        let Some(log) = self.log().filter(|_| skips.is_by_seq) else {
            return Ok(later);
        };
        let text = format!("SELECT order_key FROM {log} WHERE seq > ? AND order_key IN ");
        for chunk in keys.chunks(5_000) {
            let mut statement = sql(on.get_database_backend(), &text, values![self.up_to]);
            statement.list(chunk.iter().map(|key| key.0));
            for row in statement.rows(on).await? {
                later.insert(row.try_get_by_index(0)?);
            }
        }
        Ok(later)
    }

    /// Up to `limit` keys of activities or messages after one; it may be fewer though more follow.
    pub(crate) async fn part(
        &self,
        on: DatabaseExecutor<'_>,
        scope: &Scope,
        skips: &Skips,
        after: Option<OrderKey>,
        direction: Direction,
        limit: usize,
    ) -> Result<Part, Error> {
        let (keys, stopped_at, later) = match &self.what {
            What::Activity(filter) => {
                let plan = Plan::on(on, scope, filter).await?;
                let found = plan.keys(after, direction, limit).await?;
                let later = self.later(&plan.database, skips, &found.keys).await?;
                (found.keys, found.stopped_at, later)
            }
            What::Messages(filter) => {
                let plan = MessagePlan::on(on, scope, filter).await?;
                let found = plan.keys(after, direction, limit).await?;
                let later = self.later(&plan.database, skips, &found.keys).await?;
                (found.keys, found.stopped_at, later)
            }
            What::Watch(..) | What::Words(_) | What::Names(_) => (Vec::new(), None, HashSet::new()),
        };
        let next = if keys.len() >= limit {
            keys.last().copied()
        } else {
            stopped_at
        };
        let keys = keys
            .into_iter()
            .filter(|key| !skips.keys.contains(&key.0) && !later.contains(&key.0))
            .collect();
        Ok(Part { keys, next })
    }
}

/// Whether a record's name is among those excepted.
pub(crate) fn is_excepted(picked: &Picked, name: &str) -> bool {
    picked.except.iter().any(|other| other == name)
}
