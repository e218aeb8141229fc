//! A consistent copy of a live database.

use crate::sql::{sql, values};
use crate::{Error, Storage};
use domain::{Code, Problem};
use sea_orm::DbBackend;
use std::path::Path;

impl Storage {
    /// Copies an SQLite database into a new file, as it is at one moment, while others go on writing
    /// (<https://www.sqlite.org/lang_vacuum.html#vacuuminto>). The ledger in the copy verifies by itself.
    ///
    /// # Errors
    /// Conflict for a file that is there already, and on PostgreSQL, whose own `pg_dump` does it; or the file
    /// can't be written.
    pub async fn backup_to(&self, path: &Path) -> Result<(), Error> {
        if self.readers().get_database_backend() != DbBackend::Sqlite {
            return Err(Problem::new(
                Code::Conflict,
                "on PostgreSQL a backup is made with pg_dump; it is as consistent as this one",
            )
            .into());
        }
        if path.exists() {
            return Err(Problem::new(
                Code::Conflict,
                "there is a file of this name already; a backup overwrites nothing",
            )
            .into());
        }
        let Some(path) = path.to_str() else {
            return Err(Problem::new(Code::Conflict, "the file's name is not UTF-8").into());
        };
        sql(
            self.readers().get_database_backend(),
            "VACUUM INTO ?",
            values![path],
        )
        .execute(self.readers())
        .await
        .map(drop)
    }
}
