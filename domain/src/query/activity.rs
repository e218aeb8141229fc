//! The edits of [`Dialect`] for the activity log, whose query is read nearly everywhere.

use super::ACTIVITY;

/// The values of a qualifier's positive terms, each once; those of closed lists by their names.
pub fn values_of(text: &str, qualifier: &str) -> Vec<String> {
    ACTIVITY.values_of(text, qualifier)
}

/// The values that a qualifier's negated terms leave out.
pub fn excluded_values_of(text: &str, qualifier: &str) -> Vec<String> {
    ACTIVITY.excluded_values_of(text, qualifier)
}

/// Turns a value on or off. On, it joins the qualifier's first term, or a new term at the end; where it
/// was left out by a minus, that ends. Off, it leaves every positive term of the qualifier.
pub fn toggle_value(text: &str, qualifier: &str, value: &str) -> String {
    ACTIVITY.toggle_value(text, qualifier, value)
}

/// Leaves a value out: it joins the qualifier's first negated term, or a new one, and leaves the positive.
pub fn exclude_value(text: &str, qualifier: &str, value: &str) -> String {
    ACTIVITY.exclude_value(text, qualifier, value)
}

/// Makes exactly these the qualifier's positive values, in one term; none removes it. What stands there
/// already keeps its writing.
pub fn set_values(text: &str, qualifier: &str, values: &[impl AsRef<str>]) -> String {
    ACTIVITY.set_values(text, qualifier, values)
}

/// Makes `value` the only positive `created:`, such as `7d` or `2026-11-01..2026-11-20`; none removes it.
pub fn set_created(text: &str, value: Option<&str>) -> String {
    ACTIVITY.set_created(text, value)
}

/// Adds a term as written, such as `-actor:system`, unless it stands there already.
pub fn add_term(text: &str, term: &str) -> String {
    ACTIVITY.add_term(text, term)
}

/// The text without one of its [`Query::terms`].
pub fn without_term(text: &str, index: usize) -> String {
    ACTIVITY.without_term(text, index)
}
