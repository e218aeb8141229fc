//! One filter for the security log and the operations log: what they are asked, and the test in memory.
//!
//! Both logs are read by walking their time index; what a column can decide is decided in SQL, the rest
//! here. So there is one truth, this predicate, for list, count, histogram and live view.

use crate::Term;
use crate::filter::{IpRange, Pattern, TimeRange};
use std::net::IpAddr;
use uuid::Uuid;

/// All clauses must hold. The empty filter holds for everything.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct EntryFilter {
    /// The clauses, as they stand in the query.
    pub clauses: Vec<EntryClause>,
}

/// One test, possibly turned round.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EntryClause {
    /// Whether it must not hold.
    pub is_negated: bool,
    /// What is tested.
    pub test: EntryTest,
}

/// What one clause asks; several values mean any of them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum EntryTest {
    /// A closed list: bits by number.
    Members(&'static str, u32),
    /// An exact word of that kind, or its beginning.
    Term(&'static str, Vec<Pattern>),
    /// `ip:`.
    Ip(Vec<IpRange>),
    /// `id:`.
    Id(Vec<Uuid>),
    /// `created:`.
    Created(Vec<TimeRange>),
    /// Free text: a folded substring.
    Text(String),
}

/// What a filter looks at: an entry with everything derived from it once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryFacts {
    /// Its id.
    pub id: Uuid,
    /// When it happened.
    pub at_micros: i64,
    /// Its members of closed lists, by qualifier: bits by number.
    pub members: Vec<(&'static str, u32)>,
    /// What exact qualifiers find it by.
    pub terms: Vec<Term>,
    /// From which address.
    pub ip: Option<IpAddr>,
    /// What free text finds it by, without personal data; folded.
    pub open: String,
    /// Personal data; folded.
    pub personal: String,
}

impl EntryFilter {
    /// Whether the entry matches. `is_masked`: for a role from whom personal data is hidden, which therefore
    /// can't find by it either.
    pub fn matches(&self, facts: &EntryFacts, is_masked: bool) -> bool {
        self.clauses
            .iter()
            .all(|c| c.test.matches(facts, is_masked) != c.is_negated)
    }

    /// The time that the positive `created:` clauses leave open, as one enclosing range.
    pub fn time_range(&self) -> TimeRange {
        let demanded = self.clauses.iter().filter(|c| !c.is_negated);
        TimeRange::left_by(demanded.filter_map(|clause| match &clause.test {
            EntryTest::Created(ranges) => Some(ranges.as_slice()),
            _ => None,
        }))
    }

    /// The filter with a time range besides.
    #[must_use]
    pub fn within(&self, range: TimeRange) -> Self {
        let mut clauses = self.clauses.clone();
        clauses.push(EntryClause {
            is_negated: false,
            test: EntryTest::Created(vec![range]),
        });
        Self { clauses }
    }

    /// The filter without what it asks of a closed list: what the numbers beside that list's members count.
    #[must_use]
    pub fn without_members(&self, qualifier: &str) -> Self {
        let keeps = |clause: &&EntryClause| !matches!(&clause.test, EntryTest::Members(name, _) if *name == qualifier);
        Self {
            clauses: self.clauses.iter().filter(keeps).cloned().collect(),
        }
    }

    /// The members of a closed list that may be among what is found: bits by number, all set when nothing is
    /// asked.
    pub fn members(&self, qualifier: &str) -> u32 {
        self.clauses
            .iter()
            .fold(u32::MAX, |bits, clause| match &clause.test {
                EntryTest::Members(name, asked) if *name == qualifier => {
                    if clause.is_negated {
                        // An entry can hold several members: only where one is allowed does this narrow.
                        bits & !asked
                    } else {
                        bits & asked
                    }
                }
                _ => bits,
            })
    }
}

impl EntryTest {
    fn matches(&self, facts: &EntryFacts, is_masked: bool) -> bool {
        match self {
            Self::Members(name, bits) => facts
                .members
                .iter()
                .any(|(kind, held)| kind == name && held & bits != 0),
            Self::Term(kind, patterns) => facts.terms.iter().any(|term| {
                !(is_masked && term.is_personal)
                    && term.text.split_once(':').is_some_and(|(k, value)| {
                        k == *kind && patterns.iter().any(|p| p.matches(value))
                    })
            }),
            Self::Ip(ranges) => {
                !is_masked
                    && facts
                        .ip
                        .is_some_and(|ip| ranges.iter().any(|r| r.contains(ip)))
            }
            Self::Id(ids) => ids.contains(&facts.id),
            Self::Created(ranges) => ranges.iter().any(|r| r.contains(facts.at_micros)),
            Self::Text(text) => {
                facts.open.contains(text.as_str())
                    || (!is_masked && facts.personal.contains(text.as_str()))
            }
        }
    }
}
