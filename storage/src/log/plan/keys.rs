//! Walking the log in time order along the leading index.

use super::{Driver, MOST_STREAMS, Plan, Residual, ResidualTest, dimensions};
use crate::Error;
use crate::log::plan_text::{match_expression, push_text};
use crate::log::walk::{self, Found, Part};
use crate::sql::Sql;
use domain::{ActivityAccess, Direction, OrderKey};

impl Plan<'_> {
    /// The first `limit` keys after one.
    pub(crate) async fn keys(
        &self,
        after: Option<OrderKey>,
        direction: Direction,
        limit: usize,
    ) -> Result<Found, Error> {
        self.keys_within(after, direction, limit, walk::BOUND).await
    }

    /// As [`Self::keys`], with a bound on how many rows are looked through.
    pub(crate) async fn keys_within(
        &self,
        after: Option<OrderKey>,
        direction: Direction,
        limit: usize,
        bound: usize,
    ) -> Result<Found, Error> {
        if self.is_impossible {
            return Ok(Found::default());
        }
        let window = Part::window_after(self.keys, after, direction);
        if self.residual.is_empty() && self.driver_covers() {
            let mut statement = self.statement("");
            self.push_walk(&mut statement, window, direction, limit as i64);
            return Ok(Found {
                keys: walk::keys(&self.database, statement, limit).await?,
                stopped_at: None,
            });
        }
        let tested = |part| self.tested(part);
        let is_hiding = self.scope.role().activity_access() != ActivityAccess::All;
        walk::walk(
            &self.database,
            bound,
            is_hiding,
            window,
            direction,
            limit,
            tested,
        )
        .await
    }

    fn tested(&self, part: Part) -> Sql {
        let push_walk = |statement: &mut Sql, part: Part| {
            self.push_walk(statement, part.window, part.direction, part.rows);
        };
        part.statement(self.statement(""), push_walk, |statement| {
            // On SQLite the order of a cross join is the order of its loops: the walk leads, always.
            let join = if statement.is_sqlite() {
                "CROSS JOIN"
            } else {
                "JOIN"
            };
            statement.push(&format!("{join} activity a ON a.order_key = w.order_key"));
            let is_text = |r: &Residual| matches!(r.test, ResidualTest::Text(_));
            if self.residual.iter().any(is_text) {
                statement.push(&format!(
                    " {join} activity_text t ON t.order_key = a.order_key"
                ));
            }
            statement
                .push(" WHERE a.store_id = ")
                .bind(self.scope.store_id().0);
            if !self.driver_covers() {
                self.push_covered(statement);
            }
            for residual in &self.residual {
                statement.push(" AND ");
                self.push_residual(statement, residual);
            }
        })
    }

    /// Whether the leading index itself holds the columns that the covered tests look at.
    const fn driver_covers(&self) -> bool {
        matches!(
            self.driver,
            Driver::Time
                | Driver::Actors(_)
                | Driver::Actions(_)
                | Driver::Pairs(_)
                | Driver::Parts(_)
                | Driver::Outcomes(_)
        )
    }

    /// Appends a select of the first `limit` values of `order_key` along the leading index.
    fn push_walk(&self, statement: &mut Sql, window: (i64, i64), direction: Direction, limit: i64) {
        let streams = self.streams();
        let is_merged = streams.len() > 1;
        if is_merged {
            statement.push("SELECT order_key FROM (");
        }
        for (at, stream) in streams.iter().enumerate() {
            if at > 0 {
                // Two terms may stand in one entry; any other two streams are disjoint.
                let is_disjoint = !matches!(self.driver, Driver::Postings(_));
                statement.push(if is_disjoint {
                    " UNION ALL "
                } else {
                    " UNION "
                });
            }
            if is_merged {
                statement.push("SELECT * FROM (");
            }
            self.push_stream(statement, stream, window);
            statement
                .push(order_of_stream(stream, direction, statement.is_sqlite()))
                .push(" LIMIT ")
                .bind(limit);
            if is_merged {
                statement.push(") AS stream");
            }
        }
        if is_merged {
            statement.push(") AS a");
            statement.push(order(direction)).push(" LIMIT ").bind(limit);
        }
    }

    /// The leading index as streams that are each in time order.
    fn streams(&self) -> Vec<Driver> {
        match &self.driver {
            Driver::Actors(ids) if ids.len() <= MOST_STREAMS => {
                ids.iter().map(|id| Driver::Actors(vec![*id])).collect()
            }
            Driver::Actions(ids) if ids.len() <= MOST_STREAMS => {
                ids.iter().map(|id| Driver::Actions(vec![*id])).collect()
            }
            Driver::Pairs(pairs) => pairs.iter().map(|p| Driver::Pairs(vec![*p])).collect(),
            Driver::Parts(parts) => parts.iter().map(|p| Driver::Parts(vec![*p])).collect(),
            Driver::Outcomes(numbers) => {
                numbers.iter().map(|n| Driver::Outcomes(vec![*n])).collect()
            }
            Driver::Devices(ids) => ids.iter().map(|id| Driver::Devices(vec![*id])).collect(),
            Driver::Postings(hashes) if hashes.len() <= MOST_STREAMS => hashes
                .iter()
                .map(|hash| Driver::Postings(vec![*hash]))
                .collect(),
            whole => vec![whole.clone()],
        }
    }

    fn push_stream(&self, statement: &mut Sql, stream: &Driver, window: (i64, i64)) {
        let store = self.scope.store_id().0;
        let index = |name: &str| {
            if statement.is_sqlite() {
                format!(" INDEXED BY {name}")
            } else {
                String::new()
            }
        };
        let (from, to) = window;
        match stream {
            Driver::Postings(hashes) => {
                statement
                    .push("SELECT DISTINCT order_key FROM posting WHERE term IN ")
                    .list(hashes.iter().copied());
                push_window(statement, "order_key", from, to);
            }
            Driver::Text(texts) => {
                let is_masked = self.scope.role().is_masked();
                if statement.is_sqlite() {
                    statement.push(
                        "SELECT rowid AS order_key FROM activity_fts WHERE activity_fts MATCH ",
                    );
                    statement.bind(match_expression(texts, is_masked));
                    push_window(statement, "rowid", from, to);
                } else {
                    statement.push("SELECT order_key FROM activity_text t WHERE TRUE");
                    for text in texts {
                        statement.push(" AND ");
                        push_text(statement, text, is_masked);
                    }
                    push_window(statement, "order_key", from, to);
                }
            }
            Driver::Ip(ip) => {
                let name = index("activity_by_ip");
                statement
                    .push("SELECT order_key FROM activity")
                    .push(&name)
                    .push(" WHERE store_id = ")
                    .bind(store);
                statement
                    .push(" AND ip IS NOT NULL AND ip = ")
                    .bind(ip.to_vec());
                push_window(statement, "order_key", from, to);
            }
            Driver::Devices(ids) => {
                let name = index("activity_by_device");
                statement
                    .push("SELECT order_key FROM activity")
                    .push(&name)
                    .push(" WHERE store_id = ")
                    .bind(store);
                let id = ids.first().copied().unwrap_or_default();
                statement
                    .push(" AND device_id IS NOT NULL AND device_id = ")
                    .bind(id);
                push_window(statement, "order_key", from, to);
            }
            Driver::Keys(keys) => {
                statement
                    .push("SELECT order_key FROM activity WHERE order_key IN ")
                    .list(keys.iter().copied());
                push_window(statement, "order_key", from, to);
            }
            Driver::Time
            | Driver::Actors(_)
            | Driver::Actions(_)
            | Driver::Pairs(_)
            | Driver::Parts(_)
            | Driver::Outcomes(_) => {
                let name = index(match stream {
                    Driver::Actors(_) => "activity_by_actor",
                    Driver::Actions(_) => "activity_by_action",
                    Driver::Pairs(_) => "activity_by_pair",
                    Driver::Parts(_) => "activity_by_part",
                    Driver::Outcomes(_) => "activity_by_outcome",
                    _ => "activity_by_time",
                });
                statement
                    .push("SELECT a.order_key FROM activity a")
                    .push(&name)
                    .push(" WHERE a.store_id = ")
                    .bind(store);
                match stream {
                    Driver::Actors(ids) => push_any(statement, "a.actor_id", ids),
                    Driver::Actions(ids) => push_any(statement, "a.action_id", ids),
                    Driver::Pairs(pairs) => {
                        for (actor, action) in pairs {
                            statement.push(" AND a.actor_id = ").bind(*actor);
                            statement.push(" AND a.action_id = ").bind(*action);
                        }
                    }
                    Driver::Parts(parts) => {
                        for part in parts {
                            statement.push(" AND a.action_id = ").bind(part.action);
                            statement.push(" AND a.outcome = ").bind(part.outcome);
                            statement.push(" AND a.has = ").bind(part.has);
                        }
                    }
                    Driver::Outcomes(numbers) => {
                        // Written out, so that the partial index is seen to apply.
                        let number = numbers.first().copied().unwrap_or_default();
                        statement.push(&format!(" AND a.outcome <> 0 AND a.outcome = {number}"));
                    }
                    _ => {}
                }
                push_window(statement, "a.order_key", from, to);
                self.push_covered(statement);
            }
        }
    }

    /// Appends the tests on columns that the indexes of time, actor, action and outcome all hold.
    fn push_covered(&self, statement: &mut Sql) {
        if let Some(actions) = self.actions.as_ref().filter(|_| {
            !matches!(
                self.driver,
                Driver::Actions(_) | Driver::Pairs(_) | Driver::Parts(_)
            )
        }) {
            let ids: Vec<i64> = actions.iter().map(|a| a.id).collect();
            push_any(statement, "a.action_id", &ids);
        }
        for clause in &self.actors {
            let is_done =
                !clause.is_negated && matches!(self.driver, Driver::Actors(_) | Driver::Pairs(_));
            if !is_done {
                statement.push(if clause.is_negated {
                    " AND a.actor_id NOT IN "
                } else {
                    " AND a.actor_id IN "
                });
                if clause.ids.is_empty() {
                    statement.push("(-1)");
                } else {
                    statement.list(clause.ids.iter().copied());
                }
            }
        }
        if let Some(outcomes) = self
            .outcomes
            .filter(|_| !matches!(self.driver, Driver::Outcomes(_) | Driver::Parts(_)))
        {
            statement
                .push(" AND a.outcome IN ")
                .list(outcomes.iter().map(domain::Outcome::number));
        }
        if matches!(self.driver, Driver::Parts(_)) {
            return;
        }
        for (has, is_negated) in &self.has {
            statement
                .push(" AND (a.has & ")
                .bind(has.bits())
                .push(if *is_negated { ") = 0" } else { ") <> 0" });
        }
    }

    fn push_residual(&self, statement: &mut Sql, residual: &Residual) {
        statement.push(if residual.is_negated { "NOT (" } else { "(" });
        match &residual.test {
            ResidualTest::Scope => self.scope.push_condition(statement),
            ResidualTest::Postings(hashes) => {
                statement.push("EXISTS (SELECT 1 FROM posting p WHERE p.order_key = a.order_key AND p.term IN ");
                statement.list(hashes.iter().copied()).push(")");
            }
            ResidualTest::Ip(ranges) => {
                statement.push("a.ip IS NOT NULL AND (");
                for (at, range) in ranges.iter().enumerate() {
                    statement.push(if at == 0 { "(" } else { " OR (" });
                    statement.push("a.ip >= ").bind(range.first.to_vec());
                    statement
                        .push(" AND a.ip <= ")
                        .bind(range.last.to_vec())
                        .push(")");
                }
                statement.push(")");
            }
            ResidualTest::Devices(ids) => {
                statement
                    .push("a.device_id IS NOT NULL AND a.device_id IN ")
                    .list(ids.iter().copied());
            }
            ResidualTest::Text(text) => push_text(statement, text, self.scope.role().is_masked()),
            ResidualTest::Id(ids) => {
                statement
                    .push("a.id IN ")
                    .list(ids.iter().map(|id| id.as_bytes().to_vec()));
            }
            ResidualTest::Created(ranges) => {
                for (at, range) in ranges.iter().enumerate() {
                    statement.push(if at == 0 { "(" } else { " OR (" });
                    statement.push("a.occurred_at >= ").bind(range.from);
                    statement
                        .push(" AND a.occurred_at < ")
                        .bind(range.to)
                        .push(")");
                }
            }
            ResidualTest::ManyActors(patterns, is_role) => {
                statement.push("a.actor_id IN (");
                dimensions::push_actor_keys(statement, self.scope, patterns, *is_role);
                statement.push(")");
            }
        }
        statement.push(")");
    }
}

fn push_any(statement: &mut Sql, column: &str, ids: &[i64]) {
    statement.push(" AND ").push(column);
    match ids {
        [one] => statement.push(" = ").bind(*one),
        many => statement.push(" IN ").list(many.iter().copied()),
    };
}

fn push_window(statement: &mut Sql, column: &str, from: i64, to: i64) {
    if from > i64::MIN {
        statement.push(" AND ").push(column).push(" >= ").bind(from);
    }
    if to < i64::MAX {
        statement.push(" AND ").push(column).push(" < ").bind(to);
    }
}

const fn order(direction: Direction) -> &'static str {
    match direction {
        Direction::Newest => " ORDER BY a.order_key DESC",
        Direction::Oldest => " ORDER BY a.order_key",
    }
}

const fn order_of_stream(stream: &Driver, direction: Direction, is_sqlite: bool) -> &'static str {
    match (stream, direction) {
        (Driver::Text(_), Direction::Newest) if is_sqlite => " ORDER BY rowid DESC",
        (Driver::Text(_), Direction::Oldest) if is_sqlite => " ORDER BY rowid",
        (
            Driver::Text(_)
            | Driver::Postings(_)
            | Driver::Ip(_)
            | Driver::Devices(_)
            | Driver::Keys(_),
            Direction::Newest,
        ) => " ORDER BY order_key DESC",
        (
            Driver::Text(_)
            | Driver::Postings(_)
            | Driver::Ip(_)
            | Driver::Devices(_)
            | Driver::Keys(_),
            Direction::Oldest,
        ) => " ORDER BY order_key",
        (_, direction) => order(direction),
    }
}
