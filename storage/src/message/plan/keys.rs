//! Walking the messages in time order along the leading index.

use super::{Driver, MOST_STREAMS, Plan, Residual};
use crate::Error;
use crate::log::plan_text::push_text;
use crate::log::walk::{self, Found, Part};
use crate::sql::Sql;
use domain::{Direction, OrderKey};

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
        let is_covered = self.residual.is_empty()
            && (matches!(self.driver, Driver::Facets(_))
                || matches!(self.driver, Driver::Time) && self.all_facets);
        if is_covered {
            let mut statement = self.statement("");
            self.push_walk(&mut statement, window, direction, limit as i64);
            return Ok(Found {
                keys: walk::keys(&self.database, statement, limit).await?,
                stopped_at: None,
            });
        }
        let tested = |part| self.tested(part);
        let is_hiding = self.scope.role().reads_assigned_messages_only();
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
            statement.push(&format!("{join} message m ON m.order_key = w.order_key"));
            let is_text = |(_, r): &(bool, Residual)| matches!(r, Residual::Text(..));
            if self.residual.iter().any(is_text) {
                statement.push(&format!(
                    " {join} message_text t ON t.order_key = m.order_key"
                ));
            }
            statement
                .push(" WHERE m.store_id = ")
                .bind(self.scope.store_id().0);
            if !self.all_facets && !matches!(self.driver, Driver::Facets(_)) {
                statement
                    .push(" AND m.facet IN ")
                    .list(self.facets.iter().map(|(f, _)| f.number()));
            }
            for (is_negated, residual) in &self.residual {
                statement.push(" AND ");
                self.push_residual(statement, *is_negated, residual);
            }
        })
    }

    /// Appends a select of the first `limit` values of `order_key` along the leading index.
    fn push_walk(&self, statement: &mut Sql, window: (i64, i64), direction: Direction, limit: i64) {
        let streams: Vec<Driver> = match &self.driver {
            Driver::Facets(numbers) => numbers.iter().map(|n| Driver::Facets(vec![*n])).collect(),
            Driver::Postings(hashes) if hashes.len() <= MOST_STREAMS => hashes
                .iter()
                .map(|hash| Driver::Postings(vec![*hash]))
                .collect(),
            whole => vec![whole.clone()],
        };
        let is_merged = streams.len() > 1;
        if is_merged {
            statement.push("SELECT order_key FROM (");
        }
        for (at, stream) in streams.iter().enumerate() {
            if at > 0 {
                // Two terms may stand in one message; two facets can't.
                let is_disjoint = matches!(self.driver, Driver::Facets(_));
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
            let is_index = statement.is_sqlite() && matches!(stream, Driver::Text(_));
            statement
                .push(if is_index {
                    " ORDER BY rowid"
                } else {
                    " ORDER BY order_key"
                })
                .push(descending(direction))
                .push(" LIMIT ")
                .bind(limit);
            if is_merged {
                statement.push(") AS stream");
            }
        }
        if is_merged {
            statement.push(") AS merged");
            statement
                .push(" ORDER BY order_key")
                .push(descending(direction))
                .push(" LIMIT ")
                .bind(limit);
        }
    }

    fn push_stream(&self, statement: &mut Sql, stream: &Driver, window: (i64, i64)) {
        let store = self.scope.store_id().0;
        let is_masked = self.scope.role().is_masked();
        let is_sqlite = statement.is_sqlite();
        let from_index = |name: &str| {
            let by = if is_sqlite {
                format!(" INDEXED BY {name}")
            } else {
                String::new()
            };
            format!("SELECT order_key FROM message{by} WHERE store_id = ")
        };
        let mut column = "order_key";
        match stream {
            Driver::Time => {
                statement.push(&from_index("message_by_time")).bind(store);
            }
            Driver::Facets(numbers) => {
                statement.push(&from_index("message_by_facet")).bind(store);
                let number = numbers.first().copied().unwrap_or_default();
                statement.push(" AND facet = ").bind(number);
            }
            Driver::Orders(numbers) => {
                statement.push(&from_index("message_by_order")).bind(store);
                statement
                    .push(" AND order_number IS NOT NULL AND order_number IN ")
                    .list(numbers.iter().cloned());
            }
            Driver::Postings(hashes) => {
                statement
                    .push("SELECT DISTINCT order_key FROM message_posting WHERE term IN ")
                    .list(hashes.iter().copied());
            }
            Driver::Keys(keys) => {
                statement
                    .push("SELECT order_key FROM message WHERE order_key IN ")
                    .list(keys.iter().copied());
            }
            Driver::Text(texts) if is_sqlite => {
                statement
                    .push("SELECT rowid AS order_key FROM message_fts WHERE message_fts MATCH ")
                    .bind(self.text_match(texts));
                column = "rowid";
            }
            Driver::Text(texts) => {
                statement.push("SELECT order_key FROM message_text t WHERE TRUE");
                for (text, digits) in texts {
                    statement.push(" AND (");
                    push_text(statement, text, is_masked);
                    if let Some(digits) = digits {
                        statement.push(" OR ");
                        push_text(statement, digits, is_masked);
                    }
                    statement.push(")");
                }
            }
        }
        if window.0 > i64::MIN {
            statement
                .push(" AND ")
                .push(column)
                .push(" >= ")
                .bind(window.0);
        }
        if window.1 < i64::MAX {
            statement
                .push(" AND ")
                .push(column)
                .push(" < ")
                .bind(window.1);
        }
    }
}

const fn descending(direction: Direction) -> &'static str {
    match direction {
        Direction::Newest => " DESC",
        Direction::Oldest => "",
    }
}
