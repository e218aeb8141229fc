//! What these pages ask the server: scope, call, map.

use crate::AppError;
#[cfg(feature = "ssr")]
use crate::activity::calls::asking::Asking;
#[cfg(feature = "ssr")]
use crate::context::RequestContext;
#[cfg(feature = "ssr")]
use domain::Problem;
use domain::operation::revert::{Choice, Part};
#[cfg(feature = "ssr")]
use domain::operation::{ConflictsInput, OperationId, Wish};
use domain::operation::{Control, ItemOutcome, OperationTab, PlannedKind};
use domain::view::{DryRun, ItemPage, OperationDetail, OperationPage, OperationRow, PlannedPage};
use leptos::server;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
#[cfg(feature = "ssr")]
use storage::ItemFilter;

/// How many operations a page has.
#[cfg(feature = "ssr")]
const OPERATIONS: u32 = 50;
/// How many items a page has.
#[cfg(feature = "ssr")]
const ITEMS: u32 = 100;
/// How many items of a dry run a page has.
#[cfg(feature = "ssr")]
const PLANNED: u32 = 200;

/// A page of operations and the mark from which to follow them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stretch {
    /// The page.
    pub page: OperationPage,
    /// What is recorded after this mark is not in it.
    pub mark: String,
}

/// An operation with its first items and the mark from which to follow it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Opened {
    /// The operation.
    pub detail: OperationDetail,
    /// Its first items.
    pub items: ItemPage,
    /// What is recorded after this mark is not in it.
    pub mark: String,
}

/// Which items are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Showing {
    /// Those that came to this.
    pub outcome: Option<ItemOutcome>,
    /// Those that failed by this cause.
    pub cause: Option<i64>,
}

impl Showing {
    /// Whether it is what failed.
    pub fn is_of_failed(self) -> bool {
        self.outcome == Some(ItemOutcome::Failed) || self.cause.is_some()
    }
}

#[cfg(feature = "ssr")]
fn named(id: &str) -> Result<OperationId, AppError> {
    OperationId::parse(id).ok_or_else(|| AppError(Problem::not_found("operation")))
}

/// A page of operations.
///
/// # Errors
/// Not signed in, a role without operations, a cursor that is none, a database that fails.
#[server(output = crate::wire::Wire, name = ListOperations, prefix = "/fn", endpoint = "operations/list")]
pub async fn list(tab: Option<OperationTab>, after: Option<String>) -> Result<Stretch, AppError> {
    let asking = Asking::now()?;
    let (storage, scope) = (&asking.storage, &asking.scope);
    let mark = storage.current_mark(scope).await?;
    let page = storage.list_operations(scope, tab, after.as_deref(), OPERATIONS);
    Ok(Stretch {
        page: page.await?,
        mark,
    })
}

/// An operation with its first items; none when there is no such one.
///
/// # Errors
/// Not signed in, a role without operations, a database that fails.
#[server(output = crate::wire::Wire, name = OpenOperation, prefix = "/fn", endpoint = "operations/open")]
pub async fn open(id: String) -> Result<Option<Opened>, AppError> {
    let asking = Asking::now()?;
    let (storage, scope) = (&asking.storage, &asking.scope);
    let Some(id) = OperationId::parse(&id) else {
        return Ok(None);
    };
    let mark = storage.current_mark(scope).await?;
    let Some(detail) = storage.get_operation(scope, &id).await? else {
        return Ok(None);
    };
    let items = storage.list_items(scope, &id, ItemFilter::default(), None, ITEMS);
    Ok(Some(Opened {
        detail,
        items: items.await?,
        mark,
    }))
}

/// What stands beside an operation's items, read again.
///
/// # Errors
/// Not signed in, a role without operations, a database that fails.
#[server(output = crate::wire::Wire, name = GetOperation, prefix = "/fn", endpoint = "operations/get")]
pub async fn get(id: String) -> Result<Option<OperationDetail>, AppError> {
    let asking = Asking::now()?;
    let id = named(&id)?;
    Ok(asking.storage.get_operation(&asking.scope, &id).await?)
}

/// A page of an operation's items.
///
/// # Errors
/// Not signed in, a role without operations, no such operation, a cursor that is none, a database that fails.
#[server(output = crate::wire::Wire, name = ListItems, prefix = "/fn", endpoint = "operations/items")]
pub async fn items(
    id: String,
    outcome: Option<ItemOutcome>,
    cause: Option<String>,
    after: Option<String>,
) -> Result<ItemPage, AppError> {
    let asking = Asking::now()?;
    let filter = ItemFilter {
        outcome,
        cause: cause.and_then(|cause| cause.parse().ok()),
        asked: false,
    };
    let id = named(&id)?;
    let page = asking
        .storage
        .list_items(&asking.scope, &id, filter, after.as_deref(), ITEMS);
    Ok(page.await?)
}

/// Asks an operation to wait, go on or end, or to try again what failed: the items of these places, or all of them.
///
/// # Errors
/// Not signed in, a role that may not, an operation that can't, a database that fails.
#[server(output = crate::wire::Wire, name = AskOperation, prefix = "/fn", endpoint = "operations/ask", input = leptos::server_fn::codec::Json)]
pub async fn ask(
    id: String,
    control: Control,
    only: BTreeSet<u64>,
) -> Result<OperationRow, AppError> {
    let asking = Asking::now()?;
    let id = named(&id)?;
    let wish = Wish { control, only };
    Ok(asking
        .storage
        .ask_operation(&asking.scope, &id, wish)
        .await?)
}

/// Ends a stalled operation whose source is gone.
///
/// # Errors
/// Not signed in, a role that may not, an operation that is not stalled, a database that fails.
#[server(output = crate::wire::Wire, name = EndOperation, prefix = "/fn", endpoint = "operations/end")]
pub async fn end(id: String) -> Result<OperationRow, AppError> {
    let asking = Asking::now()?;
    let id = named(&id)?;
    Ok(asking.storage.end_stalled(&asking.scope, &id).await?)
}

/// What taking a part of an operation back would do.
///
/// # Errors
/// Not signed in, a role that may not, an operation that has not ended, a database that fails.
#[server(output = crate::wire::Wire, name = PlanRevert, prefix = "/fn", endpoint = "operations/plan-revert", input = leptos::server_fn::codec::Json)]
pub async fn plan_revert(id: String, part: Part) -> Result<DryRun, AppError> {
    let asking = Asking::now()?;
    let id = named(&id)?;
    let shops = RequestContext::current().shops;
    Ok(shops.plan_revert(&asking.scope, &id, &part).await?)
}

/// The items of one kind in a dry run: more of its conflicts, or what it only counts.
///
/// # Errors
/// Not signed in, a role that may not, something that was changed meanwhile, a cursor that is none, a database that fails.
#[server(output = crate::wire::Wire, name = ListPlanned, prefix = "/fn", endpoint = "operations/planned", input = leptos::server_fn::codec::Json)]
pub async fn planned(
    id: String,
    part: Part,
    as_of: i64,
    kind: PlannedKind,
    after: Option<String>,
) -> Result<PlannedPage, AppError> {
    let asking = Asking::now()?;
    let id = named(&id)?;
    let asked = ConflictsInput {
        as_of,
        kind,
        after,
        limit: PLANNED,
        part,
    };
    let page = asking.storage.list_planned(&asking.scope, &id, &asked);
    Ok(page.await?)
}

/// Takes a part of an operation back as a dry run said; gives the operation that does it.
///
/// # Errors
/// Not signed in, a role that may not, something that was changed meanwhile, a database that fails.
#[server(output = crate::wire::Wire, name = StartRevert, prefix = "/fn", endpoint = "operations/revert", input = leptos::server_fn::codec::Json)]
pub async fn start_revert(
    id: String,
    part: Part,
    choice: Choice,
    as_of: i64,
) -> Result<OperationRow, AppError> {
    let asking = Asking::now()?;
    let id = named(&id)?;
    Ok(asking
        .storage
        .start_revert(&asking.scope, &id, &choice, &part, as_of)
        .await?)
}
