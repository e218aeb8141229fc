//! Which qualifiers a kind of record has, and what each takes.

use crate::export::{ExportFormat, ExportStatus};
use crate::message::{
    Channel, DeliveryStatus, MessageDirection, MessageHas, MessageType, ReadStatus,
};
use crate::request::{RequestHas, Surface, TOOK_NAMES};
use crate::security::{SecurityHas, SecurityKind, SecurityOutcome};

/// The qualifiers of one kind of record.
#[derive(Debug, PartialEq, Eq)]
pub struct Dialect {
    /// The kind of record, as in addresses: `activity`.
    pub name: &'static str,
    /// In the order in which they are proposed.
    pub qualifiers: &'static [Qualifier],
    /// Other words for some of them, lower case, each with the name of the qualifier that it is read as.
    pub synonyms: &'static [(&'static str, &'static str)],
}

/// A word that can stand before a colon.
#[derive(Debug, PartialEq, Eq)]
pub struct Qualifier {
    /// The word, lower case.
    pub name: &'static str,
    /// What may follow.
    pub values: ValueKind,
    /// A valid example of a value.
    pub example: &'static str,
    /// The key under which the interface keeps its short description.
    pub description: &'static str,
}

/// What a qualifier takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ValueKind {
    /// Any word or phrase, whole or as a beginning.
    Word,
    /// A dotted action, whole or as a beginning.
    Action,
    /// A category's name.
    Category,
    /// An outcome's name.
    Outcome,
    /// A part that a record can have.
    Has,
    /// An address or network.
    Ip,
    /// A record's id.
    Id,
    /// `type/id`, or a type, id or name.
    Subject,
    /// `type/id`.
    About,
    /// A time, a stretch of time or a range.
    Time,
    /// One of these names.
    OneOf(&'static [&'static str]),
    /// A word or phrase; a telephone number in any spelling is its digits.
    Address,
}

const fn qualifier(
    name: &'static str,
    values: ValueKind,
    example: &'static str,
    description: &'static str,
) -> Qualifier {
    Qualifier {
        name,
        values,
        example,
        description,
    }
}

/// The activity log.
pub static ACTIVITY: Dialect = Dialect {
    name: "activity",
    qualifiers: &[
        qualifier("actor", ValueKind::Word, "sara", "qualifier_actor"),
        qualifier("role", ValueKind::Word, "manager", "qualifier_role"),
        qualifier("action", ValueKind::Action, "product.*", "qualifier_action"),
        qualifier(
            "category",
            ValueKind::Category,
            "coupons",
            "qualifier_category",
        ),
        qualifier("outcome", ValueKind::Outcome, "failed", "qualifier_outcome"),
        qualifier("ip", ValueKind::Ip, "10.0.0.0/8", "qualifier_ip"),
        qualifier(
            "device",
            ValueKind::Word,
            "\"Safari on iPhone\"",
            "qualifier_device",
        ),
        qualifier(
            "subject",
            ValueKind::Subject,
            "product/p_981",
            "qualifier_subject",
        ),
        qualifier(
            "about",
            ValueKind::About,
            "product/p_981",
            "qualifier_about",
        ),
        qualifier("order", ValueKind::Word, "1042", "qualifier_order"),
        qualifier("changed", ValueKind::Word, "price", "qualifier_changed"),
        qualifier("rule", ValueKind::Word, "\"VIP tag\"", "qualifier_rule"),
        qualifier("operation", ValueKind::Word, "op_7", "qualifier_operation"),
        qualifier("trace", ValueKind::Word, "4bf92f35", "qualifier_trace"),
        qualifier(
            "id",
            ValueKind::Id,
            "0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e5f",
            "qualifier_id",
        ),
        qualifier("created", ValueKind::Time, "7d", "qualifier_created"),
        qualifier("has", ValueKind::Has, "changes", "qualifier_has"),
    ],
    // What the interface calls whoever did it.
    synonyms: &[("user", "actor")],
};

/// The message log.
pub static MESSAGE: Dialect = Dialect {
    name: "message",
    qualifiers: &[
        qualifier(
            "channel",
            ValueKind::OneOf(Channel::NAMES),
            "sms",
            "qualifier_channel",
        ),
        qualifier(
            "direction",
            ValueKind::OneOf(MessageDirection::NAMES),
            "inbound",
            "qualifier_direction",
        ),
        qualifier(
            "type",
            ValueKind::OneOf(MessageType::NAMES),
            "campaign",
            "qualifier_type",
        ),
        qualifier(
            "status",
            ValueKind::OneOf(DeliveryStatus::NAMES),
            "failed",
            "qualifier_status",
        ),
        qualifier(
            "read",
            ValueKind::OneOf(ReadStatus::NAMES),
            "unread",
            "qualifier_read",
        ),
        qualifier(
            "to",
            ValueKind::Address,
            "noura@mail.example",
            "qualifier_to",
        ),
        qualifier(
            "from",
            ValueKind::Address,
            "+966551234567",
            "qualifier_from",
        ),
        qualifier(
            "subject",
            ValueKind::Word,
            "invoice",
            "qualifier_message_subject",
        ),
        qualifier("order", ValueKind::Word, "1042", "qualifier_order"),
        qualifier("customer", ValueKind::Word, "c_17", "qualifier_customer"),
        qualifier(
            "template",
            ValueKind::Word,
            "\"order shipped\"",
            "qualifier_template",
        ),
        qualifier("trace", ValueKind::Word, "4bf92f35", "qualifier_trace"),
        qualifier(
            "id",
            ValueKind::Id,
            "0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e5f",
            "qualifier_id",
        ),
        qualifier("created", ValueKind::Time, "7d", "qualifier_created"),
        qualifier(
            "has",
            ValueKind::OneOf(MessageHas::NAMES),
            "attachments",
            "qualifier_message_has",
        ),
    ],
    synonyms: &[],
};

/// The log of exports.
pub static EXPORT: Dialect = Dialect {
    name: "export",
    qualifiers: &[
        qualifier("kind", ValueKind::Word, "messages", "qualifier_export_kind"),
        qualifier(
            "format",
            ValueKind::OneOf(ExportFormat::NAMES),
            "csv",
            "qualifier_export_format",
        ),
        qualifier(
            "status",
            ValueKind::OneOf(ExportStatus::NAMES),
            "failed",
            "qualifier_export_status",
        ),
        qualifier("by", ValueKind::Word, "sara", "qualifier_export_by"),
        qualifier("created", ValueKind::Time, "7d", "qualifier_created"),
        qualifier(
            "id",
            ValueKind::Id,
            "0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e5f",
            "qualifier_id",
        ),
    ],
    synonyms: &[],
};

/// The security log.
pub static SECURITY: Dialect = Dialect {
    name: "security",
    qualifiers: &[
        qualifier(
            "event",
            ValueKind::Action,
            "sign_in.*",
            "qualifier_security_event",
        ),
        qualifier(
            "kind",
            ValueKind::OneOf(SecurityKind::NAMES),
            "sign_in",
            "qualifier_security_kind",
        ),
        qualifier(
            "outcome",
            ValueKind::OneOf(SecurityOutcome::NAMES),
            "denied",
            "qualifier_security_outcome",
        ),
        qualifier("who", ValueKind::Word, "sara", "qualifier_who"),
        qualifier("role", ValueKind::Word, "manager", "qualifier_role"),
        qualifier("ip", ValueKind::Ip, "10.0.0.0/8", "qualifier_ip"),
        qualifier(
            "subject",
            ValueKind::Word,
            "api_key/*",
            "qualifier_security_subject",
        ),
        qualifier(
            "reason",
            ValueKind::Word,
            "wrong_password",
            "qualifier_reason",
        ),
        qualifier("request", ValueKind::Word, "0193e2a4", "qualifier_request"),
        qualifier(
            "id",
            ValueKind::Id,
            "0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e5f",
            "qualifier_id",
        ),
        qualifier("created", ValueKind::Time, "7d", "qualifier_created"),
        qualifier(
            "has",
            ValueKind::OneOf(SecurityHas::NAMES),
            "new_address",
            "qualifier_security_has",
        ),
    ],
    synonyms: &[],
};

/// The operations log.
pub static REQUESTS: Dialect = Dialect {
    name: "requests",
    qualifiers: &[
        qualifier("who", ValueKind::Word, "sara", "qualifier_who"),
        qualifier("role", ValueKind::Word, "manager", "qualifier_role"),
        qualifier("method", ValueKind::Word, "POST", "qualifier_method"),
        qualifier("status", ValueKind::Word, "4*", "qualifier_http_status"),
        qualifier(
            "route",
            ValueKind::Word,
            "/api/v1/activities",
            "qualifier_route",
        ),
        qualifier(
            "path",
            ValueKind::Word,
            "/api/v1/orders/1042",
            "qualifier_path",
        ),
        qualifier(
            "surface",
            ValueKind::OneOf(Surface::NAMES),
            "api",
            "qualifier_surface",
        ),
        qualifier("ip", ValueKind::Ip, "10.0.0.0/8", "qualifier_ip"),
        qualifier("took", ValueKind::OneOf(TOOK_NAMES), "1s", "qualifier_took"),
        qualifier("viewed", ValueKind::Word, "message/*", "qualifier_viewed"),
        qualifier("request", ValueKind::Word, "0193e2a4", "qualifier_request"),
        qualifier("trace", ValueKind::Word, "4bf92f35", "qualifier_trace"),
        qualifier(
            "id",
            ValueKind::Id,
            "0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e5f",
            "qualifier_id",
        ),
        qualifier("created", ValueKind::Time, "7d", "qualifier_created"),
        qualifier(
            "has",
            ValueKind::OneOf(RequestHas::NAMES),
            "body",
            "qualifier_request_has",
        ),
    ],
    synonyms: &[],
};

impl Dialect {
    /// The qualifier of that name, or of a synonym of it, in any case.
    pub fn find(&self, name: &str) -> Option<&'static Qualifier> {
        let meant = self
            .synonyms
            .iter()
            .find(|(word, _)| word.eq_ignore_ascii_case(name))
            .map_or(name, |(_, meant)| *meant);
        self.qualifiers
            .iter()
            .find(|q| q.name.eq_ignore_ascii_case(meant))
    }

    /// A qualifier's name, or else a synonym of it, that begins with `prefix` in any case: what whoever types it is
    /// about to write.
    pub fn word_of(&self, qualifier: &Qualifier, prefix: &str) -> Option<&'static str> {
        let prefix = prefix.to_ascii_lowercase();
        let synonyms = self
            .synonyms
            .iter()
            .filter(|(_, meant)| *meant == qualifier.name)
            .map(|(word, _)| *word);
        std::iter::once(qualifier.name)
            .chain(synonyms)
            .find(|word| word.starts_with(&prefix))
    }

    /// All names and then their synonyms: what a slip of the keyboard may have meant.
    pub(super) fn words(&self) -> impl Iterator<Item = &'static str> {
        let names = self.qualifiers.iter().map(|q| q.name);
        names.chain(self.synonyms.iter().map(|(word, _)| *word))
    }

    /// All names, as a sentence lists them.
    pub(super) fn names(&self) -> String {
        let names: Vec<&str> = self.qualifiers.iter().map(|q| q.name).collect();
        names.join(", ")
    }
}
