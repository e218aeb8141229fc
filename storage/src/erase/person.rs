//! Erasing a person: everything about a customer, wherever it stands.
//!
//! It is found by the customer's id, addresses and numbers. A name alone finds nothing, for others may have it, with two
//! exceptions for a full name: calls that asked for it, and what webhooks told that belongs to no known customer and that
//! nobody has to work on any more. Orders stay as the store's own records, without the customer. As long as a legal hold
//! keeps something of theirs, the customer's record stays too, and its tie to the orders that something kept is about: a
//! second erasure finds what was kept by them.

use super::files::{has_activity, has_message};
use super::hold::checked_reason;
use super::request::NewErasure;
use super::row::{Columns, Spec, Target, damaged};
use super::watched::Person;
use super::work::{Add as _, CHUNK, Cause, Doomed, Gone, StepOutcome};
use super::{activities, messages, ranges_of};
use crate::customer::FORGET_WORDS;
use crate::export::begun_anew;
use crate::record::{Effect, Record};
use crate::select::{Picked, Skips, What};
use crate::sql::{sql, values};
use crate::{Error, Scope, Storage};
use domain::export::Source;
use domain::message::{MessageClause, MessageDirection, MessageFilter, MessageTest, phone_digits};
use domain::view::{ErasureCause, ErasureReport, ErasureRow, PersonFound};
use domain::{
    ActorType, Clause, Code, Direction, ErasureId, ExportId, Facts, Filter, OrderKey, Pattern,
    Permission, Problem, SubjectPattern, Test, fold,
};
use serde_json::Value;
use std::collections::BTreeSet;

/// What stays of somebody.
#[derive(Default)]
struct Held {
    keys: BTreeSet<(Source, OrderKey)>,
    /// Whether a legal hold keeps something: what tells of erasures stays without one.
    is_legal: bool,
    /// The orders that something kept is about.
    orders: BTreeSet<String>,
}

/// A way in which entries about somebody are found.
pub(super) struct Way {
    what: What,
    /// The actor must be a customer: another's id may be the same.
    is_by_actor: bool,
}

fn activity(test: Test) -> What {
    What::Activity(Filter {
        clauses: vec![Clause {
            is_negated: false,
            test,
        }],
    })
}

fn message(test: MessageTest) -> What {
    What::Messages(MessageFilter {
        clauses: vec![MessageClause {
            is_negated: false,
            test,
        }],
    })
}

/// What came in from an address. An address that was given to what went out stands in its text; the usual sender that was
/// filled in tells nothing of anybody, though somebody may have ordered by the store's own address.
fn received_from(address: Vec<Pattern>) -> What {
    let tests = [
        MessageTest::Direction(1 << MessageDirection::Inbound.number()),
        MessageTest::Term("from", address),
    ];
    let clauses = tests.into_iter().map(|test| MessageClause {
        is_negated: false,
        test,
    });
    What::Messages(MessageFilter {
        clauses: clauses.collect(),
    })
}

/// An export as the subject of entries.
fn subject_of(export: &ExportId) -> SubjectPattern {
    SubjectPattern::TypeAndId(Pattern {
        text: format!("export/{export}"),
        is_prefix: false,
    })
}

/// Whether an entry tells of an erasure: those stay without a legal hold.
fn tells_of_erasure(facts: &Facts) -> bool {
    facts.activity.action.name == "log.erased"
}

impl Way {
    fn of(what: What) -> Self {
        Self {
            what,
            is_by_actor: false,
        }
    }

    pub(super) fn picked(&self) -> Picked {
        Picked {
            source: match self.what {
                What::Messages(_) => Source::Messages,
                _ => Source::Activity,
            },
            what: self.what.clone(),
            up_to: i64::MAX,
            except: Vec::new(),
        }
    }

    fn is_about(&self, facts: &Facts) -> bool {
        !self.is_by_actor || facts.activity.actor.kind == ActorType::Customer
    }
}

impl Storage {
    /// What there is about a customer, as erasing them would find it. None when there is nothing.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::Erase`], or a fault.
    pub async fn person_found(
        &self,
        scope: &Scope,
        customer: &str,
    ) -> Result<Option<PersonFound>, Error> {
        scope.require(Permission::Erase)?;
        match self.needles_of(scope, customer).await? {
            Some(needles) => {
                let person = Person::new(customer, &needles, None);
                self.found_by(scope, &person).await.map(Some)
            }
            None => Ok(None),
        }
    }

    /// What there is about somebody.
    async fn found_by(&self, scope: &Scope, person: &Person<'_>) -> Result<PersonFound, Error> {
        let customer = person.customer;
        let mut found = PersonFound::default();
        let (mut entries, mut letters) = (BTreeSet::new(), BTreeSet::new());
        let mut exports = BTreeSet::new();
        let files = self.exports_with_files(scope.store()).await?;
        for way in self.ways(scope, person).await? {
            let picked = way.picked();
            let holds = self
                .holds_on(self.readers(), scope.store(), picked.source)
                .await?;
            let mut after = None;
            loop {
                let part = picked
                    .part(
                        self.readers().into(),
                        scope,
                        &Skips::none(),
                        after,
                        Direction::Newest,
                        CHUNK,
                    )
                    .await?;
                if picked.source == Source::Messages {
                    for m in messages::doomed(self.readers(), scope.store_id(), &part.keys).await? {
                        if letters.insert(m.key) {
                            found.messages += 1;
                            found.attachments += m.blobs.len() as u64;
                            let is_held = holds.iter().any(|h| h.keeps_message(&m.facts));
                            found.held_messages += u64::from(is_held);
                            found.keeps_customer |= is_held;
                            let holding = files.iter().filter(|(_, file)| has_message(file, &m));
                            exports.extend(holding.map(|(id, _)| *id));
                        }
                    }
                } else {
                    let store = scope.store_id();
                    for a in activities::doomed(self.readers(), store, &part.keys).await? {
                        if way.is_about(&a.facts) && entries.insert(a.key) {
                            found.activities += 1;
                            let is_held = holds.iter().any(|h| h.keeps(&a.facts));
                            found.held += u64::from(is_held);
                            found.keeps_customer |= is_held && !tells_of_erasure(&a.facts);
                            let holding = files.iter().filter(|(_, file)| has_activity(file, &a));
                            exports.extend(holding.map(|(id, _)| *id));
                        }
                    }
                }
                match part.next {
                    Some(next) => after = Some(next),
                    None => break,
                }
            }
        }
        let orders = self.numbers_of_orders(scope, customer).await?;
        exports.extend(self.files_of_people(scope, customer, &orders).await?);
        exports.extend(self.recorded_naming(scope, person, None).await?.0);
        // Where a hold keeps something of theirs, exports keep their words, and the files that these tell of.
        if !found.keeps_customer {
            let naming = self.exports_naming(scope, person).await?;
            exports.extend(naming.iter().filter(|(_, has)| *has).map(|(id, _)| *id));
        }
        found.held += found.held_messages;
        found.exports = exports.len() as u64;
        found.to_type = (found.activities + found.messages).saturating_sub(found.held);
        Ok(found)
    }

    /// Asks for everything about a customer to be erased. `typed`: [`PersonFound::to_type`].
    ///
    /// # Errors
    /// `forbidden` without [`Permission::Erase`]; no reason; another number than is typed; `not_found` when there
    /// is nothing about them.
    pub async fn request_person_erasure(
        &self,
        scope: &Scope,
        customer: &str,
        reason: &str,
        typed: u64,
    ) -> Result<ErasureRow, Error> {
        scope.require(Permission::Erase)?;
        let reason = checked_reason(reason)?;
        let needles = self.needles_of(scope, customer).await?;
        let needles = needles.ok_or_else(|| Problem::not_found("customer"))?;
        let person = Person::new(customer, &needles, None);
        let found = self.found_by(scope, &person).await?;
        if typed != found.to_type {
            let message = format!("the number is {}", found.to_type);
            return Err(Problem::field("/typed", "contradiction", message).into());
        }
        let name = self.full_name_of(scope, customer).await?;
        let new = NewErasure {
            id: ErasureId(self.ambient().uuid()),
            cause: ErasureCause::Person,
            source: Source::Customers,
            target: Target::Person {
                id: customer.to_owned(),
                needles,
                name,
            },
            up_to: i64::MAX,
            reason,
            total: found.activities + found.messages,
            report: ErasureReport::default(),
        };
        self.put_erasure(scope, new).await
    }

    /// The ways in which entries and messages about somebody are found, what happened to exports that name them too.
    pub(super) async fn ways(&self, scope: &Scope, person: &Person<'_>) -> Result<Vec<Way>, Error> {
        let Person {
            customer, needles, ..
        } = *person;
        let reference = Pattern {
            text: format!("customer/{}", fold(customer)),
            is_prefix: false,
        };
        let id = || vec![Pattern::exact(customer)];
        let mut ways = vec![
            Way::of(message(MessageTest::Term("customer", id()))),
            Way::of(activity(Test::About(vec![reference]))),
            Way {
                what: activity(Test::Actor(id())),
                is_by_actor: true,
            },
        ];
        for needle in needles {
            let digits = phone_digits(needle);
            let exact = || vec![Pattern::exact(digits.as_deref().unwrap_or(needle))];
            ways.extend([
                Way::of(message(MessageTest::Term("to", exact()))),
                Way::of(received_from(exact())),
                Way::of(message(MessageTest::Text {
                    text: fold(needle),
                    digits: digits.clone(),
                })),
                Way::of(activity(Test::Actor(vec![Pattern::exact(needle)]))),
                Way::of(activity(Test::Text(fold(needle)))),
            ]);
        }
        let orders = self.numbers_of_orders(scope, customer).await?;
        let orders: Vec<Pattern> = orders.iter().map(|number| Pattern::exact(number)).collect();
        for orders in orders.chunks(200) {
            ways.push(Way::of(message(MessageTest::Term(
                "order",
                orders.to_vec(),
            ))));
        }
        let exports = self.exports_naming(scope, person).await?;
        let exports: Vec<SubjectPattern> = exports.iter().map(|(id, _)| subject_of(id)).collect();
        for exports in exports.chunks(200) {
            ways.push(Way::of(activity(Test::Subject(exports.to_vec()))));
        }
        Ok(ways)
    }

    /// Erases everything about somebody: in small transactions, all in one step.
    pub(super) async fn person_step(
        &self,
        columns: Columns,
        scope: &Scope,
        cause: Cause,
        person: &Person<'_>,
    ) -> Result<StepOutcome, Error> {
        let Person {
            customer, needles, ..
        } = *person;
        // First: which orders are theirs isn't known afterwards.
        let orders = self.numbers_of_orders(scope, customer).await?;
        self.erase_files_of_people(&cause, scope, customer, &orders)
            .await?;
        // What a worker before this one erased is not there any more.
        let mut done = columns.report()?.activities + columns.report()?.messages;
        let mut held = Held::default();
        for way in self.ways(scope, person).await? {
            done += self.erase_way(&cause, scope, &way, &mut held, done).await?;
        }
        let (items, held_items) = self.erase_items(&cause, scope, customer, needles).await?;
        let is_held = held.is_legal || held_items.is_some();
        held.orders.extend(held_items.unwrap_or_default());
        let mut report = match self.erasure_columns(cause.id).await? {
            Some(columns) => columns.report()?,
            None => Default::default(),
        };
        report.others += items;
        report.keeps_customer = is_held;
        self.note_report(cause.id, &report).await?;
        // By the record, what is kept is found again once the hold is released.
        let kept = is_held.then_some(&held.orders);
        self.erase_records(&cause, scope, customer, kept).await?;
        // Those that were finished meanwhile.
        self.erase_files_of_people(&cause, scope, customer, &orders)
            .await?;
        self.erase_elsewhere(&cause, scope, person, is_held).await?;
        let blank = Spec {
            target: Target::Person {
                id: String::new(),
                needles: Vec::new(),
                name: None,
            },
            origin: columns.spec()?.origin,
        };
        let effect = Effect::statement(
            "UPDATE erasure SET spec = ?, held = ? WHERE id = ?",
            values![blank.to_json()?, held.keys.len() as i64, columns.id.clone()],
        );
        self.recorder().apply(vec![effect]).await?;
        self.end_person(&cause).await
    }

    /// Erases what one way finds; returns how many.
    async fn erase_way(
        &self,
        cause: &Cause,
        scope: &Scope,
        way: &Way,
        held: &mut Held,
        done: u64,
    ) -> Result<u64, Error> {
        let picked = way.picked();
        let mut erased = 0;
        let mut after = None;
        loop {
            self.renew_lease(cause).await?;
            let on = self.readers().into();
            let part = picked
                .part(
                    on,
                    scope,
                    &Skips::none(),
                    after,
                    Direction::Newest,
                    self.inner.pace.amount(),
                )
                .await?;
            let store = scope.store_id();
            let mark = self.hold_mark(store, picked.source).await?;
            let holds = self
                .holds_on(self.readers(), scope.store(), picked.source)
                .await?;
            let doomed = if picked.source == Source::Messages {
                let mut left = messages::doomed(self.readers(), store, &part.keys).await?;
                left.retain(|m| {
                    let keeps = holds.iter().any(|hold| hold.keeps_message(&m.facts));
                    if keeps {
                        held.keys.insert((Source::Messages, m.key));
                        held.is_legal = true;
                        held.orders.extend(m.facts.message.order.clone());
                    }
                    !keeps
                });
                Doomed::Messages(left)
            } else {
                let mut left = activities::doomed(self.readers(), store, &part.keys).await?;
                left.retain(|a| {
                    let keeps = holds.iter().any(|hold| hold.keeps(&a.facts));
                    if keeps && way.is_about(&a.facts) {
                        held.keys.insert((Source::Activity, a.key));
                        held.is_legal |= !tells_of_erasure(&a.facts);
                        let orders = a.facts.activity.orders();
                        held.orders.extend(orders.map(str::to_owned));
                    }
                    !keeps && way.is_about(&a.facts)
                });
                Doomed::Activities(left)
            };
            let count = doomed.len() as u64;
            if count > 0 {
                let columns = self.erasure_columns(cause.id).await?;
                let mut report = columns.map_or_else(|| Ok(Default::default()), |c| c.report())?;
                report.add(&doomed);
                let note = Effect::statement(
                    "UPDATE erasure SET done = ?, report = ? WHERE id = ?",
                    values![
                        i64::try_from(done + erased + count).unwrap_or(i64::MAX),
                        serde_json::to_string(&report).map_err(damaged)?,
                        cause.id.0.as_bytes().to_vec()
                    ],
                );
                let effects = vec![mark.check(), note];
                let gone: Gone = match self.erase_chunk(cause, doomed, effects).await {
                    // A hold was set, or something became known of one of them: they are looked at once more.
                    Err(Error::Problem(problem)) if problem.code == Code::Conflict => continue,
                    gone => gone?,
                };
                self.note_gone(cause.id, gone).await?;
                erased += count;
            }
            match part.next {
                Some(next) => after = Some(next),
                None => return Ok(erased),
            }
        }
    }

    /// The numbers of a customer's orders.
    async fn numbers_of_orders(&self, scope: &Scope, customer: &str) -> Result<Vec<String>, Error> {
        let backend = self.readers().get_database_backend();
        let text = "SELECT number FROM sales_order WHERE store_id = ? AND customer_id = ?";
        let values = values![scope.store_id().0, customer];
        let rows = sql(backend, text, values).rows(self.readers()).await?;
        rows.iter()
            .map(|row| Ok(row.try_get_by_index::<String>(0)?))
            .collect()
    }

    /// The files of customers and orders that may hold what somebody is called: all but those of picked ones that are
    /// none of theirs. What they were called when a file was made isn't known any more.
    /// `orders`: the numbers of theirs.
    async fn files_of_people(
        &self,
        scope: &Scope,
        customer: &str,
        orders: &[String],
    ) -> Result<Vec<ExportId>, Error> {
        let files = self.exports_with_files(scope.store()).await?;
        let of_people = files
            .into_iter()
            .filter(|(_, file)| match (file.source, &file.what) {
                (Source::Customers, What::Names(ids)) => ids.iter().any(|id| id == customer),
                (Source::Orders, What::Names(numbers)) => {
                    numbers.iter().any(|n| orders.contains(n))
                }
                (source, _) => matches!(source, Source::Customers | Source::Orders),
            });
        Ok(of_people.map(|(id, _)| id).collect())
    }

    /// Deletes the files of customers and orders that may name somebody, and says so in the report.
    async fn erase_files_of_people(
        &self,
        cause: &Cause,
        scope: &Scope,
        customer: &str,
        orders: &[String],
    ) -> Result<(), Error> {
        let files = self.files_of_people(scope, customer, orders).await?;
        for file in &files {
            self.erase_file(scope.store_id(), *file).await?;
        }
        let gone = Gone {
            exports: files.len() as u64,
            ..Gone::default()
        };
        self.note_gone(cause.id, gone).await
    }

    /// Erases the ledger's records of a customer, and of their orders as far as these name them. `kept`: the orders that
    /// something held is about, where something is: then the customer's record stays, with what ties those orders to it.
    async fn erase_records(
        &self,
        cause: &Cause,
        scope: &Scope,
        customer: &str,
        kept: Option<&BTreeSet<String>>,
    ) -> Result<(), Error> {
        let store = scope.store_id();
        let goes = |body: &Value| {
            let number = body.pointer("/number").and_then(Value::as_str);
            kept.is_none_or(|kept| number.is_some_and(|number| !kept.contains(number)))
        };
        let records = self.records_of(scope, customer, true, Some(cause)).await?;
        let records = records.into_iter().filter(|(_, body)| goes(body));
        let seqs: Vec<i64> = records.map(|(seq, _)| seq).collect();
        let count = seqs.len() as u64;
        let mut effects = Vec::new();
        if kept.is_none() {
            effects.push(Effect::statement(
                "DELETE FROM customer WHERE store_id = ? AND id = ?",
                values![store.0, customer],
            ));
            effects.push(Effect::statement(FORGET_WORDS, values![store.0, customer]));
        }
        for number in self.numbers_of_orders(scope, customer).await? {
            if kept.is_none_or(|kept| !kept.contains(&number)) {
                effects.push(Effect::statement(
                    "UPDATE sales_order SET customer_id = NULL WHERE store_id = ? AND number = ? AND customer_id = ?",
                    values![store.0, number, customer],
                ));
            }
        }
        effects.push(begun_anew(
            store,
            vec![Source::Customers, Source::Orders],
            Vec::new(),
        ));
        if seqs.is_empty() {
            return self.recorder().apply(effects).await;
        }
        let record = Record::Erasure {
            erased: ranges_of(seqs.clone()),
            reason: cause.reason.clone(),
            by: cause.by.clone(),
            details: cause.details.clone(),
        };
        let id = cause.id;
        effects.push(Effect::new(move |transaction| {
            let seqs = seqs.clone();
            Box::pin(async move { super::forget_payloads(transaction, id, &seqs, false).await })
        }));
        self.recorder()
            .write(store, String::new(), vec![record], effects, None)
            .await?;
        let columns = self.erasure_columns(id).await?;
        let mut report = columns.map_or_else(|| Ok(Default::default()), |c| c.report())?;
        report.records += count;
        self.note_report(id, &report).await
    }
}
