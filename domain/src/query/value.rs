//! What one value means to its qualifier.

use super::error::Fault;
use super::nearest::nearest;
use super::point::{TimeSpec, read_time};
use super::{Mistake, Qualifier, Value, ValueKind};
use crate::message::phone_digits;
use crate::{
    Category, CategorySet, Has, IpRange, Outcome, OutcomeSet, Pattern, SubjectPattern, fold,
};
use uuid::Uuid;

/// A value, understood.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Meaning {
    Pattern(Pattern),
    Categories(CategorySet),
    Outcomes(OutcomeSet),
    Has(Has),
    Ip(IpRange),
    Id(Uuid),
    Subject(SubjectPattern),
    Time(TimeSpec),
    /// Bits by place in the list.
    Members(u32),
}

pub(super) fn meaning(qualifier: &Qualifier, value: &Value) -> Result<Meaning, Fault> {
    let text = value.text.as_str();
    let name = qualifier.name;
    match qualifier.values {
        ValueKind::Address => match phone_digits(text) {
            Some(digits) => Ok(Meaning::Pattern(pattern(&digits, value.is_prefix))),
            None => Ok(Meaning::Pattern(pattern(text, value.is_prefix))),
        },
        ValueKind::OneOf(names) => {
            let all: Vec<(&str, u32)> = names.iter().copied().zip(0..).collect();
            let found = choose(name, value, &all)?;
            Ok(Meaning::Members(
                found.into_iter().fold(0, |bits, place| bits | 1 << place),
            ))
        }
        ValueKind::Word | ValueKind::Action => Ok(Meaning::Pattern(pattern(text, value.is_prefix))),
        ValueKind::Category => {
            let all = Category::ALL.map(|c| (c.as_str(), c));
            let found = choose(name, value, &all)?;
            Ok(Meaning::Categories(found.into_iter().collect()))
        }
        ValueKind::Outcome => {
            let all = Outcome::ALL.map(|o| (o.as_str(), o));
            let found = choose(name, value, &all)?;
            Ok(Meaning::Outcomes(found.into_iter().collect()))
        }
        ValueKind::Has => {
            let found = choose(name, value, &Has::NAMES)?;
            Ok(Meaning::Has(found.into_iter().fold(Has::EMPTY, Has::with)))
        }
        ValueKind::Ip => match IpRange::parse(text) {
            Some(range) if !value.is_prefix => Ok(Meaning::Ip(range)),
            _ => Err(invalid_ip(value)),
        },
        ValueKind::Id => match Uuid::parse_str(text) {
            Ok(id) if !value.is_prefix => Ok(Meaning::Id(id)),
            _ => Err(Fault::new(
                Mistake::InvalidId,
                format!("`{text}` is not the id of an entry"),
                "a whole id, such as 0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e5f",
            )),
        },
        ValueKind::Subject => match reference(text, value.is_prefix)? {
            Some(whole) => Ok(Meaning::Subject(SubjectPattern::TypeAndId(whole))),
            None => Ok(Meaning::Subject(SubjectPattern::Any(pattern(
                text,
                value.is_prefix,
            )))),
        },
        ValueKind::About => match reference(text, value.is_prefix)? {
            Some(whole) => Ok(Meaning::Pattern(whole)),
            None => Err(Fault::new(
                Mistake::InvalidReference,
                format!("`{text}` is not a type and an id"),
                "type/id, such as product/p_981",
            )),
        },
        ValueKind::Time => {
            if value.is_prefix {
                return Err(Fault::new(
                    Mistake::NoPrefix,
                    format!("`{name}:` takes no *"),
                    "a time or range, such as 2026-11-01..2026-11-20",
                )
                .proposing(text.to_owned()));
            }
            read_time(text).map(Meaning::Time)
        }
    }
}

fn pattern(text: &str, is_prefix: bool) -> Pattern {
    Pattern {
        text: fold(text),
        is_prefix,
    }
}

/// `type/id` as a pattern of the whole; none when the part before the slash is not a type.
///
/// Type and id are folded apart, as [`Activity::terms`](crate::Activity::terms) folds them.
fn reference(text: &str, is_prefix: bool) -> Result<Option<Pattern>, Fault> {
    let Some((kind, id)) = text.split_once('/') else {
        return Ok(None);
    };
    let is_type = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if kind.is_empty() || !kind.chars().all(is_type) {
        return Ok(None);
    }
    let id = fold(id);
    if id.is_empty() && !is_prefix {
        return Err(Fault::new(
            Mistake::InvalidReference,
            format!("the id after `{kind}/` is missing"),
            format!("type/id, such as {kind}/981, or {kind}/* for all"),
        )
        .proposing(format!("{kind}/*")));
    }
    Ok(Some(Pattern {
        text: format!("{}/{id}", fold(kind)),
        is_prefix,
    }))
}

/// The members of a closed list that a value names: one, or all that begin with it.
fn choose<T: Copy>(name: &str, value: &Value, all: &[(&str, T)]) -> Result<Vec<T>, Fault> {
    let wanted = fold(&value.text).replace([' ', '-'], "_");
    let found: Vec<T> = all
        .iter()
        .filter(|(word, _)| {
            if value.is_prefix {
                word.starts_with(&wanted)
            } else {
                *word == wanted
            }
        })
        .map(|(_, member)| *member)
        .collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let words: Vec<&str> = all.iter().map(|(word, _)| *word).collect();
    Err(Fault::new(
        Mistake::UnknownValue,
        format!("`{}` is no value of `{name}:`", value.text),
        format!("one of {}", words.join(", ")),
    )
    .of(&words)
    .proposing(nearest(&wanted, words).map(str::to_owned)))
}

/// `10.*` is understood as far as the proposal of `10.0.0.0/8`.
fn invalid_ip(value: &Value) -> Fault {
    let parts: Vec<&str> = value.text.trim_end_matches('.').split('.').collect();
    let is_beginning = value.is_prefix
        && value.text.ends_with('.')
        && parts.len() < 4
        && parts.iter().all(|part| part.parse::<u8>().is_ok());
    let proposal = is_beginning.then(|| {
        let zeros = ".0".repeat(4 - parts.len());
        format!("{}{zeros}/{}", parts.join("."), parts.len() * 8)
    });
    Fault::new(
        Mistake::InvalidIp,
        format!("`{}` is neither an address nor a network", value.text),
        "an address such as 203.0.113.7 or a network such as 10.0.0.0/8",
    )
    .proposing(proposal)
}
