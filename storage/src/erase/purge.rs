//! Taking deleted texts out of SQLite's text indexes.
//!
//! Deleting a text there only marks it: what it said stays in the index's segments until they are merged with the mark. Taking each
//! out by itself (`secure-delete`) rewrites hundreds of pages for one text, which takes milliseconds and holds up who writes. So
//! all segments of an index are merged into one, a little at a time, once for all that was deleted before:
//! <https://www.sqlite.org/fts5.html#the_merge_command>. That costs about a minute for a million entries, however many were deleted.

mod structure;

use super::pace::{Held, Pace};
use super::work::Cause;
use crate::record::Effect;
use crate::sql::{sql, values};
use crate::{Error, Storage};
use sea_orm::{ConnectionTrait as _, DatabaseTransaction, DbBackend};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use structure::Structure;

/// For how long an index may hold what nobody asked to be erased, but retention let go: all of it is written anew for that.
const DAY: i64 = 24 * 60 * 60 * 1_000_000;
/// With how many pages a process begins, and the most that are merged at once.
const FIRST_PAGES: usize = 16;
const MOST_PAGES: usize = 256;

/// An index of texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TextIndex {
    Activities,
    Messages,
}

impl TextIndex {
    const ALL: [Self; 2] = [Self::Activities, Self::Messages];

    /// What its tables' names begin with.
    fn name(self) -> &'static str {
        match self {
            Self::Activities => "activity",
            Self::Messages => "message",
        }
    }
}

/// Notes that texts were deleted from an index, in the transaction that did it.
pub(crate) async fn note_deleted(
    transaction: &DatabaseTransaction,
    index: TextIndex,
) -> Result<(), Error> {
    let backend = transaction.get_database_backend();
    if backend != DbBackend::Sqlite {
        return Ok(());
    }
    let text = "UPDATE index_purge SET marked = marked + 1 WHERE name = ?";
    sql(backend, text, values![index.name()])
        .execute(transaction)
        .await
        .map(drop)
}

/// The merge under way.
pub(crate) struct Purging {
    pace: Pace,
    begun: Mutex<Option<Begun>>,
}

/// What of an index leaves it: all that was deleted up to here.
#[derive(Debug, Clone, Copy)]
struct Begun {
    index: TextIndex,
    marked: i64,
}

impl Default for Purging {
    fn default() -> Self {
        Self {
            pace: Pace::new(FIRST_PAGES, MOST_PAGES),
            begun: Mutex::default(),
        }
    }
}

impl Purging {
    fn begun(&self) -> Option<Begun> {
        *self.begun.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, begun: Option<Begun>) {
        *self.begun.lock().unwrap_or_else(PoisonError::into_inner) = begun;
    }
}

impl Storage {
    /// Merges a little of SQLite's text indexes where deleted texts are to leave them: at once what somebody asked to be erased,
    /// within a day what retention let go. Returns true when nothing is to be done; until then call it again, with pauses where others
    /// write. One process at a time, as SQLite has.
    ///
    /// # Errors
    /// When the database fails: try again later.
    pub async fn purge_step(&self) -> Result<bool, Error> {
        if self.readers().get_database_backend() != DbBackend::Sqlite {
            return Ok(true);
        }
        let purging = &self.inner.purging;
        let (begun, is_first) = match purging.begun() {
            Some(begun) => (begun, false),
            None => match self.purge_due().await? {
                Some(begun) => (begun, true),
                None => return Ok(true),
            },
        };
        let pages = purging.pace.amount();
        let now = self.ambient().clock.now().timestamp_micros();
        let held = Held::default();
        let is_over = Arc::new(AtomicBool::new(false));
        let (holds, over) = (held.clone(), is_over.clone());
        let merging = Effect::new(move |transaction| {
            holds.begin();
            let over = over.clone();
            Box::pin(async move {
                let is_over = merge(transaction, begun.index, pages, is_first).await?;
                over.store(is_over, Ordering::Release);
                if is_over {
                    note_purged(transaction, begun, now).await?;
                }
                Ok(())
            })
        });
        self.recorder().apply(vec![merging]).await?;
        purging.pace.took(pages, held.elapsed());
        if is_over.load(Ordering::Acquire) {
            purging.set(None);
            self.inner.folding.ask();
        } else {
            purging.set(Some(begun));
        }
        Ok(false)
    }

    /// Whether something that was deleted has to leave the indexes now, so that [`Storage::purge_step`] has something to do.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn has_to_purge(&self) -> Result<bool, Error> {
        if self.readers().get_database_backend() != DbBackend::Sqlite {
            return Ok(false);
        }
        Ok(self.inner.purging.begun().is_some() || self.purge_due().await?.is_some())
    }

    /// The next index that something deleted has to leave.
    async fn purge_due(&self) -> Result<Option<Begun>, Error> {
        let now = self.ambient().clock.now().timestamp_micros();
        let text = "SELECT name, marked FROM index_purge \
                    WHERE purged < wanted OR (purged < marked AND purged_at < ?) ORDER BY name LIMIT 1";
        let statement = sql(DbBackend::Sqlite, text, values![now - DAY]);
        let Some(row) = statement.row(self.readers()).await? else {
            return Ok(None);
        };
        let name: String = row.try_get_by_index(0)?;
        let index = TextIndex::ALL.into_iter().find(|i| i.name() == name);
        let marked = row.try_get_by_index(1)?;
        Ok(index.map(|index| Begun { index, marked }))
    }

    /// Whether all that was deleted so far has left the indexes; if not it does a step of that.
    pub(super) async fn is_purged(&self, cause: &Cause) -> Result<bool, Error> {
        if self.readers().get_database_backend() != DbBackend::Sqlite {
            return Ok(true);
        }
        self.recorder()
            .apply(vec![wanted(), self.renewed_lease(cause)])
            .await?;
        self.purge_step().await
    }
}

/// All that was deleted so far is to leave the indexes at once.
pub(crate) fn wanted() -> Effect {
    Effect::new(|transaction| {
        Box::pin(async move {
            let backend = transaction.get_database_backend();
            if backend != DbBackend::Sqlite {
                return Ok(());
            }
            let text = "UPDATE index_purge SET wanted = marked WHERE wanted < marked";
            sql(backend, text, []).execute(transaction).await.map(drop)
        })
    })
}

async fn note_purged(
    transaction: &DatabaseTransaction,
    begun: Begun,
    now: i64,
) -> Result<(), Error> {
    let text = "UPDATE index_purge SET purged = ?, purged_at = ? WHERE name = ?";
    let values = values![begun.marked, now, begun.index.name()];
    sql(DbBackend::Sqlite, text, values)
        .execute(transaction)
        .await
        .map(drop)
}

/// Merges some pages; whether all that stood in the index at the first call is one segment now.
async fn merge(
    transaction: &DatabaseTransaction,
    index: TextIndex,
    pages: usize,
    is_first: bool,
) -> Result<bool, Error> {
    let name = index.name();
    let on = DbBackend::Sqlite;
    // Where nothing is left there is nothing that a mark could be merged with.
    let text = format!("SELECT EXISTS (SELECT 1 FROM {name}_text)");
    let row = sql(on, &text, []).row(transaction).await?;
    let has_texts: bool = row.map_or(Ok(true), |row| row.try_get_by_index(0))?;
    if !has_texts {
        let text = format!("INSERT INTO {name}_fts ({name}_fts) VALUES ('delete-all')");
        sql(on, &text, []).execute(transaction).await?;
        return Ok(true);
    }
    // A negative number begins a merge of everything, positive ones go on with it.
    let pages = i64::try_from(pages).unwrap_or(i64::MAX);
    let pages = if is_first { -pages } else { pages };
    let text = format!("INSERT INTO {name}_fts ({name}_fts, rank) VALUES ('merge', ?)");
    sql(on, &text, values![pages]).execute(transaction).await?;
    // The documented sign of the end, a merge that changes nothing, never comes while others write.
    let text = format!("SELECT block FROM {name}_fts_data WHERE id = 10");
    let Some(row) = sql(on, &text, []).row(transaction).await? else {
        return Ok(true);
    };
    let block: Vec<u8> = row.try_get_by_index(0)?;
    let structure = Structure::read(&block).ok_or_else(|| Error::Damaged {
        what: "index of texts",
        detail: format!("the structure of {name}_fts can't be read"),
    })?;
    Ok(!structure.merges_all())
}
