//! From a form to a key that is to be made.

use super::NewKey;
use crate::context::RequestContext;
use chrono::{DateTime, TimeDelta, Utc};
use domain::view::{self, KeyView};
use domain::{Category, CategorySet, Role};

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

/// What the form asks for. Names that are no category are left out: the form offers none.
pub(super) fn key(
    name: String,
    role: Role,
    categories: &str,
    networks: &str,
    days: u32,
    now: DateTime<Utc>,
) -> view::NewKey {
    let parts = |text: &str| -> Vec<String> {
        let parts = text.split([',', ' ', '\n']).map(str::trim);
        parts
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let chosen: Vec<Category> = parts(categories)
        .iter()
        .filter_map(|name| name.parse().ok())
        .collect();
    view::NewKey {
        name,
        role,
        categories: (!chosen.is_empty()).then(|| CategorySet::of(&chosen)),
        networks: parts(networks),
        expires_at: (days > 0).then(|| now + TimeDelta::days(i64::from(days.min(3_650)))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(categories: &str, networks: &str, days: u32) -> view::NewKey {
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
}
