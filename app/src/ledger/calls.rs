//! What the ledger page asks of the server: scope, call, map.

use crate::AppError;
use domain::view::{CheckpointView, LedgerSummary};
use leptos::server;
use serde::{Deserialize, Serialize};

/// How many checkpoints are shown.
#[cfg(feature = "ssr")]
const SHOWN: u32 = 20;

/// What the page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerPageView {
    /// The ledger at this moment.
    pub summary: LedgerSummary,
    /// The newest checkpoints.
    pub checkpoints: Vec<CheckpointView>,
    /// The key that they are verified with, as a line of C2SP `signed-note`.
    pub public_key: String,
}

/// The ledger, its newest checkpoints and its key.
///
/// # Errors
/// A role that may not see the ledger, a database that fails.
#[server(output = crate::wire::Wire, name = ReadLedger, prefix = "/fn", endpoint = "ledger/read")]
pub async fn read() -> Result<LedgerPageView, AppError> {
    let context = crate::context::RequestContext::current();
    let scope = context.scope()?;
    Ok(LedgerPageView {
        summary: context.storage.ledger_summary(&scope).await?,
        checkpoints: context.storage.list_checkpoints(&scope, SHOWN).await?,
        public_key: context.public_key.to_string(),
    })
}

/// Signs a checkpoint now.
///
/// # Errors
/// A role that may not see the ledger, a disk or database that fails.
#[server(output = crate::wire::Wire, name = SignCheckpointNow, prefix = "/fn", endpoint = "ledger/sign")]
pub async fn sign() -> Result<LedgerPageView, AppError> {
    let context = crate::context::RequestContext::current();
    // Whoever may not see the ledger is refused before anything is signed.
    context.storage.ledger_summary(&context.scope()?).await?;
    (context.sign_checkpoint)().await?;
    read().await
}
