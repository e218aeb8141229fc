//! How many rows a selection has: exactly, also when there are millions.

use super::{Picked, Skips, What};
use crate::log::plan::Plan;
use crate::message::plan::Plan as MessagePlan;
use crate::sql::sql;
use crate::watch::selected;
use crate::{Error, Scope, Storage};
use domain::export::Selection;
use domain::message::Facet;
use domain::view::{Count, SelectionCount};
use domain::{Direction, OrderKey};
use sea_orm::{ConnectionTrait as _, DatabaseTransaction};
use std::collections::{BTreeMap, HashMap, HashSet};

/// How many keys are walked at once.
const CHUNK: usize = 10_000;

impl Storage {
    /// How many rows a selection has, by kind, and how many of them legal holds keep.
    ///
    /// # Errors
    /// As [`Storage::request_export`] reads a selection.
    pub async fn count_selection(
        &self,
        scope: &Scope,
        selection: &Selection,
    ) -> Result<SelectionCount, Error> {
        let picked = self
            .pick(scope, selection, None, self.ambient().clock.now())
            .await?;
        let snapshot = self.snapshot().await?;
        let kinds = self.count_picked(&snapshot, scope, &picked).await?;
        let count: u64 = kinds.values().sum();
        let held = self.held_keys(&snapshot, scope, &picked).await?.len() as u64;
        let mut kinds: Vec<(String, u64)> = kinds
            .into_iter()
            .filter(|(kind, n)| *n > 0 && !kind.is_empty())
            .collect();
        kinds.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        Ok(SelectionCount {
            count: Count {
                count,
                is_exact: true,
            },
            kinds,
            held,
            up_to: self.mark_of(scope, picked.up_to),
        })
    }

    /// Counts by category or channel; an activity of several categories counts for its first.
    pub(crate) async fn count_picked(
        &self,
        on: &DatabaseTransaction,
        scope: &Scope,
        picked: &Picked,
    ) -> Result<BTreeMap<String, u64>, Error> {
        let mut kinds = BTreeMap::new();
        match &picked.what {
            What::Words(_) | What::Names(_) => {
                let n = self.names_of(on, scope, picked).await?.len() as u64;
                kinds.insert(String::new(), n);
                return Ok(kinds);
            }
            What::Watch(log, filter) => {
                let (mut after, mut n) = (None, 0);
                loop {
                    let log = (*log, filter);
                    let part = selected(on, scope, picked, log, after, CHUNK).await?;
                    n += part.len();
                    if part.next.is_none() {
                        break;
                    }
                    after = part.next;
                }
                kinds.insert(String::new(), n);
                return Ok(kinds);
            }
            What::Activity(filter) => {
                let plan = Plan::on(on.into(), scope, filter).await?;
                let named: HashMap<i64, &str> = plan
                    .all_actions
                    .iter()
                    .map(|row| {
                        let first = row.action.categories.iter().next();
                        (row.id, first.map_or("", |category| category.as_str()))
                    })
                    .collect();
                if plan.is_kept()
                    && let Some(skipped) = self.skipped(on, scope, picked).await?
                {
                    for ((action, _), n) in self.tally(scope, &plan).await?.counts {
                        let kind = named.get(&action).copied().unwrap_or_default();
                        *kinds.entry(kind.to_owned()).or_default() += n.max(0).unsigned_abs();
                    }
                    for (action, n) in grouped(on, "action_id", "activity", &skipped).await? {
                        let kind = named.get(&action).copied().unwrap_or_default();
                        take(&mut kinds, kind, n);
                    }
                    return Ok(kinds);
                }
                let mut walk = Walk::begin(on, scope, picked).await?;
                while let Some(keys) = walk.next().await? {
                    for (action, n) in grouped(on, "action_id", "activity", &keys).await? {
                        let kind = named.get(&action).copied().unwrap_or_default();
                        *kinds.entry(kind.to_owned()).or_default() += n;
                    }
                }
            }
            What::Messages(filter) => {
                let channel = |facet: i64| {
                    i32::try_from(facet)
                        .ok()
                        .and_then(Facet::of_number)
                        .map_or("", |facet| facet.channel.as_str())
                };
                let plan = MessagePlan::on(on.into(), scope, filter).await?;
                if plan.is_kept()
                    && plan.micros_range() == (i64::MIN, i64::MAX)
                    && let Some(skipped) = self.skipped(on, scope, picked).await?
                {
                    for (facet, n) in plan.facets.iter().filter(|_| !plan.is_impossible) {
                        let kind = facet.channel.as_str().to_owned();
                        *kinds.entry(kind).or_default() += n.max(&0).unsigned_abs();
                    }
                    for (facet, n) in grouped(on, "facet", "message", &skipped).await? {
                        take(&mut kinds, channel(facet), n);
                    }
                    return Ok(kinds);
                }
                let mut walk = Walk::begin(on, scope, picked).await?;
                while let Some(keys) = walk.next().await? {
                    for (facet, n) in grouped(on, "facet", "message", &keys).await? {
                        *kinds.entry(channel(facet).to_owned()).or_default() += n;
                    }
                }
            }
        }
        Ok(kinds)
    }

    /// Those matching keys that the selection leaves out; none where they are too many to be kept.
    async fn skipped(
        &self,
        on: &DatabaseTransaction,
        scope: &Scope,
        picked: &Picked,
    ) -> Result<Option<Vec<OrderKey>>, Error> {
        let skips = picked.skips(on, scope).await?;
        if skips.is_by_seq {
            return Ok(None);
        }
        let all: Vec<i64> = skips.keys.into_iter().collect();
        let mut found = Vec::new();
        for chunk in all.chunks(5_000) {
            found.extend(picked.among(on.into(), scope, chunk).await?);
        }
        Ok(Some(found))
    }

    /// The keys of a selection that legal holds keep.
    pub(crate) async fn held_keys(
        &self,
        on: &DatabaseTransaction,
        scope: &Scope,
        picked: &Picked,
    ) -> Result<HashSet<i64>, Error> {
        let mut held = HashSet::new();
        if !picked.source.is_erasable() {
            return Ok(held);
        }
        for hold in self.holds_on(on, scope.store(), picked.source).await? {
            let Some(both) = hold.and(&picked.what) else {
                continue;
            };
            let both = Picked {
                what: both,
                ..picked.clone()
            };
            let mut walk = Walk::begin(on, scope, &both).await?;
            while let Some(keys) = walk.next().await? {
                held.extend(keys.iter().map(|key| key.0));
            }
        }
        Ok(held)
    }
}

/// The keys of a selection, some at a time, newest first. No closure takes them: futures that hold one are not
/// `Send` for every lifetime.
pub(crate) struct Walk<'a> {
    on: &'a DatabaseTransaction,
    scope: &'a Scope,
    picked: &'a Picked,
    skips: Skips,
    /// Where the next part begins; none at the end.
    next: Option<Option<OrderKey>>,
}

impl<'a> Walk<'a> {
    /// Begins at the newest.
    pub(crate) async fn begin(
        on: &'a DatabaseTransaction,
        scope: &'a Scope,
        picked: &'a Picked,
    ) -> Result<Self, Error> {
        Ok(Self {
            on,
            scope,
            picked,
            skips: picked.skips(on, scope).await?,
            next: Some(None),
        })
    }

    /// The next keys; none at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<OrderKey>>, Error> {
        while let Some(after) = self.next {
            let (on, newest) = (self.on.into(), Direction::Newest);
            let part = self
                .picked
                .part(on, self.scope, &self.skips, after, newest, CHUNK)
                .await?;
            self.next = part.next.map(Some);
            if !part.keys.is_empty() {
                return Ok(Some(part.keys));
            }
        }
        Ok(None)
    }
}

impl Picked {
    /// Which of some keys match.
    async fn among(
        &self,
        on: sea_orm::DatabaseExecutor<'_>,
        scope: &Scope,
        keys: &[i64],
    ) -> Result<Vec<OrderKey>, Error> {
        let found = match &self.what {
            What::Activity(filter) => {
                let mut plan = Plan::on(on, scope, filter).await?;
                plan.lead_by(keys.to_vec());
                plan.keys(None, Direction::Newest, keys.len()).await?.keys
            }
            What::Messages(filter) => {
                let mut plan = MessagePlan::on(on, scope, filter).await?;
                plan.lead_by(keys.to_vec());
                plan.keys(None, Direction::Newest, keys.len()).await?.keys
            }
            What::Watch(..) | What::Words(_) | What::Names(_) => Vec::new(),
        };
        Ok(found)
    }
}

fn take(kinds: &mut BTreeMap<String, u64>, kind: &str, n: u64) {
    if let Some(count) = kinds.get_mut(kind) {
        *count = count.saturating_sub(n);
    }
}

/// How many of some keys have each value of a column.
async fn grouped(
    on: &DatabaseTransaction,
    column: &str,
    table: &str,
    keys: &[OrderKey],
) -> Result<Vec<(i64, u64)>, Error> {
    let mut counts = Vec::new();
    for chunk in keys.chunks(5_000) {
        let mut statement = sql(
            on.get_database_backend(),
            &format!("SELECT CAST({column} AS BIGINT), COUNT(*) FROM {table} WHERE order_key IN "),
            [],
        );
        statement
            .list(chunk.iter().map(|key| key.0))
            .push(&format!(" GROUP BY {column}"));
        for row in statement.rows(on).await? {
            let n: i64 = row.try_get_by_index(1)?;
            counts.push((row.try_get_by_index(0)?, n.max(0).unsigned_abs()));
        }
    }
    Ok(counts)
}
