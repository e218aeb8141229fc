//! `PUT /connections/{platform}/{name}`: make a connection or change it.

use super::{ConnectionKey, known};
use crate::authority::Caller;
use crate::connections;
use crate::problem::ApiError;
use crate::state::AppState;
use crate::v1::body::Sent;
use crate::v1::fields::{Fields, Lines, Wrong, pointed};
use crate::v1::params::Params;
use crate::v1::wire::{Connection, ConnectionInput};
use app::context::WantedConnection;
use axum::Json;
use axum::extract::{RawQuery, State};
use domain::Problem;
use serde_json::Value;

/// The fields it takes.
pub const FIELDS: [&str; 3] = ["secret", "new_secret", "is_enabled"];

/// Put a connection
///
/// Makes a connection, gives it another secret, or switches it on or off. Shopify's secret is brought; for others one is
/// made and told once, in this answer. Putting it again, or several times at once, leaves it as it stands: `secret` is null
/// then. While a connection is off, what it delivers is kept and waits.
#[utoipa::path(
    put, path = "/connections/{platform}/{name}", tag = "Shop webhooks", operation_id = "put_connection", security(("api_key" = [])),
    params(
        ("platform" = String, Path, description = "`shopify`, `woocommerce` or `standard` (Standard Webhooks).", example = "standard"),
        ("name" = String, Path, description = "The last part of its address: 1 to 60 of `a-z`, `0-9` and `-`; unique on this server.", example = "linen-shop"),
    ),
    request_body = ConnectionInput,
    responses(
        (status = 200, description = "As it is now.", body = Connection),
        (status = 400, description = "`malformed_json`: the body is not JSON or not UTF-8; line, column and byte are named."),
        (status = 401, description = "`unauthenticated`: no valid key."),
        (status = 403, description = "`forbidden`: the key's role may not manage keys."),
        (status = 409, description = "`conflict`: another store of this server has the name, or the store has 50 connections."),
        (status = 413, description = "`too_large`: more than 8 MiB."),
        (status = 415, description = "`unsupported_media_type`: not JSON in UTF-8."),
        (status = 422, description = "`invalid_fields`: each wrong field is named."),
    ),
)]
pub async fn put_connection(
    Caller(scope): Caller,
    State(state): State<AppState>,
    key: ConnectionKey,
    RawQuery(query): RawQuery,
    sent: Sent,
) -> Result<Json<Connection>, ApiError> {
    scope.require(domain::Permission::ManageKeys)?;
    Params::read(query.as_deref(), &[])?;
    let wanted = read(&sent.json().await?)?;
    let before = known(&state, &scope, &key).await?;
    let is_new_secret = wanted.secret.is_some() || wanted.new_secret || before.is_none();
    let (mut view, secret) = match before {
        Some(view) if !is_new_secret => (view, None),
        _ => {
            // Called by several at once without a secret, one call makes the connection and the others find it.
            let is_as_it_stands = wanted.secret.is_none() && !wanted.new_secret;
            let connection = WantedConnection {
                platform: key.platform,
                name: key.name,
                secret: wanted.secret,
            };
            let made = if is_as_it_stands {
                connections::open(&state, &scope, connection).await
            } else {
                connections::make(&state, &scope, connection).await
            };
            let made = made.map_err(|error| pointed(error, &FIELDS))?;
            (made.connection, made.secret)
        }
    };
    if let Some(is_enabled) = wanted.is_enabled {
        view = state
            .storage
            .switch_connection(&scope, view.id, is_enabled)
            .await?;
    }
    Ok(Json(Connection::new(view, &state.public_url, secret)))
}

struct Wanted {
    secret: Option<String>,
    new_secret: bool,
    is_enabled: Option<bool>,
}

fn read(value: &Value) -> Result<Wanted, Problem> {
    let mut wrong = Wrong::default();
    let read = Fields::open(value, "", &mut wrong).map(|mut fields| {
        fields.refuse_unknown(&FIELDS);
        let mut flag = |field: &str| match fields.value(field) {
            None => None,
            Some(Value::Bool(flag)) => Some(*flag),
            Some(_) => {
                fields.add(field, "type", "true or false is expected");
                None
            }
        };
        let (new_secret, is_enabled) = (flag("new_secret"), flag("is_enabled"));
        let new_secret = new_secret.unwrap_or(false);
        let secret = fields.text("secret", 200, Lines::One);
        if new_secret && secret.is_some() {
            let message = "`secret` brings one: leave one of the two out";
            fields.add("new_secret", "contradiction", message);
        }
        Wanted {
            secret,
            new_secret,
            is_enabled,
        }
    });
    wrong.or(read)
}
