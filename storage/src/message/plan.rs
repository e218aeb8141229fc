//! From scope and filter to statements about messages: which index leads, what is left to test.
//!
//! Channel, direction, type, status, read mark and files are one small number, the facet. A filter on them
//! becomes the list of facets that the store has, each a stream in time order along one index; their counts
//! are kept. What no index covers is tested on a bounded number of rows.

mod keys;

use crate::log::plan_text::{match_expression, push_text};
use crate::record::posting_hash;
use crate::sql::{Sql, sql, values};
use crate::{Error, Scope, Storage};
use domain::message::{Facet, MessageFilter, MessageTest};
use domain::{Code, OrderKey, Pattern, Problem, TimeRange};
use sea_orm::{ConnectionTrait as _, DatabaseExecutor};

/// More streams than this are not merged.
const MOST_STREAMS: usize = 48;
/// More words than this with one beginning are not searched.
const MOST_TERMS: usize = 1_000;
/// Postings are counted up to here when the leading index is chosen.
const COUNTED: i64 = 5_000;
/// A staff member's orders up to this number lead.
const MOST_ORDERS: i64 = 500;

/// A filter with everything looked up.
pub(crate) struct Plan<'s> {
    pub(super) scope: &'s Scope,
    pub(crate) database: DatabaseExecutor<'s>,
    pub(crate) is_impossible: bool,
    /// Keys from (inclusive) to (exclusive).
    keys: (i64, i64),
    /// The facets that the store has and the filter allows, with their counts.
    pub(crate) facets: Vec<(Facet, i64)>,
    /// Whether the filter allows each facet that the store has.
    all_facets: bool,
    residual: Vec<(bool, Residual)>,
    driver: Driver,
}

#[derive(Clone)]
enum Residual {
    Scope,
    Postings(Vec<i64>),
    Text(String, Option<String>),
    Id(Vec<uuid::Uuid>),
    Created(Vec<TimeRange>),
    NotSentForGood,
}

#[derive(Clone, PartialEq, Eq)]
enum Driver {
    Time,
    Facets(Vec<i32>),
    Postings(Vec<i64>),
    /// Each text, or instead the digits of a number.
    Text(Vec<(String, Option<String>)>),
    Orders(Vec<String>),
    Keys(Vec<i64>),
}

impl<'s> Plan<'s> {
    /// Looks up what the filter names.
    pub(crate) async fn new(
        storage: &'s Storage,
        scope: &'s Scope,
        filter: &MessageFilter,
    ) -> Result<Self, Error> {
        Self::on(storage.readers().into(), scope, filter).await
    }

    /// The same on a connection or in a transaction, which all its statements then run in.
    pub(crate) async fn on(
        database: DatabaseExecutor<'s>,
        scope: &'s Scope,
        filter: &MessageFilter,
    ) -> Result<Self, Error> {
        let mut plan = Self {
            scope,
            database,
            is_impossible: !scope.reads_messages(),
            keys: (i64::MIN, i64::MAX),
            facets: Vec::new(),
            all_facets: true,
            residual: Vec::new(),
            driver: Driver::Time,
        };
        if plan.is_impossible {
            return Ok(plan);
        }
        plan.fold_facets(filter).await?;
        plan.fold_range(filter);
        let mut candidates: Vec<(i64, Driver)> = Vec::new();
        let mut texts = Vec::new();
        for clause in &filter.clauses {
            let is_negated = clause.is_negated;
            match &clause.test {
                MessageTest::Term(kind, patterns) => {
                    let hashes = plan.hashes(kind, patterns).await?;
                    if !is_negated {
                        plan.is_impossible |= hashes.is_empty();
                        let size = plan.bounded_size(&hashes).await?;
                        candidates.push((size, Driver::Postings(hashes.clone())));
                    }
                    plan.residual.push((is_negated, Residual::Postings(hashes)));
                }
                MessageTest::Id(ids) => {
                    if !is_negated {
                        let keys = plan.keys_of(ids).await?;
                        plan.is_impossible |= keys.is_empty();
                        candidates.push((keys.len() as i64, Driver::Keys(keys)));
                    }
                    plan.residual.push((is_negated, Residual::Id(ids.clone())));
                }
                MessageTest::Created(ranges) if is_negated || ranges.len() > 1 => {
                    plan.residual
                        .push((is_negated, Residual::Created(ranges.clone())));
                }
                MessageTest::Text { text, digits } => {
                    if text.is_empty() {
                        plan.is_impossible |= is_negated;
                    } else if !is_negated && text.chars().count() >= 3 {
                        texts.push((text.clone(), digits.clone()));
                    } else {
                        let test = Residual::Text(text.clone(), digits.clone());
                        plan.residual.push((is_negated, test));
                    }
                }
                MessageTest::NotSentForGood => {
                    plan.residual.push((is_negated, Residual::NotSentForGood));
                }
                _ => {}
            }
        }
        if scope.role().reads_assigned_messages_only() {
            let orders = plan.assigned_orders().await?;
            if orders.len() as i64 <= MOST_ORDERS {
                plan.is_impossible |= orders.is_empty();
                candidates.push((orders.len() as i64 * 8, Driver::Orders(orders)));
            }
            plan.residual.push((false, Residual::Scope));
        }
        let facet_count: i64 = plan.facets.iter().map(|(_, n)| n).sum();
        if !plan.all_facets && plan.facets.len() <= MOST_STREAMS {
            let numbers = plan.facets.iter().map(|(f, _)| f.number()).collect();
            candidates.push((facet_count, Driver::Facets(numbers)));
        }
        if !texts.is_empty() {
            // Unknown, but walked in time order: better than any other that is not small.
            candidates.push((2_001, Driver::Text(texts.clone())));
        }
        if let Some((_, driver)) = candidates.into_iter().min_by_key(|(size, _)| *size) {
            plan.driver = driver;
        }
        if !matches!(plan.driver, Driver::Text(_)) {
            let tests = texts
                .into_iter()
                .map(|(t, d)| (false, Residual::Text(t, d)));
            plan.residual.extend(tests);
        }
        Ok(plan)
    }

    async fn fold_facets(&mut self, filter: &MessageFilter) -> Result<(), Error> {
        let rows = sql(
            self.database.get_database_backend(),
            "SELECT facet, n FROM message_total WHERE store_id = ? AND n > 0",
            values![self.scope.store_id().0],
        )
        .rows(&self.database)
        .await?;
        let mut known = Vec::with_capacity(rows.len());
        for row in rows {
            if let Some(facet) = Facet::of_number(row.try_get_by_index(0)?) {
                known.push((facet, row.try_get_by_index(1)?));
            }
        }
        let count = known.len();
        known.retain(|(facet, _)| {
            filter.clauses.iter().all(|c| {
                c.test
                    .of_facet(*facet)
                    .is_none_or(|holds| holds != c.is_negated)
            })
        });
        self.is_impossible |= known.is_empty();
        self.all_facets = known.len() == count;
        self.facets = known;
        Ok(())
    }

    fn fold_range(&mut self, filter: &MessageFilter) {
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

    /// The numbers of all terms of a kind that patterns name.
    async fn hashes(&self, kind: &str, patterns: &[Pattern]) -> Result<Vec<i64>, Error> {
        let store = self.scope.store_id();
        let is_masked = self.scope.role().is_masked();
        let mut hashes = Vec::new();
        for pattern in patterns {
            let text = format!("{kind}:{}", pattern.text);
            if !pattern.is_prefix {
                hashes.push(posting_hash(store, &text, false));
                if !is_masked {
                    hashes.push(posting_hash(store, &text, true));
                }
                continue;
            }
            let mut statement = sql(
                self.database.get_database_backend(),
                "SELECT text, is_personal FROM message_term WHERE store_id = ? AND text >= ? AND text < ?",
                values![store.0, text.clone(), format!("{text}\u{10FFFF}")],
            );
            if is_masked {
                statement.push(" AND is_personal = ").bind(false);
            }
            statement.push(" LIMIT ").bind(MOST_TERMS as i64 + 1);
            let rows = statement.rows(&self.database).await?;
            if rows.len() > MOST_TERMS {
                let message = format!(
                    "more than {MOST_TERMS} things begin with \"{}\"; write more of it",
                    pattern.text
                );
                return Err(Problem::new(Code::InvalidQuery, message).into());
            }
            for row in rows {
                let text: String = row.try_get_by_index(0)?;
                hashes.push(posting_hash(store, &text, row.try_get_by_index(1)?));
            }
        }
        hashes.sort_unstable();
        hashes.dedup();
        Ok(hashes)
    }

    async fn bounded_size(&self, hashes: &[i64]) -> Result<i64, Error> {
        let mut statement =
            self.statement("SELECT COUNT(*) FROM (SELECT 1 FROM message_posting WHERE term IN ");
        statement
            .list(hashes.iter().copied())
            .push(" LIMIT ")
            .bind(COUNTED)
            .push(") AS bounded");
        let row = statement.row(&self.database).await?;
        Ok(row
            .map(|row| row.try_get_by_index(0))
            .transpose()?
            .unwrap_or(0))
    }

    async fn keys_of(&self, ids: &[uuid::Uuid]) -> Result<Vec<i64>, Error> {
        let mut statement = self.statement("SELECT order_key FROM message WHERE store_id = ");
        statement
            .bind(self.scope.store_id().0)
            .push(" AND id IN ")
            .list(ids.iter().map(|id| id.as_bytes().to_vec()));
        let rows = statement.rows(&self.database).await?;
        Ok(rows
            .iter()
            .map(|row| row.try_get_by_index(0))
            .collect::<Result<_, _>>()?)
    }

    async fn assigned_orders(&self) -> Result<Vec<String>, Error> {
        let mut statement = self.statement("SELECT number FROM sales_order WHERE store_id = ");
        statement
            .bind(self.scope.store_id().0)
            .push(" AND assigned_to = ")
            .bind(self.scope.assignee())
            .push(" LIMIT ")
            .bind(MOST_ORDERS + 1);
        let rows = statement.rows(&self.database).await?;
        Ok(rows
            .iter()
            .map(|row| row.try_get_by_index(0))
            .collect::<Result<_, _>>()?)
    }

    /// Lets the messages of some keys lead: it then finds those of them that match.
    pub(crate) fn lead_by(&mut self, keys: Vec<i64>) {
        if let Driver::Text(texts) = std::mem::replace(&mut self.driver, Driver::Keys(keys)) {
            let tests = texts
                .into_iter()
                .map(|(text, digits)| (false, Residual::Text(text, digits)));
            self.residual.extend(tests);
        }
    }

    /// Whether kept counts answer: nothing but facets and one range of time is asked for.
    pub(crate) fn is_kept(&self) -> bool {
        self.residual.is_empty() && matches!(self.driver, Driver::Time | Driver::Facets(_))
    }

    /// The time asked for in microseconds, the extremes for open ends.
    pub(crate) const fn micros_range(&self) -> (i64, i64) {
        const fn micros(key: i64) -> i64 {
            match key {
                i64::MIN | i64::MAX => key,
                key => OrderKey(key).micros(),
            }
        }
        (micros(self.keys.0), micros(self.keys.1))
    }

    pub(super) fn statement(&self, text: &str) -> Sql {
        sql(self.database.get_database_backend(), text, [])
    }

    fn push_residual(&self, statement: &mut Sql, is_negated: bool, residual: &Residual) {
        let is_masked = self.scope.role().is_masked();
        statement.push(if is_negated { "NOT (" } else { "(" });
        match residual {
            Residual::Scope => self.scope.push_message_condition(statement),
            Residual::Postings(hashes) => {
                statement.push(
                    "EXISTS (SELECT 1 FROM message_posting p WHERE p.order_key = m.order_key AND p.term IN ",
                );
                statement.list(hashes.iter().copied()).push(")");
            }
            Residual::Text(text, digits) => {
                push_text(statement, text, is_masked);
                if let Some(digits) = digits {
                    statement.push(" OR ");
                    push_text(statement, digits, is_masked);
                }
            }
            Residual::Id(ids) => {
                statement
                    .push("m.id IN ")
                    .list(ids.iter().map(|id| id.as_bytes().to_vec()));
            }
            Residual::Created(ranges) => {
                for (at, range) in ranges.iter().enumerate() {
                    statement.push(if at == 0 { "(" } else { " OR (" });
                    statement.push("m.occurred_at >= ").bind(range.from);
                    statement
                        .push(" AND m.occurred_at < ")
                        .bind(range.to)
                        .push(")");
                }
            }
            // As `Delivery` is written: in nobody's words is a quotation mark without a backslash.
            Residual::NotSentForGood => {
                statement.push(
                    "m.delivery LIKE '%\"verdict\":{\"verdict\":\"not_sent\",%' \
                     AND m.delivery NOT LIKE '%\"verdict\":{\"verdict\":\"not_sent\",\"reason\":\"no_sender\"}%'",
                );
            }
        }
        statement.push(")");
    }

    fn text_match(&self, texts: &[(String, Option<String>)]) -> String {
        let is_masked = self.scope.role().is_masked();
        let parts: Vec<String> = texts
            .iter()
            .map(|(text, digits)| {
                let whole = match_expression(std::slice::from_ref(text), is_masked);
                match digits {
                    Some(digits) => {
                        let digits = match_expression(std::slice::from_ref(digits), is_masked);
                        format!("({whole} OR {digits})")
                    }
                    None => whole,
                }
            })
            .collect();
        parts.join(" AND ")
    }
}
