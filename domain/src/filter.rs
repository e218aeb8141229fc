//! What a list, count, histogram, facet, export, erasure or live tail is about: one type for all.

use crate::{
    Activity, ActivityId, Actor, CategorySet, Device, OutcomeSet, SearchText, Term, fold::fold,
};
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, Ipv6Addr};
use uuid::Uuid;

/// All clauses must hold. The empty filter holds for everything.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Filter {
    /// The clauses, as they stand in the query.
    pub clauses: Vec<Clause>,
}

/// One test, possibly turned round.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Clause {
    /// Whether it must not hold.
    pub is_negated: bool,
    /// What is tested.
    pub test: Test,
}

/// What one clause asks; several values mean any of them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Test {
    /// `actor:`: a key of the actor ([`Actor::keys`]).
    Actor(Vec<Pattern>),
    /// `role:`: the actor's role at that time.
    Role(Vec<Pattern>),
    /// `action:`: the dotted name.
    Action(Vec<Pattern>),
    /// `category:`: any of them.
    Category(CategorySet),
    /// `outcome:`.
    Outcome(OutcomeSet),
    /// `ip:`: address or network.
    Ip(Vec<IpRange>),
    /// `device:`: browser and system, or either ([`Device::is_found`]).
    Device(Vec<Pattern>),
    /// `subject:`: type and id, or type, id or name.
    Subject(Vec<SubjectPattern>),
    /// `about:`: subject or related record, as `type/id`.
    About(Vec<Pattern>),
    /// `order:`: an order's number, as subject or related.
    Order(Vec<Pattern>),
    /// `changed:`: the name of a field that changed.
    Changed(Vec<Pattern>),
    /// `rule:`: the rule's name or id.
    Rule(Vec<Pattern>),
    /// `operation:`: the bulk operation's id.
    Operation(Vec<Pattern>),
    /// `trace:`: the trace id.
    Trace(Vec<Pattern>),
    /// `id:`: the entry's own id.
    Id(Vec<Uuid>),
    /// `created:`: when it occurred.
    Created(Vec<TimeRange>),
    /// `has:`: any of the parts.
    Has(Has),
    /// Free text: a folded substring of what [`SearchText`] holds.
    Text(String),
}

/// A folded value, whole or (with a trailing `*`) as a beginning.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Pattern {
    /// The folded text.
    pub text: String,
    /// Whether any text that begins with it matches.
    pub is_prefix: bool,
}

impl Pattern {
    /// A pattern that matches exactly what folds to the same as `text`.
    pub fn exact(text: &str) -> Self {
        Self {
            text: fold(text),
            is_prefix: false,
        }
    }

    /// A pattern that matches what begins with the folded `text`.
    pub fn prefix(text: &str) -> Self {
        Self {
            text: fold(text),
            is_prefix: true,
        }
    }

    /// Whether a folded text matches.
    pub fn matches(&self, folded: &str) -> bool {
        if self.is_prefix {
            folded.starts_with(&self.text)
        } else {
            folded == self.text
        }
    }
}

/// A value of `subject:`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum SubjectPattern {
    /// `type/id`, the id possibly a beginning.
    TypeAndId(Pattern),
    /// A word: type, id or name.
    Any(Pattern),
}

/// A time from (inclusive) to (exclusive), microseconds since 1970 UTC; `i64::MIN` and `i64::MAX` for open ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TimeRange {
    /// The first microsecond inside.
    pub from: i64,
    /// The first microsecond after.
    pub to: i64,
}

impl TimeRange {
    /// All time.
    pub const ALL: Self = Self {
        from: i64::MIN,
        to: i64::MAX,
    };

    /// Whether a time lies inside.
    pub const fn contains(self, micros: i64) -> bool {
        self.from <= micros && micros < self.to
    }

    /// What both ranges hold; empty ranges have `from >= to`.
    pub fn and(self, other: Self) -> Self {
        Self {
            from: self.from.max(other.from),
            to: self.to.min(other.to),
        }
    }

    /// Whether nothing can lie inside.
    pub const fn is_empty(self) -> bool {
        self.from >= self.to
    }

    /// What several lists of ranges leave open together, each list by the one range that encloses it.
    pub(crate) fn left_by<'a>(lists: impl Iterator<Item = &'a [Self]>) -> Self {
        lists.fold(Self::ALL, |left, ranges| {
            left.and(Self {
                from: ranges.iter().map(|r| r.from).min().unwrap_or(i64::MAX),
                to: ranges.iter().map(|r| r.to).max().unwrap_or(i64::MIN),
            })
        })
    }
}

/// A network of addresses; IPv4 as IPv4-mapped IPv6 (RFC 4291 2.5.5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct IpRange {
    /// The first address, big-endian.
    pub first: [u8; 16],
    /// The last address.
    pub last: [u8; 16],
}

impl IpRange {
    /// The 16 bytes that an address is stored as.
    pub fn bytes_of(ip: IpAddr) -> [u8; 16] {
        match ip {
            IpAddr::V4(v4) => v4.to_ipv6_mapped().octets(),
            IpAddr::V6(v6) => v6.octets(),
        }
    }

    /// The address that 16 stored bytes mean.
    pub fn address_of(bytes: [u8; 16]) -> IpAddr {
        Ipv6Addr::from(bytes).to_canonical()
    }

    /// Reads `203.0.113.7`, `10.0.0.0/8`, `2001:db8::/32`. `None` when it is neither; host bits are ignored.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse::<u32>().ok()?)),
            None => (text, None),
        };
        let ip: IpAddr = address.parse().ok()?;
        let (width, offset) = if ip.is_ipv4() { (32, 96) } else { (128, 0) };
        let bits = bits.unwrap_or(width);
        if bits > width {
            return None;
        }
        let value = u128::from_be_bytes(Self::bytes_of(ip));
        let host = match offset + bits {
            0 => u128::MAX,
            fixed => u128::MAX.checked_shr(fixed).unwrap_or(0),
        };
        Some(Self {
            first: (value & !host).to_be_bytes(),
            last: (value | host).to_be_bytes(),
        })
    }

    /// Whether the address lies inside.
    pub fn contains(&self, ip: IpAddr) -> bool {
        let bytes = Self::bytes_of(ip);
        self.first <= bytes && bytes <= self.last
    }
}

/// Parts that an activity can have, a bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Has(u16);

impl Has {
    /// No part.
    pub const EMPTY: Self = Self(0);
    /// Values before and after.
    pub const CHANGES: Self = Self(1);
    /// An error text.
    pub const ERROR: Self = Self(2);
    /// A rule.
    pub const RULE: Self = Self(4);
    /// Details.
    pub const DETAILS: Self = Self(8);
    /// Related records.
    pub const RELATED: Self = Self(16);
    /// A bulk operation.
    pub const OPERATION: Self = Self(32);
    /// An address.
    pub const IP: Self = Self(64);
    /// A description.
    pub const DESCRIPTION: Self = Self(128);

    /// The names in the query language.
    pub const NAMES: [(&'static str, Self); 8] = [
        ("changes", Self::CHANGES),
        ("error", Self::ERROR),
        ("rule", Self::RULE),
        ("details", Self::DETAILS),
        ("related", Self::RELATED),
        ("operation", Self::OPERATION),
        ("ip", Self::IP),
        ("description", Self::DESCRIPTION),
    ];

    /// Both sets together.
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether the sets share a part.
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// The bits, as stored.
    pub const fn bits(self) -> i16 {
        self.0.cast_signed()
    }

    /// The set of stored bits.
    pub const fn of_bits(bits: i16) -> Self {
        Self(bits.cast_unsigned())
    }
}

/// What the predicate looks at: a record in memory with everything derived from it once.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The entry's id.
    pub id: ActivityId,
    /// The activity, in its present state.
    pub activity: Activity,
    /// [`Actor::keys`] of its actor.
    pub actor_keys: Vec<crate::ActorKey>,
    /// [`Activity::terms`].
    pub terms: Vec<Term>,
    /// [`Device::name`] of what its origin tells.
    pub device: Option<String>,
    /// [`crate::search_text`].
    pub text: SearchText,
    /// [`Activity::has`].
    pub has: Has,
}

impl Facts {
    /// Derives everything once.
    pub fn new(id: ActivityId, activity: Activity) -> Self {
        Self {
            id,
            actor_keys: activity.actor.keys(),
            terms: activity.terms(),
            device: activity.origin.device().map(|device| device.name),
            text: crate::search_text(&activity),
            has: activity.has(),
            activity,
        }
    }

    fn actor(&self) -> &Actor {
        &self.activity.actor
    }
}

impl Filter {
    /// What stands in an order's thread besides its messages: whatever names the order, but for what is told of messages.
    pub fn of_thread(number: &str) -> Self {
        let clause = |is_negated, test| Clause { is_negated, test };
        Self {
            clauses: vec![
                clause(false, Test::Order(vec![Pattern::exact(number)])),
                clause(true, Test::Action(vec![Pattern::prefix("message.")])),
            ],
        }
    }

    /// Whether the record matches. `is_masked`: for a role from whom personal data is hidden, which
    /// therefore can't find by it either.
    pub fn matches(&self, facts: &Facts, is_masked: bool) -> bool {
        self.clauses.iter().all(|c| c.holds(facts, is_masked))
    }

    /// Whether a record whose outcome changed may have matched before: what an outcome decides is left out. `is_masked`
    /// as in [`Filter::matches`].
    pub fn may_have_matched(&self, facts: &Facts, is_masked: bool) -> bool {
        self.clauses
            .iter()
            .filter(|clause| !clause.may_cease_with_an_outcome())
            .all(|clause| clause.holds(facts, is_masked))
    }

    /// The clauses that nothing told later of an entry can turn: how it ended and why it failed come after it. What
    /// matched once matches this for ever.
    pub fn lasting(&self) -> Self {
        let lasts = |clause: &&Clause| match &clause.test {
            Test::Outcome(_) => false,
            Test::Has(parts) => !clause.is_negated || !parts.meets(Has::ERROR),
            Test::Text(_) => !clause.is_negated,
            _ => true,
        };
        Self {
            clauses: self.clauses.iter().filter(lasts).cloned().collect(),
        }
    }

    /// Whether an outcome, which may bring an error, can turn whether an entry matches: either way.
    pub fn turns_with_an_outcome(&self) -> bool {
        self.clauses.iter().any(|clause| match &clause.test {
            Test::Outcome(_) | Test::Text(_) => true,
            Test::Has(parts) => parts.meets(Has::ERROR),
            _ => false,
        })
    }

    /// The time that the positive `created:` clauses leave open, as one enclosing range.
    pub fn time_range(&self) -> TimeRange {
        let demanded = self.clauses.iter().filter(|c| !c.is_negated);
        TimeRange::left_by(demanded.filter_map(|clause| match &clause.test {
            Test::Created(ranges) => Some(ranges.as_slice()),
            _ => None,
        }))
    }
}

impl Clause {
    fn holds(&self, facts: &Facts, is_masked: bool) -> bool {
        self.test.matches(facts, is_masked) != self.is_negated
    }

    /// Whether an outcome, which may bring an error, can end that it holds.
    const fn may_cease_with_an_outcome(&self) -> bool {
        match &self.test {
            Test::Outcome(_) => true,
            Test::Has(has) => has.meets(Has::ERROR),
            // The words of the error are found by free text.
            Test::Text(_) => self.is_negated,
            _ => false,
        }
    }
}

impl Test {
    fn matches(&self, facts: &Facts, is_masked: bool) -> bool {
        let activity = &facts.activity;
        let has_term = |kind: &str, patterns: &[Pattern]| {
            facts.terms.iter().any(|term| {
                !(is_masked && term.is_personal)
                    && term.text.split_once(':').is_some_and(|(k, value)| {
                        k == kind && patterns.iter().any(|p| p.matches(value))
                    })
            })
        };
        match self {
            Self::Actor(patterns) => facts.actor_keys.iter().any(|key| {
                !(key.text.starts_with("role:") || is_masked && key.is_personal)
                    && patterns.iter().any(|p| p.matches(&key.text))
            }),
            Self::Role(patterns) => facts
                .actor()
                .role
                .as_deref()
                .is_some_and(|role| patterns.iter().any(|p| p.matches(&fold(role)))),
            Self::Action(patterns) => patterns.iter().any(|p| p.matches(&activity.action.name)),
            Self::Category(set) => activity.action.categories.meets(*set),
            Self::Outcome(set) => set.contains(activity.outcome),
            Self::Ip(ranges) => {
                !is_masked
                    && activity
                        .origin
                        .ip
                        .is_some_and(|ip| ranges.iter().any(|r| r.contains(ip)))
            }
            Self::Device(patterns) => {
                !is_masked
                    && facts
                        .device
                        .as_deref()
                        .is_some_and(|name| Device::is_found(name, patterns))
            }
            Self::Subject(patterns) => patterns.iter().any(|pattern| match pattern {
                SubjectPattern::TypeAndId(p) => has_term("subject", std::slice::from_ref(p)),
                SubjectPattern::Any(p) => ["subject-type", "subject-id", "subject-name"]
                    .into_iter()
                    .any(|kind| has_term(kind, std::slice::from_ref(p))),
            }),
            Self::About(patterns) => has_term("about", patterns),
            Self::Order(patterns) => {
                let numbers: Vec<Pattern> = patterns
                    .iter()
                    .map(|p| Pattern {
                        text: format!("order/{}", p.text),
                        is_prefix: p.is_prefix,
                    })
                    .collect();
                has_term("about", &numbers)
            }
            Self::Changed(patterns) => has_term("changed", patterns),
            Self::Rule(patterns) => has_term("rule", patterns) || has_term("rule-id", patterns),
            Self::Operation(patterns) => has_term("operation", patterns),
            Self::Trace(patterns) => has_term("trace", patterns),
            Self::Id(ids) => ids.contains(&facts.id.0),
            Self::Created(ranges) => {
                let micros = activity.occurred_at.timestamp_micros();
                ranges.iter().any(|r| r.contains(micros))
            }
            Self::Has(set) => facts
                .has
                .meets(if is_masked { set.without_ip() } else { *set }),
            Self::Text(text) => facts.text.contains(text, is_masked),
        }
    }
}

impl Has {
    /// The set as a masked role may ask for it: whether there was an address is hidden with the address.
    pub const fn without_ip(self) -> Self {
        Self(self.0 & !Self::IP.0)
    }
}
