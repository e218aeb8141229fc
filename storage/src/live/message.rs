//! What was committed about messages.

use crate::message::row;
use crate::record::message::{damaged, delivery_of, message_of};
use crate::sql::sql;
use crate::{Error, Published, Scope, Storage, log};
use domain::message::{DeliveryFact, MessageFacts, MessageFilter};
use domain::view::{MessageEvent, MessageRow, ThreadItem};
use domain::{Filter, MessageId, Seq, StoreId};
use sea_orm::{DatabaseConnection, FromQueryResult};
use std::sync::Arc;
use tokio::sync::broadcast;

/// A committed record about a message that live views may show.
#[derive(Debug, Clone)]
pub struct PublishedMessage {
    /// Its ledger number.
    pub seq: Seq,
    /// The ledger number of the message.
    pub message_seq: Seq,
    /// The store it belongs to.
    pub store_id: StoreId,
    /// Whether the message is new (else something became known of it).
    pub is_new: bool,
    /// Opaque: resume after this record.
    pub mark: String,
    /// The colleague to whom its order is assigned.
    pub assigned_to: Option<String>,
    /// When it is due, while it waits: microseconds.
    pub due_at: Option<i64>,
    /// The message as it is now.
    pub facts: Arc<MessageFacts>,
}

#[derive(FromQueryResult)]
struct Entry {
    seq: i64,
    store_id: i64,
    kind: String,
    record_id: Vec<u8>,
    message_seq: i64,
    id: Vec<u8>,
    facts: String,
    body: String,
    due_at: Option<i64>,
}

impl Entry {
    /// Its mark, and the message as it is now.
    fn read(&self) -> Result<(String, MessageFacts), Error> {
        let message = message_of(&self.body)?;
        let facts: Vec<DeliveryFact> = serde_json::from_str(&self.facts).map_err(damaged)?;
        let delivery = delivery_of(&message, &facts);
        let mark = log::uuid_of(&self.record_id)?.to_string();
        let id = MessageId(log::uuid_of(&self.id)?);
        Ok((mark, MessageFacts::new(id, message, delivery)))
    }
}

impl PublishedMessage {
    /// What a scope and filter make of it, if they let it through. A change comes as well when the filter may have let
    /// the message through before: whoever shows it must learn what it is now.
    ///
    /// `order`: told in the thread of this order alone, where it is shown whole; else no more is told than its line in
    /// the list.
    pub fn event_for(
        &self,
        scope: &Scope,
        filter: &MessageFilter,
        order: Option<&str>,
    ) -> Option<MessageEvent> {
        if order.is_some_and(|number| self.facts.message.order.as_deref() != Some(number)) {
            return None;
        }
        let is_matching = scope.sees_message(self, filter);
        if !is_matching && (self.is_new || !scope.may_have_seen_message(self, filter)) {
            return None;
        }
        let line = self.row(scope);
        let item = Box::new(match order {
            Some(_) => row::item(scope, line, &self.facts.message),
            None => row::line(line),
        });
        let mark = self.mark.clone();
        Some(if self.is_new {
            MessageEvent::MessageAdded { item, mark }
        } else {
            MessageEvent::MessageChanged {
                item,
                is_matching,
                mark,
            }
        })
    }

    fn row(&self, scope: &Scope) -> MessageRow {
        let facts = &self.facts;
        row::of_message(
            scope,
            facts.id,
            self.message_seq,
            &facts.message,
            &facts.delivery,
            self.due_at,
        )
    }
}

impl Published {
    /// What a scope and the filter of a thread ([`Filter::of_thread`]) make of an activity, if they let it through.
    pub fn thread_event_for(&self, scope: &Scope, filter: &Filter) -> Option<MessageEvent> {
        if !scope.sees(self, filter) {
            return None;
        }
        let row = Box::new(scope.project(self)?);
        Some(MessageEvent::OrderActivity { row })
    }
}

impl Storage {
    /// Everything about messages that is committed from now on, by this process or another. A slow reader
    /// gets `Lagged` and must read on with [`Storage::message_changes_since`].
    pub fn subscribe_messages(&self) -> broadcast::Receiver<Arc<PublishedMessage>> {
        self.inner.listeners.messages.subscribe()
    }

    /// What a scope and filter make of what was committed ([`PublishedMessage::event_for`]), as it can be acted on here.
    pub fn live_message_event(
        &self,
        published: &PublishedMessage,
        scope: &Scope,
        filter: &MessageFilter,
        order: Option<&str>,
    ) -> Option<MessageEvent> {
        let mut event = published.event_for(scope, filter, order)?;
        if let MessageEvent::MessageAdded { item, .. } | MessageEvent::MessageChanged { item, .. } =
            &mut event
            && let ThreadItem::Message { row, .. } = item.as_mut()
        {
            self.bar_restarts(scope, [row.as_mut()]);
        }
        Some(event)
    }

    /// What scope and filter let through after a mark (of [`Storage::current_mark`] or an event), oldest
    /// first, at most 500; ends with [`MessageEvent::Resync`] when there is more, the mark is unknown, or something was
    /// erased since.
    /// `order`: of one thread only, then with what happened to the order, unless the filter asks for some messages.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn message_changes_since(
        &self,
        scope: &Scope,
        filter: &MessageFilter,
        order: Option<&str>,
        mark: &str,
    ) -> Result<Vec<MessageEvent>, Error> {
        let end = super::size(self.readers()).await?;
        let resync = async || -> Result<Vec<MessageEvent>, Error> {
            Ok(vec![MessageEvent::Resync {
                mark: self.current_mark(scope).await?,
            }])
        };
        let from = match mark {
            "start" => Some(0),
            mark => self.seq_of_mark(scope, mark).await?,
        };
        let Some(mut after) = from.filter(|from| end - from <= super::LOOKED_THROUGH) else {
            return resync().await;
        };
        if super::has_erased(self.readers(), scope.store_id(), after).await? {
            return resync().await;
        }
        let beside = order
            .filter(|_| filter.clauses.is_empty())
            .map(Filter::of_thread);
        let store = Some(scope.store_id());
        let mut events = Vec::new();
        while after < end {
            let part = end.min(after + super::CHUNK);
            let mut found = Vec::new();
            for published in entries(self.readers(), store, after, part).await? {
                let event = self.live_message_event(&published, scope, filter, order);
                found.extend(event.map(|event| (published.seq, event)));
            }
            if let Some(beside) = &beside {
                for published in super::entries(self.readers(), store, after, part).await? {
                    let event = published.thread_event_for(scope, beside);
                    found.extend(event.map(|event| (published.seq, event)));
                }
            }
            found.sort_by_key(|(seq, _)| *seq);
            events.extend(found.into_iter().map(|(_, event)| event));
            if events.len() > super::RESUMED {
                return resync().await;
            }
            after = part;
        }
        Ok(events)
    }
}

/// The records about messages with numbers from (exclusive) to (inclusive).
pub(super) async fn entries(
    on: &DatabaseConnection,
    store: Option<StoreId>,
    from: i64,
    to: i64,
) -> Result<Vec<PublishedMessage>, Error> {
    let mut statement = sql(
        on.get_database_backend(),
        "SELECT l.seq, l.store_id, l.kind, l.record_id, m.seq AS message_seq, m.id, m.facts, p.body, o.due_at FROM ledger l \
         JOIN message m ON m.order_key = l.order_key JOIN payload p ON p.seq = m.seq \
         LEFT JOIN outbox o ON o.order_key = m.order_key AND o.state = 0 WHERE l.kind IN ('message', 'message_fact')",
        [],
    );
    statement.push(" AND l.seq > ").bind(from);
    statement.push(" AND l.seq <= ").bind(to);
    if let Some(store) = store {
        statement.push(" AND l.store_id = ").bind(store.0);
    }
    statement.push(" ORDER BY l.seq");
    let mut published = Vec::new();
    for entry in statement.all::<Entry>(on).await? {
        let Some((mark, facts)) = Error::passed_over(entry.read(), entry.seq)? else {
            continue;
        };
        let order = facts.message.order.as_deref();
        let store_id = StoreId(entry.store_id);
        published.push(PublishedMessage {
            seq: Seq(entry.seq),
            message_seq: Seq(entry.message_seq),
            store_id,
            is_new: entry.kind == "message",
            mark,
            assigned_to: log::assigned_to(on, store_id, order).await?,
            due_at: entry.due_at,
            facts: Arc::new(facts),
        });
    }
    Ok(published)
}
