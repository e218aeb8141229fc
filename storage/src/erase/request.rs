//! Asking for an erasure.

use super::hold::checked_reason;
use super::row::{Spec, Target, damaged, word};
use crate::export::{name_of, requester_of};
use crate::record::Effect;
use crate::sql::values;
use crate::{Error, Scope, Storage};
use domain::export::{Selection, Source};
use domain::view::{ErasureCause, ErasureReport, ErasureRow};
use domain::{Code, ErasureId, Origin, Permission, Problem};

/// What is written of a new erasure.
pub(super) struct NewErasure {
    pub(super) id: ErasureId,
    pub(super) cause: ErasureCause,
    pub(super) source: Source,
    pub(super) target: Target,
    pub(super) up_to: i64,
    pub(super) reason: String,
    pub(super) total: u64,
    /// What is known of it before it begins.
    pub(super) report: ErasureReport,
}

impl NewErasure {
    pub(super) fn insert(&self, scope: &Scope, now: i64) -> Result<Effect, Error> {
        let origin = scope.caller().origin();
        let spec = Spec {
            target: self.target.clone(),
            origin: Some(origin).filter(|origin| *origin != Origin::default()),
        };
        Ok(Effect::statement(
            "INSERT INTO erasure (id, store_id, requested_at, requester, requester_name, cause, source, spec, up_to, reason, \
             status, total, report) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'queued', ?, ?)",
            values![
                self.id.0.as_bytes().to_vec(),
                scope.store_id().0,
                now,
                requester_of(scope.principal()),
                name_of(scope.principal()),
                word(self.cause),
                self.source.as_str(),
                spec.to_json()?,
                self.up_to,
                self.reason.clone(),
                i64::try_from(self.total).unwrap_or(i64::MAX),
                serde_json::to_string(&self.report).map_err(damaged)?,
            ],
        ))
    }
}

impl Storage {
    /// Asks for what a selection means to be erased. `typed`: the number of entries that will go, what legal
    /// holds keep not counted ([`Storage::count_selection`]).
    ///
    /// # Errors
    /// `forbidden` without [`Permission::Erase`]; no reason; another number than is typed; `conflict` when there
    /// is nothing to erase or holds keep all of it; logs other than activity and messages.
    pub async fn request_erasure(
        &self,
        scope: &Scope,
        selection: Selection,
        reason: &str,
        typed: u64,
    ) -> Result<ErasureRow, Error> {
        scope.require(Permission::Erase)?;
        let reason = checked_reason(reason)?;
        if !selection.source().is_erasable() {
            let message = "entries and messages are erased by selection, customers by person";
            return Err(Problem::field("/selection/source", "unknown", message).into());
        }
        let now = self.ambient().clock.now();
        let picked = self.pick(scope, &selection, None, now).await?;
        let snapshot = self.snapshot().await?;
        let kinds = self.count_picked(&snapshot, scope, &picked).await?;
        let held = self.held_keys(&snapshot, scope, &picked).await?.len() as u64;
        let counted_at = crate::live::size(&snapshot).await?;
        drop(snapshot);
        let total: u64 = kinds.values().sum();
        self.check_typed(total, held, typed)?;
        let new = NewErasure {
            id: ErasureId(self.ambient().uuid()),
            cause: ErasureCause::Selection,
            source: selection.source(),
            target: Target::Selection(selection),
            up_to: picked.up_to,
            reason,
            total,
            report: ErasureReport {
                typed: Some(typed),
                counted_at: Some(counted_at),
                ..ErasureReport::default()
            },
        };
        self.put_erasure(scope, new).await
    }

    pub(super) fn check_typed(&self, total: u64, held: u64, typed: u64) -> Result<(), Problem> {
        let will_go = total - held.min(total);
        if will_go == 0 {
            let message = if total == 0 {
                "there is nothing to erase".to_owned()
            } else {
                format!("a legal hold keeps all {total}; nothing can be erased")
            };
            return Err(Problem::new(Code::Conflict, message));
        }
        if typed != will_go {
            let message = format!("the number is {will_go}");
            return Err(Problem::field("/typed", "contradiction", message));
        }
        Ok(())
    }

    pub(super) async fn put_erasure(
        &self,
        scope: &Scope,
        new: NewErasure,
    ) -> Result<ErasureRow, Error> {
        let now = self.ambient().clock.now().timestamp_micros();
        self.recorder().apply(vec![new.insert(scope, now)?]).await?;
        self.wake_workers();
        self.erasure_row(scope, new.id)
            .await?
            .ok_or_else(|| Problem::not_found("erasure").into())
    }
}
