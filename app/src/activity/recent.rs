//! The last queries of this browser, proposed when nothing is typed yet.

use crate::activity::browser;

const MAX: usize = 5;

/// A person's last queries of a log, newest first.
pub fn recent(log: &str, person: &str) -> Vec<String> {
    browser::kept(&name(log, person))
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default()
}

/// Remembers a query. One that another continues gives way to it.
pub fn remember(log: &str, person: &str, q: &str) {
    if q.is_empty() || !browser::IS_HERE {
        return;
    }
    let mut queries = recent(log, person);
    queries.retain(|other| !q.starts_with(other.as_str()));
    queries.insert(0, q.to_owned());
    queries.truncate(MAX);
    if let Ok(text) = serde_json::to_string(&queries) {
        browser::keep(&name(log, person), &text);
    }
}

/// Each person of this browser has their own, for each log.
fn name(log: &str, person: &str) -> String {
    format!("storetrail.{log}.recent.{person}")
}
