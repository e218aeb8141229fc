//! Values to filter by, with counts under the filter and scope: kept counts where they answer, else the newest
//! ten thousand entries, and said to be so.

use super::count::COUNTED;
use super::plan::Plan;
use super::suggest::value_of;
use crate::record::actor_of;
use crate::sql::sql;
use crate::{Error, Scope, Storage, device};
use domain::export::Source;
use domain::query::QueryError;
use domain::view::{FacetGroup, FacetValue, FacetValues};
use domain::{Clause, Direction, Filter, IpRange, OrderKey, Test, mask_actor};
use sea_orm::ConnectionTrait;
use std::collections::HashMap;

/// How many values of a qualifier are shown at first.
const SHOWN: usize = 12;
/// How many values of one qualifier are told at most to who asks for all of them.
const WHOLE: usize = 1_000;

/// The qualifiers of the activity log whose values are counted, in the order in which they are shown.
const QUALIFIERS: [&str; 6] = ["actor", "category", "action", "outcome", "ip", "device"];

/// A value and the name beside it.
type Named = (String, Option<String>);

/// Counts of values, gathered.
#[derive(Default)]
pub(crate) struct Gathered {
    counts: HashMap<Named, u64>,
    /// When only the newest were counted: how many.
    among: Option<u64>,
}

impl Gathered {
    pub(crate) fn new(among: Option<u64>) -> Self {
        Self {
            among,
            ..Self::default()
        }
    }

    pub(crate) fn add(&mut self, value: &str, label: Option<String>, n: u64) {
        *self.counts.entry((value.to_owned(), label)).or_default() += n;
    }
}

/// Groups in the form in which they are shown.
pub(crate) fn shown(groups: Vec<(&'static str, Gathered)>) -> FacetValues {
    shown_up_to(groups, SHOWN)
}

/// The same with at most so many values in each group.
fn shown_up_to(groups: Vec<(&'static str, Gathered)>, most: usize) -> FacetValues {
    let is_exact = groups.iter().all(|(_, gathered)| gathered.among.is_none());
    let groups = groups
        .into_iter()
        .map(|(qualifier, gathered)| {
            let among = gathered.among;
            let mut values: Vec<FacetValue> = gathered
                .counts
                .into_iter()
                .filter(|(_, count)| *count > 0)
                .map(|((value, label), count)| FacetValue {
                    value,
                    label,
                    count,
                })
                .collect();
            values.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.value.cmp(&b.value)));
            let more = values.len().saturating_sub(most) as u64;
            values.truncate(most);
            FacetGroup {
                qualifier: qualifier.to_owned(),
                values,
                more,
                among,
            }
        })
        .filter(|group| !group.values.is_empty())
        .collect();
    FacetValues { groups, is_exact }
}

/// One of the newest entries, with what values need of it.
pub(super) struct Line {
    actor_id: i64,
    action_id: i64,
    outcome: domain::Outcome,
    ip: Option<Vec<u8>>,
    device_id: Option<i16>,
}

impl Storage {
    /// The values that entries of a log have under a query, for each qualifier that people filter by; a
    /// qualifier's own values in the query don't narrow its group, so that another can be added. The inner
    /// error: the query was not understood. Logs other than activity and messages have none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn facet_values(
        &self,
        scope: &Scope,
        source: Source,
        q: &str,
    ) -> Result<Result<FacetValues, Vec<QueryError>>, Error> {
        match source {
            Source::Activity => match self.filter(scope, q) {
                Ok(filter) => {
                    let groups = self.activity_groups(scope, &filter, &QUALIFIERS).await?;
                    Ok(Ok(shown(groups)))
                }
                Err(mistakes) => Ok(Err(mistakes)),
            },
            Source::Messages => match self.message_filter(scope, q) {
                Ok(filter) => self.message_values(scope, &filter).await.map(Ok),
                Err(mistakes) => Ok(Err(mistakes)),
            },
            _ => Ok(Ok(shown(Vec::new()))),
        }
    }

    /// The group of one qualifier as in [`Storage::facet_values`], with up to 1,000 of its values; none when it has no
    /// value. The inner error: the query was not understood.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn facet_group(
        &self,
        scope: &Scope,
        source: Source,
        q: &str,
        qualifier: &str,
    ) -> Result<Result<Option<FacetGroup>, Vec<QueryError>>, Error> {
        let found = match source {
            Source::Activity => match self.filter(scope, q) {
                Ok(filter) => {
                    let wanted: Vec<&'static str> = QUALIFIERS
                        .into_iter()
                        .filter(|known| *known == qualifier)
                        .collect();
                    let groups = self.activity_groups(scope, &filter, &wanted).await?;
                    Ok(shown_up_to(groups, WHOLE))
                }
                Err(mistakes) => Err(mistakes),
            },
            // Those of messages are closed lists, shorter than what is shown at first.
            _ => self.facet_values(scope, source, q).await?,
        };
        Ok(found.map(|values| {
            let mut groups = values.groups.into_iter();
            groups.find(|group| group.qualifier == qualifier)
        }))
    }

    async fn activity_groups(
        &self,
        scope: &Scope,
        filter: &Filter,
        qualifiers: &[&'static str],
    ) -> Result<Vec<(&'static str, Gathered)>, Error> {
        let mut groups = Vec::new();
        // Most groups ask the same: it is looked at once.
        let mut looked: HashMap<Filter, (Vec<Line>, Option<u64>)> = HashMap::new();
        let is_masked = scope.role().is_masked();
        for qualifier in qualifiers.iter().copied() {
            if matches!(qualifier, "ip" | "device") && is_masked {
                continue;
            }
            let rest = without(filter, qualifier);
            let plan = Plan::new(self, scope, &rest).await?;
            let is_of_action = matches!(qualifier, "category" | "action" | "outcome");
            if is_of_action && plan.is_kept() {
                groups.push((qualifier, self.kept_values(scope, &plan, qualifier).await?));
                continue;
            }
            if qualifier == "actor" && plan.is_everything() && !scope.role().is_restricted() {
                groups.push((qualifier, self.all_actor_values(scope).await?));
                continue;
            }
            if !looked.contains_key(&rest) {
                let lines = self.newest_lines(&plan, COUNTED).await?;
                looked.insert(rest.clone(), lines);
            }
            if let Some((lines, among)) = looked.get(&rest) {
                let gathered = self
                    .values_of(scope, &plan, qualifier, lines, *among)
                    .await?;
                groups.push((qualifier, gathered));
            }
        }
        Ok(groups)
    }

    async fn kept_values(
        &self,
        scope: &Scope,
        plan: &Plan<'_>,
        qualifier: &str,
    ) -> Result<Gathered, Error> {
        let mut gathered = Gathered::new(None);
        let actions: HashMap<i64, &domain::Action> = plan
            .all_actions
            .iter()
            .map(|row| (row.id, &row.action))
            .collect();
        for ((action, outcome), n) in self.tally(scope, plan).await?.counts {
            let (Some(action), n) = (actions.get(&action), n.max(0).unsigned_abs()) else {
                continue;
            };
            match qualifier {
                "action" => gathered.add(&action.name, None, n),
                "outcome" => gathered.add(outcome.as_str(), None, n),
                _ => {
                    for category in action.categories.iter() {
                        gathered.add(category.as_str(), None, n);
                    }
                }
            }
        }
        Ok(gathered)
    }

    async fn all_actor_values(&self, scope: &Scope) -> Result<Gathered, Error> {
        let mut gathered = Gathered::new(None);
        let is_masked = scope.role().is_masked();
        for (actor, n) in self.all_actors(scope).await? {
            let actor = if is_masked { mask_actor(&actor) } else { actor };
            if let Some((value, label)) = value_of(&actor) {
                gathered.add(&value, label, n);
            }
        }
        Ok(gathered)
    }

    /// The newest entries, at most so many, and how many they are when there are more.
    pub(super) async fn newest_lines(
        &self,
        plan: &Plan<'_>,
        most: usize,
    ) -> Result<(Vec<Line>, Option<u64>), Error> {
        if plan.is_impossible {
            return Ok((Vec::new(), None));
        }
        let found = plan.keys(None, Direction::Newest, most + 1).await?;
        let is_exact = found.keys.len() <= most && found.stopped_at.is_none();
        let keys: Vec<OrderKey> = found.keys.into_iter().take(most).collect();
        let mut lines = Vec::with_capacity(keys.len());
        for chunk in keys.chunks(5_000) {
            let mut statement = sql(
                plan.database.get_database_backend(),
                "SELECT actor_id, action_id, outcome, ip, device_id FROM activity WHERE order_key IN ",
                [],
            );
            statement.list(chunk.iter().map(|key| key.0));
            for row in statement.rows(&plan.database).await? {
                lines.push(Line {
                    actor_id: row.try_get_by_index(0)?,
                    action_id: row.try_get_by_index(1)?,
                    outcome: super::outcome_of(row.try_get_by_index(2)?)?,
                    ip: row.try_get_by_index(3)?,
                    device_id: row.try_get_by_index(4)?,
                });
            }
        }
        let among = (!is_exact).then_some(lines.len() as u64);
        Ok((lines, among))
    }

    async fn values_of(
        &self,
        scope: &Scope,
        plan: &Plan<'_>,
        qualifier: &str,
        lines: &[Line],
        among: Option<u64>,
    ) -> Result<Gathered, Error> {
        let mut gathered = Gathered::new(among);
        match qualifier {
            "actor" => {
                let counts = actors_of(lines);
                let ids: Vec<i64> = counts.keys().copied().collect();
                for chunk in ids.chunks(5_000) {
                    let mut statement = sql(
                        plan.database.get_database_backend(),
                        "SELECT id, identity FROM actor WHERE id IN ",
                        [],
                    );
                    statement.list(chunk.iter().copied());
                    for row in statement.rows(&plan.database).await? {
                        let id: i64 = row.try_get_by_index(0)?;
                        let actor = actor_of(&row.try_get_by_index::<String>(1)?)?;
                        let actor = if scope.role().is_masked() {
                            mask_actor(&actor)
                        } else {
                            actor
                        };
                        if let Some((value, label)) = value_of(&actor) {
                            gathered.add(&value, label, counts.get(&id).copied().unwrap_or(0));
                        }
                    }
                }
            }
            "ip" => {
                for (ip, n) in addresses_of(lines) {
                    gathered.add(&ip, None, n);
                }
            }
            "device" => {
                for (name, n) in devices_of(&plan.database, lines).await? {
                    gathered.add(&name, None, n);
                }
            }
            "outcome" => {
                for line in lines {
                    gathered.add(line.outcome.as_str(), None, 1);
                }
            }
            _ => {
                let actions: HashMap<i64, &domain::Action> = plan
                    .all_actions
                    .iter()
                    .map(|row| (row.id, &row.action))
                    .collect();
                for action in lines.iter().filter_map(|line| actions.get(&line.action_id)) {
                    if qualifier == "action" {
                        gathered.add(&action.name, None, 1);
                    } else {
                        for category in action.categories.iter() {
                            gathered.add(category.as_str(), None, 1);
                        }
                    }
                }
            }
        }
        Ok(gathered)
    }
}

/// Who made some entries, by the number of each in the database, each with how many they made.
pub(super) fn actors_of(lines: &[Line]) -> HashMap<i64, u64> {
    let mut counts = HashMap::new();
    for line in lines {
        *counts.entry(line.actor_id).or_default() += 1;
    }
    counts
}

/// The addresses that some entries came from, each with how many came from it.
pub(super) fn addresses_of(lines: &[Line]) -> HashMap<String, u64> {
    let mut counts = HashMap::new();
    for ip in lines.iter().filter_map(|line| line.ip.as_ref()) {
        if let Ok(bytes) = ip.as_slice().try_into() {
            let address = IpRange::address_of(bytes).to_string();
            *counts.entry(address).or_default() += 1;
        }
    }
    counts
}

/// The devices of some entries by name, each with how many it made.
pub(super) async fn devices_of(
    on: &impl ConnectionTrait,
    lines: &[Line],
) -> Result<HashMap<String, u64>, Error> {
    let names = device::names(on).await?;
    let mut counts: HashMap<String, u64> = HashMap::new();
    for name in lines.iter().filter_map(|line| names.get(&line.device_id?)) {
        *counts.entry(name.clone()).or_default() += 1;
    }
    Ok(counts)
}

/// The filter without what it asks of a qualifier, unless it asks against it.
fn without(filter: &Filter, qualifier: &str) -> Filter {
    let is_own = |clause: &Clause| {
        !clause.is_negated
            && matches!(
                (&clause.test, qualifier),
                (Test::Actor(_), "actor")
                    | (Test::Category(_), "category")
                    | (Test::Action(_), "action")
                    | (Test::Outcome(_), "outcome")
                    | (Test::Ip(_), "ip")
                    | (Test::Device(_), "device")
            )
    };
    Filter {
        clauses: filter
            .clauses
            .iter()
            .filter(|clause| !is_own(clause))
            .cloned()
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_group_says_among_how_many_it_was_counted() {
        let mut kept = Gathered::new(None);
        kept.add("products", None, 64_000);
        kept.add("orders", None, 36_000);
        let mut newest = Gathered::new(Some(10_000));
        newest.add("203.0.113.7", None, 9_000);
        let nothing = Gathered::new(Some(10_000));
        let found = shown(vec![("category", kept), ("ip", newest), ("has", nothing)]);
        let among: Vec<_> = found
            .groups
            .iter()
            .map(|group| (group.qualifier.as_str(), group.among))
            .collect();
        assert_eq!(among, [("category", None), ("ip", Some(10_000))]);
        assert!(!found.is_exact);
    }

    #[test]
    fn where_nothing_was_left_out_the_counts_are_exact() {
        assert!(shown(Vec::new()).is_exact);
        assert!(shown(vec![("ip", Gathered::new(None))]).is_exact);
    }
}
