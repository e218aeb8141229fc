use crate::samples::{facts, with};
use domain::{
    Category, CategorySet, Clause, Facts, Filter, Has, IpRange, Outcome, OutcomeSet, Pattern,
    SubjectPattern, Test, TimeRange,
};
use proptest::prelude::*;
use serde_json::json;
use std::net::IpAddr;

fn record() -> Facts {
    facts(&with(json!({
        "rule": {"id": "r_1", "name": "VIP tag"}, "operation_id": "op_7", "outcome": "failed", "error": "timeout"
    })))
}

fn matches(test: Test) -> bool {
    let clause = |is_negated| Filter {
        clauses: vec![Clause {
            is_negated,
            test: test.clone(),
        }],
    };
    let found = clause(false).matches(&record(), false);
    assert_ne!(
        clause(true).matches(&record(), false),
        found,
        "a minus turns it round"
    );
    found
}

fn exact(text: &str) -> Vec<Pattern> {
    vec![Pattern::exact(text)]
}

fn prefix(text: &str) -> Vec<Pattern> {
    vec![Pattern::prefix(text)]
}

#[test]
fn the_empty_filter_holds_for_everything() {
    assert!(Filter::default().matches(&record(), false));
    assert!(Filter::default().matches(&record(), true));
    assert_eq!(Filter::default().time_range(), TimeRange::ALL);
}

#[test]
fn each_test_finds_its_field_and_no_other() {
    for (test, is_found) in [
        (Test::Actor(exact("SARA")), true),
        (Test::Actor(exact("sara nasser")), true),
        (Test::Actor(exact("sar")), false),
        (Test::Actor(prefix("sar")), true),
        (Test::Actor(exact("manager")), false),
        (Test::Actor(exact("role:manager")), false),
        (Test::Actor(prefix("role")), false),
        (
            Test::Actor(vec![Pattern::exact("omar"), Pattern::exact("u_17")]),
            true,
        ),
        (Test::Role(exact("Manager")), true),
        (Test::Role(exact("sara")), false),
        (Test::Action(exact("product.updated")), true),
        (Test::Action(prefix("product.")), true),
        (Test::Action(prefix("prod.")), false),
        (
            Test::Category(CategorySet::of(&[Category::Products, Category::Tags])),
            true,
        ),
        (Test::Category(CategorySet::of(&[Category::Tags])), false),
        (Test::Category(CategorySet::EMPTY), false),
        (Test::Outcome([Outcome::Failed].into_iter().collect()), true),
        (
            Test::Outcome([Outcome::Success, Outcome::Pending].into_iter().collect()),
            false,
        ),
        (
            Test::Subject(vec![SubjectPattern::TypeAndId(Pattern::exact(
                "product/p_981",
            ))]),
            true,
        ),
        (
            Test::Subject(vec![SubjectPattern::TypeAndId(Pattern::prefix("product/"))]),
            true,
        ),
        (
            Test::Subject(vec![SubjectPattern::TypeAndId(Pattern::exact(
                "order/1042",
            ))]),
            false,
        ),
        (
            Test::Subject(vec![SubjectPattern::Any(Pattern::exact("product"))]),
            true,
        ),
        (
            Test::Subject(vec![SubjectPattern::Any(Pattern::exact("p_981"))]),
            true,
        ),
        (
            Test::Subject(vec![SubjectPattern::Any(Pattern::exact("linen shirt"))]),
            true,
        ),
        (
            Test::Subject(vec![SubjectPattern::Any(Pattern::exact("linen"))]),
            false,
        ),
        (
            Test::Subject(vec![SubjectPattern::Any(Pattern::prefix("linen"))]),
            true,
        ),
        (Test::About(exact("order/1042")), true),
        (Test::About(exact("product/p_981")), true),
        (Test::About(exact("order/104")), false),
        (Test::Order(exact("1042")), true),
        (Test::Order(prefix("10")), true),
        (Test::Order(exact("p_981")), false),
        (Test::Changed(exact("Price")), true),
        (Test::Changed(prefix("pri")), true),
        (Test::Changed(exact("pri")), false),
        (Test::Changed(exact("cost")), false),
        (Test::Rule(exact("vip tag")), true),
        (Test::Rule(exact("r_1")), true),
        (Test::Operation(exact("op_7")), true),
        (Test::Trace(exact("4BF92F35")), true),
        (Test::Trace(exact("4bf")), false),
        (Test::Id(vec![record().id.0]), true),
        (Test::Id(vec![uuid::Uuid::nil()]), false),
        (Test::Has(Has::CHANGES), true),
        (Test::Has(Has::ERROR.with(Has::DESCRIPTION)), true),
        (Test::Has(Has::EMPTY), false),
        (Test::Text("linen".into()), true),
        (Test::Text("price changed".into()), true),
        (Test::Text("timeout".into()), true),
        (Test::Text("any json".into()), true),
        (Test::Text("velvet".into()), false),
    ] {
        assert_eq!(matches(test.clone()), is_found, "{test:?}");
    }
}

#[test]
fn all_clauses_must_hold() {
    let clause = |is_negated, text: &str| Clause {
        is_negated,
        test: Test::Text(text.into()),
    };
    for (clauses, is_found) in [
        (vec![clause(false, "linen"), clause(false, "price")], true),
        (vec![clause(false, "linen"), clause(false, "velvet")], false),
        (vec![clause(false, "linen"), clause(true, "velvet")], true),
        (vec![clause(true, "linen")], false),
    ] {
        assert_eq!(
            Filter {
                clauses: clauses.clone()
            }
            .matches(&record(), false),
            is_found,
            "{clauses:?}"
        );
    }
}

#[test]
fn a_network_holds_its_addresses_and_no_others() {
    for (network, inside, outside) in [
        ("203.0.113.7", "203.0.113.7", "203.0.113.8"),
        ("10.0.0.0/8", "10.255.255.255", "11.0.0.0"),
        ("10.1.2.3/8", "10.0.0.0", "9.255.255.255"),
        ("0.0.0.0/0", "255.255.255.255", "::1"),
        ("192.168.1.128/25", "192.168.1.255", "192.168.1.127"),
        ("2001:db8::/32", "2001:db8:ffff::1", "2001:db9::"),
        ("::/0", "10.0.0.1", "none"),
        ("::1/128", "::1", "::2"),
    ] {
        let range = IpRange::parse(network).unwrap();
        assert!(
            range.contains(inside.parse::<IpAddr>().unwrap()),
            "{inside} in {network}"
        );
        if let Ok(outside) = outside.parse::<IpAddr>() {
            assert!(!range.contains(outside), "{outside} in {network}");
        }
    }
    for text in [
        "",
        "10",
        "10.0.0.0/33",
        "10.0.0.0/",
        "10.0.0.0/-1",
        "::/129",
        "10.*",
        "a.b.c.d",
        "10.0.0.0/8/8",
    ] {
        assert_eq!(IpRange::parse(text), None, "{text}");
    }
}

#[test]
fn the_time_that_is_left_open_encloses_the_positive_clauses() {
    let created = |is_negated, ranges: &[(i64, i64)]| Clause {
        is_negated,
        test: Test::Created(
            ranges
                .iter()
                .map(|(from, to)| TimeRange {
                    from: *from,
                    to: *to,
                })
                .collect(),
        ),
    };
    for (clauses, from, to) in [
        (vec![created(false, &[(1, 5), (8, 9)])], 1, 9),
        (
            vec![created(false, &[(1, 5)]), created(false, &[(3, 9)])],
            3,
            5,
        ),
        (
            vec![created(false, &[(1, 5)]), created(true, &[(1, 9)])],
            1,
            5,
        ),
        (vec![created(true, &[(1, 9)])], i64::MIN, i64::MAX),
    ] {
        assert_eq!(Filter { clauses }.time_range(), TimeRange { from, to });
    }
    let apart = Filter {
        clauses: vec![created(false, &[(1, 2)]), created(false, &[(5, 6)])],
    };
    assert!(apart.time_range().is_empty());
}

#[test]
fn what_matched_once_matches_the_lasting_clauses_for_ever() {
    let clause = |is_negated, test| Clause { is_negated, test };
    let pending = || -> OutcomeSet { [Outcome::Pending].into_iter().collect() };
    let about = || clause(false, Test::Text("linen".into()));
    let before = facts(&with(json!({"outcome": "pending", "error": null})));
    let after = record();
    for turned in [
        clause(false, Test::Outcome(pending())),
        clause(true, Test::Text("timeout".into())),
        clause(true, Test::Has(Has::ERROR)),
    ] {
        let filter = Filter {
            clauses: vec![about(), turned],
        };
        assert!(filter.matches(&before, false), "{filter:?}");
        assert!(!filter.matches(&after, false), "{filter:?}");
        assert!(filter.lasting().matches(&after, false), "{filter:?}");
    }
    let velvet = Filter {
        clauses: vec![clause(false, Test::Text("velvet".into()))],
    };
    assert!(!velvet.lasting().matches(&after, false));
}

#[test]
fn a_filter_turns_with_an_outcome_when_an_outcome_can_begin_or_end_a_match() {
    let turns = |is_negated, test| {
        let clauses = vec![Clause { is_negated, test }];
        Filter { clauses }.turns_with_an_outcome()
    };
    let pending = || -> OutcomeSet { [Outcome::Pending].into_iter().collect() };
    for is_negated in [false, true] {
        assert!(turns(is_negated, Test::Outcome(pending())));
        assert!(turns(is_negated, Test::Has(Has::ERROR.with(Has::RULE))));
        // The words of an error are found by free text.
        assert!(turns(is_negated, Test::Text("timeout".into())));
        assert!(!turns(is_negated, Test::Has(Has::RULE)));
        assert!(!turns(is_negated, Test::Action(vec![Pattern::exact("a")])));
    }
    assert!(!Filter::default().turns_with_an_outcome());
}

#[test]
fn a_range_of_time_holds_its_first_microsecond_and_not_its_last() {
    let range = TimeRange { from: 10, to: 20 };
    assert!(range.contains(10) && range.contains(19));
    assert!(!range.contains(9) && !range.contains(20));
    assert!(!range.is_empty() && TimeRange { from: 5, to: 5 }.is_empty());
}

proptest! {
    #[test]
    fn an_address_survives_its_stored_bytes(ip in any::<IpAddr>()) {
        let stored = IpRange::address_of(IpRange::bytes_of(ip));
        prop_assert_eq!(stored, ip.to_canonical());
        prop_assert!(IpRange::parse(&ip.to_string()).unwrap().contains(ip));
    }

    #[test]
    fn a_pattern_matches_what_folds_to_it_and_a_prefix_what_begins_so(text in "\\PC{1,12}", more in "\\PC{0,6}") {
        let folded = domain::fold(&text);
        prop_assert!(Pattern::exact(&text).matches(&folded));
        let longer = format!("{folded}{}", domain::fold(&more));
        prop_assert!(Pattern::prefix(&text).matches(&longer));
        prop_assert_eq!(Pattern::exact(&text).matches(&longer), longer == folded);
    }
}
