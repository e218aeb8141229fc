//! What was done: `noun.verb`, past tense, and the categories that the shipped ones fix.

use crate::{Category, CategorySet};
use Category as C;

/// An action that ships with Storetrail and the categories it stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShippedAction {
    /// The dotted name, such as `product.updated`.
    pub name: &'static str,
    /// Its categories: fixed, a contradicting one is refused.
    pub categories: CategorySet,
}

const fn shipped(name: &'static str, categories: &[Category]) -> ShippedAction {
    ShippedAction {
        name,
        categories: CategorySet::of(categories),
    }
}

/// The actions that ship (see `docs/glossary.md`); others are accepted as they come.
pub const SHIPPED_ACTIONS: &[ShippedAction] = &[
    shipped("customer.created", &[C::Customers]),
    shipped("customer.updated", &[C::Customers]),
    shipped("customer.blocked", &[C::Customers]),
    shipped("customer.unblocked", &[C::Customers]),
    shipped("customer.added_to_group", &[C::Customers]),
    shipped("customer.removed_from_group", &[C::Customers]),
    shipped("customer.signed_in", &[C::Customers]),
    shipped("customer_group.created", &[C::Customers]),
    shipped("customer_group.updated", &[C::Customers]),
    shipped("customer_group.deleted", &[C::Customers]),
    shipped("product.created", &[C::Products]),
    shipped("product.updated", &[C::Products]),
    shipped("product.deleted", &[C::Products]),
    shipped("product.hidden", &[C::Products]),
    shipped("product.shown", &[C::Products]),
    shipped("stock.adjusted", &[C::Inventory]),
    shipped("coupon.created", &[C::Coupons]),
    shipped("coupon.updated", &[C::Coupons]),
    shipped("coupon.deleted", &[C::Coupons]),
    shipped("coupon.activated", &[C::Coupons]),
    shipped("coupon.deactivated", &[C::Coupons]),
    shipped("special_offer.created", &[C::SpecialOffers]),
    shipped("special_offer.updated", &[C::SpecialOffers]),
    shipped("special_offer.deleted", &[C::SpecialOffers]),
    shipped("special_offer.activated", &[C::SpecialOffers]),
    shipped("special_offer.deactivated", &[C::SpecialOffers]),
    shipped("order.created", &[C::Orders]),
    shipped("order.status_changed", &[C::Orders]),
    shipped("order.completed", &[C::Orders]),
    shipped("order.cancelled", &[C::Orders]),
    shipped("order.deleted", &[C::Orders]),
    shipped("order.refunded", &[C::Orders]),
    shipped("expense.recorded", &[C::Finance]),
    shipped("expense.updated", &[C::Finance]),
    shipped("expense.deleted", &[C::Finance]),
    shipped("tag.applied", &[C::Tags]),
    shipped("tag.cleaned_up", &[C::Tags, C::DataCleaning]),
    shipped("tag.bulk_updated", &[C::Tags, C::BulkOperations]),
    shipped("metafield.created", &[C::Metafields]),
    shipped("metafield.updated", &[C::Metafields]),
    shipped("cogs.updated", &[C::Metafields, C::Finance]),
    shipped("data.cleaned_up", &[C::DataCleaning]),
    shipped("operation.started", &[C::BulkOperations]),
    shipped("operation.completed", &[C::BulkOperations]),
    shipped("operation.failed", &[C::BulkOperations]),
    shipped("operation.reverted", &[C::BulkOperations]),
    shipped("webhook.received", &[C::System]),
    shipped("webhook.failed", &[C::System]),
    shipped("job.queued", &[C::System]),
    shipped("job.completed", &[C::System]),
    shipped("job.failed", &[C::System]),
    shipped("rule.evaluated", &[C::System]),
    shipped("message.queued", &[C::Messages]),
    shipped("message.sent", &[C::Messages]),
    shipped("message.delivered", &[C::Messages]),
    shipped("message.read", &[C::Messages]),
    shipped("message.failed", &[C::Messages]),
    shipped("message.stopped", &[C::Messages]),
    shipped("message.restarted", &[C::Messages]),
    shipped("message.received", &[C::Messages]),
    shipped("contact.created", &[C::Contacts]),
    shipped("contact.updated", &[C::Contacts]),
    shipped("contact.deleted", &[C::Contacts]),
    shipped("user.invited", &[C::Users]),
    shipped("user.removed", &[C::Users]),
    shipped("user.role_changed", &[C::Users]),
    shipped("user.blocked", &[C::Users]),
    shipped("settings.updated", &[C::Settings]),
    shipped("settings.branding_updated", &[C::Settings]),
    shipped("export.requested", &[C::Exports]),
    shipped("export.completed", &[C::Exports]),
    shipped("export.failed", &[C::Exports]),
    shipped("export.downloaded", &[C::Exports]),
    shipped("log.erased", &[C::System]),
    shipped("log.viewed", &[C::System]),
];

/// An action with the categories it has: together one row of the action table.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Action {
    /// The dotted name, 3 to 100 characters of `a-z 0-9 _ .`, with at least one dot.
    pub name: String,
    /// At least one category.
    pub categories: CategorySet,
}

impl Action {
    /// The shipped action of that name.
    pub fn shipped(name: &str) -> Option<&'static ShippedAction> {
        SHIPPED_ACTIONS.iter().find(|a| a.name == name)
    }

    /// Whether `name` has the form of an action: dotted snake_case words, 3 to 100 characters.
    pub fn is_well_formed(name: &str) -> bool {
        (3..=100).contains(&name.len())
            && name.contains('.')
            && name.split('.').all(|word| {
                word.starts_with(|c: char| c.is_ascii_lowercase())
                    && word
                        .chars()
                        .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
            })
    }
}
