//! What these pages ask the server: scope, call, map.

use crate::AppError;
#[cfg(feature = "ssr")]
use crate::activity::calls::asking::Asking;
#[cfg(feature = "ssr")]
use crate::context::{RequestContext, WantedConnection};
#[cfg(feature = "ssr")]
use domain::Problem;
use domain::hook::{HookState, Platform};
use domain::view::{ConnectionView, HookDetail, HookPage, HookRow, MadeConnection};
use domain::{ConnectionId, HookId};
use leptos::server;
use leptos_router::params::ParamsMap;
use serde::{Deserialize, Serialize};

/// How many deliveries a page has.
#[cfg(feature = "ssr")]
const ROWS: u32 = 50;

/// Which deliveries are asked for, as the address says.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Asked {
    /// Those of this connection.
    pub connection: Option<String>,
    /// Those of this topic.
    pub topic: Option<String>,
    /// Those that stand so.
    pub state: Option<HookState>,
}

impl Asked {
    /// Of an address.
    pub fn of(query: &ParamsMap) -> Self {
        let text = |name: &str| query.get(name).filter(|text| !text.is_empty());
        Self {
            connection: text("connection"),
            topic: text("topic"),
            state: text("state").and_then(|text| text.parse().ok()),
        }
    }

    /// The address.
    pub fn href(&self) -> String {
        let mut query = ParamsMap::new();
        for (name, value) in [("connection", &self.connection), ("topic", &self.topic)] {
            if let Some(value) = value {
                query.insert(name, value.clone());
            }
        }
        if let Some(state) = self.state {
            query.insert("state", state.as_str().to_owned());
        }
        format!("/webhooks{}", query.to_query_string())
    }

    /// Whether a delivery is asked for.
    #[cfg(not(feature = "ssr"))]
    pub fn fits(&self, row: &HookRow) -> bool {
        let is = |asked: &Option<String>, own: &str| asked.as_deref().is_none_or(|one| one == own);
        is(&self.connection, &row.connection)
            && is(&self.topic, &row.topic)
            && self.state.is_none_or(|state| state == row.state)
    }
}

/// A page of deliveries, with what can be chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stretch {
    /// The page.
    pub page: HookPage,
    /// The names of the connections.
    pub connections: Vec<String>,
    /// The topics there are.
    pub topics: Vec<String>,
}

#[cfg(feature = "ssr")]
fn named(id: &str) -> Result<HookId, AppError> {
    let id = id.parse().ok();
    id.ok_or_else(|| AppError(Problem::not_found("webhook")))
}

/// A page of deliveries.
///
/// # Errors
/// Not signed in, a role without webhooks, a cursor that is none, a database that fails.
#[server(output = crate::wire::Wire, name = ListWebhooks, prefix = "/fn", endpoint = "webhooks/list", input = leptos::server_fn::codec::Json)]
pub async fn list(asked: Asked, after: Option<String>) -> Result<Stretch, AppError> {
    let asking = Asking::now()?;
    let (storage, scope) = (&asking.storage, &asking.scope);
    let filter = storage::HookFilter {
        connection: asked.connection,
        topic: asked.topic,
        state: asked.state,
        trace_id: None,
    };
    let page = storage.list_hooks(scope, &filter, after.as_deref(), ROWS);
    let connections = storage.list_connections(scope).await?;
    Ok(Stretch {
        page: page.await?,
        connections: connections.into_iter().map(|one| one.name).collect(),
        topics: storage.hook_topics(scope).await?,
    })
}

/// A delivery; none when there is no such one.
///
/// # Errors
/// Not signed in, a role without webhooks, a database that fails.
#[server(output = crate::wire::Wire, name = OpenWebhook, prefix = "/fn", endpoint = "webhooks/open")]
pub async fn open(id: String) -> Result<Option<HookDetail>, AppError> {
    let asking = Asking::now()?;
    let Ok(id) = named(&id) else { return Ok(None) };
    Ok(asking.storage.get_hook(&asking.scope, id).await?)
}

/// Has a delivery tried again.
///
/// # Errors
/// Not signed in, a role without webhooks, a delivery that did not fail, a database that fails.
#[server(output = crate::wire::Wire, name = RetryWebhook, prefix = "/fn", endpoint = "webhooks/retry")]
pub async fn retry(id: HookId) -> Result<HookRow, AppError> {
    let asking = Asking::now()?;
    Ok(asking.storage.retry_hook(&asking.scope, id).await?)
}

/// Discards a delivery.
///
/// # Errors
/// Not signed in, a role without webhooks, a delivery that did not fail, a database that fails.
#[server(output = crate::wire::Wire, name = DiscardWebhook, prefix = "/fn", endpoint = "webhooks/discard")]
pub async fn discard(id: HookId) -> Result<HookRow, AppError> {
    let asking = Asking::now()?;
    Ok(asking.storage.discard_hook(&asking.scope, id).await?)
}

/// Replaces the body of a delivery as it is processed, and has it tried again.
///
/// # Errors
/// Not signed in, a role without webhooks, a delivery that did not fail, a body that is no JSON, a database that fails.
#[server(output = crate::wire::Wire, name = EditWebhook, prefix = "/fn", endpoint = "webhooks/edit")]
pub async fn edit(id: HookId, body: String) -> Result<HookRow, AppError> {
    let asking = Asking::now()?;
    asking.storage.edit_hook(&asking.scope, id, body).await?;
    Ok(asking.storage.retry_hook(&asking.scope, id).await?)
}

/// The store's connections.
///
/// # Errors
/// Not signed in, a role without webhooks, a database that fails.
#[server(output = crate::wire::Wire, name = ListConnections, prefix = "/fn", endpoint = "connections/list")]
pub async fn list_connections() -> Result<Vec<ConnectionView>, AppError> {
    let asking = Asking::now()?;
    Ok(asking.storage.list_connections(&asking.scope).await?)
}

/// Makes a connection, or gives the one of this name another secret.
///
/// # Errors
/// Not signed in, no fresh proof, a role without keys, a wrong name or secret, a name that is taken, a database that fails.
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "connections/make")]
pub async fn make_connection(
    platform: Platform,
    name: String,
    secret: Option<String>,
) -> Result<MadeConnection, AppError> {
    let context = RequestContext::current();
    let scope = context.proved_scope()?;
    scope.require(domain::Permission::ManageKeys)?;
    let wanted = WantedConnection {
        platform,
        name,
        secret,
    };
    Ok((context.make_connection)(scope, wanted).await?)
}

/// Switches a connection on or off.
///
/// # Errors
/// Not signed in, no fresh proof, a role without keys, no such connection, a database that fails.
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "connections/switch")]
pub async fn switch_connection(
    connection: ConnectionId,
    is_enabled: bool,
) -> Result<ConnectionView, AppError> {
    let context = RequestContext::current();
    let scope = context.proved_scope()?;
    let done = context
        .storage
        .switch_connection(&scope, connection, is_enabled);
    Ok(done.await?)
}

/// Deletes a connection.
///
/// # Errors
/// Not signed in, no fresh proof, a role without keys, no such connection, a database that fails.
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "connections/delete")]
pub async fn delete_connection(connection: ConnectionId) -> Result<(), AppError> {
    let context = RequestContext::current();
    let scope = context.proved_scope()?;
    Ok(context
        .storage
        .delete_connection(&scope, connection)
        .await?)
}
