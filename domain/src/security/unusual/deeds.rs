//! What stands out at what the store's own people and programs do, by the activity log.

use super::habits::{Hours, Uses};
use super::{AlarmRule, Finding, Source, within};
use crate::query::quote_value;
use crate::{Activity, Actor, ActorType, IpRange, Outcome, Place};
use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use serde_json::json;
use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

/// Fewer on a day are never many.
const OFTEN: u64 = 5;
/// Less at once is never much.
const LARGE: u64 = 100;

/// What somebody can do unusually much of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeedKind {
    /// A file was taken out; its size are the rows.
    Export,
    /// Content was erased; its size are the entries.
    Erasure,
    /// Something was deleted.
    Deletion,
    /// A price was changed.
    Price,
    /// A bulk operation was started; its size are the items.
    Bulk,
}

/// Something that one of the store's own people or programs did, as far as rules look at it.
#[derive(Debug, Clone, PartialEq)]
pub struct Deed {
    /// When.
    pub occurred_at: DateTime<Utc>,
    /// What they are known by: their id, else their address, else their name.
    pub who: String,
    /// What they are called, if known.
    pub name: Option<String>,
    /// Of what it is one, if of any.
    pub kind: Option<DeedKind>,
    /// How much it was; 0 where nobody told.
    pub size: u64,
    /// From which address.
    pub ip: Option<IpAddr>,
    /// With which device, in words.
    pub device: Option<String>,
    /// Where that address is.
    pub place: Option<Place>,
}

impl Deed {
    /// What rules look at of an activity; none of what customers, automations and the system do, and of nobody known.
    /// `device` and `place`: what is known of its origin.
    pub fn of(activity: &Activity, device: Option<String>, place: Option<Place>) -> Option<Self> {
        let actor = &activity.actor;
        if !matches!(actor.kind, ActorType::User | ActorType::ApiKey) {
            return None;
        }
        let kind = DeedKind::of(activity);
        Some(Self {
            occurred_at: activity.occurred_at,
            who: known_by(actor)?.to_owned(),
            name: actor.name.clone(),
            kind,
            size: kind.map_or(0, |kind| kind.size(activity)),
            ip: activity.origin.ip,
            device,
            place,
        })
    }

    /// The address as habits are learned by: of IPv6 the first 64 bits, since a household gets as many.
    fn network(&self) -> Option<String> {
        let ip = self.ip?.to_canonical();
        let mut bytes = IpRange::bytes_of(ip);
        if ip.is_ipv6() {
            bytes[8..].fill(0);
        }
        Some(IpRange::address_of(bytes).to_string())
    }

    fn country(&self) -> Option<String> {
        self.place.as_ref()?.country.clone()
    }
}

impl DeedKind {
    fn of(activity: &Activity) -> Option<Self> {
        if activity.outcome == Outcome::Failed {
            return None;
        }
        let is_price = |field: &str| {
            let last = field.rsplit('.').next().unwrap_or(field);
            last == "price" || last.ends_with("_price")
        };
        match activity.action.name.as_str() {
            "export.completed" => Some(Self::Export),
            "log.erased" => Some(Self::Erasure),
            "operation.started" | "tag.bulk_updated" => Some(Self::Bulk),
            name if name.ends_with(".deleted") => Some(Self::Deletion),
            _ => {
                let is_one = activity.changes.iter().any(|c| is_price(&c.field));
                is_one.then_some(Self::Price)
            }
        }
    }

    fn size(self, activity: &Activity) -> u64 {
        let told = match self {
            Self::Export => "rows",
            Self::Erasure => "count",
            Self::Bulk => "items",
            Self::Deletion | Self::Price => return 0,
        };
        let size = activity
            .details
            .as_ref()
            .and_then(|details| details.get(told)?.as_u64());
        size.unwrap_or(0)
    }
}

/// What somebody did of one kind, by days.
#[derive(Default)]
struct Amounts<'a> {
    day: Option<NaiveDate>,
    today: Vec<&'a Deed>,
    /// How many days with any there were before.
    days: u32,
    /// The most on one of these.
    busiest: u64,
    /// The largest of all of these.
    largest: u64,
}

impl AlarmRule {
    /// What the rule finds among deeds in the order of time; `from` and `offset_at` as of [`AlarmRule::findings`].
    pub fn deed_findings(
        self,
        deeds: &[Deed],
        from: DateTime<Utc>,
        offset_at: impl Fn(DateTime<Utc>) -> FixedOffset,
    ) -> Vec<Finding> {
        let mut found = match self {
            Self::NewAddress { after_sign_ins } => {
                self.first_deeds(deeds, after_sign_ins, Deed::network)
            }
            Self::NewDevice { after_sign_ins } => {
                self.first_deeds(deeds, after_sign_ins, |deed| deed.device.clone())
            }
            Self::NewCountry { after_sign_ins } => {
                self.first_deeds(deeds, after_sign_ins, Deed::country)
            }
            Self::UnusualHours {
                after_sign_ins,
                percent,
            } => self.deeds_at_odd_hours(deeds, after_sign_ins, percent, offset_at),
            Self::UnusualExports { after_days, times } => {
                self.amounts(deeds, DeedKind::Export, after_days, times, offset_at)
            }
            Self::UnusualErasures { after_days, times } => {
                self.amounts(deeds, DeedKind::Erasure, after_days, times, offset_at)
            }
            Self::UnusualDeletions { after_days, times } => {
                self.amounts(deeds, DeedKind::Deletion, after_days, times, offset_at)
            }
            Self::UnusualPrices { after_days, times } => {
                self.amounts(deeds, DeedKind::Price, after_days, times, offset_at)
            }
            Self::UnusualBulk { after_days, times } => {
                self.amounts(deeds, DeedKind::Bulk, after_days, times, offset_at)
            }
            _ => Vec::new(),
        };
        found.retain(|finding| finding.last_at >= from);
        found
    }

    fn deed_finding(self, deed: &Deed) -> Finding {
        Finding {
            rule: self.name().to_owned(),
            log: Source::Activity,
            severity: self.severity(),
            account: Some(deed.who.clone()),
            name: deed.name.clone(),
            ip: deed.ip.map(|ip| ip.to_string()),
            first_at: deed.occurred_at,
            last_at: deed.occurred_at,
            count: 1,
            numbers: BTreeMap::new(),
            query: query_of(deed, deed.occurred_at, deed.occurred_at),
        }
    }

    /// Deeds with something that their actor never came with. An hour with the same is one visit.
    fn first_deeds(
        self,
        deeds: &[Deed],
        after: u32,
        with: impl Fn(&Deed) -> Option<String>,
    ) -> Vec<Finding> {
        let mut uses = Uses::default();
        let mut found = Vec::new();
        for (deed, (what, _)) in visits(deeds, |deed| Some((with(deed)?, hour_of(deed)))) {
            if let Some(earlier) = uses.first(&deed.who, &what).filter(|n| *n >= after) {
                let mut finding = self.deed_finding(deed);
                finding.numbers.insert("visits".to_owned(), json!(earlier));
                for (name, known) in [
                    ("device", deed.device.as_ref()),
                    ("place", deed.place.as_ref().map(|place| &place.words)),
                ] {
                    if let Some(known) = known {
                        finding.numbers.insert(name.to_owned(), json!(known));
                    }
                }
                found.push(finding);
            }
        }
        found
    }

    fn deeds_at_odd_hours(
        self,
        deeds: &[Deed],
        after: u32,
        percent: u32,
        offset_at: impl Fn(DateTime<Utc>) -> FixedOffset,
    ) -> Vec<Finding> {
        let mut hours = Hours::default();
        let mut found = Vec::new();
        for (deed, _) in visits(deeds, |deed| Some(hour_of(deed))) {
            let local = deed.occurred_at.with_timezone(&offset_at(deed.occurred_at));
            if let Some(mut numbers) = hours.odd(&deed.who, local, after, percent) {
                if let Some(visits) = numbers.remove("sign_ins") {
                    numbers.insert("visits".to_owned(), visits);
                }
                let mut finding = self.deed_finding(deed);
                finding.numbers = numbers;
                found.push(finding);
            }
        }
        found
    }

    /// Days on which somebody did over `times` times as many of a kind as on any day before, and single deeds as much
    /// larger than any before; of those who did it on `after` days.
    fn amounts(
        self,
        deeds: &[Deed],
        kind: DeedKind,
        after: u32,
        times: u32,
        offset_at: impl Fn(DateTime<Utc>) -> FixedOffset,
    ) -> Vec<Finding> {
        let mut known: HashMap<&str, Amounts<'_>> = HashMap::new();
        let mut found = Vec::new();
        for deed in deeds.iter().filter(|deed| deed.kind == Some(kind)) {
            let offset = offset_at(deed.occurred_at);
            let day = deed.occurred_at.with_timezone(&offset).date_naive();
            let amounts = known.entry(&deed.who).or_default();
            if amounts.day != Some(day) {
                self.end_day(amounts, after, times, &mut found);
                amounts.day = Some(day);
            }
            amounts.today.push(deed);
        }
        for amounts in known.values_mut() {
            self.end_day(amounts, after, times, &mut found);
        }
        found.sort_by(|a, b| (a.last_at, &a.account).cmp(&(b.last_at, &b.account)));
        found
    }

    fn end_day(self, amounts: &mut Amounts<'_>, after: u32, times: u32, found: &mut Vec<Finding>) {
        let today = std::mem::take(&mut amounts.today);
        let (Some(first), Some(last)) = (today.first(), today.last()) else {
            return;
        };
        let count = today.len() as u64;
        let largest = today.iter().max_by_key(|deed| deed.size).unwrap_or(last);
        if amounts.days >= after {
            let days = ("days".to_owned(), json!(amounts.days));
            if count >= OFTEN && count > u64::from(times) * amounts.busiest {
                let mut finding = self.deed_finding(last);
                finding.first_at = first.occurred_at;
                finding.count = count;
                finding.query = query_of(last, finding.first_at, finding.last_at);
                finding.numbers = BTreeMap::from([
                    days.clone(),
                    ("times".to_owned(), json!(count)),
                    ("busiest".to_owned(), json!(amounts.busiest)),
                ]);
                found.push(finding);
            }
            let is_known = amounts.largest > 0;
            if is_known
                && largest.size >= LARGE
                && largest.size > u64::from(times) * amounts.largest
            {
                let mut finding = self.deed_finding(largest);
                finding.numbers = BTreeMap::from([
                    days,
                    ("size".to_owned(), json!(largest.size)),
                    ("largest".to_owned(), json!(amounts.largest)),
                ]);
                found.push(finding);
            }
        }
        amounts.days += 1;
        amounts.busiest = amounts.busiest.max(count);
        amounts.largest = amounts.largest.max(largest.size);
    }
}

fn known_by(actor: &Actor) -> Option<&str> {
    [&actor.id, &actor.email, &actor.name]
        .into_iter()
        .flatten()
        .map(String::as_str)
        .next()
}

/// The hour since 1970.
fn hour_of(deed: &Deed) -> i64 {
    deed.occurred_at.timestamp().div_euclid(3_600)
}

/// The deeds of which something is known that is another than at their actor's deed before.
fn visits<K: Clone + PartialEq>(
    deeds: &[Deed],
    known: impl Fn(&Deed) -> Option<K>,
) -> Vec<(&Deed, K)> {
    let mut last: HashMap<&str, K> = HashMap::new();
    let mut visits = Vec::new();
    for deed in deeds {
        let Some(now) = known(deed) else { continue };
        if last.insert(&deed.who, now.clone()).as_ref() != Some(&now) {
            visits.push((deed, now));
        }
    }
    visits
}

/// The query that shows what the deed's actor did from the first to the last second.
fn query_of(deed: &Deed, first: DateTime<Utc>, last: DateTime<Utc>) -> String {
    format!("actor:{} {}", quote_value(&deed.who), within(first, last))
}

#[cfg(test)]
mod tests;
