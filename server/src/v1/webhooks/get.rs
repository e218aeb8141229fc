//! `GET /webhooks/{id}`: one delivery.

use super::WebhookKey;
use crate::authority::Caller;
use crate::problem::ApiError;
use crate::state::AppState;
use crate::v1::params::Params;
use crate::v1::wire::Webhook;
use axum::Json;
use axum::extract::{RawQuery, State};
use domain::Problem;

/// Get a webhook
///
/// With its body as it came, the headers that matter and each try.
#[utoipa::path(
    get, path = "/webhooks/{id}", tag = "Shop webhooks", operation_id = "get_webhook",
    params(("id" = uuid::Uuid, Path, description = "Its id.", example = "0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e5f")),
    responses(
        (status = 200, description = "The delivery.", body = Webhook),
        (status = 401, description = "`unauthenticated`: no valid key or session."),
        (status = 403, description = "`forbidden`: the role sees no webhooks."),
        (status = 404, description = "`not_found`: there is no such webhook."),
        (status = 422, description = "`invalid_fields`: this call takes no query parameters."),
    ),
)]
pub async fn get_webhook(
    Caller(scope): Caller,
    State(state): State<AppState>,
    WebhookKey(id): WebhookKey,
    RawQuery(query): RawQuery,
) -> Result<Json<Webhook>, ApiError> {
    scope.require(domain::Permission::ManageWebhooks)?;
    Params::read(query.as_deref(), &[])?;
    let found = state.storage.get_hook(&scope, id).await?;
    let found = found.ok_or_else(|| Problem::not_found("webhook"))?;
    Ok(Json(found.into()))
}
