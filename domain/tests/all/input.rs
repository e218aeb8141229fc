use crate::samples::{activity, complete, now, with};
use domain::{
    Activity, ActivityInput, Actor, ActorType, Category, Code, FieldProblem, Outcome, Problem,
};
use proptest::prelude::*;
use serde_json::{Value, json};

fn read(value: &Value) -> Result<Vec<Activity>, Problem> {
    ActivityInput::read(value, now(), &Actor::system())
}

/// The problems of an activity as `pointer code`.
fn problems(value: &Value) -> Vec<String> {
    let problem = read(value).expect_err("is refused");
    assert_eq!(problem.code, Code::InvalidFields);
    problem
        .fields
        .iter()
        .map(|FieldProblem { pointer, code, .. }| format!("{pointer} {code}"))
        .collect()
}

#[test]
fn the_complete_example_is_read_field_by_field() {
    let read = activity(&complete());
    assert_eq!(read.action.name, "product.updated");
    assert_eq!(
        read.action.categories.iter().collect::<Vec<_>>(),
        [Category::Products]
    );
    assert_eq!(read.outcome, Outcome::Success);
    assert_eq!(read.occurred_at, now());
    assert_eq!(read.actor.kind, ActorType::User);
    assert_eq!(read.actor.email.as_deref(), Some("sara@store.example"));
    assert_eq!(read.subject.as_ref().unwrap().id, "p_981");
    assert_eq!(read.changes[0].before, json!(120));
    assert_eq!(read.origin.ip.unwrap().to_string(), "203.0.113.7");
    assert_eq!(read.related[0].kind, "order");
    assert_eq!(read.orders().collect::<Vec<_>>(), ["1042"]);
    assert_eq!(
        (&read.operation_id, &read.rule, &read.error),
        (&None, &None, &None)
    );
    assert_eq!(read.origin.trace_id.as_deref(), Some("4bf92f35"));
    assert_eq!(read.details, Some(json!({"any": "json"})));
}

#[test]
fn an_action_alone_is_enough() {
    let read = activity(&json!({"action": "shelf.dusted"}));
    assert_eq!(read.occurred_at, now());
    assert_eq!(read.actor, Actor::system());
    assert_eq!(
        read.action.categories.iter().collect::<Vec<_>>(),
        [Category::Other]
    );
    assert_eq!(read.outcome, Outcome::Success);
}

#[test]
fn a_missing_action_is_named() {
    for action in [json!(null), json!(""), json!("  ")] {
        assert_eq!(
            problems(&with(json!({"action": action}))),
            ["/action required"]
        );
    }
    assert_eq!(problems(&json!({})), ["/action required"]);
}

#[test]
fn an_action_that_is_not_noun_dot_verb_is_refused() {
    let long = "a.".to_owned() + &"b".repeat(99);
    for action in [
        "updated",
        "Product.updated",
        "product.",
        ".x",
        "a b.c",
        "منتج.عدل",
        "a..b",
        "1a.b",
        "a-b.c",
    ] {
        assert_eq!(
            problems(&with(json!({"action": action}))),
            ["/action format"],
            "{action}"
        );
    }
    assert_eq!(
        problems(&with(json!({"action": long}))),
        ["/action too_long"]
    );
}

#[test]
fn wrong_types_are_named_each() {
    let wrong = json!({
        "action": 5, "category": {}, "outcome": true, "occurred_at": 1, "actor": "sara",
        "subject": [], "description": {}, "changes": {}, "ip": 1, "user_agent": [],
        "related": "x", "operation_id": 7, "rule": 7, "error": false, "trace_id": 0, "details": []
    });
    let mut named = problems(&wrong);
    named.sort();
    let mut expected: Vec<String> = ActivityInput::FIELDS
        .iter()
        .map(|field| format!("/{field} type"))
        .collect();
    expected.sort();
    assert_eq!(named, expected);
}

#[test]
fn an_unknown_field_is_refused_by_name_at_every_level() {
    let value = with(json!({
        "colour": 1, "categories": ["products"], "a/b~c": 2,
        "actor": {"type": "user", "phone": "1"},
        "subject": {"type": "product", "id": "1", "sku": "x"},
        "changes": [{"field": "a", "old": 1}],
        "related": [{"type": "order", "id": "1"}, {"type": "order", "id": "2", "n": 1}],
        "rule": {"name": "VIP", "when": 1}
    }));
    assert_eq!(
        problems(&value),
        [
            "/colour unknown",
            "/categories unknown",
            "/a~1b~0c unknown",
            "/actor/phone unknown",
            "/subject/sku unknown",
            "/changes/0/old unknown",
            "/related/1/n unknown",
            "/rule/when unknown",
        ]
    );
}

#[test]
fn a_category_is_one_name_or_an_array_of_them() {
    let categories = |category: Value| {
        activity(&json!({"action": "shelf.dusted", "category": category}))
            .action
            .categories
            .iter()
            .map(Category::as_str)
            .collect::<Vec<_>>()
    };
    assert_eq!(categories(json!("inventory")), ["inventory"]);
    assert_eq!(
        categories(json!(["tags", "products"])),
        ["products", "tags"]
    );
    assert_eq!(categories(json!([])), ["other"]);
    for (category, named) in [
        (json!("shoes"), "/category format"),
        (json!(["tags", "shoes"]), "/category/1 format"),
        (json!(["tags", 7]), "/category/1 type"),
    ] {
        let value = json!({"action": "shelf.dusted", "category": category});
        assert_eq!(problems(&value), [named]);
    }
}

#[test]
fn a_category_that_contradicts_a_shipped_action_is_refused() {
    let value =
        |action: &str, category: Value| with(json!({"action": action, "category": category}));
    assert_eq!(
        problems(&value("product.updated", json!("coupons"))),
        ["/category contradiction"]
    );
    let mixed = value("product.updated", json!(["products", "coupons"]));
    assert_eq!(problems(&mixed), ["/category contradiction"]);
    let one_of_two = activity(&value("tag.bulk_updated", json!("tags")));
    assert_eq!(one_of_two.action.categories.iter().count(), 2);
}

#[test]
fn ancient_and_future_times_are_refused_and_a_slow_clock_is_not() {
    for (time, code) in [
        ("1969-12-31T23:59:59Z", "out_of_range"),
        ("0001-01-01T00:00:00Z", "out_of_range"),
        ("2026-11-21T09:14:04Z", "out_of_range"),
        ("9999-12-31T23:59:59Z", "out_of_range"),
        ("2026-11-20", "format"),
        ("2026-11-20T09:14:03", "format"),
        ("2026-02-30T00:00:00Z", "format"),
        ("soon", "format"),
    ] {
        let named = problems(&with(json!({"occurred_at": time})));
        assert_eq!(named, [format!("/occurred_at {code}")], "{time}");
    }
    for time in [
        "1970-01-01T00:00:00Z",
        "2026-11-21T09:14:03Z",
        "2026-11-20T12:14:03.123456789+03:00",
    ] {
        assert!(read(&with(json!({"occurred_at": time}))).is_ok(), "{time}");
    }
}

#[test]
fn a_time_is_kept_to_the_microsecond() {
    let read = activity(&with(
        json!({"occurred_at": "2026-11-20T12:14:03.123456789+03:00"}),
    ));
    assert_eq!(
        read.occurred_at.to_rfc3339(),
        "2026-11-20T09:14:03.123456+00:00"
    );
}

#[test]
fn a_nul_is_refused_wherever_it_stands() {
    for (field, pointer) in [
        (json!({"description": "a\0b"}), "/description"),
        (
            json!({"actor": {"type": "user", "name": "a\0"}}),
            "/actor/name",
        ),
        (json!({"details": {"a": ["x", "\0"]}}), "/details/a/1"),
        (json!({"details": {"a\0b": 1}}), "/details"),
        (
            json!({"changes": [{"field": "a", "after": {"b": "\0"}}]}),
            "/changes/0/after/b",
        ),
    ] {
        assert_eq!(problems(&with(field)), [format!("{pointer} format")]);
    }
}

#[test]
fn texts_of_100_kb_are_refused_by_their_length() {
    let long = "ب".repeat(100_000);
    for (field, pointer, code) in [
        (json!({"description": long}), "/description", "too_long"),
        (json!({"error": long}), "/error", "too_long"),
        (json!({"user_agent": long}), "/user_agent", "too_long"),
        (json!({"actor": {"type": long}}), "/actor/type", "too_long"),
        (
            json!({"subject": {"type": "product", "id": long}}),
            "/subject/id",
            "too_long",
        ),
        (json!({"rule": {"name": long}}), "/rule/name", "too_long"),
        (
            json!({"changes": [{"field": long}]}),
            "/changes/0/field",
            "too_long",
        ),
        (json!({"details": {"a": long}}), "/details", "too_large"),
        (
            json!({"changes": [{"field": "a", "after": long}]}),
            "/changes/0/after",
            "too_large",
        ),
    ] {
        assert_eq!(problems(&with(field)), [format!("{pointer} {code}")]);
    }
    let fits = "ب".repeat(5_000);
    assert!(read(&with(json!({"description": fits}))).is_ok());
}

#[test]
fn deep_nesting_is_refused_at_its_place() {
    let nested = |depth: usize| (0..depth).fold(json!(1), |inner, _| json!({"a": inner}));
    assert!(read(&with(json!({"details": nested(32)}))).is_ok());
    let named = problems(&with(json!({"details": nested(33)})));
    assert_eq!(named, [format!("/details{} too_deep", "/a".repeat(32))]);
    let named = problems(&with(
        json!({"changes": [{"field": "f", "before": nested(100)}]}),
    ));
    assert_eq!(
        named,
        [format!("/changes/0/before{} too_deep", "/a".repeat(32))]
    );
}

#[test]
fn whole_numbers_beyond_two_to_the_53_are_refused() {
    for number in [
        "9007199254740993",
        "-9007199254740993",
        "18446744073709551615",
        "123456789012345678901234",
        "1e300",
    ] {
        let value: Value = serde_json::from_str(number).unwrap();
        let named = problems(&with(json!({"details": {"n": [value]}})));
        assert_eq!(named, ["/details/n/0 out_of_range"], "{number}");
    }
    for number in [
        "9007199254740992",
        "-9007199254740992",
        "0.1",
        "1.5e10",
        "-0.0",
    ] {
        let value: Value = serde_json::from_str(number).unwrap();
        assert!(
            read(&with(json!({"details": {"n": value}}))).is_ok(),
            "{number}"
        );
    }
}

#[test]
fn an_actor_needs_a_type_that_there_is() {
    for (actor, named) in [
        (json!({}), "/actor/type required"),
        (json!({"type": ""}), "/actor/type required"),
        (
            json!({"type": null, "name": "Sara"}),
            "/actor/type required",
        ),
        (json!({"type": "person"}), "/actor/type format"),
        (json!({"type": 1}), "/actor/type type"),
    ] {
        assert_eq!(problems(&with(json!({"actor": actor}))), [named]);
    }
}

#[test]
fn a_reference_needs_type_and_id() {
    assert_eq!(
        problems(&with(
            json!({"subject": {}, "related": [{"type": "Order", "id": "1"}, {"type": "order"}]})
        )),
        [
            "/subject/type required",
            "/subject/id required",
            "/related/0/type format",
            "/related/1/id required",
        ]
    );
}

#[test]
fn a_rule_is_a_name_or_an_object_with_one() {
    let rule = |rule: Value| activity(&with(json!({"rule": rule}))).rule.unwrap();
    assert_eq!(rule(json!("VIP tag")).name, "VIP tag");
    assert_eq!(
        rule(json!({"id": "r_1", "name": "VIP tag"})).id.as_deref(),
        Some("r_1")
    );
    assert_eq!(
        problems(&with(json!({"rule": {"id": "r_1"}}))),
        ["/rule/name required"]
    );
}

#[test]
fn outcome_and_address_take_what_there_is() {
    assert_eq!(
        problems(&with(json!({"outcome": "ok"}))),
        ["/outcome format"]
    );
    for ip in ["300.1.1.1", "10.0.0.0/8", "localhost", "::g"] {
        assert_eq!(problems(&with(json!({"ip": ip}))), ["/ip format"], "{ip}");
    }
    assert_eq!(
        activity(&with(json!({"ip": "2001:db8::1"})))
            .origin
            .ip
            .unwrap()
            .to_string(),
        "2001:db8::1"
    );
}

#[test]
fn an_array_is_read_whole_or_not_at_all_and_each_pointer_begins_with_its_place() {
    assert_eq!(read(&json!([complete(), complete()])).unwrap().len(), 2);
    let mixed = json!([complete(), {"action": 1}, 7, with(json!({"ip": "x"}))]);
    assert_eq!(
        problems(&mixed),
        ["/1/action type", "/2 type", "/3/ip format"]
    );
    assert_eq!(problems(&json!([])), [" required"]);
    let many = Value::Array(vec![json!({"action": "a.b"}); 1_001]);
    assert_eq!(read(&many).unwrap_err().code, Code::TooMany);
    let most = Value::Array(vec![json!({"action": "a.b"}); 1_000]);
    assert_eq!(read(&most).unwrap().len(), 1_000);
}

#[test]
fn at_most_fifty_problems_are_named_and_nothing_is_kept() {
    let many = Value::Array(vec![json!({"action": "no"}); 900]);
    assert_eq!(problems(&many).len(), 50);
}

#[test]
fn what_is_no_object_is_refused() {
    for body in [json!(null), json!(7), json!("x"), json!(true)] {
        assert_eq!(problems(&body), [" type"]);
    }
}

#[test]
fn too_many_changes_and_relations_are_refused() {
    let change = json!({"field": "a"});
    let related = json!({"type": "order", "id": "1"});
    assert_eq!(
        problems(&with(
            json!({"changes": vec![change; 501], "related": vec![related; 101]})
        )),
        ["/changes too_long", "/related too_long"]
    );
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        prop::sample::select(vec![
            "user",
            "product.updated",
            "products",
            "failed",
            "2026-11-20T00:00:00Z"
        ])
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 6, |inner| {
        let names =
            prop::sample::select(vec!["type", "id", "name", "field", "before", "after", "x"]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((names, inner), 0..5).prop_map(|fields| fields
                .into_iter()
                .map(|(k, v)| (k.to_owned(), v))
                .collect::<Value>()),
        ]
    })
}

proptest! {
    #[test]
    fn any_json_is_read_or_refused_and_what_is_read_can_be_written_canonically(
        fields in prop::collection::vec((prop::sample::select(ActivityInput::FIELDS.to_vec()), any_json()), 0..8),
    ) {
        let mut value = json!({"action": "shelf.dusted"});
        for (name, field) in fields {
            value[name] = field;
        }
        match read(&value) {
            Ok(activities) => {
                let activity = &activities[0];
                prop_assert!(!activity.action.categories.is_empty());
                for value in activity.changes.iter().flat_map(|c| [&c.before, &c.after]).chain(&activity.details) {
                    prop_assert!(domain::ledger::canonical(value).is_ok());
                }
            }
            Err(problem) => {
                prop_assert!(!problem.fields.is_empty());
                for field in problem.fields {
                    let top = field.pointer.split('/').nth(1).unwrap_or_default();
                    prop_assert!(ActivityInput::FIELDS.contains(&top), "{}", field.pointer);
                }
            }
        }
    }
}
