//! Messages with their content, many at a time: what files hold.

use super::row;
use crate::log::plan::Plan;
use crate::log::row::{PackedRows, of_keys as lines_of};
use crate::log::uuid_of;
use crate::record::message::{damaged, delivery_of, message_of};
use crate::sql::{Sql, sql, values};
use crate::{Error, Scope};
use domain::message::{Channel, DeliveryFact, Message};
use domain::view::{MessageDetail, ThreadItem, WholeThreadItem};
use domain::{Direction, Filter, MessageId, OrderKey, Seq};
use sea_orm::{ConnectionTrait as _, DatabaseTransaction, FromQueryResult};
use std::collections::HashMap;

/// How many events of one order are read at once.
const EVENTS: usize = 1_000;

#[derive(FromQueryResult)]
struct Columns {
    order_key: i64,
    seq: i64,
    id: Vec<u8>,
    shown: String,
    facts: String,
    body: Option<String>,
    due_at: Option<i64>,
}

const COLUMNS: &str = "SELECT m.order_key, m.seq, m.id, m.shown, m.facts, p.body, o.due_at FROM message m \
     LEFT JOIN payload p ON p.seq = m.seq LEFT JOIN outbox o ON o.order_key = m.order_key AND o.state = 0 WHERE ";

impl Columns {
    fn message(&self) -> Result<Message, Error> {
        match &self.body {
            Some(body) => message_of(body),
            // Its content was erased, its line is still there.
            None => serde_json::from_str(&self.shown).map_err(damaged),
        }
    }
}

/// The messages of the keys given, in their order, without history. The keys were found through the scope.
pub(crate) async fn whole_messages(
    on: &DatabaseTransaction,
    scope: &Scope,
    keys: &[OrderKey],
) -> Result<Vec<MessageDetail>, Error> {
    let mut statement = Sql::new(on.get_database_backend(), COLUMNS);
    statement
        .push("m.order_key IN ")
        .list(keys.iter().map(|key| key.0));
    let mut found: Vec<Columns> = statement.all(on).await?;
    let places: HashMap<i64, usize> = keys.iter().map(|k| k.0).zip(0..).collect();
    found.sort_by_cached_key(|c| places.get(&c.order_key).copied());
    found
        .into_iter()
        .map(|columns| whole(scope, &columns))
        .collect()
}

fn whole(scope: &Scope, columns: &Columns) -> Result<MessageDetail, Error> {
    let message = columns.message()?;
    let facts: Vec<DeliveryFact> = serde_json::from_str(&columns.facts).map_err(damaged)?;
    let delivery = delivery_of(&message, &facts);
    let is_masked = scope.role().is_masked();
    let (id, seq) = (MessageId(uuid_of(&columns.id)?), Seq(columns.seq));
    let opens = facts.iter().filter_map(|fact| row::read_mark(scope, fact));
    Ok(MessageDetail {
        row: row::of_message(scope, id, seq, &message, &delivery, columns.due_at),
        message: message.shown_to(scope.role()),
        opens: opens.collect(),
        delivery: if is_masked {
            row::mask_delivery(&delivery)
        } else {
            delivery
        },
        history: Vec::new(),
        is_masked,
        sent_again_as: Vec::new(),
        missed: row::missed(scope, &message, &facts),
        proof: None,
        call: None,
        has_raw: columns.body.is_some()
            && message.channel == Channel::Email
            && row::raw_of(scope, &message, &facts).is_some(),
    })
}

/// A whole thread, oldest first, as of a moment: the lines of its messages and of what happened to the order.
pub(crate) async fn thread_of(
    on: &DatabaseTransaction,
    scope: &Scope,
    number: &str,
) -> Result<Vec<ThreadItem>, Error> {
    let mut items = Vec::new();
    for columns in messages_of(on, scope, number).await? {
        let whole = whole(scope, &columns)?;
        let message = columns.message()?;
        let key = OrderKey(columns.order_key);
        let place = (row::place(&whole.row, key), key);
        items.push((place, row::item(scope, whole.row, &message)));
    }
    for keys in events_of(on, scope, number).await?.chunks(EVENTS) {
        let rows = lines_of(on, scope, keys).await?;
        for (key, row) in keys.iter().zip(rows) {
            let item = ThreadItem::Activity { row: Box::new(row) };
            items.push(((key.micros(), *key), item));
        }
    }
    Ok(in_order(items))
}

/// The same with all their content.
pub(crate) async fn whole_thread_of(
    on: &DatabaseTransaction,
    scope: &Scope,
    number: &str,
) -> Result<Vec<WholeThreadItem>, Error> {
    let mut items = Vec::new();
    for columns in messages_of(on, scope, number).await? {
        let message = whole(scope, &columns)?;
        let key = OrderKey(columns.order_key);
        let place = (row::place(&message.row, key), key);
        let item = WholeThreadItem::Message(Box::new(message));
        items.push((place, item));
    }
    for keys in events_of(on, scope, number).await?.chunks(EVENTS) {
        let packed = PackedRows::read(on, scope, keys.to_vec(), true).await?;
        for (key, entry) in keys.iter().zip(packed.whole()?) {
            let item = WholeThreadItem::Activity(Box::new(entry));
            items.push(((key.micros(), *key), item));
        }
    }
    Ok(in_order(items))
}

/// As the page of the thread has them: by the microsecond at which they stand there, then by key.
fn in_order<T>(mut items: Vec<((i64, OrderKey), T)>) -> Vec<T> {
    items.sort_by_key(|(place, _)| *place);
    items.into_iter().map(|(_, item)| item).collect()
}

/// The messages of an order.
async fn messages_of(
    on: &DatabaseTransaction,
    scope: &Scope,
    number: &str,
) -> Result<Vec<Columns>, Error> {
    let text = format!(
        "{COLUMNS}m.order_number IS NOT NULL AND m.store_id = ? AND m.order_number = ? AND "
    );
    let values = values![scope.store_id().0, number];
    let mut statement = sql(on.get_database_backend(), &text, values);
    scope.push_message_condition(&mut statement);
    statement.all(on).await
}

/// The keys of what happened to an order, all of it, oldest first: as the page of the thread finds it.
async fn events_of(
    on: &DatabaseTransaction,
    scope: &Scope,
    number: &str,
) -> Result<Vec<OrderKey>, Error> {
    let filter = Filter::of_thread(number);
    let plan = Plan::on(on.into(), scope, &filter).await?;
    let (mut keys, mut next) = (Vec::new(), Some(None));
    while let Some(after) = next {
        let found = plan.keys(after, Direction::Oldest, EVENTS).await?;
        let is_full = found.keys.len() >= EVENTS;
        let last = found.keys.last().copied().filter(|_| is_full);
        next = last.or(found.stopped_at).map(Some);
        keys.extend(found.keys);
    }
    Ok(keys)
}
