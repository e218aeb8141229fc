//! `GET /templates`: the store's templates.

use crate::authority::Caller;
use crate::problem::ApiError;
use crate::state::AppState;
use crate::v1::params::Params;
use crate::v1::wire::TemplateList;
use axum::Json;
use axum::extract::{RawQuery, State};

/// List templates
///
/// Texts to be sent again and again: by rules, and from the composer.
#[utoipa::path(
    get, path = "/templates", tag = "Automatic follow-up", operation_id = "list_templates",
    responses(
        (status = 200, description = "All of them, by name.", body = TemplateList),
        (status = 401, description = "`unauthenticated`: no valid key or session."),
        (status = 403, description = "`forbidden`: the role may not send messages."),
        (status = 422, description = "`invalid_fields`: this call takes no query parameters."),
    ),
)]
pub async fn list_templates(
    Caller(scope): Caller,
    State(state): State<AppState>,
    RawQuery(query): RawQuery,
) -> Result<Json<TemplateList>, ApiError> {
    Params::read(query.as_deref(), &[])?;
    let found = state.storage.list_templates(&scope).await?;
    let items = found.into_iter().map(Into::into).collect();
    Ok(Json(TemplateList { items }))
}
