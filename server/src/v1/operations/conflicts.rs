//! `POST /operations/{id}/revert/conflicts`: what a dry run found changed since, beyond what it shows, and what it only counts.

use super::OperationKey;
use crate::authority::Caller;
use crate::problem::ApiError;
use crate::state::AppState;
use crate::v1::body::Sent;
use crate::v1::idempotency::{IdempotencyKey, done};
use crate::v1::params::Params;
use crate::v1::wire::{ConflictList, ConflictsInput};
use axum::extract::{RawQuery, State};
use axum::response::Response;
use domain::Permission;
use domain::operation::read_conflicts;

/// List the conflicts of a dry run
///
/// A dry run shows the first 1,000; this has the others, in the order of the items. With `kind` it has what the dry run only
/// counts, each with why: what can't be restored, what no longer exists, and what was perhaps changed since. Go on with `next`
/// as `after` until it is null: a page may hold fewer than were asked for, and none. Nothing is changed, and nothing is asked
/// of the target.
#[utoipa::path(
    post, path = "/operations/{id}/revert/conflicts", tag = "Bulk operations", operation_id = "revert_conflicts", security(("api_key" = [])),
    params(
        ("id" = String, Path, description = "The operation's id.", example = "winter-sale-2026"),
        ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 255, pattern = "^[!-~]+$",
            example = "8e03978e-40d5-43e8-bc93-6894a57f9324",
            description = "Makes sending again harmless: the same call under the same key is done once, and answered with the stored answer."),
    ),
    request_body = ConflictsInput,
    responses(
        (status = 200, description = "A page.", body = ConflictList, headers(
            ("Idempotency-Replayed" = String, description = "`true` when this is the stored answer of an earlier call."),
        )),
        (status = 400, description = "`malformed_json`: the body is not JSON or not UTF-8; line, column and byte are named. `invalid_cursor`: `after` is not the `next` of an earlier answer."),
        (status = 401, description = "`unauthenticated`: no valid key."),
        (status = 403, description = "`forbidden`: the key's role may not manage operations."),
        (status = 404, description = "`not_found`: there is no such operation."),
        (status = 409, description = "`conflict`: it has not ended, is being taken back, or something was changed after the dry run. Or a call under this idempotency key has no stored answer yet: try again in a moment."),
        (status = 413, description = "`too_large`: more than 8 MiB."),
        (status = 415, description = "`unsupported_media_type`: not JSON in UTF-8."),
        (status = 422, description = "`invalid_fields`: each wrong field is named. `idempotency_conflict`: the key was used with another call."),
    ),
)]
pub async fn revert_conflicts(
    Caller(scope): Caller,
    State(state): State<AppState>,
    OperationKey(id): OperationKey,
    RawQuery(query): RawQuery,
    key: IdempotencyKey,
    sent: Sent,
) -> Result<Response, ApiError> {
    Params::read(query.as_deref(), &[])?;
    scope.require(Permission::Revert)?;
    let input = read_conflicts(&sent.json().await?)?;
    key.once(state, scope, Some(&sent), move |state, scope| async move {
        let page = state.storage.list_planned(&scope, &id, &input).await?;
        done(&ConflictList::from(page))
    })
    .await
}
