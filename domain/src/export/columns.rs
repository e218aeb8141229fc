//! The columns that a file can have.

use super::Source;

/// Ids of the columns of a log, in their usual order. Headings are the interface's words.
pub const fn columns(source: Source) -> &'static [&'static str] {
    match source {
        Source::Activity => &[
            "time",
            "action",
            "outcome",
            "actor",
            "actor_email",
            "subject",
            "description",
            "change",
            "ip",
            "id",
            "seq",
            "categories",
            "actor_type",
            "actor_id",
            "actor_role",
            "subject_type",
            "subject_id",
            "error",
            "change_count",
            "operation",
            "changes",
            "rule",
            "related",
            "device",
            "user_agent",
            "trace",
            "details",
        ],
        Source::Messages => &[
            "time",
            "channel",
            "direction",
            "type",
            "status",
            "read",
            "from",
            "to",
            "subject",
            "text",
            "order",
            "customer_name",
            "customer",
            "reason",
            "provider_words",
            "template",
            "attachments",
            "attempts",
            "caused_by",
            "id",
            "seq",
        ],
        Source::Threads => &[
            "order",
            "time",
            "kind",
            "channel",
            "direction",
            "status",
            "from",
            "to",
            "subject",
            "text",
            "customer_name",
            "id",
        ],
        Source::Orders => &[
            "number",
            "status",
            "placed_at",
            "customer_name",
            "total",
            "currency",
            "assigned_to",
            "message_count",
            "waiting_since",
            "customer",
        ],
        Source::Customers => &["id", "name", "email", "phone", "groups"],
    }
}

/// The columns of a file for which none were chosen.
pub fn default_columns(source: Source) -> &'static [&'static str] {
    let all = columns(source);
    let count = match source {
        Source::Activity => 9,
        Source::Messages => 12,
        Source::Threads => 11,
        Source::Orders => 9,
        Source::Customers => 5,
    };
    all.get(..count).unwrap_or(all)
}

/// Whether a column's values stand in an entry's content and not in the line of the list.
pub fn needs_detail(source: Source, column: &str) -> bool {
    match source {
        Source::Activity => matches!(
            column,
            "changes" | "rule" | "related" | "device" | "user_agent" | "trace" | "details"
        ),
        Source::Messages => column == "text",
        Source::Threads | Source::Orders | Source::Customers => false,
    }
}
