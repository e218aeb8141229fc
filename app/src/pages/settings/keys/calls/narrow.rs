//! From a form to a key that is to be made.

use super::NewKey;
use crate::context::RequestContext;
use chrono::{DateTime, TimeDelta, Utc};
use domain::view::{self, KeyView};
use domain::{Category, CategorySet, Problem, Role};

impl NewKey {
    /// The key with what a program needs to use it.
    pub(super) fn of(context: &RequestContext, key: KeyView, secret: String) -> Self {
        Self {
            key,
            secret,
            public_url: context.public_url.to_string(),
        }
    }
}

/// What the form asks for; 0 `days` is never.
///
/// # Errors
/// Invalid fields: `categories` names one that there is not, or `days` are more than [`view::NewKey::MOST_DAYS`]. To leave either out
/// would make a key that opens more than was asked for.
pub(super) fn key(
    name: String,
    role: Role,
    categories: &str,
    networks: &str,
    days: u32,
    now: DateTime<Utc>,
) -> Result<view::NewKey, Problem> {
    let parts = |text: &str| -> Vec<String> {
        let parts = text.split([',', ' ', '\n']).map(str::trim);
        parts
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let mut chosen = Vec::new();
    for name in parts(categories) {
        let category = name.parse::<Category>();
        chosen.push(category.map_err(|()| no_category(&name))?);
    }
    if days > view::NewKey::MOST_DAYS {
        let message = "1 to 3,650 days, or 0 for a key that never ends by itself";
        return Err(Problem::field("days", "out_of_range", message));
    }
    Ok(view::NewKey {
        name,
        role,
        categories: (!chosen.is_empty()).then(|| CategorySet::of(&chosen)),
        networks: parts(networks),
        expires_at: (days > 0).then(|| now + TimeDelta::days(i64::from(days))),
    })
}

/// The refusal of a name that is no category.
fn no_category(name: &str) -> Problem {
    let shown: String = name.chars().take(60).collect();
    let known: Vec<&str> = Category::ALL.iter().map(|known| known.as_str()).collect();
    let message = format!("`{shown}` is no category; one of {}", known.join(", "));
    Problem::field("categories", "unknown", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(categories: &str, networks: &str, days: u32) -> Result<view::NewKey, Problem> {
        let now = DateTime::UNIX_EPOCH;
        key(
            "x".to_owned(),
            Role::Manager,
            categories,
            networks,
            days,
            now,
        )
    }

    fn made(categories: &str, networks: &str, days: u32) -> view::NewKey {
        asked(categories, networks, days).expect("a key")
    }

    #[test]
    fn an_empty_form_narrows_nothing() {
        let key = made("", "  ", 0);
        assert_eq!((key.categories, key.expires_at), (None, None));
        assert!(key.networks.is_empty());
    }

    #[test]
    fn lists_are_separated_by_commas_and_spaces() {
        let key = made("coupons,products", "10.0.0.0/8, 203.0.113.7", 30);
        assert_eq!(key.networks, ["10.0.0.0/8", "203.0.113.7"]);
        let both = CategorySet::of(&[Category::Coupons, Category::Products]);
        assert_eq!(key.categories, Some(both));
        let end = DateTime::UNIX_EPOCH + TimeDelta::days(30);
        assert_eq!(key.expires_at, Some(end));
    }

    #[test]
    fn a_name_that_is_no_category_makes_no_key_without_bounds() {
        for categories in ["nonsense", "coupons,nonsense", "Coupons nonsense"] {
            let refusal = asked(categories, "", 0).expect_err("no key");
            let fields: Vec<_> = refusal.fields.iter().map(|f| &*f.pointer).collect();
            assert_eq!(fields, ["categories"], "{categories}");
            assert_eq!(refusal.code.status(), 422);
        }
    }

    #[test]
    fn an_end_that_is_too_far_away_is_refused_with_its_bounds() {
        let end = DateTime::UNIX_EPOCH + TimeDelta::days(3_650);
        assert_eq!(made("", "", 3_650).expires_at, Some(end));
        for days in [3_651, 99_999, u32::MAX] {
            let refusal = asked("", "", days).expect_err("no key");
            assert_eq!(refusal.fields[0].pointer, "days");
            assert!(refusal.message.contains("1 to 3,650 days"), "{refusal}");
        }
    }
}
