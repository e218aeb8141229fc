//! What the page asks of the server: scope, call, map.

use crate::AppError;
use domain::HoldId;
use domain::export::Source;
use domain::view::{HoldView, RetentionPreview, RetentionRule, RetentionView};
use leptos::server;
use leptos::server_fn::codec::Json;

/// How long logs are kept, and what is held.
///
/// # Errors
/// A role that may not, a database that fails.
#[server(output = crate::wire::Wire, name = ReadRetention, prefix = "/fn", endpoint = "retention/read")]
pub async fn read() -> Result<RetentionView, AppError> {
    let context = crate::context::RequestContext::current();
    Ok(context.storage.retention(&context.scope()?).await?)
}

/// From how many entries and messages something would go at once if these rules were saved.
///
/// # Errors
/// A rule that can't be used, a role that may not, a database that fails.
#[server(output = crate::wire::Wire, name = CountDue, prefix = "/fn", endpoint = "retention/due", input = Json)]
pub async fn due(rules: Vec<RetentionRule>) -> Result<u64, AppError> {
    let context = crate::context::RequestContext::current();
    Ok(context.storage.count_due(&context.scope()?, &rules).await?)
}

/// Changes how long logs and files of exports are kept. `was`: the rules and the days that the form was loaded with;
/// `confirmed`: the number of [`due`] that was typed.
///
/// # Errors
/// A rule that can't be used, more that is due than was confirmed, a change by somebody else meanwhile, a role that may not,
/// a database that fails.
#[server(output = crate::wire::Wire, name = SaveRetention, prefix = "/fn", endpoint = "retention/save", input = Json)]
pub async fn save(
    was: Option<(Vec<RetentionRule>, u32)>,
    rules: Vec<RetentionRule>,
    export_days: u32,
    confirmed: Option<u64>,
) -> Result<RetentionView, AppError> {
    let context = crate::context::RequestContext::current();
    let scope = context.proved_scope()?;
    // Before the rules: what is refused later would leave them saved, and the form stale by its own hand.
    if !(1..=3_650).contains(&export_days) {
        let message = "1 to 3,650 days";
        return Err(domain::Problem::field("/export_days", "out_of_range", message).into());
    }
    context
        .storage
        .save_retention_from(&scope, was, rules, confirmed)
        .await?;
    context.storage.set_export_days(&scope, export_days).await?;
    Ok(context.storage.retention(&scope).await?)
}

/// What rules would remove now, and when the next entry is due.
///
/// # Errors
/// A rule that can't be used, a role that may not, a database that fails.
#[server(output = crate::wire::Wire, name = PreviewRetention, prefix = "/fn", endpoint = "retention/preview", input = Json)]
pub async fn preview(rules: Vec<RetentionRule>) -> Result<Vec<RetentionPreview>, AppError> {
    let context = crate::context::RequestContext::current();
    let scope = context.scope()?;
    Ok(context.storage.preview_retention(&scope, &rules).await?)
}

/// Sets a legal hold in each of some logs, or in none.
///
/// # Errors
/// A query that one of them doesn't understand, no reason, a role that may not, a database that fails.
#[server(output = crate::wire::Wire, name = AddHolds, prefix = "/fn", endpoint = "holds/add", input = Json)]
pub async fn add_holds(
    sources: Vec<Source>,
    q: String,
    reason: String,
) -> Result<Vec<HoldView>, AppError> {
    let context = crate::context::RequestContext::current();
    let scope = context.proved_scope()?;
    Ok(context
        .storage
        .add_holds(&scope, &sources, &q, &reason)
        .await?)
}

/// Releases a legal hold.
///
/// # Errors
/// No reason, out of scope, a role that may not, a database that fails.
#[server(output = crate::wire::Wire, name = ReleaseHold, prefix = "/fn", endpoint = "holds/release")]
pub async fn release_hold(id: HoldId, reason: String) -> Result<(), AppError> {
    let context = crate::context::RequestContext::current();
    let scope = context.proved_scope()?;
    context.storage.release_hold(&scope, id, &reason).await?;
    Ok(())
}
