//! The query string, read name by name: what is not known is refused, as in bodies.

use domain::{Code, FieldProblem, Problem};
use percent_encoding::percent_decode_str;
use std::borrow::Cow;

/// What is said of a value whose bytes are no text.
const NOT_UTF8: &str =
    "is not UTF-8 once its percent-encoding is read; encode the text as UTF-8 first";

/// The parameters of one call.
pub struct Params<'a> {
    pairs: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

impl<'a> Params<'a> {
    /// Reads a query string that may hold each of `known` once.
    ///
    /// # Errors
    /// `invalid_fields` that names each parameter that is unknown, given twice, holds a NUL or is no UTF-8;
    /// `invalid_query` when that is `q` and nothing else is wrong.
    pub fn read(query: Option<&'a str>, known: &[&str]) -> Result<Self, Problem> {
        let query = query.unwrap_or_default();
        let pairs: Vec<_> = form_urlencoded::parse(query.as_bytes()).collect();
        // The same parts as `parse` makes pairs of, which puts U+FFFD for what is no UTF-8.
        let parts = query.split('&').filter(|part| !part.is_empty());
        let are_text: Vec<_> = parts
            .map(|part| percent_decode_str(part).decode_utf8().is_ok())
            .collect();
        let mut wrong = Vec::new();
        for (at, (name, value)) in pairs.iter().enumerate() {
            let shown: String = name.chars().take(100).collect();
            if !known.contains(&name.as_ref()) {
                wrong.push(problem(&shown, "unknown", unknown(&shown, known)));
            } else if pairs[..at].iter().any(|(earlier, _)| earlier == name) {
                wrong.push(problem(
                    &shown,
                    "contradiction",
                    format!("`{shown}` is given twice"),
                ));
            } else if value.contains('\0') {
                let message = "holds a NUL character (U+0000), which nothing can contain";
                wrong.push(problem(&shown, "format", message.to_owned()));
            } else if are_text.get(at) == Some(&false) {
                wrong.push(problem(&shown, "format", NOT_UTF8.to_owned()));
            }
        }
        if let [only] = wrong.as_slice()
            && only.pointer == "q"
            && only.message == NOT_UTF8
        {
            return Err(Problem {
                fields: wrong,
                ..Problem::new(Code::InvalidQuery, format!("`q` {NOT_UTF8}"))
            });
        }
        wrong.truncate(50);
        if wrong.is_empty() {
            Ok(Self { pairs })
        } else {
            Err(Problem::invalid_fields(wrong))
        }
    }

    /// The value of a parameter; an empty one counts as absent.
    pub fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.pairs.iter().find(|(known, _)| known == name)?;
        Some(value.as_ref()).filter(|value| !value.is_empty())
    }

    /// A whole number from `least` to `most`, or `default` when it is absent.
    ///
    /// # Errors
    /// `invalid_fields` when it is no such number.
    pub fn number(&self, name: &str, least: u32, most: u32, default: u32) -> Result<u32, Problem> {
        let Some(text) = self.get(name) else {
            return Ok(default);
        };
        text.parse()
            .ok()
            .filter(|number| (least..=most).contains(number))
            .ok_or_else(|| {
                let shown: String = text.chars().take(30).collect();
                Problem::field(
                    name,
                    "out_of_range",
                    format!("a whole number from {least} to {most}, this is `{shown}`"),
                )
            })
    }
}

fn unknown(name: &str, known: &[&str]) -> String {
    match known {
        [] => format!("`{name}` is not known; this call takes no query parameters"),
        known => format!(
            "`{name}` is not a query parameter here; known are {}",
            known.join(", ")
        ),
    }
}

fn problem(pointer: &str, code: &str, message: String) -> FieldProblem {
    FieldProblem {
        pointer: pointer.to_owned(),
        code: code.to_owned(),
        message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_parameter_counts_as_absent() {
        let params =
            Params::read(Some("q=&limit=5&after=a%20b"), &["q", "limit", "after"]).unwrap();
        assert_eq!(params.get("q"), None);
        assert_eq!(params.get("after"), Some("a b"));
        assert_eq!(params.number("limit", 1, 10, 3), Ok(5));
        assert_eq!(params.number("q", 1, 10, 3), Ok(3));
    }

    #[test]
    fn what_is_unknown_double_or_nul_is_named() {
        let problem = Params::read(Some("q=1&Limit=5&q=2&z=%00"), &["q", "z"])
            .err()
            .unwrap();
        let named: Vec<_> = problem
            .fields
            .iter()
            .map(|f| (f.pointer.as_str(), f.code.as_str()))
            .collect();
        assert_eq!(
            named,
            [
                ("Limit", "unknown"),
                ("q", "contradiction"),
                ("z", "format")
            ]
        );
    }

    #[test]
    fn what_is_no_utf8_is_named_and_what_only_looks_like_it_is_read() {
        let refused = |query| Params::read(Some(query), &["q", "after"]).err().unwrap();
        let problem = refused("limit&after=1&q=%ff");
        assert_eq!(problem.code, Code::InvalidFields);
        let named: Vec<_> = problem.fields.iter().map(|f| f.pointer.as_str()).collect();
        assert_eq!(named, ["limit", "q"]);
        let problem = refused("&after=a&&q=a%C3");
        assert_eq!(problem.code, Code::InvalidQuery);
        assert_eq!(problem.fields[0].pointer, "q");
        assert_eq!(problem.fields[0].code, "format");
        assert_eq!(refused("after=%ff").code, Code::InvalidFields);
        let params = Params::read(Some("q=%EF%BF%BD%25ff+%D8%A7"), &["q"]).unwrap();
        assert_eq!(params.get("q"), Some("\u{FFFD}%ff \u{627}"));
    }

    #[test]
    fn a_number_out_of_bounds_is_refused() {
        for text in ["limit=0", "limit=11", "limit=-1", "limit=x", "limit=1.5"] {
            let params = Params::read(Some(text), &["limit"]).unwrap();
            let problem = params.number("limit", 1, 10, 3).unwrap_err();
            assert_eq!(problem.fields[0].pointer, "limit", "{text}");
        }
    }
}
