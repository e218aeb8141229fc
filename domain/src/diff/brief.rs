//! A value in a few words, for a row of the list.

use crate::Change;
use serde_json::Value;
use std::fmt;

/// How many characters of a text a line shows.
const LINE_CHARS: usize = 40;

/// A value in one line; [`fmt::Display`] gives it in English.
#[derive(Debug, Clone, PartialEq)]
pub enum Brief {
    /// Null or an empty text.
    Nothing,
    /// True or false.
    Truth(bool),
    /// A number, as it was sent; the caller formats it.
    Number(serde_json::Number),
    /// A text, at most 40 characters, cut with an ellipsis.
    Text(String),
    /// A list of so many items.
    Items(usize),
    /// An object of so many fields.
    Fields(usize),
}

impl fmt::Display for Brief {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("—"),
            Self::Truth(truth) => truth.fmt(f),
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => f.write_str(text),
            Self::Items(1) => f.write_str("1 item"),
            Self::Items(count) => write!(f, "{count} items"),
            Self::Fields(1) => f.write_str("1 field"),
            Self::Fields(count) => write!(f, "{count} fields"),
        }
    }
}

/// A value in one line. A list of one to three short words or numbers is written out.
pub fn brief(value: &Value) -> Brief {
    match value {
        Value::Null => Brief::Nothing,
        Value::Bool(truth) => Brief::Truth(*truth),
        Value::Number(number) => Brief::Number(number.clone()),
        Value::String(text) if text.trim().is_empty() => Brief::Nothing,
        Value::String(text) => Brief::Text(line(text, 0)),
        Value::Array(items) => written_out(items).map_or(Brief::Items(items.len()), Brief::Text),
        Value::Object(fields) => Brief::Fields(fields.len()),
    }
}

/// Before and after of a change in one line each, in English. Of two long texts that begin alike the
/// lines begin at the word that differs.
pub fn summary_of(change: &Change) -> (String, String) {
    if let (Value::String(before), Value::String(after)) = (&change.before, &change.after)
        && let Some(from) = first_difference(before, after)
    {
        return (line(before, from), line(after, from));
    }
    (
        brief(&change.before).to_string(),
        brief(&change.after).to_string(),
    )
}

fn written_out(items: &[Value]) -> Option<String> {
    if items.is_empty() || items.len() > 3 {
        return None;
    }
    let words: Option<Vec<String>> = items
        .iter()
        .map(|item| match item {
            Value::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        })
        .collect();
    words
        .map(|words| words.join(", "))
        .filter(|text| text.chars().count() <= LINE_CHARS && !text.contains('\n'))
}

/// Where the word begins in which two texts first differ, when one of them would be cut before it shows.
fn first_difference(before: &str, after: &str) -> Option<usize> {
    let is_cut = |text: &str| text.chars().nth(LINE_CHARS).is_some();
    if before == after || !(is_cut(before) || is_cut(after)) {
        return None;
    }
    let at = before
        .char_indices()
        .zip(after.chars())
        .find(|((_, a), b)| a != b)
        .map_or(before.len().min(after.len()), |((at, _), _)| at);
    let word = before[..at].rfind(char::is_whitespace).map_or(0, |gap| {
        gap + before[gap..].chars().next().map_or(1, char::len_utf8)
    });
    (before[..word].chars().count() > LINE_CHARS / 2).then_some(word)
}

/// At most 40 characters from a place on, white space as single spaces, cut ends marked.
fn line(text: &str, from: usize) -> String {
    let mut out = String::new();
    if from > 0 {
        out.push('…');
    }
    let words = text.get(from..).unwrap_or_default().split_whitespace();
    let mut count = out.chars().count();
    for (at, word) in words.enumerate() {
        if at > 0 {
            out.push(' ');
            count += 1;
        }
        for c in word.chars() {
            if count >= LINE_CHARS {
                out.truncate(out.trim_end().len());
                out.push('…');
                return out;
            }
            out.push(c);
            count += 1;
        }
    }
    out
}
