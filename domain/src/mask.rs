//! What a role sees from whom personal data is hidden, and what it can search in.

mod redact;

use crate::fold::{fold_onto, fold_words_onto};
use crate::{Activity, Actor, Change, Reference, RuleReference, fold};
use redact::{Hiding, redact, redact_name};
pub(crate) use redact::{PersonalWords, is_address_like, redact_label};
use serde_json::Value;
use std::borrow::Cow;

/// What stands in place of a hidden value.
pub const MASK: &str = "•••";

/// The folded text of an activity, in two parts: a masked role can find by the first only.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SearchText {
    /// Without personal data; its pieces are separated by line feeds, which no folded query contains.
    pub open: String,
    /// Addresses, customers' names and ids, the description when it holds any of them, all details.
    pub personal: String,
}

impl SearchText {
    /// Whether the folded `text` is a substring of one piece.
    pub fn contains(&self, text: &str, is_masked: bool) -> bool {
        self.open.contains(text) || (!is_masked && self.personal.contains(text))
    }
}

/// Splits what full text finds into an open and a personal part.
pub fn search_text(activity: &Activity) -> SearchText {
    let mut text = SearchText::default();
    let words = PersonalWords::of(activity);
    text.add_open(&activity.action.name);
    add_piece(&mut text.open, |open| {
        fold_words_onto(open, &activity.action.name, ['.', '_']);
    });

    let actor = &activity.actor;
    for value in [&actor.name, &actor.id].into_iter().flatten() {
        if actor.is_private_person() || is_address_like(value) {
            text.add_personal(value);
        } else {
            text.add_open(value);
        }
    }
    if let Some(email) = &actor.email {
        text.add_personal(email);
    }
    if let Some(subject) = &activity.subject {
        text.add_open(&subject.kind);
        for value in std::iter::once(&subject.id).chain(&subject.name) {
            if subject.is_person() {
                text.add_personal(value);
            } else {
                text.add_split(value, Hiding::in_label(&words));
            }
        }
    }
    for (value, is_hidden) in [
        (&activity.description, tells_a_message(activity)),
        (&activity.error, false),
    ] {
        match value {
            Some(value) if is_hidden => text.add_personal(value),
            Some(value) => text.add_split(value, Hiding::in_sentence(&words)),
            None => {}
        }
    }
    if let Some(rule) = &activity.rule {
        text.add_split(&rule.name, Hiding::in_label(&words));
    }
    if let Some(ip) = activity.origin.ip {
        text.add_personal(&ip.to_string());
    }
    if let Some(details) = &activity.details {
        each_leaf(details, &mut |path, value| {
            add_piece(&mut text.personal, |personal| {
                let start = personal.len();
                fold_onto(personal, path);
                let end = personal.len();
                if end > start {
                    personal.push(' ');
                }
                let value_start = personal.len();
                fold_onto(personal, value);
                if personal.len() == value_start {
                    personal.truncate(end);
                }
            });
        });
    }
    text
}

/// Adds what `write` writes to a part as a piece of its own, if it writes anything.
fn add_piece(part: &mut String, write: impl FnOnce(&mut String)) {
    let before = part.len();
    if before > 0 {
        part.push('\n');
    }
    let start = part.len();
    write(part);
    if part.len() == start {
        part.truncate(before);
    }
}

impl SearchText {
    fn add_open(&mut self, piece: &str) {
        add_piece(&mut self.open, |open| fold_onto(open, piece));
    }

    fn add_personal(&mut self, piece: &str) {
        add_piece(&mut self.personal, |personal| fold_onto(personal, piece));
    }

    /// Adds what may be seen to the open part, and where something is hidden all to the personal one.
    fn add_split(&mut self, piece: &str, hiding: Hiding<'_>) {
        let before = self.open.len();
        self.add_open(piece);
        // The mark between two pieces is no part of the folded one.
        let start = before + usize::from(before > 0 && self.open.len() > before);
        if let Cow::Owned(shown) = hiding.of(piece, &self.open[start..]) {
            self.open.truncate(before);
            self.add_open(&shown);
            if shown != piece {
                self.add_personal(piece);
            }
        }
    }
}

/// Whether the description is what a message says: its subject, which the message log hides whole.
fn tells_a_message(activity: &Activity) -> bool {
    let subject = activity.subject.as_ref();
    subject.is_some_and(|subject| fold(&subject.kind) == "message")
}

fn each_leaf(value: &Value, visit: &mut impl FnMut(&str, &str)) {
    fn walk(path: &str, value: &Value, visit: &mut impl FnMut(&str, &str)) {
        match value {
            Value::Object(fields) => fields
                .iter()
                .for_each(|(key, inner)| walk(key, inner, visit)),
            Value::Array(items) => items.iter().for_each(|inner| walk(path, inner, visit)),
            Value::String(text) => visit(path, text),
            Value::Null => visit(path, ""),
            other => visit(path, &other.to_string()),
        }
    }
    walk("", value, visit);
}

/// The activity as a masked role may see it.
///
/// Emails, addresses, devices and everything that names a customer or contact become [`MASK`]; so do all
/// values in details, values of changes that are personal by field or subject, and any address, phone
/// number or known name inside free text.
pub fn mask_activity(activity: &Activity) -> Activity {
    let words = PersonalWords::of(activity);
    let hide = |value: &Option<String>| value.as_ref().map(|_| MASK.to_owned());
    let subject_is_person = activity.subject.as_ref().is_some_and(Reference::is_person);
    let mut masked = activity.clone();
    masked.actor = mask_actor(&activity.actor);
    masked.subject = activity.subject.as_ref().map(|r| mask_reference(r, &words));
    masked.related = activity
        .related
        .iter()
        .map(|r| mask_related(r, &words))
        .collect();
    masked.description = if tells_a_message(activity) {
        hide(&activity.description)
    } else {
        activity
            .description
            .as_deref()
            .map(|text| redact(text, &words))
    };
    masked.error = activity.error.as_deref().map(|text| redact(text, &words));
    masked.origin.ip = None;
    masked.origin.user_agent = hide(&activity.origin.user_agent);
    masked.changes = activity
        .changes
        .iter()
        .map(|change| {
            if subject_is_person || is_personal_field(&change.field) {
                Change {
                    field: change.field.clone(),
                    before: mask_value(&change.before),
                    after: mask_value(&change.after),
                }
            } else {
                Change {
                    field: change.field.clone(),
                    before: redact_value(&change.before, &words),
                    after: redact_value(&change.after, &words),
                }
            }
        })
        .collect();
    masked.details = activity.details.as_ref().map(mask_value);
    masked.rule = activity.rule.as_ref().map(|rule| RuleReference {
        id: rule.id.clone(),
        name: redact_label(&rule.name, &words).into_owned(),
    });
    masked
}

/// A text that stands by itself as a masked role may see it: without addresses and phone numbers.
pub fn redacted(text: &str) -> String {
    redact(text, &PersonalWords::default())
}

/// The actor as a masked role may see it. A colleague's name and id stay, unless they are an address.
pub fn mask_actor(actor: &Actor) -> Actor {
    let private = actor.is_private_person();
    let hide = |value: &Option<String>| value.as_ref().map(|_| MASK.to_owned());
    let open = |value: &Option<String>| match value {
        Some(text) if !private && !is_address_like(text) => Some(text.clone()),
        other => hide(other),
    };
    Actor {
        kind: actor.kind,
        id: open(&actor.id),
        name: open(&actor.name),
        email: hide(&actor.email),
        role: actor.role.clone(),
    }
}

fn mask_reference(reference: &Reference, words: &PersonalWords) -> Reference {
    let masked = |text: &str| {
        if reference.is_person() {
            MASK.to_owned()
        } else {
            redact_label(text, words).into_owned()
        }
    };
    Reference {
        kind: reference.kind.clone(),
        id: masked(&reference.id),
        name: reference.name.as_deref().map(masked),
    }
}

/// Something related as a masked role may see it: its name loses each word of a known name, as a sentence does.
fn mask_related(reference: &Reference, words: &PersonalWords) -> Reference {
    let mut masked = mask_reference(reference, words);
    if !reference.is_person() && !is_ware(&reference.kind) {
        let name = reference.name.as_deref();
        masked.name = name.map(|name| redact_name(name, words));
    }
    masked
}

/// Whether things of a type are named after what is sold: the `Linen shirt` bought by `Linen House` says nothing of them.
fn is_ware(kind: &str) -> bool {
    matches!(
        kind,
        "product"
            | "variant"
            | "product_variant"
            | "inventory_item"
            | "stock"
            | "category"
            | "collection"
            | "brand"
            | "tag"
            | "metafield"
            | "special_offer"
    )
}

fn mask_value(value: &Value) -> Value {
    match value {
        Value::Null => Value::Null,
        Value::Object(fields) => Value::Object(
            fields
                .iter()
                .map(|(k, v)| (k.clone(), mask_value(v)))
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.iter().map(mask_value).collect()),
        _ => Value::String(MASK.to_owned()),
    }
}

fn redact_value(value: &Value, words: &PersonalWords) -> Value {
    match value {
        Value::String(text) => Value::String(redact(text, words)),
        Value::Array(items) => Value::Array(items.iter().map(|v| redact_value(v, words)).collect()),
        Value::Object(fields) => Value::Object(
            fields
                .iter()
                .map(|(k, v)| {
                    (
                        k.clone(),
                        if is_personal_field(k) {
                            mask_value(v)
                        } else {
                            redact_value(v, words)
                        },
                    )
                })
                .collect(),
        ),
        other => other.clone(),
    }
}

/// Whether a field's name says that its value is personal data.
fn is_personal_field(field: &str) -> bool {
    let field = field.to_lowercase();
    [
        "email",
        "e_mail",
        "phone",
        "mobile",
        "whatsapp",
        "address",
        "street",
        "postcode",
        "postal",
        "zip",
        "birth",
        "customer",
        "first_name",
        "last_name",
        "full_name",
        "recipient",
        "iban",
        "card",
        "passport",
        "national_id",
        "ip",
    ]
    .iter()
    .any(|word| match *word {
        "ip" => field
            .split(|c: char| !c.is_alphanumeric())
            .any(|part| part == "ip"),
        word => field.contains(word),
    })
}
