//! SQLite's file, read row by row where the rows lie: sqlx copies each value, and sends each row from one thread to another, which
//! for a million entries is half of what verification takes.

use crate::Error;
use crate::database::MAPPED;
use rusqlite::{Connection, OpenFlags, Row};
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
    /// Hands out what a statement finds.
    pub(super) fn each(
        &self,
        text: &str,
        values: [i64; 2],
        mut visit: impl FnMut(&Row<'_>),
    ) -> Result<(), Error> {
        let Some(connection) = &self.connection else {
            return Ok(());
        };
        let mut statement = connection.prepare(text).map_err(unreadable)?;
        let mut rows = statement.query(values).map_err(unreadable)?;
        while let Some(row) = rows.next().map_err(unreadable)? {
            visit(row);
        }
        Ok(())
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
    connection.pragma_update(None, "mmap_size", MAPPED)?;
    connection.pragma_update(None, "cache_size", -8_000)?;
    Ok(connection)
}

fn unreadable(error: rusqlite::Error) -> Error {
    Error::Damaged {
        what: "database file",
        detail: error.to_string(),
    }
}
