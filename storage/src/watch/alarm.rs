//! What stands out in the security log and in what the store's own people do, rules tried on the past, and alarms: each
//! finding is raised once, and a store hears of all that is new in one notice, at most every quarter of an hour. What is
//! raised and what is told of it are one transaction: nobody dies in between.

use super::past::Past;
use crate::account::own_activity;
use crate::followup::queued_call;
use crate::log::zone;
use crate::record::message::damaged;
use crate::record::{Effect, Record};
use crate::session::{hash, hex};
use crate::sql::{sql, values};
use crate::stale::{differing, still};
use crate::{Error, Scope, Storage};
use chrono::{DateTime, Duration, Utc};
use domain::export::Source;
use domain::security::unusual::{AlarmRule, AlarmSetting, Finding};
use domain::security::{SecurityEvent, SecurityEventName, SecurityOutcome};
use domain::view::{Policy, StoreView, Trial};
use domain::{Activity, ActivityAccess, Category, Change, Permission, Problem};
use sea_orm::QueryResult;
use serde_json::json;
use std::collections::{BTreeMap, HashSet};

/// From how much of the past habits are learned, besides the days that are looked at.
const LEARNED_DAYS: i64 = 90;
/// How many findings of one log a page names, and how many a notice.
const MOST_FINDINGS: usize = 100;
/// How far back new findings are looked for.
const NEW_WITHIN_HOURS: i64 = 24;
/// How many findings are looked up at a time.
const ASKED_AT_ONCE: usize = 500;
/// A store hears of alarms at most once in so many minutes.
const QUIET_MINUTES: i64 = 15;
/// The rules that a store changed.
const CHANGED: &str = "SELECT definition FROM alarm_rule WHERE store_id = ?";
/// What stands before a rule's name where a record names it as what was changed.
const FIELD: &str = "alarm.";

/// New findings of one store, to be mailed and posted.
#[derive(Debug, Clone)]
pub struct AlarmNotice {
    /// The store.
    pub store: StoreView,
    /// What is new, worst first, at most 100.
    pub findings: Vec<Finding>,
    /// How many more there are.
    pub more: usize,
    /// To whom it is mailed.
    pub emails: Vec<String>,
    /// Where it is posted, signed.
    pub url: Option<String>,
}

/// What a notice says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlarmWords {
    /// The subject of its mails.
    pub subject: String,
    /// Their text.
    pub text: String,
    /// What is posted: JSON.
    pub body: String,
}

impl Storage {
    /// What stood out in the last `days` (1 to 365), newest first, at most 100 of each log: by every rule, with the bounds
    /// that the store set. What stood out in the activity log is for roles that read all of it.
    ///
    /// # Errors
    /// Forbidden without [`Permission::ReadSecurity`].
    pub async fn findings(&self, scope: &Scope, days: u32) -> Result<Vec<Finding>, Error> {
        scope.require(Permission::ReadSecurity)?;
        let days = i64::from(days.clamp(1, 365));
        let from = self.ambient().clock.now() - Duration::days(days);
        let past = self
            .past(
                scope.store(),
                from - Duration::days(LEARNED_DAYS),
                reads_deeds(scope),
            )
            .await?;
        let mut findings = Vec::new();
        let settings = self.settings_of(scope.store()).await?;
        for setting in &settings {
            findings.extend(found(setting.rule, &settings, &past, from, scope.store()));
        }
        // What many failures tell of, since the rule for those that end in a success is off, is not told by both.
        let told: HashSet<_> = findings
            .iter()
            .filter(|finding| finding.got_in())
            .map(|finding| (finding.account.clone(), finding.last_at))
            .collect();
        findings.retain(|finding| {
            finding.rule != "failures_then_success"
                || !told.contains(&(finding.account.clone(), finding.last_at))
        });
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.last_at));
        // A busy store's own people don't hide who tries to come in.
        let mut counts = [0, 0];
        findings.retain(|finding| {
            let count = &mut counts[usize::from(finding.log == Source::Activity)];
            *count += 1;
            *count <= MOST_FINDINGS
        });
        if scope.role().is_masked() {
            findings.iter_mut().for_each(hide);
        }
        Ok(findings)
    }

    /// Every rule with the store's bounds; those that come with Storetrail and were never changed raise no alarm.
    ///
    /// # Errors
    /// As [`Storage::findings`].
    pub async fn alarm_settings(&self, scope: &Scope) -> Result<Vec<AlarmSetting>, Error> {
        scope.require(Permission::ReadSecurity)?;
        self.settings_of(scope.store()).await
    }

    async fn settings_of(&self, store: &StoreView) -> Result<Vec<AlarmSetting>, Error> {
        let rows = sql(self.backend(), CHANGED, values![store.id.0])
            .rows(self.readers())
            .await?;
        settings_in(&rows)
    }

    /// Sets a rule's bounds and switches it on or off. Recorded with what it was before.
    ///
    /// # Errors
    /// Forbidden without [`Permission::ManageSettings`]; invalid field `rule` for bounds out of range.
    pub async fn save_alarm(&self, scope: &Scope, setting: AlarmSetting) -> Result<(), Error> {
        self.save_alarm_settings(scope, vec![setting]).await
    }

    /// Saves several rules at once; see [`Storage::save_alarm`]. Where one is wrong none is saved.
    ///
    /// # Errors
    /// As [`Storage::save_alarm`].
    pub async fn save_alarm_settings(
        &self,
        scope: &Scope,
        settings: Vec<AlarmSetting>,
    ) -> Result<(), Error> {
        self.save_alarm_settings_from(scope, None, settings)
            .await
            .map(drop)
    }

    /// As [`Storage::save_alarm_settings`]; `was` are the rules with which their form was loaded. Returns every rule as it
    /// is kept.
    ///
    /// # Errors
    /// As [`Storage::save_alarm`]; [`Problem::stale`] when somebody else changed any of them meanwhile.
    pub async fn save_alarm_settings_from(
        &self,
        scope: &Scope,
        was: Option<Vec<AlarmSetting>>,
        settings: Vec<AlarmSetting>,
    ) -> Result<Vec<AlarmSetting>, Error> {
        scope.require(Permission::ManageSettings)?;
        if settings.iter().any(|setting| !setting.rule.is_sound()) {
            return Err(out_of_range());
        }
        let before = self.settings_of(scope.store()).await?;
        let mut kept = before.clone();
        for setting in settings {
            let name = setting.rule.name();
            if let Some(known) = kept.iter_mut().find(|known| known.rule.name() == name) {
                *known = setting;
            }
        }
        if kept == before {
            return Ok(kept);
        }
        if let Some(was) = was {
            self.not_stale(scope, &was, &before).await?;
        }
        let store = scope.store_id().0;
        let seen = before.clone();
        let unchanged = still(CHANGED, values![store], move |rows| {
            Ok(settings_in(rows)? == seen)
        });
        let mut effects = vec![unchanged];
        let mut records = Vec::new();
        let changed = before.iter().zip(&kept).filter(|(was, now)| was != now);
        for (was, now) in changed {
            let name = now.rule.name();
            let value = serde_json::to_value(now).map_err(damaged)?;
            effects.push(Effect::statement(
                "INSERT INTO alarm_rule (store_id, rule, definition) VALUES (?, ?, ?) \
                 ON CONFLICT (store_id, rule) DO UPDATE SET definition = excluded.definition",
                values![store, name, value.to_string()],
            ));
            let change = Change {
                field: format!("{FIELD}{name}"),
                before: serde_json::to_value(was).map_err(damaged)?,
                after: value,
            };
            let mut event = self.event(
                scope,
                SecurityEventName::SettingsChanged,
                SecurityOutcome::Success,
            );
            event.changes = vec![change.clone()];
            let activity = Activity {
                description: Some("Alarm changed".to_owned()),
                ..own_activity(
                    self.ambient(),
                    "settings.updated",
                    Category::Settings,
                    None,
                    vec![change],
                )
            };
            records.push(Record::Activity(self.done_by(scope, activity)));
            records.push(Record::Security(Box::new(event)));
        }
        self.write_records(scope, records, effects).await?;
        Ok(kept)
    }

    /// Refuses rules that are not any more as their form was loaded.
    async fn not_stale(
        &self,
        scope: &Scope,
        was: &[AlarmSetting],
        now: &[AlarmSetting],
    ) -> Result<(), Error> {
        let by_rule = |settings: &[AlarmSetting]| -> BTreeMap<&'static str, AlarmSetting> {
            let settings = settings.iter();
            settings
                .map(|setting| (setting.rule.name(), setting.clone()))
                .collect()
        };
        let now = differing(&by_rule(was), &by_rule(now))?;
        if now.is_empty() {
            return Ok(());
        }
        let is_it = |activity: &Activity| {
            let changes = activity.changes.iter();
            let mut changed = changes.filter_map(|change| change.field.strip_prefix(FIELD));
            changed.any(|rule| now.iter().any(|(name, _)| name == rule))
        };
        let stale = self.stale(scope, "settings.updated", is_it, &now).await?;
        Err(stale.into())
    }

    /// What a rule would have raised in the last `days` (1 to 365): the same code, on what is in the log.
    ///
    /// # Errors
    /// As [`Storage::findings`]; invalid field `rule`.
    pub async fn try_alarm(
        &self,
        scope: &Scope,
        rule: AlarmRule,
        days: u32,
    ) -> Result<Trial, Error> {
        scope.require(Permission::ReadSecurity)?;
        if scope.role().is_masked() {
            return Err(Problem::new(
                domain::Code::Forbidden,
                "addresses and devices are hidden from this role",
            )
            .into());
        }
        if !rule.is_sound() {
            return Err(out_of_range());
        }
        let days = days.clamp(1, 365);
        let from = self.ambient().clock.now() - Duration::days(i64::from(days));
        let past = self
            .past(
                scope.store(),
                from - Duration::days(LEARNED_DAYS),
                rule.looks_at_deeds() && reads_deeds(scope),
            )
            .await?;
        let settings = self.settings_of(scope.store()).await?;
        let mut examples = found(rule, &settings, &past, from, scope.store());
        examples.sort_by_key(|finding| std::cmp::Reverse(finding.last_at));
        let alarms = examples.len() as u64;
        examples.truncate(5);
        Ok(Trial {
            alarms,
            days,
            examples,
            looked_from: past.looked_from.filter(|at| *at > from),
        })
    }

    /// Raises the new findings of rules that are on, for each store at most one notice in 15 minutes: each finding is
    /// recorded as `alarm.raised` and never raised again, and in the same transaction what `words` say of the notice is
    /// queued, a mail for each address and the signed call; of the sample store nothing is. Returns the notices. For a
    /// worker, once a minute.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn raise_alarms(
        &self,
        words: &(dyn Fn(&AlarmNotice) -> AlarmWords + Sync),
    ) -> Result<Vec<AlarmNotice>, Error> {
        let now = self.ambient().clock.now();
        let mut notices = Vec::new();
        for store in self.list_stores().await? {
            let settings = self.settings_of(&store).await?;
            if !settings.iter().any(|setting| setting.is_on) {
                continue;
            }
            let text = "SELECT MAX(raised_at) FROM alarm_raised WHERE store_id = ?";
            let last: Option<i64> = sql(self.backend(), text, values![store.id.0])
                .row(self.readers())
                .await?
                .map(|row| row.try_get_by_index(0))
                .transpose()?
                .flatten();
            let quiet = Duration::minutes(QUIET_MINUTES);
            if last.is_some_and(|at| zone::time_of(at) > now - quiet) {
                continue;
            }
            let from = now - Duration::hours(NEW_WITHIN_HOURS);
            let with_deeds = settings
                .iter()
                .any(|setting| setting.is_on && setting.rule.looks_at_deeds());
            let past = self
                .past(&store, from - Duration::days(LEARNED_DAYS), with_deeds)
                .await?;
            let on = settings.iter().filter(|setting| setting.is_on);
            let findings =
                on.flat_map(|setting| found(setting.rule, &settings, &past, from, &store));
            let findings = self.unraised(&store, findings.collect()).await?;
            if findings.is_empty() {
                continue;
            }
            notices.extend(self.raise(store, findings, words).await?);
        }
        Ok(notices)
    }

    /// Those findings that were never raised, each once, by what they are known by.
    async fn unraised(
        &self,
        store: &StoreView,
        findings: Vec<Finding>,
    ) -> Result<BTreeMap<String, Finding>, Error> {
        let known = findings
            .into_iter()
            .map(|finding| (known_by(&finding), finding));
        let mut new: BTreeMap<String, Finding> = known.collect();
        let keys: Vec<String> = new.keys().cloned().collect();
        for part in keys.chunks(ASKED_AT_ONCE) {
            let mut statement = sql(
                self.backend(),
                "SELECT finding FROM alarm_raised WHERE store_id = ? AND finding IN ",
                values![store.id.0],
            );
            statement.list(part.iter().cloned());
            for row in statement.rows(self.readers()).await? {
                new.remove(&row.try_get_by_index::<String>(0)?);
            }
        }
        Ok(new)
    }

    /// Raises findings and queues what is told of them; none when another process raised one of them at the same moment.
    async fn raise(
        &self,
        store: StoreView,
        new: BTreeMap<String, Finding>,
        words: &(dyn Fn(&AlarmNotice) -> AlarmWords + Sync),
    ) -> Result<Option<AlarmNotice>, Error> {
        let now = self.ambient().clock.now();
        let (mut records, mut effects) = (Vec::new(), Vec::new());
        for (key, finding) in &new {
            effects.push(Effect::one(
                "INSERT INTO alarm_raised (store_id, finding, raised_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                values![store.id.0, key.clone(), now.timestamp_micros()],
                "raised before",
            ));
            let mut event = SecurityEvent::new(
                SecurityEventName::AlarmRaised,
                SecurityOutcome::Success,
                now,
            );
            event.reason = Some(finding.rule.clone());
            // Who reads the security log need not read the activity log: what stood out there is told where both are read.
            if finding.log != Source::Activity {
                event.account.clone_from(&finding.account);
                event.details = Some(json!({
                    "numbers": finding.numbers, "count": finding.count, "name": finding.name, "query": finding.query
                }));
            }
            records.push(Record::Security(Box::new(event)));
        }
        let mut findings: Vec<Finding> = new.into_values().collect();
        findings.sort_by_key(|finding| (finding.severity, finding.last_at));
        let more = findings.len().saturating_sub(MOST_FINDINGS);
        findings.truncate(MOST_FINDINGS);
        // The sample store tells nobody.
        let policy = if store.is_sample {
            Policy::default()
        } else {
            self.policy_of(store.id).await?
        };
        let notice = AlarmNotice {
            findings,
            more,
            emails: policy.alarm_emails,
            url: policy.alarm_url,
            store,
        };
        let said = words(&notice);
        let store = notice.store.id;
        effects.extend(self.letters(store, &notice.emails, &said.subject, &said.text)?);
        if let Some(url) = &notice.url {
            effects.push(queued_call(
                self.ambient().uuid(),
                store,
                url,
                said.body,
                now,
            ));
        }
        let written = self
            .recorder()
            .write(store, String::new(), records, effects, None);
        match written.await {
            Ok(_) => Ok(Some(notice)),
            Err(Error::Problem(problem)) if problem.code == domain::Code::Conflict => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// What a finding is known by once it was raised. A run that goes on is the same finding: by rule, account and first
/// event, since its address may change meanwhile. One that got in is another than the one that was still trying.
fn known_by(finding: &Finding) -> String {
    let Finding {
        rule,
        account,
        ip,
        first_at,
        ..
    } = finding;
    let known = if finding.count > 1 {
        format!("{rule} {account:?} {first_at}")
    } else {
        format!("{rule} {account:?} {ip:?} {first_at}")
    };
    let known = if finding.got_in() {
        format!("{known} got in")
    } else {
        known
    };
    let known = match finding.log {
        Source::Activity => format!("activity {known}"),
        _ => known,
    };
    hex(&hash(&known))
}

/// Every rule, as a store changed it or as it comes; of what [`CHANGED`] finds.
fn settings_in(rows: &[QueryResult]) -> Result<Vec<AlarmSetting>, Error> {
    let mut saved = Vec::new();
    for row in rows {
        let setting: AlarmSetting =
            serde_json::from_str(&row.try_get_by_index::<String>(0)?).map_err(damaged)?;
        saved.push(setting);
    }
    Ok(AlarmRule::DEFAULTS
        .into_iter()
        .map(|rule| {
            let known = saved.iter().find(|s| s.rule.name() == rule.name());
            known
                .cloned()
                .unwrap_or(AlarmSetting { rule, is_on: false })
        })
        .collect())
}

fn out_of_range() -> Error {
    Problem::field(
        "rule",
        "out_of_range",
        "the rule's numbers are out of range",
    )
    .into()
}

/// Whether what stands out in the activity log is for the scope.
fn reads_deeds(scope: &Scope) -> bool {
    scope.role().activity_access() == ActivityAccess::All
}

/// Hides who, from where and when to the second.
fn hide(finding: &mut Finding) {
    let mask = |text: &Option<String>| text.as_ref().map(|_| domain::MASK.to_owned());
    finding.account = mask(&finding.account);
    finding.ip = mask(&finding.ip);
    let words: &[&str] = match finding.rule.as_str() {
        "impossible_travel" => &["before", "after"],
        _ => &["place", "device"],
    };
    for name in words {
        if let Some(word) = finding.numbers.get_mut(*name) {
            *word = domain::MASK.into();
        }
    }
    let day = finding.last_at.format("%Y-%m-%d");
    finding.query = match finding.log {
        Source::Activity => format!("created:{day}"),
        _ => format!("kind:* created:{day}"),
    };
}

/// What a rule finds; `settings` are all that the store has.
fn found(
    rule: AlarmRule,
    settings: &[AlarmSetting],
    past: &Past,
    from: DateTime<Utc>,
    store: &StoreView,
) -> Vec<Finding> {
    let zone = zone::of(store);
    let offset_at = |at: DateTime<Utc>| {
        use chrono::{Offset as _, TimeZone as _};
        zone.offset_from_utc_datetime(&at.naive_utc()).fix()
    };
    let mut found = rule.findings(&past.events, settings, from, offset_at);
    found.extend(rule.deed_findings(&past.deeds, from, offset_at));
    found
}
