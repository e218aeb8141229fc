//! An order's thread: its messages, and what happened to the order, oldest first.

use super::{orders, row};
use crate::log::tie::Rows;
use crate::log::{uuid_of, zone};
use crate::record::message::{damaged, delivery_of, message_of};
use crate::sql::{Sql, sql, values};
use crate::{Error, Scope, Storage};
use domain::message::{DeliveryFact, DeliveryStatus};
use domain::view::{Thread, ThreadItem};
use domain::{Clause, Cursor, Direction, Filter, MessageId, OrderKey, Seq, Test, TimeRange};
use sea_orm::FromQueryResult;

/// How many messages that wait stand at the end of a thread, however long ago they were queued: the newest of them.
const WAITING_AT_END: i64 = 200;

const COLUMNS: &str = "SELECT m.order_key, m.seq, m.id, m.facts, m.shown, p.body, o.due_at FROM message m \
     LEFT JOIN payload p ON p.seq = m.seq LEFT JOIN outbox o ON o.order_key = m.order_key AND o.state = 0 \
     WHERE m.order_number IS NOT NULL AND m.store_id = ? AND m.order_number = ? AND ";

/// Which stretch of a thread; without a cursor its end.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ThreadPage {
    /// What lies before this cursor.
    pub before: Option<String>,
    /// What lies after this cursor.
    pub after: Option<String>,
    /// How many messages, 1 to 500.
    pub limit: u32,
}

#[derive(FromQueryResult)]
struct Columns {
    order_key: i64,
    seq: i64,
    id: Vec<u8>,
    facts: String,
    shown: String,
    body: Option<String>,
    due_at: Option<i64>,
}

impl Storage {
    /// A stretch of an order's thread. None when there is no such order or it is out of scope.
    ///
    /// Pages go by the time at which messages were queued; a page stands in the order in which they went out or are due.
    /// Those that wait stand on the last page, whenever they were queued, and on no page before it.
    ///
    /// # Errors
    /// `invalid_cursor`, or when the database fails.
    pub async fn thread(
        &self,
        scope: &Scope,
        number: &str,
        page: ThreadPage,
    ) -> Result<Option<Thread>, Error> {
        let Some(order) = self.order_row(scope, number).await? else {
            return Ok(None);
        };
        let cursor = |text: &Option<String>, name, direction| {
            let read = text.as_deref().map(Cursor::parse).transpose();
            let read = read.map_err(|_| domain::Problem::invalid_cursor(name, name))?;
            Ok::<_, Error>(read.map(|cursor| Cursor {
                direction,
                ..cursor
            }))
        };
        let before = cursor(&page.before, "before", Direction::Newest)?;
        let before = self.key_of(scope, Rows::Messages, before).await?;
        let after = cursor(&page.after, "after", Direction::Oldest)?;
        let after = self.key_of(scope, Rows::Messages, after).await?;
        let limit = page.limit.clamp(1, 500) as usize;
        let is_forward = after.is_some();
        let mut waiting = if is_forward {
            Vec::new()
        } else {
            self.waiting_keys(scope, number).await?
        };
        let mut statement = self.about_order(scope, number, COLUMNS);
        if let Some(before) = before {
            statement.push(" AND m.order_key < ").bind(before.0);
            if !waiting.is_empty() {
                statement
                    .push(" AND m.order_key NOT IN ")
                    .list(waiting.iter().copied());
            }
        }
        if let Some(after) = after {
            statement.push(" AND m.order_key > ").bind(after.0);
        }
        statement
            .push(if is_forward {
                " ORDER BY m.order_key LIMIT "
            } else {
                " ORDER BY m.order_key DESC LIMIT "
            })
            .bind(limit as i64 + 1);
        let mut found: Vec<Columns> = statement.all(self.readers()).await?;
        let has_more = found.len() > limit;
        found.truncate(limit);
        if !is_forward {
            found.reverse();
        }
        let (first, last) = (
            found.first().map(|c| c.order_key),
            found.last().map(|c| c.order_key),
        );
        let is_end = !is_forward && before.is_none();
        waiting.retain(|key| first.is_some_and(|first| *key < first));
        if is_end && has_more && !waiting.is_empty() {
            let mut statement = self.about_order(scope, number, COLUMNS);
            statement.push(" AND m.order_key IN ").list(waiting);
            statement.push(" ORDER BY m.order_key");
            let mut earlier: Vec<Columns> = statement.all(self.readers()).await?;
            earlier.append(&mut found);
            found = earlier;
        }
        let mut items = Vec::with_capacity(found.len());
        for c in found {
            let message = match &c.body {
                Some(body) => message_of(body)?,
                None => serde_json::from_str(&c.shown).map_err(damaged)?,
            };
            let facts: Vec<DeliveryFact> = serde_json::from_str(&c.facts).map_err(damaged)?;
            let delivery = delivery_of(&message, &facts);
            let id = MessageId(uuid_of(&c.id)?);
            let mut row = row::of_message(scope, id, Seq(c.seq), &message, &delivery, c.due_at);
            self.bar_restarts(scope, [&mut row]);
            let micros = row::place(&row, OrderKey(c.order_key));
            items.push((micros, c.order_key, row::item(scope, row, &message)));
        }
        // The order's own events of the stretch from page to page: what lies between the last message of one
        // page and the first of the next belongs to the earlier.
        let start = match after {
            Some(after) => after.0,
            None if has_more => first.unwrap_or(i64::MIN),
            None => i64::MIN,
        };
        let end = match before {
            Some(before) => before.0,
            None if is_forward && has_more => last.unwrap_or(i64::MAX),
            None => i64::MAX,
        };
        let events = self.order_events(scope, number, start, end).await?;
        let events = events.into_iter();
        items.extend(events.map(|(key, item)| (OrderKey(key).micros(), key, item)));
        let gaps = self.gaps_of_thread(scope, number, start, end).await?;
        // Within a microsecond messages stand first, whatever else came then that is hidden.
        items.sort_by_key(|(micros, key, item)| {
            let is_event = matches!(item, ThreadItem::Activity { .. });
            (*micros, is_event, *key)
        });
        let has_before = if is_forward { true } else { has_more };
        let has_after = if is_forward {
            has_more
        } else {
            before.is_some()
        };
        let beside = self.beside(scope, number, is_end).await?;
        if !items.is_empty() {
            self.note_thread(scope, number).await?;
        }
        let ways = self.ways_to(scope, number).await?;
        Ok(Some(Thread {
            order_items: beside.items,
            previous: beside.previous,
            next: beside.next,
            seen_to: self
                .seen_key(scope, number)
                .await?
                .map(|key| zone::time_of(OrderKey(key).micros())),
            order,
            items: items.into_iter().map(|(_, _, item)| item).collect(),
            gaps,
            before: self
                .cursor_at(scope, first.filter(|_| has_before), Direction::Newest)
                .await?,
            after: self
                .cursor_at(scope, last.filter(|_| has_after), Direction::Oldest)
                .await?,
            reachable: ways.known,
            failed_ways: ways.failed,
            not_set_up: self.not_set_up(scope.store()),
        }))
    }

    /// A query about the messages of an order that the scope sees, up to its conditions.
    fn about_order(&self, scope: &Scope, number: &str, text: &str) -> Sql {
        let backend = self.readers().get_database_backend();
        let mut statement = sql(backend, text, values![scope.store_id().0, number]);
        scope.push_message_condition(&mut statement);
        statement
    }

    /// The messages of an order that wait to be sent, newest first. Of one that is sent only put-off copies wait.
    async fn waiting_keys(&self, scope: &Scope, number: &str) -> Result<Vec<i64>, Error> {
        let text = "SELECT m.order_key FROM message m JOIN outbox w ON w.order_key = m.order_key AND w.state = 0 \
                    WHERE m.order_number IS NOT NULL AND m.store_id = ? AND m.order_number = ? AND ";
        let mut statement = self.about_order(scope, number, text);
        // The facet's digits for reading and files stand behind that for the status.
        statement
            .push(" AND m.facet / 8 % 8 = ")
            .bind(i32::from(DeliveryStatus::Pending.number()))
            .push(" ORDER BY m.order_key DESC LIMIT ")
            .bind(WAITING_AT_END);
        let rows = statement.rows(self.readers()).await?;
        let keys = rows.iter().map(|row| row.try_get_by_index(0));
        Ok(keys.collect::<Result<Vec<i64>, _>>()?)
    }

    /// The cursor of what lies before or after a message of the thread.
    async fn cursor_at(
        &self,
        scope: &Scope,
        key: Option<i64>,
        direction: Direction,
    ) -> Result<Option<String>, Error> {
        let Some(key) = key else {
            return Ok(None);
        };
        let after = OrderKey(key);
        let cursor = Cursor { after, direction };
        let cursor = self.cursor_after(scope, Rows::Messages, cursor).await?;
        Ok(Some(cursor.to_string()))
    }

    /// What happened to the order, as far as the activity log lets the scope see it: all of it, or changes of its status.
    async fn order_events(
        &self,
        scope: &Scope,
        number: &str,
        from: i64,
        to: i64,
    ) -> Result<Vec<(i64, ThreadItem)>, Error> {
        let micros = |key: i64| {
            if key == i64::MIN || key == i64::MAX {
                key
            } else {
                OrderKey(key).micros()
            }
        };
        let mut filter = Filter::of_thread(number);
        filter.clauses.push(Clause {
            is_negated: false,
            test: Test::Created(vec![TimeRange {
                from: micros(from),
                to: micros(to),
            }]),
        });
        let found = self.newest_activities(scope, &filter, 200).await?;
        Ok(found
            .rows
            .into_iter()
            .map(|row| {
                let key = OrderKey::first_at(row.occurred_at.timestamp_micros()).0;
                (key, ThreadItem::Activity { row: Box::new(row) })
            })
            .collect())
    }

    /// Marks a thread as read up to its present end by the scope's principal.
    ///
    /// # Errors
    /// `not_found`, or when the database fails.
    pub async fn mark_seen(&self, scope: &Scope, number: &str) -> Result<(), Error> {
        let order = self.order_row(scope, number).await?;
        if order.is_none() {
            return Err(domain::Problem::not_found("order").into());
        }
        let values = values![
            orders::reader_of(scope),
            scope.store_id().0,
            number,
            scope.store_id().0,
            number
        ];
        let effect = crate::record::Effect::statement(
            "INSERT INTO order_seen (principal, store_id, number, seen_key) VALUES (?, ?, ?, (SELECT COALESCE(MAX(order_key), 0) \
             FROM message WHERE order_number IS NOT NULL AND store_id = ? AND order_number = ?)) \
             ON CONFLICT (principal, store_id, number) DO UPDATE SET seen_key = excluded.seen_key",
            values,
        );
        self.recorder().apply(vec![effect]).await
    }

    async fn seen_key(&self, scope: &Scope, number: &str) -> Result<Option<i64>, Error> {
        let text =
            "SELECT seen_key FROM order_seen WHERE principal = ? AND store_id = ? AND number = ?";
        let values = values![orders::reader_of(scope), scope.store_id().0, number];
        let row = sql(self.readers().get_database_backend(), text, values)
            .row(self.readers())
            .await?;
        Ok(row.map(|row| row.try_get_by_index(0)).transpose()?)
    }
}
