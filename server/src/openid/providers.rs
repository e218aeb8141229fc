//! The file that lists OpenID Connect providers.

use anyhow::{Context as _, bail, ensure};
use reqwest::Url;
use secrecy::SecretString;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

/// What is asked of a provider when its entry doesn't say (OpenID Connect Core 5.4).
const SCOPES: [&str; 2] = ["email", "profile"];

/// A provider as its entry says.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// Its part of addresses here: lower-case letters, digits and dashes.
    pub id: String,
    /// What its button says.
    pub name: String,
    /// Its address, as its discovery document has it.
    pub issuer: String,
    /// What it knows this server by.
    pub client_id: String,
    /// The secret that goes with it; none for a public client.
    #[serde(default)]
    pub client_secret: Option<SecretString>,
    /// What is asked for besides `openid`.
    #[serde(default = "scopes")]
    pub scopes: Vec<String>,
    /// The claim that says what somebody is there, such as `groups`: a text or a list of texts. Without it roles are
    /// given here.
    #[serde(default)]
    pub role_claim: Option<String>,
    /// Which of its values gives which role, by the role's id; the first that somebody has counts.
    #[serde(default, rename = "role")]
    pub roles: Vec<RoleOf>,
}

/// One value of the claim, and the role that it gives.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleOf {
    /// The value.
    pub value: String,
    /// The role's id, such as `manager` or `own_3`.
    pub role: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    provider: Vec<Provider>,
}

fn scopes() -> Vec<String> {
    SCOPES.map(str::to_owned).to_vec()
}

impl Provider {
    /// Reads the file.
    ///
    /// # Errors
    /// The file can't be read, or an entry can't be used; the sentence says which and why.
    pub fn read(path: &Path) -> anyhow::Result<Vec<Self>> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("openid_file: {} can't be read", path.display()))?;
        Self::parse(&text).with_context(|| format!("openid_file: {}", path.display()))
    }

    fn parse(text: &str) -> anyhow::Result<Vec<Self>> {
        let file: File = toml::from_str(text)?;
        let mut seen = BTreeMap::new();
        for provider in &file.provider {
            provider
                .check()
                .with_context(|| format!("provider `{}`", provider.id))?;
            if seen.insert(&provider.id, ()).is_some() {
                bail!(
                    "two providers have the id `{}`; give one of them another",
                    provider.id
                );
            }
        }
        Ok(file.provider)
    }

    fn check(&self) -> anyhow::Result<()> {
        let is_word = !self.id.is_empty()
            && self.id.len() <= 40
            && self
                .id
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        ensure!(
            is_word,
            "an id is 1 to 40 lower-case letters, digits and dashes"
        );
        ensure!(!self.name.trim().is_empty(), "a name is expected");
        ensure!(!self.client_id.is_empty(), "a client_id is expected");
        let issuer = Url::parse(&self.issuer).context("the issuer is no address")?;
        // Discovery 3: an issuer is an https address; plain http is for a provider on this machine or network.
        ensure!(
            matches!(issuer.scheme(), "https" | "http") && issuer.query().is_none(),
            "the issuer is an https address without a query"
        );
        ensure!(
            self.role_claim.is_some() || self.roles.is_empty(),
            "roles are listed, but no role_claim says where their values stand"
        );
        ensure!(
            self.role_claim.is_none() || !self.roles.is_empty(),
            "a role_claim is named, but no [[provider.role]] says which value gives which role"
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
[[provider]]
id = "staff"
name = "Linen staff"
issuer = "https://id.linen.example"
client_id = "storetrail"
client_secret = "s"
role_claim = "groups"
[[provider.role]]
value = "admins"
role = "admin"
[[provider.role]]
value = "shop"
role = "manager"
"#;

    #[test]
    fn a_provider_is_read_with_its_roles_in_their_order() {
        let providers = Provider::parse(GOOD).expect("read");
        assert_eq!(providers[0].scopes, ["email", "profile"]);
        let roles: Vec<_> = providers[0].roles.iter().map(|r| r.role.as_str()).collect();
        assert_eq!(roles, ["admin", "manager"]);
        assert!(!format!("{providers:?}").contains("\"s\""));
    }

    #[test]
    fn an_entry_that_cannot_be_used_is_named_with_the_reason() {
        for (from, to, reason) in [
            ("id = \"staff\"", "id = \"Staff!\"", "lower-case"),
            ("https://id.linen.example", "id.linen.example", "no address"),
            (
                "https://id.linen.example",
                "ftp://id.linen.example",
                "https",
            ),
            ("role_claim = \"groups\"", "", "role_claim"),
            ("client_secret", "client_secrets", "unknown field"),
        ] {
            let error = Provider::parse(&GOOD.replace(from, to)).expect_err(to);
            assert!(format!("{error:#}").contains(reason), "{error:#}");
        }
        let twice = format!("{GOOD}{GOOD}");
        let error = Provider::parse(&twice).expect_err("twice");
        assert!(error.to_string().contains("two providers"), "{error}");
    }
}
