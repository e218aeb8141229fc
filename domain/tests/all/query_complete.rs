use crate::query_read::pieces;
use domain::query::{Completion, CompletionKind, Query, complete, qualifiers, static_values};
use proptest::prelude::*;

/// The completion at the `|` in a text.
fn at(marked: &str) -> (String, Completion) {
    let caret = marked.find('|').unwrap();
    let text = marked.replace('|', "");
    let completion = complete(&text, caret);
    (text, completion)
}

/// Kind, prefix and replaced part.
fn shown(marked: &str) -> String {
    let (text, completion) = at(marked);
    let replaced = &text[completion.from..completion.to];
    let sign = if completion.is_negated { "-" } else { "" };
    match completion.kind {
        CompletionKind::Qualifier { prefix } => format!("{sign}qualifier {prefix}[{replaced}]"),
        CompletionKind::Text { prefix } => format!("{sign}text {prefix}[{replaced}]"),
        CompletionKind::Value {
            qualifier,
            prefix,
            others,
        } => {
            format!(
                "{sign}{} {prefix}[{replaced}] {}",
                qualifier.name,
                others.join("+")
            )
        }
    }
}

#[test]
fn the_caret_tells_what_is_being_typed() {
    for (marked, expected) in [
        ("|", "qualifier []"),
        ("actor:sara |", "qualifier []"),
        ("| linen", "qualifier []"),
        ("linen | red", "qualifier []"),
        ("outc|", "qualifier outc[outc]"),
        ("Out|c", "qualifier Out[Outc]"),
        ("-ac|", "-qualifier ac[ac]"),
        ("-|", "-qualifier []"),
        ("linen|", "text linen[linen]"),
        ("-lin|en", "-text lin[linen]"),
        ("\"vip t|", "text vip t[\"vip t]"),
        ("act|or:sara", "qualifier act[actor:]"),
        ("actor:|", "actor [] "),
        ("us|", "qualifier us[us]"),
        ("use|r:sara", "qualifier use[user:]"),
        ("user:sa|ra", "actor sa[sara] "),
        ("actor:|sara", "actor [sara] "),
        ("actor:sa|ra", "actor sa[sara] "),
        ("-actor:sara,om|", "-actor om[om] sara"),
        ("actor:sara,|", "actor [] sara"),
        ("actor:sara|,omar", "actor sara[sara] omar"),
        ("rule:\"VIP t|ag\",x", "rule VIP t[\"VIP tag\"] x"),
        ("rule:\"a \\\"b\\\"|", "rule a \"b\"[\"a \\\"b\\\"] "),
        ("rule:\"VIP tag\"|", "rule VIP tag[\"VIP tag\"] "),
        ("rule:\"VIP tag\"|*", "rule VIP tag[\"VIP tag\"*] "),
        ("action:prod|*", "action prod[prod*] "),
        ("outcom|:failed", "qualifier outcom[outcom:]"),
        ("foo:b|", "text foo:b[foo:b]"),
    ] {
        assert_eq!(shown(marked), expected, "{marked}");
    }
}

#[test]
fn an_accepted_proposal_stands_in_place_with_the_caret_behind_it() {
    for (marked, insert, expected) in [
        ("outc|", "outcome:failed", "outcome:failed |"),
        ("outc|", "outcome:", "outcome:|"),
        ("outc| linen", "outcome:failed", "outcome:failed |linen"),
        ("-outc|", "outcome:failed", "-outcome:failed |"),
        ("-outc|", "-outcome:failed", "-outcome:failed |"),
        ("actor:sara,om|", "actor:omar", "actor:sara,omar |"),
        ("actor:s|,omar", "actor:sara", "actor:sara|,omar"),
        ("user:s|,omar", "actor:sara", "user:sara|,omar"),
        ("actor:s|", "\"Sara Nasser\"", "actor:\"Sara Nasser\" |"),
        ("outcom|:failed", "outcome:", "outcome:|failed"),
        ("|linen", "outcome:failed", "outcome:failed |linen"),
        ("a |", "order:1042 created:7d", "a order:1042 created:7d |"),
    ] {
        let (text, completion) = at(marked);
        let (mut out, caret) = completion.accept(&text, insert);
        out.insert(caret, '|');
        assert_eq!(out, expected, "{marked}");
    }
}

#[test]
fn a_caret_outside_or_inside_a_character_is_moved_to_a_place_that_there_is() {
    assert_eq!(complete("linen", 99), complete("linen", 5));
    assert_eq!(complete("😀", 2).from, 0);
}

#[test]
fn qualifiers_are_proposed_by_their_beginning() {
    let names = |prefix: &str| qualifiers(prefix).map(|q| q.name).collect::<Vec<_>>();
    assert_eq!(names("O"), ["outcome", "order", "operation"]);
    assert_eq!(names("").len(), 17);
    assert_eq!(names("Us"), ["actor"]);
    assert!(names("zz").is_empty());
    assert!(qualifiers("").all(|q| q.description == format!("qualifier_{}", q.name)));
}

#[test]
fn every_known_value_is_one_that_the_qualifier_takes() {
    for qualifier in qualifiers("") {
        for value in static_values(qualifier.name) {
            let query = Query::parse(&format!("{}:{value}", qualifier.name));
            assert!(query.is_valid(), "{}:{value}", qualifier.name);
        }
    }
    assert_eq!(static_values("outcome"), ["success", "pending", "failed"]);
    assert_eq!(static_values("category").len(), 18);
    let actions = static_values("ACTION");
    assert_eq!(actions[0], "customer.*");
    assert!(
        actions
            .iter()
            .any(|action| action == "special_offer.activated")
    );
    assert_eq!(
        actions
            .iter()
            .filter(|action| action.ends_with(".*"))
            .count(),
        22
    );
    assert!(static_values("rule").is_empty() && static_values("colour").is_empty());
}

proptest! {
    #[test]
    fn any_caret_gets_a_place_within_the_text(text in pieces(), caret in 0..80usize) {
        let completion = complete(&text, caret);
        prop_assert!(completion.from <= completion.to && completion.to <= text.len());
        prop_assert!(text.is_char_boundary(completion.from) && text.is_char_boundary(completion.to));
        let (out, caret) = completion.accept(&text, "outcome:failed");
        prop_assert!(out.is_char_boundary(caret));
    }
}
