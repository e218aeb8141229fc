//! `GET /operations/{id}`: one operation.

use super::OperationKey;
use crate::authority::Caller;
use crate::problem::ApiError;
use crate::state::AppState;
use crate::v1::params::Params;
use crate::v1::wire::Operation;
use axum::Json;
use axum::extract::{RawQuery, State};
use domain::Problem;

/// Get an operation
///
/// Where it stands, how it went, why items failed.
#[utoipa::path(
    get, path = "/operations/{id}", tag = "Bulk operations", operation_id = "get_operation",
    params(("id" = String, Path, description = "The operation's id.", example = "winter-sale-2026")),
    responses(
        (status = 200, description = "The operation.", body = Operation),
        (status = 401, description = "`unauthenticated`: no valid key or session."),
        (status = 403, description = "`forbidden`: the role sees no operations."),
        (status = 404, description = "`not_found`: there is no such operation."),
        (status = 422, description = "`invalid_fields`: this call takes no query parameters."),
    ),
)]
pub async fn get_operation(
    Caller(scope): Caller,
    State(state): State<AppState>,
    OperationKey(id): OperationKey,
    RawQuery(query): RawQuery,
) -> Result<Json<Operation>, ApiError> {
    Params::read(query.as_deref(), &[])?;
    let detail = state.storage.get_operation(&scope, &id).await?;
    let detail = detail.ok_or_else(|| Problem::not_found("operation"))?;
    Ok(Json(detail.into()))
}
