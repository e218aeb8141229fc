//! The names of the actions that ship and of what Storetrail records of itself, and the icon of each kind of action.

use crate::i18n::{Locale, tr};
use crate::icons::{self, Glyph};
use domain::{Category, CategorySet};

macro_rules! labels {
    ($($name:literal => $key:ident,)+) => {
        /// What people call an action: `Coupon updated`. None for actions of others.
        pub fn action_label(locale: Locale, action: &str) -> Option<&'static str> {
            Some(match action {
                $($name => tr!(locale, activity.action.$key),)+
                _ => return None,
            })
        }

        #[cfg(test)]
        const LABELLED: &[&str] = &[$($name),+];
    };
}

labels! {
    "customer.created" => customer_created,
    "customer.updated" => customer_updated,
    "customer.blocked" => customer_blocked,
    "customer.unblocked" => customer_unblocked,
    "customer.added_to_group" => customer_added_to_group,
    "customer.removed_from_group" => customer_removed_from_group,
    "customer.signed_in" => customer_signed_in,
    "customer_group.created" => customer_group_created,
    "customer_group.updated" => customer_group_updated,
    "customer_group.deleted" => customer_group_deleted,
    "product.created" => product_created,
    "product.updated" => product_updated,
    "product.deleted" => product_deleted,
    "product.hidden" => product_hidden,
    "product.shown" => product_shown,
    "stock.adjusted" => stock_adjusted,
    "coupon.created" => coupon_created,
    "coupon.updated" => coupon_updated,
    "coupon.deleted" => coupon_deleted,
    "coupon.activated" => coupon_activated,
    "coupon.deactivated" => coupon_deactivated,
    "special_offer.created" => special_offer_created,
    "special_offer.updated" => special_offer_updated,
    "special_offer.deleted" => special_offer_deleted,
    "special_offer.activated" => special_offer_activated,
    "special_offer.deactivated" => special_offer_deactivated,
    "order.created" => order_created,
    "order.status_changed" => order_status_changed,
    "order.completed" => order_completed,
    "order.cancelled" => order_cancelled,
    "order.deleted" => order_deleted,
    "order.refunded" => order_refunded,
    "expense.recorded" => expense_recorded,
    "expense.updated" => expense_updated,
    "expense.deleted" => expense_deleted,
    "tag.applied" => tag_applied,
    "tag.cleaned_up" => tag_cleaned_up,
    "tag.bulk_updated" => tag_bulk_updated,
    "metafield.created" => metafield_created,
    "metafield.updated" => metafield_updated,
    "cogs.updated" => cogs_updated,
    "data.cleaned_up" => data_cleaned_up,
    "operation.started" => operation_started,
    "operation.completed" => operation_completed,
    "operation.failed" => operation_failed,
    "operation.reverted" => operation_reverted,
    "webhook.received" => webhook_received,
    "webhook.failed" => webhook_failed,
    "job.queued" => job_queued,
    "job.completed" => job_completed,
    "job.failed" => job_failed,
    "rule.evaluated" => rule_evaluated,
    "message.queued" => message_queued,
    "message.sent" => message_sent,
    "message.delivered" => message_delivered,
    "message.read" => message_read,
    "message.failed" => message_failed,
    "message.stopped" => message_stopped,
    "message.restarted" => message_restarted,
    "message.received" => message_received,
    "contact.created" => contact_created,
    "contact.updated" => contact_updated,
    "contact.deleted" => contact_deleted,
    "user.invited" => user_invited,
    "user.removed" => user_removed,
    "user.role_changed" => user_role_changed,
    "user.blocked" => user_blocked,
    "settings.updated" => settings_updated,
    "settings.branding_updated" => settings_branding_updated,
    "export.requested" => export_requested,
    "export.completed" => export_completed,
    "export.failed" => export_failed,
    "export.downloaded" => export_downloaded,
    "log.erased" => log_erased,
    "log.viewed" => log_viewed,
    "rule.created" => rule_created,
    "rule.updated" => rule_updated,
    "rule.deleted" => rule_deleted,
    "template.created" => template_created,
    "template.updated" => template_updated,
    "template.deleted" => template_deleted,
    "target.created" => target_created,
    "target.updated" => target_updated,
    "target.deleted" => target_deleted,
    "connection.created" => connection_created,
    "connection.updated" => connection_updated,
    "connection.deleted" => connection_deleted,
    "customer.deleted" => customer_deleted,
    "order.updated" => order_updated,
    "order.restored" => order_restored,
    "product.restored" => product_restored,
    "coupon.restored" => coupon_restored,
    "operation.cancelled" => operation_cancelled,
    "webhook.delivered" => webhook_delivered,
    "webhook.retried" => webhook_retried,
    "webhook.edited" => webhook_edited,
    "webhook.discarded" => webhook_discarded,
    "rule.acted" => rule_acted,
    "rule.action_failed" => rule_action_failed,
    "rule.action_retried" => rule_action_retried,
    "rule.action_discarded" => rule_action_discarded,
    "contact.opted_out" => contact_opted_out,
    "contact.opted_in" => contact_opted_in,
    "user.updated" => user_updated,
    "user.unblocked" => user_unblocked,
    "export.cancelled" => export_cancelled,
    "app.uninstalled" => app_uninstalled,
    "message.released" => message_released,
}

/// The icon of an action: of the thing it is about, else of its first category.
pub fn action_glyph(action: &str, categories: CategorySet) -> Glyph {
    let noun = action.split('.').next().unwrap_or_default();
    match noun {
        "customer" | "customer_group" => icons::USERS,
        "product" => icons::SHIRT,
        "stock" => icons::BOXES,
        "coupon" => icons::TICKET_PERCENT,
        "special_offer" => icons::BADGE_PERCENT,
        "order" => icons::SHOPPING_BAG,
        "expense" => icons::RECEIPT,
        "cogs" => icons::BANKNOTE,
        "tag" => icons::TAG,
        "metafield" => icons::BRACES,
        "data" => icons::WAND_SPARKLES,
        "operation" => icons::LAYERS,
        "webhook" => icons::WEBHOOK,
        "job" => icons::COG,
        "rule" => icons::ZAP,
        "message" => icons::MAIL,
        "contact" => icons::CONTACT,
        "user" => icons::USER,
        "settings" => icons::SETTINGS_2,
        "export" => icons::FILE_DOWN,
        "log" => icons::HISTORY,
        _ => categories
            .iter()
            .next()
            .map_or(icons::ACTIVITY, category_glyph),
    }
}

/// The icon of a category.
const fn category_glyph(category: Category) -> Glyph {
    match category {
        Category::Products => icons::SHIRT,
        Category::Coupons => icons::TICKET_PERCENT,
        Category::Orders => icons::SHOPPING_BAG,
        Category::Customers => icons::USERS,
        Category::Inventory => icons::BOXES,
        Category::Tags => icons::TAG,
        Category::Messages => icons::MAIL,
        Category::SpecialOffers => icons::BADGE_PERCENT,
        Category::Finance => icons::BANKNOTE,
        Category::BulkOperations => icons::LAYERS,
        Category::Metafields => icons::BRACES,
        Category::DataCleaning => icons::WAND_SPARKLES,
        Category::Contacts => icons::CONTACT,
        Category::Users => icons::USER,
        Category::Settings => icons::SETTINGS_2,
        Category::Exports => icons::FILE_DOWN,
        Category::System => icons::COG,
        Category::Other => icons::ACTIVITY,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activity::words::nouns::noun_any;
    use std::path::Path;

    /// What is recorded besides the actions that ship and the saving of settings.
    const BESIDES: [&str; 21] = [
        "customer.deleted",
        "order.updated",
        "order.restored",
        "product.restored",
        "coupon.restored",
        "operation.cancelled",
        "webhook.delivered",
        "webhook.retried",
        "webhook.edited",
        "webhook.discarded",
        "rule.acted",
        "rule.action_failed",
        "rule.action_retried",
        "rule.action_discarded",
        "contact.opted_out",
        "contact.opted_in",
        "user.updated",
        "user.unblocked",
        "export.cancelled",
        "app.uninstalled",
        "message.released",
    ];

    /// What webhooks that are called say that they are about: recorded under no such name.
    const CALLED: [&str; 2] = ["rule.fired", "operation.asked"];

    /// The texts of the sources below a folder that name an action: a known noun and what was done. What the sample
    /// shop's own programs do and the names of security events are no actions of Storetrail.
    fn named_below(folder: &Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap();
            if matches!(name, "sample" | "security" | "tests") {
                continue;
            }
            if path.is_dir() {
                named_below(&path, found);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                let named = text.split('"').filter(|text| names_action(text));
                found.extend(named.map(str::to_owned));
            }
        }
    }

    fn names_action(text: &str) -> bool {
        let Some((noun, verb)) = text.split_once('.') else {
            return false;
        };
        let is_past = verb.ends_with("ed")
            || ["read", "sent", "shown", "hidden", "opted_in", "opted_out"].contains(&verb);
        let is_known = noun == "app" || noun_any(Locale::en, noun).is_some();
        is_past && is_known && domain::Action::is_well_formed(text)
    }

    #[test]
    fn every_action_that_the_code_records_has_a_name() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut found = Vec::new();
        for part in ["domain", "storage", "server"] {
            named_below(&here.join("..").join(part).join("src"), &mut found);
        }
        for known in ["order.updated", "rule.acted", "webhook.delivered"] {
            assert!(found.iter().any(|action| action == known), "{known}");
        }
        found.retain(|action| !CALLED.contains(&action.as_str()));
        for action in &found {
            assert!(LABELLED.contains(&action.as_str()), "{action} has no label");
        }
    }

    #[test]
    fn every_action_that_ships_has_a_name() {
        for action in domain::SHIPPED_ACTIONS {
            assert!(
                LABELLED.contains(&action.name),
                "{} has no label",
                action.name
            );
        }
        let own: Vec<&str> = LABELLED
            .iter()
            .copied()
            .filter(|name| domain::Action::shipped(name).is_none())
            .collect();
        let kinds = ["rule", "template", "target", "connection"];
        let wanted: Vec<String> = kinds
            .iter()
            .flat_map(|kind| ["created", "updated", "deleted"].map(|verb| format!("{kind}.{verb}")))
            .chain(BESIDES.map(str::to_owned))
            .collect();
        assert_eq!(own, wanted);
        assert_eq!(LABELLED.len(), domain::SHIPPED_ACTIONS.len() + own.len());
        assert_eq!(
            action_label(Locale::en, "rule.updated"),
            Some("Rule changed")
        );
        assert_eq!(
            action_label(Locale::en, "coupon.updated"),
            Some("Coupon updated")
        );
        assert_eq!(action_label(Locale::en, "loyalty.points_added"), None);
    }
}
