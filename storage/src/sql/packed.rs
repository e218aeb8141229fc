//! Many rows in one: the database writes them as one JSON text, which is read at leisure and on any thread.
//!
//! A row of twenty columns costs sqlx a copy of each value, a trip between threads and a look-up of each name: about
//! three times of what it costs to write and read it as JSON. Where thousands of rows are read at once, that is most
//! of the time.

use super::Sql;
use crate::Error;
use sea_orm::{ConnectionTrait, DbBackend};
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use std::fmt::Write as _;

/// Rows that are not taken apart yet.
#[derive(Debug, Clone)]
pub(crate) struct Packed(String);

/// Bytes of a packed row: see [`hex_of`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bytes(pub(crate) Vec<u8>);

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let digits = <&str>::deserialize(deserializer)?;
        let mut bytes = vec![0; digits.len() / 2];
        hex::decode_to_slice(digits, &mut bytes).map_err(D::Error::custom)?;
        Ok(Self(bytes))
    }
}

impl Packed {
    /// The rows, in the order of the statement. `T` has the statement's columns as fields, in their order.
    pub(crate) fn rows<T: DeserializeOwned>(&self) -> Result<Vec<T>, Error> {
        serde_json::from_str(&self.0).map_err(|error| Error::Damaged {
            what: "row",
            detail: error.to_string(),
        })
    }
}

impl Sql {
    /// Runs a `SELECT` whose columns are called `columns` and packs what it finds. None of them may be a blob (see
    /// [`hex_of`]), a float or a truth value, which SQLite keeps as a number.
    pub(crate) async fn packed(
        self,
        on: &impl ConnectionTrait,
        columns: &[&str],
    ) -> Result<Packed, Error> {
        let group = match self.backend {
            DbBackend::Sqlite => "json_group_array",
            _ => "json_agg",
        };
        let text = format!(
            "SELECT CAST(COALESCE({group}({}), '[]') AS TEXT) FROM ({}) AS packed",
            array_of(self.backend, columns),
            self.text
        );
        let row = Self { text, ..self }.row(on).await?;
        let text = row.map(|row| row.try_get_by_index(0)).transpose()?;
        Ok(Packed(text.unwrap_or_else(|| "[]".to_owned())))
    }

    /// Appends a table `k` with the keys given in its column `value`, in their order: one text for any number of keys, so that the
    /// statement is prepared once.
    pub(crate) fn keys(&mut self, keys: impl IntoIterator<Item = i64>) -> &mut Self {
        let mut list = String::from("[");
        for key in keys {
            let comma = if list.len() > 1 { "," } else { "" };
            let _ = write!(list, "{comma}{key}");
        }
        list.push(']');
        if self.is_sqlite() {
            self.push("json_each(").bind(list).push(") AS k")
        } else {
            self.push("(SELECT CAST(value AS BIGINT) AS value FROM json_array_elements_text(CAST(")
                .bind(list)
                .push(" AS JSON))) AS k")
        }
    }
}

/// The expression that packs columns as one: a field of the row that is a structure itself.
fn array_of(backend: DbBackend, columns: &[&str]) -> String {
    let array = match backend {
        DbBackend::Sqlite => "json_array",
        _ => "json_build_array",
    };
    format!("{array}({})", columns.join(", "))
}

/// The expression by which a column of bytes is packed. Nothing stays nothing.
pub(crate) fn hex_of(backend: DbBackend, column: &str) -> String {
    match backend {
        DbBackend::Sqlite => format!("CASE WHEN {column} IS NOT NULL THEN hex({column}) END"),
        _ => format!("encode({column}, 'hex')"),
    }
}
