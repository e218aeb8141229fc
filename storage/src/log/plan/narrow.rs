//! What is known of two fields together before anything is walked: who did which actions, and which actions have entries that ended
//! so and have such parts. Two fields that never meet find nothing at once, instead of after all entries of the rarer one.

use super::{ActionRow, Driver, MOST_STREAMS, Plan, dimensions};
use crate::Error;
use crate::sql::Sql;
use domain::{Outcome, OutcomeSet};
use std::collections::BTreeSet;

/// Of more combinations than this nobody asks whether there are such entries.
const MOST_LOOKED_UP: usize = 500;

/// Entries of one action that ended the same way and have the same parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) action: i64,
    pub(super) outcome: i16,
    pub(super) has: i16,
}

impl Plan<'_> {
    /// Leaves of the actions and outcomes those of which there are entries beside what else is asked for, and says what could lead
    /// then, with how many entries it has at most.
    pub(super) async fn narrow(&mut self) -> Result<Vec<(i64, Driver)>, Error> {
        let mut candidates = Vec::new();
        self.keep_actions(|plan, row| plan.allowed_uses(row) > 0);
        candidates.extend(self.narrow_parts().await?);
        candidates.extend(self.narrow_pairs().await?);
        Ok(candidates)
    }

    /// How many entries of an action end as asked for.
    fn allowed_uses(&self, row: &ActionRow) -> i64 {
        let allowed = Outcome::ALL.into_iter().filter(|o| self.allows_outcome(*o));
        allowed.map(|outcome| row.count(outcome)).sum()
    }

    fn keep_actions(&mut self, is_kept: impl Fn(&Self, &ActionRow) -> bool) {
        let allowed = self.allowed_actions();
        let kept: Vec<ActionRow> = allowed
            .iter()
            .filter(|row| is_kept(self, row))
            .cloned()
            .collect();
        if kept.len() < allowed.len() {
            self.is_impossible |= kept.is_empty();
            self.actions = Some(kept);
        }
    }

    /// By what entries have.
    async fn narrow_parts(&mut self) -> Result<Option<(i64, Driver)>, Error> {
        if self.has.is_empty() || self.is_impossible {
            return Ok(None);
        }
        let kinds: Vec<(i64, Outcome)> = self
            .allowed_actions()
            .iter()
            .flat_map(|row| Outcome::ALL.into_iter().map(move |outcome| (row, outcome)))
            .filter(|(row, outcome)| self.allows_outcome(*outcome) && row.count(*outcome) > 0)
            .map(|(row, outcome)| (row.id, outcome))
            .collect();
        if kinds.is_empty() || kinds.len() > MOST_LOOKED_UP {
            return Ok(None);
        }
        let mut parts = self.parts(&kinds).await?;
        parts.retain(|part| {
            let is_met = |(has, is_negated): &(domain::Has, bool)| {
                (part.has & has.bits() != 0) != *is_negated
            };
            self.has.iter().all(is_met)
        });
        let is_left = |action: i64, outcome: Outcome| {
            let number = outcome.number();
            parts
                .iter()
                .any(|part| part.action == action && part.outcome == number)
        };
        self.keep_actions(|_, row| parts.iter().any(|part| part.action == row.id));
        let outcomes: OutcomeSet = Outcome::ALL
            .into_iter()
            .filter(|outcome| parts.iter().any(|part| part.outcome == outcome.number()))
            .collect();
        self.outcomes = Some(outcomes);
        if parts.is_empty() || parts.len() > MOST_STREAMS {
            return Ok(None);
        }
        let size = self
            .allowed_actions()
            .iter()
            .flat_map(|row| Outcome::ALL.into_iter().map(move |outcome| (row, outcome)))
            .filter(|(row, outcome)| is_left(row.id, *outcome))
            .map(|(row, outcome)| row.count(outcome))
            .sum();
        Ok(Some((size, Driver::Parts(parts))))
    }

    /// The parts that entries of some actions with some outcomes have, each combination once: a step in the index for each.
    async fn parts(&self, kinds: &[(i64, Outcome)]) -> Result<Vec<Part>, Error> {
        let store = self.scope.store_id().0;
        let mut statement = self.statement(
            "WITH RECURSIVE part (action_id, outcome, has) AS (SELECT v.column1, v.column2, (",
        );
        push_least(&mut statement, store);
        statement.push(" AND a.action_id = v.column1 AND a.outcome = v.column2) FROM (VALUES ");
        push_pairs(
            &mut statement,
            kinds
                .iter()
                .map(|(id, outcome)| (*id, i64::from(outcome.number()))),
        );
        statement.push(") AS v UNION ALL SELECT part.action_id, part.outcome, (");
        push_least(&mut statement, store);
        statement.push(
            " AND a.action_id = part.action_id AND a.outcome = part.outcome AND a.has > part.has) \
             FROM part WHERE part.has IS NOT NULL) \
             SELECT CAST(action_id AS BIGINT), CAST(outcome AS SMALLINT), has FROM part WHERE has IS NOT NULL",
        );
        let rows = statement.rows(&self.database).await?;
        let part = |row: &sea_orm::QueryResult| {
            Ok::<_, sea_orm::DbErr>(Part {
                action: row.try_get_by_index(0)?,
                outcome: row.try_get_by_index(1)?,
                has: row.try_get_by_index(2)?,
            })
        };
        Ok(rows.iter().map(part).collect::<Result<_, _>>()?)
    }

    /// By who did what.
    async fn narrow_pairs(&mut self) -> Result<Option<(i64, Driver)>, Error> {
        let (Some(actors), Some(actions)) = (self.wanted_actors(), &self.actions) else {
            return Ok(None);
        };
        let asked = actors.len().saturating_mul(actions.len());
        if asked == 0 || asked > MOST_LOOKED_UP || self.is_impossible {
            return Ok(None);
        }
        let mut statement = self
            .statement("SELECT CAST(v.column1 AS BIGINT), CAST(v.column2 AS BIGINT) FROM (VALUES ");
        let pairs = actors
            .iter()
            .flat_map(|actor| actions.iter().map(|row| (*actor, row.id)));
        push_pairs(&mut statement, pairs);
        statement.push(") AS v WHERE EXISTS (SELECT 1 FROM activity a");
        if statement.is_sqlite() {
            statement.push(" INDEXED BY activity_by_pair");
        }
        statement
            .push(" WHERE a.store_id = ")
            .bind(self.scope.store_id().0)
            .push(" AND a.actor_id = v.column1 AND a.action_id = v.column2)");
        let rows = statement.rows(&self.database).await?;
        let pair = |row: &sea_orm::QueryResult| {
            Ok::<_, sea_orm::DbErr>((row.try_get_by_index(0)?, row.try_get_by_index(1)?))
        };
        let pairs: Vec<(i64, i64)> = rows.iter().map(pair).collect::<Result<_, _>>()?;
        let met: BTreeSet<i64> = pairs.iter().map(|(_, action)| *action).collect();
        self.is_impossible |= pairs.is_empty();
        self.keep_actions(|_, row| met.contains(&row.id));
        if pairs.is_empty() || pairs.len() > MOST_STREAMS {
            return Ok(None);
        }
        let by_action = self.allowed_actions().iter();
        let by_action: i64 = by_action.map(|row| self.allowed_uses(row)).sum();
        let by_actor = dimensions::actor_uses(&self.database, &actors).await?;
        Ok(Some((by_action.min(by_actor), Driver::Pairs(pairs))))
    }
}

/// Appends the select of the least parts that an entry of the store has, without its end.
fn push_least(statement: &mut Sql, store: i64) {
    statement.push("SELECT MIN(a.has) FROM activity a");
    if statement.is_sqlite() {
        statement.push(" INDEXED BY activity_by_part");
    }
    statement.push(" WHERE a.store_id = ").bind(store);
}

/// Appends `(1,2),(3,4)`, written out: numbers of the database's own.
fn push_pairs(statement: &mut Sql, pairs: impl Iterator<Item = (i64, i64)>) {
    for (at, (left, right)) in pairs.enumerate() {
        let comma = if at == 0 { "" } else { ", " };
        statement.push(&format!("{comma}({left}, {right})"));
    }
}
