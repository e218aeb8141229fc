//! Files that no message names any more: those that went with messages, and those that a stop left behind.

use super::row::{Columns, Target};
use super::work::{Cause, ErasureJob, Gone};
use crate::record::Effect;
use crate::sql::{insert_many, sql, values};
use crate::{Error, Storage};
use chrono::{DateTime, TimeDelta, Utc};
use domain::ErasureId;
use domain::message::BlobRef;
use std::collections::BTreeMap;

/// What stands before the hash of a file in what is kept of messages.
const NAMED: &str = "\"sha256\":\"";
/// How many files are looked for in one walk.
const TOGETHER: i64 = 10_000;
/// How many messages with files are looked through together.
const WALKED: i64 = 200;
/// After how many of these parts the lease is renewed.
const RENEWED: u32 = 20;
/// How old a file is at least that nobody waits for: a message takes its files before it is recorded.
const UNTAKEN: TimeDelta = TimeDelta::minutes(15);

/// Files by their hash, with when each was written.
pub(super) type Written = BTreeMap<String, DateTime<Utc>>;

/// Notes files in the transaction that takes their messages. What is written again from then on is being taken by a new message.
pub(super) fn noted(id: ErasureId, files: Written) -> Effect {
    Effect::new(move |transaction| {
        let rows = files
            .iter()
            .flat_map(|(sha256, written_at)| {
                let written_at = written_at.timestamp_nanos_opt().unwrap_or_default();
                values![id.0.as_bytes().to_vec(), sha256.clone(), written_at]
            })
            .collect();
        Box::pin(async move {
            let head = "INSERT INTO erasure_file (erasure, sha256, written_at)";
            insert_many(transaction, head, " ON CONFLICT DO NOTHING", 3, rows).await
        })
    })
}

/// The hashes of files that a text names.
fn hashes_in(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices(NAMED).filter_map(|(at, found)| {
        let rest = &text[at + found.len()..];
        rest.split_once('"').map(|(hash, _)| hash)
    })
}

impl Storage {
    /// When the files of messages that are to go were written: one that is written again from here on is being taken by
    /// a new message.
    pub(super) async fn written_when(&self, blobs: &[BlobRef]) -> Result<Written, Error> {
        let mut written = Written::new();
        for blob in blobs {
            if let Some(at) = self.inner.objects.written_at(&blob.sha256).await? {
                written.insert(blob.sha256.clone(), at);
            }
        }
        Ok(written)
    }

    /// Deletes the files that went with an erasure's messages, those that no message names any more, and says so in its report.
    pub(super) async fn drop_noted(&self, id: ErasureId, lease: TimeDelta) -> Result<(), Error> {
        let backend = self.readers().get_database_backend();
        loop {
            let text = "SELECT sha256, written_at FROM erasure_file WHERE erasure = ? ORDER BY sha256 LIMIT ?";
            let key = id.0.as_bytes().to_vec();
            let rows = sql(backend, text, values![key.clone(), TOGETHER])
                .rows(self.readers())
                .await?;
            let mut files = Written::new();
            for row in &rows {
                let written_at = DateTime::from_timestamp_nanos(row.try_get_by_index(1)?);
                files.insert(row.try_get_by_index(0)?, written_at);
            }
            let Some(last) = files.keys().next_back().cloned() else {
                return Ok(());
            };
            self.leave_unnamed(&mut files, Some((id, lease))).await?;
            let gone = Gone {
                attachments: self.remove_objects(&files).await?,
                ..Gone::default()
            };
            self.note_gone(id, gone).await?;
            let over = Effect::statement(
                "DELETE FROM erasure_file WHERE erasure = ? AND sha256 <= ?",
                values![key, last],
            );
            self.recorder().apply(vec![over]).await?;
        }
    }

    /// Before an erasure ends: deletes the files that went with its messages, and what others left behind.
    pub(super) async fn sweep_after(&self, cause: &Cause) -> Result<(), Error> {
        self.drop_noted(cause.id, cause.lease).await?;
        match self.erasure_columns(cause.id).await? {
            Some(columns) if columns.report()?.messages > 0 => {
                self.sweep_objects(cause.id, cause.lease).await
            }
            _ => Ok(()),
        }
    }

    /// The same for an erasure that another worker began, as it stood then. One that only waits for readers was swept or will be:
    /// it is taken again and again.
    pub(super) async fn sweep_taken_over(
        &self,
        job: &ErasureJob,
        columns: &Columns,
    ) -> Result<(), Error> {
        let is_waiting = matches!(columns.target()?, Target::Person { id, .. } if id.is_empty());
        if columns.status != "running" || is_waiting || columns.report()?.messages == 0 {
            return Ok(());
        }
        self.sweep_objects(job.id, job.lease).await
    }

    /// Deletes every file that no message names and that none is about to: the rows by which an erasure knew them may be
    /// gone.
    async fn sweep_objects(&self, id: ErasureId, lease: TimeDelta) -> Result<(), Error> {
        let before = self.ambient().clock.now() - UNTAKEN;
        let mut files = self.inner.objects.list().await?;
        files.retain(|_, written_at| *written_at < before);
        self.leave_unnamed(&mut files, Some((id, lease))).await?;
        let dropped = self.remove_objects(&files).await?;
        if dropped > 0 {
            tracing::info!(dropped, "files that no message names were deleted");
        }
        Ok(())
    }

    /// Takes out of some files those that a message names, of whatever store.
    async fn leave_unnamed(
        &self,
        files: &mut Written,
        taken: Option<(ErasureId, TimeDelta)>,
    ) -> Result<(), Error> {
        // What lines show of a message names its files, what became known of it the mails as they were sent, its content the
        // mail as it came in. All are looked for in one walk: nothing finds messages by their files.
        let named = format!("%{NAMED}%");
        let text = "SELECT m.order_key, m.shown, m.facts, p.body FROM message m \
                    LEFT JOIN payload p ON p.seq = m.seq AND m.is_inbound = ? \
                    WHERE m.order_key > ? AND (m.shown LIKE ? OR m.facts LIKE ? OR p.body LIKE ?) \
                    ORDER BY m.order_key LIMIT ?";
        let mut after = i64::MIN;
        let mut parts = 0_u32;
        while !files.is_empty() {
            let values = values![
                true,
                after,
                named.clone(),
                named.clone(),
                named.clone(),
                WALKED
            ];
            let rows = sql(self.readers().get_database_backend(), text, values)
                .rows(self.readers())
                .await?;
            for row in &rows {
                after = row.try_get_by_index(0)?;
                for at in 1..4 {
                    let told: Option<String> = row.try_get_by_index(at)?;
                    for hash in told.as_deref().into_iter().flat_map(hashes_in) {
                        files.remove(hash);
                    }
                }
            }
            if (rows.len() as i64) < WALKED {
                break;
            }
            parts += 1;
            if let Some((id, lease)) = taken.filter(|_| parts.is_multiple_of(RENEWED)) {
                let renewed = Effect::statement(
                    "UPDATE erasure SET lease_until = ? WHERE id = ? AND status = 'running'",
                    values![self.lease_until(lease), id.0.as_bytes().to_vec()],
                );
                self.recorder().apply(vec![renewed]).await?;
            }
        }
        Ok(())
    }

    /// Deletes files, except those that were written again meanwhile. Returns how many.
    async fn remove_objects(&self, files: &Written) -> Result<u64, Error> {
        let mut dropped = 0;
        for (sha256, written_at) in files {
            let is_gone = self.inner.objects.remove(sha256, *written_at).await?;
            dropped += u64::from(is_gone);
        }
        Ok(dropped)
    }
}
