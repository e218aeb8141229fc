//! The query string, read name by name: what is not known is refused, as in bodies.

use domain::{FieldProblem, Problem};
use std::borrow::Cow;

/// The parameters of one call.
pub struct Params<'a> {
    pairs: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

impl<'a> Params<'a> {
    /// Reads a query string that may hold each of `known` once.
    ///
    /// # Errors
    /// `invalid_fields` that names each parameter that is unknown, given twice or holds a NUL.
    pub fn read(query: Option<&'a str>, known: &[&str]) -> Result<Self, Problem> {
        let pairs: Vec<_> = form_urlencoded::parse(query.unwrap_or_default().as_bytes()).collect();
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
            }
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
    fn a_number_out_of_bounds_is_refused() {
        for text in ["limit=0", "limit=11", "limit=-1", "limit=x", "limit=1.5"] {
            let params = Params::read(Some(text), &["limit"]).unwrap();
            let problem = params.number("limit", 1, 10, 3).unwrap_err();
            assert_eq!(problem.fields[0].pointer, "limit", "{text}");
        }
    }
}
