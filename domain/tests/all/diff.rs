use domain::Change;
use domain::diff::{Brief, FieldDiff, MAX_WORDS, Segment, SegmentKind, brief, diff, summary_of};
use proptest::prelude::*;
use serde_json::{Value, json};

fn marked(segments: &[Segment]) -> String {
    segments
        .iter()
        .map(|Segment { kind, text }| match kind {
            SegmentKind::Same => text.clone(),
            SegmentKind::Elided => format!("<{}>", text.chars().count()),
            SegmentKind::Removed => format!("[-{text}-]"),
            SegmentKind::Added => format!("[+{text}+]"),
        })
        .collect()
}

fn text(before: &str, after: &str) -> String {
    match diff(&json!(before), &json!(after)) {
        FieldDiff::Text(segments) => marked(&segments),
        other => panic!("{other:?}"),
    }
}

fn nested(before: Value, after: Value) -> Vec<(String, FieldDiff)> {
    match diff(&before, &after) {
        FieldDiff::Nested(changed) => changed,
        other => panic!("{other:?}"),
    }
}

fn scalar(before: Value, after: Value) -> FieldDiff {
    FieldDiff::Scalar { before, after }
}

#[test]
fn numbers_booleans_short_texts_and_mixed_kinds_are_shown_whole() {
    for (before, after) in [
        (json!(120), json!(95)),
        (json!(true), json!(false)),
        (json!("10%"), json!("15%")),
        (json!(1), json!("1")),
        (json!([1]), json!({"a": 1})),
        (json!(null), json!(null)),
        (json!(""), json!("x")),
    ] {
        assert_eq!(diff(&before, &after), scalar(before, after));
    }
}

#[test]
fn what_was_nothing_is_added_and_what_is_nothing_is_removed() {
    assert_eq!(
        diff(&json!(null), &json!({"a": 1})),
        FieldDiff::Added(json!({"a": 1}))
    );
    assert_eq!(
        diff(&json!([1]), &json!(null)),
        FieldDiff::Removed(json!([1]))
    );
}

#[test]
fn the_terms_of_the_mock_are_compared_as_drawn() {
    assert_eq!(
        text(
            "Once per customer, on full-price items.",
            "Once per customer, on any item except gift cards."
        ),
        "Once per customer, on [-full-price items-][+any item except gift cards+]."
    );
}

#[test]
fn texts_are_compared_word_by_word() {
    for (before, after, expected) in [
        (
            "A light linen shirt for warm days by the sea.",
            "A light cotton shirt for warm days by the sea.",
            "A light [-linen-][+cotton+] shirt for warm days by the sea.",
        ),
        (
            "A light linen shirt for warm days by the sea.",
            "A light linen shirt for warm days by the sea. New!",
            "A light linen shirt for warm days by the sea.[+ New!+]",
        ),
        (
            "قميص كتان خفيف للأيام الدافئة على شاطئ البحر",
            "قميص قطن خفيف للأيام الدافئة على شاطئ البحر",
            "قميص [-كتان-][+قطن+] خفيف للأيام الدافئة على شاطئ البحر",
        ),
        (
            "亚麻衬衫适合温暖的日子在海边穿着非常舒适透气轻盈柔软耐穿并且容易清洗不易起皱适合旅行",
            "亚麻衬衫适合寒冷的日子在海边穿着非常舒适透气轻盈柔软耐穿并且容易清洗不易起皱适合旅行",
            "亚麻衬衫适合[-温暖-][+寒冷+]的日子在海边穿着非常舒适透气轻盈柔软耐穿并且容易清洗不易起皱适合旅行",
        ),
        (
            "👩‍👩‍👧 family shirts in all sizes, made of the softest linen",
            "👩‍👩‍👦 family shirts in all sizes, made of the softest linen",
            "[-👩‍👩‍👧-][+👩‍👩‍👦+] family shirts in all sizes, made of the softest linen",
        ),
    ] {
        assert_eq!(text(before, after), expected);
    }
}

#[test]
fn long_unchanged_runs_are_cut_to_what_stands_around_the_change() {
    let run = "word ".repeat(100);
    let (before, after) = (
        format!("{run}old {run}old {run}"),
        format!("{run}new {run}new {run}"),
    );
    let shown = text(&before, &after);
    let elided = shown.matches('<').count();
    assert_eq!(elided, 3, "{shown}");
    assert!(shown.starts_with('<') && shown.ends_with('>'), "{shown}");
    assert!(shown.len() < 400, "{shown}");
}

#[test]
fn an_object_shows_only_the_paths_that_changed() {
    let before = json!({"price": {"amount": 120, "currency": "SAR"}, "tags": ["a"], "old": 1, "same": {"x": [1]}});
    let after = json!({"price": {"amount": 95, "currency": "SAR"}, "tags": ["a", "b"], "same": {"x": [1]}, "new": null, "more": {"y": 2}});
    let changed = nested(before, after);
    let paths: Vec<&str> = changed.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(paths, ["price.amount", "tags", "old", "new", "more"]);
    assert_eq!(changed[0].1, scalar(json!(120), json!(95)));
    assert_eq!(changed[2].1, FieldDiff::Removed(json!(1)));
    assert_eq!(changed[4].1, FieldDiff::Added(json!({"y": 2})));
}

#[test]
fn equal_objects_have_no_changed_path_whatever_the_order_of_their_fields() {
    let one: Value = serde_json::from_str(r#"{"a": 1, "b": {"c": 2, "d": 3}}"#).unwrap();
    let other: Value = serde_json::from_str(r#"{"b": {"d": 3, "c": 2}, "a": 1}"#).unwrap();
    assert!(nested(one, other).is_empty());
}

#[test]
fn a_list_says_what_went_what_came_and_whether_the_rest_moved() {
    for (before, after, removed, added, kept, is_reordered) in [
        (
            json!(["a", "b"]),
            json!(["b", "c"]),
            json!(["a"]),
            json!(["c"]),
            1,
            false,
        ),
        (
            json!(["a", "b"]),
            json!(["b", "a"]),
            json!([]),
            json!([]),
            2,
            true,
        ),
        (
            json!(["a", "a", "b"]),
            json!(["a"]),
            json!(["a", "b"]),
            json!([]),
            1,
            false,
        ),
        (json!([]), json!([1]), json!([]), json!([1]), 0, false),
        (
            json!([{"x": 1, "y": 2}]),
            json!([{"y": 2, "x": 1}]),
            json!([]),
            json!([]),
            1,
            false,
        ),
        (
            json!([1, 2, 3]),
            json!([3, 9, 1]),
            json!([2]),
            json!([9]),
            2,
            true,
        ),
    ] {
        let expected = FieldDiff::List {
            removed: removed.as_array().unwrap().clone(),
            added: added.as_array().unwrap().clone(),
            kept,
            is_reordered,
        };
        assert_eq!(diff(&before, &after), expected);
    }
}

#[test]
fn items_with_ids_are_compared_field_by_field() {
    let changed = nested(
        json!([{"id": 1, "price": 5, "size": "S"}, {"id": 2, "price": 6}]),
        json!([{"id": 3, "price": 7}, {"id": 1, "price": 4, "size": "S"}]),
    );
    assert_eq!(
        changed,
        [
            ("1.price".to_owned(), scalar(json!(5), json!(4))),
            (
                "2".to_owned(),
                FieldDiff::Removed(json!({"id": 2, "price": 6}))
            ),
            (
                "3".to_owned(),
                FieldDiff::Added(json!({"id": 3, "price": 7}))
            ),
        ]
    );
    let moved = diff(
        &json!([{"id": 1}, {"id": 2}]),
        &json!([{"id": 2}, {"id": 1}]),
    );
    assert!(matches!(
        moved,
        FieldDiff::List {
            kept: 2,
            is_reordered: true,
            ..
        }
    ));
}

#[test]
fn huge_texts_are_compared_in_bounded_work() {
    let words = |seed: usize, count: usize| {
        (0..count)
            .map(|n| format!("w{} ", (n * 7919 + seed * n) % 99_991))
            .collect::<String>()
    };
    let (before, after) = (words(1, 200_000), words(3, 200_000));
    let FieldDiff::Text(segments) = diff(&json!(before), &json!(after)) else {
        panic!("texts are compared as texts");
    };
    assert!(segments.len() <= 5, "{}", segments.len());
    // At the bound itself the words are compared.
    let FieldDiff::Text(segments) = diff(
        &json!(words(1, MAX_WORDS / 2)),
        &json!(words(3, MAX_WORDS / 2)),
    ) else {
        panic!("texts are compared as texts");
    };
    assert!(!segments.is_empty());
}

#[test]
fn a_value_is_put_into_a_line() {
    for (value, line) in [
        (json!(null), "—"),
        (json!("  "), "—"),
        (json!(true), "true"),
        (json!(12.50), "12.5"),
        (json!("Linen\n shirt"), "Linen shirt"),
        (json!("x".repeat(41)), &format!("{}…", "x".repeat(40))),
        (json!([]), "0 items"),
        (json!(["S", "M", 3]), "S, M, 3"),
        (json!([1, 2, 3, 4]), "4 items"),
        (json!([{"a": 1}]), "1 item"),
        (json!({"a": 1, "b": 2}), "2 fields"),
    ] {
        assert_eq!(brief(&value).to_string(), line);
    }
    assert_eq!(brief(&json!([1, 2, 3, 4])), Brief::Items(4));
}

#[test]
fn a_change_is_two_lines_that_show_the_difference() {
    let change = |before: Value, after: Value| Change {
        field: "f".into(),
        before,
        after,
    };
    let summary = |before: &str, after: &str| summary_of(&change(json!(before), json!(after)));
    assert_eq!(
        summary_of(&change(json!(120), json!(null))),
        ("120".into(), "—".into())
    );
    assert_eq!(
        summary("draft", "published"),
        ("draft".into(), "published".into())
    );
    let same = "A light linen shirt for warm days ";
    assert_eq!(
        summary(
            &format!("{same}by the sea, in white"),
            &format!("{same}by the sea, in blue")
        ),
        ("…white".into(), "…blue".into())
    );
    let (before, after) = summary(
        &format!("old {}", same.repeat(3)),
        &format!("new {}", same.repeat(3)),
    );
    assert!(before.starts_with("old A light") && after.starts_with("new A light"));
    assert!(before.chars().count() <= 41 && before.ends_with('…'));
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (0..9i64).prop_map(Value::from),
        "[a-c ]{0,60}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec(("[a-d]|id", inner), 0..5)
                .prop_map(|fields| fields.into_iter().collect::<Value>()),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn the_segments_hold_both_texts(before in "([a-d]{1,3}[ ,.\n]{0,2}){0,60}", after in "([a-d]{1,3}[ ,.\n]{0,2}){0,60}", run in "[a-z ]{0,300}") {
        let (before, after) = (format!("{run}{before}{run}"), format!("{run}{after}{run}"));
        if let FieldDiff::Text(segments) = diff(&json!(before), &json!(after)) {
            let side = |gone: SegmentKind| {
                segments.iter().filter(|s| s.kind != gone).map(|s| s.text.as_str()).collect::<String>()
            };
            prop_assert_eq!(side(SegmentKind::Added), before);
            prop_assert_eq!(side(SegmentKind::Removed), after);
            prop_assert!(segments.iter().all(|s| !s.text.is_empty()));
            for pair in segments.windows(2) {
                prop_assert!(pair[0].kind != pair[1].kind || pair[0].kind == SegmentKind::Same);
                prop_assert!(!(pair[0].kind == SegmentKind::Added && pair[1].kind == SegmentKind::Removed));
            }
        }
    }

    #[test]
    fn any_two_values_are_compared_and_equal_ones_have_no_difference(before in value(), after in value()) {
        match diff(&before, &before) {
            FieldDiff::Nested(changed) => prop_assert!(changed.is_empty()),
            FieldDiff::List { removed, added, is_reordered, .. } => {
                prop_assert!(removed.is_empty() && added.is_empty() && !is_reordered);
            }
            FieldDiff::Scalar { before: one, after: other } => prop_assert_eq!(one, other),
            other => prop_assert!(false, "{other:?}"),
        }
        if let FieldDiff::Nested(changed) = diff(&before, &after) {
            prop_assert!(changed.iter().all(|(_, part)| !matches!(part, FieldDiff::Nested(_))));
        }
        let change = Change { field: "f".into(), before, after };
        let (one, other) = summary_of(&change);
        prop_assert!(one.chars().count() <= 42 && other.chars().count() <= 42);
        prop_assert!(!one.contains('\n') && !other.contains('\n'));
    }
}
