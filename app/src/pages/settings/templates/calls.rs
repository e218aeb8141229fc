//! What the page of templates asks of the server.

use crate::AppError;
#[cfg(feature = "ssr")]
use crate::activity::calls::asking::Asking;
use domain::followup::Template;
use domain::{Problem, RuleId};
use leptos::server;
use serde::{Deserialize, Serialize};

/// What the form holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TemplateForm {
    /// The template's id; blank for a new one.
    pub id: String,
    /// The template with which the form was loaded, as JSON; blank for a new one.
    pub was: String,
    /// As people call it.
    pub name: String,
    /// `email`, `sms`, `whatsapp`; blank for any.
    pub channel: String,
    /// The subject, of mail.
    pub subject: String,
    /// The text with its places.
    pub body: String,
}

impl TemplateForm {
    /// The form of a template.
    pub fn of(template: &Template) -> Self {
        let channel = template.channel.map(domain::message::Channel::as_str);
        Self {
            id: template.id.to_string(),
            // A plain structure of words and numbers is always JSON.
            was: serde_json::to_string(template).unwrap_or_default(),
            name: template.name.clone(),
            channel: channel.unwrap_or_default().to_owned(),
            subject: template.subject.clone().unwrap_or_default(),
            body: template.body.clone(),
        }
    }

    /// The template that the form describes.
    ///
    /// # Errors
    /// `invalid_fields` for a channel that is none; the rest is checked when it is saved.
    #[cfg_attr(
        not(feature = "ssr"),
        expect(dead_code, reason = "the server makes the template")
    )]
    pub fn template(self, id: RuleId) -> Result<Template, Problem> {
        let channel = match self.channel.as_str() {
            "" => None,
            name => Some(name.parse().map_err(|_| {
                Problem::field("/channel", "format", "email, sms, whatsapp or nothing")
            })?),
        };
        let subject = self.subject.trim().to_owned();
        Ok(Template {
            id,
            name: self.name,
            channel,
            subject: Some(subject).filter(|subject| !subject.is_empty()),
            // A form sends line breaks as CR LF (HTML 4.10.21.8).
            body: self.body.replace("\r\n", "\n"),
            version: 0,
        })
    }
}

/// The store's templates, by name.
///
/// # Errors
/// As [`storage::Storage::list_templates`].
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "templates")]
pub async fn list_templates() -> Result<Vec<Template>, AppError> {
    let Asking { storage, scope } = Asking::now()?;
    Ok(storage.list_templates(&scope).await?)
}

/// Saves a template: a new one without an id.
///
/// # Errors
/// Each wrong field, or as [`storage::Storage::save_template_from`].
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "template-save")]
pub async fn save_template(form: TemplateForm) -> Result<(), AppError> {
    let Asking { storage, scope } = Asking::now()?;
    let id = form.id.parse().unwrap_or_else(|_| storage.new_rule_id());
    let was = Some(form.was.as_str()).filter(|was| !was.is_empty());
    let was = was.map(super::super::parse::of).transpose()?;
    let saved = storage.save_template_from(&scope, was, form.template(id)?);
    saved.await?;
    Ok(())
}

/// Deletes a template.
///
/// # Errors
/// As [`storage::Storage::delete_template`].
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "template-delete")]
pub async fn delete_template(id: RuleId) -> Result<(), AppError> {
    let Asking { storage, scope } = Asking::now()?;
    Ok(storage.delete_template(&scope, id).await?)
}
