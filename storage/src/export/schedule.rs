//! Exports that make themselves again and again.

use super::name_of;
use super::request::{NewExport, Requester};
use super::requester_of;
use super::row::{COLUMNS, Columns, Spec, damaged};
use crate::log::{uuid_of, zone};
use crate::record::{Effect, Record};
use crate::sql::{sql, values};
use crate::store::store_of;
use crate::{Error, Scope, Storage};
use chrono::{DateTime, Duration, Utc};
use domain::export::{ExportStatus, ScheduleDraft};
use domain::view::ScheduleView;
use domain::{
    Activity, Category, ExportAccess, ExportId, Permission, Problem, Reference, Role, ScheduleId,
    StoreId,
};
use sea_orm::FromQueryResult;

/// How late a run may be that still counts as on time.
const TOLERANCE: Duration = Duration::minutes(10);
/// How many missed runs are shown; those before them are left out.
const MISSED: usize = 30;
/// How many schedules a store has.
const MOST: usize = 200;

#[derive(FromQueryResult)]
struct ScheduleColumns {
    id: Vec<u8>,
    store_id: i64,
    owner: String,
    owner_name: String,
    draft: String,
    is_on: bool,
    next_at: Option<i64>,
}

const SCHEDULE_COLUMNS: &str = "id, store_id, owner, owner_name, draft, is_on, next_at";

impl Storage {
    /// The schedules that a reader sees, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_schedules(&self, scope: &Scope) -> Result<Vec<ScheduleView>, Error> {
        let mut views = Vec::new();
        for columns in self.schedules_of(scope).await? {
            let draft: ScheduleDraft = serde_json::from_str(&columns.draft).map_err(damaged)?;
            let next_at = columns.next_at.filter(|_| columns.is_on).map(zone::time_of);
            let at = next_at.unwrap_or_else(|| self.ambient().clock.now());
            let text = format!(
                "SELECT {COLUMNS} FROM export WHERE store_id = ? AND schedule_id = ? ORDER BY requested_at DESC LIMIT 1"
            );
            let last: Option<Columns> = sql(
                self.readers().get_database_backend(),
                &text,
                values![columns.store_id, columns.id.clone()],
            )
            .one(self.readers())
            .await?;
            let now = self.ambient().clock.now().timestamp_micros();
            let last = match last {
                Some(last) if last.is_seen_by(scope)? => Some(last.into_row(scope, now)?),
                _ => None,
            };
            views.push(ScheduleView {
                id: ScheduleId(uuid_of(&columns.id)?),
                draft: ScheduleDraft {
                    is_on: columns.is_on,
                    ..draft
                },
                by: columns.owner_name,
                next_at,
                offset_minutes: zone::offset_minutes(zone::of(scope.store()), at),
                last,
            });
        }
        views.sort_by(|a, b| a.draft.name.cmp(&b.draft.name).then(a.id.cmp(&b.id)));
        Ok(views)
    }

    /// Makes or changes a schedule; from then on it runs with the role of who saved it last. Records
    /// `settings.updated`.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::Export`]; wrong fields; `not_found` for one that is out of scope.
    pub async fn save_schedule(
        &self,
        scope: &Scope,
        draft: ScheduleDraft,
    ) -> Result<Vec<ScheduleView>, Error> {
        scope.require(Permission::Export)?;
        let mut draft = draft.checked()?;
        let now = self.ambient().clock.now();
        self.pick(scope, &draft.selection(), Some(0), now).await?;
        draft.options = self.checked_options(&draft.selection(), draft.options)?;
        let known = self.schedules_of(scope).await?;
        let id = match draft.id {
            Some(id) => {
                if !known.iter().any(|s| s.id == id.0.as_bytes()) {
                    return Err(Problem::not_found("schedule").into());
                }
                id
            }
            None if known.len() >= MOST => {
                let message = format!("a store has at most {MOST} schedules");
                return Err(Problem::field("/name", "too_large", message).into());
            }
            None => ScheduleId(self.ambient().uuid()),
        };
        draft.id = Some(id);
        let next_at = self.next_run(scope, &draft, now).timestamp_micros();
        let text = serde_json::to_string(&draft).map_err(damaged)?;
        let effect = Effect::statement(
            "INSERT INTO export_schedule (id, store_id, owner, owner_name, draft, is_on, next_at) VALUES (?, ?, ?, ?, ?, ?, ?) \
             ON CONFLICT (id) DO UPDATE SET owner = excluded.owner, owner_name = excluded.owner_name, draft = excluded.draft, \
             is_on = excluded.is_on, next_at = excluded.next_at",
            values![
                id.0.as_bytes().to_vec(),
                scope.store_id().0,
                requester_of(scope.principal()),
                name_of(scope.principal()),
                text,
                draft.is_on,
                next_at,
            ],
        );
        let activity = self.about_schedule(scope, id, &draft.name, "Schedule of exports saved");
        self.write_for(scope, activity, vec![effect]).await?;
        self.wake_workers();
        self.list_schedules(scope).await
    }

    /// Ends a schedule; what it exported stays. Records `settings.updated`.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::Export`]; `not_found`.
    pub async fn delete_schedule(
        &self,
        scope: &Scope,
        id: ScheduleId,
    ) -> Result<Vec<ScheduleView>, Error> {
        let draft = self.schedule_draft(scope, id).await?;
        let effect = Effect::statement(
            "DELETE FROM export_schedule WHERE id = ?",
            values![id.0.as_bytes().to_vec()],
        );
        let activity = self.about_schedule(scope, id, &draft.name, "Schedule of exports deleted");
        self.write_for(scope, activity, vec![effect]).await?;
        self.list_schedules(scope).await
    }

    /// Lets a schedule run or rest. What was due while it rested is not made up.
    ///
    /// # Errors
    /// As [`Storage::delete_schedule`].
    pub async fn set_schedule_on(
        &self,
        scope: &Scope,
        id: ScheduleId,
        is_on: bool,
    ) -> Result<Vec<ScheduleView>, Error> {
        let mut draft = self.schedule_draft(scope, id).await?;
        draft.is_on = is_on;
        draft.id = Some(id);
        self.save_schedule(scope, draft).await
    }

    async fn schedule_draft(&self, scope: &Scope, id: ScheduleId) -> Result<ScheduleDraft, Error> {
        scope.require(Permission::Export)?;
        let found = self
            .schedules_of(scope)
            .await?
            .into_iter()
            .find(|s| s.id == id.0.as_bytes())
            .ok_or_else(|| Problem::not_found("schedule"))?;
        serde_json::from_str(&found.draft).map_err(damaged)
    }

    async fn schedules_of(&self, scope: &Scope) -> Result<Vec<ScheduleColumns>, Error> {
        let text = format!("SELECT {SCHEDULE_COLUMNS} FROM export_schedule WHERE store_id = ?");
        let all: Vec<ScheduleColumns> = sql(
            self.readers().get_database_backend(),
            &text,
            values![scope.store_id().0],
        )
        .all(self.readers())
        .await?;
        let own = requester_of(scope.principal());
        let sees_all = scope.role().export_access() == ExportAccess::All;
        Ok(all
            .into_iter()
            .filter(|schedule| sees_all || schedule.owner == own)
            .collect())
    }

    fn about_schedule(&self, scope: &Scope, id: ScheduleId, name: &str, what: &str) -> Activity {
        let subject = Reference {
            kind: "export_schedule".to_owned(),
            id: id.to_string(),
            name: Some(name.to_owned()),
        };
        Activity {
            actor: scope.actor(),
            description: Some(what.to_owned()),
            ..crate::account::own_activity(
                self.ambient(),
                "settings.updated",
                Category::Settings,
                Some(subject),
                Vec::new(),
            )
        }
    }

    /// What tells that a schedule went with somebody's erasure. Its name may be what named them.
    pub(crate) fn schedule_erased(&self, scope: &Scope, id: ScheduleId) -> Activity {
        let what = "Schedule of exports deleted: an erasure";
        let mut activity = self.about_schedule(scope, id, "", what);
        if let Some(subject) = &mut activity.subject {
            subject.name = None;
        }
        activity
    }

    fn next_run(
        &self,
        scope: &Scope,
        draft: &ScheduleDraft,
        after: DateTime<Utc>,
    ) -> DateTime<Utc> {
        let at = draft.time().unwrap_or_default();
        draft.every.next_after(after, at, &zone::of(scope.store()))
    }

    /// Queues what schedules have due. Runs that were missed by more than ten minutes are shown as missed, and
    /// the last of them is made up. Returns how many exports were queued.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn run_due_schedules(&self) -> Result<u64, Error> {
        let now = self.ambient().clock.now();
        let text = format!(
            "SELECT {SCHEDULE_COLUMNS} FROM export_schedule WHERE is_on AND next_at <= ? ORDER BY next_at LIMIT 100"
        );
        let due: Vec<ScheduleColumns> = sql(
            self.readers().get_database_backend(),
            &text,
            values![now.timestamp_micros()],
        )
        .all(self.readers())
        .await?;
        let mut queued = 0;
        for schedule in due {
            queued += u64::from(self.run_schedule(schedule, now).await?);
        }
        if queued > 0 {
            self.wake_workers();
        }
        Ok(queued)
    }

    async fn run_schedule(
        &self,
        schedule: ScheduleColumns,
        now: DateTime<Utc>,
    ) -> Result<bool, Error> {
        let store = StoreId(schedule.store_id);
        let id = ScheduleId(uuid_of(&schedule.id)?);
        let draft: ScheduleDraft = serde_json::from_str(&schedule.draft).map_err(damaged)?;
        let scope = self.scope_of_requester(&schedule.owner, store).await?;
        let may_export = |scope: &Scope| scope.role().may(Permission::Export);
        let scope = match scope {
            Some(scope) if may_export(&scope) => scope,
            left => {
                let role = left.map_or(Role::SuperAdmin, |scope| scope.role());
                self.rest_schedule(schedule, &draft, role, now).await?;
                return Ok(false);
            }
        };
        let mut times = Vec::new();
        let mut at = zone::time_of(schedule.next_at.unwrap_or(0));
        while at <= now {
            times.push(at);
            at = self.next_run(&scope, &draft, at);
        }
        let missed: Vec<DateTime<Utc>> = times
            .iter()
            .copied()
            .filter(|time| now - *time > TOLERANCE)
            .collect();
        let advance = Effect::one(
            "UPDATE export_schedule SET next_at = ? WHERE id = ? AND next_at = ?",
            values![at.timestamp_micros(), schedule.id.clone(), schedule.next_at],
            "another process ran this schedule",
        );
        let spec = |due_at, owed| Spec {
            owed,
            due_at: Some(due_at),
            ..spec_of(&draft)
        };
        let up_to = self.ledger_size().await?;
        let new = |status, at: DateTime<Utc>, due_at, owed| NewExport {
            id: ExportId(self.ambient().uuid()),
            name: draft.name.clone(),
            spec: spec(due_at, owed),
            up_to,
            status,
            requested_at: at.timestamp_micros(),
            schedule: Some(id),
            error: None,
        };
        let mut effects = vec![advance];
        let mut changed = Vec::new();
        for time in missed.iter().rev().take(MISSED) {
            let row = new(ExportStatus::Missed, *time, *time, Vec::new());
            effects.push(row.insert(&scope)?);
            changed.push(row.id);
        }
        // Made up late, it still tells of the day, week or month for which it was due.
        let due = times.last().copied().unwrap_or(now);
        let run = new(ExportStatus::Queued, now, due, draft.email_to.clone());
        effects.push(run.insert(&scope)?);
        changed.push(run.id);
        let activity = self.requested(&scope, &run);
        let ran = self
            .write_export(store, scope.principal_key(), Some(activity), effects)
            .await;
        match ran {
            Err(Error::Problem(problem)) if problem.code == domain::Code::Conflict => Ok(false),
            Err(error) => Err(error),
            Ok(()) => {
                for id in changed {
                    self.export_changed(store, id);
                }
                Ok(true)
            }
        }
    }

    /// Lets a schedule rest with whose role nothing can be exported any more, and says so: in the log of exports and
    /// in that of activities. `role`: what is left to its owner.
    async fn rest_schedule(
        &self,
        schedule: ScheduleColumns,
        draft: &ScheduleDraft,
        role: Role,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let store = StoreId(schedule.store_id);
        let rest = Effect::one(
            "UPDATE export_schedule SET is_on = ? WHERE id = ? AND is_on",
            values![false, schedule.id.clone()],
            "another process let this schedule rest",
        );
        let Some(view) = store_of(self.readers(), store).await? else {
            return unless_done_already(self.recorder().apply(vec![rest]).await);
        };
        let id = ScheduleId(uuid_of(&schedule.id)?);
        let words = format!("{} may not export any more", schedule.owner_name);
        let failed = NewExport {
            id: ExportId(self.ambient().uuid()),
            name: draft.name.clone(),
            spec: spec_of(draft),
            up_to: self.ledger_size().await?,
            status: ExportStatus::Failed,
            requested_at: now.timestamp_micros(),
            schedule: Some(id),
            error: Some(("not_allowed", words.clone())),
        };
        let requester = Requester {
            store,
            key: schedule.owner,
            name: schedule.owner_name,
            role,
        };
        let effects = vec![rest, failed.insert_for(&requester)?];
        let scope = Scope::system("schedules of exports", view);
        let changed = Activity {
            changes: vec![crate::account::changed("status", "on", "off")],
            ..self.about_schedule(
                &scope,
                id,
                &draft.name,
                &format!("Schedule of exports turned off: {words}"),
            )
        };
        let ended = Activity {
            error: Some(words),
            ..self.export_activity_of(&scope, "export.failed", failed.id, &draft.name)
        };
        let records = vec![Record::Activity(changed), Record::Activity(ended)];
        let written = self.write_records(&scope, records, effects).await;
        self.export_changed(store, failed.id);
        unless_done_already(written)
    }
}

/// What a schedule asks for each time.
fn spec_of(draft: &ScheduleDraft) -> Spec {
    Spec {
        selection: Some(draft.selection()),
        options: Some(draft.options.clone()),
        ..Spec::default()
    }
}

/// That another process was faster is no error.
fn unless_done_already(done: Result<(), Error>) -> Result<(), Error> {
    match done {
        Err(Error::Problem(problem)) if problem.code == domain::Code::Conflict => Ok(()),
        other => other,
    }
}
