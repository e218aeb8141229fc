//! Writing to Shopify: one mutation for each kind of field.

use super::Shopify;
use super::graphql::{Query, Trouble, words};
use crate::revert::Undone;
use domain::operation::place::shopify::{inventory_of, product_of, variant_of};
use domain::operation::revert::UNSEEN;
use domain::same::as_text;
use serde_json::{Map, Value, json};

const ADD_TAGS: &str = "mutation AddTags($id: ID!, $tags: [String!]!) {
  tagsAdd(id: $id, tags: $tags) { userErrors { field message } }
}";
const REMOVE_TAGS: &str = "mutation RemoveTags($id: ID!, $tags: [String!]!) {
  tagsRemove(id: $id, tags: $tags) { userErrors { field message } }
}";
const UPDATE_PRODUCT: &str = "mutation UpdateProduct($product: ProductUpdateInput!) {
  productUpdate(product: $product) { userErrors { field message } }
}";
const UPDATE_VARIANTS: &str =
    "mutation UpdateVariants($productId: ID!, $variants: [ProductVariantsBulkInput!]!) {
  productVariantsBulkUpdate(productId: $productId, variants: $variants, allowPartialUpdates: true) {
    userErrors { field message }
  }
}";
const UPDATE_COST: &str = "mutation UpdateCost($id: ID!, $input: InventoryItemInput!) {
  inventoryItemUpdate(id: $id, input: $input) { userErrors { field message } }
}";
const SET_METAFIELDS: &str = "mutation SetMetafields($metafields: [MetafieldsSetInput!]!) {
  metafieldsSet(metafields: $metafields) { userErrors { field message code } }
}";
const DELETE_METAFIELDS: &str =
    "mutation DeleteMetafields($metafields: [MetafieldIdentifierInput!]!) {
  metafieldsDelete(metafields: $metafields) { userErrors { field message } }
}";

/// What a mutation costs as long as nobody has told: points.
const A_WRITE: f64 = 10.0;

/// What became of a write: none when it was done, else why not.
pub(super) type Written = Option<String>;

/// A field of a variant to be written with others of its product.
pub(super) struct VariantWrite<'n> {
    /// The item's place.
    pub place: u64,
    /// The node that was read: a variant, or a product with a single one.
    pub node: &'n Value,
    /// The field's name at Shopify.
    pub field: &'static str,
    /// What it is to hold.
    pub to: &'n Value,
}

impl VariantWrite<'_> {
    /// The product that it belongs to.
    pub(super) fn product(&self) -> &str {
        product_of(self.node).as_str().unwrap_or_default()
    }
}

impl Shopify {
    /// Puts tags on and takes tags off.
    pub(super) async fn write_tags(
        &self,
        id: &str,
        add: &[Value],
        remove: &[Value],
    ) -> Result<Written, Undone> {
        for (name, text, tags) in [
            ("tagsAdd", ADD_TAGS, add),
            ("tagsRemove", REMOVE_TAGS, remove),
        ] {
            if tags.is_empty() {
                continue;
            }
            let written = self
                .mutate(name, text, json!({"id": id, "tags": tags}))
                .await?;
            if written.is_some() {
                return Ok(written);
            }
        }
        Ok(None)
    }

    /// Writes a field of a product.
    pub(super) async fn write_product(
        &self,
        id: &str,
        field: &'static str,
        to: &Value,
    ) -> Result<Written, Undone> {
        let mut product = Map::from_iter([("id".to_owned(), json!(id))]);
        let text = as_text(to).unwrap_or_default();
        let text = if field == "status" {
            text.to_uppercase()
        } else {
            text
        };
        product.insert(field.to_owned(), json!(text));
        self.mutate(
            "productUpdate",
            UPDATE_PRODUCT,
            json!({ "product": product }),
        )
        .await
    }

    /// Writes fields of the variants of one product; those that are refused don't hold up the others.
    pub(super) async fn write_variants(
        &self,
        writes: &[VariantWrite<'_>],
    ) -> Result<Vec<(u64, Written)>, Undone> {
        let Some(first) = writes.first() else {
            return Ok(Vec::new());
        };
        let mut inputs: Vec<Map<String, Value>> = Vec::new();
        let mut input_of = Vec::with_capacity(writes.len());
        for write in writes {
            let id = variant_of(write.node).map_or(Value::Null, |variant| variant["id"].clone());
            let at = inputs
                .iter()
                .position(|input| input["id"] == id)
                .unwrap_or_else(|| {
                    inputs.push(Map::from_iter([("id".to_owned(), id)]));
                    inputs.len() - 1
                });
            let to = as_text(write.to).map_or(Value::Null, Value::String);
            inputs[at].insert(write.field.to_owned(), to);
            input_of.push(at);
        }
        let variables = json!({"productId": first.product(), "variants": inputs});
        let errors = match self
            .call("productVariantsBulkUpdate", UPDATE_VARIANTS, variables)
            .await?
        {
            Ok(errors) => errors,
            Err(why) => {
                return Ok(writes
                    .iter()
                    .map(|w| (w.place, Some(why.clone())))
                    .collect());
            }
        };
        // An error's `field` is `["variants", "0", "price"]`; one that names no variant is about all of them.
        let about = |error: &Value| {
            error["field"][1]
                .as_str()
                .and_then(|at| at.parse::<usize>().ok())
        };
        let written = writes.iter().zip(input_of).map(|(write, at)| {
            let own: Vec<Value> = errors
                .iter()
                .filter(|error| about(error).is_none_or(|about| about == at))
                .cloned()
                .collect();
            (write.place, (!own.is_empty()).then(|| said(&own)))
        });
        Ok(written.collect())
    }

    /// Writes what a piece costs.
    pub(super) async fn write_cost(&self, node: &Value, to: &Value) -> Result<Written, Undone> {
        let id = match inventory_of(node) {
            Ok(item) => &item["id"],
            Err(why) => return Ok(Some(why)),
        };
        let cost = as_text(to).map_or(Value::Null, Value::String);
        let variables = json!({"id": id, "input": {"cost": cost}});
        self.mutate("inventoryItemUpdate", UPDATE_COST, variables)
            .await
    }

    /// Writes a metafield, or deletes it for null. Shopify compares its digest itself: whoever was faster is not
    /// overwritten.
    pub(super) async fn write_metafield(
        &self,
        node: &Value,
        (namespace, key): (&str, &str),
        to: &Value,
    ) -> Result<Written, Undone> {
        let mut metafield = json!({"ownerId": node["id"], "namespace": namespace, "key": key});
        let Some(text) = as_text(to) else {
            let variables = json!({"metafields": [metafield]});
            return self
                .mutate("metafieldsDelete", DELETE_METAFIELDS, variables)
                .await;
        };
        let known = &node["metafield"];
        metafield["value"] = json!(text);
        metafield["compareDigest"] = known["compareDigest"].clone();
        if let Some(kind) = known["type"].as_str() {
            metafield["type"] = json!(kind);
        }
        let variables = json!({"metafields": [metafield]});
        match self
            .call("metafieldsSet", SET_METAFIELDS, variables)
            .await?
        {
            Ok(errors) if errors.iter().any(|e| e["code"] == "STALE_OBJECT") => {
                Ok(Some(UNSEEN.to_owned()))
            }
            Ok(errors) => Ok((!errors.is_empty()).then(|| said(&errors))),
            Err(why) => Ok(Some(why)),
        }
    }

    async fn mutate(
        &self,
        name: &'static str,
        text: &str,
        variables: Value,
    ) -> Result<Written, Undone> {
        Ok(match self.call(name, text, variables).await? {
            Ok(errors) => (!errors.is_empty()).then(|| said(&errors)),
            Err(why) => Some(why),
        })
    }

    /// Calls a mutation; gives its `userErrors`, or why it was refused as a whole.
    async fn call(
        &self,
        name: &'static str,
        text: &str,
        variables: Value,
    ) -> Result<Result<Vec<Value>, String>, Undone> {
        let query = Query {
            name,
            text: text.to_owned(),
            variables,
            guess: A_WRITE,
        };
        match self.graphql.call(&query).await {
            Ok(data) => match data[name]["userErrors"].as_array() {
                Some(errors) => Ok(Ok(errors.clone())),
                None => Ok(Err("Shopify did not say whether it was done".to_owned())),
            },
            Err(Trouble::Undone(undone)) => Err(undone),
            Err(Trouble::Refused(why)) => Ok(Err(why)),
        }
    }
}

fn said(errors: &[Value]) -> String {
    format!("Shopify: {}", words(errors))
}
