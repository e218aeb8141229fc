//! What a role sees from whom personal data is hidden, and what it can search in.

use crate::{Activity, Actor, Change, Reference, fold};
use serde_json::Value;
use std::fmt::Write as _;

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
    let mut add = |is_personal: bool, piece: &str| {
        let piece = fold(piece);
        let part = if is_personal {
            &mut text.personal
        } else {
            &mut text.open
        };
        if !piece.is_empty() {
            if !part.is_empty() {
                part.push('\n');
            }
            part.push_str(&piece);
        }
    };
    let names = personal_names(activity);
    add(false, &activity.action.name);
    add(false, &activity.action.name.replace(['.', '_'], " "));

    let actor = &activity.actor;
    for value in [&actor.name, &actor.id].into_iter().flatten() {
        add(actor.is_private_person(), value);
    }
    if let Some(email) = &actor.email {
        add(true, email);
    }
    if let Some(subject) = &activity.subject {
        add(false, &subject.kind);
        add(subject.is_person(), &subject.id);
        if let Some(name) = &subject.name {
            add(subject.is_person(), name);
        }
    }
    for value in [&activity.description, &activity.error]
        .into_iter()
        .flatten()
    {
        let redacted = redact(value, &names);
        add(false, &redacted);
        if redacted != *value {
            add(true, value);
        }
    }
    if let Some(rule) = &activity.rule {
        add(false, &rule.name);
    }
    if let Some(ip) = activity.origin.ip {
        add(true, &ip.to_string());
    }
    if let Some(details) = &activity.details {
        each_leaf(details, &mut |path, value| {
            add(true, &format!("{path} {value}"))
        });
    }
    text
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
    let names = personal_names(activity);
    let hide = |value: &Option<String>| value.as_ref().map(|_| MASK.to_owned());
    let subject_is_person = activity.subject.as_ref().is_some_and(Reference::is_person);
    let mut masked = activity.clone();
    masked.actor = mask_actor(&activity.actor);
    masked.subject = activity.subject.as_ref().map(mask_reference);
    masked.related = activity.related.iter().map(mask_reference).collect();
    masked.description = activity
        .description
        .as_deref()
        .map(|text| redact(text, &names));
    masked.error = activity.error.as_deref().map(|text| redact(text, &names));
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
                    before: redact_value(&change.before, &names),
                    after: redact_value(&change.after, &names),
                }
            }
        })
        .collect();
    masked.details = activity.details.as_ref().map(mask_value);
    masked
}

/// The actor as a masked role may see it.
pub fn mask_actor(actor: &Actor) -> Actor {
    let hide = |value: &Option<String>| value.as_ref().map(|_| MASK.to_owned());
    let private = actor.is_private_person();
    Actor {
        kind: actor.kind,
        id: if private {
            hide(&actor.id)
        } else {
            actor.id.clone()
        },
        name: if private {
            hide(&actor.name)
        } else {
            actor.name.clone()
        },
        email: hide(&actor.email),
        role: actor.role.clone(),
    }
}

fn mask_reference(reference: &Reference) -> Reference {
    if reference.is_person() {
        Reference {
            kind: reference.kind.clone(),
            id: MASK.to_owned(),
            name: reference.name.as_ref().map(|_| MASK.to_owned()),
        }
    } else {
        reference.clone()
    }
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

fn redact_value(value: &Value, names: &[String]) -> Value {
    match value {
        Value::String(text) => Value::String(redact(text, names)),
        Value::Array(items) => Value::Array(items.iter().map(|v| redact_value(v, names)).collect()),
        Value::Object(fields) => Value::Object(
            fields
                .iter()
                .map(|(k, v)| {
                    (
                        k.clone(),
                        if is_personal_field(k) {
                            mask_value(v)
                        } else {
                            redact_value(v, names)
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

/// The names, ids and addresses in an activity that are personal, longest first.
fn personal_names(activity: &Activity) -> Vec<String> {
    let mut names = Vec::new();
    let actor = &activity.actor;
    if actor.is_private_person() {
        names.extend([&actor.name, &actor.id].into_iter().flatten().cloned());
    }
    names.extend(actor.email.clone());
    for r in activity
        .subject
        .iter()
        .chain(&activity.related)
        .filter(|r| r.is_person())
    {
        names.push(r.id.clone());
        names.extend(r.name.clone());
    }
    // A one-letter id would blank out half of every sentence.
    names.retain(|name| name.chars().count() >= 3);
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    names.dedup();
    names
}

/// Replaces the known names, anything with an `@` between letters and anything like a phone number.
fn redact(text: &str, names: &[String]) -> String {
    let mut out = text.to_owned();
    for name in names {
        out = out.replace(name.as_str(), MASK);
    }
    let mut redacted = String::with_capacity(out.len());
    for (at, word) in out.split(' ').enumerate() {
        if at > 0 {
            redacted.push(' ');
        }
        if is_address_like(word) {
            let end = word.trim_end_matches([',', '.', ';', ':', ')', '!', '?']);
            let _ = write!(redacted, "{MASK}{}", &word[end.len()..]);
        } else {
            redacted.push_str(word);
        }
    }
    redact_phones(&redacted)
}

fn is_address_like(word: &str) -> bool {
    word.split_once('@')
        .is_some_and(|(local, host)| !local.is_empty() && host.contains('.'))
        || word
            .trim_matches(|c: char| !c.is_ascii_hexdigit())
            .parse::<std::net::IpAddr>()
            .is_ok()
}

/// Runs of digits with phone punctuation: `+` and at least 7 digits, or at least 9 digits after a 0.
fn redact_phones(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let starts = chars[at] == '+' || chars[at] == '0';
        let fresh = at == 0 || !(chars[at - 1].is_alphanumeric() || chars[at - 1] == '.');
        if starts && fresh {
            let mut end = at + 1;
            while end < chars.len()
                && (chars[end].is_ascii_digit() || matches!(chars[end], ' ' | '-' | '(' | ')'))
            {
                end += 1;
            }
            while end > at + 1 && !chars[end - 1].is_ascii_digit() {
                end -= 1;
            }
            let digits = chars[at..end].iter().filter(|c| c.is_ascii_digit()).count();
            if digits >= if chars[at] == '+' { 7 } else { 9 } {
                out.push_str(MASK);
                at = end;
                continue;
            }
        }
        out.push(chars[at]);
        at += 1;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::redact;

    #[test]
    fn addresses_phones_and_known_names_are_replaced() {
        let names = ["Noura Al-Otaibi".to_owned()];
        assert_eq!(
            redact("Called Noura Al-Otaibi at +966 55 123 4567.", &names),
            "Called ••• at •••."
        );
        assert_eq!(
            redact("Sent to a.b@shop.example, again", &names),
            "Sent to •••, again"
        );
        assert_eq!(redact("From 203.0.113.7", &names), "From •••");
        assert_eq!(
            redact("Price 0.950 to 120, 6 sizes", &names),
            "Price 0.950 to 120, 6 sizes"
        );
    }
}
