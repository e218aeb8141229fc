//! Messages with their content, many at a time: what files hold.

use super::row;
use crate::log::plan::Plan;
use crate::log::{row as log_row, uuid_of};
use crate::record::message::{damaged, delivery_of, message_of};
use crate::sql::{Sql, sql, values};
use crate::{Error, Scope};
use domain::message::{Channel, DeliveryFact, FactKind, Message, ReadMark};
use domain::view::{MessageDetail, ThreadItem};
use domain::{Direction, Filter, MessageId, OrderKey, Seq};
use sea_orm::{ConnectionTrait as _, DatabaseTransaction, FromQueryResult};
use std::collections::HashMap;

/// How many events of one order a file tells.
const MOST_EVENTS: usize = 1_000;

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
    let opens = facts.iter().filter_map(|fact| match &fact.kind {
        FactKind::Opened {
            confidence,
            reason,
            device,
        }
        | FactKind::Clicked {
            confidence,
            reason,
            device,
            ..
        } => Some(ReadMark {
            at: fact.at,
            confidence: *confidence,
            reason: reason.clone(),
            device: device.clone().filter(|_| !is_masked),
        }),
        _ => None,
    });
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
        proof: None,
        has_raw: columns.body.is_some()
            && message.channel == Channel::Email
            && row::raw_of(scope, &message, &facts).is_some(),
    })
}

/// A whole thread, oldest first, as of a moment: messages and what happened to the order.
pub(crate) async fn thread_of(
    on: &DatabaseTransaction,
    scope: &Scope,
    number: &str,
) -> Result<Vec<ThreadItem>, Error> {
    let text = format!(
        "{COLUMNS}m.order_number IS NOT NULL AND m.store_id = ? AND m.order_number = ? AND "
    );
    let values = values![scope.store_id().0, number];
    let mut statement = sql(on.get_database_backend(), &text, values);
    scope.push_message_condition(&mut statement);
    let found: Vec<Columns> = statement.all(on).await?;
    let mut items = Vec::with_capacity(found.len());
    for columns in found {
        let whole = whole(scope, &columns)?;
        let message = columns.message()?;
        items.push((columns.order_key, row::item(scope, whole.row, &message)));
    }
    // As the page of the thread shows it.
    let filter = Filter::of_thread(number);
    let plan = Plan::on(on.into(), scope, &filter).await?;
    let found = plan.keys(None, Direction::Oldest, MOST_EVENTS).await?;
    let rows = log_row::of_keys(on, scope, &found.keys).await?;
    for (key, row) in found.keys.iter().zip(rows) {
        items.push((key.0, ThreadItem::Activity { row: Box::new(row) }));
    }
    items.sort_by_key(|(key, _)| *key);
    Ok(items.into_iter().map(|(_, item)| item).collect())
}
