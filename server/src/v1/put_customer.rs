//! `PUT /customers/{id}`: what is known of a customer.

use super::body::Sent;
use super::params::Params;
use super::path::StoreKey;
use super::receipt::upserted;
use super::recording::Recording;
use super::wire::{CustomerInput, LedgerReceipt};
use crate::problem::ApiError;
use crate::state::AppState;
use axum::Json;
use axum::extract::{RawQuery, State};
use domain::CustomerUpsert;
use storage::record::Record;

/// Put a customer
///
/// What is known of a customer: it replaces what was known before, so sending it twice is harmless.
#[utoipa::path(
    put, path = "/customers/{id}", tag = "Orders and customers", operation_id = "put_customer",
    params(("id" = String, Path, min_length = 1, max_length = 200, description = "The store's id for them.", example = "c_77")),
    request_body = CustomerInput,
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
pub async fn put_customer(
    Recording(scope): Recording,
    State(state): State<AppState>,
    StoreKey(id): StoreKey,
    RawQuery(query): RawQuery,
    sent: Sent,
) -> Result<Json<LedgerReceipt>, ApiError> {
    Params::read(query.as_deref(), &[])?;
    let customer = CustomerUpsert::read(&sent.json().await?)?;
    let record = Record::Customer { id, customer };
    let done = state.storage.recorder().record(&scope, vec![record], None);
    upserted(done.await?, &scope)
}
