//! What says the same, however it is spelled.

use domain::same::{in_form_of, is_same};
use proptest::prelude::*;
use serde_json::{Value, json};

#[test]
fn amounts_are_compared_by_what_they_are_worth() {
    for (one, other) in [
        (json!(96), json!("96.00")),
        (json!("96"), json!("96.0")),
        (json!("096.5"), json!(96.5)),
        (json!("-0.0"), json!(0)),
        (json!(null), json!("")),
        (json!(null), json!([])),
        (json!(["a", "b"]), json!(["b", "a"])),
    ] {
        assert!(is_same("price", &one, &other), "{one} {other}");
    }
    for (one, other) in [
        (json!(96), json!("96.01")),
        (json!("1e2"), json!(100)),
        (json!("red"), json!("Red")),
        (json!(null), json!(0)),
        (json!(["a"]), json!(["a", "b"])),
        (json!(["a", "a", "b"]), json!(["a", "b", "b"])),
    ] {
        assert!(!is_same("price", &one, &other), "{one} {other}");
    }
}

#[test]
fn words_that_look_like_amounts_are_words() {
    for field in ["sku", "variants.12.sku", "title", "phone"] {
        assert!(!is_same(field, &json!("0012"), &json!("12")), "{field}");
        assert!(!is_same(field, &json!("1.10"), &json!("1.1")), "{field}");
        assert!(is_same(field, &json!(12), &json!("12")), "{field}");
    }
}

#[test]
fn tags_are_a_set_in_whichever_form_they_are_told() {
    assert!(is_same(
        "tags",
        &json!("sale, linen"),
        &json!(["linen", "sale"])
    ));
    assert!(is_same("tags", &json!(null), &json!([])));
    assert!(!is_same("tags", &json!("sale"), &json!(["linen"])));
    assert!(!is_same("note", &json!("a, b"), &json!(["a", "b"])));
}

#[test]
fn what_a_shop_says_is_kept_in_the_form_it_was_told_in() {
    let kept = |told: Value, said: Value| in_form_of("price", &told, said);
    assert_eq!(kept(json!(96), json!("96.00")), json!(96));
    assert_eq!(kept(json!(96), json!("77.50")), json!(77.5));
    assert_eq!(kept(json!("96"), json!("77.50")), json!("77.50"));
    assert_eq!(kept(json!(96), json!("none")), json!("none"));
}

proptest! {
    #[test]
    fn an_amount_is_the_same_in_each_spelling_and_no_other_one_is(cents in 0_u32..1_000_000, other in 0_u32..1_000_000) {
        let (whole, part) = (cents / 100, cents % 100);
        let text = json!(format!("{whole}.{part:02}"));
        let number: Value = serde_json::from_str(&format!("{whole}.{part:02}")).unwrap();
        prop_assert!(is_same("price", &text, &number));
        prop_assert!(is_same("price", &number, &text));
        let theirs = json!(format!("{}.{:02}0", other / 100, other % 100));
        prop_assert_eq!(is_same("price", &text, &theirs), cents == other);
    }

    #[test]
    fn a_list_is_the_same_in_any_order(mut tags in prop::collection::vec("[a-c]{1,2}", 0..6), extra in "[a-c]{1,2}") {
        let list = json!(tags);
        tags.reverse();
        prop_assert!(is_same("tags", &list, &json!(tags)));
        tags.push(extra);
        prop_assert!(!is_same("tags", &list, &json!(tags)));
    }
}
