//! What the pages of rules ask of the server.

use super::form::RuleForm;
#[cfg(feature = "ssr")]
use super::form::in_form;
use crate::AppError;
#[cfg(feature = "ssr")]
use crate::activity::calls::asking::Asking;
#[cfg(feature = "ssr")]
use crate::context::RequestContext;
use domain::RuleId;
#[cfg(feature = "ssr")]
use domain::followup::at_value;
use domain::view::{
    EvaluationRow, ReportedRule, RuleActionRow, RuleRow, RuleTrial, RuleVersion, RuleWhy,
};
use leptos::server;
use serde::{Deserialize, Serialize};
#[cfg(feature = "ssr")]
use storage::DeadActions;
use uuid::Uuid;

/// How many evaluations are shown.
#[cfg(feature = "ssr")]
const LATELY: u32 = 50;

/// The rules, and what became of them lately.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RulesAndWhatTheyDid {
    /// By name.
    pub rules: Vec<RuleRow>,
    /// The names of the templates.
    pub templates: Vec<String>,
    /// The newest first.
    pub evaluations: Vec<EvaluationRow>,
    /// What is yet to be done, those out of tries first.
    pub actions: Vec<RuleActionRow>,
    /// How many are out of tries: more than are listed, it may be.
    pub dead: u64,
    /// The shop's own rules.
    pub reported: Vec<ReportedRule>,
    /// What the store's clock adds to UTC now, in minutes.
    pub offset_minutes: i32,
}

/// One rule with everything about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OneRule {
    /// The rule; none when it was deleted.
    pub row: Option<RuleRow>,
    /// The names of the templates.
    pub templates: Vec<String>,
    /// The newest first.
    pub versions: Vec<RuleVersion>,
    /// The newest first.
    pub evaluations: Vec<EvaluationRow>,
    /// What is yet to be done, those out of tries first.
    pub actions: Vec<RuleActionRow>,
    /// How many are out of tries: more than are listed, it may be.
    pub dead: u64,
    /// What the store's clock adds to UTC now, in minutes.
    pub offset_minutes: i32,
}

/// Of how many rules it is answered at once.
#[cfg(feature = "ssr")]
const AT_ONCE: usize = 30;

/// A rule that can be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Askable {
    /// The rule.
    pub id: RuleId,
    /// Its name.
    pub name: String,
    /// Whether it is asked about no subject.
    pub is_on_schedule: bool,
}

/// What can be asked about, and the answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Asked {
    /// The rules by name.
    pub rules: Vec<Askable>,
    /// The answer, once rule and subject are chosen; of a rule on a schedule once it is.
    pub why: Option<RuleWhy>,
    /// While only a subject is chosen: the answers of the rules that are set off by what happens, those that fired first.
    pub each: Vec<RuleWhy>,
    /// Whether there are more such rules than are answered at once.
    pub has_more: bool,
    /// While only a subject is chosen: the shop's own rules.
    pub reported: Vec<ReportedRule>,
    /// What the store's clock adds to UTC now, in minutes.
    pub offset_minutes: i32,
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
        rules: storage.list_rule_rows(&scope).await?,
        templates: templates
            .into_iter()
            .map(|template| template.name)
            .collect(),
        evaluations: storage.list_evaluations(&scope, LATELY).await?,
        actions: storage.list_rule_actions(&scope, None).await?,
        dead: storage.count_dead_actions(&scope, None).await?,
        reported: storage.list_reported_rules(&scope).await?,
        offset_minutes: storage.offset_minutes(&scope),
    })
}

/// One rule with its versions and what became of it.
///
/// # Errors
/// As [`storage::Storage::list_rule_versions`].
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "rule")]
pub async fn read_rule(id: String) -> Result<OneRule, AppError> {
    let Asking { storage, scope } = Asking::now()?;
    let id: RuleId = id.parse().map_err(|_| domain::Problem::not_found("rule"))?;
    let templates = storage.list_templates(&scope).await?;
    let rows = storage.list_rule_rows(&scope).await?;
    Ok(OneRule {
        versions: storage.list_rule_versions(&scope, id).await?,
        row: rows.into_iter().find(|row| row.rule.id == id),
        templates: templates
            .into_iter()
            .map(|template| template.name)
            .collect(),
        evaluations: storage.list_rule_evaluations(&scope, id, LATELY).await?,
        actions: storage.list_rule_actions(&scope, Some(id)).await?,
        dead: storage.count_dead_actions(&scope, Some(id)).await?,
        offset_minutes: storage.offset_minutes(&scope),
    })
}

/// Why a rule did or did not fire for a subject; of each rule while none is chosen; nothing while no subject is, but of a
/// rule on a schedule, which has none.
///
/// # Errors
/// As [`storage::Storage::why_rule`] and [`storage::Storage::list_reported_rules`].
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "rule-why")]
pub async fn ask_why(rule: String, kind: String, id: String) -> Result<Asked, AppError> {
    let Asking { storage, scope } = Asking::now()?;
    let rules = storage.list_rules(&scope).await?;
    let subject = domain::Reference {
        kind: kind.trim().to_owned(),
        id: id.trim().to_owned(),
        name: None,
    };
    let mut asked = Asked {
        rules: Vec::new(),
        why: None,
        each: Vec::new(),
        has_more: false,
        reported: Vec::new(),
        offset_minutes: storage.offset_minutes(&scope),
    };
    let is_about_a_thing = !subject.kind.is_empty() && !subject.id.is_empty();
    match rule.parse::<RuleId>() {
        Ok(rule) => {
            let is_asked = is_about_a_thing || {
                // The rule may be deleted: its versions tell what set it off.
                let versions = storage.list_rule_versions(&scope, rule).await?;
                let newest = versions.into_iter().find_map(|version| version.rule);
                newest.is_some_and(|rule| rule.trigger.is_schedule())
            };
            if is_asked {
                asked.why = Some(storage.why_rule(&scope, rule, &subject).await?);
            }
        }
        Err(_) if !is_about_a_thing => {}
        Err(_) => {
            // What a schedule sets off is about no thing.
            let set_off = rules.iter().filter(|rule| !rule.trigger.is_schedule());
            asked.has_more = set_off.clone().count() > AT_ONCE;
            for rule in set_off.take(AT_ONCE) {
                let why = storage.why_rule(&scope, rule.id, &subject).await?;
                asked.each.push(why);
            }
            asked.each.sort_by_key(|why| !why.answer.is_fired);
            asked.reported = storage.list_reported_rules(&scope).await?;
        }
    }
    let askable = rules.into_iter().map(|rule| Askable {
        id: rule.id,
        is_on_schedule: rule.trigger.is_schedule(),
        name: rule.name,
    });
    asked.rules = askable.collect();
    Ok(asked)
}

/// Saves a rule, a new one without an id; or tries it on the past and saves nothing, when the form asks for that.
///
/// # Errors
/// Each wrong field, or as [`storage::Storage::save_rule_from`].
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "rule-save")]
pub async fn save_rule(form: RuleForm) -> Result<Option<RuleTrial>, AppError> {
    let Asking { storage, scope } = Asking::now()?;
    scope.require(domain::Permission::ManageRules)?;
    let id = form.id.parse().unwrap_or_else(|_| storage.new_rule_id());
    let rule = form.rule(id)?;
    if let Ok(days) = form.try_days.parse() {
        return Ok(Some(storage.try_rule(&scope, &rule, days).await?));
    }
    let check_calls = RequestContext::current().check_calls;
    check_calls(&rule.actions).map_err(|problem| in_form(problem, &rule))?;
    let was = form.version.parse().ok();
    match storage.save_rule_from(&scope, was, rule.clone()).await {
        Ok(_) => Ok(None),
        Err(storage::Error::Problem(problem)) if !problem.is_stale() => {
            Err(in_form(problem, &rule).into())
        }
        Err(error) => Err(error.into()),
    }
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

/// Saves an older version of a rule again.
///
/// # Errors
/// As [`storage::Storage::restore_rule`].
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "rule-restore")]
pub async fn restore_rule(id: RuleId, version: u32) -> Result<(), AppError> {
    let Asking { storage, scope } = Asking::now()?;
    storage.restore_rule(&scope, id, version).await?;
    Ok(())
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

/// Has an action tried now, or gives it up.
///
/// # Errors
/// As [`storage::Storage::retry_rule_action`] and [`storage::Storage::discard_rule_action`].
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "rule-action")]
pub async fn settle_action(id: Uuid, is_retried: bool) -> Result<(), AppError> {
    let Asking { storage, scope } = Asking::now()?;
    if is_retried {
        storage.retry_rule_action(&scope, id).await?;
    } else {
        storage.discard_rule_action(&scope, id).await?;
    }
    Ok(())
}

/// Has several actions that are out of tries tried again, or gives them up: those named, or all of a rule or of every
/// rule. Answers how many.
///
/// # Errors
/// As [`storage::Storage::retry_dead_actions`] and [`storage::Storage::discard_dead_actions`].
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "rule-actions", input = leptos::server_fn::codec::Json)]
pub async fn settle_dead(
    ids: Vec<Uuid>,
    is_all: bool,
    rule: Option<RuleId>,
    is_retried: bool,
) -> Result<u64, AppError> {
    let Asking { storage, scope } = Asking::now()?;
    let which = if is_all {
        DeadActions::All(rule)
    } else {
        DeadActions::These(ids)
    };
    if is_retried {
        Ok(storage.retry_dead_actions(&scope, &which).await?)
    } else {
        Ok(storage.discard_dead_actions(&scope, &which).await?)
    }
}

/// Has an action that waits or is out of tries made with another value.
///
/// # Errors
/// The field `value`, or as [`storage::Storage::edit_rule_action`].
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "rule-action-edit")]
pub async fn edit_action(id: Uuid, value: String) -> Result<(), AppError> {
    let Asking { storage, scope } = Asking::now()?;
    let action = storage.rule_action_with(&scope, id, &value).await?;
    let check_calls = RequestContext::current().check_calls;
    check_calls(std::slice::from_ref(&action)).map_err(at_value)?;
    Ok(storage.edit_rule_action(&scope, id, action).await?)
}
