//! Values proposed while typing, from what the scope may see.

use super::count::COUNTED;
use super::plan::Plan;
use super::values::{actors_of, addresses_of, devices_of};
use crate::record::actor_of;
use crate::sql::sql;
use crate::{Error, Scope, Storage};
use domain::query::{Query, quote_value};
use domain::view::{Count, Suggestion, Suggestions};
use domain::{Actor, Category, Direction, Filter, fold, mask_actor};
use std::collections::HashMap;

/// How many values are proposed.
const PROPOSED: usize = 10;
/// How many of the newest entries are looked at for what they are about: their rows are read whole. Of who did them, of
/// addresses and devices as many are looked at as are counted.
const LOOKED_AT: usize = 2_000;
/// How many values that stand in none of the newest entries are tried.
const TRIED: usize = 30;

impl Storage {
    /// Values for a qualifier that begin with (or contain) what is typed, most used first, at most 10, from
    /// what the scope may see. `query` is the rest of the query: each value finds something together with it. Counts are
    /// those of [`Storage::facet_values`] where both count.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn suggest(
        &self,
        scope: &Scope,
        query: &Query,
        qualifier: &str,
        prefix: &str,
    ) -> Result<Suggestions, Error> {
        // A rest that is not understood yet does not narrow the proposals.
        let filter = self.filter_of(scope, query).unwrap_or_default();
        let plan = Plan::new(self, scope, &filter).await?;
        let wanted = fold(prefix);
        let mut proposals = match qualifier {
            "actor" | "role" => {
                self.suggest_actors(scope, &filter, &plan, qualifier, &wanted)
                    .await?
            }
            "action" | "category" | "outcome" => {
                self.suggest_actions(scope, &plan, qualifier, &wanted)
                    .await?
            }
            "ip" | "device" if scope.role().is_masked() => Suggestions::default(),
            "ip" | "device" => self.suggest_origins(&plan, qualifier, &wanted).await?,
            "subject" | "about" | "order" | "operation" => {
                self.suggest_things(scope, &plan, qualifier, &wanted)
                    .await?
            }
            "changed" | "rule" | "trace" => {
                // What nothing narrows finds each of them.
                let rest = (!plan.is_everything()).then_some(&filter);
                Suggestions {
                    values: self.suggest_terms(scope, rest, qualifier, &wanted).await?,
                    looked_at: None,
                }
            }
            _ => Suggestions::default(),
        };
        proposals.values.truncate(PROPOSED);
        Ok(proposals)
    }

    /// Whether anything is found where a term stands beside the rest of a query.
    async fn finds_with(&self, scope: &Scope, rest: &Filter, term: &str) -> Result<bool, Error> {
        let Ok(term) = self.filter(scope, term) else {
            return Ok(false);
        };
        let mut both = rest.clone();
        both.clauses.extend(term.clauses);
        let plan = Plan::new(self, scope, &both).await?;
        let found = plan.keys(None, Direction::Newest, 1).await?;
        Ok(!found.keys.is_empty())
    }

    async fn suggest_actors(
        &self,
        scope: &Scope,
        rest: &Filter,
        plan: &Plan<'_>,
        qualifier: &str,
        wanted: &str,
    ) -> Result<Suggestions, Error> {
        let (counts, is_exact) = if plan.is_everything() && !scope.role().is_restricted() {
            (self.all_actors(scope).await?, true)
        } else {
            let (lines, among) = self.newest_lines(plan, COUNTED).await?;
            let actors = self.actors_named(actors_of(&lines)).await?;
            (actors, among.is_none())
        };
        let is_masked = scope.role().is_masked();
        let named = |actor: Actor| proposed_of(actor, qualifier, wanted, is_masked);
        let mut proposals: HashMap<(String, Option<String>), u64> = HashMap::new();
        for (actor, count) in counts {
            if let Some(named) = named(actor) {
                *proposals.entry(named).or_default() += count;
            }
        }
        let proposals = proposals
            .into_iter()
            .map(|((value, label), count)| (value, label, count));
        let mut values = ranked(qualifier, proposals, is_exact);
        if is_exact || wanted.is_empty() || scope.role().is_restricted() {
            return Ok(Suggestions {
                values,
                looked_at: cut_at(COUNTED, is_exact),
            });
        }
        // Who is looked for by name may have done nothing of this lately: they are proposed without a number.
        let mut tried = 0;
        for (actor, uses) in self.all_actors(scope).await? {
            if values.len() >= PROPOSED || tried >= TRIED {
                break;
            }
            let Some((value, label)) = (uses > 0).then(|| named(actor)).flatten() else {
                continue;
            };
            let insert = format!("{qualifier}:{}", quote_value(&value));
            if values.iter().any(|known| known.insert == insert) {
                continue;
            }
            tried += 1;
            if self.finds_with(scope, rest, &insert).await? {
                values.push(Suggestion {
                    insert,
                    label,
                    count: None,
                });
            }
        }
        Ok(Suggestions {
            values,
            looked_at: None,
        })
    }

    pub(super) async fn all_actors(&self, scope: &Scope) -> Result<Vec<(Actor, u64)>, Error> {
        let mut statement = sql(
            self.readers().get_database_backend(),
            "SELECT identity, uses FROM actor WHERE store_id = ",
            [],
        );
        statement
            .bind(scope.store_id().0)
            .push(" ORDER BY uses DESC LIMIT 2000");
        let rows = statement.rows(self.readers()).await?;
        rows.iter()
            .map(|row| {
                let uses: i64 = row.try_get_by_index(1)?;
                Ok((
                    actor_of(&row.try_get_by_index::<String>(0)?)?,
                    uses.max(0).unsigned_abs(),
                ))
            })
            .collect()
    }

    async fn actors_named(&self, counts: HashMap<i64, u64>) -> Result<Vec<(Actor, u64)>, Error> {
        let ids: Vec<i64> = counts.keys().copied().collect();
        let mut named = Vec::with_capacity(ids.len());
        for chunk in ids.chunks(5_000) {
            let mut statement = sql(
                self.readers().get_database_backend(),
                "SELECT id, identity FROM actor WHERE id IN ",
                [],
            );
            statement.list(chunk.iter().copied());
            for row in statement.rows(self.readers()).await? {
                let id: i64 = row.try_get_by_index(0)?;
                let identity: String = row.try_get_by_index(1)?;
                named.push((actor_of(&identity)?, counts.get(&id).copied().unwrap_or(0)));
            }
        }
        Ok(named)
    }

    async fn suggest_actions(
        &self,
        scope: &Scope,
        plan: &Plan<'_>,
        qualifier: &str,
        wanted: &str,
    ) -> Result<Suggestions, Error> {
        let tally = self.tally(scope, plan).await?;
        let mut proposals: HashMap<String, u64> = HashMap::new();
        let of_action: HashMap<i64, _> = plan
            .all_actions
            .iter()
            .map(|row| (row.id, &row.action))
            .collect();
        for ((action, outcome), n) in &tally.counts {
            let (Some(action), n) = (of_action.get(action), (*n).max(0).unsigned_abs()) else {
                continue;
            };
            let names: Vec<&str> = match qualifier {
                "action" => vec![&action.name],
                "category" => action.categories.iter().map(Category::as_str).collect(),
                _ => vec![outcome.as_str()],
            };
            for name in names {
                let words = name.replace(['_', '.'], " ");
                if n > 0 && (wanted.is_empty() || name.contains(wanted) || words.contains(wanted)) {
                    *proposals.entry(name.to_owned()).or_default() += n;
                }
            }
        }
        let proposals = proposals
            .into_iter()
            .map(|(name, count)| (name, None, count));
        Ok(Suggestions {
            values: ranked(qualifier, proposals, tally.is_exact),
            looked_at: cut_at(COUNTED, tally.is_exact),
        })
    }

    /// Subjects, orders and operations of the newest entries.
    async fn suggest_things(
        &self,
        scope: &Scope,
        plan: &Plan<'_>,
        qualifier: &str,
        wanted: &str,
    ) -> Result<Suggestions, Error> {
        let found = plan.keys(None, Direction::Newest, LOOKED_AT).await?;
        let is_exact = found.keys.len() < LOOKED_AT && found.stopped_at.is_none();
        let rows = super::row::of_keys(self.readers(), scope, &found.keys).await?;
        let mut proposals: HashMap<(String, Option<String>), u64> = HashMap::new();
        for row in rows {
            let value = match qualifier {
                "operation" => row.operation_id.map(|id| (id, None)),
                "order" => row
                    .subject
                    .filter(|s| s.kind == "order" && !s.id.contains(domain::MASK))
                    .map(|s| (s.id, s.name)),
                _ => row
                    .subject
                    .filter(|s| !s.id.contains(domain::MASK))
                    .map(|s| (format!("{}/{}", s.kind, s.id), s.name)),
            };
            let Some((value, label)) = value else {
                continue;
            };
            let finds = |text: &str| fold(text).contains(wanted);
            if wanted.is_empty() || finds(&value) || label.as_deref().is_some_and(finds) {
                *proposals.entry((value, label)).or_default() += 1;
            }
        }
        let proposals = proposals
            .into_iter()
            .map(|((value, label), count)| (value, label, count));
        Ok(Suggestions {
            values: ranked(qualifier, proposals, is_exact),
            looked_at: cut_at(LOOKED_AT, is_exact),
        })
    }

    /// Addresses or devices of the newest entries.
    async fn suggest_origins(
        &self,
        plan: &Plan<'_>,
        qualifier: &str,
        wanted: &str,
    ) -> Result<Suggestions, Error> {
        let (lines, looked_at) = self.newest_lines(plan, COUNTED).await?;
        let counts = match qualifier {
            "ip" => addresses_of(&lines),
            _ => devices_of(&plan.database, &lines).await?,
        };
        let proposals = counts
            .into_iter()
            .filter(|(value, _)| fold(value).contains(wanted))
            .map(|(value, count)| (value, None, count));
        Ok(Suggestions {
            values: ranked(qualifier, proposals, looked_at.is_none()),
            looked_at,
        })
    }

    /// Changed fields, rules and traces by their beginning, those that find something beside the rest of the query if there
    /// is one; a restricted role is proposed none, since it may not see all.
    async fn suggest_terms(
        &self,
        scope: &Scope,
        rest: Option<&Filter>,
        qualifier: &str,
        wanted: &str,
    ) -> Result<Vec<Suggestion>, Error> {
        if scope.role().is_restricted() {
            return Ok(Vec::new());
        }
        let beginning = format!("{qualifier}:{wanted}");
        let mut statement = sql(
            self.readers().get_database_backend(),
            "SELECT text FROM term WHERE store_id = ",
            [],
        );
        statement
            .bind(scope.store_id().0)
            .push(" AND text >= ")
            .bind(beginning.clone());
        statement
            .push(" AND text < ")
            .bind(format!("{beginning}\u{10FFFF}"));
        if scope.role().is_masked() {
            statement.push(" AND is_personal = ").bind(false);
        }
        statement
            .push(" GROUP BY text ORDER BY text LIMIT ")
            .bind(TRIED as i64);
        let mut texts: Vec<String> = Vec::new();
        for row in statement.rows(self.readers()).await? {
            texts.push(row.try_get_by_index(0)?);
        }
        let mut proposals = Vec::new();
        for text in texts {
            if proposals.len() >= PROPOSED {
                break;
            }
            let value = text.split_once(':').map_or("", |(_, value)| value);
            let insert = format!("{qualifier}:{}", quote_value(value));
            let is_found = match rest {
                Some(rest) => self.finds_with(scope, rest, &insert).await?,
                None => true,
            };
            if is_found {
                proposals.push(Suggestion {
                    insert,
                    label: None,
                    count: None,
                });
            }
        }
        Ok(proposals)
    }
}

/// How many entries were looked at, when there are more.
fn cut_at(looked_at: usize, is_exact: bool) -> Option<u64> {
    (!is_exact).then_some(looked_at as u64)
}

/// What is proposed for an actor who has what is wanted, and the name to show beside it.
fn proposed_of(
    actor: Actor,
    qualifier: &str,
    wanted: &str,
    is_masked: bool,
) -> Option<(String, Option<String>)> {
    let finds = |text: &str| wanted.is_empty() || text.contains(wanted);
    if qualifier == "role" {
        let role = actor.role.filter(|role| finds(&fold(role)))?;
        return Some((role, None));
    }
    let is_found = actor.keys().iter().any(|key| {
        !(key.text.starts_with("role:") || is_masked && key.is_personal) && finds(&key.text)
    });
    if !is_found {
        return None;
    }
    let shown = if is_masked { mask_actor(&actor) } else { actor };
    value_of(&shown)
}

/// What to write for an actor, and the name to show beside it.
pub(super) fn value_of(actor: &Actor) -> Option<(String, Option<String>)> {
    let open = |text: &&String| text.as_str() != domain::MASK;
    let email = actor.email.as_ref().filter(open);
    let name = actor.name.as_ref().filter(open);
    let id = actor.id.as_ref().filter(open);
    let value = email
        .or(name)
        .or(id)
        .cloned()
        .unwrap_or_else(|| actor.kind.as_str().to_owned());
    let label = name.filter(|name| **name != value).cloned();
    Some((value, label))
}

fn ranked(
    qualifier: &str,
    proposals: impl Iterator<Item = (String, Option<String>, u64)>,
    is_exact: bool,
) -> Vec<Suggestion> {
    let mut proposals: Vec<_> = proposals.collect();
    proposals.sort_by(|a, b| b.2.cmp(&a.2).then_with(|| a.0.cmp(&b.0)));
    proposals
        .into_iter()
        .take(PROPOSED)
        .map(|(value, label, count)| Suggestion {
            insert: format!("{qualifier}:{}", quote_value(&value)),
            label,
            count: Some(Count { count, is_exact }),
        })
        .collect()
}
