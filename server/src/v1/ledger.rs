//! `GET /ledger/checkpoint` and the proofs of activities, messages, security events, requests and any other entry: what an
//! auditor takes away.

use crate::authority::Caller;
use crate::problem::ApiError;
use crate::state::AppState;
use crate::v1::messages::reading::ReadingMessages;
use crate::v1::path::{EntryId, LedgerNumber, MessageKey};
use crate::v1::watch::reading::{ReadingRequests, ReadingSecurity, WatchId};
use crate::v1::wire;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use domain::ledger::ProofBundle;
use domain::{Permission, Problem};
use std::fmt::Display;
use storage::Scope;

/// The caller may know the ledger's size and proofs.
pub struct Auditing(pub Scope);

impl FromRequestParts<AppState> for Auditing {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let Caller(scope) = Caller::from_request_parts(parts, state).await?;
        scope.require(Permission::ReadLedger)?;
        Ok(Self(scope))
    }
}

/// Get the latest checkpoint
///
/// The signed head of the ledger as a note (C2SP `tlog-checkpoint`). Keep it where Storetrail can't reach it: the ledger
/// is later compared with it, by `storetrail verify --checkpoint` or by docs/verify.py.
#[utoipa::path(
    get, path = "/ledger/checkpoint", tag = "Ledger", operation_id = "get_checkpoint",
    responses(
        (status = 200, description = "The note.", content_type = "text/plain", body = String),
        (status = 401, description = "`unauthenticated`: no valid key or session."),
        (status = 403, description = "`forbidden`: the role may not know the ledger's size."),
    ),
)]
pub async fn get_checkpoint(
    Auditing(scope): Auditing,
    State(state): State<AppState>,
) -> Result<Response, ApiError> {
    let mut latest = state.storage.list_checkpoints(&scope, 1).await?;
    if latest.is_empty() {
        state.checkpoints.write().await?;
        latest = state.storage.list_checkpoints(&scope, 1).await?;
    }
    let note = latest.into_iter().next().map(|latest| latest.text);
    let note = note.ok_or_else(|| Problem::not_found("checkpoint"))?;
    Ok(attached(
        "checkpoint.txt",
        "text/plain; charset=utf-8",
        note,
    ))
}

/// Get the proof of an entry
///
/// A file that proves, without Storetrail, that the entry stands in the ledger: what its leaf commits to, its content
/// where this role may see it, the way to the root, and the signed head. Checked by `storetrail verify --file`.
#[utoipa::path(
    get, path = "/activities/{id}/proof", tag = "Ledger", operation_id = "get_proof",
    params(("id" = uuid::Uuid, Path, description = "The entry's id.", example = "0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e5f")),
    responses(
        (status = 200, description = "The proof.", content_type = "application/json", body = wire::ProofBundle),
        (status = 401, description = "`unauthenticated`: no valid key or session."),
        (status = 403, description = "`forbidden`: the role may not see proofs."),
        (status = 404, description = "`not_found`: there is no such entry, or it is not open to this role."),
    ),
)]
pub async fn get_proof(
    Auditing(scope): Auditing,
    State(state): State<AppState>,
    EntryId(id): EntryId,
) -> Result<Response, ApiError> {
    let bundle = state.storage.proof_bundle(&scope, id).await?;
    proof_file(&state, bundle, "activity", id.0)
}

/// Get the proof of a message
///
/// As `get_proof`, of a message: its own entry, and one for each thing that became known of it later.
#[utoipa::path(
    get, path = "/messages/{id}/proof", tag = "Ledger", operation_id = "get_message_proof",
    params(("id" = uuid::Uuid, Path, description = "The message's id.", example = "0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e5f")),
    responses(
        (status = 200, description = "The proof.", content_type = "application/json", body = wire::ProofBundle),
        (status = 401, description = "`unauthenticated`: no valid key or session."),
        (status = 403, description = "`forbidden`: the role reads no messages, or may not see proofs."),
        (status = 404, description = "`not_found`: there is no such message, or it is not open to this role."),
    ),
)]
pub async fn get_message_proof(
    ReadingMessages(scope): ReadingMessages,
    State(state): State<AppState>,
    MessageKey(id): MessageKey,
) -> Result<Response, ApiError> {
    scope.require(Permission::ReadLedger)?;
    let bundle = state.storage.message_proof_bundle(&scope, id).await?;
    proof_file(&state, bundle, "message", id.0)
}

/// Get the proof of a security event
///
/// As `get_proof`, of an event of the security log.
#[utoipa::path(
    get, path = "/security/{id}/proof", tag = "Ledger", operation_id = "get_security_proof",
    params(("id" = uuid::Uuid, Path, description = "The event's id.", example = "0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e5f")),
    responses(
        (status = 200, description = "The proof.", content_type = "application/json", body = wire::ProofBundle),
        (status = 401, description = "`unauthenticated`: no valid key or session."),
        (status = 403, description = "`forbidden`: the role doesn't read the security log, or may not see proofs."),
        (status = 404, description = "`not_found`: there is no such event."),
    ),
)]
pub async fn get_security_proof(
    ReadingSecurity(scope): ReadingSecurity,
    State(state): State<AppState>,
    WatchId(id): WatchId,
) -> Result<Response, ApiError> {
    scope.require(Permission::ReadLedger)?;
    let bundle = state.storage.security_proof_bundle(&scope, id).await?;
    proof_file(&state, bundle, "security event", id)
}

/// Get the proof of a request
///
/// As `get_proof`, of a call of the requests log. Calls are recorded many at a time, in one entry that lists the SHA-256
/// of each; the file has the call too.
#[utoipa::path(
    get, path = "/requests/{id}/proof", tag = "Ledger", operation_id = "get_request_proof",
    params(("id" = uuid::Uuid, Path, description = "The entry's id.", example = "0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e5f")),
    responses(
        (status = 200, description = "The proof.", content_type = "application/json", body = wire::ProofBundle),
        (status = 401, description = "`unauthenticated`: no valid key or session."),
        (status = 403, description = "`forbidden`: the role doesn't read the requests log, or may not see proofs."),
        (status = 404, description = "`not_found`: there is no such entry."),
    ),
)]
pub async fn get_request_proof(
    ReadingRequests(scope): ReadingRequests,
    State(state): State<AppState>,
    WatchId(id): WatchId,
) -> Result<Response, ApiError> {
    scope.require(Permission::ReadLedger)?;
    let bundle = state.storage.request_proof_bundle(&scope, id).await?;
    proof_file(&state, bundle, "request", id)
}

/// Get the proof of an entry of the ledger
///
/// As `get_proof`, of any entry by its number: also of an order, a customer, an item of a bulk operation, an erasure. Messages,
/// security events and requests come without their content: their own proofs have it.
#[utoipa::path(
    get, path = "/ledger/{seq}/proof", tag = "Ledger", operation_id = "get_entry_proof",
    params(("seq" = u64, Path, description = "The entry's number in the ledger, from 1.", example = 1)),
    responses(
        (status = 200, description = "The proof.", content_type = "application/json", body = wire::ProofBundle),
        (status = 401, description = "`unauthenticated`: no valid key or session."),
        (status = 403, description = "`forbidden`: the role may not see proofs."),
        (status = 404, description = "`not_found`: there is no such entry, or it is not open to this role."),
    ),
)]
pub async fn get_entry_proof(
    Auditing(scope): Auditing,
    State(state): State<AppState>,
    LedgerNumber(seq): LedgerNumber,
) -> Result<Response, ApiError> {
    let bundle = state.storage.entry_proof_bundle(&scope, seq).await?;
    proof_file(&state, bundle, "entry", seq.0)
}

/// A bundle as a file, its head signed. `what` is said to be missing where there is none.
fn proof_file(
    state: &AppState,
    bundle: Option<ProofBundle>,
    what: &str,
    id: impl Display,
) -> Result<Response, ApiError> {
    let mut bundle = bundle.ok_or_else(|| Problem::not_found(what))?;
    if let (None, Some(entry)) = (&bundle.checkpoint, bundle.entries.first()) {
        bundle.checkpoint = Some(state.checkpoints.sign(entry.proof.size, entry.proof.root));
    }
    let text = serde_json::to_string_pretty(&bundle).map_err(|error| {
        ApiError::Fault(crate::problem::Fault::Defect(
            format!("a proof: {error}").into(),
        ))
    })?;
    Ok(attached(
        &format!("{id}.proof.json"),
        "application/json",
        text,
    ))
}

fn attached(name: &str, kind: &'static str, text: String) -> Response {
    let mut response = text.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    if let Ok(value) = HeaderValue::try_from(format!("attachment; filename=\"{name}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    response
}
