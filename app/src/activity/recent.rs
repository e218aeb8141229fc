//! The last queries of this browser, proposed when nothing is typed yet.

use crate::activity::browser;

const NAME: &str = "storetrail.activity.recent";
const MAX: usize = 5;

/// A person's last queries, newest first.
pub fn recent(person: &str) -> Vec<String> {
    browser::kept(&name(person))
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default()
}

/// Remembers a query. One that another continues gives way to it.
pub fn remember(person: &str, q: &str) {
    if q.is_empty() || !browser::IS_HERE {
        return;
    }
    let mut queries = recent(person);
    queries.retain(|other| !q.starts_with(other.as_str()));
    queries.insert(0, q.to_owned());
    queries.truncate(MAX);
    if let Ok(text) = serde_json::to_string(&queries) {
        browser::keep(&name(person), &text);
    }
}

/// Each person of this browser has their own.
fn name(person: &str) -> String {
    format!("{NAME}.{person}")
}
