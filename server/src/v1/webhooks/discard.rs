//! `POST /webhooks/{id}/discard`: discard a delivery.

use super::WebhookKey;
use crate::authority::Caller;
use crate::problem::ApiError;
use crate::state::AppState;
use crate::v1::idempotency::{IdempotencyKey, done};
use crate::v1::params::Params;
use crate::v1::wire::WebhookItem;
use axum::extract::{RawQuery, State};
use axum::response::Response;

/// Discard a webhook
///
/// It is not processed any more; it stays in the list, and can be tried again as long as its body is kept.
#[utoipa::path(
    post, path = "/webhooks/{id}/discard", tag = "Shop webhooks", operation_id = "discard_webhook", security(("api_key" = [])),
    params(
        ("id" = uuid::Uuid, Path, description = "Its id.", example = "0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e5f"),
        ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 255, pattern = "^[!-~]+$",
            example = "8e03978e-40d5-43e8-bc93-6894a57f9324",
            description = "Makes sending again harmless: the same call under the same key is done once, and answered with the stored answer."),
    ),
    responses(
        (status = 200, description = "As it stands now.", body = WebhookItem, headers(
            ("Idempotency-Replayed" = String, description = "`true` when this is the stored answer of an earlier call."),
        )),
        (status = 401, description = "`unauthenticated`: no valid key."),
        (status = 403, description = "`forbidden`: the key's role sees no webhooks."),
        (status = 404, description = "`not_found`: there is no such webhook."),
        (status = 409, description = "`conflict`: it did not fail. Or a call under this idempotency key has no stored answer yet: try again in a moment."),
        (status = 422, description = "`invalid_fields`: this call takes no query parameters. `idempotency_conflict`: the key was used with another call."),
    ),
)]
pub async fn discard_webhook(
    Caller(scope): Caller,
    State(state): State<AppState>,
    WebhookKey(id): WebhookKey,
    RawQuery(query): RawQuery,
    key: IdempotencyKey,
) -> Result<Response, ApiError> {
    scope.require(domain::Permission::ManageWebhooks)?;
    Params::read(query.as_deref(), &[])?;
    key.once(state, scope, None, move |state, scope| async move {
        let row = state.storage.discard_hook(&scope, id).await?;
        done(&WebhookItem::from(row))
    })
    .await
}
