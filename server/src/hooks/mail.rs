//! `POST /hooks/mail/{name}`: a mail that came in, as it came (RFC 5322).

use super::{inbound, secret, store};
use crate::email::inbound::InboundMail;
use crate::problem::ApiError;
use crate::state::AppState;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use domain::Problem;
use serde_json::Value;

/// Takes a mail in.
///
/// # Errors
/// `unauthenticated` without the secret, `not_found` for a store that isn't there, `invalid_fields` for no mail.
pub(super) async fn call(
    State(state): State<AppState>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, ApiError> {
    secret::check(&state, &headers)?;
    let store = store(&state, &name).await?;
    if body.is_empty() {
        return Err(Problem::field("", "required", "send the mail as the body").into());
    }
    let domain = state.senders.mail_domain().to_owned();
    let raw = body.to_vec();
    // Megabytes take long enough to hold up everybody else on this thread.
    let read = tokio::task::spawn_blocking(move || (InboundMail::read(&raw, &domain), raw));
    let (mail, raw) = read.await.map_err(|error| {
        ApiError::Fault(crate::problem::Fault::Defect(
            format!("reading a mail: {error}").into(),
        ))
    })?;
    Ok(Json(inbound::take(&state, store, mail, Some(raw)).await?))
}
