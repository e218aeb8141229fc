//! Statements built piece by piece, with the placeholders of the database at hand.

mod joined;
mod packed;

pub(crate) use joined::{Columns, Joined, joined};
pub(crate) use packed::{Bytes, Packed, hex_of};

use crate::Error;
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, QueryResult, Statement, Value};
use std::fmt::Write as _;

/// A statement under construction.
#[derive(Debug, Clone)]
pub(crate) struct Sql {
    backend: DbBackend,
    text: String,
    values: Vec<Value>,
}

impl Sql {
    pub(crate) fn new(backend: DbBackend, text: &str) -> Self {
        Self {
            backend,
            text: text.to_owned(),
            values: Vec::new(),
        }
    }

    pub(crate) fn is_sqlite(&self) -> bool {
        self.backend == DbBackend::Sqlite
    }

    /// Appends text as it is.
    pub(crate) fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Appends a placeholder for a value.
    pub(crate) fn bind(&mut self, value: impl Into<Value>) -> &mut Self {
        self.values.push(value.into());
        match self.backend {
            DbBackend::Sqlite => self.text.push('?'),
            _ => {
                let _ = write!(self.text, "${}", self.values.len());
            }
        }
        self
    }

    /// Appends `(?, ?, ...)`; for none `(NULL)`, which nothing is in.
    pub(crate) fn list<V: Into<Value>>(
        &mut self,
        values: impl IntoIterator<Item = V>,
    ) -> &mut Self {
        self.push("(");
        let mut is_first = true;
        for value in values {
            if !is_first {
                self.push(", ");
            }
            is_first = false;
            self.bind(value);
        }
        if is_first {
            self.push("NULL");
        }
        self.push(")")
    }

    fn statement(self) -> Statement {
        Statement::from_sql_and_values(self.backend, self.text, self.values)
    }

    pub(crate) async fn execute(self, on: &impl ConnectionTrait) -> Result<u64, Error> {
        Ok(on.execute_raw(self.statement()).await?.rows_affected())
    }

    pub(crate) async fn rows(self, on: &impl ConnectionTrait) -> Result<Vec<QueryResult>, Error> {
        Ok(on.query_all_raw(self.statement()).await?)
    }

    pub(crate) async fn row(self, on: &impl ConnectionTrait) -> Result<Option<QueryResult>, Error> {
        Ok(on.query_one_raw(self.statement()).await?)
    }

    pub(crate) async fn all<T: FromQueryResult>(
        self,
        on: &impl ConnectionTrait,
    ) -> Result<Vec<T>, Error> {
        self.rows(on)
            .await?
            .iter()
            .map(|row| T::from_query_result(row, "").map_err(Error::from))
            .collect()
    }

    pub(crate) async fn one<T: FromQueryResult>(
        self,
        on: &impl ConnectionTrait,
    ) -> Result<Option<T>, Error> {
        Ok(self
            .row(on)
            .await?
            .map(|row| T::from_query_result(&row, ""))
            .transpose()?)
    }
}

/// A statement with values in the order of its `?`s, which become `$1, $2, ...` on PostgreSQL. The text
/// must hold no other question mark.
pub(crate) fn sql(backend: DbBackend, text: &str, values: impl IntoIterator<Item = Value>) -> Sql {
    let mut out = Sql::new(backend, "");
    let mut values = values.into_iter();
    let mut pieces = text.split('?');
    out.push(pieces.next().unwrap_or_default());
    for piece in pieces {
        if let Some(value) = values.next() {
            out.bind(value);
        }
        out.push(piece);
    }
    debug_assert!(
        values.next().is_none(),
        "more values than question marks in {text}"
    );
    out
}

/// Inserts many rows with few distinct statement texts, so that each is prepared once: chunks of
/// 64, 16, 4 and 1 rows.
pub(crate) async fn insert_many(
    on: &impl ConnectionTrait,
    head: &str,
    tail: &str,
    width: usize,
    rows: Vec<Value>,
) -> Result<(), Error> {
    let backend = on.get_database_backend();
    let mut rows = rows.into_iter().peekable();
    let mut left = rows.len() / width;
    while left > 0 {
        let size = [64, 16, 4, 1]
            .into_iter()
            .find(|size| *size <= left)
            .unwrap_or(1);
        let mut statement = Sql::new(backend, head);
        statement.push(" VALUES ");
        for at in 0..size {
            statement.push(if at == 0 { "" } else { ", " });
            statement.list(rows.by_ref().take(width));
        }
        statement.push(tail);
        statement.execute(on).await?;
        left -= size;
    }
    Ok(())
}

/// A bound list of values: `values![1, "a"]`.
macro_rules! values {
    ($($value:expr),* $(,)?) => { vec![$(sea_orm::Value::from($value)),*] };
}
pub(crate) use values;

/// What stands before and behind the `SELECT ... LIMIT n` of rows that a worker claims with `WHERE key {}SELECT ...{}`.
///
/// PostgreSQL may evaluate `IN (SELECT ... SKIP LOCKED)` more than once and then claims other rows too, more than were
/// asked for: an array is made once.
pub(crate) const fn claimed(backend: DbBackend) -> (&'static str, &'static str) {
    match backend {
        DbBackend::Postgres => ("= ANY(ARRAY(", " FOR UPDATE SKIP LOCKED))"),
        _ => ("IN (", ")"),
    }
}
