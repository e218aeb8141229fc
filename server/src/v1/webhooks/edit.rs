//! `PUT /webhooks/{id}/body`: edit the body of a delivery.

use super::WebhookKey;
use crate::authority::Caller;
use crate::problem::ApiError;
use crate::state::AppState;
use crate::v1::body::Sent;
use crate::v1::fields::{Fields, Lines, Wrong, pointed};
use crate::v1::params::Params;
use crate::v1::wire::{WebhookBody, WebhookItem};
use axum::Json;
use axum::extract::{RawQuery, State};
use domain::Problem;
use domain::hook::MAX_BODY_BYTES;
use serde_json::Value;

/// The fields it takes.
pub const FIELDS: [&str; 1] = ["body"];

/// Edit a webhook's body
///
/// This body is processed at the next try; the one that came is kept beside it. Try it again afterwards.
#[utoipa::path(
    put, path = "/webhooks/{id}/body", tag = "Shop webhooks", operation_id = "edit_webhook", security(("api_key" = [])),
    params(("id" = uuid::Uuid, Path, description = "Its id.", example = "0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e5f")),
    request_body = WebhookBody,
    responses(
        (status = 200, description = "As it stands now.", body = WebhookItem),
        (status = 400, description = "`malformed_json`: the body is not JSON or not UTF-8; line, column and byte are named."),
        (status = 401, description = "`unauthenticated`: no valid key."),
        (status = 403, description = "`forbidden`: the key's role sees no webhooks."),
        (status = 404, description = "`not_found`: there is no such webhook."),
        (status = 409, description = "`conflict`: it did not fail, or its body was deleted."),
        (status = 413, description = "`too_large`: more than 8 MiB."),
        (status = 415, description = "`unsupported_media_type`: not JSON in UTF-8."),
        (status = 422, description = "`invalid_fields`: each wrong field is named."),
    ),
)]
pub async fn edit_webhook(
    Caller(scope): Caller,
    State(state): State<AppState>,
    WebhookKey(id): WebhookKey,
    RawQuery(query): RawQuery,
    sent: Sent,
) -> Result<Json<WebhookItem>, ApiError> {
    scope.require(domain::Permission::ManageWebhooks)?;
    Params::read(query.as_deref(), &[])?;
    let body = read(&sent.json().await?)?;
    let edited = state.storage.edit_hook(&scope, id, body).await;
    let edited = edited.map_err(|error| pointed(error, &FIELDS))?;
    Ok(Json(edited.into()))
}

fn read(value: &Value) -> Result<String, Problem> {
    let mut wrong = Wrong::default();
    let read = Fields::open(value, "", &mut wrong).map(|mut fields| {
        fields.refuse_unknown(&FIELDS);
        fields.needed("body", MAX_BODY_BYTES, Lines::Many)
    });
    wrong.or(read)
}
