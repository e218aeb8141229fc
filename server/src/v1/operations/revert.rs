//! `POST /operations/{id}/revert`: take an operation back.

use super::OperationKey;
use crate::authority::Caller;
use crate::problem::ApiError;
use crate::state::AppState;
use crate::v1::body::Sent;
use crate::v1::idempotency::{IdempotencyKey, done, made};
use crate::v1::params::Params;
use crate::v1::wire::{DryRun, OperationHead, RevertInput};
use axum::extract::{RawQuery, State};
use axum::response::Response;
use domain::operation::{OperationId, RevertInput as RevertRequest, read_revert};
use domain::{Code, Permission, Problem};
use storage::{CallAnswer, Scope};

/// Revert an operation
///
/// First a dry run: how many fields will be restored, which were changed since, which things are gone. Nothing is changed in
/// the shop by it; where the target can be read, it is asked first, and what it says otherwise is kept as an activity. Then the same with `dry_run: false` and the dry run's `as_of`: it is refused when something was changed meanwhile. A
/// list (tags) is merged three ways: only what the operation added goes, only what it removed comes back. A part of it is
/// named by `only`, `without` or `failed_of`, the same in both calls.
#[utoipa::path(
    post, path = "/operations/{id}/revert", tag = "Bulk operations", operation_id = "revert_operation", security(("api_key" = [])),
    params(
        ("id" = String, Path, description = "The operation's id.", example = "winter-sale-2026"),
        ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 255, pattern = "^[!-~]+$",
            example = "8e03978e-40d5-43e8-bc93-6894a57f9324",
            description = "Makes sending again harmless: the same call under the same key is done once, and answered with the stored answer."),
    ),
    request_body = RevertInput,
    responses(
        (status = 200, description = "What would be done.", body = DryRun, headers(
            ("Idempotency-Replayed" = String, description = "`true` when this is the stored answer of an earlier call."),
        )),
        (status = 201, description = "The revert runs: an operation itself.", body = OperationHead, headers(
            ("Idempotency-Replayed" = String, description = "`true` when this is the stored answer of an earlier call."),
            ("Location" = String, description = "Where the revert is."),
        )),
        (status = 400, description = "`malformed_json`: the body is not JSON or not UTF-8; line, column and byte are named."),
        (status = 401, description = "`unauthenticated`: no valid key."),
        (status = 403, description = "`forbidden`: the key's role may not manage operations."),
        (status = 404, description = "`not_found`: there is no such operation."),
        (status = 409, description = "`conflict`: it has not ended, is being taken back, or something was changed after the dry run; or there is no target to write to, which it names. Or a call under this idempotency key has no stored answer yet: try again in a moment."),
        (status = 413, description = "`too_large`: more than 8 MiB."),
        (status = 415, description = "`unsupported_media_type`: not JSON in UTF-8."),
        (status = 422, description = "`invalid_fields`: each wrong field is named. `idempotency_conflict`: the key was used with another call."),
    ),
)]
pub async fn revert_operation(
    Caller(scope): Caller,
    State(state): State<AppState>,
    OperationKey(id): OperationKey,
    RawQuery(query): RawQuery,
    key: IdempotencyKey,
    sent: Sent,
) -> Result<Response, ApiError> {
    Params::read(query.as_deref(), &[])?;
    scope.require(Permission::Revert)?;
    let input = read_revert(&sent.json().await?)?;
    key.once(state, scope, Some(&sent), move |state, scope| async move {
        revert(&state, &scope, &id, input).await
    })
    .await
}

/// What would be done, or, with the time of a dry run, the beginning of doing it.
async fn revert(
    state: &AppState,
    scope: &Scope,
    id: &OperationId,
    input: RevertRequest,
) -> Result<CallAnswer, ApiError> {
    let (targets, storage) = (&state.targets, &state.storage);
    let Some(as_of) = input.as_of else {
        let run = targets.plan(storage, scope, id, &input.choice, &input.part);
        return done(&DryRun::from(run.await?));
    };
    if !scope.store().is_sample {
        let named = storage.fields_to_read(scope, id, &input.part, 0).await?;
        let lack = targets.lack(scope.store_id(), named.target.as_ref());
        if let Some(why) = lack.await? {
            let message = format!("there is nowhere to write to: {why}; then revert");
            return Err(Problem::new(Code::Conflict, message).into());
        }
    }
    let row = storage
        .start_revert(scope, id, &input.choice, &input.part, as_of)
        .await?;
    let place = format!("/api/v1/operations/{}", row.id);
    made(Some(place), &OperationHead::from(row))
}
