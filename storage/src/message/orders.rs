//! The list of orders: those that wait for an answer first.

use super::row;
use crate::log::zone;
use crate::sql::{Sql, sql, values};
use crate::{Error, Principal, Scope, Storage};
use domain::view::{OrderLines, OrderPage, OrderRow};
use domain::{Known, MASK, OrderItem, OrderKey, Permission, Problem, Words, fold, order};
use sea_orm::{ConnectionTrait, FromQueryResult};

/// How many orders a search by words looks through.
const LOOKED_THROUGH: i64 = 20_000;
/// How many lines are read at once.
const MAX_LINES: usize = 200;

#[derive(FromQueryResult)]
struct Columns {
    number: String,
    sort_key: i64,
    last_key: Option<i64>,
    waiting_since: Option<i64>,
    message_count: i64,
    customer_id: Option<String>,
    customer_name: Option<String>,
    customer_email: Option<String>,
    customer_phone: Option<String>,
    status: Option<String>,
    total: Option<String>,
    currency: Option<String>,
    placed_at: Option<i64>,
    assigned_to: Option<String>,
    unread: i64,
}

const COLUMNS: &str = "h.number, h.sort_key, h.last_key, h.waiting_since, h.message_count, s.customer_id, c.name AS customer_name, \
     c.email AS customer_email, c.phone AS customer_phone, s.status, s.total, s.currency, s.placed_at, s.assigned_to";
const TABLES: &str = "LEFT JOIN sales_order s ON s.store_id = h.store_id AND s.number = h.number \
     LEFT JOIN customer c ON c.store_id = s.store_id AND c.id = s.customer_id";

/// Under which name somebody's place in threads is kept.
pub(super) fn reader_of(scope: &Scope) -> String {
    match scope.principal() {
        Principal::User { id, .. } => format!("user {id}"),
        Principal::Key { id, .. } => format!("key {id}"),
        Principal::System(reason) => format!("system {reason}"),
    }
}

impl Storage {
    /// A page of orders, at most 200: those that wait for an answer first, the longest waiting at the top, then
    /// by last message. `words`: each must be found in number, customer (name, id, email, or phone in any spelling),
    /// status or total; an order of that very number stands above all others.
    ///
    /// # Errors
    /// `forbidden` for roles without threads, `invalid_cursor`, or a fault.
    pub async fn list_orders(
        &self,
        scope: &Scope,
        words: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<OrderPage, Error> {
        scope.require(Permission::ReadMessages)?;
        let limit = limit.clamp(1, 200) as usize;
        let folded = fold(words);
        let numbers = order::numbers_in(words);
        let words = order::words_of(&folded);
        let is_search = !words.is_empty();
        let words = Words::of(&words);
        let mut cursor = after.map(cursor_of).transpose()?;
        let mut named = self.columns_named(self.readers(), scope, &numbers).await?;
        named.retain(|c| c.matches(scope, &words));
        named.truncate(limit);
        let above: Vec<String> = named.iter().map(|c| c.number.clone()).collect();
        let mut found: Vec<Columns> = Vec::new();
        // They were told of on the first page.
        let first = if after.is_some() { Vec::new() } else { named };
        let room = limit.saturating_sub(first.len());
        let mut looked = 0;
        let mut is_end = false;
        // Words are compared folded, which no index of orders is: page by page, up to a bound.
        while !is_end && found.len() <= room && looked < LOOKED_THROUGH {
            let chunk = if is_search { 1_000 } else { limit as i64 + 1 };
            let rows = self.order_rows(scope, cursor.as_ref(), chunk).await?;
            let count = rows.len() as i64;
            looked += count;
            is_end = count < chunk;
            cursor = rows
                .last()
                .map(|c| (c.sort_key, c.number.clone()))
                .or(cursor);
            found.extend(
                rows.into_iter()
                    .filter(|c| c.matches(scope, &words) && !above.contains(&c.number)),
            );
        }
        let has_more = found.len() > room;
        let is_partial = !has_more && !is_end;
        found.truncate(room);
        let next = if has_more {
            // From the beginning when there was no room for any of them.
            let last = found.last().map(|c| (c.sort_key, c.number.clone()));
            last.or(Some((i64::MAX, String::new())))
        } else {
            cursor.filter(|_| is_partial)
        };
        let next = next.map(|(sort_key, number)| format!("{sort_key:x}.{number}"));
        let found = first.into_iter().chain(found).collect();
        Ok(OrderPage {
            rows: shown_orders(self, self.readers(), scope, found).await?,
            next,
            is_partial,
            waiting_count: self.waiting_count(scope).await?,
        })
    }

    /// Lines of the list as they stand now, of the orders of some numbers, at most 200; what is out of scope is left out.
    /// `words` as in [`Self::list_orders`].
    ///
    /// # Errors
    /// `forbidden` for roles without threads, or a fault.
    pub async fn order_lines(
        &self,
        scope: &Scope,
        numbers: &[String],
        words: &str,
    ) -> Result<OrderLines, Error> {
        scope.require(Permission::ReadMessages)?;
        let folded = fold(words);
        let words = Words::of(&order::words_of(&folded));
        let numbers = &numbers[..numbers.len().min(MAX_LINES)];
        let rows = self.columns_named(self.readers(), scope, numbers).await?;
        let found = rows.iter().filter(|c| c.matches(scope, &words));
        Ok(OrderLines {
            found: found.map(|c| c.number.clone()).collect(),
            rows: shown_orders(self, self.readers(), scope, rows).await?,
            waiting_count: self.waiting_count(scope).await?,
        })
    }

    /// How many orders wait for an answer.
    async fn waiting_count(&self, scope: &Scope) -> Result<u64, Error> {
        let mut waiting = sql(
            self.readers().get_database_backend(),
            "SELECT COUNT(*) FROM order_thread h LEFT JOIN sales_order s ON s.store_id = h.store_id AND s.number = h.number \
             WHERE h.waiting_since IS NOT NULL AND h.store_id = ?",
            values![scope.store_id().0],
        );
        push_scope(&mut waiting, scope);
        let waiting: i64 = waiting
            .row(self.readers())
            .await?
            .map(|row| row.try_get_by_index(0))
            .transpose()?
            .unwrap_or(0);
        Ok(waiting.unsigned_abs())
    }

    /// One order's line. None when there is none or it is out of scope.
    pub(super) async fn order_row(
        &self,
        scope: &Scope,
        number: &str,
    ) -> Result<Option<OrderRow>, Error> {
        if !scope.reads_messages() {
            return Ok(None);
        }
        let mut statement = self.order_statement(scope);
        statement.push(" AND h.number = ").bind(number);
        push_scope(&mut statement, scope);
        let found: Vec<Columns> = statement.all(self.readers()).await?;
        let shown = shown_orders(self, self.readers(), scope, found).await?;
        Ok(shown.into_iter().next())
    }

    /// Whether there is such an order and it is open to the scope.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn opens_order(&self, scope: &Scope, number: &str) -> Result<bool, Error> {
        Ok(self.order_row(scope, number).await?.is_some())
    }

    /// What was ordered; with `is_end` also what stands above and below the order in the list.
    pub(super) async fn beside(
        &self,
        scope: &Scope,
        number: &str,
        is_end: bool,
    ) -> Result<Beside, Error> {
        let backend = self.readers().get_database_backend();
        let store = scope.store_id().0;
        let text = "SELECT h.sort_key, s.items FROM order_thread h LEFT JOIN sales_order s ON s.store_id = h.store_id \
                    AND s.number = h.number WHERE h.store_id = ? AND h.number = ?";
        let row = sql(backend, text, values![store, number]);
        let Some(row) = row.row(self.readers()).await? else {
            return Ok(Beside::default());
        };
        let sort_key: i64 = row.try_get_by_index(0)?;
        let items: Option<String> = row.try_get_by_index(1)?;
        let mut beside = Beside {
            items: items.as_deref().map(items_of).unwrap_or_default(),
            ..Beside::default()
        };
        if !is_end {
            return Ok(beside);
        }
        for (sign, order, place) in [
            (">", "", &mut beside.previous),
            ("<", " DESC", &mut beside.next),
        ] {
            let mut statement = sql(
                backend,
                "SELECT h.number FROM order_thread h LEFT JOIN sales_order s ON s.store_id = h.store_id AND s.number = h.number \
                 WHERE h.store_id = ? AND ",
                values![store],
            );
            statement
                .push(&format!("(h.sort_key {sign} "))
                .bind(sort_key)
                .push(" OR (h.sort_key = ")
                .bind(sort_key)
                .push(&format!(" AND h.number {sign} "))
                .bind(number)
                .push("))");
            push_scope(&mut statement, scope);
            statement.push(&format!(
                " ORDER BY h.sort_key{order}, h.number{order} LIMIT 1"
            ));
            let found = statement.row(self.readers()).await?;
            *place = found.map(|row| row.try_get_by_index(0)).transpose()?;
        }
        Ok(beside)
    }

    /// The orders of a customer, newest first, at most 200.
    pub(super) async fn orders_of(
        &self,
        scope: &Scope,
        customer: &str,
    ) -> Result<Vec<OrderRow>, Error> {
        let mut statement = self.order_statement(scope);
        statement
            .push(" AND h.number IN (SELECT n.number FROM sales_order n WHERE n.store_id = ")
            .bind(scope.store_id().0)
            .push(" AND n.customer_id = ")
            .bind(customer)
            .push(")");
        push_scope(&mut statement, scope);
        statement.push(" ORDER BY COALESCE(s.placed_at, 0) DESC, h.number DESC LIMIT 200");
        let found: Vec<Columns> = statement.all(self.readers()).await?;
        shown_orders(self, self.readers(), scope, found).await
    }

    fn order_statement(&self, scope: &Scope) -> Sql {
        let mut statement = Sql::new(self.readers().get_database_backend(), "SELECT ");
        statement
            .push(COLUMNS)
            .push(", (SELECT COUNT(*) FROM message m WHERE m.order_number IS NOT NULL AND m.store_id = h.store_id \
                   AND m.order_number = h.number AND m.is_inbound = ")
            .bind(true)
            .push(" AND m.order_key > COALESCE((SELECT e.seen_key FROM order_seen e WHERE e.principal = ")
            .bind(reader_of(scope))
            .push(" AND e.store_id = h.store_id AND e.number = h.number), 0)) AS unread FROM order_thread h ")
            .push(TABLES)
            .push(" WHERE h.store_id = ")
            .bind(scope.store_id().0);
        statement
    }

    async fn order_rows(
        &self,
        scope: &Scope,
        after: Option<&(i64, String)>,
        limit: i64,
    ) -> Result<Vec<Columns>, Error> {
        let mut statement = self.order_statement(scope);
        push_scope(&mut statement, scope);
        if let Some((sort_key, number)) = after {
            statement
                .push(" AND (h.sort_key < ")
                .bind(*sort_key)
                .push(" OR (h.sort_key = ")
                .bind(*sort_key)
                .push(" AND h.number < ")
                .bind(number.clone())
                .push("))");
        }
        statement
            .push(" ORDER BY h.sort_key DESC, h.number DESC LIMIT ")
            .bind(limit);
        statement.all(self.readers()).await
    }

    /// The orders of some numbers for a file, in their order, as of a moment. What their messages say stands in files
    /// of messages and threads alone, which go when a message is erased.
    pub(crate) async fn orders_named(
        &self,
        on: &impl ConnectionTrait,
        scope: &Scope,
        numbers: &[String],
    ) -> Result<Vec<OrderRow>, Error> {
        let mut found = self.columns_named(on, scope, numbers).await?;
        for columns in &mut found {
            columns.last_key = None;
        }
        shown_orders(self, on, scope, found).await
    }

    /// The lines of the orders of these very numbers, in their order, along the index.
    async fn columns_named(
        &self,
        on: &impl ConnectionTrait,
        scope: &Scope,
        numbers: &[String],
    ) -> Result<Vec<Columns>, Error> {
        if numbers.is_empty() {
            return Ok(Vec::new());
        }
        let mut statement = self.order_statement(scope);
        statement
            .push(" AND h.number IN ")
            .list(numbers.iter().cloned());
        push_scope(&mut statement, scope);
        let mut found: Vec<Columns> = statement.all(on).await?;
        found.sort_by_cached_key(|c| numbers.iter().position(|number| *number == c.number));
        Ok(found)
    }
}

/// What stands beside an order in the list, and what was ordered.
#[derive(Default)]
pub(super) struct Beside {
    pub(super) items: Vec<OrderItem>,
    /// The order above it.
    pub(super) previous: Option<String>,
    /// The order below it.
    pub(super) next: Option<String>,
}

/// What was ordered, as it is kept. What can't be read is shown as nothing: the record of the order still tells.
pub(crate) fn items_of(text: &str) -> Vec<OrderItem> {
    serde_json::from_str(text).unwrap_or_default()
}

impl Columns {
    fn matches(&self, scope: &Scope, words: &Words) -> bool {
        let known = Known {
            open: &[
                Some(self.number.as_str()),
                self.status.as_deref(),
                self.total.as_deref(),
            ],
            personal: &[
                self.customer_name.as_deref(),
                self.customer_id.as_deref(),
                self.customer_email.as_deref(),
            ],
            phone: self.customer_phone.as_deref(),
        };
        words.find(&known, scope.role().is_masked())
    }
}

/// The lines of orders, each with its last message. Who reads no messages learns nothing of them here either.
async fn shown_orders(
    storage: &Storage,
    on: &impl ConnectionTrait,
    scope: &Scope,
    mut found: Vec<Columns>,
) -> Result<Vec<OrderRow>, Error> {
    let reads_messages = scope.reads_messages();
    if !reads_messages {
        for columns in &mut found {
            columns.last_key = None;
            columns.waiting_since = None;
            columns.unread = 0;
        }
    }
    let keys: Vec<OrderKey> = found
        .iter()
        .filter_map(|c| c.last_key.map(OrderKey))
        .collect();
    let mut last = row::of_keys(on, scope, &keys).await?;
    storage.bar_restarts(scope, &mut last);
    let mut last = last.into_iter();
    let is_masked = scope.role().is_masked();
    let mask = |text: Option<String>| {
        if is_masked {
            text.map(|_| MASK.to_owned())
        } else {
            text
        }
    };
    Ok(found
        .into_iter()
        .map(|c| OrderRow {
            last_message: c.last_key.and_then(|_| last.next()).map(Box::new),
            number: c.number,
            customer: mask(c.customer_id),
            customer_name: mask(c.customer_name),
            status: c.status,
            total: c.total,
            currency: c.currency,
            placed_at: c.placed_at.map(zone::time_of),
            assigned_to: mask(c.assigned_to),
            message_count: reads_messages.then_some(c.message_count.unsigned_abs()),
            unread_count: c.unread.unsigned_abs(),
            waiting_since: c.waiting_since.map(zone::time_of),
        })
        .collect())
}

fn push_scope(statement: &mut Sql, scope: &Scope) {
    if scope.role().reads_assigned_messages_only() {
        statement
            .push(" AND s.assigned_to = ")
            .bind(scope.assignee());
    }
}

fn cursor_of(text: &str) -> Result<(i64, String), Problem> {
    let read = text
        .split_once('.')
        .and_then(|(key, number)| Some((i64::from_str_radix(key, 16).ok()?, number.to_owned())));
    read.ok_or_else(|| Problem::invalid_cursor("after", "next"))
}
