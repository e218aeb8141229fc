//! Reading what is exported: as of one moment, some rows at a time.

use crate::log::row::PackedRows;
use crate::message::{row as message_row, thread_of, whole_messages, whole_thread_of};
use crate::select::{Picked, Skips, What};
use crate::watch::{items_of, selected};
use crate::{Error, Scope, Storage};
use domain::export::Source;
use domain::request::RequestEntry;
use domain::view::{
    ActivityDetail, ActivityRow, CustomerRow, MessageDetail, MessageRow, OrderRow, RequestRow,
    SecurityDetail, SecurityRow, ThreadItem, WholeThreadItem,
};
use domain::{Direction, OrderKey};
use sea_orm::DatabaseTransaction;

/// A row of an export, as its requester sees it.
#[derive(Debug, Clone, PartialEq)]
pub enum ExportItem {
    /// The line of an entry.
    Activity(Box<ActivityRow>),
    /// An entry with its content; without history and proof.
    WholeActivity(Box<ActivityDetail>),
    /// The line of a message.
    Message(Box<MessageRow>),
    /// A message with its content.
    WholeMessage(Box<MessageDetail>),
    /// An item of an order's thread.
    Thread {
        /// The order's number.
        order: String,
        /// The message or event.
        item: Box<ThreadItem>,
    },
    /// An item of an order's thread with its content.
    WholeThread {
        /// The order's number.
        order: String,
        /// The message or event.
        item: Box<WholeThreadItem>,
    },
    /// An order.
    Order(Box<OrderRow>),
    /// A customer.
    Customer(CustomerRow),
    /// The line of a security event.
    Security(Box<SecurityRow>),
    /// A security event with its content; without what stands around it and without proof.
    WholeSecurity(Box<SecurityDetail>),
    /// The line of a call.
    Request(Box<RequestRow>),
    /// A call with its content.
    WholeRequest {
        /// Its line.
        row: Box<RequestRow>,
        /// All of it.
        entry: Box<RequestEntry>,
    },
}

/// Some rows of an export as they were read. To take them apart takes as long as to read them, and can be left to another
/// thread.
pub struct ExportPart(Part);

enum Part {
    Lines(PackedRows),
    Whole(PackedRows),
    Items(Vec<ExportItem>),
}

impl ExportPart {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        match &self.0 {
            Part::Lines(rows) | Part::Whole(rows) => rows.len(),
            Part::Items(items) => items.len(),
        }
    }

    /// Whether the export has ended.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The rows, in the order of the list.
    ///
    /// # Errors
    /// When what was read is damaged.
    pub fn into_items(self) -> Result<Vec<ExportItem>, Error> {
        Ok(match self.0 {
            Part::Lines(rows) => {
                let lines = rows.lines()?.into_iter();
                lines
                    .map(|row| ExportItem::Activity(Box::new(row)))
                    .collect()
            }
            Part::Whole(rows) => {
                let entries = rows.whole()?.into_iter();
                entries
                    .map(|entry| ExportItem::WholeActivity(Box::new(entry)))
                    .collect()
            }
            Part::Items(items) => items,
        })
    }
}

/// The rows of an export. Holds a transaction open: drop it when it is done.
pub struct ExportRows {
    storage: Storage,
    scope: Scope,
    picked: Picked,
    is_whole: bool,
    snapshot: DatabaseTransaction,
    skips: Skips,
    /// Where the next part begins; none at the end.
    next: Option<Option<OrderKey>>,
    /// Orders and customers that are still to come, the next one last.
    names: Vec<String>,
    total: u64,
}

impl ExportRows {
    pub(super) async fn open(
        storage: Storage,
        scope: Scope,
        picked: Picked,
        is_whole: bool,
    ) -> Result<Self, Error> {
        let snapshot = storage.snapshot().await?;
        let skips = picked.skips(&snapshot, &scope).await?;
        let mut names = Vec::new();
        let total = if picked.source.has_uuids() {
            let kinds = storage.count_picked(&snapshot, &scope, &picked).await?;
            kinds.values().sum()
        } else {
            names = storage.names_of(&snapshot, &scope, &picked).await?;
            names.reverse();
            names.len() as u64
        };
        Ok(Self {
            storage,
            scope,
            picked,
            is_whole,
            snapshot,
            skips,
            next: Some(None),
            names,
            total,
        })
    }

    /// How many rows there are: entries, messages, orders or customers. Of threads, how many orders.
    pub const fn total(&self) -> u64 {
        self.total
    }

    /// Up to `limit` rows (1 to 5,000), in the order of the list; of threads those of one order. Empty at the
    /// end. Not cancel-safe: a future dropped before its end may take rows with it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn next(&mut self, limit: usize) -> Result<ExportPart, Error> {
        let limit = limit.clamp(1, 5_000);
        let items = match self.picked.source {
            Source::Activity | Source::Messages => {
                return self.next_entries(limit).await.map(ExportPart);
            }
            Source::Security | Source::Requests => self.next_watched(limit).await,
            Source::Threads => self.next_thread().await,
            Source::Orders => {
                let numbers = self.next_names(limit.min(500));
                let rows = self
                    .storage
                    .orders_named(&self.snapshot, &self.scope, &numbers)
                    .await?;
                Ok(rows
                    .into_iter()
                    .map(|row| ExportItem::Order(Box::new(row)))
                    .collect())
            }
            Source::Customers => self.next_customers(limit.min(500)).await,
        };
        Ok(ExportPart(Part::Items(items?)))
    }

    fn next_names(&mut self, limit: usize) -> Vec<String> {
        let from = self.names.len().saturating_sub(limit);
        let mut names = self.names.split_off(from);
        names.reverse();
        names
    }

    async fn next_entries(&mut self, limit: usize) -> Result<Part, Error> {
        while let Some(after) = self.next {
            let part = self
                .picked
                .part(
                    (&self.snapshot).into(),
                    &self.scope,
                    &self.skips,
                    after,
                    Direction::Newest,
                    limit,
                )
                .await?;
            self.next = part.next.map(Some);
            if part.keys.is_empty() {
                continue;
            }
            let (on, scope) = (&self.snapshot, &self.scope);
            return Ok(match (self.picked.source, self.is_whole) {
                (Source::Activity, false) => {
                    Part::Lines(PackedRows::read(on, scope, part.keys, false).await?)
                }
                (Source::Activity, true) => {
                    Part::Whole(PackedRows::read(on, scope, part.keys, true).await?)
                }
                (_, false) => {
                    let rows = message_row::of_keys(on, scope, &part.keys).await?;
                    Part::Items(
                        rows.into_iter()
                            .map(|row| ExportItem::Message(Box::new(row)))
                            .collect(),
                    )
                }
                (_, true) => {
                    let mut messages = whole_messages(on, scope, &part.keys).await?;
                    let rows = messages.iter_mut().map(|message| &mut message.row);
                    self.storage.bar_restarts(scope, rows);
                    Part::Items(
                        messages
                            .into_iter()
                            .map(|message| ExportItem::WholeMessage(Box::new(message)))
                            .collect(),
                    )
                }
            });
        }
        Ok(Part::Items(Vec::new()))
    }

    async fn next_watched(&mut self, limit: usize) -> Result<Vec<ExportItem>, Error> {
        let What::Watch(log, filter) = &self.picked.what else {
            return Ok(Vec::new());
        };
        while let Some(after) = self.next {
            let (on, log) = (&self.snapshot, (*log, filter));
            let part = selected(on, &self.scope, &self.picked, log, after, limit).await?;
            self.next = part.next.map(Some);
            if !part.is_empty() {
                return items_of(on, &self.scope, part, self.is_whole).await;
            }
        }
        Ok(Vec::new())
    }

    async fn next_thread(&mut self) -> Result<Vec<ExportItem>, Error> {
        let (on, scope) = (&self.snapshot, &self.scope);
        while let Some(order) = self.names.pop() {
            let items: Vec<ExportItem> = if self.is_whole {
                let mut items = whole_thread_of(on, scope, &order).await?;
                for item in &mut items {
                    if let WholeThreadItem::Message(message) = item {
                        self.storage.bar_restarts(scope, [&mut message.row]);
                    }
                }
                items
                    .into_iter()
                    .map(|item| ExportItem::WholeThread {
                        order: order.clone(),
                        item: Box::new(item),
                    })
                    .collect()
            } else {
                let items = thread_of(on, scope, &order).await?.into_iter();
                items
                    .map(|item| ExportItem::Thread {
                        order: order.clone(),
                        item: Box::new(item),
                    })
                    .collect()
            };
            if !items.is_empty() {
                return Ok(items);
            }
        }
        Ok(Vec::new())
    }

    async fn next_customers(&mut self, limit: usize) -> Result<Vec<ExportItem>, Error> {
        let ids = self.next_names(limit);
        let rows = self
            .storage
            .customers_named(&self.snapshot, &self.scope, &ids)
            .await?;
        Ok(rows.into_iter().map(ExportItem::Customer).collect())
    }
}
