//! What pages link to for downloading: the same handlers as the API's, for whoever is signed in.

use crate::state::AppState;
use crate::v1::{
    get_checkpoint, get_entry_proof, get_export_file, get_message_proof, get_proof,
    get_request_proof, get_security_proof,
};
use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;

/// The files; to be put behind the session.
pub fn router() -> Router<AppState> {
    Router::new()
        .route("/exports/{id}/file", get(get_export_file))
        .route("/activity/{id}/proof", get(get_proof))
        .route("/messages/{id}/proof", get(get_message_proof))
        .route("/security/{id}/proof", get(get_security_proof))
        .route("/requests/{id}/proof", get(get_request_proof))
        .route("/ledger/{seq}/proof", get(get_entry_proof))
        .route("/ledger/checkpoint", get(get_checkpoint))
        .route("/ledger/key", get(key))
}

/// The key that verifies checkpoints. It is public: whoever checks a note needs it.
async fn key(State(state): State<AppState>) -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"ledger.vkey\"",
        ),
    ];
    (headers, format!("{}\n", state.checkpoints.verifier_key()))
}
