//! What stands out in the security log.

use super::habits::{Hours, Uses};
use super::{AlarmRule, E, Finding, GOT_IN, Source, within};
use crate::query::quote_value;
use crate::security::SecurityEvent;
use crate::{Access, Change};
use chrono::{DateTime, FixedOffset, Utc};
use serde::Deserialize as _;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap, HashSet};

/// What lies nearer is one place: files of addresses are wrong by as much.
const NEAR_KM: u32 = 300;

impl AlarmRule {
    fn finding(self, event: &SecurityEvent, query: String) -> Finding {
        Finding {
            rule: self.name().to_owned(),
            log: Source::Security,
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

    /// Runs of failed sign-ins of one account: those that end in a success where the rule is about these, else each, with
    /// word of a success that came within the rule's minutes.
    pub(super) fn guesses(self, events: &[SecurityEvent]) -> Vec<Finding> {
        let (count, minutes, needs_end) = match self {
            Self::ManyFailures { count, minutes } => (count, minutes, false),
            Self::FailuresThenSuccess { count, minutes } => (count, minutes, true),
            _ => return Vec::new(),
        };
        self.bursts(
            events,
            is_failure,
            |e| e.account.clone(),
            count,
            minutes,
            |e| e.event == E::SignedIn,
            needs_end,
        )
    }

    /// Runs of events of one account that lie within a stretch of time; `needs_end`: only those that end in what `ends`
    /// them, with what of them lies within the stretch before it.
    #[expect(clippy::too_many_arguments, reason = "the parts of one rule")]
    pub(super) fn bursts(
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
                    && (end.is_some() || !needs_end)
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
                    if end.is_some() && !needs_end {
                        finding.numbers.insert(GOT_IN.to_owned(), json!(true));
                    }
                    found.push(finding);
                }
            };
        for event in events {
            let Some(key) = key(event) else { continue };
            if ends(event) {
                if let Some(mut run) = runs.remove(&key) {
                    let is_near = |e: &&SecurityEvent| event.occurred_at - e.occurred_at <= stretch;
                    // A run that was over before is not what the success ended.
                    let end = run.last().is_some_and(is_near).then_some(event);
                    if needs_end {
                        run.retain(is_near);
                    }
                    close(&run, end, &mut found);
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

    pub(super) fn first_uses(
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

    pub(super) fn travels(self, events: &[SecurityEvent], kmh: u32) -> Vec<Finding> {
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

    pub(super) fn odd_hours(
        self,
        events: &[SecurityEvent],
        after: u32,
        percent: u32,
        offset_at: impl Fn(DateTime<Utc>) -> FixedOffset,
    ) -> Vec<Finding> {
        let mut hours = Hours::default();
        let mut found = Vec::new();
        for event in events.iter().filter(|e| e.event == E::SignedIn) {
            let Some(account) = event.account.as_deref() else {
                continue;
            };
            let local = event
                .occurred_at
                .with_timezone(&offset_at(event.occurred_at));
            if let Some(numbers) = hours.odd(account, local, after, percent) {
                let mut finding =
                    self.finding(event, query_of(event, event.occurred_at, event.occurred_at));
                finding.numbers = numbers;
                found.push(finding);
            }
        }
        found
    }

    /// Sign-ins from a country that is none of those before, as far as these are known.
    pub(super) fn new_countries(self, events: &[SecurityEvent], after: u32) -> Vec<Finding> {
        let mut uses = Uses::default();
        let mut found = Vec::new();
        for event in events.iter().filter(|e| e.event == E::SignedIn) {
            let (Some(account), Some(place)) = (event.account.as_deref(), &event.place) else {
                continue;
            };
            let Some(country) = place.country.as_deref() else {
                continue;
            };
            if let Some(earlier) = uses.first(account, country).filter(|n| *n >= after) {
                let mut finding =
                    self.finding(event, query_of(event, event.occurred_at, event.occurred_at));
                finding.numbers = BTreeMap::from([
                    ("sign_ins".to_owned(), json!(earlier)),
                    ("place".to_owned(), json!(place.words)),
                ]);
                found.push(finding);
            }
        }
        found
    }

    pub(super) fn each(
        self,
        events: &[SecurityEvent],
        is_one: impl Fn(&SecurityEvent) -> bool,
    ) -> Vec<Finding> {
        let found = events.iter().filter(|e| is_one(e)).map(|event| {
            let mut finding =
                self.finding(event, query_of(event, event.occurred_at, event.occurred_at));
            let name = json!(event.event.as_str());
            finding.numbers.insert("event".to_owned(), name);
            if let Some(change) = event.changes.first().filter(|c| c.field == "role") {
                finding
                    .numbers
                    .insert("before".to_owned(), change.before.clone());
                finding
                    .numbers
                    .insert("after".to_owned(), change.after.clone());
            }
            if let Some(subject) = &event.subject {
                // The account is theirs to whom it was done, so the name is too.
                if subject.kind == "user" {
                    finding.name.clone_from(&subject.name);
                }
                for (name, label) in [("subject", subject.label()), ("by", event.actor.label())] {
                    finding.numbers.insert(name.to_owned(), json!(label));
                }
            }
            finding
        });
        found.collect()
    }
}

fn is_failure(event: &SecurityEvent) -> bool {
    event.is_guess() || event.event == E::SignInRefused
}

/// Whether somebody or something became more powerful: by the ladder of the roles that ship, and by what own roles open.
pub(super) fn gives_power(event: &SecurityEvent) -> bool {
    let grows = |change: &Change| match event.event {
        E::RoleChanged | E::KeyCreated | E::UserInvited if change.field == "role" => {
            let strong = |value: &Value, told: &str| {
                let is_told = event
                    .details
                    .as_ref()
                    .and_then(|details| details.get(told)?.as_bool());
                matches!(value.as_str(), Some("super_admin" | "admin")) || is_told == Some(true)
            };
            strong(&change.after, "is_powerful") && !strong(&change.before, "was_powerful")
        }
        E::RoleSaved if change.field == "access" => {
            let strong = |value: &Value| Access::deserialize(value).is_ok_and(Access::is_powerful);
            strong(&change.after) && !strong(&change.before)
        }
        _ => false,
    };
    event.changes.iter().any(grows)
}

pub(super) fn who(event: &SecurityEvent) -> Option<String> {
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
    let who = match who(event) {
        Some(who) => format!("who:{}", quote_value(&who)),
        None => format!("event:{}", event.event),
    };
    format!("{who} {}", within(first, last))
}
