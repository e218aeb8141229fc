//! What the page of rules asks of the server.

use super::form::RuleForm;
use crate::AppError;
#[cfg(feature = "ssr")]
use crate::activity::calls::asking::Asking;
use domain::RuleId;
use domain::followup::FollowupRule;
use domain::view::EvaluationRow;
use leptos::server;
use serde::{Deserialize, Serialize};

/// How many evaluations are shown.
#[cfg(feature = "ssr")]
const LATELY: u32 = 50;

/// The rules, and what became of them lately.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RulesAndWhatTheyDid {
    /// By name.
    pub rules: Vec<FollowupRule>,
    /// The names of the templates.
    pub templates: Vec<String>,
    /// The newest first.
    pub evaluations: Vec<EvaluationRow>,
}

/// The store's rules, and what became of them lately.
///
/// # Errors
/// As [`storage::Storage::list_rules`].
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "rules")]
pub async fn list_rules() -> Result<RulesAndWhatTheyDid, AppError> {
    let Asking { storage, scope } = Asking::now()?;
    let templates = storage.list_templates(&scope).await?;
    Ok(RulesAndWhatTheyDid {
        rules: storage.list_rules(&scope).await?,
        templates: templates
            .into_iter()
            .map(|template| template.name)
            .collect(),
        evaluations: storage.list_evaluations(&scope, LATELY).await?,
    })
}

/// Saves a rule: a new one without an id.
///
/// # Errors
/// Each wrong field, or as [`storage::Storage::save_rule`].
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "rule-save")]
pub async fn save_rule(form: RuleForm) -> Result<(), AppError> {
    let Asking { storage, scope } = Asking::now()?;
    let id = form.id.parse().unwrap_or_else(|_| storage.new_rule_id());
    storage.save_rule(&scope, form.rule(id)?).await?;
    Ok(())
}

/// Switches a rule on or off.
///
/// # Errors
/// As [`storage::Storage::switch_rule`].
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "rule-switch")]
pub async fn switch_rule(id: RuleId, is_enabled: bool) -> Result<(), AppError> {
    let Asking { storage, scope } = Asking::now()?;
    Ok(storage.switch_rule(&scope, id, is_enabled).await?)
}

/// Deletes a rule.
///
/// # Errors
/// As [`storage::Storage::delete_rule`].
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "rule-delete")]
pub async fn delete_rule(id: RuleId) -> Result<(), AppError> {
    let Asking { storage, scope } = Asking::now()?;
    Ok(storage.delete_rule(&scope, id).await?)
}
