//! Edits in a shop of which nobody told, and which a revert comes upon when it is to write: from then on they are known.

use crate::shops::woocommerce;
use crate::v1_calls::{Api, post};
use crate::v1_operations::{self, Bridge, bridge, ended, sale};
use crate::v1_targets::{self, dry_run, errors, item, operation, save, woocommerce_at};
use domain::operation::revert::UNSEEN;
use serde_json::{Value, json};

/// Takes the sale back and waits for the end.
async fn take_back(api: &Api, conflicts: &str) -> Value {
    let started = v1_operations::revert(api, "sale", conflicts).await;
    ended(api, started["id"].as_str().unwrap()).await
}

/// What the shop's only product costs.
fn price(shop: &Bridge) -> Value {
    let key = ("p_0".to_owned(), "price".to_owned());
    shop.lock().unwrap().values[&key].clone()
}

/// Somebody edits that in the shop, and nobody tells.
fn edit(shop: &Bridge, price: u32) {
    let key = ("p_0".to_owned(), "price".to_owned());
    shop.lock().unwrap().values.insert(key, json!(price));
}

#[tokio::test]
async fn what_a_bridge_tells_of_an_unseen_edit_is_a_conflict_that_can_be_overwritten() {
    let (url, shop) = bridge().await;
    let api = v1_operations::start(&url).await;
    sale(&api, &shop, "sale", 1).await;
    shop.lock().unwrap().tells_now = true;
    edit(&shop, 66);
    let failed = take_back(&api, "keep").await;
    assert_eq!(errors(&api, &failed["id"]).await, [UNSEEN]);
    assert_eq!(price(&shop), 66);

    let run = dry_run(&api, "sale").await;
    assert_eq!(
        (&run["restored"], &run["changed_since"]),
        (&json!(0), &json!(1)),
        "{run:#}"
    );
    let since = &run["conflicts"][0]["item"]["since"];
    assert_eq!(since["now"], 66);
    assert_eq!(since["by"]["name"], "the bridge");

    // Edited once more, and untold again: what is overwritten is only what was seen.
    edit(&shop, 67);
    let failed = take_back(&api, "overwrite").await;
    assert_eq!(errors(&api, &failed["id"]).await, [UNSEEN]);
    assert_eq!(price(&shop), 67);
    let done = take_back(&api, "overwrite").await;
    assert_eq!(
        (&done["changed"], &done["failed"]),
        (&json!(1), &json!(0)),
        "{done:#}"
    );
    assert_eq!(price(&shop), 100);
}

#[tokio::test]
async fn a_bridge_that_does_not_tell_the_value_leaves_the_item_failed() {
    let (url, shop) = bridge().await;
    let api = v1_operations::start(&url).await;
    sale(&api, &shop, "sale", 1).await;
    edit(&shop, 66);
    for conflicts in ["keep", "overwrite"] {
        let failed = take_back(&api, conflicts).await;
        assert_eq!(errors(&api, &failed["id"]).await, [UNSEEN], "{conflicts}");
        assert_eq!(price(&shop), 66, "{conflicts}");
    }
}

#[tokio::test]
async fn what_a_shop_held_when_it_was_to_be_written_is_kept() {
    let (address, double) = woocommerce::start().await;
    let api = v1_targets::start().await;
    save(&api, "my-shop", woocommerce_at(&address)).await;
    double.lock().unwrap().put_product(1, "80", &[]);
    let items = [item("product", "1", "price", json!(100), json!(80))];
    operation(&api, "sale", None, &items).await;
    let run = dry_run(&api, "sale").await;
    // Edited after the dry run read it.
    let product = (None, 1);
    double.lock().unwrap().things.get_mut(&product).unwrap()["regular_price"] = json!("66");
    let failed = v1_targets::revert(&api, "sale", &run, "overwrite").await;
    assert_eq!(errors(&api, &failed["id"]).await, [UNSEEN]);

    // The list of conflicts does not ask the shop: it goes by what is known.
    let asked = json!({"as_of": 1_i64 << 50});
    let page = api.admin(post("/operations/sale/revert/conflicts").json(&asked));
    let page = page.await.is(200).json();
    let since = &page["items"][0]["item"]["since"];
    assert_eq!(since["now"], 66, "{page:#}");
    assert_eq!(since["by"]["name"], "my-shop");
}
