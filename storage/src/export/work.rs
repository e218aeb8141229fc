//! Building exports: claimed under a lease, so that a killed process loses nothing.

use super::row::{COLUMNS, Columns, Spec};
use super::rows::ExportRows;
use crate::log::uuid_of;
use crate::record::Effect;
use crate::sql::{sql, values};
use crate::{Error, Scope, Storage};
use chrono::{DateTime, Duration, TimeDelta, Utc};
use domain::export::{ExportOptions, Selection, Source};
use domain::view::StoreView;
use domain::{Code, ExportId, Problem, StoreId, fold};
use sea_orm::{ConnectionTrait as _, DbBackend};
use uuid::Uuid;

/// An export that a worker has taken.
#[derive(Debug, Clone)]
pub struct ExportJob {
    /// Which one.
    pub id: ExportId,
    /// Of which log.
    pub source: Source,
    /// What is selected.
    pub selection: Selection,
    /// How the file looks.
    pub options: ExportOptions,
    /// What it is called.
    pub name: String,
    /// The query, when it is one.
    pub q: Option<String>,
    /// From when relative times count: when it was asked for, or when its schedule had it due.
    pub counts_from: DateTime<Utc>,
    /// Of which store.
    pub store: StoreView,
    /// Who asked for it.
    pub requester: String,
    /// What the requester may read now.
    pub scope: Scope,
    up_to: i64,
    lease: Uuid,
    lease_for: TimeDelta,
}

impl Storage {
    /// Takes the export that waits longest, or whose worker died, for at most `lease` without progress. One
    /// whose requester may not export any more fails here.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claim_export(&self, lease: TimeDelta) -> Result<Option<ExportJob>, Error> {
        loop {
            let Some((columns, store, token)) = self.take_export(lease).await? else {
                return Ok(None);
            };
            let id = columns.id()?;
            self.export_changed(store, id);
            let spec = Spec::of_json(&columns.spec)?;
            let counts_from = spec.counts_from(columns.requested_at);
            let scope = self.scope_of_requester(&columns.requester, store).await?;
            let scope = scope.filter(|scope| {
                scope.role().may(domain::Permission::Export)
                    && columns.source().is_some_and(|s| scope.role().reads(s))
            });
            let (Some(scope), Some(selection), Some(options), Some(source)) =
                (scope, spec.selection, spec.options, columns.source())
            else {
                let words = format!("{} may not export this any more", columns.requester_name);
                self.end_badly(store, id, &columns.name, token, "not_allowed", words)
                    .await?;
                continue;
            };
            return Ok(Some(ExportJob {
                id,
                source,
                q: selection.q().map(str::to_owned),
                selection,
                options,
                name: columns.name,
                counts_from,
                store: scope.store().clone(),
                requester: columns.requester_name,
                scope,
                up_to: columns.up_to,
                lease: token,
                lease_for: lease,
            }));
        }
    }

    /// Marks an export as taken.
    async fn take_export(
        &self,
        lease: TimeDelta,
    ) -> Result<Option<(Columns, StoreId, Uuid)>, Error> {
        let backend = self.readers().get_database_backend();
        let now = self.ambient().clock.now();
        let lock = if backend == DbBackend::Postgres {
            " FOR UPDATE SKIP LOCKED"
        } else {
            ""
        };
        let token = self.ambient().uuid();
        let text = format!(
            "UPDATE export SET status = 'running', lease = ?, lease_until = ?, started_at = ?, row_count = 0, byte_count = NULL \
             WHERE id = (SELECT id FROM export WHERE status = 'queued' OR (status = 'running' AND lease_until < ?) \
             ORDER BY requested_at, id LIMIT 1{lock})"
        );
        let micros = now.timestamp_micros();
        let until = (now + lease).timestamp_micros();
        let take = Effect::new(move |transaction| {
            let values = values![token.as_bytes().to_vec(), until, micros, micros];
            let statement = sql(transaction.get_database_backend(), &text, values);
            Box::pin(async move { statement.execute(transaction).await.map(drop) })
        });
        // Nothing waits nearly always: then nothing is written.
        let waiting = "SELECT 1 FROM export WHERE status = 'queued' OR (status = 'running' AND lease_until < ?) LIMIT 1";
        let waits = sql(backend, waiting, values![micros])
            .row(self.readers())
            .await?;
        if waits.is_none() {
            return Ok(None);
        }
        self.recorder().apply(vec![take]).await?;
        let text = format!("SELECT {COLUMNS} FROM export WHERE lease = ?");
        let found: Option<Columns> = sql(backend, &text, values![token.as_bytes().to_vec()])
            .one(self.readers())
            .await?;
        let Some(columns) = found else {
            return Ok(None);
        };
        let text = "SELECT store_id FROM export WHERE id = ?";
        let row = sql(backend, text, values![columns.id.clone()])
            .row(self.readers())
            .await?;
        let store = row
            .map(|row| row.try_get_by_index(0))
            .transpose()?
            .unwrap_or(0);
        Ok(Some((columns, StoreId(store), token)))
    }

    /// Opens what a job exports, as of one moment and through the requester's present scope. `is_whole`: with
    /// the entries' content, not only their lines.
    ///
    /// # Errors
    /// A query that is not understood any more, or the database fails.
    pub async fn open_export(&self, job: &ExportJob, is_whole: bool) -> Result<ExportRows, Error> {
        let picked = self
            .pick(&job.scope, &job.selection, Some(job.up_to), job.counts_from)
            .await?;
        let rows = ExportRows::open(self.clone(), job.scope.clone(), picked, is_whole).await?;
        let total = i64::try_from(rows.total()).unwrap_or(i64::MAX);
        // From here on the file is for who sees what this role sees.
        let effect = Effect::statement(
            "UPDATE export SET total = ?, role = ? WHERE id = ? AND lease = ?",
            values![
                total,
                super::row::kept_role(job.scope.role())?,
                job.id.0.as_bytes().to_vec(),
                job.lease.as_bytes().to_vec()
            ],
        );
        self.recorder().apply(vec![effect]).await?;
        self.export_changed(job.store.id, job.id);
        Ok(rows)
    }

    /// Notes how far a job is and keeps its lease. False when it was cancelled or taken by another: stop and
    /// delete what was written.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn export_progress(
        &self,
        job: &ExportJob,
        rows: u64,
        bytes: u64,
    ) -> Result<bool, Error> {
        let until = self.ambient().clock.now() + job.lease_for;
        let effect = Effect::one(
            "UPDATE export SET row_count = ?, byte_count = ?, lease_until = ? WHERE id = ? AND lease = ? AND status = 'running'",
            values![
                i64::try_from(rows).unwrap_or(i64::MAX),
                i64::try_from(bytes).unwrap_or(i64::MAX),
                until.timestamp_micros(),
                job.id.0.as_bytes().to_vec(),
                job.lease.as_bytes().to_vec(),
            ],
            LOST,
        );
        match self.recorder().apply(vec![effect]).await {
            Ok(()) => {
                self.export_changed(job.store.id, job.id);
                Ok(true)
            }
            Err(Error::Problem(problem)) if problem.code == Code::Conflict => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Notes that a job's file is in [`Storage::export_folder`] under the export's id. Records
    /// `export.completed`. `file_name`: as it is downloaded.
    ///
    /// # Errors
    /// `conflict` when it was cancelled meanwhile: delete the file.
    pub async fn finish_export(
        &self,
        job: &ExportJob,
        rows: u64,
        bytes: u64,
        sha256: String,
        file_name: &str,
    ) -> Result<(), Error> {
        let now = self.ambient().clock.now();
        let days = self.days_of(job.store.id).await?;
        let mut activity =
            self.export_activity("export.completed", job.id, &job.name, job.scope.actor());
        activity.details = Some(serde_json::json!({
            "rows": rows, "bytes": bytes, "sha256": sha256.clone(), "format": job.options.format.as_str(),
        }));
        let effect = Effect::one(
            "UPDATE export SET status = 'completed', row_count = ?, total = ?, byte_count = ?, sha256 = ?, file_name = ?, \
             has_file = ?, finished_at = ?, expires_at = ?, lease = NULL, lease_until = NULL \
             WHERE id = ? AND lease = ? AND status = 'running'",
            values![
                i64::try_from(rows).unwrap_or(i64::MAX),
                i64::try_from(rows).unwrap_or(i64::MAX),
                i64::try_from(bytes).unwrap_or(i64::MAX),
                sha256,
                file_name,
                true,
                now.timestamp_micros(),
                (now + Duration::days(days)).timestamp_micros(),
                job.id.0.as_bytes().to_vec(),
                job.lease.as_bytes().to_vec(),
            ],
            LOST,
        );
        self.write_export(job.store.id, String::new(), Some(activity), vec![effect])
            .await?;
        self.export_changed(job.store.id, job.id);
        Ok(())
    }

    /// Notes that a job can't be done. Records `export.failed`. `code`: stable, as in
    /// [`domain::view::ExportRow::error_code`]; `words`: for a person, without paths or addresses.
    ///
    /// # Errors
    /// When the database fails. It is no error when it was cancelled meanwhile.
    pub async fn fail_export(
        &self,
        job: &ExportJob,
        code: &str,
        words: String,
    ) -> Result<(), Error> {
        self.end_badly(job.store.id, job.id, &job.name, job.lease, code, words)
            .await
    }

    async fn end_badly(
        &self,
        store: StoreId,
        id: ExportId,
        name: &str,
        lease: Uuid,
        code: &str,
        words: String,
    ) -> Result<(), Error> {
        let now = self.ambient().clock.now().timestamp_micros();
        let mut activity = self.export_activity(
            "export.failed",
            id,
            name,
            crate::Principal::System("export worker").actor(domain::Role::SuperAdmin),
        );
        activity.error = Some(words.clone());
        let effect = Effect::one(
            "UPDATE export SET status = 'failed', error_code = ?, error = ?, words = words || ?, finished_at = ?, \
             lease = NULL, lease_until = NULL WHERE id = ? AND lease = ? AND status = 'running'",
            values![
                code,
                words.clone(),
                format!(" {}", fold(&words)),
                now,
                id.0.as_bytes().to_vec(),
                lease.as_bytes().to_vec()
            ],
            LOST,
        );
        let ended = self
            .write_export(store, String::new(), Some(activity), vec![effect])
            .await;
        self.export_changed(store, id);
        match ended {
            Err(Error::Problem(Problem {
                code: Code::Conflict,
                ..
            })) => Ok(()),
            other => other,
        }
    }
}

const LOST: &str = "this export was cancelled or taken by another worker";

/// The export of a row's bytes.
pub(super) fn id_of(bytes: &[u8]) -> Result<ExportId, Error> {
    Ok(ExportId(uuid_of(bytes)?))
}
