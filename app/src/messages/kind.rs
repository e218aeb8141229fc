//! What the message log calls things: the words of its query, its filters, its legend.

use super::address::PATH;
use super::words::{channel_glyph, channel_label, kind_label, messages, read_label, status_label};
use crate::activity::search::{Kind, Part};
use crate::i18n::{Locale, tr};
use crate::icons::{self, Glyph};
use domain::message::{Channel, DeliveryStatus, MessageDirection, MessageType, ReadStatus};

/// The message log.
pub static MESSAGES: Kind = Kind {
    dialect: &domain::query::MESSAGE,
    path: PATH,
    label: |locale| tr!(locale, messages.query.label),
    placeholder: |locale| tr!(locale, messages.query.placeholder),
    entries: messages,
    description,
    value_label,
    glyph,
    filters: &["type", "status", "read", "direction"],
    filter_name,
    closed: &["channel", "direction", "type", "status", "read", "has"],
    guessed: &[],
    legend: &[
        Part::of("status", "sent", "of-success"),
        Part::of("direction", "inbound", "of-received"),
        Part::of("status", "stopped", "of-stopped"),
        Part::of("status", "pending", "of-pending"),
        Part::of("status", "not_sent", "of-not-sent"),
        Part::of("status", "failed", "of-failed"),
    ],
    legend_label: |locale| tr!(locale, messages.filter.status),
    few: "status",
    recent: "messages",
};

fn value_label(locale: Locale, qualifier: &str, value: &str) -> Option<&'static str> {
    match qualifier {
        "channel" => value
            .parse::<Channel>()
            .ok()
            .map(|channel| channel_label(locale, channel)),
        "type" => value
            .parse::<MessageType>()
            .ok()
            .map(|kind| kind_label(locale, kind)),
        "status" => value
            .parse::<DeliveryStatus>()
            .ok()
            .map(|status| status_label(locale, Some(status))),
        "read" => value
            .parse::<ReadStatus>()
            .ok()
            .map(|read| read_label(locale, read)),
        "direction" => value
            .parse::<MessageDirection>()
            .ok()
            .map(|direction| match direction {
                MessageDirection::Outbound => tr!(locale, messages.direction.outbound),
                MessageDirection::Inbound => tr!(locale, messages.direction.inbound),
            }),
        _ => None,
    }
}

fn filter_name(locale: Locale, qualifier: &str) -> &'static str {
    match qualifier {
        "channel" => tr!(locale, messages.filter.channel),
        "direction" => tr!(locale, messages.filter.direction),
        "type" => tr!(locale, messages.filter.kind),
        "read" => tr!(locale, messages.filter.read),
        _ => tr!(locale, messages.filter.status),
    }
}

fn glyph(qualifier: &str, value: Option<&str>) -> Glyph {
    match (qualifier, value) {
        ("channel", Some(value)) => value.parse::<Channel>().map_or(icons::MAIL, channel_glyph),
        ("status", Some("failed")) => icons::CIRCLE_ALERT,
        ("status", Some("pending")) => icons::CLOCK,
        ("status", Some("stopped")) => icons::CIRCLE_STOP,
        ("status", Some("not_sent")) => icons::CIRCLE_DASHED,
        ("status", _) => icons::CHECK_CHECK,
        ("read", _) => icons::EYE,
        ("direction", _) => icons::ARROW_LEFT_RIGHT,
        ("type", _) => icons::LAYERS,
        ("to" | "from" | "customer", _) => icons::USER,
        ("order", _) => icons::SHOPPING_BAG,
        ("template", _) => icons::WAND_SPARKLES,
        ("trace", _) => icons::FINGERPRINT,
        ("id", _) => icons::HASH,
        ("created", _) => icons::CALENDAR,
        ("has", _) => icons::PAPERCLIP,
        _ => icons::MAIL,
    }
}

fn description(locale: Locale, qualifier: &str) -> &'static str {
    match qualifier {
        "channel" => tr!(locale, messages.qualifier.channel),
        "direction" => tr!(locale, messages.qualifier.direction),
        "type" => tr!(locale, messages.qualifier.purpose),
        "status" => tr!(locale, messages.qualifier.status),
        "read" => tr!(locale, messages.qualifier.read),
        "to" => tr!(locale, messages.qualifier.to),
        "from" => tr!(locale, messages.qualifier.from),
        "subject" => tr!(locale, messages.qualifier.subject),
        "order" => tr!(locale, messages.qualifier.order),
        "customer" => tr!(locale, messages.qualifier.customer),
        "template" => tr!(locale, messages.qualifier.template),
        "trace" => tr!(locale, messages.qualifier.trace),
        "id" => tr!(locale, messages.qualifier.id),
        "created" => tr!(locale, messages.qualifier.created),
        "has" => tr!(locale, messages.qualifier.has),
        _ => "",
    }
}
