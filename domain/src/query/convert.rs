//! From a query to the one filter that serves list, count, histogram, export and live tail.

use super::created::Clock;
use super::error::Fault;
use super::point::reversed;
use super::value::{Meaning, meaning};
use super::{Body, Qualifier, Query, QueryError, Term, Value, ValueKind};
use crate::entry::{EntryClause, EntryFilter, EntryTest};
use crate::export::{ExportClause, ExportFilter, ExportTest};
use crate::message::{MessageClause, MessageFilter, MessageTest, number_of_words, phone_digits};
use crate::{CategorySet, Clause, Filter, Has, OutcomeSet, Pattern, Test, fold};
use chrono::{DateTime, TimeZone, Utc, Weekday};

impl Query {
    /// The filter that the query means, at a time and on a store's clock.
    ///
    /// `zone` is the store's: days, weeks and times without an offset are its. A time that the clock shows
    /// twice counts from its first to its last moment; one that it skips is the moment of the skip.
    ///
    /// # Errors
    /// Every mistake: those of [`Query::errors`], and ranges that only the clock shows to be reversed.
    pub fn to_filter(
        &self,
        now: DateTime<Utc>,
        zone: &impl TimeZone,
        week_starts_on: Weekday,
    ) -> Result<Filter, Vec<QueryError>> {
        let clock = Clock {
            now,
            zone,
            week_starts_on,
        };
        let clauses = self.clauses(
            &clock,
            |value, _| (Test::Text(fold(&value.text)), 1),
            |gathered, qualifier| gathered.into_test(qualifier.name),
        )?;
        let clauses = clauses
            .into_iter()
            .map(|(is_negated, test)| Clause { is_negated, test });
        Ok(Filter {
            clauses: clauses.collect(),
        })
    }

    /// The message filter that a query in [`MESSAGE`](super::MESSAGE) means; otherwise as
    /// [`Query::to_filter`]. Plain words beside each other that make one telephone number are one.
    ///
    /// # Errors
    /// As [`Query::to_filter`].
    pub fn to_message_filter(
        &self,
        now: DateTime<Utc>,
        zone: &impl TimeZone,
        week_starts_on: Weekday,
    ) -> Result<MessageFilter, Vec<QueryError>> {
        let clock = Clock {
            now,
            zone,
            week_starts_on,
        };
        let clauses = self.clauses(
            &clock,
            |value, rest| {
                let (count, text) = number_of_terms(rest).unwrap_or((1, value.text.clone()));
                let test = MessageTest::Text {
                    digits: phone_digits(&text),
                    text: fold(&text),
                };
                (test, count)
            },
            |gathered, qualifier| gathered.into_message_test(qualifier.name),
        )?;
        let clauses = clauses
            .into_iter()
            .map(|(is_negated, test)| MessageClause { is_negated, test });
        Ok(MessageFilter {
            clauses: clauses.collect(),
        })
    }

    /// The filter of exports that a query in [`EXPORT`](super::EXPORT) means; otherwise as
    /// [`Query::to_filter`].
    ///
    /// # Errors
    /// As [`Query::to_filter`].
    pub fn to_export_filter(
        &self,
        now: DateTime<Utc>,
        zone: &impl TimeZone,
        week_starts_on: Weekday,
    ) -> Result<ExportFilter, Vec<QueryError>> {
        let clock = Clock {
            now,
            zone,
            week_starts_on,
        };
        let clauses = self.clauses(
            &clock,
            |value, _| (ExportTest::Text(fold(&value.text)), 1),
            |gathered, qualifier| gathered.into_export_test(qualifier.name),
        )?;
        let clauses = clauses
            .into_iter()
            .map(|(is_negated, test)| ExportClause { is_negated, test });
        Ok(ExportFilter {
            clauses: clauses.collect(),
        })
    }

    /// The filter that a query in [`SECURITY`](super::SECURITY) or [`REQUESTS`](super::REQUESTS) means; otherwise
    /// as [`Query::to_filter`].
    ///
    /// # Errors
    /// As [`Query::to_filter`].
    pub fn to_entry_filter(
        &self,
        now: DateTime<Utc>,
        zone: &impl TimeZone,
        week_starts_on: Weekday,
    ) -> Result<EntryFilter, Vec<QueryError>> {
        let clock = Clock {
            now,
            zone,
            week_starts_on,
        };
        let clauses = self.clauses(
            &clock,
            |value, _| (EntryTest::Text(fold(&value.text)), 1),
            |gathered, qualifier| Some(gathered.into_entry_test(qualifier)),
        )?;
        let clauses = clauses
            .into_iter()
            .map(|(is_negated, test)| EntryClause { is_negated, test });
        Ok(EntryFilter {
            clauses: clauses.collect(),
        })
    }

    /// What the terms test, each with whether it must not hold. `of_text` is told a plain word with the terms from it on
    /// and says how many of them it took; `of_values` is told what the values of a qualifier mean.
    fn clauses<Z: TimeZone, T>(
        &self,
        clock: &Clock<'_, Z>,
        of_text: impl Fn(&Value, &[Term]) -> (T, usize),
        of_values: impl Fn(Gathered, &'static Qualifier) -> Option<T>,
    ) -> Result<Vec<(bool, T)>, Vec<QueryError>> {
        if !self.errors.is_empty() {
            return Err(self.errors.clone());
        }
        let mut errors = Vec::new();
        let mut clauses = Vec::with_capacity(self.terms.len());
        let mut rest = self.terms.as_slice();
        while let Some((term, after)) = rest.split_first() {
            let (test, taken) = match &term.body {
                Body::Text(value) => {
                    let (test, taken) = of_text(value, rest);
                    (Some(test), taken)
                }
                Body::Qualified {
                    qualifier, values, ..
                } => {
                    let gathered = self.gathered(qualifier, values, clock, &mut errors);
                    (of_values(gathered, qualifier), 1)
                }
                Body::Unreadable(_) => (None, 1),
            };
            clauses.extend(test.map(|test| (term.is_negated, test)));
            rest = after.get(taken - 1..).unwrap_or_default();
        }
        if errors.is_empty() {
            Ok(clauses)
        } else {
            Err(errors)
        }
    }

    fn gathered<Z: TimeZone>(
        &self,
        qualifier: &Qualifier,
        values: &[Value],
        clock: &Clock<'_, Z>,
        errors: &mut Vec<QueryError>,
    ) -> Gathered {
        let mut gathered = Gathered::default();
        for value in values {
            let fault = match meaning(qualifier, value) {
                Ok(meaning) => gathered.add(meaning, value, clock).err(),
                Err(fault) => Some(fault),
            };
            errors.extend(fault.map(|fault| fault.at(&self.text, value.from, value.to)));
        }
        gathered
    }
}

/// How many plain words at the beginning make a telephone number together, and the number.
fn number_of_terms(terms: &[Term]) -> Option<(usize, String)> {
    number_of_words(terms.iter().map_while(|term| match &term.body {
        Body::Text(value) if !value.is_quoted && !term.is_negated => Some(value.text.as_str()),
        _ => None,
    }))
}

/// The meanings of a term's values, by kind; only those of the qualifier's kind are filled.
#[derive(Default)]
struct Gathered {
    patterns: Vec<Pattern>,
    categories: CategorySet,
    outcomes: OutcomeSet,
    has: Has,
    ips: Vec<crate::IpRange>,
    ids: Vec<uuid::Uuid>,
    subjects: Vec<crate::SubjectPattern>,
    times: Vec<crate::TimeRange>,
    members: u32,
}

impl Gathered {
    fn add<Z: TimeZone>(
        &mut self,
        meaning: Meaning,
        value: &Value,
        clock: &Clock<'_, Z>,
    ) -> Result<(), Fault> {
        match meaning {
            Meaning::Pattern(pattern) => push_new(&mut self.patterns, pattern),
            Meaning::Categories(set) => {
                self.categories = self.categories.iter().chain(set.iter()).collect();
            }
            Meaning::Outcomes(set) => {
                self.outcomes = self.outcomes.iter().chain(set.iter()).collect();
            }
            Meaning::Members(bits) => self.members |= bits,
            Meaning::Has(set) => self.has = self.has.with(set),
            Meaning::Ip(range) => push_new(&mut self.ips, range),
            Meaning::Id(id) => push_new(&mut self.ids, id),
            Meaning::Subject(subject) => push_new(&mut self.subjects, subject),
            Meaning::Time(spec) => {
                let range = clock.resolve(spec).ok_or_else(|| reversed(&value.text))?;
                push_new(&mut self.times, range);
            }
        }
        Ok(())
    }

    fn into_test(self, name: &str) -> Option<Test> {
        Some(match name {
            "actor" => Test::Actor(self.patterns),
            "role" => Test::Role(self.patterns),
            "action" => Test::Action(self.patterns),
            "category" => Test::Category(self.categories),
            "outcome" => Test::Outcome(self.outcomes),
            "ip" => Test::Ip(self.ips),
            "device" => Test::Device(self.patterns),
            "subject" => Test::Subject(self.subjects),
            "about" => Test::About(self.patterns),
            "order" => Test::Order(self.patterns),
            "changed" => Test::Changed(self.patterns),
            "rule" => Test::Rule(self.patterns),
            "operation" => Test::Operation(self.patterns),
            "trace" => Test::Trace(self.patterns),
            "id" => Test::Id(self.ids),
            "created" => Test::Created(self.times),
            "has" => Test::Has(self.has),
            // A qualifier of another kind of record: it has a filter of its own.
            _ => return None,
        })
    }
}

impl Gathered {
    fn into_message_test(self, name: &'static str) -> Option<MessageTest> {
        Some(match name {
            "channel" => MessageTest::Channel(self.members),
            "direction" => MessageTest::Direction(self.members),
            "type" => MessageTest::Type(self.members),
            "status" => MessageTest::Status(self.members),
            "read" => MessageTest::Read(self.members),
            "has" => MessageTest::Has(self.members),
            "to" | "from" | "subject" | "order" | "customer" | "trace" | "template" => {
                MessageTest::Term(name, self.patterns)
            }
            "id" => MessageTest::Id(self.ids),
            "created" => MessageTest::Created(self.times),
            _ => return None,
        })
    }
}

impl Gathered {
    fn into_entry_test(self, qualifier: &'static Qualifier) -> EntryTest {
        match qualifier.values {
            ValueKind::OneOf(_) => EntryTest::Members(qualifier.name, self.members),
            ValueKind::Ip => EntryTest::Ip(self.ips),
            ValueKind::Id => EntryTest::Id(self.ids),
            ValueKind::Time => EntryTest::Created(self.times),
            _ => EntryTest::Term(qualifier.name, self.patterns),
        }
    }

    fn into_export_test(self, name: &str) -> Option<ExportTest> {
        Some(match name {
            "kind" => ExportTest::Kind(self.patterns),
            "format" => ExportTest::Format(self.members),
            "status" => ExportTest::Status(self.members),
            "by" => ExportTest::By(self.patterns),
            "created" => ExportTest::Created(self.times),
            "id" => ExportTest::Id(self.ids),
            _ => return None,
        })
    }
}

/// The same value twice asks nothing more.
fn push_new<T: PartialEq>(values: &mut Vec<T>, value: T) {
    if !values.contains(&value) {
        values.push(value);
    }
}
