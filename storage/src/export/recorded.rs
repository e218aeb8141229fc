//! Exports that the shop made itself.

use super::name_of;
use super::request::remembered;
use super::requester_of;
use super::row::Spec;
use crate::record::{Effect, Idempotency, Record, Recorded};
use crate::sql::values;
use crate::{Error, Scope, Storage};
use chrono::Duration;
use domain::export::{ExportStatus, RecordedExport};
use domain::view::ExportRow;
use domain::{ExportId, Permission, Problem, fold};
use sha2::{Digest as _, Sha256};
use std::io::Write as _;
use std::path::Path;

impl Storage {
    /// Records an export that the shop made, with its file if it sent one: name and bytes. Records
    /// `export.completed` or `export.failed`.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::Record`]; wrong fields; the file can't be written.
    pub async fn record_export(
        &self,
        scope: &Scope,
        told: RecordedExport,
        file: Option<(String, Vec<u8>)>,
    ) -> Result<ExportRow, Error> {
        let recorded = self.record_export_once(scope, told, file, None);
        Ok(recorded.await?.0)
    }

    /// As [`Storage::record_export`], with an idempotency key as in [`Storage::request_export_once`].
    ///
    /// # Errors
    /// As those two.
    pub async fn record_export_once(
        &self,
        scope: &Scope,
        told: RecordedExport,
        file: Option<(String, Vec<u8>)>,
        idempotency: Option<Idempotency>,
    ) -> Result<(ExportRow, bool), Error> {
        scope.require(Permission::Record)?;
        let told = told.checked()?;
        let is_failed = told.outcome == ExportStatus::Failed;
        if is_failed && file.is_some() {
            let message = "a failed export has no file";
            return Err(Problem::field("/file", "contradiction", message).into());
        }
        let id = ExportId(self.ambient().uuid());
        let now = self.ambient().clock.now();
        let at = told.occurred_at.unwrap_or(now);
        let by = told
            .requester
            .clone()
            .unwrap_or_else(|| name_of(scope.principal()));
        let words = fold(&format!(
            "{} {} {} {by} {}",
            told.name,
            told.category,
            told.filter.as_deref().unwrap_or_default(),
            told.error.as_deref().unwrap_or_default(),
        ));
        let spec = Spec {
            filter: told.filter.clone(),
            ..Spec::default()
        };
        let mut written = None;
        if let Some((name, bytes)) = &file {
            let path = self.export_folder()?.join(id.to_string());
            keep(&path, bytes).map_err(|error| {
                Error::Configuration(format!("the file of an export can't be kept: {error}"))
            })?;
            written = Some((path, file_name(name)));
        }
        let days = self.days_of(scope.store_id()).await?;
        let bytes = file.as_ref().map(|(_, bytes)| bytes);
        let effect = Effect::statement(
            "INSERT INTO export (id, store_id, requested_at, kind, is_recorded, format, status, name, requester, requester_name, \
             role, spec, up_to, words, row_count, total, byte_count, sha256, error_code, error, file_name, has_file, finished_at, \
             expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            values![
                id.0.as_bytes().to_vec(),
                scope.store_id().0,
                at.timestamp_micros(),
                told.category.clone(),
                true,
                told.format.map(|format| format.as_str()),
                told.outcome.as_str(),
                told.name.clone(),
                requester_of(scope.principal()),
                by,
                super::row::kept_role(scope.role())?,
                spec.to_json()?,
                words,
                told.rows.and_then(|n| i64::try_from(n).ok()).unwrap_or(0),
                told.rows.and_then(|n| i64::try_from(n).ok()),
                bytes.and_then(|bytes| i64::try_from(bytes.len()).ok()),
                bytes.map(|bytes| crate::session::hex(&Sha256::digest(bytes))),
                is_failed.then_some("reported"),
                told.error.clone(),
                written.as_ref().map(|(_, name)| name.clone()),
                written.is_some(),
                at.timestamp_micros(),
                written
                    .is_some()
                    .then(|| (now + Duration::days(days)).timestamp_micros()),
            ],
        );
        let action = if is_failed {
            "export.failed"
        } else {
            "export.completed"
        };
        let mut activity = self.export_activity_of(scope, action, id, &told.name);
        activity.error = told.error;
        activity.details = told.rows.map(|rows| serde_json::json!({ "rows": rows }));
        let done = self
            .recorder()
            .write(
                scope.store_id(),
                scope.principal_key(),
                vec![Record::Activity(activity)],
                vec![effect],
                idempotency.map(remembered),
            )
            .await;
        if let (false, Some((path, _))) = (matches!(done, Ok(Recorded::New(_))), written) {
            // What can't be deleted under its name is left for the sweep of parts.
            if std::fs::remove_file(&path).is_err() {
                let _ = std::fs::rename(&path, path.with_extension("part"));
            }
        }
        if let Recorded::Replayed(stored) = done? {
            let id = self.remembered_export(scope, &stored).await?;
            return Ok((self.seen_export(scope, id).await?, true));
        }
        self.export_changed(scope.store_id(), id);
        Ok((self.seen_export(scope, id).await?, false))
    }
}

/// Writes a file so that it has its name only when it is whole: what a full disk cut short goes, and what a power cut
/// left ends with `.part` and is swept.
fn keep(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let part = path.with_extension("part");
    let write = || {
        let mut file = std::fs::File::create(&part)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&part, path)
    };
    write().inspect_err(|_| {
        // What can't be deleted now is swept later.
        let _ = std::fs::remove_file(&part);
    })
}

/// The last part of a name, without what a file system or a header could stumble over.
fn file_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = last
        .chars()
        .filter(|c| !c.is_control() && !"\"<>:|?*".contains(*c))
        .take(150)
        .collect();
    match clean.trim_matches(['.', ' ']) {
        "" => "export".to_owned(),
        name => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{file_name, keep};

    #[test]
    fn a_file_that_can_not_be_whole_is_not_there_at_all() {
        let folder = tempfile::tempdir().expect("a folder");
        let names = || -> Vec<_> {
            let entries = std::fs::read_dir(folder.path()).expect("read");
            entries.map(|e| e.expect("read").file_name()).collect()
        };
        keep(&folder.path().join("01"), b"PK").expect("kept");
        assert_eq!(names(), ["01"]);
        assert_eq!(
            std::fs::read(folder.path().join("01")).expect("read"),
            b"PK"
        );
        // Where its name is taken by a folder the last step fails, as a full disk makes the first one fail.
        std::fs::remove_file(folder.path().join("01")).expect("gone");
        std::fs::create_dir_all(folder.path().join("01/in it")).expect("made");
        keep(&folder.path().join("01"), b"PK").expect_err("not kept");
        assert_eq!(names(), ["01"]);
    }

    #[test]
    fn a_path_in_a_name_is_no_path() {
        for (told, kept) in [
            ("orders.csv", "orders.csv"),
            ("../../etc/passwd", "passwd"),
            ("C:\\temp\\orders.csv", "orders.csv"),
            ("..", "export"),
            ("", "export"),
            ("a\r\nb\".csv", "ab.csv"),
            (
                "\u{637}\u{644}\u{628}\u{627}\u{62a}.csv",
                "\u{637}\u{644}\u{628}\u{627}\u{62a}.csv",
            ),
        ] {
            assert_eq!(file_name(told), kept, "{told}");
        }
    }
}
