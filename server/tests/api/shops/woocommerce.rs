//! A double of WooCommerce's REST API, version 3, as its documentation describes products, variations, tags and batches
//! (<https://woocommerce.github.io/woocommerce-rest-api-docs/>).

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;

/// The consumer key.
pub const KEY: &str = "ck_0123456789abcdef";
/// The consumer secret.
pub const SECRET: &str = "cs_0123456789abcdef";

/// The fields of a product that are read only: the documentation marks them so.
const READ_ONLY: [&str; 4] = ["price", "permalink", "date_created", "on_sale"];

/// The shop.
#[derive(Default)]
pub struct Shop {
    /// Products by number, variations by their product's and their own.
    pub things: BTreeMap<(Option<u64>, u64), Value>,
    /// Tags by number.
    pub tags: BTreeMap<u64, String>,
    /// Statuses that it answers to its next calls instead of doing them.
    pub refusals: Vec<u16>,
    /// Whether the plugin is off: WordPress knows none of its addresses then.
    pub is_off: bool,
    /// How many more batches are done without being told, after the first.
    pub loses_next: bool,
    /// Things that it doesn't let be changed.
    pub refuses: BTreeSet<u64>,
    /// How many objects each batch brought.
    pub batches: Vec<usize>,
    /// How often each thing was written.
    pub writes: BTreeMap<u64, u32>,
}

impl Shop {
    /// A product with a price and tags.
    pub fn put_product(&mut self, id: u64, price: &str, tags: &[&str]) {
        let tags: Vec<Value> = tags
            .iter()
            .map(|name| json!({"id": self.tag(name), "name": name}))
            .collect();
        let product = json!({"id": id, "name": format!("Shirt {id}"), "status": "publish", "regular_price": price,
            "price": price, "sale_price": "", "sku": "", "tags": tags, "meta_data": []});
        self.things.insert((None, id), product);
    }

    /// A variation with a price.
    pub fn put_variation(&mut self, parent: u64, id: u64, price: &str) {
        let variation = json!({"id": id, "regular_price": price, "price": price, "meta_data": []});
        self.things.insert((Some(parent), id), variation);
    }

    fn tag(&mut self, name: &str) -> u64 {
        if let Some((id, _)) = self.tags.iter().find(|(_, known)| *known == name) {
            return *id;
        }
        let id = 500 + self.tags.len() as u64;
        self.tags.insert(id, name.to_owned());
        id
    }

    /// The names of a product's tags.
    pub fn tags_of(&self, id: u64) -> Vec<&str> {
        let tags = self.things[&(None, id)]["tags"].as_array().unwrap();
        tags.iter()
            .map(|tag| tag["name"].as_str().unwrap())
            .collect()
    }
}

type Double = Arc<Mutex<Shop>>;
type Asked = Query<HashMap<String, String>>;

/// Starts one; gives its address.
pub async fn start() -> (String, Double) {
    let double = Double::default();
    let router = Router::new()
        .route("/wp-json/wc/v3/products", get(list))
        .route(
            "/wp-json/wc/v3/products/{parent}/variations",
            get(list_variations),
        )
        .route("/wp-json/wc/v3/products/batch", post(batch))
        .route(
            "/wp-json/wc/v3/products/{parent}/variations/batch",
            post(batch_variations),
        )
        .route(
            "/wp-json/wc/v3/products/tags",
            get(list_tags).post(make_tag),
        )
        .with_state(double.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (address, double)
}

fn error(status: u16, code: &str, message: &str, data: Value) -> Response {
    let mut data = data;
    data["status"] = json!(status);
    let body = json!({"code": code, "message": message, "data": data});
    (StatusCode::from_u16(status).unwrap(), Json(body)).into_response()
}

/// What speaks against a call before it is looked at.
fn refusal(shop: &mut Shop, headers: &HeaderMap) -> Option<Response> {
    let expected = format!("Basic {}", STANDARD.encode(format!("{KEY}:{SECRET}")));
    if headers
        .get("authorization")
        .is_none_or(|given| *given != expected)
    {
        let message = "Sorry, you cannot list resources.";
        return Some(error(
            401,
            "woocommerce_rest_cannot_view",
            message,
            json!({}),
        ));
    }
    if shop.is_off {
        let message = "No route was found matching the URL and request method.";
        return Some(error(404, "rest_no_route", message, json!({})));
    }
    (!shop.refusals.is_empty()).then(|| {
        let status = StatusCode::from_u16(shop.refusals.remove(0)).unwrap();
        (status, [("retry-after", "1")], "<html>busy</html>").into_response()
    })
}

async fn list(State(shop): State<Double>, headers: HeaderMap, query: Asked) -> Response {
    listed(&mut shop.lock().unwrap(), &headers, None, &query)
}

async fn list_variations(
    State(shop): State<Double>,
    Path(parent): Path<u64>,
    headers: HeaderMap,
    query: Asked,
) -> Response {
    listed(&mut shop.lock().unwrap(), &headers, Some(parent), &query)
}

fn listed(shop: &mut Shop, headers: &HeaderMap, parent: Option<u64>, query: &Asked) -> Response {
    if let Some(refusal) = refusal(shop, headers) {
        return refusal;
    }
    if let Some(parent) = parent
        && !shop.things.contains_key(&(None, parent))
    {
        return error(
            404,
            "woocommerce_rest_product_invalid_id",
            "Invalid product ID.",
            json!({}),
        );
    }
    let per_page: usize = query["per_page"].parse().unwrap();
    assert!((1..=100).contains(&per_page), "per_page goes from 1 to 100");
    let ids: BTreeSet<u64> = query["include"]
        .split(',')
        .map(|id| id.parse().unwrap())
        .collect();
    let found = shop
        .things
        .iter()
        .filter(|((of, id), _)| *of == parent && ids.contains(id));
    let found: Vec<&Value> = found.map(|(_, thing)| thing).take(per_page).collect();
    Json(json!(found)).into_response()
}

async fn batch(
    State(shop): State<Double>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    updated(&mut shop.lock().unwrap(), &headers, None, &body)
}

async fn batch_variations(
    State(shop): State<Double>,
    Path(parent): Path<u64>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    updated(&mut shop.lock().unwrap(), &headers, Some(parent), &body)
}

fn updated(shop: &mut Shop, headers: &HeaderMap, parent: Option<u64>, body: &Value) -> Response {
    if let Some(refusal) = refusal(shop, headers) {
        return refusal;
    }
    let updates = body["update"].as_array().expect("a batch of updates");
    if updates.len() > 100 {
        let message = "Unable to accept more than 100 items for this request.";
        return error(
            413,
            "woocommerce_rest_request_entity_too_large",
            message,
            json!({}),
        );
    }
    shop.batches.push(updates.len());
    let mut answers = Vec::new();
    for update in updates {
        let id = update["id"].as_u64().expect("a number");
        let wrong = |code: &str, message: &str, status: u16| json!({"id": id, "error": {"code": code, "message": message, "data": {"status": status}}});
        if !shop.things.contains_key(&(parent, id)) {
            answers.push(wrong(
                "woocommerce_rest_product_invalid_id",
                "Invalid ID.",
                404,
            ));
            continue;
        }
        if shop.refuses.contains(&id) {
            answers.push(wrong(
                "product_invalid_sku",
                "Invalid or duplicated SKU.",
                400,
            ));
            continue;
        }
        for (field, value) in update.as_object().unwrap() {
            assert!(!READ_ONLY.contains(&field.as_str()), "{field} is read only");
            let value = match field.as_str() {
                // Tags are told by number; what has no such number is dropped.
                "tags" => {
                    let told = value
                        .as_array()
                        .unwrap()
                        .iter()
                        .map(|tag| tag["id"].as_u64().expect("a number"));
                    told.filter_map(|id| {
                        shop.tags
                            .get(&id)
                            .map(|name| json!({"id": id, "name": name}))
                    })
                    .collect()
                }
                "regular_price" | "sale_price" => {
                    assert!(value.is_string(), "prices are strings");
                    value.clone()
                }
                _ => value.clone(),
            };
            shop.things.get_mut(&(parent, id)).unwrap()[field.as_str()] = value;
        }
        *shop.writes.entry(id).or_default() += 1;
        answers.push(shop.things[&(parent, id)].clone());
    }
    if std::mem::take(&mut shop.loses_next) {
        // It is done, and the answer is lost on its way.
        return StatusCode::GATEWAY_TIMEOUT.into_response();
    }
    Json(json!({ "update": answers })).into_response()
}

async fn list_tags(State(shop): State<Double>, headers: HeaderMap, query: Asked) -> Response {
    let mut shop = shop.lock().unwrap();
    if let Some(refusal) = refusal(&mut shop, &headers) {
        return refusal;
    }
    let found = shop
        .tags
        .iter()
        .filter(|(_, name)| name.contains(&query["search"]));
    let found: Vec<Value> = found
        .map(|(id, name)| json!({"id": id, "name": name}))
        .collect();
    Json(json!(found)).into_response()
}

async fn make_tag(
    State(shop): State<Double>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    let mut shop = shop.lock().unwrap();
    if let Some(refusal) = refusal(&mut shop, &headers) {
        return refusal;
    }
    let name = body["name"].as_str().unwrap();
    let same = shop
        .tags
        .iter()
        .find(|(_, known)| known.eq_ignore_ascii_case(name));
    if let Some((id, _)) = same {
        let message = "A term with the name provided already exists with this parent.";
        return error(400, "term_exists", message, json!({"resource_id": id}));
    }
    let id = shop.tag(name);
    (StatusCode::CREATED, Json(json!({"id": id, "name": name}))).into_response()
}
