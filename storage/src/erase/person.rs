//! Erasing a person: everything about a customer, wherever it stands.
//!
//! It is found by the customer's id, addresses and numbers. A name alone finds nothing, for others may have it, with two
//! exceptions for a full name: calls that asked for it, and what webhooks told that belongs to no known customer and that
//! nobody has to work on any more. Orders stay as the store's own records, without the customer. As long as a legal hold
//! keeps something of theirs, the customer's record and their orders' tie to them stay too: a second erasure finds what was
//! kept by them.

use super::hold::checked_reason;
use super::request::NewErasure;
use super::row::{Columns, Target, damaged};
use super::watched::Person;
use super::work::{Add as _, CHUNK, Cause, Doomed, Gone, StepOutcome};
use super::{ErasureJob, activities, messages, ranges_of};
use crate::record::{Effect, Record};
use crate::select::{Picked, Skips, What};
use crate::sql::{sql, values};
use crate::{Error, Scope, Storage};
use domain::export::Source;
use domain::message::{MessageClause, MessageFilter, MessageTest, phone_digits};
use domain::view::{ErasureCause, ErasureRow, PersonFound};
use domain::{
    ActorType, Clause, Direction, ErasureId, ExportId, Facts, Filter, OrderKey, Pattern,
    Permission, Problem, SubjectPattern, Test, fold,
};
use sea_orm::FromQueryResult;
use std::collections::BTreeSet;

/// A shorter text is not looked for: it would find others.
const SHORTEST: usize = 5;

#[derive(FromQueryResult)]
struct Customer {
    email: Option<String>,
    phone: Option<String>,
}

/// What stays of somebody.
#[derive(Default)]
struct Held {
    keys: BTreeSet<(Source, OrderKey)>,
    /// Whether a legal hold keeps something: what tells of erasures stays without one.
    is_legal: bool,
}

/// A way in which entries about somebody are found.
struct Way {
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

impl Way {
    fn of(what: What) -> Self {
        Self {
            what,
            is_by_actor: false,
        }
    }

    fn picked(&self) -> Picked {
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
        let Some(needles) = self.needles_of(scope, customer).await? else {
            return Ok(None);
        };
        let mut found = PersonFound::default();
        let (mut entries, mut letters) = (BTreeSet::new(), BTreeSet::new());
        let mut exports = BTreeSet::new();
        let files = self.exports_with_files(scope.store()).await?;
        for way in self.ways(scope, customer, &needles).await? {
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
                            found.held +=
                                u64::from(holds.iter().any(|h| h.keeps_message(&m.facts)));
                            exports.extend(files.iter().filter_map(|(id, file)| {
                                match &file.what {
                                    What::Messages(f) if m.seq <= file.up_to => {
                                        f.matches(&m.facts, false).then_some(*id)
                                    }
                                    _ if file.source == Source::Threads => (m.seq <= file.up_to
                                        && m.facts.message.order.is_some())
                                    .then_some(*id),
                                    _ => None,
                                }
                            }));
                        }
                    }
                } else {
                    let store = scope.store_id();
                    for a in activities::doomed(self.readers(), store, &part.keys).await? {
                        if way.is_about(&a.facts) && entries.insert(a.key) {
                            found.activities += 1;
                            found.held += u64::from(holds.iter().any(|h| h.keeps(&a.facts)));
                            exports.extend(files.iter().filter_map(
                                |(id, file)| match &file.what {
                                    What::Activity(f) if a.seq <= file.up_to => {
                                        f.matches(&a.facts, false).then_some(*id)
                                    }
                                    _ => None,
                                },
                            ));
                        }
                    }
                }
                match part.next {
                    Some(next) => after = Some(next),
                    None => break,
                }
            }
        }
        exports.extend(self.files_of_people(scope, customer).await?);
        found.exports = exports.len() as u64;
        found.to_type = (found.activities + found.messages).saturating_sub(found.held);
        Ok(Some(found))
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
        let found = self.person_found(scope, customer).await?;
        let found = found.ok_or_else(|| Problem::not_found("customer"))?;
        if typed != found.to_type {
            let message = format!("the number is {}", found.to_type);
            return Err(Problem::field("/typed", "contradiction", message).into());
        }
        let needles = self.needles_of(scope, customer).await?.unwrap_or_default();
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
        };
        self.put_erasure(scope, new).await
    }

    /// What a customer is called, when it has two words or more: one is shared by too many.
    async fn full_name_of(&self, scope: &Scope, customer: &str) -> Result<Option<String>, Error> {
        let text = "SELECT name FROM customer WHERE store_id = ? AND id = ?";
        let values = values![scope.store_id().0, customer];
        let row = sql(self.readers().get_database_backend(), text, values)
            .row(self.readers())
            .await?;
        let name: Option<String> = row.map_or(Ok(None), |row| row.try_get_by_index(0))?;
        Ok(name.filter(|name| fold(name).contains(' ')))
    }

    /// The addresses and numbers of a customer; none when nothing is known of them.
    async fn needles_of(
        &self,
        scope: &Scope,
        customer: &str,
    ) -> Result<Option<Vec<String>>, Error> {
        let backend = self.readers().get_database_backend();
        let text = "SELECT email, phone FROM customer WHERE store_id = ? AND id = ?";
        let found: Option<Customer> = sql(backend, text, values![scope.store_id().0, customer])
            .one(self.readers())
            .await?;
        let is_known = found.is_some();
        let mut needles: Vec<String> = Vec::new();
        let typed = self.typed_phone(scope, customer).await?;
        let known = found.into_iter().flat_map(|c| [c.email, c.phone]);
        for known in known.flatten().chain(typed) {
            for needle in phone_digits(&known)
                .into_iter()
                .chain([known.trim().to_owned()])
            {
                if !needles.contains(&needle) {
                    needles.push(needle);
                }
            }
        }
        needles.retain(|needle| needle.chars().count() >= SHORTEST);
        if is_known {
            return Ok(Some(needles));
        }
        // Somebody may be talked about without having been told of.
        if self.is_in_items(scope, customer).await? {
            return Ok(Some(needles));
        }
        for way in self.ways(scope, customer, &needles).await? {
            let picked = way.picked();
            let on = self.readers().into();
            let part = picked
                .part(on, scope, &Skips::none(), None, Direction::Newest, 1)
                .await?;
            if !part.keys.is_empty() {
                return Ok(Some(needles));
            }
        }
        Ok(None)
    }

    /// A customer's number as the shop told it last: entries hold it so, while what is kept of the customer has its country.
    async fn typed_phone(&self, scope: &Scope, customer: &str) -> Result<Option<String>, Error> {
        let text = "SELECT value FROM field_value WHERE store_id = ? AND subject_type = ? AND subject_id = ? AND field = ?";
        let values = values![scope.store_id().0, "customer", customer, "phone"];
        let row = sql(self.readers().get_database_backend(), text, values)
            .row(self.readers())
            .await?;
        let value: Option<String> = row.map(|row| row.try_get_by_index(0)).transpose()?;
        let value: Option<serde_json::Value> =
            value.and_then(|text| serde_json::from_str(&text).ok());
        Ok(value.and_then(|value| value.as_str().map(str::to_owned)))
    }

    /// The ways in which entries and messages about somebody are found.
    async fn ways(
        &self,
        scope: &Scope,
        customer: &str,
        needles: &[String],
    ) -> Result<Vec<Way>, Error> {
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
                Way::of(message(MessageTest::Term("from", exact()))),
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
        Ok(ways)
    }

    /// Erases everything about somebody: in small transactions, all in one step.
    pub(super) async fn person_step(
        &self,
        job: &ErasureJob,
        columns: Columns,
        scope: &Scope,
        mut cause: Cause,
        person: &Person<'_>,
    ) -> Result<StepOutcome, Error> {
        let Person {
            customer, needles, ..
        } = *person;
        cause.details = serde_json::json!({
            "erasure": columns.id()?.to_string(), "cause": columns.cause, "log": columns.source,
        });
        // First: which orders are theirs isn't known afterwards.
        let files = self.files_of_people(scope, customer).await?;
        for file in &files {
            self.drop_file(scope.store_id(), *file).await?;
        }
        let gone = Gone {
            exports: files.len() as u64,
            ..Gone::default()
        };
        self.note_gone(cause.id, gone).await?;
        // What a worker before this one erased is not there any more.
        let mut done = columns.report()?.activities + columns.report()?.messages;
        let mut held = Held::default();
        for way in self.ways(scope, customer, needles).await? {
            done += self
                .erase_way(job, &cause, scope, &way, &mut held, done)
                .await?;
        }
        for export in self.exports_naming(scope, customer, needles).await? {
            let pattern = Pattern {
                text: format!("export/{export}"),
                is_prefix: false,
            };
            let told = activity(Test::Subject(vec![SubjectPattern::TypeAndId(pattern)]));
            done += self
                .erase_way(job, &cause, scope, &Way::of(told), &mut held, done)
                .await?;
        }
        let (items, is_item_held) = self.erase_items(&cause, scope, customer, needles).await?;
        let is_held = held.is_legal || is_item_held;
        let mut report = match self.erasure_columns(cause.id).await? {
            Some(columns) => columns.report()?,
            None => Default::default(),
        };
        report.others += items;
        report.keeps_customer = is_held;
        self.note_report(cause.id, &report).await?;
        // By the record, what is kept is found again once the hold is released.
        if !is_held {
            self.erase_records(&cause, scope, customer).await?;
        }
        self.erase_elsewhere(job, &cause, scope, person, is_held)
            .await?;
        let blank = Target::Person {
            id: String::new(),
            needles: Vec::new(),
            name: None,
        };
        let effect = Effect::statement(
            "UPDATE erasure SET spec = ?, held = ? WHERE id = ?",
            values![
                serde_json::to_string(&blank).map_err(damaged)?,
                held.keys.len() as i64,
                columns.id.clone()
            ],
        );
        self.recorder().apply(vec![effect]).await?;
        self.finish_erasure(&cause, job.id).await?;
        Ok(StepOutcome {
            done,
            total: done,
            is_finished: true,
        })
    }

    /// Erases what one way finds; returns how many.
    async fn erase_way(
        &self,
        job: &ErasureJob,
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
            let on = self.readers().into();
            let part = picked
                .part(on, scope, &Skips::none(), after, Direction::Newest, CHUNK)
                .await?;
            let holds = self
                .holds_on(self.readers(), scope.store(), picked.source)
                .await?;
            let store = scope.store_id();
            let doomed = if picked.source == Source::Messages {
                let mut left = messages::doomed(self.readers(), store, &part.keys).await?;
                left.retain(|m| {
                    let keeps = holds.iter().any(|hold| hold.keeps_message(&m.facts));
                    if keeps {
                        held.keys.insert((Source::Messages, m.key));
                        held.is_legal = true;
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
                        held.is_legal |= a.facts.activity.action.name != "log.erased";
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
                    "UPDATE erasure SET done = ?, report = ?, lease_until = ? WHERE id = ?",
                    values![
                        i64::try_from(done + erased + count).unwrap_or(i64::MAX),
                        serde_json::to_string(&report).map_err(damaged)?,
                        (self.ambient().clock.now() + job.lease).timestamp_micros(),
                        cause.id.0.as_bytes().to_vec()
                    ],
                );
                let gone: Gone = self.erase_chunk(cause, doomed, vec![note]).await?;
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
    async fn files_of_people(&self, scope: &Scope, customer: &str) -> Result<Vec<ExportId>, Error> {
        let theirs = self.numbers_of_orders(scope, customer).await?;
        let files = self.exports_with_files(scope.store()).await?;
        let of_people = files
            .into_iter()
            .filter(|(_, file)| match (file.source, &file.what) {
                (Source::Customers, What::Names(ids)) => ids.iter().any(|id| id == customer),
                (Source::Orders, What::Names(numbers)) => {
                    numbers.iter().any(|n| theirs.contains(n))
                }
                (source, _) => matches!(source, Source::Customers | Source::Orders),
            });
        Ok(of_people.map(|(id, _)| id).collect())
    }

    /// Erases the ledger's records of a customer, and of their orders as far as these name them.
    async fn erase_records(
        &self,
        cause: &Cause,
        scope: &Scope,
        customer: &str,
    ) -> Result<(), Error> {
        let store = scope.store_id();
        let mut seqs = Vec::new();
        let mut after = 0_i64;
        let size = self.ledger_size().await?;
        while after < size {
            let to = size.min(after + 50_000);
            let text = "SELECT l.seq, l.kind, p.body FROM ledger l JOIN payload p ON p.seq = l.seq \
                        WHERE l.seq > ? AND l.seq <= ? AND l.store_id = ? AND l.kind IN ('customer', 'order')";
            let values = values![after, to, store.0];
            for row in sql(self.readers().get_database_backend(), text, values)
                .rows(self.readers())
                .await?
            {
                let kind: String = row.try_get_by_index(1)?;
                let body: serde_json::Value =
                    serde_json::from_str(&row.try_get_by_index::<String>(2)?).map_err(damaged)?;
                let named = if kind == "customer" {
                    body.pointer("/id")
                } else {
                    body.pointer("/order/customer_id")
                };
                if named.and_then(|id| id.as_str()) == Some(customer) {
                    seqs.push(row.try_get_by_index::<i64>(0)?);
                }
            }
            after = to;
        }
        let count = seqs.len() as u64;
        let mut effects = vec![
            Effect::statement(
                "DELETE FROM customer WHERE store_id = ? AND id = ?",
                values![store.0, customer],
            ),
            Effect::statement(
                "UPDATE sales_order SET customer_id = NULL WHERE store_id = ? AND customer_id = ?",
                values![store.0, customer],
            ),
        ];
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
