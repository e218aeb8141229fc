//! Places besides activities and messages where a person may be named: opt-outs, reports, webhooks, views, exports.

use super::row::{Spec as ErasureSpec, Target, damaged};
use super::watched::Person;
use super::work::Cause;
use crate::export::Spec;
use crate::message::folded_address;
use crate::record::Effect;
use crate::sql::{sql, values};
use crate::{Error, Scope, Storage};
use domain::export::{ScheduleDraft, Selection};
use domain::hook::HookState;
use domain::{ExportId, ScheduleId};
use sea_orm::ConnectionTrait as _;

/// Files whose bytes can be searched as they are.
const PLAIN: [&str; 2] = ["csv", "json_lines"];
/// How many bodies of webhooks are read at once: each may have 8 MiB.
const BODIES: i64 = 8;

impl Storage {
    /// The exports whose query, name or filter names somebody, and whether each was made here and has a file.
    pub(super) async fn exports_naming(
        &self,
        scope: &Scope,
        person: &Person<'_>,
    ) -> Result<Vec<(ExportId, bool)>, Error> {
        let text =
            "SELECT id, words, spec, name, has_file, is_recorded FROM export WHERE store_id = ?";
        let mut found = Vec::new();
        for row in sql(
            self.readers().get_database_backend(),
            text,
            values![scope.store_id().0],
        )
        .rows(self.readers())
        .await?
        {
            let words: String = row.try_get_by_index(1)?;
            let spec: String = row.try_get_by_index(2)?;
            let name: String = row.try_get_by_index(3)?;
            let is_told = [&words, &spec, &name]
                .into_iter()
                .any(|text| person.is_told_of_in(text, false));
            let selection = Spec::of_json(&spec)?.selection;
            if is_told || selection.is_some_and(|selection| person.is_picked_in(&selection)) {
                let id: Vec<u8> = row.try_get_by_index(0)?;
                let has_file: bool = row.try_get_by_index(4)?;
                let is_recorded: bool = row.try_get_by_index(5)?;
                let id = ExportId(crate::log::uuid_of(&id)?);
                found.push((id, has_file && !is_recorded));
            }
        }
        Ok(found)
    }

    /// Erases somebody outside the logs, and says in the report what was found. `is_held`: something of theirs stays for
    /// a legal hold; then exports keep the words that tell which file holds it.
    pub(super) async fn erase_elsewhere(
        &self,
        cause: &Cause,
        scope: &Scope,
        person: &Person<'_>,
        is_held: bool,
    ) -> Result<(), Error> {
        let store = scope.store_id().0;
        let mut others = self.erase_bodies(cause, scope, person).await?;
        others += self.erase_schedules(scope, person).await?;
        let mut named_files = 0;
        let mut effects = self.forgotten_selections(scope, person).await?;
        others += effects.len() as u64;
        for needle in person.needles {
            effects.push(Effect::statement(
                "DELETE FROM opt_out WHERE store_id = ? AND address = ?",
                values![store, folded_address(needle)],
            ));
            effects.push(Effect::statement(
                "DELETE FROM export_email WHERE LOWER(recipient) = LOWER(?) AND export_id IN \
                 (SELECT id FROM export WHERE store_id = ?)",
                values![needle.clone(), store],
            ));
        }
        for (table, key, text) in [
            (
                "unmatched_report",
                "id",
                "SELECT id, report FROM unmatched_report WHERE ? = ?",
            ),
            (
                "webhook_job",
                "id",
                "SELECT id, body FROM webhook_job WHERE store_id = ? AND store_id = ?",
            ),
            (
                "rule_action",
                "id",
                "SELECT id, definition FROM rule_action WHERE store_id = ? AND store_id = ?",
            ),
            (
                "saved_view",
                "id",
                "SELECT id, name || ' ' || q FROM saved_view WHERE store_id = ? AND store_id = ?",
            ),
            (
                "legal_hold",
                "id",
                "SELECT id, q || ' ' || reason FROM legal_hold WHERE store_id = ? AND store_id = ? AND released_at IS NOT NULL",
            ),
        ] {
            let rows = sql(
                self.readers().get_database_backend(),
                text,
                values![store, store],
            )
            .rows(self.readers())
            .await?;
            for row in rows {
                let id: Vec<u8> = row.try_get_by_index(0)?;
                let told: String = row.try_get_by_index(1)?;
                if person.is_told_of_in(&told, false) {
                    others += 1;
                    let text = format!("DELETE FROM {table} WHERE {key} = ?");
                    effects.push(Effect::new(move |transaction| {
                        let statement = sql(
                            transaction.get_database_backend(),
                            &text,
                            values![id.clone()],
                        );
                        Box::pin(async move { statement.execute(transaction).await.map(drop) })
                    }));
                }
            }
        }
        if !is_held {
            for (id, _) in self.exports_naming(scope, person).await? {
                self.renew_lease(cause).await?;
                // Its words are in the file's heading too; without them no later erasure could tell what the file holds.
                named_files += u64::from(self.erase_words(scope, id).await?);
                others += 1;
            }
            effects.push(Effect::statement(
                "DELETE FROM shop_subject WHERE store_id = ? AND kind = 'customer' AND subject_id = ?",
                values![store, person.customer],
            ));
        }
        self.recorder().apply(effects).await?;
        let (watched, files) = self.erase_watched(cause, scope, person).await?;
        let (recorded, unsearched_files) = self.recorded_naming(scope, person, Some(cause)).await?;
        for id in &recorded {
            self.erase_file(scope.store_id(), *id).await?;
        }
        let columns = self.erasure_columns(cause.id).await?;
        let mut report = columns.map_or_else(|| Ok(Default::default()), |c| c.report())?;
        report.others += others + watched;
        report.exports += recorded.len() as u64 + files + named_files;
        report.unsearched_files += unsearched_files;
        self.note_report(cause.id, &report).await
    }

    /// Takes somebody's addresses out of the schedules of exports that send links to them, and deletes those that name them
    /// anywhere else, which is recorded: they are other people's. Returns how many named them.
    async fn erase_schedules(&self, scope: &Scope, person: &Person<'_>) -> Result<u64, Error> {
        let rows = sql(
            self.readers().get_database_backend(),
            "SELECT id, draft FROM export_schedule WHERE store_id = ?",
            values![scope.store_id().0],
        )
        .rows(self.readers())
        .await?;
        let mut found = 0;
        for row in rows {
            let key: Vec<u8> = row.try_get_by_index(0)?;
            let told: String = row.try_get_by_index(1)?;
            if !person.is_told_of_in(&told, false) {
                continue;
            }
            found += 1;
            let mut draft: ScheduleDraft = serde_json::from_str(&told).map_err(damaged)?;
            draft.email_to.retain(|to| !person.is_told_of_in(to, false));
            let left = serde_json::to_string(&draft).map_err(damaged)?;
            if person.is_told_of_in(&left, false) {
                let activity = self.schedule_erased(scope, ScheduleId(crate::log::uuid_of(&key)?));
                let effect =
                    Effect::statement("DELETE FROM export_schedule WHERE id = ?", values![key]);
                self.write_for(scope, activity, vec![effect]).await?;
            } else {
                let effect = Effect::statement(
                    "UPDATE export_schedule SET draft = ? WHERE id = ?",
                    values![left, key],
                );
                self.recorder().apply(vec![effect]).await?;
            }
        }
        Ok(found)
    }

    /// Forgets the bodies of webhooks that were processed as somebody's, and of those over which nothing more happens by
    /// itself that hold their id, an address or a number. Their full name counts where it isn't known to be another's and
    /// nobody has to work on the delivery any more: others may have that name. Returns how many of the latter.
    async fn erase_bodies(
        &self,
        cause: &Cause,
        scope: &Scope,
        person: &Person<'_>,
    ) -> Result<u64, Error> {
        let store = scope.store_id().0;
        let text = "SELECT number, state, customer_id, body, edited, subject_name, error, topic FROM webhook_delivery \
                    WHERE store_id = ? AND number > ? AND body IS NOT NULL AND (customer_id IS NULL OR customer_id <> ?) \
                    AND state IN (?, ?, ?) ORDER BY number LIMIT ?";
        let mut effects = vec![
            Effect::statement(
                "UPDATE webhook_delivery SET body = NULL, edited = NULL, subject_name = NULL, error = NULL, customer_id = NULL \
                 WHERE store_id = ? AND customer_id = ?",
                values![store, person.customer],
            ),
            Effect::statement(
                "UPDATE webhook_delivery SET subject_id = NULL, subject_name = NULL \
                 WHERE store_id = ? AND subject_type = 'customer' AND subject_id = ?",
                values![store, person.customer],
            ),
        ];
        let (mut after, mut found) = (0_i64, 0);
        loop {
            // One transaction a page: others write in between, and no other worker takes this erasure meanwhile.
            effects.push(self.renewed_lease(cause));
            self.recorder().apply(std::mem::take(&mut effects)).await?;
            let values = values![
                store,
                after,
                person.customer,
                HookState::Done.number(),
                HookState::Dead.number(),
                HookState::Discarded.number(),
                BODIES
            ];
            let rows = sql(self.readers().get_database_backend(), text, values)
                .rows(self.readers())
                .await?;
            if rows.is_empty() {
                return Ok(found);
            }
            for row in rows {
                after = row.try_get_by_index(0)?;
                let state: i16 = row.try_get_by_index(1)?;
                let customer: Option<String> = row.try_get_by_index(2)?;
                let counts_name = customer.is_none() && state != HookState::Dead.number();
                let body: Vec<u8> = row.try_get_by_index(3)?;
                let mut told = vec![String::from_utf8_lossy(&body).into_owned()];
                for at in 4..7 {
                    told.extend(row.try_get_by_index::<Option<String>>(at)?);
                }
                let topic: String = row.try_get_by_index(7)?;
                let is_about_customer = topic.starts_with("customer");
                if told.iter().any(|text| {
                    person.is_told_of_in(text, counts_name)
                        || (is_about_customer && person.is_subject_of(text))
                }) {
                    found += 1;
                    effects.push(Effect::statement(
                        "UPDATE webhook_delivery SET body = NULL, edited = NULL, subject_name = NULL, error = NULL \
                         WHERE number = ? AND due_at IS NULL",
                        values![after],
                    ));
                    effects.push(Effect::statement(
                        "UPDATE webhook_attempt SET error = NULL WHERE delivery = ?",
                        values![after],
                    ));
                }
            }
        }
    }

    /// What takes the query out of earlier erasures that are over and were asked for by words that name somebody. That
    /// there was one, and what went, stays.
    async fn forgotten_selections(
        &self,
        scope: &Scope,
        person: &Person<'_>,
    ) -> Result<Vec<Effect>, Error> {
        let text = "SELECT id, spec FROM erasure WHERE store_id = ? AND cause = 'selection' AND status IN ('completed', 'failed')";
        let mut effects = Vec::new();
        for row in sql(
            self.readers().get_database_backend(),
            text,
            values![scope.store_id().0],
        )
        .rows(self.readers())
        .await?
        {
            let spec: String = row.try_get_by_index(1)?;
            if !person.is_told_of_in(&spec, false) {
                continue;
            }
            if let Target::Selection(selection) = ErasureSpec::of_json(&spec)?.target {
                let blank = ErasureSpec::of(Target::Selection(Selection::Ids {
                    source: selection.source(),
                    ids: Vec::new(),
                }));
                effects.push(Effect::statement(
                    "UPDATE erasure SET spec = ? WHERE id = ?",
                    values![blank.to_json()?, row.try_get_by_index::<Vec<u8>>(0)?],
                ));
            }
        }
        Ok(effects)
    }

    /// The files that the shop recorded and that name somebody, and how many can't be searched. `cause`: the erasure whose
    /// lease is renewed meanwhile.
    pub(super) async fn recorded_naming(
        &self,
        scope: &Scope,
        person: &Person<'_>,
        cause: Option<&Cause>,
    ) -> Result<(Vec<ExportId>, u64), Error> {
        let text = "SELECT id, format FROM export WHERE store_id = ? AND is_recorded AND has_file";
        let (mut found, mut unsearched) = (Vec::new(), 0);
        for row in sql(
            self.readers().get_database_backend(),
            text,
            values![scope.store_id().0],
        )
        .rows(self.readers())
        .await?
        {
            let id = ExportId(crate::log::uuid_of(&row.try_get_by_index::<Vec<u8>>(0)?)?);
            let format: Option<String> = row.try_get_by_index(1)?;
            if !format.is_some_and(|format| PLAIN.contains(&format.as_str())) {
                unsearched += 1;
                continue;
            }
            if let Some(cause) = cause {
                self.renew_lease(cause).await?;
            }
            let path = self.export_folder()?.join(id.to_string());
            let text = std::fs::read(&path).unwrap_or_default();
            // Each line of JSON Lines is JSON by itself.
            if String::from_utf8_lossy(&text)
                .lines()
                .any(|line| person.is_told_of_in(line, false))
            {
                found.push(id);
            }
        }
        Ok((found, unsearched))
    }
}
