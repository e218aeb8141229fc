//! What stands out in the security log and in what the store's own people do, rules tried on the past, and alarms: each
//! finding is raised once, and a store hears of all that is new in one notice, at most every quarter of an hour.

use super::past::Past;
use crate::account::own_activity;
use crate::log::zone;
use crate::record::message::damaged;
use crate::record::{Effect, Record};
use crate::session::{hash, hex};
use crate::sql::{sql, values};
use crate::{Error, Scope, Storage};
use chrono::{DateTime, Duration, Utc};
use domain::export::Source;
use domain::security::unusual::{AlarmRule, AlarmSetting, Finding};
use domain::security::{SecurityEvent, SecurityEventName, SecurityOutcome};
use domain::view::{StoreView, Trial};
use domain::{Activity, ActivityAccess, Category, Change, Permission, Problem};
use sea_orm::ConnectionTrait as _;
use serde_json::json;

/// From how much of the past habits are learned, besides the days that are looked at.
const LEARNED_DAYS: i64 = 90;
/// How many findings of one log a page names, and how many a notice.
const MOST_FINDINGS: usize = 100;
/// How far back new findings are looked for.
const NEW_WITHIN_HOURS: i64 = 24;
/// A store hears of alarms at most once in so many minutes.
const QUIET_MINUTES: i64 = 15;

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
        for setting in self.settings_of(scope.store()).await? {
            findings.extend(found(setting.rule, &past, from, scope.store()));
        }
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
        let text = "SELECT definition FROM alarm_rule WHERE store_id = ?";
        let rows = sql(
            self.readers().get_database_backend(),
            text,
            values![store.id.0],
        )
        .rows(self.readers())
        .await?;
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

    /// Sets a rule's bounds and switches it on or off. Recorded with what it was before.
    ///
    /// # Errors
    /// Forbidden without [`Permission::ManageSettings`]; invalid field `rule` for bounds out of range.
    pub async fn save_alarm(&self, scope: &Scope, setting: AlarmSetting) -> Result<(), Error> {
        scope.require(Permission::ManageSettings)?;
        if !setting.rule.is_sound() {
            return Err(out_of_range());
        }
        let name = setting.rule.name();
        let before = self
            .settings_of(scope.store())
            .await?
            .into_iter()
            .find(|known| known.rule.name() == name);
        if before.as_ref() == Some(&setting) {
            return Ok(());
        }
        let value = serde_json::to_value(&setting).map_err(damaged)?;
        let effect = Effect::statement(
            "INSERT INTO alarm_rule (store_id, rule, definition) VALUES (?, ?, ?) \
             ON CONFLICT (store_id, rule) DO UPDATE SET definition = excluded.definition",
            values![scope.store_id().0, name, value.to_string()],
        );
        let change = Change {
            field: format!("alarm.{name}"),
            before: before
                .map(|known| serde_json::to_value(known).map_err(damaged))
                .transpose()?
                .unwrap_or_default(),
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
        let records = vec![
            Record::Activity(self.done_by(scope, activity)),
            Record::Security(Box::new(event)),
        ];
        self.write_records(scope, records, vec![effect]).await
    }

    /// Saves several rules; see [`Storage::save_alarm`]. Those that are wrong are refused before any is saved.
    ///
    /// # Errors
    /// As [`Storage::save_alarm`].
    pub async fn save_alarm_settings(
        &self,
        scope: &Scope,
        settings: Vec<AlarmSetting>,
    ) -> Result<(), Error> {
        scope.require(Permission::ManageSettings)?;
        if settings.iter().any(|setting| !setting.rule.is_sound()) {
            return Err(out_of_range());
        }
        for setting in settings {
            self.save_alarm(scope, setting).await?;
        }
        Ok(())
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
        let mut examples = found(rule, &past, from, scope.store());
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

    /// New findings of rules that are on, for each store at most one notice in 15 minutes; each finding is
    /// recorded as `alarm.raised` and never raised again. For a worker, once a minute.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn due_alarms(&self) -> Result<Vec<AlarmNotice>, Error> {
        let now = self.ambient().clock.now();
        let backend = self.readers().get_database_backend();
        let mut notices = Vec::new();
        for store in self.list_stores().await? {
            let settings = self.settings_of(&store).await?;
            if !settings.iter().any(|setting| setting.is_on) {
                continue;
            }
            let text = "SELECT MAX(raised_at) FROM alarm_raised WHERE store_id = ?";
            let last: Option<i64> = sql(backend, text, values![store.id.0])
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
            let mut new = Vec::new();
            for setting in settings.into_iter().filter(|setting| setting.is_on) {
                for finding in found(setting.rule, &past, from, &store) {
                    if self.raise(&store, &finding).await? {
                        new.push(finding);
                    }
                }
            }
            if new.is_empty() {
                continue;
            }
            new.sort_by_key(|finding| (finding.severity, finding.last_at));
            let more = new.len().saturating_sub(MOST_FINDINGS);
            new.truncate(MOST_FINDINGS);
            let policy = self.policy_of(store.id).await?;
            notices.push(AlarmNotice {
                findings: new,
                more,
                emails: policy.alarm_emails,
                url: policy.alarm_url,
                store,
            });
        }
        Ok(notices)
    }

    /// Records a finding as raised; false when it was before, by this process or another. A run that goes on is
    /// the same finding: it is known by rule, account and first event.
    async fn raise(&self, store: &StoreView, finding: &Finding) -> Result<bool, Error> {
        let known = format!(
            "{} {:?} {:?} {}",
            finding.rule, finding.account, finding.ip, finding.first_at
        );
        // An address may change while the run goes on; the first event does not.
        let known = if finding.count > 1 {
            format!(
                "{} {:?} {}",
                finding.rule, finding.account, finding.first_at
            )
        } else {
            known
        };
        let is_deed = finding.log == Source::Activity;
        let known = if is_deed {
            format!("activity {known}")
        } else {
            known
        };
        let now = self.ambient().clock.now();
        let values = values![store.id.0, hex(&hash(&known)), now.timestamp_micros()];
        let once = Effect::new(move |transaction| {
            let text = "INSERT INTO alarm_raised (store_id, finding, raised_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING";
            let insert = sql(transaction.get_database_backend(), text, values.clone());
            Box::pin(async move {
                match insert.execute(transaction).await? {
                    0 => Err(Problem::new(domain::Code::Conflict, "raised before").into()),
                    _ => Ok(()),
                }
            })
        });
        let mut event = SecurityEvent::new(
            SecurityEventName::AlarmRaised,
            SecurityOutcome::Success,
            now,
        );
        event.reason = Some(finding.rule.clone());
        // Who reads the security log need not read the activity log: what stood out there is told where both are read.
        if !is_deed {
            event.account.clone_from(&finding.account);
            event.details = Some(json!({
                "numbers": finding.numbers, "count": finding.count, "name": finding.name, "query": finding.query
            }));
        }
        let records = vec![Record::Security(Box::new(event))];
        match self
            .recorder()
            .write(store.id, String::new(), records, vec![once], None)
            .await
        {
            Ok(_) => Ok(true),
            Err(Error::Problem(problem)) if problem.code == domain::Code::Conflict => Ok(false),
            Err(error) => Err(error),
        }
    }
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

fn found(rule: AlarmRule, past: &Past, from: DateTime<Utc>, store: &StoreView) -> Vec<Finding> {
    let zone = zone::of(store);
    let offset_at = |at: DateTime<Utc>| {
        use chrono::{Offset as _, TimeZone as _};
        zone.offset_from_utc_datetime(&at.naive_utc()).fix()
    };
    let mut found = rule.findings(&past.events, from, offset_at);
    found.extend(rule.deed_findings(&past.deeds, from, offset_at));
    found
}
