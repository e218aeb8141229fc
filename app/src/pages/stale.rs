//! What is said of a form that was loaded before somebody else saved: who did, and what it is now.

use crate::AppError;
use crate::i18n::{Locale, tr};
use serde_json::Value;

/// Who changed meanwhile what a form was loaded with, and what it is now; none when it was refused for another reason.
/// `words` says a field with its value, and leaves out what it doesn't know.
pub fn stale_text(
    locale: Locale,
    error: &AppError,
    words: impl Fn(&str, &Value) -> Option<String>,
) -> Option<String> {
    let problem = &error.0;
    if !problem.is_stale() {
        return None;
    }
    let who = problem
        .changed_by()
        .unwrap_or(tr!(locale, common.stale.somebody));
    let now: Vec<String> = problem
        .changed_to()
        .filter_map(|(field, value)| words(field, &crate::wire::read(value).ok()?))
        .collect();
    Some(if now.is_empty() {
        tr!(locale, common.stale.lately, who = who)
    } else {
        let now = now.join("; ");
        tr!(locale, common.stale.now, who = who, now = now.as_str())
    })
}

/// A field with what it is now: a list with commas.
pub fn field_now(label: &str, value: &Value) -> String {
    let plain = |value: &Value| match value {
        Value::Null => "–".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let words = match value {
        Value::Array(values) => values.iter().map(plain).collect::<Vec<_>>().join(", "),
        one => plain(one),
    };
    format!("{label}: {words}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Code, Problem};

    fn said(locale: Locale, problem: Problem) -> Option<String> {
        stale_text(locale, &AppError(problem), |field, value| {
            (field == "name").then(|| field_now("Name", value))
        })
    }

    #[test]
    fn a_form_that_comes_too_late_says_by_whom_and_what_it_is_now() {
        let now = [
            ("name".to_owned(), "\"Desk\"".to_owned()),
            ("number".to_owned(), "3".to_owned()),
        ];
        let stale = Problem::stale(Some("Hala"), &now);
        assert_eq!(
            said(Locale::en, stale.clone()).as_deref(),
            Some(
                "Hala changed this meanwhile. Now: Name: Desk. Nothing was saved: load the page again."
            )
        );
        assert!(said(Locale::ar, stale).is_some_and(|text| text.contains("Desk")));
        let unknown = said(Locale::en, Problem::stale(None, &[]));
        assert!(unknown.is_some_and(|text| text.starts_with("Somebody changed this a moment ago")));
        assert_eq!(
            said(Locale::en, Problem::new(Code::Conflict, "taken")),
            None
        );
    }

    #[test]
    fn lists_stand_with_commas_and_nothing_as_a_dash() {
        let list = serde_json::json!(["a@b.c", "d@e.f"]);
        assert_eq!(field_now("To", &list), "To: a@b.c, d@e.f");
        assert_eq!(field_now("To", &Value::Null), "To: –");
    }
}
