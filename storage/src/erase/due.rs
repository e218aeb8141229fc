//! What rules of retention would let go now, counted before anything goes.

use super::messages;
use super::retention::{check_rules, days_of};
use crate::log::zone;
use crate::select::{Picked, What};
use crate::sql::{Sql, sql, values};
use crate::{Error, Scope, Storage};
use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use domain::export::Source;
use domain::message::{MessageClause, MessageFilter, MessageTest};
use domain::view::{Count, RetentionPreview, RetentionRule, StoreView};
use domain::{
    Category, CategorySet, Clause, Filter, OrderKey, Permission, StoreId, Test, TimeRange,
};
use sea_orm::{ConnectionTrait as _, DatabaseTransaction};
use std::collections::{BTreeMap, BTreeSet};

/// Due entries of a rule are counted up to here, where no hold keeps any.
const COUNTED: i64 = 10_000;
/// How many keys that are held are looked for together.
const CHUNK: usize = 1_000;

/// What happened before this is older than so many days, in microseconds. Whole days on the store's clock: a rule has
/// something to let go once a day and not with every look.
pub(super) fn cutoff(store: &StoreView, now: DateTime<Utc>, days: u32) -> i64 {
    let zone = zone::of(store);
    let today = now.with_timezone(&zone).date_naive();
    let first_kept = today.checked_sub_days(Days::new(days.into()));
    zone::start_of(zone, first_kept.unwrap_or_default())
        .timestamp_micros()
        .max(0)
}

/// When what happened then is older than so many days.
fn due_at(store: &StoreView, happened: DateTime<Utc>, days: u32) -> DateTime<Utc> {
    let zone = zone::of(store);
    let day: NaiveDate = happened.with_timezone(&zone).date_naive();
    let due = day.checked_add_days(Days::new(u64::from(days) + 1));
    due.map_or_else(
        || happened + TimeDelta::days(i64::from(days) + 1),
        |due| zone::start_of(zone, due),
    )
}

/// Some actions, before when they lose their content, and before when they go; none for never.
type Times = (Vec<i64>, Option<i64>, Option<i64>);

/// A part of a log that is due: what happened in a stretch of time, of some actions where it is the activity log, without
/// what still waits to be sent where it is that of messages.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stretch {
    source: Source,
    actions: Vec<i64>,
    /// Only what still has its content: that is what goes.
    is_content: bool,
    from: i64,
    before: i64,
}

impl Stretch {
    /// A select over it, up to its conditions.
    fn select(&self, on: &DatabaseTransaction, head: &str, store: StoreId) -> Sql {
        let table = match self.source {
            Source::Messages => "message",
            _ => "activity",
        };
        let join = if self.is_content {
            " JOIN payload p ON p.seq = a.seq"
        } else {
            ""
        };
        let text = format!(
            "{head} FROM {table} a{join} WHERE a.store_id = ? AND a.order_key >= ? AND a.order_key < ?"
        );
        let values = values![
            store.0,
            OrderKey::first_at(self.from).0,
            OrderKey::first_at(self.before).0
        ];
        let mut statement = sql(on.get_database_backend(), &text, values);
        if self.source == Source::Messages {
            statement.push(messages::NOT_WAITING);
        }
        if self.source == Source::Activity {
            statement
                .push(" AND a.action_id IN ")
                .list(self.actions.iter().copied());
        }
        statement
    }
}

/// Rules as they act, to be compared: what is kept for ever without a rule needs none.
fn acting(rules: &[RetentionRule]) -> Vec<RetentionRule> {
    let mut acting: Vec<RetentionRule> = rules
        .iter()
        .filter(|r| r.category.is_some() || r.content_days.is_some() || r.metadata_days.is_some())
        .cloned()
        .collect();
    acting.sort_by_key(|rule| {
        let category = rule.category.map_or("", Category::as_str);
        (rule.source.as_str(), category)
    });
    acting
}

impl Storage {
    /// From how many entries and messages something would go at once if these rules were saved: what legal holds keep,
    /// and what another category's rule keeps longer, isn't counted. None for the rules that are in force.
    ///
    /// # Errors
    /// As [`Storage::save_retention`].
    pub async fn count_due(&self, scope: &Scope, rules: &[RetentionRule]) -> Result<u64, Error> {
        scope.require(Permission::ManageRetention)?;
        check_rules(rules)?;
        let saved = self.retention_rules(scope.store_id()).await?;
        if acting(&saved) == acting(rules) {
            return Ok(0);
        }
        let on = self.snapshot().await?;
        let store = scope.store();
        let mut due = 0;
        for source in [Source::Activity, Source::Messages] {
            let mut stretches = Vec::new();
            for (actions, content, rest) in self.times(&on, store, rules, source, None).await? {
                let rest = rest.unwrap_or(0);
                let all = |is_content, from, before| Stretch {
                    source,
                    actions: actions.clone(),
                    is_content,
                    from,
                    before,
                };
                stretches.push(all(false, 0, rest));
                stretches.push(all(true, rest, content.unwrap_or(0)));
            }
            due += self.count_stretches(&on, store, &stretches).await?;
        }
        Ok(due)
    }

    /// What rules would remove now, and when the next entry is due: nothing is changed.
    ///
    /// # Errors
    /// As [`Storage::save_retention`].
    pub async fn preview_retention(
        &self,
        scope: &Scope,
        rules: &[RetentionRule],
    ) -> Result<Vec<RetentionPreview>, Error> {
        scope.require(Permission::ManageRetention)?;
        check_rules(rules)?;
        let on = self.snapshot().await?;
        let mut previews = Vec::new();
        for rule in rules {
            let (content_due, content_at) = self
                .preview_part(&on, scope.store(), rules, rule, true)
                .await?;
            let (metadata_due, metadata_at) = self
                .preview_part(&on, scope.store(), rules, rule, false)
                .await?;
            previews.push(RetentionPreview {
                rule: rule.clone(),
                content_due,
                metadata_due,
                next_at: content_at.into_iter().chain(metadata_at).min(),
                reverts: self.count_reverts(&on, scope.store(), rules, rule).await?,
            });
        }
        Ok(previews)
    }

    /// How much of a rule's content, or of its rest, is due, and when the next is.
    async fn preview_part(
        &self,
        on: &DatabaseTransaction,
        store: &StoreView,
        rules: &[RetentionRule],
        rule: &RetentionRule,
        is_content: bool,
    ) -> Result<(Count, Option<DateTime<Utc>>), Error> {
        let days = if is_content {
            rule.content_days
        } else {
            rule.metadata_days
        };
        let nothing = Count {
            count: 0,
            is_exact: true,
        };
        let Some(days) = days else {
            return Ok((nothing, None));
        };
        let source = rule.source;
        let mut stretches = Vec::new();
        let mut named = Vec::new();
        let all = self.times(on, store, rules, source, Some(rule)).await?;
        for (actions, content, rest) in all {
            named.extend(actions.iter().copied());
            let before = if is_content { content } else { rest };
            stretches.push(Stretch {
                source,
                actions,
                is_content,
                from: 0,
                before: before.unwrap_or(0),
            });
        }
        let due = if self.has_holds(on, store, source).await? {
            Count {
                count: self.count_stretches(on, store, &stretches).await?,
                is_exact: true,
            }
        } else {
            count_up_to(on, store, &stretches).await?
        };
        let later = Stretch {
            source,
            actions: named,
            is_content,
            from: cutoff(store, self.ambient().clock.now(), days),
            before: i64::MAX >> OrderKey::TIE_BITS,
        };
        let mut next = later.select(on, "SELECT a.order_key", store.id);
        next.push(" ORDER BY a.order_key LIMIT 1");
        let next_at = number(next, on)
            .await?
            .map(|key| due_at(store, zone::time_of(OrderKey(key).micros()), days));
        Ok((due, next_at))
    }

    /// From how many operations' dry runs something would be lost by a rule now: a later edit, which goes with the content
    /// of its entry, or that a thing is gone, which goes with the rest. What legal holds keep is counted, too.
    async fn count_reverts(
        &self,
        on: &DatabaseTransaction,
        store: &StoreView,
        rules: &[RetentionRule],
        rule: &RetentionRule,
    ) -> Result<u64, Error> {
        if rule.source != Source::Activity {
            return Ok(0);
        }
        let mut found: BTreeSet<i64> = BTreeSet::new();
        for (actions, content, rest) in self
            .times(on, store, rules, rule.source, Some(rule))
            .await?
        {
            // What never loses its content never goes.
            let Some(content) = content else { continue };
            let before = |time: i64| OrderKey::first_at(time).0;
            let text = "SELECT o.number FROM operation o WHERE o.store_id = ? AND EXISTS (SELECT 1 FROM operation_item i \
                        JOIN field_value v ON v.store_id = o.store_id AND v.subject_type = i.subject_type \
                        AND v.subject_id = i.subject_id AND v.field IN (i.field, '') \
                        JOIN ledger l ON l.seq = v.seq JOIN activity a ON a.order_key = l.order_key \
                        WHERE i.operation = o.number AND i.outcome = 0 AND v.seq > i.seq \
                        AND ((v.field <> '' AND a.order_key < ?) OR (v.field = '' AND v.value = 'true' AND a.order_key < ?)) \
                        AND a.action_id IN ";
            let values = values![store.id.0, before(content), before(rest.unwrap_or(0))];
            let mut statement = sql(on.get_database_backend(), text, values);
            statement.list(actions).push(")");
            for row in statement.rows(on).await? {
                found.insert(row.try_get_by_index(0)?);
            }
        }
        Ok(found.len() as u64)
    }

    /// How many entries stand in some stretches, less those that legal holds keep.
    async fn count_stretches(
        &self,
        on: &DatabaseTransaction,
        store: &StoreView,
        stretches: &[Stretch],
    ) -> Result<u64, Error> {
        let mut count = 0;
        let stretches: Vec<&Stretch> = stretches.iter().filter(|s| s.from < s.before).collect();
        for stretch in &stretches {
            let all = stretch.select(on, "SELECT COUNT(*)", store.id);
            count += number(all, on).await?.unwrap_or(0);
        }
        let Some(first) = stretches.first() else {
            return Ok(0);
        };
        if count == 0 || !self.has_holds(on, store, first.source).await? {
            return Ok(count.max(0).unsigned_abs());
        }
        let before = stretches.iter().map(|s| s.before).max().unwrap_or(0);
        let scope = Scope::system("what holds keep from retention", store.clone());
        let picked = until(first.source, before);
        let held = self.held_keys(on, &scope, &picked).await?;
        let held: Vec<i64> = held.into_iter().collect();
        for stretch in &stretches {
            for keys in held.chunks(CHUNK) {
                let mut kept = stretch.select(on, "SELECT COUNT(*)", store.id);
                kept.push(" AND a.order_key IN ").list(keys.iter().copied());
                count -= number(kept, on).await?.unwrap_or(0);
            }
        }
        Ok(count.max(0).unsigned_abs())
    }

    /// Before when what a log holds loses its content, and goes: by action in the activity log. `of`: only what one rule
    /// is about. That something was erased is kept whatever rules say.
    async fn times(
        &self,
        on: &DatabaseTransaction,
        store: &StoreView,
        rules: &[RetentionRule],
        source: Source,
        of: Option<&RetentionRule>,
    ) -> Result<Vec<Times>, Error> {
        let now = self.ambient().clock.now();
        let before = |days: Option<u32>| days.map(|days| cutoff(store, now, days));
        if source != Source::Activity {
            let rule = rules.iter().find(|rule| rule.source == source);
            return Ok(rule
                .map(|r| (Vec::new(), before(r.content_days), before(r.metadata_days)))
                .into_iter()
                .collect());
        }
        let named: CategorySet = rules.iter().filter_map(|rule| rule.category).collect();
        let text = "SELECT id, categories FROM action WHERE store_id = ? AND name <> 'log.erased'";
        let mut times: BTreeMap<(Option<i64>, Option<i64>), Vec<i64>> = BTreeMap::new();
        for row in sql(on.get_database_backend(), text, values![store.id.0])
            .rows(on)
            .await?
        {
            let bits: i64 = row.try_get_by_index(1)?;
            let set = CategorySet::of_bits(u32::try_from(bits).unwrap_or(0));
            let is_of = of.is_none_or(|rule| match rule.category {
                Some(category) => set.contains(category),
                None => !set.meets(named),
            });
            let time = (
                before(days_of(rules, set, true)),
                before(days_of(rules, set, false)),
            );
            if is_of {
                times
                    .entry(time)
                    .or_default()
                    .push(row.try_get_by_index(0)?);
            }
        }
        Ok(times
            .into_iter()
            .map(|((content, rest), actions)| (actions, content, rest))
            .collect())
    }
}

/// How many entries stand in some stretches, up to where it is quick to tell.
async fn count_up_to(
    on: &DatabaseTransaction,
    store: &StoreView,
    stretches: &[Stretch],
) -> Result<Count, Error> {
    let mut count = 0;
    for stretch in stretches {
        let mut part = stretch.select(on, "SELECT COUNT(*) FROM (SELECT 1", store.id);
        part.push(" LIMIT ").bind(COUNTED + 1).push(") AS due");
        count += number(part, on).await?.unwrap_or(0);
    }
    Ok(Count {
        count: count.clamp(0, COUNTED).unsigned_abs(),
        is_exact: count <= COUNTED,
    })
}

/// All of a log that happened before a time.
fn until(source: Source, before: i64) -> Picked {
    let range = TimeRange {
        from: i64::MIN,
        to: before,
    };
    let what = match source {
        Source::Messages => What::Messages(MessageFilter {
            clauses: vec![MessageClause {
                is_negated: false,
                test: MessageTest::Created(vec![range]),
            }],
        }),
        _ => What::Activity(Filter {
            clauses: vec![Clause {
                is_negated: false,
                test: Test::Created(vec![range]),
            }],
        }),
    };
    Picked {
        source,
        what,
        up_to: i64::MAX,
        except: Vec::new(),
    }
}

async fn number(statement: Sql, on: &DatabaseTransaction) -> Result<Option<i64>, Error> {
    let row = statement.row(on).await?;
    Ok(row.map(|row| row.try_get_by_index(0)).transpose()?)
}
