//! Connections: by which address a shop calls, and the secret that proves it.

use super::{damaged, platform_of};
use crate::account::own_activity;
use crate::log::{uuid_of, zone};
use crate::record::Effect;
use crate::sql::{sql, values};
use crate::{Error, Scope, Storage};
use domain::hook::{FailureCause, HookState, Platform};
use domain::view::ConnectionView;
use domain::{Category, Change, Code, ConnectionId, Permission, Problem, Reference, StoreId};
use sea_orm::FromQueryResult;
use serde_json::Value;

/// How many connections a store has at most.
const MAX_CONNECTIONS: usize = 50;

const SELECT: &str = "SELECT id, store_id, platform, name, sealed_secret, is_enabled, created_at, first_at, last_at FROM shop_connection";

#[derive(FromQueryResult)]
struct Columns {
    id: Vec<u8>,
    store_id: i64,
    platform: i16,
    name: String,
    sealed_secret: Vec<u8>,
    is_enabled: bool,
    created_at: i64,
    first_at: Option<i64>,
    last_at: Option<i64>,
}

/// A connection with its secret, sealed.
#[derive(Debug, Clone)]
pub struct SealedConnection {
    /// The connection.
    pub view: ConnectionView,
    /// Of which store.
    pub store_id: StoreId,
    /// The secret as the server's vault sealed it.
    pub sealed_secret: Vec<u8>,
}

/// Seals a secret for the connection of an id.
pub type Sealing<'a> = &'a (dyn Fn(ConnectionId) -> Vec<u8> + Send + Sync);

impl Columns {
    fn sealed(self) -> Result<SealedConnection, Error> {
        Ok(SealedConnection {
            view: ConnectionView {
                id: ConnectionId(uuid_of(&self.id)?),
                platform: platform_of(self.platform)
                    .map_err(|_| damaged("platform", self.platform))?,
                name: self.name,
                is_enabled: self.is_enabled,
                created_at: zone::time_of(self.created_at),
                first_at: self.first_at.map(zone::time_of),
                last_at: self.last_at.map(zone::time_of),
            },
            store_id: StoreId(self.store_id),
            sealed_secret: self.sealed_secret,
        })
    }
}

impl Storage {
    /// The connection that a shop calls, whoever asks: what it is called with proves itself by the secret.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn connection_called(
        &self,
        platform: Platform,
        name: &str,
    ) -> Result<Option<SealedConnection>, Error> {
        let text = format!("{SELECT} WHERE platform = ? AND name = ?");
        let found: Option<Columns> = sql(self.backend(), &text, values![platform.number(), name])
            .one(self.readers())
            .await?;
        found.map(Columns::sealed).transpose()
    }

    pub(super) async fn connection_of(
        &self,
        id: ConnectionId,
    ) -> Result<Option<SealedConnection>, Error> {
        let text = format!("{SELECT} WHERE id = ?");
        let found: Option<Columns> = sql(self.backend(), &text, values![id.0.as_bytes().to_vec()])
            .one(self.readers())
            .await?;
        found.map(Columns::sealed).transpose()
    }

    /// The store's connections, by platform and name.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::ManageWebhooks`] and without [`Permission::ManageKeys`], or a fault.
    pub async fn list_connections(&self, scope: &Scope) -> Result<Vec<ConnectionView>, Error> {
        // Whoever makes and deletes them sees what there is.
        if !scope.role().may(Permission::ManageKeys) {
            scope.require(Permission::ManageWebhooks)?;
        }
        let text = format!("{SELECT} WHERE store_id = ? ORDER BY platform, name");
        let found: Vec<Columns> = sql(self.backend(), &text, values![scope.store_id().0])
            .all(self.readers())
            .await?;
        found.into_iter().map(|c| Ok(c.sealed()?.view)).collect()
    }

    /// Makes a connection, or gives the one of this platform and name another secret. Records `connection.created` or
    /// `connection.updated`, without the secret.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::ManageKeys`], a wrong name, `conflict` for a name that another store has or
    /// when there are too many; or a fault.
    pub async fn save_connection(
        &self,
        scope: &Scope,
        platform: Platform,
        name: &str,
        seal: Sealing<'_>,
    ) -> Result<ConnectionView, Error> {
        let (view, is_new) = self.open_connection(scope, platform, name, seal).await?;
        if is_new {
            return Ok(view);
        }
        let effect = Effect::statement(
            "UPDATE shop_connection SET sealed_secret = ? WHERE id = ?",
            values![seal(view.id), view.id.0.as_bytes().to_vec()],
        );
        let change = change("secret", Value::Null, Value::from("changed"));
        self.write_connection(scope, "connection.updated", &view, change, vec![effect])
            .await?;
        Ok(view)
    }

    /// Makes a connection, unless the store has one of this platform and name: then that one as it stands. True when it
    /// was made now. Records `connection.created`.
    ///
    /// # Errors
    /// As [`Self::save_connection`].
    pub async fn open_connection(
        &self,
        scope: &Scope,
        platform: Platform,
        name: &str,
        seal: Sealing<'_>,
    ) -> Result<(ConnectionView, bool), Error> {
        scope.require(Permission::ManageKeys)?;
        refuse_sample(scope)?;
        let name = checked_name(name)?;
        if let Some(known) = self.own_called(scope, platform, &name).await? {
            return Ok((known, false));
        }
        let text = "SELECT COUNT(*) FROM shop_connection WHERE store_id = ?";
        let count: i64 = match sql(self.backend(), text, values![scope.store_id().0])
            .row(self.readers())
            .await?
        {
            Some(row) => row.try_get_by_index(0)?,
            None => 0,
        };
        if usize::try_from(count).unwrap_or(0) >= MAX_CONNECTIONS {
            let message = format!("a store has at most {MAX_CONNECTIONS} connections; delete one");
            return Err(Problem::new(Code::Conflict, message).into());
        }
        let view = ConnectionView {
            id: ConnectionId(self.ambient().uuid()),
            platform,
            name,
            is_enabled: true,
            created_at: self.ambient().clock.now(),
            first_at: None,
            last_at: None,
        };
        let effect = Effect::one(
            "INSERT INTO shop_connection (id, store_id, platform, name, sealed_secret, is_enabled, created_at) \
             VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (platform, name) DO NOTHING",
            values![
                view.id.0.as_bytes().to_vec(),
                scope.store_id().0,
                platform.number(),
                view.name.clone(),
                seal(view.id),
                true,
                view.created_at.timestamp_micros()
            ],
            TAKEN,
        );
        let change = change("address", Value::Null, Value::from(view.path()));
        let written = self
            .write_connection(scope, "connection.created", &view, change, vec![effect])
            .await;
        match written {
            Ok(()) => Ok((view, true)),
            // The same call may have been a moment faster.
            Err(Error::Problem(problem)) if problem.code == Code::Conflict => {
                let known = self.own_called(scope, platform, &view.name).await?;
                let known = known.ok_or(Error::Problem(problem))?;
                Ok((known, false))
            }
            Err(error) => Err(error),
        }
    }

    /// The store's connection of a platform and name.
    async fn own_called(
        &self,
        scope: &Scope,
        platform: Platform,
        name: &str,
    ) -> Result<Option<ConnectionView>, Error> {
        match self.connection_called(platform, name).await? {
            Some(known) if known.store_id != scope.store_id() => Err(taken()),
            known => Ok(known.map(|known| known.view)),
        }
    }

    /// Switches a connection on or off: while it is off, what comes is kept and waits. What failed because of it is tried at
    /// once when it is on again.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::ManageKeys`], `not_found`, `conflict` when one of the sample store is switched on,
    /// or a fault.
    pub async fn switch_connection(
        &self,
        scope: &Scope,
        id: ConnectionId,
        is_enabled: bool,
    ) -> Result<ConnectionView, Error> {
        let known = self.own_connection(scope, id).await?;
        if known.is_enabled == is_enabled {
            return Ok(known);
        }
        if is_enabled {
            refuse_sample(scope)?;
        }
        let mut effects = vec![Effect::statement(
            "UPDATE shop_connection SET is_enabled = ? WHERE id = ?",
            values![is_enabled, id.0.as_bytes().to_vec()],
        )];
        if is_enabled {
            // What was in the way is gone: they are tried now, with the whole plan before them.
            let now = self.ambient().clock.now().timestamp_micros();
            effects.push(Effect::statement(
                "UPDATE webhook_delivery SET state = ?, due_at = ?, tries_before = tries, ended_at = NULL \
                 WHERE connection_id = ? AND state IN (?, ?) AND cause = ? AND body IS NOT NULL",
                values![
                    HookState::Failed.number(),
                    now,
                    id.0.as_bytes().to_vec(),
                    HookState::Failed.number(),
                    HookState::Dead.number(),
                    FailureCause::Configuration.number()
                ],
            ));
        }
        let change = change(
            "is_enabled",
            Value::from(known.is_enabled),
            Value::from(is_enabled),
        );
        self.write_connection(scope, "connection.updated", &known, change, effects)
            .await?;
        self.wake_hooks();
        Ok(ConnectionView {
            is_enabled,
            ..known
        })
    }

    /// Deletes a connection: its address answers 404 then. Its deliveries stay.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::ManageKeys`], `not_found`, or a fault.
    pub async fn delete_connection(&self, scope: &Scope, id: ConnectionId) -> Result<(), Error> {
        let known = self.own_connection(scope, id).await?;
        let effect = Effect::statement(
            "DELETE FROM shop_connection WHERE id = ?",
            values![id.0.as_bytes().to_vec()],
        );
        let change = change("address", Value::from(known.path()), Value::Null);
        self.write_connection(scope, "connection.deleted", &known, change, vec![effect])
            .await
    }

    async fn own_connection(
        &self,
        scope: &Scope,
        id: ConnectionId,
    ) -> Result<ConnectionView, Error> {
        scope.require(Permission::ManageKeys)?;
        let found = self.connection_of(id).await?;
        let own = found.filter(|found| found.store_id == scope.store_id());
        Ok(own.ok_or_else(|| Problem::not_found("connection"))?.view)
    }

    async fn write_connection(
        &self,
        scope: &Scope,
        action: &str,
        view: &ConnectionView,
        change: Change,
        effects: Vec<Effect>,
    ) -> Result<(), Error> {
        let subject = Reference {
            kind: "connection".to_owned(),
            id: view.id.to_string(),
            name: Some(format!("{} · {}", view.platform.label(), view.name)),
        };
        let activity = own_activity(
            self.ambient(),
            action,
            Category::Settings,
            Some(subject),
            vec![change],
        );
        self.write_for(scope, activity, effects).await
    }
}

const TAKEN: &str = "this name is taken; choose another";

fn taken() -> Error {
    Problem::new(Code::Conflict, TAKEN).into()
}

fn change(field: &str, before: Value, after: Value) -> Change {
    Change {
        field: field.to_owned(),
        before,
        after,
    }
}

/// What its connection tells of stands in the story already.
fn refuse_sample(scope: &Scope) -> Result<(), Error> {
    if scope.store().is_sample {
        let message = "the sample store is no shop; nothing calls it";
        return Err(Problem::new(Code::Conflict, message).into());
    }
    Ok(())
}

fn checked_name(name: &str) -> Result<String, Problem> {
    let name = name.trim();
    let is_sound = (1..=60).contains(&name.len())
        && !name.starts_with('-')
        && !name.ends_with('-')
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !is_sound {
        let message = "1 to 60 of a to z, 0 to 9 and -, such as \"linen-shop\": it is the last part of the address";
        return Err(Problem::field("name", "format", message));
    }
    Ok(name.to_owned())
}
