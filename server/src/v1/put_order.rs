//! `PUT /orders/{number}`: what is known of a sales order.

use super::body::Sent;
use super::params::Params;
use super::path::StoreKey;
use super::receipt::upserted;
use super::recording::Recording;
use super::wire::{LedgerReceipt, OrderInput};
use crate::problem::ApiError;
use crate::state::AppState;
use axum::Json;
use axum::extract::{RawQuery, State};
use domain::OrderUpsert;
use storage::record::Record;

/// Put an order
///
/// What is known of a sales order: it replaces what was known before, so sending it twice is harmless.
/// `order:` and the threads refer to it; `assigned_to` opens its status changes to that colleague. Left out, the order stays
/// assigned as it was; `null` takes that away.
#[utoipa::path(
    put, path = "/orders/{number}", tag = "Orders and customers", operation_id = "put_order",
    params(("number" = String, Path, min_length = 1, max_length = 200, description = "The order's number in the store.", example = "1042")),
    request_body = OrderInput,
    responses(
        (status = 200, description = "Recorded and durable.", body = LedgerReceipt),
        (status = 400, description = "`malformed_json`: the body is not JSON or not UTF-8; line, column and byte are named."),
        (status = 401, description = "`unauthenticated`: no valid key."),
        (status = 403, description = "`forbidden`: the key's role may not record."),
        (status = 413, description = "`too_large`: more than 8 MiB."),
        (status = 415, description = "`unsupported_media_type`: not JSON in UTF-8."),
        (status = 422, description = "`invalid_fields`: each wrong field is named."),
    ),
)]
pub async fn put_order(
    Recording(scope): Recording,
    State(state): State<AppState>,
    StoreKey(number): StoreKey,
    RawQuery(query): RawQuery,
    sent: Sent,
) -> Result<Json<LedgerReceipt>, ApiError> {
    Params::read(query.as_deref(), &[])?;
    let body = sent.json().await?;
    let order = OrderUpsert::read(&body)?;
    let record = if OrderUpsert::tells_assignment(&body) {
        Record::Order { number, order }
    } else {
        Record::OrderAsAssigned { number, order }
    };
    let done = state.storage.recorder().record(&scope, vec![record], None);
    upserted(done.await?, &scope)
}
