//! A consistent copy of a live database.

use crate::sql::{sql, values};
use crate::{Error, Storage};
use domain::{Code, Problem};
use sea_orm::DbBackend;
use std::fs::OpenOptions;
use std::io::ErrorKind;
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
        let Some(name) = path.to_str() else {
            return Err(Problem::new(Code::Conflict, "the file's name is not UTF-8").into());
        };
        // The copy goes into an empty file that nobody else may read.
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        match options.open(path) {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                let message = "there is a file of this name already; a backup overwrites nothing";
                return Err(Problem::new(Code::Conflict, message).into());
            }
            Err(error) => {
                let message = format!("{name} can't be written: {error}");
                return Err(Problem::new(Code::Conflict, message).into());
            }
        }
        let backend = self.readers().get_database_backend();
        let copied = sql(backend, "VACUUM INTO ?", values![name])
            .execute(self.readers())
            .await;
        if copied.is_err() {
            // Nothing half-done stays behind; that it could not be copied is what is told.
            let _ = std::fs::remove_file(path);
        }
        copied.map(drop)
    }
}
