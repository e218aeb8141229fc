//! An export's row, and what a reader is shown of it.

use super::requester_of;
use crate::log::{uuid_of, zone};
use crate::record::Effect;
use crate::sql::values;
use crate::{Error, Scope};
use chrono::{DateTime, Utc};
use domain::export::{ExportFacts, ExportFormat, ExportOptions, ExportStatus, Selection, Source};
use domain::view::ExportRow;
use domain::{ExportAccess, ExportId, Role, ScheduleId};
use sea_orm::FromQueryResult;
use serde::{Deserialize, Serialize};

/// What is exported and how, as it is kept.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Spec {
    /// None for an export that the shop made.
    pub(crate) selection: Option<Selection>,
    pub(crate) options: Option<ExportOptions>,
    /// To whom a link is still to be sent when it is done.
    pub(crate) owed: Vec<String>,
    /// To whom none could be sent.
    pub(crate) refused: Vec<String>,
    /// The shop's own filter.
    pub(crate) filter: Option<String>,
    /// When a schedule had it due: from then relative times count, however late it is made up.
    pub(crate) due_at: Option<DateTime<Utc>>,
    /// How many of the picked ids were nothing any more when it was asked for.
    pub(crate) missing: u64,
}

impl Spec {
    pub(crate) fn to_json(&self) -> Result<String, Error> {
        serde_json::to_string(self).map_err(damaged)
    }

    pub(crate) fn of_json(text: &str) -> Result<Self, Error> {
        serde_json::from_str(text).map_err(damaged)
    }

    /// The time from which relative times of the query count.
    pub(crate) fn counts_from(&self, requested_at: i64) -> DateTime<Utc> {
        self.due_at.unwrap_or_else(|| zone::time_of(requested_at))
    }
}

pub(super) fn damaged(error: serde_json::Error) -> Error {
    Error::Damaged {
        what: "export",
        detail: error.to_string(),
    }
}

pub(super) const COLUMNS: &str = "id, requested_at, kind, is_recorded, format, status, name, requester, requester_name, role, \
     spec, up_to, words, row_count, total, byte_count, sha256, error_code, error, has_file, started_at, finished_at, \
     expires_at, schedule_id, download_count, file_name";

#[derive(FromQueryResult)]
pub(super) struct Columns {
    pub(super) id: Vec<u8>,
    pub(super) requested_at: i64,
    pub(super) kind: String,
    pub(super) is_recorded: bool,
    pub(super) format: Option<String>,
    pub(super) status: String,
    pub(super) name: String,
    pub(super) requester: String,
    pub(super) requester_name: String,
    pub(super) role: String,
    pub(super) spec: String,
    pub(super) up_to: i64,
    pub(super) words: String,
    pub(super) row_count: i64,
    pub(super) total: Option<i64>,
    pub(super) byte_count: Option<i64>,
    pub(super) sha256: Option<String>,
    pub(super) error_code: Option<String>,
    pub(super) error: Option<String>,
    pub(super) has_file: bool,
    pub(super) started_at: Option<i64>,
    pub(super) finished_at: Option<i64>,
    pub(super) expires_at: Option<i64>,
    pub(super) schedule_id: Option<Vec<u8>>,
    pub(super) download_count: i64,
    pub(super) file_name: Option<String>,
}

impl Columns {
    pub(super) fn id(&self) -> Result<ExportId, Error> {
        Ok(ExportId(uuid_of(&self.id)?))
    }

    pub(super) fn source(&self) -> Option<Source> {
        if self.is_recorded {
            None
        } else {
            self.kind.parse().ok()
        }
    }

    pub(super) fn format(&self) -> Option<ExportFormat> {
        self.format.as_deref().and_then(|text| text.parse().ok())
    }

    pub(super) fn status(&self) -> Result<ExportStatus, Error> {
        self.status.parse().map_err(|()| Error::Damaged {
            what: "export",
            detail: format!("{} is no status", self.status),
        })
    }

    pub(super) fn role(&self) -> Result<Role, Error> {
        read_role(&self.role)
    }

    pub(super) fn facts(&self) -> Result<ExportFacts<'_>, Error> {
        Ok(ExportFacts {
            id: self.id()?,
            kind: &self.kind,
            format: self.format(),
            status: self.status()?,
            by: &self.requester_name,
            requested_at: self.requested_at,
            words: &self.words,
        })
    }

    /// Whether a scope sees the line.
    pub(super) fn is_seen_by(&self, scope: &Scope) -> Result<bool, Error> {
        let is_own = self.requester == requester_of(scope.principal());
        Ok(match scope.role().export_access() {
            ExportAccess::All => true,
            ExportAccess::Team => {
                is_own
                    || self.is_recorded
                    || !matches!(self.role()?, Role::SuperAdmin | Role::Admin)
            }
            ExportAccess::Own => is_own,
            ExportAccess::None => false,
        })
    }

    /// Whether a scope that sees the line may have the file: it sees everything that the file can hold.
    pub(super) fn is_open_to(&self, scope: &Scope) -> Result<bool, Error> {
        let role = self.role()?;
        Ok(match self.source() {
            Some(source) if self.requester == requester_of(scope.principal()) => {
                scope.role().covers_own(role, source)
            }
            Some(source) => scope.role().covers(role, source),
            None => {
                matches!(
                    scope.role().export_access(),
                    ExportAccess::All | ExportAccess::Team
                ) || role == scope.role()
            }
        })
    }

    /// The line as a scope sees it.
    pub(super) fn into_row(self, scope: &Scope, now: i64) -> Result<ExportRow, Error> {
        let spec = Spec::of_json(&self.spec)?;
        let requested_at = zone::time_of(self.requested_at);
        let status = self.status()?;
        let (q, picked, excepted) = match &spec.selection {
            Some(Selection::Matching { q, except, .. }) => {
                (Some(q.clone()), None, except.len() as u64)
            }
            Some(Selection::Ids { ids, .. }) => (None, Some(ids.len() as u64), 0),
            None => (spec.filter.clone(), None, 0),
        };
        // Of what the shop made its format alone is known.
        let told = self.format().filter(|_| self.is_recorded);
        let seconds_left = match (status, self.started_at, self.total) {
            (ExportStatus::Running, Some(started), Some(total)) if self.row_count > 0 => {
                let passed = u128::from((now - started).max(0).unsigned_abs());
                let left = u128::from((total - self.row_count).max(0).unsigned_abs());
                let micros = passed * left / u128::from(self.row_count.unsigned_abs());
                u64::try_from(micros.div_ceil(1_000_000)).ok()
            }
            _ => None,
        };
        Ok(ExportRow {
            id: self.id()?,
            source: self.source(),
            q,
            picked,
            excepted,
            missing: spec.missing,
            options: spec.options.or_else(|| told.map(ExportOptions::of)),
            status,
            rows: self.row_count.max(0).unsigned_abs(),
            total: self.total.map(|n| n.max(0).unsigned_abs()),
            bytes: self.byte_count.map(|n| n.max(0).unsigned_abs()),
            has_file: self.has_file && self.is_open_to(scope)?,
            is_own: self.requester == requester_of(scope.principal()),
            schedule: self
                .schedule_id
                .as_deref()
                .map(uuid_of)
                .transpose()?
                .map(ScheduleId),
            kind: self.kind,
            name: self.name,
            sha256: self.sha256,
            error_code: self.error_code,
            error: self.error,
            requested_at,
            offset_minutes: zone::offset_minutes(zone::of(scope.store()), requested_at),
            finished_at: self.finished_at.map(zone::time_of),
            // Of a file that went with an erasure it is 0: to go at once.
            expires_at: self.expires_at.filter(|at| *at > 0).map(zone::time_of),
            by: self.requester_name,
            is_recorded: self.is_recorded,
            download_count: self.download_count.max(0).unsigned_abs(),
            seconds_left,
        })
    }
}

/// What an export without its words is called.
pub(super) const DROPPED_NAME: &str = "export";

/// What takes every word out of an export's row: who asked for it and when stays, what for does not.
pub(super) fn drop_words(id: ExportId) -> Result<Effect, Error> {
    let spec = Spec::default().to_json()?;
    Ok(Effect::statement(
        "UPDATE export SET name = ?, words = '', spec = ?, error = NULL, file_name = NULL WHERE id = ?",
        values![DROPPED_NAME, spec, id.0.as_bytes().to_vec()],
    ))
}

/// The role that a file is built with, as it is kept: what an own role opened then, not what it opens later.
pub(super) fn kept_role(role: Role) -> Result<String, Error> {
    match role {
        Role::Own(_) => serde_json::to_string(&role).map_err(|error| Error::Damaged {
            what: "role",
            detail: error.to_string(),
        }),
        shipped => Ok(shipped.as_str().to_owned()),
    }
}

fn read_role(text: &str) -> Result<Role, Error> {
    if let Ok(role) = text.parse() {
        return Ok(role);
    }
    // Written by builds of November 2026: which own role is not known, so its file is for who sees everything.
    if text == "own" {
        return Ok(Role::SuperAdmin);
    }
    serde_json::from_str(text).map_err(|error| Error::Damaged {
        what: "role",
        detail: error.to_string(),
    })
}
