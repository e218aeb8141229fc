//! Saving templates and rules: each saving is a record with what it was before.

use super::{reference, refused, taken, version};
use crate::account::own_activity;
use crate::record::message::damaged;
use crate::record::{Effect, Record};
use crate::sql::{sql, values};
use crate::stale::{differing, still};
use crate::{Error, Scope, Storage};
use domain::followup::{
    FollowupAction, FollowupRule, PLACES, Template, email_of, missing, unfinished_place,
    unknown_place,
};
use domain::message::MAX_HEADER_BYTES;
use domain::{
    Activity, Category, Change, FieldProblem, Permission, Problem, RuleId, Said, StoreId,
};
use sea_orm::ConnectionTrait;
use serde_json::Value;

impl Storage {
    /// The templates, by name.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::SendMessages`], or a fault.
    pub async fn list_templates(&self, scope: &Scope) -> Result<Vec<Template>, Error> {
        scope.require(Permission::SendMessages)?;
        self.templates_of(scope).await
    }

    /// Saves a template: a new one when its id is new, else its next version. The version given is not
    /// looked at.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::ManageRules`], a wrong field, `conflict` for a name that is taken.
    pub async fn save_template(
        &self,
        scope: &Scope,
        template: Template,
    ) -> Result<Template, Error> {
        self.save_template_from(scope, None, template).await
    }

    /// As [`Storage::save_template`]; `was` is the template with which its form was loaded.
    ///
    /// # Errors
    /// As [`Storage::save_template`]; [`Problem::stale`] when somebody else changed or deleted it meanwhile.
    pub async fn save_template_from(
        &self,
        scope: &Scope,
        was: Option<Template>,
        mut template: Template,
    ) -> Result<Template, Error> {
        scope.require(Permission::ManageRules)?;
        template.name = checked_name(&template.name)?;
        if template.body.trim().is_empty() || template.body.chars().count() > 100_000 {
            return Err(refused("body", "1 to 100,000 characters"));
        }
        if template
            .subject
            .as_ref()
            .is_some_and(|s| s.chars().any(char::is_control) || s.len() > MAX_HEADER_BYTES)
        {
            return Err(refused("subject", "one line of at most 998 bytes in UTF-8"));
        }
        if let Some((field, why)) = wrong_place(&template) {
            return Err(refused(field, &why));
        }
        let known = self.templates_of(scope).await?;
        let before = known.iter().find(|t| t.id == template.id);
        if let Some(was) = &was
            && before != Some(was)
        {
            return Err(self.stale_template(scope, was, before).await?.into());
        }
        if known
            .iter()
            .any(|t| t.name == template.name && t.id != template.id)
        {
            return Err(taken("template"));
        }
        template.version = before.map_or(1, |t| t.version + 1);
        let value = serde_json::to_value(&template).map_err(damaged)?;
        let before = before
            .map(|t| serde_json::to_value(t).map_err(damaged))
            .transpose()?;
        let definition = value.to_string();
        let (store, id) = (scope.store_id().0, template.id.0.as_bytes().to_vec());
        let unchanged = was.map(|was| {
            still(
                "SELECT definition FROM template WHERE store_id = ? AND id = ?",
                values![store, id.clone()],
                move |rows| {
                    let Some(row) = rows.first() else {
                        return Ok(false);
                    };
                    let definition: String = row.try_get_by_index(0)?;
                    let now: Template = serde_json::from_str(&definition).map_err(damaged)?;
                    Ok(now == was)
                },
            )
        });
        let effect = Effect::one(
            "INSERT INTO template (store_id, id, name, definition) SELECT ?, ?, ?, ? WHERE NOT EXISTS \
             (SELECT 1 FROM template t WHERE t.store_id = ? AND t.name = ? AND t.id <> ?) \
             ON CONFLICT (store_id, id) DO UPDATE SET name = excluded.name, definition = excluded.definition",
            values![
                store,
                id.clone(),
                template.name.clone(),
                definition,
                store,
                template.name.clone(),
                id
            ],
            "another template has this name already",
        );
        self.saved(
            scope,
            "template",
            template.id,
            &template.name,
            before,
            Some(value),
            unchanged.into_iter().chain([effect]).collect(),
        )
        .await?;
        Ok(template)
    }

    /// The refusal to save a template that is not any more as its form was loaded.
    async fn stale_template(
        &self,
        scope: &Scope,
        was: &Template,
        now: Option<&Template>,
    ) -> Result<Problem, Error> {
        let action = match now {
            None => "template.deleted",
            // It was deleted, and put again with the same id.
            Some(now) if now.version == 1 => "template.created",
            Some(_) => "template.updated",
        };
        let id = was.id.to_string();
        let is_its = |activity: &Activity| activity.subject.as_ref().is_some_and(|s| s.id == id);
        let now = now.map(|now| differing(was, now)).transpose()?;
        self.stale(scope, action, is_its, &now.unwrap_or_default())
            .await
    }

    /// The template of a name, to be sent by a rule; or why it can't be: one whose places are wrong may have been saved
    /// before that was refused, and nobody looks at what a rule sends.
    pub(super) async fn template_to_send(
        &self,
        scope: &Scope,
        name: &str,
    ) -> Result<Result<Template, String>, Error> {
        let templates = self.templates_of(scope).await?;
        let Some(template) = templates.into_iter().find(|t| t.name == name) else {
            let name = name.to_owned();
            return Ok(Err(Said::TemplateGone { name }.into()));
        };
        Ok(match wrong_place(&template) {
            Some((field, why)) => Err(format!(
                "the template {name} is not sent, because of its {field}: {why}"
            )),
            None => Ok(template),
        })
    }

    /// Deletes a template.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::ManageRules`], `not_found`, or a fault.
    pub async fn delete_template(&self, scope: &Scope, id: RuleId) -> Result<(), Error> {
        scope.require(Permission::ManageRules)?;
        let known = self
            .templates_of(scope)
            .await?
            .into_iter()
            .find(|t| t.id == id);
        let known = known.ok_or_else(|| Problem::not_found("template"))?;
        let name = known.name.clone();
        let before = serde_json::to_value(known).map_err(damaged)?;
        let effect = Effect::statement(
            "DELETE FROM template WHERE store_id = ? AND id = ?",
            values![scope.store_id().0, id.0.as_bytes().to_vec()],
        );
        self.saved(
            scope,
            "template",
            id,
            &name,
            Some(before),
            None,
            vec![effect],
        )
        .await
    }

    /// The rules, by name.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::ManageRules`], or a fault.
    pub async fn list_rules(&self, scope: &Scope) -> Result<Vec<FollowupRule>, Error> {
        scope.require(Permission::ManageRules)?;
        self.rules_of(scope).await
    }

    /// Saves a rule as its next version, the first when its id is new. The version given is not looked at. It holds for
    /// what is recorded from now on. A template or colleague that it names anew must be there; one that it named before
    /// and that was removed since is no hindrance.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::ManageRules`]; each wrong part by its place; `conflict` for a name that is
    /// taken, or when somebody else saved it at the same moment.
    pub async fn save_rule(
        &self,
        scope: &Scope,
        rule: FollowupRule,
    ) -> Result<FollowupRule, Error> {
        self.save_rule_from(scope, None, rule).await
    }

    /// What the actions of a rule, each with its place, name anew and is not there: templates and colleagues.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::ManageRules`], or a fault.
    pub async fn not_there(
        &self,
        scope: &Scope,
        id: RuleId,
        actions: &[(usize, FollowupAction)],
    ) -> Result<Vec<FieldProblem>, Error> {
        scope.require(Permission::ManageRules)?;
        let known = self.rules_of(scope).await?;
        let before = known.iter().find(|rule| rule.id == id);
        let named = named_anew(actions.iter().map(|(at, action)| (*at, action)), before);
        missing_of(self.readers(), scope.store_id(), &named).await
    }

    /// As [`Storage::save_rule`]; `was` is the version with which its form was loaded.
    ///
    /// # Errors
    /// As [`Storage::save_rule`]; [`Problem::stale`] when somebody else saved or deleted it meanwhile.
    pub async fn save_rule_from(
        &self,
        scope: &Scope,
        was: Option<u32>,
        mut rule: FollowupRule,
    ) -> Result<FollowupRule, Error> {
        scope.require(Permission::ManageRules)?;
        rule.name = checked_name(&rule.name)?;
        if let Some(problem) = domain::followup::refusal(&rule) {
            return Err(problem.into());
        }
        // Before the rule itself: what is saved between the two takes the next number, and this is refused.
        let last = self.last_version(scope, rule.id).await?;
        let known = self.rules_of(scope).await?;
        let before = known.iter().find(|r| r.id == rule.id);
        if let Some(was) = was
            && before.is_none_or(|before| before.version != was)
        {
            return Err(self.stale_rule(scope, rule.id, was).await?.into());
        }
        if known.iter().any(|r| r.name == rule.name && r.id != rule.id) {
            return Err(taken("rule"));
        }
        let there = all_there(scope, named_anew(rule.actions.iter().enumerate(), before));
        let before = before
            .map(|r| serde_json::to_value(r).map_err(damaged))
            .transpose()?;
        rule.version = last + 1;
        let value = serde_json::to_value(&rule).map_err(damaged)?;
        let (store, id) = (scope.store_id().0, rule.id.0.as_bytes().to_vec());
        let effect = Effect::one(
            "INSERT INTO followup_rule (store_id, id, name, definition) SELECT ?, ?, ?, ? WHERE NOT EXISTS \
             (SELECT 1 FROM followup_rule r WHERE r.store_id = ? AND r.name = ? AND r.id <> ?) \
             ON CONFLICT (store_id, id) DO UPDATE SET name = excluded.name, definition = excluded.definition",
            values![
                store,
                id.clone(),
                rule.name.clone(),
                value.to_string(),
                store,
                rule.name.clone(),
                id
            ],
            "there is another rule of this name; give it another name",
        );
        let kept = version::kept(
            scope,
            rule.id,
            rule.version,
            Some(value.to_string()),
            self.ambient().clock.now(),
        );
        self.saved(
            scope,
            "rule",
            rule.id,
            &rule.name,
            before,
            Some(value),
            vec![there, kept, effect],
        )
        .await?;
        Ok(rule)
    }

    /// Switches a rule on or off.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::ManageRules`], `not_found`, or a fault.
    pub async fn switch_rule(
        &self,
        scope: &Scope,
        id: RuleId,
        is_enabled: bool,
    ) -> Result<(), Error> {
        scope.require(Permission::ManageRules)?;
        let known = self.rules_of(scope).await?.into_iter().find(|r| r.id == id);
        let known = known.ok_or_else(|| Problem::not_found("rule"))?;
        let rule = FollowupRule {
            is_enabled,
            ..known
        };
        self.save_rule(scope, rule).await.map(drop)
    }

    /// Deletes a rule.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::ManageRules`], `not_found`, or a fault.
    pub async fn delete_rule(&self, scope: &Scope, id: RuleId) -> Result<(), Error> {
        scope.require(Permission::ManageRules)?;
        let known = self.rules_of(scope).await?.into_iter().find(|r| r.id == id);
        let known = known.ok_or_else(|| Problem::not_found("rule"))?;
        let name = known.name.clone();
        let before = serde_json::to_value(known).map_err(damaged)?;
        let effect = Effect::statement(
            "DELETE FROM followup_rule WHERE store_id = ? AND id = ?",
            values![scope.store_id().0, id.0.as_bytes().to_vec()],
        );
        let number = self.last_version(scope, id).await? + 1;
        let kept = version::kept(scope, id, number, None, self.ambient().clock.now());
        let effects = vec![kept, effect];
        self.saved(scope, "rule", id, &name, Some(before), None, effects)
            .await
    }

    /// The names of the templates and the emails of the colleagues that there are.
    pub(super) async fn names_there(
        &self,
        scope: &Scope,
    ) -> Result<(Vec<String>, Vec<String>), Error> {
        let templates = self.templates_of(scope).await?;
        let text = "SELECT u.email FROM membership m JOIN user_account u ON u.id = m.user_id WHERE m.store_id = ?";
        let rows = sql(self.backend(), text, values![scope.store_id().0])
            .rows(self.readers())
            .await?;
        let emails = rows.iter().map(|row| row.try_get_by_index::<String>(0));
        Ok((
            templates.into_iter().map(|t| t.name).collect(),
            emails.collect::<Result<Vec<String>, _>>()?,
        ))
    }

    /// An id for a new template or rule.
    pub fn new_rule_id(&self) -> RuleId {
        RuleId(self.ambient().uuid())
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one record")]
    async fn saved(
        &self,
        scope: &Scope,
        what: &str,
        id: RuleId,
        name: &str,
        before: Option<Value>,
        after: Option<Value>,
        effects: Vec<Effect>,
    ) -> Result<(), Error> {
        let verb = match (&before, &after) {
            (None, _) => "created",
            (_, None) => "deleted",
            _ => "updated",
        };
        let mut subject = reference(what, &id.to_string());
        subject.name = Some(name.to_owned());
        let change = Change {
            field: "definition".to_owned(),
            before: before.unwrap_or_default(),
            after: after.unwrap_or_default(),
        };
        let mut activity = own_activity(
            self.ambient(),
            &format!("{what}.{verb}"),
            Category::Settings,
            Some(subject),
            vec![change],
        );
        activity.actor = scope.actor();
        self.write_records(scope, vec![Record::Activity(activity)], effects)
            .await
    }
}

fn checked_name(name: &str) -> Result<String, Error> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 200 || name.chars().any(char::is_control) {
        return Err(refused("name", "one line of 1 to 200 characters"));
    }
    Ok(name.to_owned())
}

/// The actions of a rule, each with its place, that name a template or a colleague which the rule did not name before.
fn named_anew<'a>(
    actions: impl Iterator<Item = (usize, &'a FollowupAction)>,
    before: Option<&FollowupRule>,
) -> Vec<(usize, FollowupAction)> {
    let known = before.map(|before| before.actions.as_slice());
    let known = known.unwrap_or_default();
    actions
        .filter(|(_, action)| {
            let names = matches!(
                action,
                FollowupAction::SendTemplate { .. } | FollowupAction::Assign { .. }
            );
            names && !known.contains(action)
        })
        .map(|(at, action)| (at, action.clone()))
        .collect()
}

/// Refuses the whole transaction when an action names a template or a colleague that is not there.
pub(super) fn all_there(scope: &Scope, named: Vec<(usize, FollowupAction)>) -> Effect {
    let store = scope.store_id();
    Effect::new(move |transaction| {
        let named = named.clone();
        Box::pin(async move {
            let wrong = missing_of(transaction, store, &named).await?;
            if wrong.is_empty() {
                return Ok(());
            }
            Err(Problem::invalid_fields(wrong).into())
        })
    })
}

/// Which of these actions, each with its place, name a template or a colleague that is not there.
async fn missing_of(
    on: &impl ConnectionTrait,
    store: StoreId,
    named: &[(usize, FollowupAction)],
) -> Result<Vec<FieldProblem>, Error> {
    let mut wrong = Vec::new();
    for (at, action) in named {
        let (text, name) = match action {
            FollowupAction::SendTemplate { template } => (
                "SELECT 1 FROM template WHERE store_id = ? AND name = ?",
                template.clone(),
            ),
            FollowupAction::Assign { to } => (
                "SELECT 1 FROM membership m JOIN user_account u ON u.id = m.user_id \
                 WHERE m.store_id = ? AND u.email = ?",
                email_of(to),
            ),
            _ => continue,
        };
        let backend = on.get_database_backend();
        let found = sql(backend, text, values![store.0, name]).row(on).await?;
        if found.is_none() {
            wrong.extend(missing(*at, action));
        }
    }
    Ok(wrong)
}

/// Which field of a template has a place that is not closed or that nothing fills, and what is wrong with it.
fn wrong_place(template: &Template) -> Option<(&'static str, String)> {
    let texts = [
        ("subject", template.subject.as_deref()),
        ("body", Some(template.body.as_str())),
    ];
    texts.into_iter().find_map(|(field, text)| {
        let text = text?;
        if let Some(at) = unfinished_place(text) {
            let why = format!(
                "at {at}: {{{{ begins a place that no }}}} closes; close it or leave it out"
            );
            return Some((field, why));
        }
        let place = unknown_place(text)?;
        let known = PLACES.map(|place| format!("{{{{{place}}}}}")).join(", ");
        let why = format!("{{{{{place}}}}} is filled by nothing; there are {known}");
        Some((field, why))
    })
}
