//! Retention: what is older than a rule allows goes, content first, lines later, by itself in small steps.

use super::due::cutoff;
use super::row::{COLUMNS, Columns, Target, damaged};
use super::work::{Add as _, Cause, Doomed};
use super::{activities, messages};
use crate::account::{changed, own_activity};
use crate::record::Effect;
use crate::sql::{Sql, sql, values};
use crate::stale::{differing, still};
use crate::store::store_of;
use crate::{Error, Principal, Scope, Storage};
use chrono::TimeDelta;
use domain::export::Source;
use domain::view::{ErasureCause, RetentionRule, RetentionView, StoreView};
use domain::{
    Activity, Category, CategorySet, Code, ErasureId, OrderKey, Permission, Problem, Role, StoreId,
};
use sea_orm::{DbBackend, FromQueryResult};
use std::collections::{BTreeMap, VecDeque};

/// For how long each step takes its erasure: one whose process is gone is ended by the next round after that long.
const LEASE: TimeDelta = TimeDelta::minutes(5);

/// What is still to be looked at in this round.
#[derive(Default)]
pub(crate) struct Round(tokio::sync::Mutex<VecDeque<Pass>>);

/// One rule of one store, for content or for whole entries.
#[derive(Debug, Clone)]
struct Pass {
    store: StoreId,
    rule: RetentionRule,
    is_content: bool,
    before: i64,
    cursor: i64,
    erasure: Option<ErasureId>,
}

#[derive(FromQueryResult)]
struct RuleColumns {
    store_id: i64,
    source: String,
    category: String,
    content_days: Option<i64>,
    metadata_days: Option<i64>,
}

impl RuleColumns {
    fn into_rule(self) -> Option<RetentionRule> {
        let days = |days: Option<i64>| days.and_then(|n| u32::try_from(n).ok());
        Some(RetentionRule {
            source: self.source.parse().ok()?,
            category: match self.category.as_str() {
                "" => None,
                name => Some(name.parse().ok()?),
            },
            content_days: days(self.content_days),
            metadata_days: days(self.metadata_days),
        })
    }
}

/// After how many days an activity of some categories is due by some rules: the longest that any of its own
/// categories asks for, else the rest's. None for never.
pub(super) fn days_of(
    rules: &[RetentionRule],
    categories: CategorySet,
    is_content: bool,
) -> Option<u32> {
    let days = |rule: &RetentionRule| {
        if is_content {
            // What goes altogether goes with its content.
            rule.content_days.or(rule.metadata_days)
        } else {
            rule.metadata_days
        }
    };
    let of = |rule: &&RetentionRule| rule.source == Source::Activity;
    let own: Vec<Option<u32>> = rules
        .iter()
        .filter(of)
        .filter(|rule| rule.category.is_some_and(|c| categories.contains(c)))
        .map(days)
        .collect();
    if own.is_empty() {
        return rules
            .iter()
            .filter(of)
            .find(|rule| rule.category.is_none())
            .and_then(days);
    }
    own.into_iter()
        .try_fold(0, |most, days| days.map(|days| most.max(days)))
}

impl Storage {
    async fn rules_on(
        &self,
        store: Option<StoreId>,
    ) -> Result<Vec<(StoreId, RetentionRule)>, Error> {
        let mut statement = sql(
            self.readers().get_database_backend(),
            "SELECT store_id, source, category, content_days, metadata_days FROM retention_rule",
            [],
        );
        if let Some(store) = store {
            statement.push(" WHERE store_id = ").bind(store.0);
        }
        statement.push(" ORDER BY store_id, source, category");
        let found: Vec<RuleColumns> = statement.all(self.readers()).await?;
        Ok(found
            .into_iter()
            .filter_map(|c| Some((StoreId(c.store_id), c.into_rule()?)))
            .collect())
    }

    pub(super) async fn retention_rules(
        &self,
        store: StoreId,
    ) -> Result<Vec<RetentionRule>, Error> {
        let rules = self.rules_on(Some(store)).await?;
        Ok(rules.into_iter().map(|(_, rule)| rule).collect())
    }

    /// How long the store's logs are kept, and the legal holds.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::ManageRetention`], or a fault.
    pub async fn retention(&self, scope: &Scope) -> Result<RetentionView, Error> {
        scope.require(Permission::ManageRetention)?;
        Ok(RetentionView {
            rules: self.retention_rules(scope.store_id()).await?,
            holds: self.list_holds(scope).await?,
            export_days: self.export_days(scope).await?,
        })
    }

    /// Replaces the store's rules. Records `settings.updated` with before and after. `confirmed`: of how many entries and
    /// messages it was said that something goes at once ([`Storage::count_due`]); fewer may have become of it.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::ManageRetention`]; each wrong rule by its place; more would go at once than was
    /// confirmed.
    pub async fn save_retention(
        &self,
        scope: &Scope,
        rules: Vec<RetentionRule>,
        confirmed: Option<u64>,
    ) -> Result<RetentionView, Error> {
        self.save_retention_from(scope, None, rules, confirmed)
            .await
    }

    /// As [`Storage::save_retention`]; `was` is what the form was loaded with: the rules as they were read, and for how
    /// many days files of exports were kept.
    ///
    /// # Errors
    /// As [`Storage::save_retention`]; [`Problem::stale`] when somebody else changed any of it meanwhile.
    pub async fn save_retention_from(
        &self,
        scope: &Scope,
        was: Option<(Vec<RetentionRule>, u32)>,
        rules: Vec<RetentionRule>,
        confirmed: Option<u64>,
    ) -> Result<RetentionView, Error> {
        let due = self.count_due(scope, &rules).await?;
        if let Some((was, days)) = was {
            let kept = self.retention_rules(scope.store_id()).await?;
            let was = by_field(&was, days);
            let now = by_field(&kept, self.export_days(scope).await?);
            if was != now {
                let now = differing(&was, &now)?;
                let is_it = |activity: &Activity| {
                    let mut changes = activity.changes.iter();
                    changes.any(|change| matches!(&*change.field, "retention" | "export_days"))
                };
                let stale = self.stale(scope, "settings.updated", is_it, &now).await?;
                return Err(stale.into());
            }
        }
        if due > confirmed.unwrap_or(0) {
            let message = format!("the number is {due}");
            return Err(Problem::field("/confirmed", "contradiction", message).into());
        }
        let store = scope.store_id().0;
        let before = self.retention_rules(scope.store_id()).await?;
        let seen = before.clone();
        let unchanged = still(
            "SELECT store_id, source, category, content_days, metadata_days FROM retention_rule WHERE store_id = ? \
             ORDER BY source, category",
            values![store],
            move |rows| {
                let rows = rows
                    .iter()
                    .map(|row| RuleColumns::from_query_result(row, ""));
                let now = rows.collect::<Result<Vec<_>, _>>()?;
                Ok(now
                    .into_iter()
                    .filter_map(RuleColumns::into_rule)
                    .eq(seen.iter().cloned()))
            },
        );
        let mut effects = vec![
            unchanged,
            Effect::statement(
                "DELETE FROM retention_rule WHERE store_id = ?",
                values![store],
            ),
        ];
        for rule in &rules {
            effects.push(Effect::statement(
                "INSERT INTO retention_rule (store_id, source, category, content_days, metadata_days) VALUES (?, ?, ?, ?, ?)",
                values![
                    store,
                    rule.source.as_str(),
                    rule.category.map_or("", Category::as_str),
                    rule.content_days.map(i64::from),
                    rule.metadata_days.map(i64::from)
                ],
            ));
        }
        let told = |rules: &[RetentionRule]| serde_json::to_string(rules).map_err(damaged);
        let change = changed("retention", &told(&before)?, &told(&rules)?);
        let activity = Activity {
            actor: scope.actor(),
            ..own_activity(
                self.ambient(),
                "settings.updated",
                Category::Settings,
                None,
                vec![change],
            )
        };
        self.write_for(scope, activity, effects).await?;
        self.leave_round(scope).await?;
        self.wake_workers();
        self.retention(scope).await
    }

    /// Ends what the round is at in a store.
    async fn leave_round(&self, scope: &Scope) -> Result<(), Error> {
        let mut round = self.inner.round.0.lock().await;
        let store = scope.store_id();
        let (left, others): (VecDeque<Pass>, VecDeque<Pass>) = std::mem::take(&mut *round)
            .into_iter()
            .partition(|pass| pass.store == store);
        *round = others;
        for pass in left {
            if let Some(id) = pass.erasure {
                let store = scope.store().clone();
                let cause = retention_cause(id, store, &reason(&pass), pass.is_content);
                self.end_retention(&cause).await?;
            }
        }
        Ok(())
    }

    /// Takes the next step of retention in all stores: at most 100 entries, one transaction. False when this
    /// round has nothing more to look at; the next call begins a new one.
    ///
    /// # Errors
    /// When the database fails: try again later.
    pub async fn retention_step(&self) -> Result<bool, Error> {
        let mut round = self.inner.round.0.lock().await;
        if round.is_empty() {
            self.end_interrupted().await?;
            round.extend(self.passes().await?);
        }
        let Some(mut pass) = round.pop_front() else {
            return Ok(false);
        };
        let is_over = self.retention_chunk(&mut pass).await?;
        if !is_over {
            round.push_front(pass);
        }
        Ok(!round.is_empty())
    }

    /// Gives freed pages of an SQLite file back to the file system, at most so many at once. Says whether more are free.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn incremental_vacuum(&self, pages: u32) -> Result<bool, Error> {
        if self.readers().get_database_backend() != DbBackend::Sqlite {
            return Ok(false);
        }
        let free = async || -> Result<i64, Error> {
            let count = sql(DbBackend::Sqlite, "PRAGMA freelist_count", []);
            let row = count.row(&self.inner.connections.writer).await?;
            Ok(row.map_or(Ok(0), |row| row.try_get_by_index(0))?)
        };
        let before = free().await?;
        let text = format!("PRAGMA incremental_vacuum({pages})");
        sql(DbBackend::Sqlite, &text, [])
            .rows(&self.inner.connections.writer)
            .await?;
        let left = free().await?;
        // A file that was made without auto-vacuum gives nothing back.
        Ok(left > 0 && left < before)
    }

    async fn passes(&self) -> Result<Vec<Pass>, Error> {
        let now = self.ambient().clock.now();
        let mut passes = Vec::new();
        for (id, rule) in self.rules_on(None).await? {
            let Some(store) = store_of(self.readers(), id).await? else {
                continue;
            };
            for (is_content, days) in [(false, rule.metadata_days), (true, rule.content_days)] {
                passes.extend(days.map(|days| Pass {
                    store: id,
                    rule: rule.clone(),
                    is_content,
                    before: cutoff(&store, now, days),
                    cursor: i64::MIN,
                    erasure: None,
                }));
            }
        }
        Ok(passes)
    }

    /// Ends what a stop interrupted: what it erased is said. What another node is at keeps its lease.
    async fn end_interrupted(&self) -> Result<(), Error> {
        // Builds of November 2026 wrote leases without an end.
        let text = format!(
            "{COLUMNS} WHERE status = 'running' AND cause = 'retention' AND (lease_until < ? OR lease_until = ?)"
        );
        let now = self.ambient().clock.now().timestamp_micros();
        let backend = self.readers().get_database_backend();
        let found: Vec<Columns> = sql(backend, &text, values![now, i64::MAX])
            .all(self.readers())
            .await?;
        for columns in found {
            let Some(store) = store_of(self.readers(), StoreId(columns.store_id)).await? else {
                continue;
            };
            let cause = retention_cause(columns.id()?, store, &columns.reason, false);
            self.end_retention(&cause).await?;
        }
        Ok(())
    }

    /// Ends an erasure, unless another node did.
    async fn end_retention(&self, cause: &Cause) -> Result<(), Error> {
        match self.finish_erasure(cause).await {
            Err(Error::Problem(problem)) if problem.code == Code::Conflict => Ok(()),
            ended => ended,
        }
    }

    /// Looks at the next entries of a pass; whether it is over.
    async fn retention_chunk(&self, pass: &mut Pass) -> Result<bool, Error> {
        let Some(store) = store_of(self.readers(), pass.store).await? else {
            return Ok(true);
        };
        let rules = self.retention_rules(pass.store).await?;
        let mut statement = self.candidates("SELECT a.order_key", pass, &rules).await?;
        let most = self.inner.pace.amount();
        statement
            .push(" ORDER BY a.order_key LIMIT ")
            .bind(most as i64);
        let mut keys = Vec::new();
        for row in statement.rows(self.readers()).await? {
            keys.push(OrderKey(row.try_get_by_index(0)?));
        }
        let is_over = keys.len() < most;
        pass.cursor = keys.last().map_or(pass.cursor, |last| last.0);
        let holds = self.hold_mark(store.id, pass.rule.source).await?;
        let doomed = self.due(&store, pass, &rules, &keys).await?;
        if !doomed.is_empty() {
            let id = match pass.erasure {
                Some(id) => id,
                None => self.begin_retention(&store, pass).await?,
            };
            pass.erasure = Some(id);
            let cause = retention_cause(id, store.clone(), &reason(pass), pass.is_content);
            let columns = self.erasure_columns(id).await?;
            let mut report = columns.map_or_else(|| Ok(Default::default()), |c| c.report())?;
            report.add(&doomed);
            let note = Effect::one(
                "UPDATE erasure SET done = done + ?, report = ?, lease_until = ? WHERE id = ? AND status = 'running'",
                values![
                    doomed.len() as i64,
                    serde_json::to_string(&report).map_err(damaged)?,
                    self.lease_until(cause.lease),
                    id.0.as_bytes().to_vec()
                ],
                "this erasure is over",
            );
            let effects = vec![holds.check(), note];
            match self.erase_chunk(&cause, doomed, effects).await {
                Ok(gone) => self.note_gone(id, gone).await?,
                // Something became known of one of them just now, a hold was set, or the lease ran out and another node ended this
                // erasure: the next round finds them again.
                Err(Error::Problem(problem)) if problem.code == Code::Conflict => {
                    let columns = self.erasure_columns(id).await?;
                    pass.erasure = columns.filter(|c| c.status == "running").map(|_| id);
                }
                Err(error) => return Err(error),
            }
        }
        if is_over && let Some(id) = pass.erasure {
            let cause = retention_cause(id, store, &reason(pass), pass.is_content);
            self.end_retention(&cause).await?;
        }
        Ok(is_over)
    }

    /// What of some keys is due and not held.
    async fn due(
        &self,
        store: &StoreView,
        pass: &Pass,
        rules: &[RetentionRule],
        keys: &[OrderKey],
    ) -> Result<Doomed, Error> {
        let holds = self
            .holds_on(self.readers(), store, pass.rule.source)
            .await?;
        let now = self.ambient().clock.now();
        if pass.rule.source == Source::Messages {
            let mut left = messages::doomed(self.readers(), store.id, keys).await?;
            // Asked after they were read: one that is restarted from here on has changed when it would go, and stays.
            let waiting = messages::waiting(self.readers(), keys).await?;
            left.retain(|m| {
                (!pass.is_content || m.has_content)
                    && !waiting.contains(&m.key.0)
                    && !holds.iter().any(|hold| hold.keeps_message(&m.facts))
            });
            return Ok(Doomed::Messages(left));
        }
        let mut left = activities::doomed(self.readers(), store.id, keys).await?;
        left.retain(|a| {
            let categories = a.facts.activity.action.categories;
            let is_due = days_of(rules, categories, pass.is_content).is_some_and(|days| {
                a.facts.activity.occurred_at.timestamp_micros() < cutoff(store, now, days)
            });
            is_due
                && (!pass.is_content || a.has_content)
                && !holds.iter().any(|hold| hold.keeps(&a.facts))
        });
        Ok(Doomed::Activities(left))
    }

    async fn begin_retention(&self, store: &StoreView, pass: &Pass) -> Result<ErasureId, Error> {
        let id = ErasureId(self.ambient().uuid());
        let now = self.ambient().clock.now().timestamp_micros();
        let target = Target::Retention {
            category: pass.rule.category.map_or("", Category::as_str).to_owned(),
            is_content: pass.is_content,
            before: pass.before,
        };
        let effect = Effect::statement(
            "INSERT INTO erasure (id, store_id, requested_at, requester, requester_name, cause, source, spec, up_to, reason, \
             status, total, lease_until) VALUES (?, ?, ?, 'system', 'Storetrail', 'retention', ?, ?, 0, ?, 'running', 0, ?)",
            values![
                id.0.as_bytes().to_vec(),
                store.id.0,
                now,
                pass.rule.source.as_str(),
                serde_json::to_string(&target).map_err(damaged)?,
                reason(pass),
                self.lease_until(LEASE)
            ],
        );
        debug_assert_eq!(super::row::word(ErasureCause::Retention), "retention");
        self.recorder().apply(vec![effect]).await?;
        Ok(id)
    }

    /// A select over what a pass looks at, up to its conditions.
    async fn candidates(
        &self,
        head: &str,
        pass: &Pass,
        rules: &[RetentionRule],
    ) -> Result<Sql, Error> {
        let backend = self.readers().get_database_backend();
        let (table, sent) = if pass.rule.source == Source::Messages {
            ("message", messages::NOT_WAITING)
        } else {
            ("activity", "")
        };
        let join = if pass.is_content {
            " JOIN payload p ON p.seq = a.seq"
        } else {
            ""
        };
        let text = format!(
            "{head} FROM {table} a{join} WHERE a.store_id = ? AND a.order_key > ? AND a.order_key < ?{sent}"
        );
        let before = OrderKey::first_at(pass.before).0;
        let mut statement = sql(backend, &text, values![pass.store.0, pass.cursor, before]);
        if pass.rule.source == Source::Activity {
            let named: CategorySet = rules.iter().filter_map(|rule| rule.category).collect();
            let text = "SELECT id, categories FROM action WHERE store_id = ?";
            let mut actions: Vec<i64> = Vec::new();
            for row in sql(backend, text, values![pass.store.0])
                .rows(self.readers())
                .await?
            {
                let bits: i64 = row.try_get_by_index(1)?;
                let set = CategorySet::of_bits(u32::try_from(bits).unwrap_or(0));
                let is_of = match pass.rule.category {
                    Some(category) => set.contains(category),
                    None => !set.meets(named),
                };
                if is_of {
                    actions.push(row.try_get_by_index(0)?);
                }
            }
            statement.push(" AND a.action_id IN ").list(actions);
        }
        Ok(statement)
    }
}

/// For how long things are kept, by field: `activity`, `messages`, `activity:orders` with the days of content and of the
/// rest, and `export_days`.
fn by_field(rules: &[RetentionRule], export_days: u32) -> BTreeMap<String, serde_json::Value> {
    let rules = rules.iter().map(|rule| {
        let log = rule.source.as_str();
        let field = rule.category.map_or_else(
            || log.to_owned(),
            |category| format!("{log}:{}", category.as_str()),
        );
        let days = serde_json::json!([rule.content_days, rule.metadata_days]);
        (field, days)
    });
    let files = ("export_days".to_owned(), serde_json::json!(export_days));
    rules.chain([files]).collect()
}

fn reason(pass: &Pass) -> String {
    let days = if pass.is_content {
        pass.rule.content_days
    } else {
        pass.rule.metadata_days
    };
    let what = pass
        .rule
        .category
        .map_or(pass.rule.source.as_str(), Category::as_str);
    let part = if pass.is_content { "content of " } else { "" };
    format!("retention: {part}{what} after {} days", days.unwrap_or(0))
}

fn retention_cause(id: ErasureId, store: StoreView, reason: &str, keeps_lines: bool) -> Cause {
    Cause {
        id,
        store,
        by: Principal::System("retention").actor(Role::SuperAdmin),
        origin: domain::Origin::default(),
        reason: reason.to_owned(),
        details: serde_json::json!({ "erasure": id.to_string(), "cause": "retention" }),
        keeps_lines,
        lease: LEASE,
    }
}

pub(super) fn check_rules(rules: &[RetentionRule]) -> Result<(), Problem> {
    for (at, rule) in rules.iter().enumerate() {
        let wrong = |field: &str, code: &str, message: &str| {
            Err(Problem::field(
                &format!("/rules/{at}/{field}"),
                code,
                message,
            ))
        };
        match rule.source {
            Source::Activity => {}
            Source::Messages if rule.category.is_none() => {}
            Source::Messages => return wrong("category", "contradiction", "messages have none"),
            _ => return wrong("source", "unknown", "`activity` or `messages`"),
        }
        let is_twice = rules[..at]
            .iter()
            .any(|other| (other.source, other.category) == (rule.source, rule.category));
        if is_twice {
            return wrong("category", "contradiction", "one rule for each");
        }
        for (field, days) in [
            ("content_days", rule.content_days),
            ("metadata_days", rule.metadata_days),
        ] {
            if days.is_some_and(|days| !RetentionRule::DAYS.contains(&days)) {
                return wrong(field, "out_of_range", "1 to 36,500 days");
            }
        }
        if let (Some(content), Some(metadata)) = (rule.content_days, rule.metadata_days)
            && content > metadata
        {
            let message = "content goes no later than the rest";
            return wrong("content_days", "contradiction", message);
        }
    }
    Ok(())
}
