//! What Shopify holds: nodes fifty at a time, metafields twenty-five at a time.

use super::Shopify;
use super::graphql::{Query, Trouble};
use crate::revert::Undone;
use domain::operation::place::shopify::{Part, Place};
use serde_json::{Map, Value, json};
use std::collections::{BTreeSet, HashMap};

/// How many nodes a query asks for: with the first two variants of each it stays below the 1,000 points that one query
/// may cost.
const NODES: usize = 50;
/// How many metafields a query asks for.
const METAFIELDS: usize = 25;

const READ: &str = "query Read($ids: [ID!]!) {
  nodes(ids: $ids) {
    __typename
    id
    ... on Product {
      tags title vendor productType handle status descriptionHtml
      variants(first: 2) { nodes { __typename id price compareAtPrice barcode inventoryItem { id unitCost { amount } } } }
    }
    ... on ProductVariant { price compareAtPrice barcode product { id } inventoryItem { id unitCost { amount } } }
    ... on InventoryItem { unitCost { amount } }
    ... on Order { tags }
    ... on Customer { tags }
  }
}";

/// What was found at a place.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Found {
    /// There is no such thing.
    Gone,
    /// The thing, with its part in it.
    Node(Value),
    /// It can't be said, because.
    Unknown(String),
}

impl Shopify {
    /// What is at each of these places, in their order.
    pub(super) async fn find(&self, places: &[&Place]) -> Result<Vec<Found>, Undone> {
        let is_metafield = |place: &Place| matches!(place.part, Part::Metafield { .. });
        let ids: BTreeSet<&str> = places
            .iter()
            .filter(|place| !is_metafield(place))
            .map(|place| place.id.as_str())
            .collect();
        let nodes = self.nodes(ids.into_iter().collect()).await?;
        let wanted: Vec<&Place> = places
            .iter()
            .copied()
            .filter(|place| is_metafield(place))
            .collect();
        let mut metafields = self.metafields(&wanted).await?.into_iter();
        let found = places.iter().map(|place| {
            if is_metafield(place) {
                metafields.next().unwrap_or(Found::Gone)
            } else {
                nodes.get(place.id.as_str()).cloned().unwrap_or(Found::Gone)
            }
        });
        Ok(found.collect())
    }

    async fn nodes<'p>(&self, ids: Vec<&'p str>) -> Result<HashMap<&'p str, Found>, Undone> {
        let mut found = HashMap::with_capacity(ids.len());
        for ids in ids.chunks(NODES) {
            let query = Query {
                name: "read",
                text: READ.to_owned(),
                variables: json!({ "ids": ids }),
                guess: 10.0 * NODES as f64,
            };
            let data = match self.graphql.call(&query).await {
                Ok(data) => data,
                Err(Trouble::Undone(undone)) => return Err(undone),
                Err(Trouble::Refused(why)) => {
                    found.extend(ids.iter().map(|id| (*id, Found::Unknown(why.clone()))));
                    continue;
                }
            };
            for (at, id) in ids.iter().enumerate() {
                found.insert(*id, found_of(&data["nodes"][at]));
            }
        }
        Ok(found)
    }

    async fn metafields(&self, places: &[&Place]) -> Result<Vec<Found>, Undone> {
        let mut found = Vec::with_capacity(places.len());
        for some in places.chunks(METAFIELDS) {
            match self.graphql.call(&metafields(some)).await {
                Ok(data) => {
                    found.extend((0..some.len()).map(|at| found_of(&data[format!("m{at}")])))
                }
                Err(Trouble::Undone(undone)) => return Err(undone),
                Err(Trouble::Refused(why)) => {
                    found.extend(some.iter().map(|_| Found::Unknown(why.clone())));
                }
            }
        }
        Ok(found)
    }
}

fn found_of(node: &Value) -> Found {
    if node.is_null() {
        Found::Gone
    } else {
        Found::Node(node.clone())
    }
}

fn metafields(places: &[&Place]) -> Query {
    let mut heads = Vec::new();
    let mut parts = Vec::new();
    let mut variables = Map::new();
    for (at, place) in places.iter().enumerate() {
        let Part::Metafield { namespace, key } = &place.part else {
            continue;
        };
        heads.push(format!(
            "$id{at}: ID!, $namespace{at}: String!, $key{at}: String!"
        ));
        parts.push(format!(
            "m{at}: node(id: $id{at}) {{ __typename id ... on HasMetafields {{ \
             metafield(namespace: $namespace{at}, key: $key{at}) {{ value type compareDigest }} }} }}"
        ));
        variables.insert(format!("id{at}"), json!(place.id));
        variables.insert(format!("namespace{at}"), json!(namespace));
        variables.insert(format!("key{at}"), json!(key));
    }
    Query {
        name: "read metafields",
        text: format!(
            "query ReadMetafields({}) {{ {} }}",
            heads.join(", "),
            parts.join(" ")
        ),
        variables: Value::Object(variables),
        guess: 2.0 * places.len() as f64,
    }
}
