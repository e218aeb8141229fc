//! A double of Shopify's GraphQL Admin API.
//!
//! Each request is parsed, validated against the schema in `shopify.graphql` and its variables are coerced by
//! apollo-compiler; what is answered is what was selected, out of the shop's nodes. Its bucket of points empties and
//! fills as Shopify documents (<https://shopify.dev/docs/api/usage/limits>).

use apollo_compiler::executable::{Operation, Selection, SelectionSet};
use apollo_compiler::response::JsonMap;
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Schema};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Instant;
use tokio::net::TcpListener;

/// The token that opens it.
pub const TOKEN: &str = "shpat_0123456789abcdef";
/// How many points its bucket holds.
const MOST: f64 = 1_000.0;
/// How many points come back in a second.
const REFILL: f64 = 2_000.0;

/// The shop.
pub struct Shop {
    /// Its nodes by id, each with every field of its type.
    pub nodes: BTreeMap<String, Value>,
    /// Metafields by owner, namespace and key: type and value.
    pub metafields: BTreeMap<(String, String, String), (String, String)>,
    /// Statuses that it answers to its next calls instead of doing them.
    pub refusals: Vec<u16>,
    /// After so many more mutations its answers are lost: done, and not told.
    pub loses_after: Option<u32>,
    /// How often it was throttled.
    pub throttled: u32,
    /// How often each mutation was done to each node.
    pub writes: BTreeMap<(String, String), u32>,
    /// Variants whose price it doesn't take.
    pub refuses: BTreeSet<String>,
    /// Tags and the like that somebody edits right before the next mutation: id, field, value.
    pub edits: Vec<(String, String, Value)>,
    available: f64,
    at: Instant,
}

impl Shop {
    /// A product with one variant.
    pub fn put_product(&mut self, number: u32, price: &str, tags: &[&str]) {
        let gid = |kind: &str| format!("gid://shopify/{kind}/{number}");
        let item = json!({"__typename": "InventoryItem", "id": gid("InventoryItem"),
            "unitCost": {"amount": "4.0", "currencyCode": "SAR"}});
        let variant = json!({"__typename": "ProductVariant", "id": gid("ProductVariant"), "price": price,
            "compareAtPrice": null, "barcode": null, "product": {"$ref": gid("Product")},
            "inventoryItem": {"$ref": gid("InventoryItem")}});
        let product = json!({"__typename": "Product", "id": gid("Product"), "title": format!("Shirt {number}"),
            "vendor": "Linen", "productType": "Shirt", "handle": format!("shirt-{number}"), "status": "ACTIVE",
            "descriptionHtml": "", "tags": tags, "variants": {"nodes": [{"$ref": gid("ProductVariant")}]}});
        for node in [item, variant, product] {
            self.nodes
                .insert(node["id"].as_str().unwrap().to_owned(), node);
        }
    }

    /// The field of a node: `("Product", 1, "tags")`.
    pub fn value(&self, kind: &str, number: u32, field: &str) -> &Value {
        &self.nodes[&format!("gid://shopify/{kind}/{number}")][field]
    }

    /// Sets the field of a node, as a person in the shop's own pages would.
    pub fn edit(&mut self, kind: &str, number: u32, field: &str, value: Value) {
        let id = format!("gid://shopify/{kind}/{number}");
        self.nodes.get_mut(&id).unwrap()[field] = value;
    }
}

/// The double.
pub struct Double {
    schema: Valid<Schema>,
    /// What it holds and how it behaves.
    pub shop: Mutex<Shop>,
}

/// Starts one; gives its address.
pub async fn start() -> (String, Arc<Double>) {
    let schema = include_str!("shopify.graphql");
    let double = Arc::new(Double {
        schema: Schema::parse_and_validate(schema, "shopify.graphql").unwrap(),
        shop: Mutex::new(Shop {
            nodes: BTreeMap::new(),
            metafields: BTreeMap::new(),
            refusals: Vec::new(),
            loses_after: None,
            throttled: 0,
            writes: BTreeMap::new(),
            refuses: BTreeSet::new(),
            edits: Vec::new(),
            available: MOST,
            at: Instant::now(),
        }),
    });
    let router = Router::new()
        .route("/admin/api/2025-10/graphql.json", post(answer))
        .with_state(Arc::clone(&double));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (address, double)
}

async fn answer(
    State(double): State<Arc<Double>>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    let mut shop = double.shop.lock().unwrap();
    if !shop.refusals.is_empty() {
        let status = StatusCode::from_u16(shop.refusals.remove(0)).unwrap();
        return (status, [("retry-after", "1.0")]).into_response();
    }
    if headers
        .get("x-shopify-access-token")
        .is_none_or(|token| token != TOKEN)
    {
        return (
            StatusCode::UNAUTHORIZED,
            "{\"errors\":\"[API] Invalid API key or access token\"}",
        )
            .into_response();
    }
    let text = body["query"].as_str().unwrap();
    let document = ExecutableDocument::parse_and_validate(&double.schema, text, "query.graphql");
    let document = document.unwrap_or_else(|wrong| panic!("Shopify would refuse this: {wrong}"));
    let operation = document.operations.get(None).unwrap();
    let given: JsonMap = serde_json::from_value(body["variables"].clone()).unwrap();
    let coerced =
        apollo_compiler::request::coerce_variable_values(&double.schema, operation, &given);
    assert!(
        coerced.is_ok(),
        "Shopify would refuse these variables: {:?} for {text}",
        body["variables"]
    );

    let variables = body["variables"].as_object().unwrap();
    let cost = cost_of(operation, variables);
    let now = Instant::now();
    let gained = now.duration_since(shop.at).as_secs_f64() * REFILL;
    shop.available = (shop.available + gained).min(MOST);
    shop.at = now;
    let is_throttled = cost > shop.available;
    if is_throttled {
        shop.throttled += 1;
    } else {
        shop.available -= cost;
    }
    let extensions = json!({"cost": {"requestedQueryCost": cost, "throttleStatus": {
        "maximumAvailable": MOST, "currentlyAvailable": shop.available.floor(), "restoreRate": REFILL}}});
    if is_throttled {
        let error = json!({"message": "Throttled", "extensions": {"code": "THROTTLED"}});
        return Json(json!({"errors": [error], "extensions": extensions})).into_response();
    }
    let data = run(&mut shop, &operation.selection_set, variables);
    if operation.is_mutation()
        && let Some(left) = &mut shop.loses_after
    {
        if *left == 0 {
            // It is done, and the answer is lost on its way.
            shop.loses_after = None;
            return StatusCode::BAD_GATEWAY.into_response();
        }
        *left -= 1;
    }
    Json(json!({"data": data, "extensions": extensions})).into_response()
}

/// About what Shopify counts: ten for a mutation, one for each object of a query.
fn cost_of(operation: &Operation, variables: &Map<String, Value>) -> f64 {
    if operation.is_mutation() {
        return 10.0;
    }
    let objects = variables
        .get("ids")
        .and_then(Value::as_array)
        .map_or(variables.len() / 3, |ids| 8 * ids.len());
    let cost = objects.max(1) as f64;
    assert!(
        cost <= 1_000.0,
        "no query may cost more than 1,000 points, this costs {cost}"
    );
    cost
}

/// Runs the fields of a query or mutation.
fn run(shop: &mut Shop, set: &SelectionSet, variables: &Map<String, Value>) -> Value {
    let mut data = Map::new();
    for selection in &set.selections {
        let Selection::Field(field) = selection else {
            panic!("fields at the top");
        };
        let argument = |name: &str| {
            let argument = field
                .arguments
                .iter()
                .find(|argument| argument.name == name)?;
            let value = match argument.value.as_variable() {
                Some(variable) => variables[variable.as_str()].clone(),
                None => serde_json::from_str(&argument.value.to_string()).unwrap(),
            };
            Some(value)
        };
        let node = |shop: &Shop, id: &Value| {
            let node = shop.nodes.get(id.as_str().unwrap())?;
            Some(select(shop, node, &field.selection_set, variables))
        };
        let answer = match field.name.as_str() {
            "node" => node(shop, &argument("id").unwrap()).unwrap_or(Value::Null),
            "nodes" => {
                let ids = argument("ids").unwrap();
                let nodes = ids.as_array().unwrap().iter();
                nodes
                    .map(|id| node(shop, id).unwrap_or(Value::Null))
                    .collect()
            }
            name => {
                for (id, field, value) in std::mem::take(&mut shop.edits) {
                    shop.nodes.get_mut(&id).unwrap()[field] = value;
                }
                let errors = mutate(shop, name, &argument);
                select(
                    shop,
                    &json!({ "userErrors": errors }),
                    &field.selection_set,
                    variables,
                )
            }
        };
        data.insert(field.response_key().to_string(), answer);
    }
    Value::Object(data)
}

/// What a selection takes of an object.
fn select(
    shop: &Shop,
    object: &Value,
    set: &SelectionSet,
    variables: &Map<String, Value>,
) -> Value {
    let object = match object["$ref"].as_str() {
        Some(id) => &shop.nodes[id],
        None => object,
    };
    let mut taken = Map::new();
    for selection in &set.selections {
        match selection {
            Selection::InlineFragment(fragment) => {
                let condition = fragment.type_condition.as_ref().unwrap().as_str();
                let kind = object["__typename"].as_str().unwrap_or_default();
                let has_metafields = condition == "HasMetafields" && kind != "InventoryItem";
                if condition == kind || has_metafields {
                    let part = select(shop, object, &fragment.selection_set, variables);
                    taken.extend(part.as_object().unwrap().clone());
                }
            }
            Selection::Field(field) => {
                let named = |name: &str| {
                    let argument = field.arguments.iter().find(|a| a.name == name).unwrap();
                    let variable = argument.value.as_variable().unwrap();
                    variables[variable.as_str()].as_str().unwrap().to_owned()
                };
                let value = if field.name == "metafield" {
                    let owner = object["id"].as_str().unwrap().to_owned();
                    let found = shop
                        .metafields
                        .get(&(owner, named("namespace"), named("key")));
                    found.map_or(Value::Null, |(kind, value)| {
                        json!({"type": kind, "value": value, "compareDigest": digest(value)})
                    })
                } else {
                    object[field.name.as_str()].clone()
                };
                let value = match value {
                    Value::Array(list) => list
                        .iter()
                        .map(|one| leaf_or_object(shop, one, &field.selection_set, variables))
                        .collect(),
                    one => leaf_or_object(shop, &one, &field.selection_set, variables),
                };
                taken.insert(field.response_key().to_string(), value);
            }
            Selection::FragmentSpread(_) => panic!("no fragments by name"),
        }
    }
    Value::Object(taken)
}

fn leaf_or_object(
    shop: &Shop,
    value: &Value,
    set: &SelectionSet,
    variables: &Map<String, Value>,
) -> Value {
    if value.is_object() {
        select(shop, value, set, variables)
    } else {
        value.clone()
    }
}

fn digest(value: &str) -> String {
    format!("digest of {value}")
}

/// Does a mutation; gives its `userErrors`.
fn mutate(shop: &mut Shop, name: &str, argument: &dyn Fn(&str) -> Option<Value>) -> Vec<Value> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let done = |shop: &mut Shop, id: &str| {
        *shop
            .writes
            .entry((name.to_owned(), id.to_owned()))
            .or_default() += 1;
    };
    let no_such =
        |field: Value| vec![json!({"field": field, "message": "The thing does not exist"})];
    match name {
        "tagsAdd" | "tagsRemove" => {
            let (id, tags) = (text(&argument("id").unwrap()), argument("tags").unwrap());
            let Some(node) = shop.nodes.get_mut(&id) else {
                return no_such(json!(["id"]));
            };
            let mut now: Vec<Value> = node["tags"].as_array().unwrap().clone();
            now.retain(|tag| !tags.as_array().unwrap().contains(tag));
            if name == "tagsAdd" {
                now.extend(tags.as_array().unwrap().iter().cloned());
            }
            // Shopify keeps them in the order of the alphabet.
            now.sort_by_key(Value::to_string);
            node["tags"] = json!(now);
            done(shop, &id);
        }
        "productUpdate" => {
            let input = argument("product").unwrap();
            let id = text(&input["id"]);
            let Some(node) = shop.nodes.get_mut(&id) else {
                return no_such(json!(["id"]));
            };
            if input["title"].as_str() == Some("") {
                return vec![json!({"field": ["title"], "message": "Title can't be blank"})];
            }
            for (field, value) in input.as_object().unwrap() {
                node[field.as_str()] = value.clone();
            }
            done(shop, &id);
        }
        "productVariantsBulkUpdate" => {
            assert_eq!(argument("allowPartialUpdates"), Some(json!(true)));
            let product = text(&argument("productId").unwrap());
            let mut errors = Vec::new();
            for (at, input) in argument("variants")
                .unwrap()
                .as_array()
                .unwrap()
                .iter()
                .enumerate()
            {
                let id = text(&input["id"]);
                let belongs = shop
                    .nodes
                    .get(&id)
                    .is_some_and(|node| node["product"]["$ref"] == product);
                if !belongs || shop.refuses.contains(&id) {
                    let message = if belongs {
                        "Price is below what the law allows"
                    } else {
                        "Product variant does not exist"
                    };
                    errors.push(
                        json!({"field": ["variants", at.to_string(), "price"], "message": message}),
                    );
                    continue;
                }
                for (field, value) in input.as_object().unwrap() {
                    shop.nodes.get_mut(&id).unwrap()[field.as_str()] = value.clone();
                }
                done(shop, &id);
            }
            return errors;
        }
        "inventoryItemUpdate" => {
            let id = text(&argument("id").unwrap());
            let Some(node) = shop.nodes.get_mut(&id) else {
                return no_such(json!(["id"]));
            };
            node["unitCost"] =
                json!({"amount": argument("input").unwrap()["cost"], "currencyCode": "SAR"});
            done(shop, &id);
        }
        "metafieldsSet" => {
            for input in argument("metafields").unwrap().as_array().unwrap() {
                let key = (
                    text(&input["ownerId"]),
                    text(&input["namespace"]),
                    text(&input["key"]),
                );
                let known = shop.metafields.get(&key);
                let expected = known.map_or(Value::Null, |(_, value)| digest(value).into());
                if input["compareDigest"] != expected {
                    return vec![
                        json!({"code": "STALE_OBJECT", "field": ["metafields", "0"], "message": "The resource has been updated since it was loaded."}),
                    ];
                }
                let kind = input["type"]
                    .as_str()
                    .unwrap_or("single_line_text_field")
                    .to_owned();
                done(shop, &key.0);
                shop.metafields.insert(key, (kind, text(&input["value"])));
            }
        }
        "metafieldsDelete" => {
            for input in argument("metafields").unwrap().as_array().unwrap() {
                let key = (
                    text(&input["ownerId"]),
                    text(&input["namespace"]),
                    text(&input["key"]),
                );
                shop.metafields.remove(&key);
                done(shop, &key.0);
            }
        }
        other => panic!("no {other}"),
    }
    Vec::new()
}
