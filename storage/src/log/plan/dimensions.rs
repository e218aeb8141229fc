//! The small tables: actions and actors.

use super::terms::COUNTED;
use crate::sql::{Sql, sql, values};
use crate::{Error, Scope};
use domain::{Action, CategorySet, Outcome, Pattern, StoreId};
use sea_orm::{ConnectionTrait, FromQueryResult};

/// An action of the store with its kept counts.
#[derive(Debug, Clone)]
pub(crate) struct ActionRow {
    pub(crate) id: i64,
    pub(crate) action: Action,
    counts: [i64; 3],
}

impl ActionRow {
    /// How many entries of this action have the outcome.
    pub(crate) const fn count(&self, outcome: Outcome) -> i64 {
        self.counts[outcome as usize]
    }

    /// How many entries there are of this action.
    pub(crate) const fn uses(&self) -> i64 {
        self.counts[0] + self.counts[1] + self.counts[2]
    }
}

/// A clause on the actor, looked up.
pub(super) struct ActorClause {
    pub(super) ids: Vec<i64>,
    pub(super) is_negated: bool,
}

/// More actors than this are tested by subquery.
const MOST_ACTORS: u64 = 500;

#[derive(FromQueryResult)]
struct Columns {
    id: i64,
    name: String,
    categories: i64,
    successes: i64,
    pendings: i64,
    failures: i64,
}

/// Every action of the store.
pub(super) async fn actions(
    on: &impl ConnectionTrait,
    store_id: StoreId,
) -> Result<Vec<ActionRow>, Error> {
    let statement = "SELECT id, name, categories, successes, pendings, failures FROM action WHERE store_id = ? ORDER BY id";
    let rows: Vec<Columns> = sql(on.get_database_backend(), statement, values![store_id.0])
        .all(on)
        .await?;
    Ok(rows
        .into_iter()
        .map(|c| ActionRow {
            id: c.id,
            action: Action {
                name: c.name,
                categories: CategorySet::of_bits(u32::try_from(c.categories).unwrap_or(0)),
            },
            counts: [c.successes, c.pendings, c.failures],
        })
        .collect())
}

/// The actors that any pattern finds, or none when they are too many to name.
pub(super) async fn actor_ids(
    on: &impl ConnectionTrait,
    scope: &Scope,
    patterns: &[Pattern],
    is_role: bool,
) -> Result<Option<Vec<i64>>, Error> {
    let mut statement = sql(on.get_database_backend(), "", []);
    push_actor_keys(&mut statement, scope, patterns, is_role);
    statement
        .push(" LIMIT ")
        .bind(MOST_ACTORS.cast_signed() + 1);
    let rows = statement.rows(on).await?;
    if rows.len() as u64 > MOST_ACTORS {
        return Ok(None);
    }
    let ids = rows
        .iter()
        .map(|row| row.try_get_by_index(0))
        .collect::<Result<_, _>>()?;
    Ok(Some(ids))
}

/// Appends `SELECT DISTINCT actor_id ...` of the actors that any pattern finds.
pub(super) fn push_actor_keys(
    statement: &mut Sql,
    scope: &Scope,
    patterns: &[Pattern],
    is_role: bool,
) {
    statement
        .push("SELECT DISTINCT actor_id FROM actor_key WHERE store_id = ")
        .bind(scope.store_id().0);
    if scope.role().is_masked() {
        statement.push(" AND is_personal = ").bind(false);
    }
    // Roles stand in the same table under a prefix that no other key has.
    if !is_role {
        statement.push(" AND NOT (text >= 'role:' AND text < 'role;')");
    }
    statement.push(" AND (");
    for (at, pattern) in patterns.iter().enumerate() {
        let text = if is_role {
            format!("role:{}", pattern.text)
        } else {
            pattern.text.clone()
        };
        statement.push(if at == 0 { "" } else { " OR " });
        if pattern.is_prefix {
            statement.push("(text >= ").bind(text.clone());
            statement
                .push(" AND text < ")
                .bind(format!("{text}\u{10FFFF}"))
                .push(")");
        } else {
            statement.push("text = ").bind(text);
        }
    }
    statement.push(if patterns.is_empty() { "1 = 0)" } else { ")" });
}

/// How many entries were made with the devices; none for too many to count.
pub(super) async fn device_uses(
    on: &impl ConnectionTrait,
    scope: &Scope,
    ids: &[i16],
) -> Result<Option<i64>, Error> {
    let mut statement = sql(
        on.get_database_backend(),
        "SELECT COUNT(*) FROM (SELECT 1 FROM activity WHERE device_id IS NOT NULL AND store_id = ",
        [],
    );
    statement
        .bind(scope.store_id().0)
        .push(" AND device_id IN ")
        .list(ids.iter().copied())
        .push(" LIMIT ")
        .bind(COUNTED)
        .push(") AS bounded");
    let row = statement.row(on).await?;
    let counted: Option<i64> = row.map(|row| row.try_get_by_index(0)).transpose()?;
    Ok(counted.filter(|count| *count < COUNTED))
}

/// How many entries the actors have together.
pub(super) async fn actor_uses(on: &impl ConnectionTrait, ids: &[i64]) -> Result<i64, Error> {
    let mut statement = sql(
        on.get_database_backend(),
        "SELECT CAST(COALESCE(SUM(uses), 0) AS BIGINT) FROM actor WHERE id IN ",
        [],
    );
    statement.list(ids.iter().copied());
    let row = statement.row(on).await?;
    Ok(row
        .map(|row| row.try_get_by_index(0))
        .transpose()?
        .unwrap_or(0))
}
