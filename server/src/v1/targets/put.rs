//! `PUT /targets/{name}`: save a target.

use super::{Managing, TargetKey};
use crate::problem::ApiError;
use crate::state::AppState;
use crate::v1::body::Sent;
use crate::v1::params::Params;
use crate::v1::wire::{Target, TargetInput};
use axum::Json;
use axum::extract::{RawQuery, State};
use domain::operation::target::read_target;

/// Save a target
///
/// A new one when the name is new. Its secret is sealed and never shown again; left out, the one it has stays, as long as
/// kind, key and address stay too. The store's first target is its default one.
#[utoipa::path(
    put, path = "/targets/{name}", tag = "Bulk operations", operation_id = "put_target", security(("api_key" = [])),
    params(("name" = String, Path, description = "The target's name: 1 to 50 lower-case letters, digits, `_` and `-`.", example = "my-shop")),
    request_body = TargetInput,
    responses(
        (status = 200, description = "As it is saved, and recorded with what it was before.", body = Target),
        (status = 400, description = "`malformed_json`: the body is not JSON or not UTF-8; line, column and byte are named."),
        (status = 401, description = "`unauthenticated`: no valid key."),
        (status = 403, description = "`forbidden`: the key's role may not manage settings."),
        (status = 409, description = "`conflict`: the store has 20 targets already."),
        (status = 413, description = "`too_large`: more than 8 MiB."),
        (status = 415, description = "`unsupported_media_type`: not JSON in UTF-8."),
        (status = 422, description = "`invalid_fields`: each wrong field is named."),
    ),
)]
pub async fn put_target(
    Managing(scope): Managing,
    State(state): State<AppState>,
    TargetKey(name): TargetKey,
    RawQuery(query): RawQuery,
    sent: Sent,
) -> Result<Json<Target>, ApiError> {
    Params::read(query.as_deref(), &[])?;
    let input = read_target(name, &sent.json().await?)?;
    let saved = state.targets.save(&scope, input).await?;
    Ok(Json(saved.into()))
}
