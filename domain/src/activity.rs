//! What happened, once it has been checked.

use crate::{Action, Actor, Device, Has, Outcome};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::net::IpAddr;

/// One field with its value before and after.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// The field's name in the store, 1 to 200 characters, dotted for nested ones.
    pub field: String,
    /// The value before; null when there was none.
    pub before: Value,
    /// The value after; null when there is none.
    pub after: Value,
}

/// A thing by type and id, with a name if one was given: a subject or a related record.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Reference {
    /// What kind of thing, snake_case: `product`, `order`, `customer`, `coupon`, ...
    #[serde(rename = "type")]
    pub kind: String,
    /// The store's own id, 1 to 200 characters.
    pub id: String,
    /// As people call it, at most 300 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl Reference {
    /// The types whose name and id are personal data.
    pub fn is_person(&self) -> bool {
        matches!(
            self.kind.as_str(),
            "customer" | "contact" | "user_account" | "subscriber"
        )
    }

    /// The name to show: name, else id.
    pub fn label(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.id)
    }
}

/// The automation that caused it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleReference {
    /// The rule's id, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The rule's name.
    pub name: String,
}

/// Where a call came from.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Origin {
    /// The address of the person or program that acted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip: Option<IpAddr>,
    /// What their browser or program called itself, at most 1,000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    /// The trace it belongs to, at most 200 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<String>,
}

impl Origin {
    /// With what they acted, when it is known.
    pub fn device(&self) -> Option<Device> {
        self.user_agent.as_deref().and_then(Device::of)
    }
}

/// Something that someone or something did in the store: checked, complete, not yet recorded.
///
/// Its JSON form is what the ledger's payload holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Activity {
    /// What was done.
    pub action: Action,
    /// How it ended.
    pub outcome: Outcome,
    /// When, to the microsecond, UTC. 1970 to a day ahead.
    pub occurred_at: DateTime<Utc>,
    /// Who did it.
    pub actor: Actor,
    /// What it was done to.
    pub subject: Option<Reference>,
    /// In words, at most 5,000 characters.
    pub description: Option<String>,
    /// Fields with values before and after, at most 500.
    pub changes: Vec<Change>,
    /// Where the call came from.
    pub origin: Origin,
    /// Other things concerned, at most 100.
    pub related: Vec<Reference>,
    /// The bulk operation it is part of, at most 200 characters.
    pub operation_id: Option<String>,
    /// The automation that caused it.
    pub rule: Option<RuleReference>,
    /// Why it failed, at most 5,000 characters.
    pub error: Option<String>,
    /// What else there is: any JSON object, at most 64 KiB.
    pub details: Option<Value>,
}

impl Activity {
    /// What `has:` finds in it.
    pub fn has(&self) -> Has {
        let mut has = Has::EMPTY;
        for (flag, is_there) in [
            (Has::CHANGES, !self.changes.is_empty()),
            (Has::ERROR, self.error.is_some()),
            (Has::RULE, self.rule.is_some()),
            (Has::DETAILS, self.details.is_some()),
            (Has::RELATED, !self.related.is_empty()),
            (Has::OPERATION, self.operation_id.is_some()),
            (Has::IP, self.origin.ip.is_some()),
            (Has::DESCRIPTION, self.description.is_some()),
        ] {
            if is_there {
                has = has.with(flag);
            }
        }
        has
    }

    /// The order it concerns, by subject or relation: what `order:` finds.
    pub fn orders(&self) -> impl Iterator<Item = &str> {
        self.subject
            .iter()
            .chain(&self.related)
            .filter(|r| r.kind == "order")
            .map(|r| r.id.as_str())
    }

    /// Everything that exact-match qualifiers find it by, besides actor, action, outcome and time:
    /// sorted, each once, folded. The same list feeds the posting table and the predicate.
    ///
    /// `subject:TYPE/ID`, `subject:TYPE`, `subject-id:ID`, `subject-name:NAME`, `about:TYPE/ID`,
    /// `changed:FIELD`, `operation:ID`, `rule:NAME`, `rule-id:ID`, `trace:ID`; orders are `about:order/NUMBER`.
    /// A term that is personal data is marked.
    pub fn terms(&self) -> Vec<Term> {
        use crate::fold;
        let mut terms = Vec::with_capacity(8);
        let mut add = |kind: &str, text: String, is_personal: bool| {
            terms.push(Term {
                text: format!("{kind}:{text}"),
                is_personal,
            });
        };
        let words = crate::mask::PersonalWords::of(self);
        // The name of a thing can hold a person's: `Order of Noura Al-Otaibi`.
        let is_personal = |r: &Reference, text: &str| {
            r.is_person() || crate::mask::redact_label(text, &words) != text
        };
        if let Some(s) = &self.subject {
            let is_id_personal = is_personal(s, &s.id);
            add(
                "subject",
                format!("{}/{}", fold(&s.kind), fold(&s.id)),
                is_id_personal,
            );
            add("subject-type", fold(&s.kind), false);
            add("subject-id", fold(&s.id), is_id_personal);
            if let Some(name) = &s.name {
                add("subject-name", fold(name), is_personal(s, name));
            }
        }
        for r in self.subject.iter().chain(&self.related) {
            add(
                "about",
                format!("{}/{}", fold(&r.kind), fold(&r.id)),
                is_personal(r, &r.id),
            );
        }
        for change in &self.changes {
            add("changed", fold(&change.field), false);
        }
        if let Some(id) = &self.operation_id {
            add("operation", fold(id), false);
        }
        if let Some(rule) = &self.rule {
            let is_name_personal = crate::mask::redact_label(&rule.name, &words) != rule.name;
            add("rule", fold(&rule.name), is_name_personal);
            if let Some(id) = &rule.id {
                add("rule-id", fold(id), false);
            }
        }
        if let Some(trace) = &self.origin.trace_id {
            add("trace", fold(trace), false);
        }
        terms.sort();
        terms.dedup_by(|later, earlier| later.text == earlier.text);
        terms
    }
}

/// An exact word under which an activity is found; see [`Activity::terms`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Term {
    /// `kind:value`, value folded.
    pub text: String,
    /// Whether it is personal data, so that a masked role can't find by it.
    pub is_personal: bool,
}
