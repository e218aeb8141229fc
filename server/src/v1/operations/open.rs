//! `POST /operations`: open a bulk operation.

use crate::deliver;
use crate::problem::ApiError;
use crate::state::AppState;
use crate::v1::body::Sent;
use crate::v1::idempotency::{IdempotencyKey, REPLAYED};
use crate::v1::params::Params;
use crate::v1::recording::Recording;
use crate::v1::wire::{NewOperation, OpenedOperation};
use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use domain::operation::read_operation;
use sha2::{Digest as _, Sha256};
use storage::record::{Receipt, Recorded};

/// Open an operation
///
/// Says that many things will be changed under one name. Then its items are sent (`POST /operations/{id}/items`), and it is
/// completed or fails. Bring an `id` of your own: then opening it again is harmless. An operation that is silent for
/// `stalls_after_s` is shown as stalled; its next item lets it go on. What failed in another operation is tried again in one
/// that names it in `retries`.
#[utoipa::path(
    post, path = "/operations", tag = "Bulk operations", operation_id = "open_operation",
    params(
        ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 255, pattern = "^[!-~]+$",
            example = "8e03978e-40d5-43e8-bc93-6894a57f9324", description = "Makes sending again harmless, as an `id` of your own does."),
    ),
    request_body = NewOperation,
    responses(
        (status = 201, description = "Open, and durable.", body = OpenedOperation, headers(
            ("Location" = String, description = "Where the operation is."),
            ("Idempotency-Replayed" = String, description = "`true` when this is the stored answer of an earlier call."),
        )),
        (status = 400, description = "`malformed_json`: the body is not JSON or not UTF-8; line, column and byte are named."),
        (status = 401, description = "`unauthenticated`: no valid key."),
        (status = 403, description = "`forbidden`: the key's role may not record."),
        (status = 409, description = "`conflict`: there is another operation of this id, or what failed in the one named by `retries` can't be tried again; it says why."),
        (status = 413, description = "`too_large`: more than 8 MiB."),
        (status = 415, description = "`unsupported_media_type`: not JSON in UTF-8."),
        (status = 422, description = "`invalid_fields`: each wrong field is named. `idempotency_conflict`: the key was used with another body."),
    ),
)]
pub async fn open_operation(
    Recording(scope): Recording,
    State(state): State<AppState>,
    RawQuery(query): RawQuery,
    key: IdempotencyKey,
    sent: Sent,
) -> Result<Response, ApiError> {
    Params::read(query.as_deref(), &[])?;
    let ambient = state.storage.ambient();
    let idempotency = key.of(&sent, answer);
    // With a key the id follows from it, so that the same call opens the same operation.
    let new_id = idempotency.as_ref().map_or_else(
        || ambient.uuid().to_string(),
        |idempotency| {
            let digest = Sha256::new()
                .chain_update(&idempotency.key)
                .chain_update(idempotency.request_digest)
                .finalize();
            digest[..16]
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect()
        },
    );
    let operation = read_operation(
        &sent.json().await?,
        ambient.clock.now(),
        &scope.actor(),
        &new_id,
    )?;
    if let Some(url) = &operation.control_url {
        deliver::check_control_url(url, &state.config)?;
    }
    let id = operation.id.clone();
    let opened = state.storage.open_operation(&scope, operation, idempotency);
    let (seq, replayed) = match opened.await? {
        Recorded::New(receipts) => (seq_of(&receipts), None),
        Recorded::Replayed(stored) => {
            let stored: [u8; 8] = stored.try_into().unwrap_or_default();
            (i64::from_be_bytes(stored), Some([(REPLAYED, "true")]))
        }
    };
    let location = [(header::LOCATION, format!("/api/v1/operations/{id}"))];
    // Who may not count what is hidden from them is told no number.
    let seq = (!scope.role().is_restricted()).then_some(seq);
    let opened = Json(OpenedOperation { id: id.0, seq });
    Ok((StatusCode::CREATED, replayed, location, opened).into_response())
}

fn seq_of(receipts: &[Receipt]) -> i64 {
    receipts.first().map_or(0, |receipt| receipt.seq.0)
}

/// What is kept of the answer: the rest follows from the call.
fn answer(receipts: &[Receipt]) -> Vec<u8> {
    seq_of(receipts).to_be_bytes().to_vec()
}
