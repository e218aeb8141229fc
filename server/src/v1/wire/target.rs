//! Through what bulk operations are taken back.

use domain::operation::target;
use serde::Serialize;
use utoipa::ToSchema;

/// Through what bulk operations are taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Target {
    /// By which operations choose it.
    pub name: String,
    /// `shopify`, `woocommerce` or `bridge`.
    pub kind: String,
    /// Where it is.
    pub address: String,
    /// Shopify's version.
    #[schema(required)]
    pub version: Option<String>,
    /// WooCommerce's consumer key.
    #[schema(required)]
    pub key: Option<String>,
    /// Whether operations that name no target are taken back through it.
    pub is_default: bool,
}

impl From<target::Target> for Target {
    fn from(target: target::Target) -> Self {
        Self {
            name: target.name.0,
            kind: target.kind.as_str().to_owned(),
            address: target.address,
            version: target.version,
            key: target.key,
            is_default: target.is_default,
        }
    }
}

/// All targets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TargetList {
    /// By name.
    pub items: Vec<Target>,
}

/// A target that is gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct DeletedTarget {
    /// What its name was.
    pub name: String,
}

/// A target to be saved.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "kind": "shopify", "address": "https://linen.myshopify.com", "version": "2025-10", "secret": "shpat_0123456789abcdef",
    "is_default": true
}))]
pub struct TargetInput {
    /// `shopify`, `woocommerce` or `bridge`.
    kind: String,
    /// Where it is: `https`, public or in a network that the operator lists; of a bridge the whole address.
    address: String,
    /// Shopify's version, such as `2025-10`, which it is when left out.
    version: Option<String>,
    /// WooCommerce's consumer key, `ck_...`.
    key: Option<String>,
    /// Shopify's access token, WooCommerce's consumer secret `cs_...`, a bridge's `whsec_...`; left out, the one it has stays.
    secret: Option<String>,
    /// Whether operations that name no target are taken back through it; a store's only one is. False for the default one
    /// leaves the store without.
    is_default: Option<bool>,
}
