//! Values proposed while a query about messages is typed, from what the scope may see.

use super::plan::Plan;
use super::row;
use crate::{Error, Scope, Storage};
use domain::message::{MessageClause, MessageFilter, MessageTest};
use domain::query::{MESSAGE, quote_value};
use domain::view::{Count, MessageRow, Suggestion};
use domain::{Direction, MASK, Pattern, fold};
use std::collections::HashMap;

/// How many values are proposed.
const PROPOSED: usize = 10;
/// How many of the newest messages are looked at.
const LOOKED_AT: usize = 1_000;

impl Storage {
    /// Values for a qualifier that begin with (or have a word that begins with) what is typed, most used first,
    /// at most 10, from what the scope may see. `filter` is the rest of the query.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn suggest_messages(
        &self,
        scope: &Scope,
        filter: &MessageFilter,
        qualifier: &str,
        prefix: &str,
    ) -> Result<Vec<Suggestion>, Error> {
        let Some(known) = MESSAGE.find(qualifier) else {
            return Ok(Vec::new());
        };
        let wanted = fold(prefix);
        let mut filter = filter.clone();
        let is_term = matches!(
            known.name,
            "to" | "from" | "subject" | "order" | "customer" | "template" | "trace"
        );
        if is_term && !wanted.is_empty() {
            let stem = domain::message::phone_digits(&wanted).unwrap_or_else(|| wanted.clone());
            filter.clauses.push(MessageClause {
                is_negated: false,
                test: MessageTest::Term(known.name, vec![Pattern::prefix(&stem)]),
            });
        }
        let plan = match Plan::new(self, scope, &filter).await {
            // Too much begins like that to propose any of it.
            Err(Error::Problem(_)) => return Ok(Vec::new()),
            plan => plan?,
        };
        let found = plan.keys(None, Direction::Newest, LOOKED_AT).await?;
        let is_exact = found.keys.len() < LOOKED_AT && found.stopped_at.is_none();
        let mut counts: HashMap<(String, Option<String>), u64> = HashMap::new();
        for row in row::of_keys(self.readers(), scope, &found.keys).await? {
            let Some((value, label)) = value_of(&row, known.name) else {
                continue;
            };
            let is_wanted = wanted.is_empty()
                || is_term
                || fold(&value)
                    .replace('_', " ")
                    .contains(&wanted.replace('_', " "));
            if is_wanted && value != MASK {
                *counts.entry((value, label)).or_default() += 1;
            }
        }
        let mut found: Vec<_> = counts.into_iter().collect();
        found.sort_by(|(a, n), (b, m)| m.cmp(n).then_with(|| a.cmp(b)));
        Ok(found
            .into_iter()
            .take(PROPOSED)
            .map(|((value, label), count)| Suggestion {
                insert: format!("{}:{}", known.name, quote_value(&value)),
                label,
                count: Some(Count { count, is_exact }),
            })
            .collect())
    }
}

/// The value of a qualifier in a line, with a name beside it.
fn value_of(row: &MessageRow, qualifier: &str) -> Option<(String, Option<String>)> {
    let name = row.counterpart_name.clone();
    let is_inbound = row.status.is_none();
    Some(match qualifier {
        "to" => (row.to.clone()?, name.filter(|_| !is_inbound)),
        "from" => (row.from.clone()?, name.filter(|_| is_inbound)),
        "subject" => (row.subject.clone()?, None),
        "order" => (row.order.clone()?, name),
        "customer" => (row.customer.clone()?, name),
        "template" => (row.template.clone()?, None),
        "channel" => (row.channel.to_string(), None),
        "direction" => (row.direction.to_string(), None),
        "type" => (row.kind.to_string(), None),
        "status" => (row.status?.to_string(), None),
        "read" => (row.read.to_string(), None),
        _ => return None,
    })
}
