//! What the entry of an erasure (`log.erased`) tells: how many went, of which kinds, why, of which filter, and what stayed.

use super::work::Cause;
use domain::view::ErasureReport;
use serde_json::{Value, json};

/// The entry's description and its details. `held`: how many a legal hold kept.
pub(super) fn told(cause: &Cause, held: i64, report: &ErasureReport) -> (String, Value) {
    let count = report.activities + report.messages;
    let mut details = cause.details.clone();
    if let Some(object) = details.as_object_mut() {
        let mut tell = |what: &str, value: Value| object.insert(what.to_owned(), value);
        tell("reason", json!(cause.reason));
        tell("count", json!(count));
        tell("kinds", json!(report.kinds));
        tell("held", json!(held));
        if let Some(typed) = report.typed {
            tell("typed", json!(typed));
        }
        for (what, n) in [
            ("attachments", report.attachments),
            ("exports", report.exports),
            ("records", report.records),
            ("others", report.others),
            ("changed", report.changed),
            ("turned", report.turned),
            ("gone", report.gone),
        ] {
            if n > 0 {
                tell(what, json!(n));
            }
        }
    }
    let words = match report.typed.filter(|typed| *typed > count) {
        Some(typed) => format!("{count} of {typed} erased: {}", cause.reason),
        None => format!("{count} erased: {}", cause.reason),
    };
    (words, details)
}
