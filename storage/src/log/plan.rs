//! From scope and filter to statements: which index leads, what it covers, what is left to test.
//!
//! The rules of a good plan here: time order comes out of an index, never out of a sort over many rows;
//! what the leading index covers is tested in it; what is left is tested on a bounded number of rows, and
//! the answer says how far the search came.

mod dimensions;
mod keys;
mod narrow;
mod terms;

use crate::sql::Sql;
use crate::{Error, Scope, Storage, device};
use dimensions::{ActionRow, ActorClause};
use domain::{Filter, Has, IpRange, OrderKey, OutcomeSet, Test, TimeRange};
use sea_orm::DatabaseExecutor;

/// A filter with everything looked up that small tables hold.
pub(crate) struct Plan<'s> {
    scope: &'s Scope,
    pub(crate) database: DatabaseExecutor<'s>,
    /// Nothing can match.
    pub(crate) is_impossible: bool,
    /// Keys from (inclusive) to (exclusive).
    keys: (i64, i64),
    /// Actions that scope and filter allow, unless they allow all.
    actions: Option<Vec<ActionRow>>,
    /// Every action of the store.
    pub(crate) all_actions: Vec<ActionRow>,
    outcomes: Option<OutcomeSet>,
    actors: Vec<ActorClause>,
    /// The keys of the entries that are asked for by id.
    ids: Option<Vec<i64>>,
    has: Vec<(Has, bool)>,
    residual: Vec<Residual>,
    driver: Driver,
}

/// A test that no leading index covers.
#[derive(Clone)]
struct Residual {
    is_negated: bool,
    test: ResidualTest,
}

#[derive(Clone)]
enum ResidualTest {
    Scope,
    Postings(Vec<i64>),
    Ip(Vec<IpRange>),
    Devices(Vec<i16>),
    Text(String),
    Id(Vec<uuid::Uuid>),
    Created(Vec<TimeRange>),
    ManyActors(Vec<domain::Pattern>, bool),
}

/// What leads through the log in time order.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Driver {
    Time,
    Actors(Vec<i64>),
    Actions(Vec<i64>),
    /// Actors with actions.
    Pairs(Vec<(i64, i64)>),
    Parts(Vec<narrow::Part>),
    Outcomes(Vec<i16>),
    Postings(Vec<i64>),
    Text(Vec<String>),
    Ip([u8; 16]),
    Devices(Vec<i16>),
    Keys(Vec<i64>),
}

/// More streams than this are not merged.
const MOST_STREAMS: usize = 24;
/// A driver of at most this many rows is taken whatever else there is.
const FEW: i64 = 2_000;

impl<'s> Plan<'s> {
    /// Looks up what the filter names.
    pub(crate) async fn new(
        storage: &'s Storage,
        scope: &'s Scope,
        filter: &Filter,
    ) -> Result<Self, Error> {
        Self::on(storage.readers().into(), scope, filter).await
    }

    /// The same on a connection or in a transaction, which all its statements then run in.
    pub(crate) async fn on(
        database: DatabaseExecutor<'s>,
        scope: &'s Scope,
        filter: &Filter,
    ) -> Result<Self, Error> {
        let all_actions = dimensions::actions(&database, scope.store_id()).await?;
        let is_masked = scope.role().is_masked();
        let mut plan = Self {
            scope,
            database,
            is_impossible: false,
            keys: (i64::MIN, i64::MAX),
            actions: None,
            outcomes: None,
            actors: Vec::new(),
            ids: None,
            has: Vec::new(),
            residual: Vec::new(),
            driver: Driver::Time,
            all_actions,
        };
        plan.fold_actions(filter);
        plan.fold_range(filter);
        if scope.has_condition() {
            plan.residual.push(Residual {
                is_negated: false,
                test: ResidualTest::Scope,
            });
        }
        let mut texts = Vec::new();
        let mut postings: Vec<Vec<i64>> = Vec::new();
        for clause in &filter.clauses {
            let is_negated = clause.is_negated;
            match &clause.test {
                Test::Action(_) | Test::Category(_) => {}
                Test::Outcome(set) => {
                    let allowed = domain::Outcome::ALL.into_iter().filter(|o| {
                        set.contains(*o) != is_negated
                            && plan.outcomes.is_none_or(|earlier| earlier.contains(*o))
                    });
                    plan.outcomes = Some(allowed.collect());
                    plan.is_impossible |= plan.outcomes == Some(OutcomeSet::default());
                }
                Test::Actor(patterns) | Test::Role(patterns) => {
                    let is_role = matches!(clause.test, Test::Role(_));
                    match dimensions::actor_ids(&plan.database, scope, patterns, is_role).await? {
                        Some(ids) => {
                            plan.is_impossible |= ids.is_empty() && !is_negated;
                            plan.actors.push(ActorClause { ids, is_negated });
                        }
                        None => plan.residual.push(Residual {
                            is_negated,
                            test: ResidualTest::ManyActors(patterns.clone(), is_role),
                        }),
                    }
                }
                Test::Has(set) => {
                    let set = if is_masked { set.without_ip() } else { *set };
                    plan.has.push((set, is_negated));
                }
                Test::Created(ranges) => {
                    if is_negated || ranges.len() > 1 {
                        plan.residual.push(Residual {
                            is_negated,
                            test: ResidualTest::Created(ranges.clone()),
                        });
                    }
                }
                Test::Ip(ranges) => {
                    if is_masked {
                        plan.is_impossible |= !is_negated;
                    } else {
                        plan.residual.push(Residual {
                            is_negated,
                            test: ResidualTest::Ip(ranges.clone()),
                        });
                    }
                }
                Test::Device(patterns) => {
                    let ids = if is_masked {
                        Vec::new()
                    } else {
                        device::found(&plan.database, patterns).await?
                    };
                    // None of them leaves out nothing.
                    if ids.is_empty() {
                        plan.is_impossible |= !is_negated;
                    } else {
                        plan.residual.push(Residual {
                            is_negated,
                            test: ResidualTest::Devices(ids),
                        });
                    }
                }
                Test::Id(ids) => {
                    if !is_negated {
                        let keys = terms::keys_of(&plan.database, scope, ids).await?;
                        plan.is_impossible |= keys.is_empty();
                        plan.ids = Some(keys);
                    }
                    plan.residual.push(Residual {
                        is_negated,
                        test: ResidualTest::Id(ids.clone()),
                    });
                }
                Test::Text(text) => {
                    if text.is_empty() {
                        // Everything holds nothing.
                        plan.is_impossible |= is_negated;
                    } else {
                        if !is_negated && text.chars().count() >= 3 {
                            texts.push(text.clone());
                        } else {
                            plan.residual.push(Residual {
                                is_negated,
                                test: ResidualTest::Text(text.clone()),
                            });
                        }
                    }
                }
                Test::Subject(_)
                | Test::About(_)
                | Test::Order(_)
                | Test::Changed(_)
                | Test::Rule(_)
                | Test::Operation(_)
                | Test::Trace(_) => {
                    let hashes = terms::hashes(&plan.database, scope, &clause.test).await?;
                    if is_negated {
                        plan.residual.push(Residual {
                            is_negated,
                            test: ResidualTest::Postings(hashes),
                        });
                    } else {
                        plan.is_impossible |= hashes.is_empty();
                        postings.push(hashes);
                    }
                }
            }
        }
        if !plan.is_impossible {
            plan.choose_driver(texts, postings).await?;
        }
        Ok(plan)
    }

    /// Scope, action and category clauses all say which rows of the action table are allowed.
    fn fold_actions(&mut self, filter: &Filter) {
        let is_allowed = |row: &ActionRow| {
            self.scope.allows_action(&row.action)
                && filter.clauses.iter().all(|clause| {
                    clause.is_negated
                        != match &clause.test {
                            Test::Action(patterns) => {
                                patterns.iter().any(|p| p.matches(&row.action.name))
                            }
                            Test::Category(set) => row.action.categories.meets(*set),
                            _ => return true,
                        }
                })
        };
        let allowed: Vec<ActionRow> = self
            .all_actions
            .iter()
            .filter(|row| is_allowed(row))
            .cloned()
            .collect();
        self.is_impossible |= allowed.is_empty();
        if allowed.len() < self.all_actions.len() {
            self.actions = Some(allowed);
        }
    }

    fn fold_range(&mut self, filter: &Filter) {
        let range = filter.time_range();
        let key = |micros: i64, open: i64| {
            if (0..i64::MAX >> OrderKey::TIE_BITS).contains(&micros) {
                OrderKey::first_at(micros).0
            } else {
                open
            }
        };
        self.keys = (
            key(range.from, if range.from > 0 { i64::MAX } else { i64::MIN }),
            key(range.to, if range.to < 0 { i64::MIN } else { i64::MAX }),
        );
        self.is_impossible |= self.keys.0 >= self.keys.1;
    }

    async fn choose_driver(
        &mut self,
        texts: Vec<String>,
        postings: Vec<Vec<i64>>,
    ) -> Result<(), Error> {
        // Of equal ones the first leads, and these hold the least beside what is asked for.
        let mut candidates = self.narrow().await?;
        for hashes in &postings {
            let size = terms::bounded_size(&self.database, hashes).await?;
            candidates.push((size, Driver::Postings(hashes.clone())));
        }
        if !texts.is_empty() {
            // Unknown, but walked in time order: better than any other that is not small.
            candidates.push((FEW + 1, Driver::Text(texts.clone())));
        }
        if let Some(ids) = self.wanted_actors() {
            self.is_impossible |= ids.is_empty();
            let size = dimensions::actor_uses(&self.database, &ids).await?;
            if size <= FEW || ids.len() <= MOST_STREAMS {
                candidates.push((size, Driver::Actors(ids)));
            }
        }
        if let Some(rows) = &self.actions {
            let size = rows.iter().map(ActionRow::uses).sum();
            if size <= FEW || rows.len() <= MOST_STREAMS {
                candidates.push((size, Driver::Actions(rows.iter().map(|r| r.id).collect())));
            }
        }
        if let Some(set) = self
            .outcomes
            .filter(|set| !set.contains(domain::Outcome::Success))
        {
            let size = self
                .all_actions
                .iter()
                .map(|r| set.iter().map(|o| r.count(o)).sum::<i64>())
                .sum();
            candidates.push((
                size,
                Driver::Outcomes(set.iter().map(domain::Outcome::number).collect()),
            ));
        }
        let single_ip = self.residual.iter().find_map(|r| match &r.test {
            ResidualTest::Ip(ranges) if !r.is_negated => match ranges.as_slice() {
                [one] if one.first == one.last => Some(one.first),
                _ => None,
            },
            _ => None,
        });
        if let Some(ip) = single_ip {
            candidates.push((FEW, Driver::Ip(ip)));
        }
        let devices = self.residual.iter().find_map(|r| match &r.test {
            ResidualTest::Devices(ids) if !r.is_negated && ids.len() <= MOST_STREAMS => Some(ids),
            _ => None,
        });
        if let Some(ids) = devices {
            // A common one leads where nothing else can: any other narrows more.
            let size = dimensions::device_uses(&self.database, self.scope, ids).await?;
            candidates.push((size.unwrap_or(i64::MAX), Driver::Devices(ids.clone())));
        }
        if let Some(keys) = self.ids.take() {
            candidates.push((keys.len() as i64, Driver::Keys(keys)));
        }
        if let Some((_, driver)) = candidates.into_iter().min_by_key(|(size, _)| *size) {
            self.driver = driver;
        }
        // What the driver does not do is left to be tested.
        for hashes in postings {
            if self.driver != Driver::Postings(hashes.clone()) {
                self.residual.push(Residual {
                    is_negated: false,
                    test: ResidualTest::Postings(hashes),
                });
            }
        }
        if !matches!(self.driver, Driver::Text(_)) {
            let tests = texts.into_iter().map(|t| Residual {
                is_negated: false,
                test: ResidualTest::Text(t),
            });
            self.residual.extend(tests);
        }
        Ok(())
    }

    /// The actors that the positive clauses leave, if there are such clauses.
    fn wanted_actors(&self) -> Option<Vec<i64>> {
        let mut positive = self.actors.iter().filter(|c| !c.is_negated);
        let first = positive.next()?.ids.clone();
        Some(positive.fold(first, |ids, clause| {
            ids.into_iter()
                .filter(|id| clause.ids.contains(id))
                .collect()
        }))
    }

    /// Whether kept counts answer: nothing but actions, outcomes and one range of time is asked for.
    pub(crate) fn is_kept(&self) -> bool {
        self.actors.is_empty()
            && self.has.is_empty()
            && self.residual.is_empty()
            && !matches!(
                self.driver,
                Driver::Postings(_)
                    | Driver::Text(_)
                    | Driver::Ip(_)
                    | Driver::Devices(_)
                    | Driver::Keys(_)
            )
    }

    /// Lets the entries of some keys lead: it then finds those of them that match.
    pub(crate) fn lead_by(&mut self, keys: Vec<i64>) {
        match std::mem::replace(&mut self.driver, Driver::Keys(keys)) {
            Driver::Postings(hashes) => self.residual.push(Residual {
                is_negated: false,
                test: ResidualTest::Postings(hashes),
            }),
            Driver::Text(texts) => self.residual.extend(texts.into_iter().map(|text| Residual {
                is_negated: false,
                test: ResidualTest::Text(text),
            })),
            // Their tests are among the covered and the residual ones anyway.
            Driver::Time
            | Driver::Actors(_)
            | Driver::Actions(_)
            | Driver::Pairs(_)
            | Driver::Parts(_)
            | Driver::Outcomes(_)
            | Driver::Ip(_)
            | Driver::Devices(_)
            | Driver::Keys(_) => {}
        }
    }

    /// Whether nothing narrows it: neither filter nor scope.
    pub(crate) fn is_everything(&self) -> bool {
        self.is_kept()
            && self.actions.is_none()
            && self.outcomes.is_none()
            && self.keys == (i64::MIN, i64::MAX)
    }

    /// The actions that are allowed.
    pub(crate) fn allowed_actions(&self) -> &[ActionRow] {
        self.actions.as_deref().unwrap_or(&self.all_actions)
    }

    /// Whether an outcome is allowed.
    pub(crate) fn allows_outcome(&self, outcome: domain::Outcome) -> bool {
        self.outcomes.is_none_or(|set| set.contains(outcome))
    }

    /// The time asked for in microseconds, from (inclusive) to (exclusive), the extremes for open ends.
    pub(crate) fn micros_range(&self) -> (i64, i64) {
        let micros = |key: i64| match key {
            i64::MIN | i64::MAX => key,
            key => OrderKey(key).micros(),
        };
        (micros(self.keys.0), micros(self.keys.1))
    }

    /// The backend's statement with a beginning.
    fn statement(&self, text: &str) -> Sql {
        crate::sql::sql(
            sea_orm::ConnectionTrait::get_database_backend(&self.database),
            text,
            [],
        )
    }
}
