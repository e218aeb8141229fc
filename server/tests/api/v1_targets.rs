//! Reverts through Shopify and WooCommerce themselves: what they hold is read, compared and written; they throttle, fail
//! and forget.

use crate::harness::App;
use crate::shops::{shopify, woocommerce};
use crate::v1_calls::{Api, Call, delete, get, post, put};
use crate::v1_operations::ended;
use domain::Role;
use serde_json::{Value, json};

/// Where a call about a target goes.
pub const TARGET: &str = "/targets/my-shop";

/// A target that can be saved anywhere.
pub fn target() -> Value {
    json!({"kind": "shopify", "address": "linen.myshopify.com", "secret": "shpat_0123456789abcdef"})
}

/// Calls that are given every answer that the document announces for targets.
pub fn every_answer(large: &str) -> Vec<(Role, Call)> {
    let mut calls = vec![
        put(TARGET).json(&target()),
        put(TARGET).json(&json!({"kind": "x"})),
        put("/targets/My%20Shop").json(&target()),
        put(TARGET).body("application/json", "{"),
        put(TARGET).body("text/plain", "{}"),
        put(TARGET).body("application/json", large.to_owned()),
        get("/targets"),
        get("/targets?x"),
        delete("/targets/none"),
        delete("/targets/none?x"),
    ];
    // One more than a store may have.
    calls.extend((0..20).map(|n| put(&format!("/targets/t-{n}")).json(&target())));
    calls.push(delete(TARGET));
    let mut calls: Vec<_> = calls.into_iter().map(|call| (Role::Admin, call)).collect();
    for call in [put(TARGET).json(&target()), get("/targets"), delete(TARGET)] {
        calls.push((Role::Auditor, call));
    }
    calls
}

pub async fn start() -> Api {
    let settings = [("STORETRAIL_WEBHOOK_NETWORKS", "127.0.0.0/8")];
    Api::of(App::start_with(&settings).await).await
}

pub async fn save(api: &Api, name: &str, target: Value) {
    api.admin(put(&format!("/targets/{name}")).json(&target))
        .await
        .is(200);
}

fn shopify_at(address: &str) -> Value {
    json!({"kind": "shopify", "address": address, "secret": shopify::TOKEN})
}

pub fn woocommerce_at(address: &str) -> Value {
    json!({"kind": "woocommerce", "address": address, "key": woocommerce::KEY, "secret": woocommerce::SECRET})
}

pub fn item(kind: &str, id: &str, field: &str, before: Value, after: Value) -> Value {
    json!({"subject": {"type": kind, "id": id}, "field": field, "before": before, "after": after})
}

/// An operation that did these items.
pub async fn operation(api: &Api, id: &str, target: Option<&str>, items: &[Value]) {
    let open = json!({"id": id, "name": id, "target": target});
    api.admin(post("/operations").json(&open)).await.is(201);
    for items in items.chunks(1_000) {
        let path = format!("/operations/{id}/items");
        api.admin(post(&path).json(&json!(items))).await.is(201);
    }
    let path = format!("/operations/{id}/complete");
    api.admin(post(&path).json(&json!({}))).await.is(200);
}

pub async fn dry_run(api: &Api, id: &str) -> Value {
    let path = format!("/operations/{id}/revert");
    api.admin(post(&path).json(&json!({}))).await.is(200).json()
}

/// Takes an operation back as its dry run says, and waits for the end.
pub async fn revert(api: &Api, id: &str, run: &Value, conflicts: &str) -> Value {
    let path = format!("/operations/{id}/revert");
    let real = json!({"dry_run": false, "conflicts": conflicts, "as_of": run["as_of"]});
    let started = api.admin(post(&path).json(&real)).await.is(201).json();
    ended(api, started["id"].as_str().unwrap()).await
}

/// What the failed items of an operation say.
pub async fn errors(api: &Api, id: &Value) -> Vec<String> {
    let path = format!("/operations/{}/items?outcome=failed", id.as_str().unwrap());
    let items = api.admin(get(&path)).await.is(200).json();
    let items = items["items"].as_array().unwrap().iter();
    items
        .map(|item| item["error"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn shopify_gets_back_what_it_held_and_keeps_later_edits() {
    let (address, double) = shopify::start().await;
    let api = start().await;
    save(&api, "my-shop", shopify_at(&address)).await;
    let mut items = Vec::new();
    {
        let mut shop = double.shop.lock().unwrap();
        for n in 1..=130_u32 {
            shop.put_product(n, "80.00", &["linen", "sale"]);
            items.push(item(
                "product",
                &n.to_string(),
                "tags",
                json!(["linen", "old"]),
                json!(["linen", "sale"]),
            ));
        }
        for n in 1..=4_u32 {
            items.push(item(
                "variant",
                &n.to_string(),
                "price",
                json!(100 + n),
                json!(80),
            ));
        }
        items.push(item(
            "product",
            "5",
            "price",
            json!("105.50"),
            json!("80.00"),
        ));
        items.push(item("product", "6", "cost", json!(3.5), json!(4)));
        items.push(item(
            "product",
            "7",
            "title",
            json!("Shirt seven"),
            json!("Shirt 7"),
        ));
        items.push(item(
            "product",
            "8",
            "status",
            json!("draft"),
            json!("active"),
        ));
        items.push(item(
            "product",
            "9",
            "metafields.custom.care",
            json!("cold"),
            json!("warm"),
        ));
        items.push(item(
            "product",
            "10",
            "metafields.custom.care",
            json!(null),
            json!("warm"),
        ));
        items.push(item("product", "11", "title", json!(""), json!("Shirt 11")));
        items.push(item("coupon", "1", "code", json!("A"), json!("B")));
        for n in [9, 10] {
            let key = (
                format!("gid://shopify/Product/{n}"),
                "custom".to_owned(),
                "care".to_owned(),
            );
            shop.metafields.insert(
                key,
                ("single_line_text_field".to_owned(), "warm".to_owned()),
            );
        }
    }
    operation(&api, "clean-up", None, &items).await;
    {
        // People edit in the shop, and nobody tells.
        let mut shop = double.shop.lock().unwrap();
        shop.edit("Product", 1, "tags", json!(["by hand", "linen", "sale"]));
        shop.edit("ProductVariant", 2, "price", json!("77.00"));
        shop.edit("ProductVariant", 3, "price", json!("103.00"));
        shop.nodes.remove("gid://shopify/Product/12");
        shop.refuses
            .insert("gid://shopify/ProductVariant/4".to_owned());
        shop.refusals = vec![503];
    }
    let failed = dry_run(&api, "clean-up").await;
    assert!(
        failed["read"]["error"].as_str().unwrap().contains("503"),
        "{failed:#}"
    );

    let run = dry_run(&api, "clean-up").await;
    assert_eq!(run["read"]["target"], "my-shop");
    assert_eq!(run["read"]["of"], 142);
    assert_eq!(
        run["read"]["fields"], 141,
        "all but the coupon: {:#}",
        run["read"]
    );
    let counted =
        ["changed_since", "already", "missing", "impossible"].map(|key| run[key].as_u64().unwrap());
    assert_eq!(
        counted,
        [1, 1, 1, 1],
        "the coupon can't be written: {run:#}"
    );
    let conflict = &run["conflicts"][0];
    assert_eq!(conflict["item"]["subject"]["id"], "2");
    assert_eq!(conflict["item"]["since"]["now"], 77);
    assert_eq!(conflict["restores"], 102);

    // One more edit, after the dry run, right before the first write: it survives too.
    let late = (
        "gid://shopify/Product/2".to_owned(),
        "tags".to_owned(),
        json!(["late", "linen", "sale"]),
    );
    double.shop.lock().unwrap().edits = vec![late];
    let done = revert(&api, "clean-up", &run, "keep").await;
    assert_eq!(done["state"], "completed");
    let mut why = errors(&api, &done["id"]).await;
    why.sort();
    assert_eq!(why.len(), 2, "{why:?}");
    assert!(why[0].contains("Price is below"), "{why:?}");
    assert!(why[1].contains("Title can't be blank"), "{why:?}");

    let shop = double.shop.lock().unwrap();
    assert_eq!(
        *shop.value("Product", 1, "tags"),
        json!(["by hand", "linen", "old"])
    );
    assert_eq!(
        *shop.value("Product", 2, "tags"),
        json!(["late", "linen", "old"])
    );
    for n in (3..=130).filter(|n| *n != 12) {
        assert_eq!(
            *shop.value("Product", n, "tags"),
            json!(["linen", "old"]),
            "{n}"
        );
    }
    let prices =
        [1, 2, 3, 4, 5].map(|n| shop.value("ProductVariant", n, "price").as_str().unwrap());
    assert_eq!(prices, ["101", "77.00", "103.00", "80.00", "105.50"]);
    assert_eq!(shop.value("InventoryItem", 6, "unitCost")["amount"], "3.5");
    assert_eq!(*shop.value("Product", 7, "title"), "Shirt seven");
    assert_eq!(*shop.value("Product", 8, "status"), "DRAFT");
    let care: Vec<_> = shop
        .metafields
        .values()
        .map(|(_, value)| value.as_str())
        .collect();
    assert_eq!(care, ["cold"], "one is as it was, the other gone as it was");
    assert!(
        shop.writes.values().all(|times| *times == 1),
        "{:?}",
        shop.writes
    );
    // 258 mutations at ten points each empty the bucket more than twice: whoever obeys it is hardly ever throttled.
    assert!(shop.throttled <= 3, "throttled {} times", shop.throttled);
}

#[tokio::test]
async fn what_shopify_did_and_could_not_tell_is_not_done_twice() {
    let (address, double) = shopify::start().await;
    let api = start().await;
    save(&api, "my-shop", shopify_at(&address)).await;
    let mut items = Vec::new();
    for n in 1..=20_u32 {
        double
            .shop
            .lock()
            .unwrap()
            .put_product(n, "80.00", &["sale"]);
        items.push(item(
            "product",
            &n.to_string(),
            "tags",
            json!([]),
            json!(["sale"]),
        ));
        items.push(item(
            "variant",
            &n.to_string(),
            "price",
            json!(90),
            json!(80),
        ));
    }
    operation(&api, "sale", None, &items).await;
    let run = dry_run(&api, "sale").await;
    {
        let mut shop = double.shop.lock().unwrap();
        shop.loses_after = Some(7);
        shop.refusals = vec![401, 429];
    }
    let done = revert(&api, "sale", &run, "keep").await;
    assert_eq!(
        (&done["changed"], &done["failed"]),
        (&json!(40), &json!(0)),
        "{done:#}"
    );
    let trail = done["trail"].to_string();
    assert!(trail.contains("refuses the key"), "{trail}");
    {
        let shop = double.shop.lock().unwrap();
        assert!(shop.loses_after.is_none(), "an answer was lost");
        assert!(
            shop.writes.values().all(|times| *times == 1),
            "{:?}",
            shop.writes
        );
        assert_eq!(*shop.value("ProductVariant", 20, "price"), "90");
    }
    // The revert is an operation: it can be taken back.
    let id = done["id"].as_str().unwrap();
    let run = dry_run(&api, id).await;
    let back = revert(&api, id, &run, "keep").await;
    assert_eq!(back["changed"], 40);
    let shop = double.shop.lock().unwrap();
    assert_eq!(*shop.value("Product", 20, "tags"), json!(["sale"]));
    assert_eq!(*shop.value("ProductVariant", 20, "price"), "80");
}

#[tokio::test]
async fn woocommerce_gets_back_what_it_held_and_keeps_later_edits() {
    let (address, double) = woocommerce::start().await;
    let api = start().await;
    save(&api, "my-shop", woocommerce_at(&address)).await;
    let mut items = Vec::new();
    {
        let mut shop = double.lock().unwrap();
        for n in 1..=120_u64 {
            shop.put_product(n, "80", &["linen", "sale"]);
            items.push(item(
                "product",
                &n.to_string(),
                "price",
                json!(100 + n),
                json!(80),
            ));
        }
        for n in 1..=3_u64 {
            items.push(item(
                "product",
                &n.to_string(),
                "tags",
                json!(["linen", "Old"]),
                json!(["linen", "sale"]),
            ));
        }
        shop.put_variation(4, 41, "80");
        shop.put_variation(4, 42, "80");
        items.push(item(
            "variation",
            "4/41",
            "price",
            json!("99.90"),
            json!("80"),
        ));
        items.push(item(
            "variation",
            "4/42",
            "meta:care",
            json!("cold"),
            json!(null),
        ));
        items.push(item("variation", "999/1", "price", json!(1), json!(2)));
        items.push(item("product", "p_1", "price", json!(1), json!(2)));
    }
    operation(&api, "sale", None, &items).await;
    {
        let mut shop = double.lock().unwrap();
        shop.things.get_mut(&(None, 5)).unwrap()["regular_price"] = json!("77");
        shop.things.remove(&(None, 6));
        shop.refuses.insert(7);
        let by_hand = json!([{"id": 900, "name": "by hand"}, {"id": 500, "name": "linen"}, {"id": 501, "name": "sale"}]);
        shop.tags.insert(900, "by hand".to_owned());
        shop.things.get_mut(&(None, 1)).unwrap()["tags"] = by_hand;
    }
    let run = dry_run(&api, "sale").await;
    let counted = ["changed_since", "missing", "impossible"].map(|key| run[key].as_u64().unwrap());
    assert_eq!(counted, [1, 2, 1], "p_1 is no id: {run:#}");
    {
        let mut shop = double.lock().unwrap();
        shop.loses_next = true;
        shop.refusals = vec![503];
    }
    let done = revert(&api, "sale", &run, "overwrite").await;
    let mut why = errors(&api, &done["id"]).await;
    why.sort();
    assert_eq!(why.len(), 1, "{why:?}");
    assert!(why[0].contains("duplicated SKU"), "{why:?}");

    let shop = double.lock().unwrap();
    for n in (1..=120_u64).filter(|n| ![6, 7].contains(n)) {
        let price = (100 + n).to_string();
        assert_eq!(
            shop.things[&(None, n)]["regular_price"],
            price.as_str(),
            "{n}"
        );
    }
    assert_eq!(shop.things[&(None, 7)]["regular_price"], "80");
    assert_eq!(shop.things[&(Some(4), 41)]["regular_price"], "99.90");
    assert_eq!(shop.things[&(Some(4), 42)]["meta_data"][0]["value"], "cold");
    assert_eq!(shop.tags_of(1), ["by hand", "linen", "Old"]);
    assert_eq!(shop.tags_of(2), ["linen", "Old"]);
    assert_eq!(shop.tags.values().filter(|name| *name == "Old").count(), 1);
    assert!(
        shop.writes.values().all(|times| *times <= 2),
        "{:?}",
        shop.writes
    );
    assert!(shop.batches.iter().all(|count| *count <= 100));
    drop(shop);
    // What was lost on its way was found done: no item was written twice with another outcome, none is left.
    assert_eq!(
        done["changed"].as_u64().unwrap() + 1,
        done["total"].as_u64().unwrap()
    );
}

#[tokio::test]
async fn while_the_plugin_is_off_nothing_is_taken_for_gone() {
    let (address, double) = woocommerce::start().await;
    let api = start().await;
    save(&api, "my-shop", woocommerce_at(&address)).await;
    double.lock().unwrap().put_product(1, "80", &[]);
    let price = |id: &str| item("product", id, "price", json!(100), json!(80));
    operation(&api, "sale", None, &[price("1"), price("2")]).await;
    double.lock().unwrap().is_off = true;
    let run = dry_run(&api, "sale").await;
    assert_eq!(run["missing"], 0, "{run:#}");
    assert_eq!(run["read"]["fields"], 0);
    let why = run["read"]["error"].as_str().unwrap();
    assert!(why.contains("No route was found"), "{why}");

    // Product 2 is really gone; once it is there again the next dry run sees it.
    double.lock().unwrap().is_off = false;
    let run = dry_run(&api, "sale").await;
    let counted = ["restored", "missing"].map(|key| run[key].as_u64().unwrap());
    assert_eq!(counted, [1, 1], "{run:#}");
    double.lock().unwrap().put_product(2, "80", &[]);
    let run = dry_run(&api, "sale").await;
    let counted = ["restored", "missing"].map(|key| run[key].as_u64().unwrap());
    assert_eq!(counted, [2, 0], "{run:#}");
}

#[tokio::test]
async fn an_operation_chooses_among_the_targets_of_its_store() {
    let (first_address, first) = shopify::start().await;
    let (second_address, second) = shopify::start().await;
    let api = start().await;
    save(&api, "first", shopify_at(&first_address)).await;
    save(&api, "second", shopify_at(&second_address)).await;
    for double in [&first, &second] {
        double.shop.lock().unwrap().put_product(1, "80.00", &[]);
    }
    let items = [item("variant", "1", "price", json!(90), json!(80))];
    operation(&api, "there", Some("second"), &items).await;
    let unknown = json!({"id": "nowhere", "name": "nowhere", "target": "third"});
    let open = async || api.admin(post("/operations").json(&unknown)).await;
    let refused = open().await.is(422).json();
    assert_eq!(refused["errors"][0]["pointer"], "/target");
    assert_eq!(refused["errors"][0]["code"], "not_found");
    save(&api, "third", shopify_at(&first_address)).await;
    operation(&api, "nowhere", Some("third"), &items).await;
    api.admin(delete("/targets/third")).await.is(200);
    // What was opened while it was there is answered as it stands.
    open().await.is(201);
    let run = dry_run(&api, "there").await;
    assert_eq!(run["read"]["target"], "second");
    revert(&api, "there", &run, "keep").await;
    assert_eq!(
        *second
            .shop
            .lock()
            .unwrap()
            .value("ProductVariant", 1, "price"),
        "90"
    );
    assert_eq!(
        *first
            .shop
            .lock()
            .unwrap()
            .value("ProductVariant", 1, "price"),
        "80.00"
    );
    let run = dry_run(&api, "nowhere").await;
    assert_eq!(
        (&run["has_target"], &run["read"]),
        (&json!(false), &json!(null))
    );
    let real = json!({"dry_run": false, "as_of": run["as_of"]});
    let refused = api
        .admin(post("/operations/nowhere/revert").json(&real))
        .await;
    assert_eq!(refused.is(409).code(), "conflict");
    let wrong = json!({"name": "x", "target": "No Such"});
    let refused = api.admin(post("/operations").json(&wrong)).await.is(422);
    assert_eq!(refused.json()["errors"][0]["pointer"], "/target");
}

#[tokio::test]
async fn without_a_default_target_it_is_said_what_is_missing_and_what_to_do() {
    let (address, double) = shopify::start().await;
    let api = start().await;
    for name in ["first", "second"] {
        save(&api, name, shopify_at(&address)).await;
    }
    double.shop.lock().unwrap().put_product(1, "80.00", &[]);
    let items = [item("variant", "1", "price", json!(90), json!(80))];
    operation(&api, "sale", None, &items).await;
    api.admin(delete("/targets/first")).await.is(200);
    let list = api.admin(get("/targets")).await.is(200).json();
    assert_eq!(list["items"][0]["is_default"], false, "{list}");
    let run = dry_run(&api, "sale").await;
    assert_eq!(run["has_target"], false, "{run:#}");
    let real = json!({"dry_run": false, "as_of": run["as_of"]});
    let refused = api.admin(post("/operations/sale/revert").json(&real)).await;
    let told = refused.is(409).json()["detail"].to_string();
    assert!(told.contains("make one the default"), "{told}");
    // As it says.
    let mut second = shopify_at(&address);
    second["is_default"] = json!(true);
    save(&api, "second", second).await;
    let run = dry_run(&api, "sale").await;
    revert(&api, "sale", &run, "keep").await;
    let shop = double.shop.lock().unwrap();
    assert_eq!(*shop.value("ProductVariant", 1, "price"), "90");
}

#[tokio::test]
async fn a_target_is_kept_and_its_secret_is_never_shown() {
    let api = Api::start().await;
    let secret = "shpat_0123456789abcdef";
    let saved = api.admin(put(TARGET).json(&target())).await.is(200).json();
    assert_eq!(saved["address"], "https://linen.myshopify.com");
    assert_eq!(
        (&saved["is_default"], &saved["version"]),
        (&json!(true), &json!("2025-10"))
    );
    let other = json!({"kind": "bridge", "address": "https://shop.example/bridge",
        "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "is_default": true});
    save(&api, "bridge", other).await;
    let list = api.admin(get("/targets")).await.is(200).json();
    let defaults: Vec<_> = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["is_default"])
        .collect();
    assert_eq!(defaults, [&json!(true), &json!(false)]);

    // The version changes without the secret, the address doesn't.
    let same = json!({"kind": "shopify", "address": "linen.myshopify.com", "version": "2026-01"});
    let saved = api.admin(put(TARGET).json(&same)).await.is(200).json();
    assert_eq!(saved["version"], "2026-01");
    let thief = json!({"kind": "shopify", "address": "thief.example"});
    let refused = api.admin(put(TARGET).json(&thief)).await.is(422).json();
    assert_eq!(refused["errors"][0]["pointer"], "/secret");
    // Nothing leads inside.
    for address in [
        "http://127.0.0.1:9",
        "https://localhost",
        "https://169.254.169.254",
        "http://linen.example",
    ] {
        let inside = json!({"kind": "shopify", "address": address, "secret": secret});
        let refused = api.admin(put(TARGET).json(&inside)).await.is(422).json();
        assert_eq!(refused["errors"][0]["pointer"], "/address", "{address}");
    }
    let gone = api.admin(delete("/targets/bridge")).await.is(200);
    assert_eq!(gone.json(), json!({"name": "bridge"}));
    api.admin(delete("/targets/bridge")).await.is(404);

    let told = api
        .admin(get("/activities?limit=100"))
        .await
        .is(200)
        .json()
        .to_string();
    assert!(told.contains("target.created") && told.contains("target.deleted"));
    for text in [told, api.admin(get("/targets")).await.json().to_string()] {
        assert!(!text.contains(secret) && !text.contains("whsec_"));
    }
    for role in [Role::Manager, Role::StoreKeeper, Role::Staff, Role::Auditor] {
        api.send(role, put(TARGET).json(&target())).await.is(403);
        api.send(role, get("/targets")).await.is(403);
        api.send(role, delete(TARGET)).await.is(403);
    }
}
