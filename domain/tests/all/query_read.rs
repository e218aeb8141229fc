use chrono::{Utc, Weekday};
use domain::query::{
    ACTIVITY, Body, EXPORT, MESSAGE, Query, REQUESTS, SECURITY, TokenKind, byte_of_utf16,
    utf16_of_byte,
};
use domain::{
    Category, CategorySet, Clause, Filter, Has, IpRange, Outcome, Pattern, SubjectPattern, Test,
};
use proptest::prelude::*;

fn filter(text: &str) -> Filter {
    Query::parse(text)
        .to_filter(crate::samples::now(), &Utc, Weekday::Mon)
        .unwrap_or_else(|errors| panic!("{text}: {errors:?}"))
}

fn tests(text: &str) -> Vec<Test> {
    let clauses = filter(text).clauses;
    assert!(clauses.iter().all(|clause| !clause.is_negated), "{text}");
    clauses.into_iter().map(|clause| clause.test).collect()
}

fn exact(texts: &[&str]) -> Vec<Pattern> {
    texts.iter().map(|text| Pattern::exact(text)).collect()
}

#[test]
fn the_examples_of_the_contract_are_understood() {
    assert_eq!(
        tests(
            "actor:sara action:product.* category:coupons,special_offers outcome:failed ip:10.0.0.0/8"
        ),
        [
            Test::Actor(exact(&["sara"])),
            Test::Action(vec![Pattern::prefix("product.")]),
            Test::Category(CategorySet::of(&[
                Category::Coupons,
                Category::SpecialOffers
            ])),
            Test::Outcome([Outcome::Failed].into_iter().collect()),
            Test::Ip(vec![IpRange::parse("10.0.0.0/8").unwrap()]),
        ]
    );
    assert_eq!(
        tests("subject:product/p_981 order:1042 about:product/p_981"),
        [
            Test::Subject(vec![SubjectPattern::TypeAndId(Pattern::exact(
                "product/p_981"
            ))]),
            Test::Order(exact(&["1042"])),
            Test::About(exact(&["product/p_981"])),
        ]
    );
    let clauses =
        filter("role:manager has:changes rule:\"VIP tag\" -actor:system \"free text\"").clauses;
    assert_eq!(
        clauses,
        [
            (false, Test::Role(exact(&["manager"]))),
            (false, Test::Has(Has::CHANGES)),
            (false, Test::Rule(exact(&["vip tag"]))),
            (true, Test::Actor(exact(&["system"]))),
            (false, Test::Text("free text".into())),
        ]
        .map(|(is_negated, test)| Clause { is_negated, test })
    );
}

#[test]
fn every_qualifier_takes_its_example() {
    for qualifier in ACTIVITY.qualifiers {
        let text = format!("{}:{}", qualifier.name, qualifier.example);
        assert_eq!(filter(&text).clauses.len(), 1, "{text}");
        let shouted = format!("{}:{}", qualifier.name.to_uppercase(), qualifier.example);
        assert_eq!(filter(&shouted), filter(&text), "{shouted}");
    }
}

#[test]
fn user_is_another_word_for_actor_in_the_activity_log_alone() {
    assert_eq!(filter("user:sara"), filter("actor:sara"));
    assert_eq!(
        filter("-User:sara,\"o n\"*"),
        filter("-actor:sara,\"o n\"*")
    );
    let query = Query::parse("user:sara");
    assert_eq!(query.terms()[0].qualifier(), Some("actor"));
    assert_eq!(query.text_of(&query.terms()[0]), "user:sara");
    assert_eq!(query.tokens()[0].kind, TokenKind::Qualifier);
    for dialect in [&MESSAGE, &EXPORT, &SECURITY, &REQUESTS] {
        assert!(!Query::parse_as("user:sara", dialect).is_valid());
    }
    let slip = Query::parse("usre:sara");
    assert_eq!(slip.errors()[0].proposal.as_deref(), Some("user"));
}

#[test]
fn nothing_asks_nothing() {
    for text in ["", "  ", "\t\n", "\u{200f} "] {
        assert!(Query::parse(text).is_empty());
        assert_eq!(filter(text), Filter::default());
    }
}

#[test]
fn each_word_is_a_test_of_its_own_and_a_phrase_is_one() {
    let text = |text: &str| Test::Text(text.into());
    assert_eq!(tests("linen SHIRT"), [text("linen"), text("shirt")]);
    assert_eq!(
        tests("\"linen  SHIRT\" red"),
        [text("linen shirt"), text("red")]
    );
    assert_eq!(tests("قميص كتّان"), [text("قميص"), text("كتان")]);
    assert_eq!(
        tests("lin* 5\" a,b"),
        [text("lin"), text("5\""), text("a,b")]
    );
    assert_eq!(tests(r#""say \"hi\" \\ \n""#), [text(r#"say "hi" \ \n"#)]);
    assert_eq!(tests("\"actor:sara\""), [text("actor:sara")]);
}

#[test]
fn what_only_looks_like_a_qualifier_is_text() {
    for word in [
        "http://x.example/a?b=c:d",
        "12:30",
        "fe80::1",
        "10:00:00",
        "a.b:c",
        "p-1:2",
        ":x",
        "السعر:100",
    ] {
        assert_eq!(tests(word), [Test::Text(domain::fold(word))], "{word}");
    }
}

#[test]
fn lists_take_quotes_prefixes_and_the_arabic_comma() {
    assert_eq!(
        tests("actor:\"Sara Nasser\",omar,kw*,\"a,b\""),
        [Test::Actor(vec![
            Pattern::exact("sara nasser"),
            Pattern::exact("omar"),
            Pattern::prefix("kw"),
            Pattern::exact("a,b"),
        ])]
    );
    assert_eq!(
        tests("actor:سارة،عمر"),
        [Test::Actor(exact(&["ساره", "عمر"]))]
    );
    assert_eq!(
        tests("rule:\"VIP t\"*"),
        [Test::Rule(vec![Pattern::prefix("vip t")])]
    );
    assert_eq!(tests("rule:\"5*\""), [Test::Rule(exact(&["5*"]))]);
    assert_eq!(
        tests("actor:sara,SARA,sara"),
        [Test::Actor(exact(&["sara"]))]
    );
    assert_eq!(
        tests("changed:Price,meta*"),
        [Test::Changed(vec![
            Pattern::exact("price"),
            Pattern::prefix("meta")
        ])]
    );
    assert_eq!(tests("actor:*"), [Test::Actor(vec![Pattern::prefix("")])]);
    assert_eq!(
        tests("device:\"Safari on iPhone\",chrome*"),
        [Test::Device(vec![
            Pattern::exact("safari on iphone"),
            Pattern::prefix("chrome")
        ])]
    );
}

#[test]
fn the_curly_quotes_of_phones_are_quotes() {
    assert_eq!(tests("“linen shirt”"), [Test::Text("linen shirt".into())]);
    assert_eq!(tests("rule:“VIP tag”"), [Test::Rule(exact(&["vip tag"]))]);
    assert_eq!(
        tests("\"a “quoted” word\""),
        [Test::Text("a “quoted” word".into())]
    );
}

#[test]
fn direction_marks_separate_and_vanish() {
    assert_eq!(
        tests("\u{200e}actor:sara\u{200f} \u{2067}linen\u{2069}"),
        [Test::Actor(exact(&["sara"])), Test::Text("linen".into())]
    );
}

#[test]
fn a_subject_is_type_and_id_or_a_word() {
    let whole = |pattern| vec![SubjectPattern::TypeAndId(pattern)];
    let any = |pattern| vec![SubjectPattern::Any(pattern)];
    for (text, subjects) in [
        (
            "subject:product/p_981",
            whole(Pattern::exact("product/p_981")),
        ),
        (
            "subject:Product/P_981",
            whole(Pattern::exact("product/p_981")),
        ),
        (
            "subject:product/*",
            whole(Pattern {
                text: "product/".into(),
                is_prefix: true,
            }),
        ),
        (
            "subject:product/p_9*",
            whole(Pattern::prefix("product/p_9")),
        ),
        ("subject:order/a/b", whole(Pattern::exact("order/a/b"))),
        ("subject:product", any(Pattern::exact("product"))),
        (
            "subject:\"Linen shirt S/M\"",
            any(Pattern::exact("linen shirt s/m")),
        ),
        ("subject:lin*", any(Pattern::prefix("lin"))),
    ] {
        assert_eq!(tests(text), [Test::Subject(subjects)], "{text}");
    }
}

#[test]
fn closed_lists_take_any_case_and_beginnings() {
    let categories = |text: &str| match tests(text).remove(0) {
        Test::Category(set) => set.iter().map(Category::as_str).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    assert_eq!(categories("category:Special-Offers"), ["special_offers"]);
    assert_eq!(
        categories("category:\"bulk operations\""),
        ["bulk_operations"]
    );
    assert_eq!(
        categories("category:me*,tags"),
        ["tags", "messages", "metafields"]
    );
    assert_eq!(categories("category:*").len(), Category::ALL.len());
    assert_eq!(
        tests("has:rule,error"),
        [Test::Has(Has::RULE.with(Has::ERROR))]
    );
}

#[test]
fn the_terms_know_their_place_and_what_was_typed() {
    let query = Query::parse("  -Actor:\"Sara N\",om* linen foo:x");
    let typed: Vec<&str> = query
        .terms()
        .iter()
        .map(|term| query.text_of(term))
        .collect();
    assert_eq!(typed, ["-Actor:\"Sara N\",om*", "linen", "foo:x"]);
    assert_eq!(query.terms()[0].qualifier(), Some("actor"));
    assert!(query.terms()[0].is_negated);
    let values = query.terms()[0].values();
    assert_eq!(values[0].text, "Sara N");
    assert!(values[0].is_quoted && !values[0].is_prefix && values[1].is_prefix);
    assert!(matches!(query.terms()[2].body, Body::Unreadable(_)));
    assert_eq!(query.term_at(4), Some(0));
    assert_eq!(query.term_at(0), None);
    assert!(query.has_text() && !query.is_text_only());
    assert!(Query::parse("a \"b c\" -d").is_text_only());
}

#[test]
fn the_paint_tells_every_part() {
    use TokenKind as T;
    let text = "-actor:sara,\"o n\"* lin \"a b\" foo:x -";
    let query = Query::parse(text);
    let tokens: Vec<(&str, TokenKind, Option<usize>)> = query
        .tokens()
        .iter()
        .map(|t| (&text[t.from..t.to], t.kind, t.term))
        .collect();
    assert_eq!(
        tokens,
        [
            ("-", T::Minus, Some(0)),
            ("actor:", T::Qualifier, Some(0)),
            ("sara", T::Value, Some(0)),
            (",", T::Comma, Some(0)),
            ("\"o n\"*", T::Value, Some(0)),
            (" ", T::Space, None),
            ("lin", T::Word, Some(1)),
            (" ", T::Space, None),
            ("\"a b\"", T::Phrase, Some(2)),
            (" ", T::Space, None),
            ("foo:", T::Error, Some(3)),
            ("x", T::Value, Some(3)),
            (" ", T::Space, None),
            ("-", T::Error, Some(4)),
        ]
    );
    let mistaken: Vec<&str> = query
        .tokens()
        .iter()
        .filter(|t| t.is_mistaken)
        .map(|t| &text[t.from..t.to])
        .collect();
    assert_eq!(mistaken, ["foo:", "x", "-"]);
}

#[test]
fn places_are_counted_in_utf_16_for_text_fields() {
    let text = "aé😀b";
    for (byte, units) in [(0, 0), (1, 1), (3, 2), (7, 4), (8, 5)] {
        assert_eq!(utf16_of_byte(text, byte), units);
        assert_eq!(byte_of_utf16(text, units), byte);
    }
    assert_eq!(byte_of_utf16(text, 3), 3);
    assert_eq!(byte_of_utf16(text, 99), 8);
}

/// Pieces of queries, put together at random.
pub fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        8 => prop::sample::select(vec![
            "actor:", "user:", "category:", "outcome:", "created:", "ip:", "id:", "has:", "subject:", "about:", "rule:", "foo:",
            "sara", "omar", "coupons", "failed", "pending", "10.0.0.0/8", "changes", "product/p_1", "7d", "today",
            "2026-11-01", "..", "\"VIP tag\"", "\"", "\\", "-", "*", ",", "،", " ", "  ", "“", "”", ":", "/", "قميص", "😀", "\u{200f}",
        ]).prop_map(str::to_owned),
        1 => "\\PC{0,4}",
        1 => any::<String>(),
    ];
    prop::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_text_is_read_and_the_paint_covers_it_without_a_gap(text in pieces()) {
        let query = Query::parse(&text);
        let mut at = 0;
        for token in query.tokens() {
            prop_assert_eq!(token.from, at);
            prop_assert!(token.to > token.from);
            prop_assert!(text.is_char_boundary(token.to));
            at = token.to;
            prop_assert_eq!(token.kind == TokenKind::Space, token.term.is_none());
            if let Some(term) = token.term {
                let term = &query.terms()[term];
                prop_assert!(term.from <= token.from && token.to <= term.to);
            }
        }
        prop_assert_eq!(at, text.len());
        for pair in query.terms().windows(2) {
            prop_assert!(pair[0].to <= pair[1].from);
        }
        for term in query.terms() {
            for value in term.values() {
                prop_assert!(term.from <= value.from && value.from < value.to && value.to <= term.to);
            }
        }
        for error in query.errors() {
            prop_assert!(error.from < error.to && error.to <= text.len());
            prop_assert!(text.is_char_boundary(error.from) && text.is_char_boundary(error.to));
        }
        let filter = query.to_filter(crate::samples::now(), &Utc, Weekday::Mon);
        if let Ok(filter) = filter {
            prop_assert!(query.is_valid());
            prop_assert_eq!(filter.clauses.len(), query.terms().len());
        }
    }
}
