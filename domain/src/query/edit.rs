//! Edits of the text by the interface: menus, tabs, the histogram and the table write the query.
//!
//! The terms that an edit is not about stay exactly as typed. Values are given and returned without
//! quotes and escapes. A trailing `*` is a prefix for `action:`, `subject:`, `about:` and closed lists;
//! elsewhere a value that is given is taken whole, while one that stands in the text is kept as it is.

use super::quote::{quote_value, quoted};
use super::value::{Meaning, meaning};
use super::{Body, Dialect, Qualifier, Query, Term, Value, ValueKind};
use crate::{Has, fold};

/// What becomes of a term.
pub(super) enum Edit {
    Keep,
    Drop,
    Replace(String),
}

impl Dialect {
    /// The values of a qualifier's positive terms, each once; those of closed lists by their names.
    pub fn values_of(&'static self, text: &str, qualifier: &str) -> Vec<String> {
        collect(&Query::parse_as(text, self), qualifier, false)
    }

    /// The values that a qualifier's negated terms leave out.
    pub fn excluded_values_of(&'static self, text: &str, qualifier: &str) -> Vec<String> {
        collect(&Query::parse_as(text, self), qualifier, true)
    }

    /// Turns a value on or off. On, it joins the qualifier's first term, or a new term at the end; where it
    /// was left out by a minus, that ends. Off, it leaves every positive term of the qualifier.
    pub fn toggle_value(&'static self, text: &str, qualifier: &str, value: &str) -> String {
        let query = Query::parse_as(text, self);
        let is_on = collect(&query, qualifier, false)
            .iter()
            .any(|there| is_same(there, value));
        if is_on {
            edited(&query, None, |term| {
                minus(&query, term, qualifier, false, &[value])
            })
        } else {
            with_value(&query, qualifier, value, false, &[value])
        }
    }

    /// Leaves a value out: it joins the qualifier's first negated term, or a new one, and leaves the positive.
    pub fn exclude_value(&'static self, text: &str, qualifier: &str, value: &str) -> String {
        let query = Query::parse_as(text, self);
        let is_out = collect(&query, qualifier, true)
            .iter()
            .any(|there| is_same(there, value));
        if is_out {
            edited(&query, None, |term| {
                minus(&query, term, qualifier, false, &[value])
            })
        } else {
            with_value(&query, qualifier, value, true, &[value])
        }
    }

    /// Makes exactly these the qualifier's positive values, in one term; none removes it. What stands there
    /// already keeps its writing.
    pub fn set_values(
        &'static self,
        text: &str,
        qualifier: &str,
        values: &[impl AsRef<str>],
    ) -> String {
        let query = Query::parse_as(text, self);
        let Some(known) = query.dialect.find(qualifier) else {
            return text.to_owned();
        };
        let mut wanted: Vec<&str> = Vec::new();
        for value in values.iter().map(AsRef::as_ref) {
            if !is_blank(value) && !wanted.iter().any(|other| is_same(other, value)) {
                wanted.push(value);
            }
        }
        let terms = terms_of(&query, qualifier, false);
        let mut sources: Vec<String> = Vec::new();
        let mut missing = wanted.clone();
        for value in terms.iter().flat_map(|at| query.terms[*at].values()) {
            if let [form] = forms(known, value).as_slice()
                && let Some(at) = missing.iter().position(|want| is_same(want, form))
            {
                missing.remove(at);
                sources.push(source(&query, value));
            }
        }
        sources.extend(missing.iter().map(|value| source_of(known, value)));
        let is_there = missing.is_empty()
            && matches!(terms.as_slice(), [at] if query.terms[*at].values().len() == sources.len());
        if is_there {
            return edited(&query, None, |term| {
                minus(&query, term, qualifier, true, &wanted)
            });
        }
        put(&query, known, &terms, &sources, |term| {
            minus(&query, term, qualifier, true, &wanted)
        })
    }

    /// Makes `value` the only positive `created:`, such as `7d` or `2026-11-01..2026-11-20`; none removes it.
    pub fn set_created(&'static self, text: &str, value: Option<&str>) -> String {
        let query = Query::parse_as(text, self);
        let Some(known) = query.dialect.find("created") else {
            return text.to_owned();
        };
        let terms = terms_of(&query, known.name, false);
        if let ([at], Some(value)) = (terms.as_slice(), value)
            && let [there] = query.terms[*at].values()
            && there.text == value
        {
            return text.to_owned();
        }
        let sources: Vec<String> = value.map(quote_value).into_iter().collect();
        put(&query, known, &terms, &sources, |_| Edit::Keep)
    }

    /// Adds a term as written, such as `-actor:system`, unless it stands there already.
    pub fn add_term(&'static self, text: &str, term: &str) -> String {
        let query = Query::parse_as(text, self);
        let term = term.trim();
        if term.is_empty()
            || query
                .terms()
                .iter()
                .any(|there| query.text_of(there) == term)
        {
            return text.to_owned();
        }
        edited(&query, Some(term.to_owned()), |_| Edit::Keep)
    }

    /// The text without one of its [`Query::terms`].
    pub fn without_term(&'static self, text: &str, index: usize) -> String {
        let query = Query::parse_as(text, self);
        let Some(dropped) = query.terms().get(index).map(|term| term.from) else {
            return text.to_owned();
        };
        edited(&query, None, |term| {
            if term.from == dropped {
                Edit::Drop
            } else {
                Edit::Keep
            }
        })
    }
}

fn collect(query: &Query, qualifier: &str, is_negated: bool) -> Vec<String> {
    collect_where(query, qualifier, is_negated, |_, _, _| true)
}

/// The values of a qualifier's terms of that sign that `keeps` keeps, each once; those of closed lists by their names.
pub(super) fn collect_where(
    query: &Query,
    qualifier: &str,
    is_negated: bool,
    keeps: impl Fn(&Qualifier, &Value, &str) -> bool,
) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for at in terms_of(query, qualifier, is_negated) {
        let Body::Qualified {
            qualifier, values, ..
        } = &query.terms[at].body
        else {
            continue;
        };
        for value in values {
            for form in forms(qualifier, value) {
                if keeps(qualifier, value, &form) && !found.contains(&form) {
                    found.push(form);
                }
            }
        }
    }
    found
}

/// The indexes of a qualifier's terms, by whichever of its words.
fn terms_of(query: &Query, qualifier: &str, is_negated: bool) -> Vec<usize> {
    let Some(known) = query.dialect.find(qualifier) else {
        return Vec::new();
    };
    let is_it = |term: &Term| term.is_negated == is_negated && term.qualifier() == Some(known.name);
    (0..query.terms.len())
        .filter(|at| is_it(&query.terms[*at]))
        .collect()
}

/// What a value is called outside the text: its plain form, or each name of a closed list that it covers.
fn forms(qualifier: &Qualifier, value: &Value) -> Vec<String> {
    let names = |all: Vec<&'static str>| all.into_iter().map(str::to_owned).collect();
    match (qualifier.values, meaning(qualifier, value)) {
        (ValueKind::Category, Ok(Meaning::Categories(set))) => {
            names(set.iter().map(|c| c.as_str()).collect())
        }
        (ValueKind::OneOf(all), Ok(Meaning::Members(bits))) => names(
            (0..)
                .zip(all)
                .filter(|(place, _)| bits >> place & 1 == 1)
                .map(|(_, name)| *name)
                .collect(),
        ),
        (ValueKind::Outcome, Ok(Meaning::Outcomes(set))) => {
            names(set.iter().map(|o| o.as_str()).collect())
        }
        (ValueKind::Has, Ok(Meaning::Has(set))) => names(
            Has::NAMES
                .iter()
                .filter(|(_, part)| set.meets(*part))
                .map(|(name, _)| *name)
                .collect(),
        ),
        _ => {
            let star = if value.is_prefix { "*" } else { "" };
            vec![format!("{}{star}", value.text)]
        }
    }
}

/// Whether two plain forms find the same.
pub(super) fn is_same(one: &str, other: &str) -> bool {
    one == other || fold(one) == fold(other)
}

fn is_blank(value: &str) -> bool {
    fold(value).is_empty()
}

/// A value as it stands, its quote closed.
fn source(query: &Query, value: &Value) -> String {
    if value.is_closed {
        query.text[value.from..value.to].to_owned()
    } else {
        quoted(&value.text)
    }
}

/// How a value is written.
fn source_of(qualifier: &Qualifier, value: &str) -> String {
    let takes_star = !matches!(qualifier.values, ValueKind::Word | ValueKind::Address);
    match value.strip_suffix('*').filter(|_| takes_star) {
        Some("") => "*".to_owned(),
        Some(stem) => format!("{}*", quote_value(stem)),
        None => quote_value(value),
    }
}

/// The term with one value more; those `against` it leave the terms of the other sign.
pub(super) fn with_value(
    query: &Query,
    qualifier: &str,
    value: &str,
    is_negated: bool,
    against: &[impl AsRef<str>],
) -> String {
    let Some(known) = query.dialect.find(qualifier).filter(|_| !is_blank(value)) else {
        return query.text.clone();
    };
    let new = source_of(known, value);
    let Some(&first) = terms_of(query, qualifier, is_negated).first() else {
        let sign = if is_negated { "-" } else { "" };
        let term = format!("{sign}{}:{new}", word_in(query, known));
        return edited(query, Some(term), |term| {
            minus(query, term, qualifier, !is_negated, against)
        });
    };
    let joined = &query.terms[first];
    let mut sources: Vec<String> = joined.values().iter().map(|v| source(query, v)).collect();
    sources.push(new);
    edited(query, None, |term| {
        if term.from == joined.from {
            Edit::Replace(rewritten(query, term, &sources))
        } else {
            minus(query, term, qualifier, !is_negated, against)
        }
    })
}

/// The word by which the query already names a qualifier, a synonym where that was typed; its name where none stands.
fn word_in(query: &Query, known: &Qualifier) -> &'static str {
    let typed = query.terms.iter().find_map(|term| match &term.body {
        Body::Qualified {
            qualifier,
            values_from,
            ..
        } if qualifier.name == known.name => query.text.get(term.from..*values_from),
        _ => None,
    });
    let typed = typed.map(|head| head.trim_start_matches('-').trim_end_matches(':'));
    let mut synonyms = query.dialect.synonyms.iter();
    synonyms
        .find(|(word, meant)| {
            *meant == known.name && typed.is_some_and(|typed| word.eq_ignore_ascii_case(typed))
        })
        .map_or(known.name, |(word, _)| *word)
}

/// A term without some values, when it is the qualifier's and of that sign.
pub(super) fn minus(
    query: &Query,
    term: &Term,
    name: &str,
    is_negated: bool,
    values: &[impl AsRef<str>],
) -> Edit {
    let Body::Qualified {
        qualifier,
        values: there,
        ..
    } = &term.body
    else {
        return Edit::Keep;
    };
    let is_it = query.dialect.find(name) == Some(*qualifier);
    if term.is_negated != is_negated || !is_it {
        return Edit::Keep;
    }
    let mut left: Vec<String> = Vec::new();
    let mut is_touched = false;
    for value in there {
        let mut all = forms(qualifier, value);
        let count = all.len();
        all.retain(|form| {
            !values
                .iter()
                .any(|unwanted| is_same(form, unwanted.as_ref()))
        });
        if all.len() == count {
            left.push(source(query, value));
        } else {
            is_touched = true;
            // Only names of closed lists come several to a value, and they need no quotes.
            left.extend(all);
        }
    }
    match (is_touched, left.is_empty()) {
        (false, _) => Edit::Keep,
        (true, true) => Edit::Drop,
        (true, false) => Edit::Replace(rewritten(query, term, &left)),
    }
}

/// A term as typed up to its colon, with these values.
fn rewritten(query: &Query, term: &Term, sources: &[String]) -> String {
    let head = match &term.body {
        Body::Qualified { values_from, .. } => &query.text[term.from..*values_from],
        _ => "",
    };
    format!("{head}{}", sources.join(","))
}

/// Puts the values into the first of the qualifier's terms and drops the rest; or adds a term.
fn put(
    query: &Query,
    qualifier: &Qualifier,
    terms: &[usize],
    sources: &[String],
    others: impl Fn(&Term) -> Edit,
) -> String {
    let place = terms.first().map(|at| query.terms[*at].from);
    let is_one = |term: &Term| terms.iter().any(|at| query.terms[*at].from == term.from);
    let extra = (place.is_none() && !sources.is_empty())
        .then(|| format!("{}:{}", word_in(query, qualifier), sources.join(",")));
    edited(query, extra, |term| {
        if Some(term.from) == place && !sources.is_empty() {
            Edit::Replace(rewritten(query, term, sources))
        } else if is_one(term) {
            Edit::Drop
        } else {
            others(term)
        }
    })
}

/// The text with every term kept, dropped or replaced, and perhaps one more at its end.
pub(super) fn edited(query: &Query, extra: Option<String>, edit: impl Fn(&Term) -> Edit) -> String {
    let text = query.text.as_str();
    let mut out = String::with_capacity(text.len() + 16);
    let (mut at, mut has_dropped) = (0, false);
    for term in &query.terms {
        let gap = &text[at..term.from];
        at = term.to;
        let new = match edit(term) {
            Edit::Keep if extra.is_some() => closed(query, term),
            Edit::Keep => query.text_of(term).to_owned(),
            Edit::Replace(new) => new,
            Edit::Drop => {
                has_dropped = true;
                continue;
            }
        };
        if !(out.is_empty() && has_dropped) {
            out.push_str(gap);
        }
        out.push_str(&new);
    }
    let tail = &text[at..];
    out.push_str(if has_dropped || extra.is_some() {
        tail.trim_end_matches(super::quote::is_gap)
    } else {
        tail
    });
    if let Some(extra) = extra {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(&extra);
    }
    out
}

/// A term with its quote closed, so that what follows is not part of the phrase.
fn closed(query: &Query, term: &Term) -> String {
    match term.values().last() {
        Some(value) if !value.is_closed => {
            format!(
                "{}{}",
                &query.text[term.from..value.from],
                quoted(&value.text)
            )
        }
        _ => query.text_of(term).to_owned(),
    }
}
