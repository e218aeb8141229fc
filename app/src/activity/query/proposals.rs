//! What could be typed: qualifiers and closed lists at once, values from the log when the server has them.

use crate::activity::calls;
use crate::activity::search::Search;
use crate::icons::{self, Glyph};
use domain::query::{Completion, CompletionKind, Qualifier, Query, ValueKind, quote_value};
use domain::view::{Count, Suggestion};

/// Under which heading a proposal stands; in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    /// Values of the qualifier being typed.
    Values,
    /// Qualifiers.
    Qualifiers,
    /// Terms that narrow down what the query finds.
    Found,
    /// Queries of before.
    Recent,
}

/// Something that could stand in the text.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    /// Under which heading.
    pub section: Section,
    /// What would be put in.
    pub insert: String,
    /// How much of it is typed, in bytes.
    pub typed: usize,
    /// What it is, in words.
    pub label: Option<String>,
    /// How many entries it finds.
    pub count: Option<Count>,
    /// Its icon.
    pub glyph: Glyph,
    /// Whether the term is complete with it.
    pub is_whole: bool,
    /// The part of the text that it takes the place of; none for all of it.
    pub replaces: Option<(usize, usize)>,
}

impl Proposal {
    /// The text with the proposal in it, and where the caret stands then.
    pub fn applied_to(&self, text: &str, is_out: bool) -> (String, usize) {
        let Some((from, to)) = self.replaces else {
            return (self.insert.clone(), self.insert.len());
        };
        let (before, after) = (
            text.get(..from).unwrap_or(text),
            text.get(to..).unwrap_or_default(),
        );
        // Only a whole term can be turned round here: in front of a value stands its qualifier.
        let is_term = before.is_empty() || before.ends_with(char::is_whitespace);
        let minus = if is_out && is_term { "-" } else { "" };
        let mut new = format!("{before}{minus}{}", self.insert);
        if self.is_whole && !after.starts_with(char::is_whitespace) {
            new.push(' ');
        }
        let caret =
            new.len() + usize::from(self.is_whole && after.starts_with(char::is_whitespace));
        new.push_str(after);
        (new, caret)
    }
}

/// What needs no server.
pub fn at_once(
    log: Search,
    text: &str,
    completion: &Completion,
    queries: &[String],
) -> Vec<Proposal> {
    let replaces = Some((completion.from, completion.to));
    match &completion.kind {
        CompletionKind::Qualifier { prefix } => {
            let mut proposals = of_qualifiers(log, prefix, replaces);
            if text.trim().is_empty() {
                proposals.truncate(8);
                proposals.extend(queries.iter().map(|query| Proposal {
                    section: Section::Recent,
                    insert: query.clone(),
                    typed: 0,
                    label: None,
                    count: None,
                    glyph: icons::HISTORY,
                    is_whole: true,
                    replaces: None,
                }));
            }
            proposals
        }
        CompletionKind::Value {
            qualifier,
            prefix,
            others,
        } => of_values(log, qualifier, prefix, others, replaces),
        CompletionKind::Text { .. } => Vec::new(),
    }
}

fn of_qualifiers(log: Search, prefix: &str, replaces: Option<(usize, usize)>) -> Vec<Proposal> {
    let mut proposals = Vec::new();
    for qualifier in log.dialect().qualifiers_of(prefix) {
        let is_few = prefix.len() >= 3 && log.kind.few == qualifier.name;
        if is_few {
            for mut proposal in of_values(log, qualifier, "", &[], replaces) {
                proposal.section = Section::Qualifiers;
                proposal.insert = format!("{}:{}", qualifier.name, proposal.insert);
                proposal.typed = prefix.len();
                proposals.push(proposal);
            }
            continue;
        }
        let word = log.dialect().word_of(qualifier, prefix);
        proposals.push(Proposal {
            section: Section::Qualifiers,
            insert: format!("{}:", word.unwrap_or(qualifier.name)),
            typed: prefix.len(),
            label: Some((log.kind.description)(log.locale, qualifier.name).to_owned()),
            count: None,
            glyph: (log.kind.glyph)(qualifier.name, None),
            is_whole: false,
            replaces,
        });
    }
    proposals
}

fn of_values(
    log: Search,
    qualifier: &'static Qualifier,
    prefix: &str,
    others: &[String],
    replaces: Option<(usize, usize)>,
) -> Vec<Proposal> {
    let lower = prefix.to_lowercase();
    log.dialect()
        .static_values(qualifier.name)
        .into_iter()
        .filter(|value| value.starts_with(&lower) && !others.iter().any(|other| *other == **value))
        .take(12)
        .map(|value| Proposal {
            section: Section::Values,
            typed: lower.len(),
            label: label_of(log, qualifier, &value),
            count: log.count_of(qualifier.name, &value),
            glyph: (log.kind.glyph)(qualifier.name, Some(&value)),
            insert: value.into_owned(),
            is_whole: true,
            replaces,
        })
        .collect()
}

/// What the server knows: values of the qualifier, or terms that hold what is typed.
pub async fn found(log: Search, text: &str, completion: &Completion) -> Vec<Proposal> {
    if !log.has_suggestions() {
        return Vec::new();
    }
    let rest = rest_of(log, text, completion);
    let replaces = Some((completion.from, completion.to));
    match &completion.kind {
        CompletionKind::Value {
            qualifier,
            prefix,
            others,
        } => {
            if matches!(
                qualifier.values,
                ValueKind::Time | ValueKind::Has | ValueKind::Id
            ) {
                return Vec::new();
            }
            let head = format!("{}:", qualifier.name);
            let found = calls::suggest(rest, qualifier.name.to_owned(), prefix.clone()).await;
            found
                .unwrap_or_default()
                .values
                .into_iter()
                .map(|suggestion| {
                    let value = suggestion.insert.strip_prefix(&head).map(str::to_owned);
                    (
                        value.unwrap_or_else(|| suggestion.insert.clone()),
                        suggestion,
                    )
                })
                .filter(|(value, _)| !others.contains(value))
                .map(|(value, suggestion)| Proposal {
                    section: Section::Values,
                    typed: common(&value, prefix),
                    label: suggestion
                        .label
                        .or_else(|| label_of(log, qualifier, &value)),
                    count: suggestion.count,
                    glyph: (log.kind.glyph)(qualifier.name, Some(&value)),
                    insert: value,
                    is_whole: true,
                    replaces,
                })
                .collect()
        }
        CompletionKind::Text { prefix } | CompletionKind::Qualifier { prefix }
            if prefix.chars().count() >= 2
                // A rest that is not understood finds nothing, whatever is put beside it.
                && Query::parse_as(&rest, log.dialect()).is_valid() =>
        {
            let mut proposals = Vec::new();
            for name in log.kind.guessed {
                let found = calls::suggest(rest.clone(), (*name).to_owned(), prefix.clone()).await;
                let values = found.unwrap_or_default().values.into_iter().take(3);
                proposals.extend(values.map(|suggestion| term(log, name, suggestion, replaces)));
            }
            proposals
        }
        _ => Vec::new(),
    }
}

fn term(
    log: Search,
    qualifier: &str,
    suggestion: Suggestion,
    replaces: Option<(usize, usize)>,
) -> Proposal {
    let insert = if suggestion.insert.starts_with(qualifier) {
        suggestion.insert
    } else {
        format!("{qualifier}:{}", quote_value(&suggestion.insert))
    };
    Proposal {
        section: Section::Found,
        insert,
        typed: 0,
        label: suggestion.label,
        count: suggestion.count,
        glyph: (log.kind.glyph)(qualifier, None),
        is_whole: true,
        replaces,
    }
}

/// The query without the term being typed: what the counts are counted under.
fn rest_of(log: Search, text: &str, completion: &Completion) -> String {
    let query = Query::parse_as(text, log.dialect());
    query.term_at(completion.to).map_or_else(
        || text.to_owned(),
        |at| log.dialect().without_term(text, at),
    )
}

fn common(value: &str, prefix: &str) -> usize {
    let is_there = value
        .get(..prefix.len())
        .is_some_and(|head| head.eq_ignore_ascii_case(prefix));
    if is_there { prefix.len() } else { 0 }
}

fn label_of(log: Search, qualifier: &Qualifier, value: &str) -> Option<String> {
    log.value_label(qualifier.name, value).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activity::kind::tests::search;
    use domain::query::complete;

    fn proposed(text: &str) -> Vec<Proposal> {
        search(|log| at_once(log, text, &complete(text, text.len()), &[]))
    }

    #[test]
    fn the_beginning_of_a_qualifier_proposes_its_few_values() {
        let inserts: Vec<String> = proposed("actor:sara outc")
            .into_iter()
            .map(|p| p.insert)
            .collect();
        assert_eq!(
            inserts,
            ["outcome:success", "outcome:pending", "outcome:failed"]
        );
    }

    #[test]
    fn a_chosen_value_ends_its_term() {
        let text = "category:cou -actor:system";
        let proposals = search(|log| at_once(log, text, &complete(text, 12), &[]));
        let first = proposals.first().unwrap();
        assert_eq!(first.insert, "coupons");
        assert_eq!(
            first.applied_to(text, false),
            ("category:coupons -actor:system".to_owned(), 17)
        );
    }

    #[test]
    fn a_qualifier_waits_for_its_value() {
        let first = proposed("act").into_iter().next().unwrap();
        assert_eq!(first.applied_to("act", true), ("-actor:".to_owned(), 7));
        assert!(!first.is_whole);
    }

    #[test]
    fn whoever_types_a_synonym_is_proposed_the_synonym() {
        let inserts: Vec<String> = proposed("us").into_iter().map(|p| p.insert).collect();
        assert_eq!(inserts, ["user:"]);
    }

    #[test]
    fn nothing_typed_proposes_the_last_queries() {
        let queries = ["order:1042 created:7d".to_owned()];
        let proposals = search(|log| at_once(log, "", &complete("", 0), &queries));
        assert_eq!(
            proposals.last().unwrap().applied_to("", false).0,
            queries[0]
        );
    }
}
