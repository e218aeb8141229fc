//! Rules of the shop's own, as its activities name them: counted while the ledger is read.

use super::version::Held;
use crate::log::zone;
use crate::record::{Effect, posting_hash};
use crate::sql::{sql, values};
use crate::{Error, Scope, Storage};
use domain::view::ReportedRule;
use domain::{Activity, Permission, fold, redacted};
use sea_orm::FromQueryResult;
use std::collections::BTreeMap;

/// How many are listed.
const LISTED: i64 = 500;

struct Seen {
    id: Option<String>,
    name: String,
    count: i64,
    first_at: i64,
    last_at: i64,
}

/// What one stretch of the ledger told.
#[derive(Default)]
pub(super) struct Told(BTreeMap<(i64, i64), Seen>);

impl Told {
    /// Notes the rule that an activity names, unless it is one of Storetrail's own.
    pub(super) fn note(&mut self, scope: &Scope, activity: &Activity, own: &[Held]) {
        let Some(rule) = &activity.rule else { return };
        let id = rule.id.as_deref();
        if own
            .iter()
            .any(|own| Some(own.rule_id.to_string().as_str()) == id)
        {
            return;
        }
        let key = format!("reported:{}:{}", id.unwrap_or_default(), fold(&rule.name));
        let hash = posting_hash(scope.store_id(), &key, false);
        let at = activity.occurred_at.timestamp_micros();
        let seen = self.0.entry((scope.store_id().0, hash)).or_insert(Seen {
            id: rule.id.clone(),
            name: rule.name.clone(),
            count: 0,
            first_at: at,
            last_at: at,
        });
        seen.count += 1;
        seen.first_at = seen.first_at.min(at);
        seen.last_at = seen.last_at.max(at);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn into_effects(self) -> impl Iterator<Item = Effect> {
        self.0.into_iter().map(|((store_id, hash), seen)| {
            Effect::statement(
                "INSERT INTO reported_rule (store_id, name_hash, id, name, count, first_at, last_at) VALUES (?, ?, ?, ?, ?, ?, ?) \
                 ON CONFLICT (store_id, name_hash) DO UPDATE SET count = reported_rule.count + excluded.count, \
                 first_at = CASE WHEN excluded.first_at < reported_rule.first_at THEN excluded.first_at ELSE reported_rule.first_at END, \
                 last_at = CASE WHEN excluded.last_at > reported_rule.last_at THEN excluded.last_at ELSE reported_rule.last_at END",
                values![store_id, hash, seen.id, seen.name, seen.count, seen.first_at, seen.last_at],
            )
        })
    }
}

#[derive(FromQueryResult)]
struct Columns {
    id: Option<String>,
    name: String,
    count: i64,
    first_at: i64,
    last_at: i64,
}

impl Storage {
    /// The rules that the shop's activities name, the last to be named first, at most 500; with how many activities named
    /// each, as far as the ledger was read.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::ManageRules`], or a fault.
    pub async fn list_reported_rules(&self, scope: &Scope) -> Result<Vec<ReportedRule>, Error> {
        scope.require(Permission::ManageRules)?;
        let text = "SELECT id, name, count, first_at, last_at FROM reported_rule WHERE store_id = ? \
                    ORDER BY last_at DESC, name LIMIT ?";
        let found: Vec<Columns> = sql(self.backend(), text, values![scope.store_id().0, LISTED])
            .all(self.readers())
            .await?;
        let is_masked = scope.role().is_masked();
        let rules = found.into_iter().map(|c| ReportedRule {
            id: c.id,
            name: if is_masked { redacted(&c.name) } else { c.name },
            count: c.count.max(0).unsigned_abs(),
            first_at: zone::time_of(c.first_at),
            last_at: zone::time_of(c.last_at),
        });
        Ok(rules.collect())
    }
}
