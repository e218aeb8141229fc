//! Folding SQLite's write-ahead log: what was deleted stands in it until it begins anew.

use crate::sql::sql;
use crate::{Error, Storage};
use sea_orm::{DatabaseConnection, DbBackend};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How often it is tried at once: most readers are done in a moment.
const TRIES: u32 = 8;
const PAUSE: Duration = Duration::from_millis(25);

/// Whether something that was deleted may still stand in the write-ahead log.
pub(crate) struct Folding(AtomicBool);

impl Default for Folding {
    /// A process that died may have left something.
    fn default() -> Self {
        Self(AtomicBool::new(true))
    }
}

impl Folding {
    /// Something was deleted, and its transaction is committed.
    pub(crate) fn ask(&self) {
        self.0.store(true, Ordering::Release);
    }
}

impl Storage {
    /// Begins SQLite's write-ahead log anew if something that was deleted may stand in it. False as long as somebody
    /// reads an older state: try again later. Who writes meanwhile waits a quarter of a second at most, and not at all
    /// while that reader is there.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn fold_log(&self) -> Result<bool, Error> {
        let Some(folder) = &self.inner.connections.folder else {
            return Ok(true);
        };
        let folding = &self.inner.folding;
        // What is deleted from here on asks again.
        if !folding.0.swap(false, Ordering::AcqRel) {
            return Ok(true);
        }
        let folded = fold(folder).await;
        if !matches!(folded, Ok(true)) {
            folding.ask();
        }
        folded
    }
}

async fn fold(on: &DatabaseConnection) -> Result<bool, Error> {
    for tried in 0..TRIES {
        if tried > 0 {
            tokio::time::sleep(PAUSE).await;
        }
        // The first of the two holds up nobody. The second only has to begin the file anew, and is tried once: it keeps
        // the writer's place until the readers of the newest state are gone, or its patience is over.
        if checkpoint(on, "PASSIVE").await? {
            return checkpoint(on, "TRUNCATE").await;
        }
    }
    Ok(false)
}

/// Whether a checkpoint reached the log's end (<https://www.sqlite.org/pragma.html#pragma_wal_checkpoint>).
async fn checkpoint(on: &DatabaseConnection, mode: &str) -> Result<bool, Error> {
    let text = format!("PRAGMA wal_checkpoint({mode})");
    let Some(row) = sql(DbBackend::Sqlite, &text, []).row(on).await? else {
        return Ok(false);
    };
    let (busy, frames, moved): (i64, i64, i64) = (
        row.try_get_by_index(0)?,
        row.try_get_by_index(1)?,
        row.try_get_by_index(2)?,
    );
    Ok(busy == 0 && frames == moved)
}
