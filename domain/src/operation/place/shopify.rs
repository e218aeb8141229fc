//! Where Shopify keeps what an item is about: its node, and the field within.

use crate::Reference;
use serde_json::Value;

/// Which part of a node holds a field.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Part {
    /// The tags of a product, order or customer.
    Tags,
    /// A field of a product, by its name in `Product` and `ProductUpdateInput`.
    Product(&'static str),
    /// A field of a variant, by its name in `ProductVariant` and `ProductVariantsBulkInput`.
    Variant(&'static str),
    /// What a piece costs.
    Cost,
    /// A metafield.
    Metafield {
        /// Its namespace.
        namespace: String,
        /// Its key.
        key: String,
    },
}

/// A node and a part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// `gid://shopify/Product/123`.
    pub id: String,
    /// Which part.
    pub part: Part,
}

/// Where a field is.
///
/// # Errors
/// In words, why it is nowhere.
pub fn place_of(subject: &Reference, field: &str) -> Result<Place, String> {
    let kind = match subject.kind.as_str() {
        "product" => "Product",
        "variant" | "product_variant" => "ProductVariant",
        "order" => "Order",
        "customer" => "Customer",
        "collection" => "Collection",
        "inventory_item" => "InventoryItem",
        other => return Err(format!("Shopify has no {other} that can be written")),
    };
    let part = part_of(kind, field).ok_or_else(|| {
        format!(
            "the field {field} of a {} can't be written to Shopify",
            subject.kind
        )
    })?;
    let number = match subject.id.strip_prefix("gid://shopify/") {
        Some(rest) => rest
            .split_once('/')
            .filter(|(named, _)| *named == kind)
            .map(|(_, number)| number),
        None => Some(subject.id.as_str()),
    };
    let number =
        number.filter(|n| (1..=20).contains(&n.len()) && n.bytes().all(|b| b.is_ascii_digit()));
    let number = number.ok_or_else(|| {
        format!(
            "{} is no id of Shopify: a number or gid://shopify/{kind}/... is expected",
            subject.id
        )
    })?;
    Ok(Place {
        id: format!("gid://shopify/{kind}/{number}"),
        part,
    })
}

fn part_of(kind: &str, field: &str) -> Option<Part> {
    let metafield = ["metafields.", "metafield:", "metafield."]
        .iter()
        .find_map(|head| field.strip_prefix(head));
    if let Some(name) = metafield {
        let (namespace, key) = name.split_once('.')?;
        let is_good = !namespace.is_empty() && !key.is_empty() && kind != "InventoryItem";
        return is_good.then(|| Part::Metafield {
            namespace: namespace.to_owned(),
            key: key.to_owned(),
        });
    }
    match (kind, field) {
        ("Product" | "Order" | "Customer", "tags") => Some(Part::Tags),
        ("Product", "title" | "name") => Some(Part::Product("title")),
        ("Product", "vendor") => Some(Part::Product("vendor")),
        ("Product", "product_type" | "type") => Some(Part::Product("productType")),
        ("Product", "handle") => Some(Part::Product("handle")),
        ("Product", "status") => Some(Part::Product("status")),
        ("Product", "description" | "description_html" | "body_html") => {
            Some(Part::Product("descriptionHtml"))
        }
        ("Product" | "ProductVariant", "price") => Some(Part::Variant("price")),
        ("Product" | "ProductVariant", "compare_at_price") => Some(Part::Variant("compareAtPrice")),
        ("Product" | "ProductVariant", "barcode") => Some(Part::Variant("barcode")),
        ("Product" | "ProductVariant" | "InventoryItem", "cost") => Some(Part::Cost),
        _ => None,
    }
}

impl Part {
    /// What a node holds here.
    ///
    /// # Errors
    /// In words, why that can't be said.
    pub fn value_in(&self, node: &Value) -> Result<Value, String> {
        match self {
            Self::Tags => Ok(node["tags"].clone()),
            // What people write in lower case is a word of an enum at Shopify.
            Self::Product("status") => {
                let status = node["status"].as_str().map(str::to_lowercase);
                Ok(status.into())
            }
            Self::Product(field) => Ok(node[*field].clone()),
            Self::Variant(field) => Ok(variant_of(node)?[*field].clone()),
            Self::Cost => Ok(inventory_of(node)?["unitCost"]["amount"].clone()),
            Self::Metafield { .. } => Ok(node["metafield"]["value"].clone()),
        }
    }
}

/// The variant that is meant: the node itself, or a product's only one.
///
/// # Errors
/// When the product has several.
pub fn variant_of(node: &Value) -> Result<&Value, String> {
    if node["__typename"] == "ProductVariant" {
        return Ok(node);
    }
    match node["variants"]["nodes"].as_array().map(Vec::as_slice) {
        Some([only]) => Ok(only),
        _ => Err("the product has several variants: tell of each by its own id".to_owned()),
    }
}

/// The product of that variant.
pub fn product_of(node: &Value) -> &Value {
    if node["__typename"] == "ProductVariant" {
        &node["product"]["id"]
    } else {
        &node["id"]
    }
}

/// The inventory item that is meant.
///
/// # Errors
/// As [`variant_of`].
pub fn inventory_of(node: &Value) -> Result<&Value, String> {
    if node["__typename"] == "InventoryItem" {
        Ok(node)
    } else {
        Ok(&variant_of(node)?["inventoryItem"])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(kind: &str, id: &str) -> Reference {
        Reference {
            kind: kind.to_owned(),
            id: id.to_owned(),
            name: None,
        }
    }

    #[test]
    fn a_thing_is_known_by_its_number_or_its_whole_name() {
        for id in ["981", "gid://shopify/Product/981"] {
            let place = place_of(&subject("product", id), "tags").unwrap();
            assert_eq!(place.id, "gid://shopify/Product/981");
        }
        for id in ["p_981", "gid://shopify/Order/981", "", "98 1"] {
            assert!(place_of(&subject("product", id), "tags").is_err(), "{id}");
        }
    }

    #[test]
    fn what_shopify_does_not_keep_is_refused_in_words() {
        let why = place_of(&subject("coupon", "1"), "code").unwrap_err();
        assert!(why.contains("coupon"), "{why}");
        let why = place_of(&subject("order", "1"), "price").unwrap_err();
        assert!(why.contains("price"), "{why}");
        let place = place_of(&subject("product", "1"), "metafield:custom.care").unwrap();
        let (namespace, key) = ("custom".to_owned(), "care".to_owned());
        assert_eq!(place.part, Part::Metafield { namespace, key });
    }
}
