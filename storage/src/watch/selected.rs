//! Reading the two logs for a selection: all of it, as of one moment.

use super::filter::{Log, push_conditions};
use super::request::effects_of;
use super::walk::{Columns, Entry, Found};
use super::{request_row, security_row, shown_event, shown_request};
use crate::export::ExportItem;
use crate::select::{Picked, is_excepted};
use crate::sql::sql;
use crate::{Error, Scope};
use domain::OrderKey;
use domain::entry::EntryFilter;
use domain::security::SecurityEvent;
use domain::view::SecurityDetail;
use sea_orm::ConnectionTrait;

/// A part of a walk.
pub(crate) struct SelectedPart {
    /// The entries, newest first.
    pub(crate) found: Vec<Found>,
    /// Where to go on; none at the end.
    pub(crate) next: Option<OrderKey>,
}

impl SelectedPart {
    /// How many entries it has.
    pub(crate) const fn len(&self) -> u64 {
        self.found.len() as u64
    }

    /// Whether it has none.
    pub(crate) const fn is_empty(&self) -> bool {
        self.found.is_empty()
    }
}

/// Up to `limit` entries of a selection after a key, newest first; it may be fewer though more follow.
pub(crate) async fn selected(
    on: &impl ConnectionTrait,
    scope: &Scope,
    picked: &Picked,
    (log, filter): (Log, &EntryFilter),
    after: Option<OrderKey>,
    limit: usize,
) -> Result<SelectedPart, Error> {
    scope.require(log.permission())?;
    let is_masked = scope.role().is_masked();
    let mut statement = sql(on.get_database_backend(), log.select(), []);
    statement
        .push(" WHERE e.store_id = ")
        .bind(scope.store_id().0)
        .push(" AND e.seq <= ")
        .bind(picked.up_to);
    push_conditions(log, filter, is_masked, &mut statement);
    if let Some(after) = after {
        statement.push(" AND e.order_key < ").bind(after.0);
    }
    statement
        .push(" ORDER BY e.order_key DESC LIMIT ")
        .bind(i64::try_from(limit).unwrap_or(i64::MAX));
    let columns: Vec<Columns> = statement.all(on).await?;
    let next = (columns.len() >= limit)
        .then(|| columns.last().map(|c| OrderKey(c.order_key)))
        .flatten();
    let mut found = Vec::with_capacity(columns.len());
    for c in columns {
        let entry = log.found(c)?;
        if filter.matches(&entry.facts, is_masked) && !is_excepted(picked, &entry.id.to_string()) {
            found.push(entry);
        }
    }
    Ok(SelectedPart { found, next })
}

/// The entries of a part as their log shows them to the scope; `is_whole`: with their content.
pub(crate) async fn items_of(
    on: &impl ConnectionTrait,
    scope: &Scope,
    part: SelectedPart,
    is_whole: bool,
) -> Result<Vec<ExportItem>, Error> {
    let mut calls: Vec<&str> = Vec::new();
    for found in &part.found {
        if let Entry::Request(entry) = &found.entry {
            calls.push(&entry.request_id);
        }
    }
    let effects = effects_of(on, scope, calls.into_iter()).await?;
    let item = |found: Found| match found.entry {
        Entry::Security(event) => {
            let row = security_row(scope, found.id, found.seq, &event);
            if is_whole {
                ExportItem::WholeSecurity(Box::new(detail_of(row, shown_event(scope, &event))))
            } else {
                ExportItem::Security(Box::new(row))
            }
        }
        Entry::Request(entry) => {
            let caused = effects.get(&entry.request_id).copied().unwrap_or(0);
            let row = Box::new(request_row(scope, &entry, caused));
            if is_whole {
                let entry = Box::new(shown_request(scope, &entry));
                ExportItem::WholeRequest { row, entry }
            } else {
                ExportItem::Request(row)
            }
        }
    };
    Ok(part.found.into_iter().map(item).collect())
}

/// An event with its content and nothing from around it.
const fn detail_of(row: domain::view::SecurityRow, event: SecurityEvent) -> SecurityDetail {
    SecurityDetail {
        row,
        event,
        same_account: Vec::new(),
        same_address: Vec::new(),
        request: None,
        proof: None,
    }
}
