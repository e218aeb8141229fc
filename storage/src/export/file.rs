//! The files of exports: where they lie, who may have them, when they go.

use super::row::{Columns, DROPPED_NAME, drop_words};
use super::work::id_of;
use crate::record::Effect;
use crate::sql::{sql, values};
use crate::watch::viewed::{Viewed, reference};
use crate::{Error, Scope, Storage};
use domain::export::{ExportFormat, Source};
use domain::{Code, ExportId, Permission, Problem, StoreId};
use sea_orm::ConnectionTrait as _;
use std::path::PathBuf;

/// A file to be downloaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportFile {
    /// Where it lies.
    pub path: PathBuf,
    /// The name it is saved under.
    pub name: String,
    /// How it is written, if known.
    pub format: Option<ExportFormat>,
    /// Its media type.
    pub media_type: &'static str,
    /// How many rows it has.
    pub rows: u64,
    /// How large it is.
    pub bytes: u64,
    /// Its SHA-256, 64 hexadecimal digits.
    pub sha256: String,
}

impl Storage {
    /// The folder of the files, made if it is missing. A file is named by its export's id and by nothing that
    /// anybody typed; one that is being written ends with `.part`.
    ///
    /// # Errors
    /// When it can't be made.
    pub fn export_folder(&self) -> Result<PathBuf, Error> {
        let folder = self.inner.objects.sibling("exports").ok_or_else(|| {
            Error::Configuration("no folder is named in which exports are kept".to_owned())
        })?;
        std::fs::create_dir_all(&folder).map_err(|error| {
            Error::Configuration(format!(
                "exports can't be kept in {}: {error}",
                folder.display()
            ))
        })?;
        Ok(folder)
    }

    /// An export's file for a reader. Records `export.downloaded`. None when there is no such export, or it is
    /// out of scope.
    ///
    /// # Errors
    /// `forbidden` when the file was made with a role that sees more than the reader's; `conflict` when it has
    /// none (any more), also when somebody deleted it behind our back.
    pub async fn download_export(
        &self,
        scope: &Scope,
        id: ExportId,
    ) -> Result<Option<ExportFile>, Error> {
        let Some(columns) = self.export_columns(scope, id).await? else {
            return Ok(None);
        };
        if !columns.is_open_to(scope)? {
            let message = format!(
                "this file was made with the role {}, which sees more than the role {}; make the export yourself",
                columns.role()?,
                scope.role()
            );
            return Err(Problem::new(Code::Forbidden, message).into());
        }
        if !columns.has_file {
            let message = format!("this export has no file: it is {}", columns.status);
            return Err(Problem::new(Code::Conflict, message).into());
        }
        let path = self.export_folder()?.join(id.to_string());
        let length = std::fs::metadata(&path).map(|metadata| metadata.len());
        let bytes = columns.byte_count.unwrap_or(0).max(0).unsigned_abs();
        if length.is_err() {
            self.note_file_gone(scope.store_id(), id).await?;
        }
        if length.ok() != Some(bytes) {
            let message = "the file is gone from the server's folder, or it is not the one that was written; make the export again";
            return Err(Problem::new(Code::Conflict, message).into());
        }
        let now = self.ambient().clock.now().timestamp_micros();
        let key = id.0.as_bytes().to_vec();
        let by = super::name_of(scope.principal());
        let effects = vec![
            Effect::statement(
                "INSERT INTO export_download (export_id, at, by_name) VALUES (?, ?, ?)",
                values![key.clone(), now, by],
            ),
            Effect::statement(
                "UPDATE export SET download_count = download_count + 1 WHERE id = ?",
                values![key],
            ),
        ];
        self.note_viewed(scope, Viewed::Export, reference("export", id.to_string()))
            .await?;
        let activity = self.export_activity_of(scope, "export.downloaded", id, &columns.name);
        self.write_export(
            scope.store_id(),
            scope.principal_key(),
            Some(activity),
            effects,
        )
        .await?;
        self.export_changed(scope.store_id(), id);
        let format = columns.format();
        Ok(Some(ExportFile {
            path,
            name: columns.file_name.unwrap_or(columns.name),
            format,
            media_type: format.map_or("application/octet-stream", ExportFormat::media_type),
            rows: columns.row_count.max(0).unsigned_abs(),
            bytes,
            sha256: columns.sha256.unwrap_or_default(),
        }))
    }

    /// An export's row, after a look whether its file still lies in the folder: one that somebody deleted behind our back
    /// is noted as gone. For one export that is opened, never for a list.
    pub(super) async fn checked_columns(
        &self,
        scope: &Scope,
        id: ExportId,
    ) -> Result<Option<Columns>, Error> {
        let columns = self.export_columns(scope, id).await?;
        let now = self.ambient().clock.now().timestamp_micros();
        // Of one that is due to go, whoever deletes it says why.
        let is_kept = columns.as_ref().is_some_and(|columns| {
            columns.has_file && columns.expires_at.is_none_or(|at| at > now)
        });
        if !is_kept || !self.is_missing(id) {
            return Ok(columns);
        }
        self.note_file_gone(scope.store_id(), id).await?;
        self.export_columns(scope, id).await
    }

    /// Whether an export's file is surely not in the folder. Where that can't be told, a disk that fails say, it counts as
    /// there: who downloads it hears.
    fn is_missing(&self, id: ExportId) -> bool {
        let Ok(folder) = self.export_folder() else {
            return false;
        };
        let found = std::fs::metadata(folder.join(id.to_string()));
        found.is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound)
    }

    /// Notes that an export's file is gone from the folder, unless it is due to go by now.
    async fn note_file_gone(&self, store: StoreId, id: ExportId) -> Result<(), Error> {
        let now = self.ambient().clock.now().timestamp_micros();
        let effect = Effect::statement(
            "UPDATE export SET has_file = ?, status = 'expired', expires_at = ?, error_code = 'gone', error = ? \
             WHERE id = ? AND has_file AND (expires_at IS NULL OR expires_at > ?)",
            values![
                false,
                now,
                "its file is gone from the server's folder",
                id.0.as_bytes().to_vec(),
                now
            ],
        );
        self.recorder().apply(vec![effect]).await?;
        self.export_changed(store, id);
        Ok(())
    }

    /// Deletes the files whose time is over. Returns how many exports expired. Parts that were left behind are for
    /// whoever runs the worker to sweep.
    ///
    /// # Errors
    /// When the database or the folder fails.
    pub async fn expire_exports(&self) -> Result<u64, Error> {
        let now = self.ambient().clock.now().timestamp_micros();
        let backend = self.readers().get_database_backend();
        let text = "SELECT id, store_id FROM export WHERE has_file AND expires_at <= ? ORDER BY expires_at LIMIT 1000";
        let mut expired = 0;
        for row in sql(backend, text, values![now])
            .rows(self.readers())
            .await?
        {
            let id = id_of(&row.try_get_by_index::<Vec<u8>>(0)?)?;
            self.drop_file(StoreId(row.try_get_by_index(1)?), id)
                .await?;
            expired += 1;
        }
        Ok(expired)
    }

    /// Deletes an export's file for good and says that it expired.
    pub(crate) async fn drop_file(&self, store: StoreId, id: ExportId) -> Result<(), Error> {
        let path = self.export_folder()?.join(id.to_string());
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(Error::Configuration(format!(
                    "the file of an export can't be deleted: {error}"
                )));
            }
            _ => {}
        }
        let now = self.ambient().clock.now().timestamp_micros();
        let effect = Effect::statement(
            "UPDATE export SET has_file = ?, status = 'expired', expires_at = CASE WHEN expires_at < ? THEN expires_at ELSE ? END \
             WHERE id = ?",
            values![false, now, now, id.0.as_bytes().to_vec()],
        );
        self.recorder().apply(vec![effect]).await?;
        self.export_changed(store, id);
        Ok(())
    }

    /// Deletes an export's file for good because something in it is erased, and says so.
    pub(crate) async fn erase_file(&self, store: StoreId, id: ExportId) -> Result<(), Error> {
        self.recorder().apply(vec![marked_erased(id)]).await?;
        self.drop_file(store, id).await
    }

    /// Takes every word out of an export because they name somebody who is erased. One that was asked for here and waits
    /// or runs is cancelled, which is recorded; its file, if it has one, goes: nothing tells any more what it holds.
    /// Returns whether a file went.
    pub(crate) async fn erase_words(&self, scope: &Scope, id: ExportId) -> Result<bool, Error> {
        let key = id.0.as_bytes().to_vec();
        let text = "SELECT status, has_file, is_recorded FROM export WHERE id = ? AND store_id = ?";
        loop {
            let values = values![key.clone(), scope.store_id().0];
            let found = sql(self.readers().get_database_backend(), text, values);
            let Some(row) = found.row(self.readers()).await? else {
                return Ok(false);
            };
            let status: String = row.try_get_by_index(0)?;
            let has_file: bool = row.try_get_by_index(1)?;
            let is_recorded: bool = row.try_get_by_index(2)?;
            if !is_recorded && matches!(status.as_str(), "queued" | "running") {
                match self.cancel_erased(scope, id).await {
                    // It ended meanwhile, perhaps with a file.
                    Err(Error::Problem(problem)) if problem.code == Code::Conflict => continue,
                    other => other?,
                }
                return Ok(false);
            }
            let goes = has_file && !is_recorded;
            let mut effects = vec![drop_words(id)?];
            if goes {
                effects.push(marked_erased(id));
            }
            self.recorder().apply(effects).await?;
            if goes {
                self.drop_file(scope.store_id(), id).await?;
            }
            return Ok(goes);
        }
    }

    /// Cancels an export whose words go. Its worker deletes what it has written.
    async fn cancel_erased(&self, scope: &Scope, id: ExportId) -> Result<(), Error> {
        let now = self.ambient().clock.now().timestamp_micros();
        let effects = vec![super::request::cancelled(id, now), drop_words(id)?];
        let mut activity = self.export_activity_of(scope, "export.cancelled", id, DROPPED_NAME);
        activity.description = Some("Export cancelled: an erasure".to_owned());
        self.write_export(
            scope.store_id(),
            scope.principal_key(),
            Some(activity),
            effects,
        )
        .await?;
        self.export_changed(scope.store_id(), id);
        Ok(())
    }

    /// Deletes the files of a store that is being removed.
    pub(crate) async fn drop_files_of(&self, store: StoreId) -> Result<(), Error> {
        let text = "SELECT id FROM export WHERE store_id = ? AND has_file";
        let values = values![store.0];
        let rows = sql(self.readers().get_database_backend(), text, values)
            .rows(self.readers())
            .await?;
        for row in rows {
            let id = id_of(&row.try_get_by_index::<Vec<u8>>(0)?)?;
            self.drop_file(store, id).await?;
        }
        Ok(())
    }

    /// For how many days the files of a store's exports are kept.
    pub(super) async fn days_of(&self, store: StoreId) -> Result<i64, Error> {
        let text = "SELECT export_days FROM store WHERE id = ?";
        let row = sql(
            self.readers().get_database_backend(),
            text,
            values![store.0],
        )
        .row(self.readers())
        .await?;
        Ok(row
            .map(|row| row.try_get_by_index(0))
            .transpose()?
            .unwrap_or(30))
    }

    /// For how many days files of exports are kept.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn export_days(&self, scope: &Scope) -> Result<u32, Error> {
        let days = self.days_of(scope.store_id()).await?;
        Ok(u32::try_from(days).unwrap_or(30))
    }

    /// Says for how many days files of exports are kept, 1 to 3,650: of exports to come.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::ManageRetention`], or out of bounds.
    pub async fn set_export_days(&self, scope: &Scope, days: u32) -> Result<(), Error> {
        scope.require(Permission::ManageRetention)?;
        if !(1..=3_650).contains(&days) {
            let message = "1 to 3,650 days";
            return Err(Problem::field("/export_days", "out_of_range", message).into());
        }
        let before = self.export_days(scope).await?;
        if before == days {
            return Ok(());
        }
        let effect = crate::account::changing(
            "UPDATE store SET export_days = ? WHERE id = ? AND export_days = ?",
            values![i64::from(days), scope.store_id().0, i64::from(before)],
        );
        let change = crate::account::changed("export_days", &before.to_string(), &days.to_string());
        let activity = domain::Activity {
            actor: scope.actor(),
            ..crate::account::own_activity(
                self.ambient(),
                "settings.updated",
                domain::Category::Settings,
                None,
                vec![change],
            )
        };
        self.write_for(scope, activity, vec![effect]).await
    }
}

/// What says of an export's file that it goes because something in it is erased.
pub(crate) fn marked_erased(id: ExportId) -> Effect {
    Effect::statement(
        "UPDATE export SET expires_at = 0, error_code = 'erased', error = ? WHERE id = ? AND has_file",
        values![
            "its file held entries that were erased since",
            id.0.as_bytes().to_vec()
        ],
    )
}

/// What puts the exports of some logs that are being made back into the queue, except some: what they have read is
/// older than the transaction that this belongs to.
pub(crate) fn begun_anew(store: StoreId, logs: Vec<Source>, spared: Vec<ExportId>) -> Effect {
    Effect::new(move |transaction| {
        let mut statement = sql(
            transaction.get_database_backend(),
            "UPDATE export SET status = 'queued', lease = NULL, lease_until = NULL, started_at = NULL, row_count = 0, \
             total = NULL, byte_count = NULL WHERE store_id = ? AND status = 'running' AND kind IN ",
            values![store.0],
        );
        statement.list(logs.iter().map(|log| log.as_str()));
        if !spared.is_empty() {
            statement
                .push(" AND id NOT IN ")
                .list(spared.iter().map(|id| id.0.as_bytes().to_vec()));
        }
        Box::pin(async move { statement.execute(transaction).await.map(drop) })
    })
}
