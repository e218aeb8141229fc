//! What stands out: rules over events, with the numbers that explain each finding. Pure, so that a rule is
//! tried on past events exactly as it runs on new ones.

use super::{SecurityEvent, SecurityEventName as E, SecurityKind};
use crate::query::quote_value;
use chrono::{DateTime, FixedOffset, Timelike as _, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap, HashSet};

/// What lies nearer is one place: files of addresses are wrong by as much.
const NEAR_KM: u32 = 300;

/// A rule with its bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "rule", rename_all = "snake_case")]
pub enum AlarmRule {
    /// So many failures for one account within so many minutes, without a success after them.
    ManyFailures {
        /// 3 to 1,000.
        count: u32,
        /// 1 to 1,440.
        minutes: u32,
    },
    /// So many failures for one account within so many minutes, then a success.
    FailuresThenSuccess {
        /// 2 to 1,000.
        count: u32,
        /// 1 to 1,440.
        minutes: u32,
    },
    /// An account signs in from an address it never came from, having signed in so often before.
    NewAddress {
        /// 1 to 1,000.
        after_sign_ins: u32,
    },
    /// An account signs in with a device it never came with, having signed in so often before.
    NewDevice {
        /// 1 to 1,000.
        after_sign_ins: u32,
    },
    /// An account signs in at an hour in which at most so many of a hundred of its sign-ins lie, that hour and
    /// those beside it together, having signed in so often before.
    UnusualHours {
        /// 5 to 1,000.
        after_sign_ins: u32,
        /// 0 to 20.
        percent: u32,
    },
    /// So many denials for one account or key within so many minutes.
    ManyDenials {
        /// 2 to 1,000.
        count: u32,
        /// 1 to 1,440.
        minutes: u32,
    },
    /// An API key is used from an address it never came from.
    KeyNewAddress,
    /// So many forged webhooks, foreign origins or calls to inner addresses within so many minutes.
    Attacks {
        /// 1 to 1,000.
        count: u32,
        /// 1 to 1,440.
        minutes: u32,
    },
    /// Somebody is given a more powerful role, or a key with it is made.
    PowerGiven,
    /// A second factor is taken away.
    FactorRemoved,
    /// Two sign-ins of one account lie further apart than somebody travels in the time between them; known only with a
    /// file of addresses.
    ImpossibleTravel {
        /// Faster than so many kilometres an hour: 200 to 10,000.
        kmh: u32,
    },
}

/// A rule and what it does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlarmSetting {
    /// The rule with its bounds.
    pub rule: AlarmRule,
    /// Whether it raises alarms; findings are shown either way.
    pub is_on: bool,
}

/// How much it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Look at it now.
    High,
    /// Look at it today.
    Medium,
    /// Good to know.
    Low,
}

/// Something that stands out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// The rule's name, as in [`AlarmRule::name`].
    pub rule: String,
    /// How much it matters.
    pub severity: Severity,
    /// The account's address, or the key's id.
    pub account: Option<String>,
    /// The person's or key's name, if known.
    pub name: Option<String>,
    /// The address it came from, if it was one.
    pub ip: Option<String>,
    /// The first event's time.
    pub first_at: DateTime<Utc>,
    /// The last event's time.
    pub last_at: DateTime<Utc>,
    /// How many events.
    pub count: u64,
    /// The numbers that the sentence needs.
    pub numbers: BTreeMap<String, Value>,
    /// The query that shows the events.
    pub query: String,
}

impl AlarmRule {
    /// The rules as they come, each with bounds that fit a small store.
    pub const DEFAULTS: [Self; 11] = [
        Self::ManyFailures {
            count: 8,
            minutes: 15,
        },
        Self::FailuresThenSuccess {
            count: 5,
            minutes: 30,
        },
        Self::NewAddress { after_sign_ins: 5 },
        Self::NewDevice { after_sign_ins: 5 },
        Self::UnusualHours {
            after_sign_ins: 20,
            percent: 2,
        },
        Self::ManyDenials {
            count: 10,
            minutes: 10,
        },
        Self::KeyNewAddress,
        Self::Attacks {
            count: 5,
            minutes: 10,
        },
        Self::PowerGiven,
        Self::FactorRemoved,
        // Airliners fly at 900, with the wind at 1,100.
        Self::ImpossibleTravel { kmh: 1_200 },
    ];

    /// The name, which also says of two settings that they are of one rule.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ManyFailures { .. } => "many_failures",
            Self::FailuresThenSuccess { .. } => "failures_then_success",
            Self::NewAddress { .. } => "new_address",
            Self::NewDevice { .. } => "new_device",
            Self::UnusualHours { .. } => "unusual_hours",
            Self::ManyDenials { .. } => "many_denials",
            Self::KeyNewAddress => "key_new_address",
            Self::Attacks { .. } => "attacks",
            Self::PowerGiven => "power_given",
            Self::FactorRemoved => "factor_removed",
            Self::ImpossibleTravel { .. } => "impossible_travel",
        }
    }

    /// How much what it finds matters.
    pub const fn severity(self) -> Severity {
        match self {
            Self::ManyFailures { .. }
            | Self::FailuresThenSuccess { .. }
            | Self::Attacks { .. }
            | Self::ImpossibleTravel { .. } => Severity::High,
            Self::NewAddress { .. } | Self::NewDevice { .. } => Severity::Low,
            _ => Severity::Medium,
        }
    }

    /// Whether its bounds are within what is said beside each.
    pub fn is_sound(self) -> bool {
        let within = |value: u32, least: u32, most: u32| (least..=most).contains(&value);
        match self {
            Self::ManyFailures { count, minutes } => {
                within(count, 3, 1_000) && within(minutes, 1, 1_440)
            }
            Self::FailuresThenSuccess { count, minutes } | Self::ManyDenials { count, minutes } => {
                within(count, 2, 1_000) && within(minutes, 1, 1_440)
            }
            Self::Attacks { count, minutes } => {
                within(count, 1, 1_000) && within(minutes, 1, 1_440)
            }
            Self::NewAddress { after_sign_ins } | Self::NewDevice { after_sign_ins } => {
                within(after_sign_ins, 1, 1_000)
            }
            Self::UnusualHours {
                after_sign_ins,
                percent,
            } => within(after_sign_ins, 5, 1_000) && percent <= 20,
            Self::ImpossibleTravel { kmh } => within(kmh, 200, 10_000),
            Self::KeyNewAddress | Self::PowerGiven | Self::FactorRemoved => true,
        }
    }

    /// What the rule finds among events in the order of time. `from`: findings whose last event lies before
    /// are left out, but what lies before is learned from. `offset_at`: the store's clock.
    pub fn findings(
        self,
        events: &[SecurityEvent],
        from: DateTime<Utc>,
        offset_at: impl Fn(DateTime<Utc>) -> FixedOffset,
    ) -> Vec<Finding> {
        let mut found = match self {
            Self::ManyFailures { count, minutes } => self.bursts(
                events,
                is_failure,
                |e| e.account.clone(),
                count,
                minutes,
                |e| e.event == E::SignedIn,
                false,
            ),
            Self::FailuresThenSuccess { count, minutes } => self.bursts(
                events,
                is_failure,
                |e| e.account.clone(),
                count,
                minutes,
                |e| e.event == E::SignedIn,
                true,
            ),
            Self::ManyDenials { count, minutes } => self.bursts(
                events,
                |e| e.event.kind() == SecurityKind::Denied,
                who,
                count,
                minutes,
                |_| false,
                false,
            ),
            Self::Attacks { count, minutes } => self.bursts(
                events,
                |e| e.event.kind() == SecurityKind::Attack,
                |e| Some(e.event.as_str().to_owned()),
                count,
                minutes,
                |_| false,
                false,
            ),
            Self::NewAddress { after_sign_ins } => {
                self.first_uses(events, after_sign_ins, |e| e.is_new_address)
            }
            Self::NewDevice { after_sign_ins } => {
                self.first_uses(events, after_sign_ins, |e| e.is_new_device)
            }
            Self::UnusualHours {
                after_sign_ins,
                percent,
            } => self.odd_hours(events, after_sign_ins, percent, offset_at),
            Self::KeyNewAddress => self.each(events, |e| e.event == E::KeyNewAddress),
            Self::PowerGiven => self.each(events, gives_power),
            Self::FactorRemoved => self.each(events, |e| e.event == E::FactorRemoved),
            Self::ImpossibleTravel { kmh } => self.travels(events, kmh),
        };
        found.retain(|finding| finding.last_at >= from);
        found
    }

    fn finding(self, event: &SecurityEvent, query: String) -> Finding {
        Finding {
            rule: self.name().to_owned(),
            severity: self.severity(),
            account: who(event),
            name: name_of(event),
            ip: event.origin.ip.map(|ip| ip.to_string()),
            first_at: event.occurred_at,
            last_at: event.occurred_at,
            count: 1,
            numbers: BTreeMap::new(),
            query,
        }
    }

    /// Runs of events of one account that lie within a stretch of time.
    #[expect(clippy::too_many_arguments, reason = "the parts of one rule")]
    fn bursts(
        self,
        events: &[SecurityEvent],
        is_one: impl Fn(&SecurityEvent) -> bool,
        key: impl Fn(&SecurityEvent) -> Option<String>,
        count: u32,
        minutes: u32,
        ends: impl Fn(&SecurityEvent) -> bool,
        needs_end: bool,
    ) -> Vec<Finding> {
        let stretch = chrono::Duration::minutes(i64::from(minutes));
        let mut runs: HashMap<String, Vec<&SecurityEvent>> = HashMap::new();
        let mut found = Vec::new();
        let close =
            |run: &[&SecurityEvent], end: Option<&SecurityEvent>, found: &mut Vec<Finding>| {
                let total: u64 = run.iter().map(|e| u64::from(e.count)).sum();
                if total >= u64::from(count)
                    && end.is_some() == needs_end
                    && let (Some(first), Some(last)) = (run.first(), run.last())
                {
                    let mut finding = self.finding(end.unwrap_or(last), String::new());
                    let addresses: HashSet<_> = run.iter().filter_map(|e| e.origin.ip).collect();
                    finding.ip = match addresses.len() {
                        1 => last.origin.ip.map(|ip| ip.to_string()),
                        _ => None,
                    };
                    finding.first_at = first.occurred_at;
                    finding.last_at = end.map_or(last.occurred_at, |e| e.occurred_at);
                    finding.count = total;
                    finding.query = query_of(first, finding.first_at, finding.last_at);
                    finding.numbers = BTreeMap::from([
                        ("failures".to_owned(), json!(total)),
                        ("addresses".to_owned(), json!(addresses.len())),
                        (
                            "minutes".to_owned(),
                            json!((finding.last_at - finding.first_at).num_minutes().max(1)),
                        ),
                    ]);
                    found.push(finding);
                }
            };
        for event in events {
            let Some(key) = key(event) else { continue };
            if ends(event) {
                if let Some(run) = runs.remove(&key) {
                    let run: Vec<_> = run
                        .into_iter()
                        .filter(|e| event.occurred_at - e.occurred_at <= stretch)
                        .collect();
                    close(&run, Some(event), &mut found);
                }
            } else if is_one(event) {
                let run = runs.entry(key).or_default();
                // A run goes on as long as the next one comes within the stretch; then it is one finding.
                let is_over = run
                    .last()
                    .is_some_and(|last| event.occurred_at - last.occurred_at > stretch);
                if is_over {
                    close(run, None, &mut found);
                    run.clear();
                }
                run.push(event);
            }
        }
        let mut left: Vec<_> = runs.into_iter().collect();
        left.sort_by(|a, b| a.0.cmp(&b.0));
        for (_, run) in left {
            close(&run, None, &mut found);
        }
        found.sort_by_key(|finding| finding.last_at);
        found
    }

    fn first_uses(
        self,
        events: &[SecurityEvent],
        after: u32,
        is_new: impl Fn(&SecurityEvent) -> bool,
    ) -> Vec<Finding> {
        let mut before: HashMap<&str, u32> = HashMap::new();
        let mut found = Vec::new();
        for event in events.iter().filter(|e| e.event == E::SignedIn) {
            let Some(account) = event.account.as_deref() else {
                continue;
            };
            let earlier = before.entry(account).or_default();
            if *earlier >= after && is_new(event) {
                let mut finding =
                    self.finding(event, query_of(event, event.occurred_at, event.occurred_at));
                finding
                    .numbers
                    .insert("sign_ins".to_owned(), json!(*earlier));
                found.push(finding);
            }
            *earlier += 1;
        }
        found
    }

    fn travels(self, events: &[SecurityEvent], kmh: u32) -> Vec<Finding> {
        let mut last: HashMap<&str, (&SecurityEvent, &crate::Place)> = HashMap::new();
        let mut found = Vec::new();
        for event in events.iter().filter(|e| e.event == E::SignedIn) {
            let (Some(account), Some(place)) = (event.account.as_deref(), &event.place) else {
                continue;
            };
            if let Some((earlier, before)) = last.get(account)
                && let Some(km) = before.km_to(place).filter(|km| *km >= NEAR_KM)
            {
                let minutes = (event.occurred_at - earlier.occurred_at).num_minutes();
                if i64::from(km) * 60 > i64::from(kmh) * minutes.max(1) {
                    let query = query_of(event, earlier.occurred_at, event.occurred_at);
                    let mut finding = self.finding(event, query);
                    finding.first_at = earlier.occurred_at;
                    finding.count = 2;
                    finding.numbers = BTreeMap::from([
                        ("km".to_owned(), json!(km)),
                        ("minutes".to_owned(), json!(minutes.max(1))),
                        ("before".to_owned(), json!(before.words)),
                        ("after".to_owned(), json!(place.words)),
                    ]);
                    found.push(finding);
                }
            }
            if place.at.is_some() {
                last.insert(account, (event, place));
            }
        }
        found
    }

    fn odd_hours(
        self,
        events: &[SecurityEvent],
        after: u32,
        percent: u32,
        offset_at: impl Fn(DateTime<Utc>) -> FixedOffset,
    ) -> Vec<Finding> {
        let mut hours: HashMap<&str, [u32; 24]> = HashMap::new();
        let mut found = Vec::new();
        for event in events.iter().filter(|e| e.event == E::SignedIn) {
            let Some(account) = event.account.as_deref() else {
                continue;
            };
            let local = event
                .occurred_at
                .with_timezone(&offset_at(event.occurred_at));
            let hour = local.hour() as usize % 24;
            let known = hours.entry(account).or_insert([0; 24]);
            let total: u32 = known.iter().sum();
            // Whoever comes at nine may come at ten.
            let near = known[(hour + 23) % 24] + known[hour] + known[(hour + 1) % 24];
            if total >= after && near * 100 <= percent * total {
                let mut finding =
                    self.finding(event, query_of(event, event.occurred_at, event.occurred_at));
                let usual = known
                    .iter()
                    .enumerate()
                    .filter(|(_, n)| **n * 20 >= total)
                    .map(|(hour, _)| hour);
                let usual: Vec<usize> = usual.collect();
                finding.numbers = BTreeMap::from([
                    ("hour".to_owned(), json!(hour)),
                    ("near".to_owned(), json!(near)),
                    ("sign_ins".to_owned(), json!(total)),
                    ("from".to_owned(), json!(usual.first())),
                    ("to".to_owned(), json!(usual.last())),
                ]);
                found.push(finding);
            }
            known[hour] += 1;
        }
        found
    }

    fn each(
        self,
        events: &[SecurityEvent],
        is_one: impl Fn(&SecurityEvent) -> bool,
    ) -> Vec<Finding> {
        let found = events.iter().filter(|e| is_one(e)).map(|event| {
            let mut finding =
                self.finding(event, query_of(event, event.occurred_at, event.occurred_at));
            let name = json!(event.event.as_str());
            finding.numbers.insert("event".to_owned(), name);
            if let Some(change) = event.changes.first() {
                finding
                    .numbers
                    .insert("before".to_owned(), change.before.clone());
                finding
                    .numbers
                    .insert("after".to_owned(), change.after.clone());
            }
            if let Some(subject) = &event.subject {
                finding
                    .numbers
                    .insert("subject".to_owned(), json!(subject.label()));
            }
            finding
        });
        found.collect()
    }
}

fn is_failure(event: &SecurityEvent) -> bool {
    matches!(
        event.event,
        E::SignInFailed | E::FactorFailed | E::SignInRefused
    )
}

/// Whether somebody or something became more powerful: by the ladder of the roles that ship.
fn gives_power(event: &SecurityEvent) -> bool {
    if !matches!(event.event, E::RoleChanged | E::KeyCreated | E::UserInvited) {
        return false;
    }
    let strong = |value: &Value| matches!(value.as_str(), Some("super_admin" | "admin"));
    event
        .changes
        .iter()
        .any(|change| change.field == "role" && strong(&change.after) && !strong(&change.before))
}

fn who(event: &SecurityEvent) -> Option<String> {
    event.account.clone().or_else(|| event.actor.id.clone())
}

fn name_of(event: &SecurityEvent) -> Option<String> {
    event.actor.name.clone().or_else(|| {
        let subject = event.subject.as_ref()?;
        subject.name.clone()
    })
}

/// The query that shows the events from the first to the last second.
fn query_of(event: &SecurityEvent, first: DateTime<Utc>, last: DateTime<Utc>) -> String {
    let time = |at: DateTime<Utc>| at.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    let mut query = match who(event) {
        Some(who) => format!("who:{} ", quote_value(&who)),
        None => format!("event:{} ", event.event),
    };
    query.push_str(&format!(
        "created:{}..{}",
        time(first),
        time(last + chrono::Duration::seconds(1))
    ));
    query
}

#[cfg(test)]
mod tests;
