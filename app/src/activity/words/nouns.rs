//! The names of kinds of things, categories and outcomes.

use super::fields::capital;
use crate::i18n::{Locale, tr};
use crate::icons::{self, Glyph};
use domain::{ActorType, Category, Outcome, Reference};
use uuid::Uuid;

macro_rules! nouns {
    ($($name:literal => $key:ident,)+) => {
        /// A kind of thing before a name: `coupon` in `coupon WINTER15`. None for kinds that are not known.
        fn known_noun(locale: Locale, kind: &str) -> Option<&'static str> {
            Some(match kind {
                $($name => tr!(locale, activity.noun.$key),)+
                _ => return None,
            })
        }

        /// Some thing of a kind: `a coupon`.
        pub(super) fn noun_any(locale: Locale, kind: &str) -> Option<&'static str> {
            Some(match kind {
                $($name => tr!(locale, activity.noun_any.$key),)+
                _ => return None,
            })
        }
    };
}

nouns! {
    "product" => product,
    "order" => order,
    "customer" => customer,
    "customer_group" => customer_group,
    "coupon" => coupon,
    "special_offer" => special_offer,
    "expense" => expense,
    "tag" => tag,
    "metafield" => metafield,
    "contact" => contact,
    "user" => user,
    "message" => message,
    "export" => export,
    "operation" => operation,
    "rule" => rule,
    "job" => job,
    "webhook" => webhook,
    "stock" => stock,
    "cogs" => cogs,
    "data" => data,
    "settings" => settings,
    "log" => log,
    "invoice" => invoice,
    "shipment" => shipment,
    "variant" => variant,
    "page" => page,
    "template" => template,
    "target" => target,
    "connection" => connection,
    "legal_hold" => legal_hold,
    "api_key" => api_key,
    "role" => role,
    "export_schedule" => export_schedule,
    "shop" => shop,
}

/// A kind of thing before a name; kinds that are not known as they were sent, underscores as spaces.
pub fn noun(locale: Locale, kind: &str) -> String {
    known_noun(locale, kind).map_or_else(|| kind.replace('_', " "), str::to_owned)
}

/// What a thing is called: its name, else its id. An id of ours (a UUID) tells nobody anything: the kind stands for it.
pub fn subject_words(locale: Locale, subject: &Reference) -> String {
    if is_nameless(subject) {
        capital(&noun(locale, &subject.kind))
    } else {
        subject.label().to_owned()
    }
}

/// Whether only an id of ours names it.
pub(super) fn is_nameless(subject: &Reference) -> bool {
    let is_ours = matches!(subject.kind.as_str(), "message" | "settings");
    is_ours && subject.name.is_none() && subject.id.parse::<Uuid>().is_ok()
}

/// The icon of a kind of thing.
pub fn reference_glyph(kind: &str) -> Glyph {
    match kind {
        "product" | "variant" => icons::SHIRT,
        "order" => icons::SHOPPING_BAG,
        "customer" | "user" | "contact" => icons::USER,
        "customer_group" => icons::USERS,
        "coupon" => icons::TICKET_PERCENT,
        "special_offer" => icons::BADGE_PERCENT,
        "expense" | "invoice" => icons::RECEIPT,
        "tag" => icons::TAG,
        "metafield" => icons::BRACES,
        "message" => icons::MAIL,
        "export" => icons::FILE_DOWN,
        "operation" => icons::LAYERS,
        "rule" => icons::ZAP,
        "shipment" => icons::TRUCK,
        _ => icons::LINK,
    }
}

/// The name of a category, as on its tab.
pub fn category_label(locale: Locale, category: Category) -> &'static str {
    match category {
        Category::Products => tr!(locale, activity.category.products),
        Category::Coupons => tr!(locale, activity.category.coupons),
        Category::Orders => tr!(locale, activity.category.orders),
        Category::Customers => tr!(locale, activity.category.customers),
        Category::Inventory => tr!(locale, activity.category.inventory),
        Category::Tags => tr!(locale, activity.category.tags),
        Category::Messages => tr!(locale, activity.category.messages),
        Category::SpecialOffers => tr!(locale, activity.category.special_offers),
        Category::Finance => tr!(locale, activity.category.finance),
        Category::BulkOperations => tr!(locale, activity.category.bulk_operations),
        Category::Metafields => tr!(locale, activity.category.metafields),
        Category::DataCleaning => tr!(locale, activity.category.data_cleaning),
        Category::Contacts => tr!(locale, activity.category.contacts),
        Category::Users => tr!(locale, activity.category.users),
        Category::Settings => tr!(locale, activity.category.settings),
        Category::Exports => tr!(locale, activity.category.exports),
        Category::System => tr!(locale, activity.category.system),
        Category::Other => tr!(locale, activity.category.other),
    }
}

/// The name of an outcome.
pub fn outcome_label(locale: Locale, outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Success => tr!(locale, activity.outcome.success),
        Outcome::Pending => tr!(locale, activity.outcome.pending),
        Outcome::Failed => tr!(locale, activity.outcome.failed),
    }
}

/// The class and the icon of an outcome.
pub const fn outcome_mark(outcome: Outcome) -> (&'static str, Glyph) {
    match outcome {
        Outcome::Success => ("success", icons::CHECK),
        Outcome::Pending => ("pending", icons::CLOCK),
        Outcome::Failed => ("failed", icons::CIRCLE_ALERT),
    }
}

/// What a type of actor is called, by its name in the query language.
pub fn actor_type_label(locale: Locale, name: &str) -> Option<&'static str> {
    let kind = ActorType::ALL
        .into_iter()
        .find(|kind| kind.as_str() == name)?;
    Some(actor_type(locale, kind))
}

/// What an actor without a name is called.
pub(super) fn actor_type(locale: Locale, kind: ActorType) -> &'static str {
    match kind {
        ActorType::User => tr!(locale, activity.actor_type.user),
        ActorType::Customer => tr!(locale, activity.actor_type.customer),
        ActorType::ApiKey => tr!(locale, activity.actor_type.api_key),
        ActorType::Rule => tr!(locale, activity.actor_type.rule),
        ActorType::System => tr!(locale, activity.actor_type.system),
    }
}

/// The same inside a sentence.
pub(super) fn someone(locale: Locale, kind: ActorType) -> &'static str {
    match kind {
        ActorType::User => tr!(locale, activity.someone.user),
        ActorType::Customer => tr!(locale, activity.someone.customer),
        ActorType::ApiKey => tr!(locale, activity.someone.api_key),
        ActorType::Rule => tr!(locale, activity.someone.rule),
        ActorType::System => tr!(locale, activity.someone.system),
    }
}

/// A device as the server tells it, `Safari 18 on iPhone`, in the page's language.
pub fn device_words(locale: Locale, device: &str) -> String {
    match device.split_once(" on ") {
        Some((program, system)) => tr!(
            locale,
            activity.entry.device_on,
            program = program,
            system = system
        ),
        None => device.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_told_in_the_pages_language() {
        let device = "Safari 18 on iPhone";
        assert_eq!(device_words(Locale::en, device), device);
        // Its first letter is Latin: a mark in front of it says that the words run from right to left.
        let here = "\u{200f}Safari 18 على iPhone";
        assert_eq!(device_words(Locale::ar, device), here);
        assert_eq!(device_words(Locale::ar, "curl"), "curl");
    }
}
