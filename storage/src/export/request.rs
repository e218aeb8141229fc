//! Asking for an export, cancelling it, asking again.

use super::name_of;
use super::requester_of;
use super::row::Spec;
use crate::log::zone;
use crate::record::{Effect, Idempotency, Receipt, Record, Recorded};
use crate::sql::{sql, values};
use crate::{Error, Scope, Storage};
use domain::export::{ExportOptions, ExportStatus, Selection};
use domain::view::ExportRow;
use domain::{Activity, Code, ExportId, Permission, Problem, Role, ScheduleId, StoreId, fold};
use serde_json::json;

/// What is written of a new export.
pub(super) struct NewExport {
    pub(super) id: ExportId,
    pub(super) name: String,
    pub(super) spec: Spec,
    pub(super) up_to: i64,
    pub(super) status: ExportStatus,
    pub(super) requested_at: i64,
    pub(super) schedule: Option<ScheduleId>,
    pub(super) error: Option<(&'static str, String)>,
}

/// For whom an export is, as it is kept with it.
pub(super) struct Requester {
    pub(super) store: StoreId,
    /// As [`requester_of`] writes it.
    pub(super) key: String,
    pub(super) name: String,
    /// With which role its file is or would be made.
    pub(super) role: Role,
}

impl NewExport {
    /// What inserts it for its requester.
    pub(super) fn insert(&self, scope: &Scope) -> Result<Effect, Error> {
        let requester = Requester {
            store: scope.store_id(),
            key: requester_of(scope.principal()),
            name: name_of(scope.principal()),
            role: scope.role(),
        };
        self.insert_for(&requester)
    }

    /// What inserts it for a requester who may have no scope any more.
    pub(super) fn insert_for(&self, requester: &Requester) -> Result<Effect, Error> {
        let by = requester.name.clone();
        let source = self.spec.selection.as_ref().map(Selection::source);
        let kind = source.map_or("", domain::export::Source::as_str);
        let q = self.spec.selection.as_ref().and_then(Selection::q);
        let error = self.error.as_ref();
        let words = fold(&format!(
            "{} {kind} {} {by} {}",
            self.name,
            q.unwrap_or_default(),
            error.map_or("", |(_, words)| words),
        ));
        Ok(Effect::statement(
            "INSERT INTO export (id, store_id, requested_at, kind, is_recorded, format, status, name, requester, \
             requester_name, role, spec, up_to, words, schedule_id, error_code, error) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            values![
                self.id.0.as_bytes().to_vec(),
                requester.store.0,
                self.requested_at,
                kind,
                false,
                self.spec.options.as_ref().map(|o| o.format.as_str()),
                self.status.as_str(),
                self.name.clone(),
                requester.key.clone(),
                by,
                super::row::kept_role(requester.role)?,
                self.spec.to_json()?,
                self.up_to,
                words,
                self.schedule.map(|id| id.0.as_bytes().to_vec()),
                error.map(|(code, _)| *code),
                error.map(|(_, words)| words.clone()),
            ],
        ))
    }
}

/// What stops an export that waits or runs: whoever writes it loses its lease.
pub(super) fn cancelled(id: ExportId, now: i64) -> Effect {
    Effect::one(
        "UPDATE export SET status = 'cancelled', finished_at = ?, lease = NULL, lease_until = NULL \
         WHERE id = ? AND status IN ('queued', 'running')",
        values![now, id.0.as_bytes().to_vec()],
        "this export is over; only one that waits or runs can be cancelled",
    )
}

/// What is kept of the answer: which entry told of the export. The rest follows from it.
pub(super) fn remembered(idempotency: Idempotency) -> Idempotency {
    fn first(receipts: &[Receipt]) -> Vec<u8> {
        let seq = receipts.first().map_or(0, |receipt| receipt.seq.0);
        seq.to_be_bytes().to_vec()
    }
    Idempotency {
        answer: first,
        ..idempotency
    }
}

impl Storage {
    /// Puts an export in the queue. Records `export.requested`.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::Export`] or the right to read that log; wrong ids, options or query;
    /// [`Problem::picked_gone`] when nothing of what was picked is left; a mark that is none any more.
    pub async fn request_export(
        &self,
        scope: &Scope,
        selection: Selection,
        options: ExportOptions,
    ) -> Result<ExportRow, Error> {
        let asked = self.request_export_once(scope, selection, options, None);
        Ok(asked.await?.0)
    }

    /// As [`Storage::request_export`]. A call that was made before under the same idempotency key asks for nothing
    /// new: it is answered with the first one's export as it stands now, and true.
    ///
    /// # Errors
    /// As [`Storage::request_export`]; `idempotency_conflict` for another call under the same key; `not_found` when
    /// the first one's export is no longer in the log.
    pub async fn request_export_once(
        &self,
        scope: &Scope,
        selection: Selection,
        options: ExportOptions,
        idempotency: Option<Idempotency>,
    ) -> Result<(ExportRow, bool), Error> {
        scope.require(Permission::Export)?;
        let options = self.checked_options(&selection, options)?;
        let now = self.ambient().clock.now();
        let picked = self.pick(scope, &selection, None, now).await?;
        let missing = if self.is_repeated(scope, idempotency.as_ref()).await? {
            0
        } else {
            self.missing_picks(scope, &selection, &picked).await?
        };
        let name = options
            .name
            .clone()
            .unwrap_or_else(|| self.export_name(scope, &selection));
        let new = NewExport {
            id: ExportId(self.ambient().uuid()),
            name,
            spec: Spec {
                selection: Some(selection),
                options: Some(options),
                missing,
                ..Spec::default()
            },
            up_to: picked.up_to,
            status: ExportStatus::Queued,
            requested_at: now.timestamp_micros(),
            schedule: None,
            error: None,
        };
        let activity = self.requested(scope, &new);
        let written = self.recorder().write(
            scope.store_id(),
            scope.principal_key(),
            vec![Record::Activity(activity)],
            vec![new.insert(scope)?],
            idempotency.map(remembered),
        );
        let id = match written.await? {
            Recorded::New(_) => new.id,
            Recorded::Replayed(stored) => {
                let id = self.remembered_export(scope, &stored).await?;
                return Ok((self.seen_export(scope, id).await?, true));
            }
        };
        self.export_changed(scope.store_id(), id);
        self.wake_workers();
        Ok((self.seen_export(scope, id).await?, false))
    }

    /// The export of the call whose answer was remembered.
    pub(super) async fn remembered_export(
        &self,
        scope: &Scope,
        stored: &[u8],
    ) -> Result<ExportId, Error> {
        let seq = stored.try_into().map_or(0, i64::from_be_bytes);
        let text = "SELECT a.subject_id FROM ledger l JOIN activity a ON a.order_key = l.order_key \
                    WHERE l.seq = ? AND l.kind = 'activity' AND a.store_id = ?";
        let values = values![seq, scope.store_id().0];
        let row = sql(self.readers().get_database_backend(), text, values)
            .row(self.readers())
            .await?;
        let id: Option<String> = row
            .map(|row| row.try_get_by_index(0))
            .transpose()?
            .flatten();
        let id = id.and_then(|id| id.parse().ok());
        Ok(ExportId(id.ok_or_else(|| Problem::not_found("export"))?))
    }

    pub(super) fn requested(&self, scope: &Scope, new: &NewExport) -> Activity {
        let options = new.spec.options.as_ref();
        let selection = new.spec.selection.as_ref();
        let mut activity = self.export_activity_of(scope, "export.requested", new.id, &new.name);
        activity.details = Some(match selection {
            Some(Selection::Ids { source, ids }) => {
                let mut details = json!({
                    "log": source.as_str(), "picked": ids.len(),
                    "format": options.map(|o| o.format.as_str()), "up_to": new.up_to,
                });
                if new.spec.missing > 0 {
                    details["missing"] = json!(new.spec.missing);
                }
                details
            }
            Some(Selection::Matching {
                source, q, except, ..
            }) => json!({
                "log": source.as_str(), "q": q, "excepted": except.len(),
                "format": options.map(|o| o.format.as_str()), "up_to": new.up_to,
            }),
            None => json!({}),
        });
        activity
    }

    /// A name made of the log and the day.
    fn export_name(&self, scope: &Scope, selection: &Selection) -> String {
        let now = self.ambient().clock.now();
        let local = now.with_timezone(&zone::of(scope.store()));
        format!("{}-{}", selection.source(), local.format("%Y-%m-%d"))
    }

    pub(super) fn checked_options(
        &self,
        selection: &Selection,
        options: ExportOptions,
    ) -> Result<ExportOptions, Problem> {
        let options = options.checked(selection.source())?;
        if let Some(zone) = &options.time_zone
            && zone.parse::<chrono_tz::Tz>().is_err()
        {
            let message = "an IANA time zone, such as Asia/Riyadh";
            return Err(Problem::field("/options/time_zone", "unknown", message));
        }
        Ok(options)
    }

    /// Stops an export that waits or runs; its unfinished file is deleted by whoever writes it.
    ///
    /// # Errors
    /// `not_found`; `conflict` when it is over.
    pub async fn cancel_export(&self, scope: &Scope, id: ExportId) -> Result<ExportRow, Error> {
        let row = self.seen_export(scope, id).await?;
        scope.require(Permission::Export)?;
        let now = self.ambient().clock.now().timestamp_micros();
        let mut activity = self.export_activity_of(scope, "export.cancelled", id, &row.name);
        activity.description = Some("Export cancelled".to_owned());
        self.write_export(
            scope.store_id(),
            scope.principal_key(),
            Some(activity),
            vec![cancelled(id, now)],
        )
        .await?;
        self.export_changed(scope.store_id(), id);
        self.seen_export(scope, id).await
    }

    /// Asks for an export with the same selection and options again, as of now and with the role of who asks
    /// again; relative times stay relative.
    ///
    /// # Errors
    /// `not_found`; `conflict` for one that the shop made; as [`Storage::request_export`].
    pub async fn repeat_export(&self, scope: &Scope, id: ExportId) -> Result<ExportRow, Error> {
        let (selection, options) = self.export_asked(scope, id).await?;
        self.request_export(scope, selection, options).await
    }

    /// What an export was asked for with, to be asked anew: its rows, with those that were left out, and how its file
    /// looks.
    ///
    /// # Errors
    /// `not_found`; `conflict` for one that the shop made.
    pub async fn export_asked(
        &self,
        scope: &Scope,
        id: ExportId,
    ) -> Result<(Selection, ExportOptions), Error> {
        let columns = self.export_columns(scope, id).await?;
        let columns = columns.ok_or_else(|| Problem::not_found("export"))?;
        let spec = Spec::of_json(&columns.spec)?;
        let (Some(selection), Some(options)) = (spec.selection, spec.options) else {
            let message = "the shop made this export; only the shop can make it again";
            return Err(Problem::new(Code::Conflict, message).into());
        };
        Ok((selection.anew(), options))
    }

    pub(super) async fn seen_export(
        &self,
        scope: &Scope,
        id: ExportId,
    ) -> Result<ExportRow, Error> {
        self.export_row(scope, id)
            .await?
            .ok_or_else(|| Problem::not_found("export").into())
    }
}
