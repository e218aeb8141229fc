use crate::query_read::pieces;
use chrono::{Utc, Weekday};
use domain::query::{
    ACTIVITY, Named, Query, add_term, exclude_value, excluded_values_of, quote_text, quote_value,
    set_created, set_values, toggle_value, values_of, without_term,
};
use domain::{Clause, Filter, Test};
use proptest::prelude::*;

#[test]
fn a_toggle_adds_to_the_term_that_is_there_or_makes_one() {
    for (text, value, expected) in [
        ("", "coupons", "category:coupons"),
        ("linen ", "coupons", "linen category:coupons"),
        (
            "Category:tags linen",
            "coupons",
            "Category:tags,coupons linen",
        ),
        ("category: linen", "coupons", "category:coupons linen"),
        (
            "category:tags, linen",
            "coupons",
            "category:tags,coupons linen",
        ),
        (
            "\"VIP  tag\"  actor:\"Sara N\"",
            "coupons",
            "\"VIP  tag\"  actor:\"Sara N\" category:coupons",
        ),
        (
            "\"open phrase",
            "coupons",
            "\"open phrase\" category:coupons",
        ),
        ("\"open \\", "coupons", "\"open \\\\\" category:coupons"),
        ("rule:\"open", "coupons", "rule:\"open\" category:coupons"),
        ("-category:coupons", "coupons", "category:coupons"),
        (
            "-category:tags,coupons x",
            "coupons",
            "-category:tags x category:coupons",
        ),
    ] {
        assert_eq!(toggle_value(text, "category", value), expected, "{text}");
    }
}

#[test]
fn a_toggle_takes_away_what_is_on_and_its_term_when_nothing_is_left() {
    for (text, expected) in [
        ("category:coupons", ""),
        ("linen category:coupons red", "linen red"),
        ("category:COUPONS red", "red"),
        ("linen category:coupons", "linen"),
        (
            "category:tags,coupons,\"orders\" x",
            "category:tags,\"orders\" x",
        ),
        ("category:coup*,tags", "category:tags"),
        ("category:co*", "category:contacts"),
        (
            "category:coupons x category:tags,coupons",
            "x category:tags",
        ),
    ] {
        assert_eq!(
            toggle_value(text, "category", "coupons"),
            expected,
            "{text}"
        );
    }
}

#[test]
fn values_are_quoted_when_they_need_it() {
    for (value, written) in [
        ("sara", "sara"),
        ("Sara Nasser", "\"Sara Nasser\""),
        ("a,b", "\"a,b\""),
        ("سارة،عمر", "\"سارة،عمر\""),
        ("5*", "\"5*\""),
        ("say \"hi\" \\", "\"say \\\"hi\\\" \\\\\""),
        ("a:b/c-d", "a:b/c-d"),
        ("", "\"\""),
    ] {
        assert_eq!(quote_value(value), written);
    }
    for (text, written) in [
        ("-x", "\"-x\""),
        ("actor:sara", "\"actor:sara\""),
        ("linen", "linen"),
        ("a b", "\"a b\""),
    ] {
        assert_eq!(quote_text(text), written);
    }
    assert_eq!(toggle_value("", "rule", "VIP tag"), "rule:\"VIP tag\"");
    assert_eq!(toggle_value("", "rule", "5*"), "rule:\"5*\"");
    assert_eq!(toggle_value("", "action", "product.*"), "action:product.*");
    assert_eq!(
        toggle_value("", "subject", "product/*"),
        "subject:product/*"
    );
}

#[test]
fn values_are_read_without_quotes_and_closed_lists_by_their_names() {
    assert_eq!(
        values_of("actor:\"Sara N\",om* -actor:x actor:kw", "actor"),
        ["Sara N", "om*", "kw"]
    );
    assert_eq!(
        values_of("category:Special-Offers,me*", "category"),
        ["special_offers", "messages", "metafields"]
    );
    assert_eq!(
        values_of("outcome:failed,zebra", "outcome"),
        ["failed", "zebra"]
    );
    assert_eq!(
        excluded_values_of("actor:a -actor:b,c", "actor"),
        ["b", "c"]
    );
    assert_eq!(values_of("created:7d", "created"), ["7d"]);
    assert!(values_of("actor:", "actor").is_empty());
    assert!(values_of("\"actor:x\"", "actor").is_empty());
}

#[test]
fn set_values_keeps_place_and_writing() {
    for (text, values, expected) in [
        ("x actor:sara y", &["omar"][..], "x actor:omar y"),
        (
            "x actor:\"sara\",omar y",
            &["omar", "sara"],
            "x actor:\"sara\",omar y",
        ),
        (
            "x Actor:\"sara\",kw*,omar",
            &["kw*", "sara", "Li Na"],
            "x Actor:\"sara\",kw*,\"Li Na\"",
        ),
        ("actor:a x actor:b", &["b", "c"], "actor:b,c x"),
        ("actor:a x actor:b", &[], "x"),
        ("x", &["a", "A", " "], "x actor:a"),
        ("-actor:a,b x", &["a"], "-actor:b x actor:a"),
        ("-actor:a x", &["a"], "x actor:a"),
        ("actor:a -actor:a x", &["a"], "actor:a x"),
        ("foo:bar \"open", &["a"], "foo:bar \"open\" actor:a"),
    ] {
        assert_eq!(set_values(text, "actor", values), expected, "{text}");
    }
    assert_eq!(set_values("x", "colour", &["red"]), "x");
}

#[test]
fn what_was_typed_by_a_synonym_is_edited_where_it_stands() {
    assert_eq!(
        values_of("user:sara,om* actor:kw", "actor"),
        ["sara", "om*", "kw"]
    );
    assert_eq!(excluded_values_of("-user:system", "actor"), ["system"]);
    assert_eq!(
        toggle_value("x user:sara", "actor", "omar"),
        "x user:sara,omar"
    );
    assert_eq!(toggle_value("x user:sara", "actor", "sara"), "x");
    assert_eq!(set_values("user:sara x", "actor", &["omar"]), "user:omar x");
    assert_eq!(set_values("user:a x actor:b", "actor", &["c"]), "user:c x");
    assert_eq!(
        exclude_value("User:sara x", "actor", "sara"),
        "x -user:sara"
    );
    assert_eq!(
        exclude_value("actor:a user:b", "actor", "c"),
        "actor:a user:b -actor:c"
    );
    assert_eq!(set_values("-user:a x", "actor", &["b"]), "-user:a x user:b");
    assert_eq!(toggle_value("x", "user", "sara"), "x actor:sara");
}

#[test]
fn a_value_of_a_list_is_on_where_the_query_finds_it_and_a_click_ends_that() {
    let omar = Named {
        value: "omar@linen.example",
        label: Some("Omar Haddad"),
    };
    let kwame = Named {
        value: "kwame@linen.example",
        label: Some("Kwame Owusu"),
    };
    for text in [
        "user:omar",
        "actor:OMAR",
        "actor:haddad",
        "user:\"omar haddad\"",
        "actor:omar@linen.example",
        "actor:om*",
    ] {
        assert!(ACTIVITY.has_value(text, "actor", omar, false), "{text}");
        assert!(!ACTIVITY.has_value(text, "actor", omar, true), "{text}");
        assert!(!ACTIVITY.has_value(text, "actor", kwame, false), "{text}");
        let off = ACTIVITY.toggle_named(&format!("x {text}"), "actor", omar, false);
        assert_eq!(off, "x", "{text}");
    }
    for text in ["", "actor:oma", "actor:linen", "-actor:omar", "omar"] {
        assert!(!ACTIVITY.has_value(text, "actor", omar, false), "{text}");
    }
    for (text, named, is_out, expected) in [
        ("user:omar", kwame, false, "user:omar,kwame@linen.example"),
        (
            "user:omar,kwame@linen.example",
            omar,
            false,
            "user:kwame@linen.example",
        ),
        ("user:omar", omar, true, "-user:omar@linen.example"),
        (
            "user:omar,sara",
            omar,
            true,
            "user:sara -user:omar@linen.example",
        ),
        ("-user:omar x", omar, true, "x"),
        ("-user:omar", omar, false, "user:omar@linen.example"),
    ] {
        assert_eq!(
            ACTIVITY.toggle_named(text, "actor", named, is_out),
            expected,
            "{text}"
        );
    }
    let plain = |value| Named { value, label: None };
    for (text, qualifier, value, off) in [
        ("ip:10.0.0.0/8,192.0.2.1", "ip", "10.1.2.3", "ip:192.0.2.1"),
        ("action:product.*", "action", "product.created", ""),
        ("device:iphone", "device", "Safari on iPhone", ""),
        ("category:co*", "category", "coupons", "category:contacts"),
    ] {
        let named = plain(value);
        assert!(ACTIVITY.has_value(text, qualifier, named, false), "{text}");
        assert_eq!(ACTIVITY.toggle_named(text, qualifier, named, false), off);
    }
}

#[test]
fn a_time_replaces_the_time() {
    for (text, value, expected) in [
        ("", Some("7d"), "created:7d"),
        ("x created:today y", Some("7d"), "x created:7d y"),
        ("x created:today y", None, "x y"),
        (
            "created:2026-11-01,today -created:yesterday created:7d",
            Some("30d"),
            "created:30d -created:yesterday",
        ),
        ("created:\"7d\"", Some("7d"), "created:\"7d\""),
        (
            "created:",
            Some("2026-11-01..2026-11-20"),
            "created:2026-11-01..2026-11-20",
        ),
    ] {
        assert_eq!(set_created(text, value), expected, "{text}");
    }
}

#[test]
fn an_exclusion_joins_the_others_and_ends_the_wish() {
    for (text, expected) in [
        ("", "-actor:system"),
        ("-actor:omar x", "-actor:omar,system x"),
        ("actor:system x", "x -actor:system"),
        ("actor:sara,system", "actor:sara -actor:system"),
        ("-actor:system", "-actor:system"),
        ("-actor:System actor:system", "-actor:System"),
    ] {
        assert_eq!(exclude_value(text, "actor", "system"), expected, "{text}");
    }
}

#[test]
fn terms_are_added_once_and_dropped_by_number() {
    assert_eq!(add_term("a ", " order:1042 "), "a order:1042");
    assert_eq!(add_term("a order:1042", "order:1042"), "a order:1042");
    assert_eq!(add_term("\"a", "b"), "\"a\" b");
    assert_eq!(add_term("a", ""), "a");
    let text = " actor:sara  -\"x y\" foo:bar";
    assert_eq!(without_term(text, 0), "-\"x y\" foo:bar");
    assert_eq!(without_term(text, 1), " actor:sara foo:bar");
    assert_eq!(without_term(text, 2), " actor:sara  -\"x y\"");
    assert_eq!(without_term(text, 3), text);
}

fn filter(text: &str) -> Option<Filter> {
    Query::parse(text)
        .to_filter(crate::samples::now(), &Utc, Weekday::Mon)
        .ok()
}

/// A filter whose clauses and values stand in one order.
fn sorted(filter: Filter) -> Vec<String> {
    let mut clauses: Vec<String> = filter
        .clauses
        .into_iter()
        .map(|Clause { is_negated, test }| {
            let test = match test {
                Test::Actor(mut patterns) => {
                    patterns
                        .sort_by(|a, b| a.text.cmp(&b.text).then(a.is_prefix.cmp(&b.is_prefix)));
                    Test::Actor(patterns)
                }
                other => other,
            };
            format!("{is_negated} {test:?}")
        })
        .collect();
    clauses.sort();
    clauses
}

/// A qualifier with a value that it takes.
fn choice() -> impl Strategy<Value = (&'static str, String)> {
    prop_oneof![
        prop::sample::select(vec!["coupons", "tags", "special_offers"])
            .prop_map(|v| ("category", v.to_owned())),
        prop::sample::select(vec!["failed", "pending"]).prop_map(|v| ("outcome", v.to_owned())),
        prop::sample::select(vec!["changes", "ip"]).prop_map(|v| ("has", v.to_owned())),
        prop::sample::select(vec!["product.*", "order.created"])
            .prop_map(|v| ("action", v.to_owned())),
        (
            "actor|rule|role|order|trace|operation",
            "\\PC{1,12}|sara|VIP tag|[a-z*\"\\\\, -]{1,6}"
        )
            .prop_map(|(q, v)| {
                let name = ["actor", "rule", "role", "order", "trace", "operation"]
                    .into_iter()
                    .find(|n| *n == q);
                (name.unwrap(), v)
            })
            .prop_filter("something to find", |(_, v)| !domain::fold(v).is_empty()),
    ]
}

fn error_count(text: &str) -> usize {
    Query::parse(text).errors().len()
}

/// What was typed of the terms that are not the qualifier's.
fn others(text: &str, qualifier: &str) -> Vec<String> {
    let query = Query::parse(text);
    query
        .terms()
        .iter()
        .filter(|term| term.qualifier() != Some(qualifier))
        .map(|term| query.text_of(term).to_owned())
        .collect()
}

fn is_unclosed(text: &str) -> bool {
    Query::parse(text)
        .terms()
        .last()
        .is_some_and(|term| term.values().last().is_some_and(|value| !value.is_closed))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn an_edit_makes_no_new_mistake_and_leaves_the_other_terms((qualifier, value) in choice(), text in pieces()) {
        for edited in [
            toggle_value(&text, qualifier, &value),
            set_values(&text, qualifier, &[&value, "omar"][..if matches!(qualifier, "actor" | "rule") { 2 } else { 1 }]),
            set_values(&text, qualifier, &[] as &[&str]),
            exclude_value(&text, qualifier, &value),
        ] {
            prop_assert!(error_count(&edited) <= error_count(&text), "{text:?} to {edited:?}: {:?}", Query::parse(&edited).errors());
            if !is_unclosed(&text) {
                prop_assert_eq!(others(&edited, qualifier), others(&text, qualifier));
            }
        }
    }

    #[test]
    fn what_was_set_is_read_back_and_setting_it_again_changes_nothing(
        (qualifier, value) in choice(), text in pieces(), more in prop::collection::vec("[a-z ]{1,5}[a-z*]", 0..3),
    ) {
        let mut values = vec![value];
        if matches!(qualifier, "actor" | "rule" | "role") {
            values.extend(more);
        }
        let set = set_values(&text, qualifier, &values);
        let mut wanted: Vec<String> = values.iter().map(|v| domain::fold(v)).filter(|v| !v.is_empty()).collect();
        let mut read: Vec<String> = values_of(&set, qualifier).iter().map(|v| domain::fold(v)).collect();
        wanted.sort();
        wanted.dedup();
        read.sort();
        prop_assert_eq!(read, wanted, "{}", set);
        prop_assert_eq!(set_values(&set, qualifier, &values), set.clone());
        let excluded = excluded_values_of(&set, qualifier);
        prop_assert!(values.iter().all(|v| !excluded.contains(v)));
        let removed = set_values(&set, qualifier, &[] as &[&str]);
        prop_assert!(values_of(&removed, qualifier).is_empty());
        prop_assert_eq!(set_values(&removed, qualifier, &[] as &[&str]), removed.clone());
    }

    #[test]
    fn toggling_twice_finds_the_same((qualifier, value) in choice(), text in pieces()) {
        let query = Query::parse(&text);
        // A toggle ends an exclusion of its value, and several terms of one qualifier ask for all of them.
        let is_out = excluded_values_of(&text, qualifier).iter().any(|v| domain::fold(v) == domain::fold(&value));
        let is_positive = |term: &&domain::query::Term| !term.is_negated && term.qualifier() == Some(qualifier);
        if !query.is_valid() || is_out || query.terms().iter().filter(is_positive).count() > 1 {
            return Ok(());
        }
        let once = toggle_value(&text, qualifier, &value);
        let twice = toggle_value(&once, qualifier, &value);
        let is_on = |text: &str| values_of(text, qualifier).iter().any(|v| domain::fold(v) == domain::fold(&value));
        prop_assert_ne!(is_on(&text), is_on(&once));
        prop_assert_eq!(is_on(&text), is_on(&twice));
        if let Some(before) = filter(&text) {
            let after = filter(&twice).expect("still a query");
            prop_assert_eq!(sorted(before), sorted(after), "{:?} {:?} {:?}", text, once, twice);
        }
    }

    #[test]
    fn an_exclusion_is_there_once((qualifier, value) in choice(), text in pieces()) {
        let out = exclude_value(&text, qualifier, &value);
        prop_assert!(excluded_values_of(&out, qualifier).iter().any(|v| domain::fold(v) == domain::fold(&value)));
        prop_assert!(!values_of(&out, qualifier).iter().any(|v| domain::fold(v) == domain::fold(&value)));
        prop_assert_eq!(exclude_value(&out, qualifier, &value), out.clone());
    }

    #[test]
    fn a_quoted_value_and_a_quoted_text_read_back(text in any::<String>()) {
        if domain::fold(&text).is_empty() {
            return Ok(());
        }
        let query = Query::parse(&format!("rule:{}", quote_value(&text))).terms()[0].values()[0].clone();
        prop_assert_eq!(&query.text, &text);
        let free = quote_text(&text);
        let query = Query::parse(&free);
        prop_assert_eq!(query.terms().len(), 1);
        prop_assert!(query.is_text_only() && !query.terms()[0].is_negated);
        prop_assert_eq!(&query.terms()[0].values()[0].text, &text);
    }

    #[test]
    fn without_a_term_the_others_stay(text in pieces(), at in any::<prop::sample::Index>()) {
        let query = Query::parse(&text);
        if query.terms().is_empty() {
            return Ok(());
        }
        let at = at.index(query.terms().len());
        let typed = |query: &Query| query.terms().iter().map(|t| query.text_of(t).to_owned()).collect::<Vec<_>>();
        let mut expected = typed(&query);
        expected.remove(at);
        prop_assert_eq!(typed(&Query::parse(&without_term(&text, at))), expected);
    }
}
