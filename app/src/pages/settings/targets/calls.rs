//! What the page of targets asks of the server.

use crate::AppError;
#[cfg(feature = "ssr")]
use crate::activity::calls::asking::Asking;
#[cfg(feature = "ssr")]
use crate::context::RequestContext;
#[cfg(feature = "ssr")]
use domain::Problem;
use domain::operation::target::Target;
#[cfg(feature = "ssr")]
use domain::operation::target::{TargetName, read_target};
use leptos::server;
use serde::{Deserialize, Serialize};

/// What the form holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TargetForm {
    /// By which operations choose it.
    pub name: String,
    /// `shopify`, `woocommerce` or `bridge`.
    pub kind: String,
    /// Where it is.
    pub address: String,
    /// Shopify's version.
    pub version: String,
    /// WooCommerce's consumer key.
    pub key: String,
    /// What it is opened with; blank to keep what it has.
    pub secret: String,
    /// `on` for the default one, as a box in a form says it.
    pub is_default: Option<String>,
}

impl TargetForm {
    /// The form of a target.
    pub fn of(target: &Target) -> Self {
        Self {
            name: target.name.0.clone(),
            kind: target.kind.as_str().to_owned(),
            address: target.address.clone(),
            version: target.version.clone().unwrap_or_default(),
            key: target.key.clone().unwrap_or_default(),
            secret: String::new(),
            is_default: target.is_default.then(|| "on".to_owned()),
        }
    }

    /// As the API reads it. What the kind has no use for is left out, and so is what is blank.
    #[cfg(feature = "ssr")]
    fn body(&self) -> serde_json::Value {
        let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let version = given(&self.version).filter(|_| self.kind == "shopify");
        let key = given(&self.key).filter(|_| self.kind == "woocommerce");
        serde_json::json!({
            "kind": given(&self.kind), "address": given(&self.address), "version": version, "key": key,
            "secret": given(&self.secret), "is_default": self.is_default.is_some(),
        })
    }
}

/// The store's targets, by name.
///
/// # Errors
/// As [`storage::Storage::list_targets`].
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "targets")]
pub async fn list_targets() -> Result<Vec<Target>, AppError> {
    let Asking { storage, scope } = Asking::now()?;
    Ok(storage.list_targets(&scope).await?)
}

/// Saves a target: a new one when its name is new.
///
/// # Errors
/// Each wrong field, or as [`storage::Storage::save_target`].
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "target-save")]
pub async fn save_target(form: TargetForm) -> Result<(), AppError> {
    let Asking { scope, .. } = Asking::now()?;
    scope.require(domain::Permission::ManageSettings)?;
    let name = TargetName::parse(form.name.trim())
        .ok_or_else(|| Problem::field("/name", "format", TargetName::FORM))?;
    let input = read_target(name, &form.body())?;
    let shops = RequestContext::current().shops;
    Ok(shops.save_target(&scope, input).await?)
}

/// Deletes a target.
///
/// # Errors
/// As [`storage::Storage::delete_target`].
#[server(output = crate::wire::Wire, prefix = "/fn", endpoint = "target-delete")]
pub async fn delete_target(name: String) -> Result<(), AppError> {
    let Asking { storage, scope } = Asking::now()?;
    let name = TargetName::parse(&name).ok_or_else(|| Problem::not_found("target"))?;
    Ok(storage.delete_target(&scope, &name).await?)
}
