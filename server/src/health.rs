//! Whether the server lives and whether it can do its work.

use crate::problem::ApiError;
use crate::state::AppState;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use domain::{Code, Problem};

/// `GET /healthz`: the process answers.
pub async fn alive() -> impl IntoResponse {
    ([(header::CACHE_CONTROL, "no-store")], "alive\n")
}

/// `GET /readyz`: the database answers a read and the writer lives.
///
/// # Errors
/// `unavailable` while it doesn't; what is wrong stands in the log.
pub async fn ready(State(state): State<AppState>) -> Result<impl IntoResponse, ApiError> {
    if let Err(error) = state.storage.check_ready().await {
        tracing::warn!(%error, "not ready");
        return Err(Problem::new(
            Code::Unavailable,
            "the database doesn't answer at the moment; the log tells why",
        )
        .into());
    }
    Ok(([(header::CACHE_CONTROL, "no-store")], "ready\n"))
}
