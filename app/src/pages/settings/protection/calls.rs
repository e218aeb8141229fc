//! What the Protection page asks of the server.

use crate::AppError;
#[cfg(feature = "ssr")]
use domain::Permission;
use domain::security::unusual::AlarmSetting;
use domain::view::{Policy, Trial, WatchMeans};
use leptos::server;

/// How the store is protected.
///
/// # Errors
/// As [`storage::Storage::policy`].
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "policy")]
pub async fn read_policy() -> Result<Policy, AppError> {
    let context = crate::context::RequestContext::current();
    Ok(context.storage.policy(&context.scope()?).await?)
}

/// Changes how the store is protected. `policy` is a [`Policy`] as JSON text, `was` the one that the form was loaded with.
///
/// # Errors
/// As [`storage::Storage::set_policy_from`]; `invalid_fields` (`alarm_url`) for an address that would never be called.
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "policy-save")]
pub async fn save_policy(was: Option<String>, policy: String) -> Result<Policy, AppError> {
    let context = crate::context::RequestContext::current();
    let policy: Policy = super::super::parse::of(&policy)?;
    let was = was.as_deref().map(super::super::parse::of).transpose()?;
    let scope = context.proved_scope()?;
    scope.require(Permission::ManageSettings)?;
    let url = policy.alarm_url.as_deref().map(str::trim);
    if let Some(url) = url.filter(|url| !url.is_empty()) {
        (context.check_alarm_url)(url)?;
    }
    let saved = context.storage.set_policy_from(&scope, was, policy);
    Ok(saved.await?)
}

/// What the server has that rules and the mails of alarms need.
///
/// # Errors
/// Forbidden without [`Permission::ManageSettings`].
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "watch-means")]
pub async fn read_means() -> Result<WatchMeans, AppError> {
    let context = crate::context::RequestContext::current();
    context.scope()?.require(Permission::ManageSettings)?;
    Ok(context.watch_means)
}

/// The rules that look for what stands out.
///
/// # Errors
/// As [`storage::Storage::alarm_settings`].
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "alarms")]
pub async fn read_alarms() -> Result<Vec<AlarmSetting>, AppError> {
    let context = crate::context::RequestContext::current();
    Ok(context.storage.alarm_settings(&context.scope()?).await?)
}

/// Changes the rules. `alarms` are [`AlarmSetting`]s as JSON text, `was` those that the form was loaded with.
///
/// # Errors
/// As [`storage::Storage::save_alarm_settings_from`].
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "alarms-save")]
pub async fn save_alarms(
    was: Option<String>,
    alarms: String,
) -> Result<Vec<AlarmSetting>, AppError> {
    let context = crate::context::RequestContext::current();
    let alarms = super::super::parse::of(&alarms)?;
    let was = was.as_deref().map(super::super::parse::of).transpose()?;
    let scope = context.proved_scope()?;
    let saved = context
        .storage
        .save_alarm_settings_from(&scope, was, alarms);
    Ok(saved.await?)
}

/// What a rule would have raised in the last 90 days. `rule` is an [`domain::security::unusual::AlarmRule`] as JSON text.
///
/// # Errors
/// As [`storage::Storage::try_alarm`].
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "alarm-try")]
pub async fn try_alarm(rule: String) -> Result<Trial, AppError> {
    let context = crate::context::RequestContext::current();
    let rule = super::super::parse::of(&rule)?;
    let scope = context.scope()?;
    Ok(context.storage.try_alarm(&scope, rule, 90).await?)
}
