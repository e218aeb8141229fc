//! `POST /operations/{id}/items`: what an operation did, item by item.

use super::OperationKey;
use crate::problem::ApiError;
use crate::state::AppState;
use crate::v1::body::{Content, Sent};
use crate::v1::idempotency::{IdempotencyKey, REPLAYED};
use crate::v1::params::Params;
use crate::v1::recording::Recording;
use crate::v1::wire::{OperationItemBatch, RecordedItems};
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use domain::operation::read_items;
use serde_json::Value;
use storage::record::{Receipt, Recorded};

/// What a person asked of the operation and its source has not done yet.
const ASKED: HeaderName = HeaderName::from_static("storetrail-asked");

/// Record items of an operation
///
/// One object, an array of up to 1,000 or NDJSON (`application/x-ndjson`, an object a line). All or nothing. An item is a
/// field of a thing with its value before and after; one operation changes a field of a thing once. Items that came before
/// as they are now are passed over, so a batch whose answer was lost is sent again as it was.
///
/// The header `Storetrail-Asked` of the answer says what a person asked of the operation (`pause`, `resume` or `cancel`)
/// and its source has not done yet; tell that it is done with `POST /operations/{id}/progress`. After the end it may be
/// `retry`: open another operation with `retries` for what failed, the items with `asked=true`.
#[utoipa::path(
    post, path = "/operations/{id}/items", tag = "Bulk operations", operation_id = "record_items",
    params(
        ("id" = String, Path, description = "The operation's id.", example = "winter-sale-2026"),
        ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 255, pattern = "^[!-~]+$",
            example = "8e03978e-40d5-43e8-bc93-6894a57f9324", description = "Not needed: items are recognised by what they are about."),
    ),
    request_body(content(
        (OperationItemBatch = "application/json"),
        (String = "application/x-ndjson", example = "{\"subject\":{\"type\":\"product\",\"id\":\"p_981\"},\"field\":\"price\",\"before\":120,\"after\":96}\n"),
    )),
    responses(
        (status = 201, description = "Recorded and durable.", body = RecordedItems, headers(
            ("Storetrail-Asked" = String, description = "`pause`, `resume`, `cancel` or `retry`, when a person asked for it."),
            ("Idempotency-Replayed" = String, description = "`true` when this is the stored answer of an earlier call."),
        )),
        (status = 400, description = "`malformed_json`: the body is not JSON or not UTF-8; line, column and byte are named."),
        (status = 401, description = "`unauthenticated`: no valid key."),
        (status = 403, description = "`forbidden`: the key's role may not record."),
        (status = 404, description = "`not_found`: there is no such operation."),
        (status = 409, description = "`conflict`: the operation has ended, or an item came before with other values; it is named."),
        (status = 413, description = "`too_large`: more than 8 MiB. `too_many`: more than 1,000 items."),
        (status = 415, description = "`unsupported_media_type`: neither JSON nor NDJSON in UTF-8."),
        (status = 422, description = "`invalid_fields`: each wrong field is named. `idempotency_conflict`: the key was used with another body."),
    ),
)]
pub async fn record_items(
    Recording(scope): Recording,
    State(state): State<AppState>,
    OperationKey(id): OperationKey,
    RawQuery(query): RawQuery,
    key: IdempotencyKey,
    sent: Sent,
) -> Result<Response, ApiError> {
    Params::read(query.as_deref(), &[])?;
    let items = match sent.content().await? {
        Content::One(body) => read_items(&body)?,
        Content::Lines(lines) => read_items(&Value::Array(lines))?,
    };
    let idempotency = key.of(&sent, answer);
    let recorded = state.storage.record_items(&scope, &id, items, idempotency);
    let json = [(header::CONTENT_TYPE, "application/json")];
    let recorded = match recorded.await? {
        Recorded::New(receipts) => (json, Body::from(answer(&receipts))).into_response(),
        Recorded::Replayed(stored) => {
            ([(REPLAYED, "true")], json, Body::from(stored)).into_response()
        }
    };
    let asked = state.storage.asked_of(&scope, &id).await?;
    let asked = asked.map(|control| [(ASKED, control.as_str())]);
    Ok((StatusCode::CREATED, asked, recorded).into_response())
}

fn answer(receipts: &[Receipt]) -> Vec<u8> {
    let answer = RecordedItems {
        recorded: receipts.len() as u64,
    };
    serde_json::to_vec(&answer).expect("a number is always JSON")
}
