use crate::query_read::pieces;
use chrono::{Utc, Weekday};
use domain::Code;
use domain::query::{Mistake, Query, QueryError, query_problem};
use proptest::prelude::*;

/// The only mistake of a text.
fn mistake(text: &str) -> QueryError {
    let errors = Query::parse(text).errors().to_vec();
    assert_eq!(errors.len(), 1, "{text}: {errors:?}");
    let refused = Query::parse(text).to_filter(crate::samples::now(), &Utc, Weekday::Mon);
    assert_eq!(refused, Err(errors.clone()), "{text}");
    errors[0].clone()
}

#[test]
fn the_mock_of_a_mistake_is_answered_as_drawn() {
    let error = mistake("actor:sara outcom:failed");
    assert_eq!(error.mistake, Mistake::UnknownQualifier);
    assert_eq!((error.from, error.to), (11, 17));
    assert_eq!(error.message, "there is no qualifier `outcom`");
    assert_eq!(error.proposal.as_deref(), Some("outcome"));
    assert_eq!(error.subject, "outcom");
}

#[test]
fn an_unknown_value_comes_with_all_that_are_taken() {
    let error = mistake("outcome:zebra");
    assert_eq!(error.proposal, None);
    let all: Vec<&str> = domain::Outcome::ALL.iter().map(|o| o.as_str()).collect();
    assert_eq!(error.values, all);
    assert!(mistake("outcom:failed").values.is_empty());
}

/// Mistakes: the text with the span between brackets, the kind, the text after the proposal.
#[test]
fn each_mistake_is_named_at_its_place_with_what_could_stand_there() {
    use Mistake as M;
    for (marked, kind, proposed) in [
        ("[foo:bar] x", M::UnknownQualifier, Some("\"foo:bar\" x")),
        (
            "-[zzz:\"a b\",c]",
            M::UnknownQualifier,
            Some("-\"zzz:\\\"a b\\\",c\""),
        ),
        ("[Note:] 5", M::UnknownQualifier, Some("\"Note:\" 5")),
        ("[catgory]:tags", M::UnknownQualifier, Some("category:tags")),
        ("a [-] b", M::MissingTerm, Some("a \"-\" b")),
        ("[-]", M::MissingTerm, Some("\"-\"")),
        ("[actor:]", M::MissingValue, None),
        ("[actor: ]sara", M::MissingValue, Some("actor:sara")),
        ("[actor:] outcome:failed", M::MissingValue, None),
        ("actor:sara[,]", M::MissingValue, Some("actor:sara")),
        (
            "actor:sara[, ]omar",
            M::MissingValue,
            Some("actor:sara,omar"),
        ),
        (
            "actor:sara[,] order:1",
            M::MissingValue,
            Some("actor:sara order:1"),
        ),
        ("actor:[,]sara", M::MissingValue, Some("actor:sara")),
        ("actor:[, ]sara", M::MissingValue, Some("actor:sara")),
        ("actor:[,]", M::MissingValue, None),
        (
            "actor:sara,[,]omar",
            M::MissingValue,
            Some("actor:sara,omar"),
        ),
        (
            "rule:[\"VIP tag]",
            M::UnclosedQuote,
            Some("rule:\"VIP tag\""),
        ),
        ("x [\"]", M::UnclosedQuote, None),
        ("[\"a \\]", M::UnclosedQuote, Some("\"a \\\\\"")),
        ("\"a b\"[c]", M::TextAfterQuote, Some("\"a b\" c")),
        (
            "actor:\"a\"[b],c",
            M::TextAfterQuote,
            Some("actor:\"a\",b,c"),
        ),
        ("[\"\"]", M::EmptyText, None),
        ("[*]", M::EmptyText, None),
        ("[ـ]", M::EmptyText, None),
        ("rule:[\" \"]", M::EmptyText, None),
        ("outcome:[fail]", M::UnknownValue, Some("outcome:failed")),
        ("outcome:success,[zebra]", M::UnknownValue, None),
        (
            "category:[cupons]",
            M::UnknownValue,
            Some("category:coupons"),
        ),
        ("has:[zz*]", M::UnknownValue, None),
        ("ip:[10.0.0.0/40]", M::InvalidIp, None),
        ("ip:[10.*]", M::InvalidIp, Some("ip:10.0.0.0/8")),
        ("ip:[192.168.1.*]", M::InvalidIp, Some("ip:192.168.1.0/24")),
        ("ip:[localhost]", M::InvalidIp, None),
        ("id:[0193]", M::InvalidId, None),
        ("id:[0193e2a4*]", M::InvalidId, None),
        (
            "subject:[product/]",
            M::InvalidReference,
            Some("subject:product/*"),
        ),
        ("about:[1042]", M::InvalidReference, None),
        (
            "created:[2026-02-30]",
            M::ImpossibleTime,
            Some("created:2026-02-28"),
        ),
        ("created:[2026-13-01]", M::ImpossibleTime, None),
        ("created:[2026-11-01T24:00]", M::ImpossibleTime, None),
        ("created:[2026-00-01]", M::ImpossibleTime, None),
        ("created:[1969-12-31]", M::TimeOutOfRange, None),
        ("created:[9999-01-01]", M::TimeOutOfRange, None),
        ("created:[0d]", M::TimeOutOfRange, None),
        ("created:[99999999999d]", M::TimeOutOfRange, None),
        (
            "created:[2026-11-20..2026-11-01]",
            M::ReversedRange,
            Some("created:2026-11-01..2026-11-20"),
        ),
        (
            "created:[2026-11-01T10:00..2026-11-01T09:00]",
            M::ReversedRange,
            Some("created:2026-11-01T09:00..2026-11-01T10:00"),
        ),
        ("created:[..]", M::InvalidTime, None),
        (
            "created:[yesterdy]",
            M::InvalidTime,
            Some("created:yesterday"),
        ),
        (
            "created:[yesterdy..today]",
            M::InvalidTime,
            Some("created:yesterday..today"),
        ),
        (
            "created:[2026-11-01..todai]",
            M::InvalidTime,
            Some("created:2026-11-01..today"),
        ),
        (
            "created:[>2026-11-01]",
            M::InvalidTime,
            Some("created:2026-11-01.."),
        ),
        ("created:[<=7d]", M::InvalidTime, Some("created:..7d")),
        (
            "created:[2026-1-5]",
            M::InvalidTime,
            Some("created:2026-01-05"),
        ),
        ("created:[7days]", M::InvalidTime, Some("created:7d")),
        ("created:[30min]", M::InvalidTime, Some("created:30m")),
        ("created:[2026-11-01T09]", M::InvalidTime, None),
        ("created:[2026-11-01T09:00+99:00]", M::InvalidTime, None),
        ("created:[11/20/2026]", M::InvalidTime, None),
        ("created:[today*]", M::NoPrefix, Some("created:today")),
        ("created:[*]", M::NoPrefix, None),
    ] {
        let (from, to) = (marked.find('[').unwrap(), marked.find(']').unwrap() - 1);
        let text = marked.replace(['[', ']'], "");
        let error = mistake(&text);
        assert_eq!(error.mistake, kind, "{text}: {error:?}");
        assert_eq!((error.from, error.to), (from, to), "{text}: {error:?}");
        assert!(
            !error.message.is_empty() && !error.expected.is_empty(),
            "{text}"
        );
        if let Some(proposed) = proposed {
            let proposal = error
                .proposal
                .unwrap_or_else(|| panic!("{text}: no proposal"));
            let corrected = format!("{}{proposal}{}", &text[..from], &text[to..]);
            assert_eq!(corrected, proposed);
            assert_eq!(Query::parse(&corrected).errors(), [], "{corrected}");
        }
    }
}

#[test]
fn all_mistakes_are_named_in_their_order() {
    let query = Query::parse("outcom:x outcome:y - ip:z created:never");
    let places: Vec<usize> = query.errors().iter().map(|error| error.from).collect();
    assert_eq!(places, [0, 17, 19, 24, 34]);
    assert_eq!(Query::parse(&"- ".repeat(49)).errors().len(), 20);
}

#[test]
fn a_query_of_1001_characters_51_terms_or_101_values_is_refused() {
    let fits = "ب".repeat(1_000);
    assert!(Query::parse(&fits).is_valid());
    let error = mistake(&format!("{fits}ب"));
    assert_eq!(error.mistake, Mistake::QueryTooLong);
    assert_eq!((error.from, error.to), (2_000, 2_002));

    let terms = |count: usize| vec!["a"; count].join(" ");
    assert!(Query::parse(&terms(50)).is_valid());
    let error = mistake(&terms(51));
    assert_eq!((error.mistake, error.from), (Mistake::TooManyTerms, 100));

    let values = |count: usize| format!("actor:{}", vec!["a"; count].join(","));
    assert!(Query::parse(&values(100)).is_valid());
    let error = mistake(&values(101));
    assert_eq!((error.mistake, error.from), (Mistake::TooManyValues, 206));
    assert!(!Query::parse(&"x".repeat(10_000_000)).is_valid());
}

#[test]
fn a_refusal_names_each_place_for_programs_and_people() {
    let text = "سارة outcom:failed ip:x";
    let problem = query_problem(text, Query::parse(text).errors());
    assert_eq!(problem.code, Code::InvalidQuery);
    assert_eq!(problem.fields.len(), 2);
    assert_eq!(problem.fields[0].code, "unknown");
    let message = &problem.fields[0].message;
    assert!(
        message.starts_with("at 6: there is no qualifier `outcom`; expected one of actor,"),
        "{message}"
    );
    assert!(message.ends_with("did you mean `outcome`?"), "{message}");
    assert!(problem.message.ends_with("2 mistakes in all"));
}

#[test]
fn a_mistake_goes_over_the_wire_and_back() {
    let error = mistake("ip:10.*");
    let json = serde_json::to_value(&error).unwrap();
    assert_eq!(json["mistake"], "invalid_ip");
    assert_eq!((&json["from"], &json["to"]), (&3.into(), &7.into()));
    assert_eq!(serde_json::from_value::<QueryError>(json).unwrap(), error);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn an_accepted_proposal_ends_the_mistake(text in pieces()) {
        let query = Query::parse(&text);
        prop_assume!(query.errors().len() < 15);
        for error in query.errors() {
            if let Some(proposal) = &error.proposal {
                let corrected = format!("{}{proposal}{}", &text[..error.from], &text[error.to..]);
                let left = Query::parse(&corrected).errors().to_vec();
                let same = |errors: &[QueryError]| -> Vec<usize> {
                    let same = errors.iter().filter(|e| e.mistake == error.mistake);
                    same.map(|e| e.from).collect()
                };
                let (before, after) = (same(query.errors()), same(&left));
                let is_ended = after.len() < before.len() || !after.contains(&error.from);
                prop_assert!(is_ended, "{text:?} to {corrected:?}: {left:?}");
            }
        }
    }
}
