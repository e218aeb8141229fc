//! What the entry of an erasure (`log.erased`) tells besides, in the words of the page.

use crate::erase::kinds_of;
use crate::exports::words::source_label;
use crate::i18n::{Locale, tr};
use domain::export::Source;
use serde_json::Value;

/// What a field of its details is called; none for one that is not known.
pub fn label(locale: Locale, field: &str) -> Option<&'static str> {
    Some(match field {
        "erasure" => tr!(locale, erase.told.erasure),
        "cause" => tr!(locale, erase.told.cause),
        "log" => tr!(locale, erase.told.log),
        "q" => tr!(locale, erase.told.q),
        "picked" => tr!(locale, erase.told.picked),
        "excepted" => tr!(locale, erase.told.excepted),
        "reason" => tr!(locale, erase.told.reason),
        "count" => tr!(locale, erase.told.count),
        "kinds" => tr!(locale, erase.told.kinds),
        "held" => tr!(locale, erase.told.held),
        "typed" => tr!(locale, erase.told.typed),
        "changed" => tr!(locale, erase.told.changed),
        "turned" => tr!(locale, erase.told.turned),
        "gone" => tr!(locale, erase.told.gone),
        "attachments" => tr!(locale, erase.kind.attachments),
        "exports" => tr!(locale, erase.kind.exports),
        "records" => tr!(locale, erase.kind.records),
        "others" => tr!(locale, erase.kind.others),
        _ => return None,
    })
}

/// A value of its details that is a word of a closed list, or how many of which kind; none for others.
pub fn value(locale: Locale, field: &str, value: &Value) -> Option<String> {
    match (field, value) {
        ("cause", Value::String(cause)) => {
            let words = match cause.as_str() {
                "selection" => tr!(locale, erase.told.selection),
                "person" => tr!(locale, erase.told.person),
                "retention" => tr!(locale, erase.told.retention),
                _ => return None,
            };
            Some(words.to_owned())
        }
        ("log", Value::String(log)) => {
            let source = log.parse::<Source>().ok()?;
            Some(source_label(locale, source).to_owned())
        }
        ("kinds", Value::Object(kinds)) if !kinds.is_empty() => {
            let count = |(kind, n): (&String, &Value)| Some((kind.clone(), n.as_u64()?));
            let mut kinds = kinds.iter().map(count).collect::<Option<Vec<_>>>()?;
            kinds.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
            Some(kinds_of(locale, &kinds))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_an_erasure_tells_is_said_in_the_language_of_the_page() {
        assert_eq!(label(Locale::en, "held"), Some("Kept for a legal hold"));
        assert_eq!(label(Locale::ar, "reason"), Some("السبب"));
        assert_eq!(label(Locale::en, "entries"), None);
        let said = |field, told: Value| value(Locale::en, field, &told);
        assert_eq!(said("cause", json!("person")).unwrap(), "A person");
        assert_eq!(said("log", json!("activity")).unwrap(), "Activity");
        let kinds = said("kinds", json!({"coupons": 1, "products": 4})).unwrap();
        assert!(kinds.starts_with("Products 4"), "{kinds}");
        assert_eq!(said("count", json!(5)), None);
    }
}
