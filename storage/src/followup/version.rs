//! The versions of rules: which one held when something was recorded.

use crate::account::changing;
use crate::log::{uuid_of, zone};
use crate::record::Effect;
use crate::record::message::damaged;
use crate::sql::{sql, values};
use crate::stale::differing;
use crate::{Error, Principal, Scope, Storage};
use chrono::{DateTime, Utc};
use domain::followup::FollowupRule;
use domain::view::RuleVersion;
use domain::{Permission, Problem, RuleId};
use sea_orm::FromQueryResult;

/// How many versions of a rule are listed.
const LISTED: i64 = 200;

/// A version with the ledger number behind which it holds.
#[derive(Debug, Clone)]
pub(super) struct Held {
    pub(super) rule_id: RuleId,
    pub(super) version: u32,
    pub(super) from_seq: i64,
    /// None when it was deleted.
    pub(super) rule: Option<FollowupRule>,
}

#[derive(FromQueryResult)]
struct Columns {
    rule_id: Vec<u8>,
    version: i64,
    from_seq: i64,
    saved_at: i64,
    saved_by: String,
    definition: Option<String>,
}

impl Columns {
    fn number(&self) -> u32 {
        u32::try_from(self.version).unwrap_or(1)
    }

    fn rule(&self) -> Result<Option<FollowupRule>, Error> {
        let rule = self.definition.as_deref().map(serde_json::from_str);
        let rule: Option<FollowupRule> = rule.transpose().map_err(damaged)?;
        Ok(rule.map(|rule| FollowupRule {
            version: self.number(),
            ..rule
        }))
    }
}

impl Storage {
    /// The versions of a rule, the newest first, at most 200.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::ManageRules`], `not_found` for a rule that never was, or a fault.
    pub async fn list_rule_versions(
        &self,
        scope: &Scope,
        id: RuleId,
    ) -> Result<Vec<RuleVersion>, Error> {
        scope.require(Permission::ManageRules)?;
        let text = "SELECT rule_id, version, from_seq, saved_at, saved_by, definition FROM rule_version \
                    WHERE store_id = ? AND rule_id = ? ORDER BY version DESC LIMIT ?";
        let values = values![scope.store_id().0, id.0.as_bytes().to_vec(), LISTED];
        let found: Vec<Columns> = sql(self.backend(), text, values)
            .all(self.readers())
            .await?;
        if found.is_empty() {
            return Err(Problem::not_found("rule").into());
        }
        let versions = found.into_iter().map(|columns| {
            Ok(RuleVersion {
                version: columns.number(),
                saved_at: zone::time_of(columns.saved_at),
                rule: columns.rule()?,
                saved_by: columns.saved_by,
            })
        });
        versions.collect()
    }

    /// Saves an older version of a rule again, as its next version.
    ///
    /// # Errors
    /// As [`Storage::save_rule`]; `not_found` when there is no such version or it says that the rule was deleted.
    pub async fn restore_rule(
        &self,
        scope: &Scope,
        id: RuleId,
        version: u32,
    ) -> Result<FollowupRule, Error> {
        let versions = self.list_rule_versions(scope, id).await?;
        let found = versions.into_iter().find(|v| v.version == version);
        let rule = found.and_then(|found| found.rule);
        let rule = rule.ok_or_else(|| Problem::not_found("version of the rule"))?;
        self.save_rule(scope, rule).await
    }

    /// The refusal to save a rule that is not any more at the version with which its form was loaded.
    pub(super) async fn stale_rule(
        &self,
        scope: &Scope,
        id: RuleId,
        was: u32,
    ) -> Result<Problem, Error> {
        let versions = self.list_rule_versions(scope, id).await?;
        let newest = versions.first();
        let by = newest.map(|newest| newest.saved_by.as_str());
        let loaded = versions.iter().find(|version| version.version == was);
        let loaded = loaded.and_then(|version| version.rule.as_ref());
        let now = match newest.and_then(|newest| newest.rule.as_ref()) {
            Some(now) => differing(&loaded, now)?,
            // It was deleted.
            None => Vec::new(),
        };
        Ok(Problem::stale(by.filter(|by| !by.is_empty()), &now))
    }

    /// Every rule that was ever saved, those that were deleted too.
    pub(super) async fn ever_saved(&self, scope: &Scope) -> Result<Vec<RuleId>, Error> {
        let text = "SELECT DISTINCT rule_id FROM rule_version WHERE store_id = ?";
        let rows = sql(self.backend(), text, values![scope.store_id().0])
            .rows(self.readers())
            .await?;
        let ids = rows.iter().map(|row| {
            let id: Vec<u8> = row.try_get_by_index(0)?;
            Ok(RuleId(uuid_of(&id)?))
        });
        ids.collect()
    }

    /// The last version of a rule; 0 for one that never was.
    pub(super) async fn last_version(&self, scope: &Scope, id: RuleId) -> Result<u32, Error> {
        let text = "SELECT MAX(version) FROM rule_version WHERE store_id = ? AND rule_id = ?";
        let values = values![scope.store_id().0, id.0.as_bytes().to_vec()];
        let row = sql(self.backend(), text, values)
            .row(self.readers())
            .await?;
        let last: Option<i64> = row
            .map(|row| row.try_get_by_index(0))
            .transpose()?
            .flatten();
        Ok(last.and_then(|last| u32::try_from(last).ok()).unwrap_or(0))
    }

    /// Every version of a store's rules that may hold for what was recorded after a ledger number, the oldest first.
    pub(super) async fn held_versions(
        &self,
        scope: &Scope,
        after: i64,
    ) -> Result<Vec<Held>, Error> {
        let text = "SELECT rule_id, version, from_seq, saved_at, saved_by, definition FROM rule_version v \
                    WHERE store_id = ? AND NOT EXISTS (SELECT 1 FROM rule_version w WHERE w.store_id = v.store_id \
                    AND w.rule_id = v.rule_id AND w.version > v.version AND w.from_seq <= ?) ORDER BY rule_id, version";
        let values = values![scope.store_id().0, after];
        let found: Vec<Columns> = sql(self.backend(), text, values)
            .all(self.readers())
            .await?;
        let held = found.iter().map(|columns| {
            Ok(Held {
                rule_id: RuleId(uuid_of(&columns.rule_id)?),
                version: columns.number(),
                from_seq: columns.from_seq,
                rule: columns.rule()?,
            })
        });
        held.collect()
    }

    /// The version of a rule that held when a ledger number was given out.
    pub(super) async fn version_at(
        &self,
        scope: &Scope,
        id: RuleId,
        seq: i64,
    ) -> Result<Option<Held>, Error> {
        let held = self.held_versions(scope, seq - 1).await?;
        let mut mine = held.into_iter().filter(|held| held.rule_id == id);
        Ok(mine.rfind(|held| held.from_seq < seq))
    }
}

/// Keeps a version; it holds for what is recorded from then on.
pub(super) fn kept(
    scope: &Scope,
    id: RuleId,
    version: u32,
    definition: Option<String>,
    now: DateTime<Utc>,
) -> Effect {
    let saved_by = match scope.principal() {
        Principal::User { name, .. } | Principal::Key { name, .. } => name.clone(),
        Principal::System(_) => "Storetrail".to_owned(),
    };
    kept_by(scope, saved_by, id, version, definition, now)
}

/// As [`kept`], saved by somebody of that name.
pub(super) fn kept_by(
    scope: &Scope,
    saved_by: String,
    id: RuleId,
    version: u32,
    definition: Option<String>,
    now: DateTime<Utc>,
) -> Effect {
    let values = values![
        scope.store_id().0,
        id.0.as_bytes().to_vec(),
        i64::from(version),
        now.timestamp_micros(),
        saved_by,
        definition,
    ];
    changing(
        "INSERT INTO rule_version (store_id, rule_id, version, from_seq, saved_at, saved_by, definition) \
         SELECT ?, ?, ?, size, ?, ?, ? FROM ledger_head WHERE id = 1 ON CONFLICT DO NOTHING",
        values,
    )
}
