//! `POST /operations/{id}/revert`: take an operation back.

use super::OperationKey;
use crate::authority::Caller;
use crate::problem::ApiError;
use crate::state::AppState;
use crate::v1::body::Sent;
use crate::v1::params::Params;
use crate::v1::wire::{DryRun, OperationHead, RevertInput};
use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use domain::operation::read_revert;
use domain::{Code, Permission, Problem};

/// Revert an operation
///
/// First a dry run: how many fields will be restored, which were changed since, which things are gone. Nothing is changed in
/// the shop by it; where the target can be read, it is asked first, and what it says otherwise is kept as an activity. Then the same with `dry_run: false` and the dry run's `as_of`: it is refused when something was changed meanwhile. A
/// list (tags) is merged three ways: only what the operation added goes, only what it removed comes back.
#[utoipa::path(
    post, path = "/operations/{id}/revert", tag = "Bulk operations", operation_id = "revert_operation", security(("api_key" = [])),
    params(("id" = String, Path, description = "The operation's id.", example = "winter-sale-2026")),
    request_body = RevertInput,
    responses(
        (status = 200, description = "What would be done.", body = DryRun),
        (status = 201, description = "The revert runs: an operation itself.", body = OperationHead, headers(
            ("Location" = String, description = "Where the revert is."),
        )),
        (status = 400, description = "`malformed_json`: the body is not JSON or not UTF-8; line, column and byte are named."),
        (status = 401, description = "`unauthenticated`: no valid key."),
        (status = 403, description = "`forbidden`: the key's role may not manage operations."),
        (status = 404, description = "`not_found`: there is no such operation."),
        (status = 409, description = "`conflict`: it has not ended, is being taken back, or something was changed after the dry run; or there is no target to write to, which it names."),
        (status = 413, description = "`too_large`: more than 8 MiB."),
        (status = 415, description = "`unsupported_media_type`: not JSON in UTF-8."),
        (status = 422, description = "`invalid_fields`: each wrong field is named."),
    ),
)]
pub async fn revert_operation(
    Caller(scope): Caller,
    State(state): State<AppState>,
    OperationKey(id): OperationKey,
    RawQuery(query): RawQuery,
    sent: Sent,
) -> Result<Response, ApiError> {
    Params::read(query.as_deref(), &[])?;
    scope.require(Permission::Revert)?;
    let input = read_revert(&sent.json().await?)?;
    let (targets, storage) = (&state.targets, &state.storage);
    let Some(as_of) = input.as_of else {
        let run = targets.plan(storage, &scope, &id, &input.choice, &input.only);
        return Ok(Json(DryRun::from(run.await?)).into_response());
    };
    if !scope.store().is_sample {
        let named = storage.fields_to_read(&scope, &id, &input.only, 0).await?;
        let lack = targets.lack(scope.store_id(), named.target.as_ref());
        if let Some(why) = lack.await? {
            let message = format!("there is nowhere to write to: {why}; then revert");
            return Err(Problem::new(Code::Conflict, message).into());
        }
    }
    let row = storage
        .start_revert(&scope, &id, &input.choice, &input.only, as_of)
        .await?;
    let location = [(header::LOCATION, format!("/api/v1/operations/{}", row.id))];
    Ok((
        StatusCode::CREATED,
        location,
        Json(OperationHead::from(row)),
    )
        .into_response())
}
