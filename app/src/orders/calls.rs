//! What the orders pages ask the server: scope, call, map.

use crate::AppError;
#[cfg(feature = "ssr")]
use crate::activity::calls::asking::Asking;
use domain::followup::Template;
use domain::view::{OrderLines, OrderPage, Thread};
use leptos::server;
use leptos::server_fn::codec::Json;
use serde::{Deserialize, Serialize};
#[cfg(feature = "ssr")]
use storage::ThreadPage;

/// How many orders a page has.
#[cfg(feature = "ssr")]
const ORDERS: u32 = 50;
/// How many messages a thread opens with: three screens of them, since more only make who opens it wait.
pub const OPENING: u32 = 40;
/// How many messages a further stretch of a thread has, and the most that are given at once.
pub const STRETCH: u32 = 100;

/// A stretch of a thread and the mark from which to follow it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stretch {
    /// The stretch.
    pub thread: Thread,
    /// What is recorded after this mark is not in it.
    pub mark: String,
}

/// A page of orders and the mark from which to follow them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Orders {
    /// The orders.
    pub page: OrderPage,
    /// What is recorded after this mark is not in it. With the first page only.
    pub mark: Option<String>,
}

/// A page of orders: those that wait for an answer first.
///
/// # Errors
/// Not signed in, a role without threads, a cursor that is none, a database that fails.
#[server(output = crate::wire::Wire, name = ListOrders, prefix = "/fn", endpoint = "orders/list")]
pub async fn list(words: String, after: Option<String>) -> Result<Orders, AppError> {
    let asking = Asking::now()?;
    let mark = asking.mark(after.is_none()).await?;
    let (storage, scope) = (&asking.storage, &asking.scope);
    let page = storage.list_orders(scope, &words, after.as_deref(), ORDERS);
    let page = page.await?;
    Ok(Orders { page, mark })
}

/// Some lines of the list as they stand now, and which of them `words` finds. What is out of scope is left out.
///
/// # Errors
/// Not signed in, a role without threads, a database that fails.
#[server(output = crate::wire::Wire, name = ReadOrderLines, prefix = "/fn", endpoint = "orders/lines", input = Json)]
pub async fn lines(numbers: Vec<String>, words: String) -> Result<OrderLines, AppError> {
    let Asking { storage, scope } = Asking::now()?;
    Ok(storage.order_lines(&scope, &numbers, &words).await?)
}

/// The end of an order's thread, or what lies before a cursor, `most` messages of it (1 to [`STRETCH`]); none when there is
/// no such order or it is out of scope.
///
/// # Errors
/// Not signed in, a cursor that is none, a database that fails.
#[server(output = crate::wire::Wire, name = ReadThread, prefix = "/fn", endpoint = "orders/thread")]
pub async fn thread(
    number: String,
    before: Option<String>,
    most: u32,
) -> Result<Option<Stretch>, AppError> {
    let asking = Asking::now()?;
    let mark = asking.storage.current_mark(&asking.scope).await?;
    let page = ThreadPage {
        before,
        after: None,
        limit: most.clamp(1, STRETCH),
    };
    let thread = asking.storage.thread(&asking.scope, &number, page).await?;
    Ok(thread.map(|thread| Stretch { thread, mark }))
}

/// Notes that the reader has seen the thread to its end.
///
/// # Errors
/// Not signed in, no such order, a database that fails.
#[server(output = crate::wire::Wire, name = MarkSeen, prefix = "/fn", endpoint = "orders/seen")]
pub async fn seen(number: String) -> Result<(), AppError> {
    let asking = Asking::now()?;
    Ok(asking.storage.mark_seen(&asking.scope, &number).await?)
}

/// The store's own templates, filled with what is known of an order.
///
/// # Errors
/// Not signed in, a role that may not send, no such order, a database that fails.
#[server(output = crate::wire::Wire, name = FilledTemplates, prefix = "/fn", endpoint = "orders/templates")]
pub async fn templates(number: String) -> Result<Vec<Template>, AppError> {
    let Asking { storage, scope } = Asking::now()?;
    let filled = storage.filled_templates(&scope, &number).await?;
    Ok(filled.unwrap_or_default())
}
