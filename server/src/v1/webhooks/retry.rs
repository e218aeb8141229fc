//! `POST /webhooks/{id}/retry`: try a delivery again.

use super::WebhookKey;
use crate::authority::Caller;
use crate::problem::ApiError;
use crate::state::AppState;
use crate::v1::params::Params;
use crate::v1::wire::WebhookItem;
use axum::Json;
use axum::extract::{RawQuery, State};

/// Retry a webhook
///
/// At once, with the whole plan of tries before it again. For what failed, is out of tries or was discarded.
#[utoipa::path(
    post, path = "/webhooks/{id}/retry", tag = "Shop webhooks", operation_id = "retry_webhook", security(("api_key" = [])),
    params(("id" = uuid::Uuid, Path, description = "Its id.", example = "0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e5f")),
    responses(
        (status = 200, description = "As it stands now.", body = WebhookItem),
        (status = 401, description = "`unauthenticated`: no valid key."),
        (status = 403, description = "`forbidden`: the key's role sees no webhooks."),
        (status = 404, description = "`not_found`: there is no such webhook."),
        (status = 409, description = "`conflict`: it did not fail, or its body was deleted."),
        (status = 422, description = "`invalid_fields`: this call takes no query parameters."),
    ),
)]
pub async fn retry_webhook(
    Caller(scope): Caller,
    State(state): State<AppState>,
    WebhookKey(id): WebhookKey,
    RawQuery(query): RawQuery,
) -> Result<Json<WebhookItem>, ApiError> {
    scope.require(domain::Permission::ManageWebhooks)?;
    Params::read(query.as_deref(), &[])?;
    Ok(Json(state.storage.retry_hook(&scope, id).await?.into()))
}
