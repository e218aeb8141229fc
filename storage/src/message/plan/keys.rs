//! Walking the messages in time order along the leading index.

use super::{Driver, MOST_STREAMS, Plan, Residual};
use crate::Error;
use crate::log::plan_text::push_text;
use crate::sql::Sql;
use domain::{Direction, OrderKey};

/// How many rows of the leading index are looked at before a search stops and says so.
const CHUNKS: [i64; 3] = [256, 2_048, 17_696];

/// Keys in the direction asked for.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) keys: Vec<OrderKey>,
    /// Set when the search stopped at this key for its bound, with more to look at.
    pub(crate) stopped_at: Option<OrderKey>,
}

impl Plan<'_> {
    /// The first `limit` keys after one.
    pub(crate) async fn keys(
        &self,
        after: Option<OrderKey>,
        direction: Direction,
        limit: usize,
    ) -> Result<Found, Error> {
        let mut found = Found::default();
        if self.is_impossible {
            return Ok(found);
        }
        let mut window = self.window(after, direction);
        let is_covered = self.residual.is_empty()
            && (matches!(self.driver, Driver::Facets(_))
                || matches!(self.driver, Driver::Time) && self.all_facets);
        if is_covered {
            let mut statement = self.statement("");
            self.push_walk(&mut statement, window, direction, Some((limit as i64, 0)));
            found.keys = self.read(statement).await?;
            return Ok(found);
        }
        for chunk in CHUNKS {
            // Where the chunk ends, by the leading index alone.
            let mut end = self.statement("");
            self.push_walk(&mut end, window, direction, Some((1, chunk - 1)));
            let end = self.read(end).await?.first().copied();
            let part = match (end, direction) {
                (None, _) => window,
                (Some(end), Direction::Newest) => (end.0, window.1),
                (Some(end), Direction::Oldest) => (window.0, end.0.saturating_add(1)),
            };
            let statement = self.tested(part, direction, limit - found.keys.len());
            found.keys.extend(self.read(statement).await?);
            found.stopped_at = end.filter(|_| found.keys.len() < limit);
            let Some(end) = found.stopped_at else {
                return Ok(found);
            };
            window = match direction {
                Direction::Newest => (window.0, end.0),
                Direction::Oldest => (end.0.saturating_add(1), window.1),
            };
        }
        Ok(found)
    }

    /// The keys of a part of the walk that pass every test.
    fn tested(&self, part: (i64, i64), direction: Direction, limit: usize) -> Sql {
        let mut statement = self.statement("SELECT m.order_key FROM (");
        self.push_walk(&mut statement, part, direction, None);
        // On SQLite the order of a cross join is the order of its loops: the walk leads, always.
        let join = if statement.is_sqlite() {
            "CROSS JOIN"
        } else {
            "JOIN"
        };
        statement.push(&format!(
            ") w {join} message m ON m.order_key = w.order_key"
        ));
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
            self.push_residual(&mut statement, *is_negated, residual);
        }
        statement
            .push(" ORDER BY m.order_key")
            .push(descending(direction))
            .push(" LIMIT ")
            .bind(limit as i64);
        statement
    }

    fn window(&self, after: Option<OrderKey>, direction: Direction) -> (i64, i64) {
        let (from, to) = self.keys;
        match (after, direction) {
            (None, _) => (from, to),
            (Some(key), Direction::Newest) => (from, to.min(key.0)),
            (Some(key), Direction::Oldest) => (from.max(key.0.saturating_add(1)), to),
        }
    }

    async fn read(&self, statement: Sql) -> Result<Vec<OrderKey>, Error> {
        let rows = statement.rows(&self.database).await?;
        Ok(rows
            .iter()
            .map(|row| row.try_get_by_index(0).map(OrderKey))
            .collect::<Result<_, _>>()?)
    }

    /// Appends a select of `order_key` along the leading index; `page` is limit and offset.
    fn push_walk(
        &self,
        statement: &mut Sql,
        window: (i64, i64),
        direction: Direction,
        page: Option<(i64, i64)>,
    ) {
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
            if let Some((limit, offset)) = page {
                let is_index = statement.is_sqlite() && matches!(stream, Driver::Text(_));
                statement
                    .push(if is_index {
                        " ORDER BY rowid"
                    } else {
                        " ORDER BY order_key"
                    })
                    .push(descending(direction))
                    .push(" LIMIT ");
                if is_merged {
                    statement.bind(limit.saturating_add(offset));
                } else {
                    statement.bind(limit).push(" OFFSET ").bind(offset);
                }
            }
            if is_merged {
                statement.push(") AS stream");
            }
        }
        if is_merged {
            statement.push(") AS merged");
            if let Some((limit, offset)) = page {
                statement
                    .push(" ORDER BY order_key")
                    .push(descending(direction))
                    .push(" LIMIT ")
                    .bind(limit)
                    .push(" OFFSET ")
                    .bind(offset);
            }
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
