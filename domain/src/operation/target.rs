//! Where values are written back: the shop's own interface, or its bridge.

use super::told::read;
use crate::problem::Problem;
use crate::reader::Reader;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;
use std::str::FromStr;

/// The fields of a target as sent.
pub const TARGET_FIELDS: [&str; 6] = ["kind", "address", "version", "key", "secret", "is_default"];

/// The version of Shopify's Admin API that is spoken unless a target says another.
pub const SHOPIFY_VERSION: &str = "2025-10";

/// What the bridge of the settings is called, which is no store's target and has no name.
pub const BRIDGE: &str = "the bridge";

/// A target's name, by which operations choose it: 1 to 50 lower-case letters, digits, `_` and `-`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TargetName(pub String);

impl TargetName {
    /// What a name looks like.
    pub const FORM: &str = "1 to 50 lower-case letters, digits, _ and -, such as \"my-shop\"";

    /// Reads a name; none when it is too long or holds another character.
    pub fn parse(text: &str) -> Option<Self> {
        let is_good = (1..=50).contains(&text.len())
            && text
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-".contains(&b));
        is_good.then(|| Self(text.to_owned()))
    }
}

impl fmt::Display for TargetName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a target speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TargetKind {
    /// The shop's own bridge: signed webhooks.
    Bridge,
    /// Shopify's GraphQL Admin API.
    Shopify,
    /// WooCommerce's REST API, version 3.
    Woocommerce,
}

impl TargetKind {
    /// Each of them.
    pub const ALL: [Self; 3] = [Self::Shopify, Self::Woocommerce, Self::Bridge];

    /// The name in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bridge => "bridge",
            Self::Shopify => "shopify",
            Self::Woocommerce => "woocommerce",
        }
    }
}

impl FromStr for TargetKind {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut all = Self::ALL.into_iter();
        all.find(|kind| kind.as_str() == text).ok_or(())
    }
}

/// A target of a store, its secret apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// By which operations choose it.
    pub name: TargetName,
    /// What it speaks.
    pub kind: TargetKind,
    /// Where it is: of a bridge the whole address, of a shop what its interface stands under, without a trailing slash.
    pub address: String,
    /// Shopify's version, such as `2025-10`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// WooCommerce's consumer key: the name that goes with the secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Whether operations that name no target are taken back through it.
    pub is_default: bool,
}

impl Target {
    /// Whether the secret of `before` belongs to this target too: it never goes to another address than it was told for.
    pub fn keeps_secret_of(&self, before: &Self) -> bool {
        (self.kind, &self.address, &self.key) == (before.kind, &before.address, &before.key)
    }
}

/// A target as it is told.
#[derive(Clone, PartialEq, Eq)]
pub struct TargetInput {
    /// What can be shown of it.
    pub target: Target,
    /// Shopify's access token, WooCommerce's consumer secret, a bridge's `whsec_...`; none to keep the one it has.
    pub secret: Option<String>,
}

impl fmt::Debug for TargetInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TargetInput")
            .field("target", &self.target)
            .finish_non_exhaustive()
    }
}

/// Reads a target.
///
/// # Errors
/// [`Problem`] that names each wrong field.
pub fn read_target(name: TargetName, body: &Value) -> Result<TargetInput, Problem> {
    read(body, &TARGET_FIELDS, |reader| {
        let kind = read_kind(reader);
        let address = read_address(reader, kind);
        let version = reader.line("version", 20);
        if version.as_deref().is_some_and(|v| !is_version(v)) {
            reader.add(
                "version",
                "format",
                "a version of Shopify's Admin API, such as 2025-10",
            );
        }
        let key = reader.line("key", 200);
        let secret = reader.line("secret", 500);
        let is_default = reader.flag("is_default");
        let kind = kind?;
        if kind != TargetKind::Shopify && version.is_some() {
            reader.add("version", "contradiction", "only Shopify has versions");
        }
        if kind == TargetKind::Woocommerce && key.is_none() && reader.is_blank("key") {
            let message = "WooCommerce's consumer key, which begins with ck_";
            reader.add("key", "required", message);
        }
        if kind != TargetKind::Woocommerce && key.is_some() {
            reader.add(
                "key",
                "contradiction",
                "only WooCommerce has a consumer key beside its secret",
            );
        }
        if let Some(wrong) = secret
            .as_deref()
            .and_then(|secret| wrong_secret(kind, secret))
        {
            reader.add("secret", "format", wrong);
        }
        let version =
            version.or_else(|| (kind == TargetKind::Shopify).then(|| SHOPIFY_VERSION.to_owned()));
        Some(TargetInput {
            target: Target {
                name,
                kind,
                address: address?,
                version,
                key,
                is_default,
            },
            secret,
        })
    })
}

fn read_kind(reader: &mut Reader<'_, '_>) -> Option<TargetKind> {
    let kind = reader.text("kind", 20).map(|text| text.parse());
    match kind {
        Some(Ok(kind)) => Some(kind),
        Some(Err(())) => {
            reader.add("kind", "format", "one of shopify, woocommerce, bridge");
            None
        }
        None if reader.is_blank("kind") => {
            reader.add("kind", "required", "one of shopify, woocommerce, bridge");
            None
        }
        None => None,
    }
}

fn read_address(reader: &mut Reader<'_, '_>, kind: Option<TargetKind>) -> Option<String> {
    let Some(text) = reader.line("address", 500) else {
        if reader.is_blank("address") {
            let message = "where it is, such as \"https://my-shop.myshopify.com\"";
            reader.add("address", "required", message);
        }
        return None;
    };
    // A bridge is called by its whole address, and to a shop a slash at the end may be another one.
    let text = match kind {
        Some(TargetKind::Bridge) => text.as_str(),
        _ => text.trim_end_matches('/'),
    };
    // Shopify's own pages show the name without a scheme.
    let text = if text.contains("://") {
        text.to_owned()
    } else {
        format!("https://{text}")
    };
    let rest = ["https://", "http://"]
        .iter()
        .find_map(|scheme| text.strip_prefix(scheme));
    let is_plain = rest.is_some_and(|rest| {
        !rest.is_empty()
            && !rest.contains(['@', '?', '#', '\\'])
            && !rest.contains(char::is_whitespace)
    });
    if !is_plain {
        let message = "an address that begins with https://, without a user, ? and #";
        reader.add("address", "format", message);
        return None;
    }
    Some(text)
}

/// `2025-10`, or `unstable`.
fn is_version(text: &str) -> bool {
    let is_date = text.len() == 7
        && text.bytes().enumerate().all(|(at, b)| {
            if at == 4 {
                b == b'-'
            } else {
                b.is_ascii_digit()
            }
        });
    is_date || text == "unstable"
}

fn wrong_secret(kind: TargetKind, secret: &str) -> Option<&'static str> {
    let is_plain = secret.len() >= 8 && secret.bytes().all(|b| b.is_ascii_graphic());
    match kind {
        _ if !is_plain => Some("at least 8 visible ASCII characters"),
        TargetKind::Bridge if !secret.starts_with("whsec_") => {
            Some("whsec_ and 24 to 64 bytes in base64, as Standard Webhooks writes it")
        }
        TargetKind::Woocommerce if !secret.starts_with("cs_") => {
            Some("WooCommerce's consumer secret, which begins with cs_")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn named(body: &Value) -> Result<TargetInput, Vec<String>> {
        let name = TargetName::parse("my-shop").expect("a name");
        read_target(name, body).map_err(|problem| {
            let fields = problem.fields.iter();
            fields
                .map(|field| format!("{} {}", field.pointer, field.code))
                .collect()
        })
    }

    #[test]
    fn a_shop_is_read_by_the_name_that_its_pages_show() {
        let read = named(&json!({
            "kind": "shopify", "address": "linen.myshopify.com/", "secret": "shpat_0123456789"
        }));
        let read = read.expect("read");
        assert_eq!(read.target.address, "https://linen.myshopify.com");
        assert_eq!(read.target.version.as_deref(), Some(SHOPIFY_VERSION));
        assert!(!format!("{read:?}").contains("shpat"));
    }

    #[test]
    fn a_bridge_is_called_by_the_very_address_that_was_told() {
        let address = "https://shop.example/storetrail/operations/";
        let read = named(&json!({"kind": "bridge", "address": address})).expect("read");
        assert_eq!(read.target.address, address);
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert_eq!(
            named(&json!({"kind": "magento"})),
            Err(vec![
                "/kind format".to_owned(),
                "/address required".to_owned()
            ])
        );
        assert_eq!(
            named(
                &json!({"kind": "woocommerce", "address": "https://a@b", "secret": "shpat_0123", "version": "x"})
            ),
            Err([
                "/address format",
                "/version format",
                "/version contradiction",
                "/key required",
                "/secret format"
            ]
            .map(str::to_owned)
            .to_vec())
        );
    }

    #[test]
    fn a_secret_belongs_to_the_address_it_was_told_for() {
        let read = |address: &str| {
            let body = json!({"kind": "shopify", "address": address});
            named(&body).expect("read").target
        };
        let before = read("https://linen.myshopify.com");
        assert!(read("linen.myshopify.com").keeps_secret_of(&before));
        assert!(!read("https://thief.example").keeps_secret_of(&before));
    }
}
