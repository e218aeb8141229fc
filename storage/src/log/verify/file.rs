//! SQLite's file, read row by row where the rows lie: sqlx copies each value, and sends each row from one thread to another, which
//! for a million entries is half of what verification takes.

use super::entry::Row;
use super::rows;
use crate::Error;
use rusqlite::{Connection, OpenFlags};
use sea_orm::DbErr;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long a connection waits where another process has the file for itself.
const PATIENCE: Duration = Duration::from_secs(20);

/// Connections that nobody uses at the moment.
#[derive(Clone, Default)]
pub(super) struct Files(Arc<Mutex<Vec<Connection>>>);

/// One state of the file, until it is dropped.
pub(super) struct File {
    connection: Option<Connection>,
    files: Files,
}

impl Files {
    /// The state that the file at `path` has when it is read first.
    pub(super) fn open(&self, path: &Path) -> Result<File, Error> {
        let idle = self.idle().pop();
        let connection = match idle {
            Some(connection) => connection,
            None => connect(path).map_err(unreadable)?,
        };
        connection.execute_batch("BEGIN").map_err(unreadable)?;
        Ok(File {
            connection: Some(connection),
            files: self.clone(),
        })
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl File {
    /// Hands out the entries from (exclusive) to (inclusive), in order.
    pub(super) fn each(
        &self,
        from: i64,
        to: i64,
        visit: impl FnMut(&Row<'_>),
    ) -> Result<(), Error> {
        match &self.connection {
            Some(connection) => rows::each(connection, from, to, visit).map_err(unreadable),
            None => Ok(()),
        }
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else {
            return;
        };
        // One that can't leave its state is closed.
        if connection.execute_batch("COMMIT").is_ok() {
            self.files.idle().push(connection);
        }
    }
}

fn connect(path: &Path) -> Result<Connection, rusqlite::Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(PATIENCE)?;
    // Not mapped, with a cache that stays in the processor's: each page is read once, and to map each costs more than its copy.
    connection.pragma_update(None, "cache_size", -300)?;
    Ok(connection)
}

fn unreadable(error: rusqlite::Error) -> Error {
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
    match error.sqlite_error_code() {
        Some(DatabaseCorrupt | NotADatabase) => Error::Damaged {
            what: "database file",
            detail: error.to_string(),
        },
        // Another process held it for too long, say.
        _ => Error::Database(DbErr::Custom(format!("the file can't be read: {error}"))),
    }
}
