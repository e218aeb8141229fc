//! Where WooCommerce keeps what an item is about.

use crate::Reference;
use crate::same::as_text;
use serde_json::{Value, json};

/// Which part of a product or variation holds a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// The tags of a product, by name.
    Tags,
    /// A field of its own, a text.
    Field(&'static str),
    /// An entry of `meta_data`.
    Meta(String),
}

/// A product or variation, and a part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The product that a variation belongs to.
    pub parent: Option<u64>,
    /// Its number.
    pub id: u64,
    /// Which part.
    pub part: Part,
}

/// Where a field is.
///
/// # Errors
/// In words, why it is nowhere.
pub fn place_of(subject: &Reference, field: &str) -> Result<Place, String> {
    let number = |text: &str| text.parse::<u64>().ok().filter(|n| *n > 0);
    let (parent, id) = match subject.kind.as_str() {
        "product" => (None, number(&subject.id)),
        "variation" | "variant" => match subject.id.split_once('/') {
            Some((parent, id)) => (
                number(parent),
                number(id).filter(|_| number(parent).is_some()),
            ),
            None => (None, None),
        },
        other => {
            return Err(format!(
                "{other} can't be written to WooCommerce; products and variations can"
            ));
        }
    };
    let id = id.ok_or_else(|| {
        format!(
            "{} is no id of WooCommerce: a product's number, or 12/34 for variation 34 of product 12, is expected",
            subject.id
        )
    })?;
    let part = part_of(parent.is_some(), field).ok_or_else(|| {
        format!(
            "the field {field} of a {} can't be written to WooCommerce",
            subject.kind
        )
    })?;
    Ok(Place { parent, id, part })
}

fn part_of(is_variation: bool, field: &str) -> Option<Part> {
    let meta = ["metafields.", "metafield:", "metafield.", "meta:"]
        .iter()
        .find_map(|head| field.strip_prefix(head));
    if let Some(key) = meta {
        return (!key.is_empty()).then(|| Part::Meta(key.to_owned()));
    }
    let name = match field {
        "tags" if !is_variation => return Some(Part::Tags),
        // `price` is what is asked at the moment; what is set is the regular price.
        "price" | "regular_price" => "regular_price",
        "sale_price" => "sale_price",
        "sku" => "sku",
        "description" => "description",
        "status" => "status",
        "name" | "title" if !is_variation => "name",
        "slug" | "handle" if !is_variation => "slug",
        "short_description" if !is_variation => "short_description",
        _ => return None,
    };
    Some(Part::Field(name))
}

impl Part {
    /// What a product or variation holds here.
    pub fn value_in(&self, found: &Value) -> Value {
        match self {
            Self::Tags => names(found).into(),
            Self::Field(field) => found[*field].clone(),
            Self::Meta(key) => meta(found, key).map_or(Value::Null, |entry| entry["value"].clone()),
        }
    }

    /// What is sent to set it; tags are sent by their numbers, which is another matter.
    pub fn sent(&self, to: &Value, found: &Value) -> Option<(&'static str, Value)> {
        match self {
            Self::Tags => None,
            Self::Field(field) => Some((field, json!(as_text(to).unwrap_or_default()))),
            // An entry is known by its number; without one a second of the same key would come beside it. Null deletes.
            Self::Meta(key) => {
                let mut entry = json!({"key": key, "value": to});
                if let Some(known) = meta(found, key) {
                    entry["id"] = known["id"].clone();
                }
                Some(("meta_data", json!([entry])))
            }
        }
    }
}

fn meta<'f>(found: &'f Value, key: &str) -> Option<&'f Value> {
    let entries = found["meta_data"].as_array()?;
    entries.iter().find(|entry| entry["key"] == key)
}

/// The names of a product's tags.
pub fn names(found: &Value) -> Vec<Value> {
    let tags = found["tags"].as_array().map_or(&[][..], Vec::as_slice);
    tags.iter().map(|tag| tag["name"].clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(kind: &str, id: &str, field: &str) -> Result<Place, String> {
        let subject = Reference {
            kind: kind.to_owned(),
            id: id.to_owned(),
            name: None,
        };
        place_of(&subject, field)
    }

    #[test]
    fn a_variation_is_named_with_its_product() {
        let found = place("variation", "12/34", "price").unwrap();
        assert_eq!((found.parent, found.id), (Some(12), 34));
        assert_eq!(found.part, Part::Field("regular_price"));
        assert_eq!(place("product", "12", "tags").unwrap().part, Part::Tags);
        for (kind, id, field) in [
            ("variation", "34", "price"),
            ("variation", "x/34", "price"),
            ("product", "p_1", "price"),
            ("product", "0", "price"),
            ("variation", "12/34", "tags"),
            ("order", "1", "status"),
        ] {
            assert!(place(kind, id, field).is_err(), "{kind} {id} {field}");
        }
    }

    #[test]
    fn a_known_entry_of_meta_data_is_written_by_its_number() {
        let found = json!({"meta_data": [{"id": 7, "key": "care", "value": "cold"}]});
        let part = Part::Meta("care".to_owned());
        assert_eq!(part.value_in(&found), json!("cold"));
        let sent = part.sent(&json!("warm"), &found);
        assert_eq!(
            sent,
            Some((
                "meta_data",
                json!([{"id": 7, "key": "care", "value": "warm"}])
            ))
        );
    }
}
