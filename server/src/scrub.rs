//! What must not be kept is taken out of calls before they are stored: by the name it stands under and by what it
//! looks like.
//!
//! By name: passwords, tokens, codes, cookies, keys and the names that a store lists, whatever their case and spelling
//! (`newPassword`, `new_password`, `New-Password`), and everything below them, and the word behind such a name in text
//! (`password: hunter2`, `?secret=...`). By look, wherever it stands: keys of Storetrail, bearer tokens, JSON web
//! tokens, webhook secrets, private keys, card numbers that pass their check digit, and the password of an address such
//! as `postgres://name:password@host`. Both also inside text that is JSON or a form itself.
//!
//! To have another look recognised: a function in `look.rs` and a line in its `scrubbed`.

mod look;

use serde_json::{Map, Value};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

/// What stands where something was taken out.
pub const GONE: &str = "[scrubbed]";

/// Names whose value is never kept. A name is compared in parts: `card_number` is found in `customerCardNumber`.
const NAMES: [&str; 34] = [
    "password",
    "passwd",
    "pwd",
    "passphrase",
    "current",
    "secret",
    "token",
    "code",
    "otp",
    "totp",
    "pin",
    "cookie",
    "session",
    "authorization",
    "auth",
    "bearer",
    "credential",
    "credentials",
    "signature",
    "jwt",
    "api_key",
    "apikey",
    "private_key",
    "secret_key",
    "access_key",
    "key_hash",
    "card_number",
    "card",
    "cvc",
    "cvv",
    "iban",
    "recovery",
    "nonce",
    "ssn",
];

/// Names that hold one of [`NAMES`] as a part and are no secret: what is scrubbed too much can't be understood.
const HARMLESS: [&str; 14] = [
    "country_code",
    "currency_code",
    "language_code",
    "status_code",
    "error_code",
    "coupon_code",
    "postal_code",
    "zip_code",
    "discount_code",
    "code_system",
    "product_code",
    "current_status",
    "current_page",
    "session_count",
];

/// How deep JSON is followed; what is deeper is taken out whole.
const MAX_DEPTH: usize = 64;

/// Takes out what must not be kept. Cheap to make anew when a store lists other names.
#[derive(Debug, Clone)]
pub struct Scrubber {
    names: Vec<Vec<String>>,
    harmless: BTreeSet<Vec<String>>,
}

/// What was scrubbed, and of which names something was taken out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scrubbed {
    /// What may be kept.
    pub text: String,
    /// The names, as they were sent, each once.
    pub names: Vec<String>,
}

impl Scrubber {
    /// The built-in names and these.
    pub fn new(more: &[String]) -> Self {
        let listed: Vec<_> = more.iter().map(|name| parts(name)).collect();
        let names = NAMES.iter().map(|name| parts(name)).chain(listed.clone());
        Self {
            names: names.filter(|parts| !parts.is_empty()).collect(),
            // What a store lists is meant, even when we take it for harmless.
            harmless: HARMLESS
                .iter()
                .map(|name| parts(name))
                .filter(|name| !listed.contains(name))
                .collect(),
        }
    }

    /// Whether a value under this name must not be kept.
    pub fn hides(&self, name: &str) -> bool {
        let parts = parts(name);
        let holds = |wanted: &[String]| {
            parts.windows(wanted.len()).any(|part| part == wanted)
                || wanted.len() > 1 && parts.contains(&wanted.concat())
        };
        let is_hidden = self.names.iter().any(|wanted| holds(wanted));
        is_hidden
            && !self
                .harmless
                .iter()
                .any(|harmless| parts.ends_with(harmless))
    }

    /// A query string or a form's body (`application/x-www-form-urlencoded`), scrubbed and still one.
    pub fn form(&self, text: &str) -> Scrubbed {
        let mut names = Names::default();
        let mut form = form_urlencoded::Serializer::new(String::with_capacity(text.len()));
        for (name, value) in form_urlencoded::parse(text.as_bytes()) {
            // A form of a server function names what is nested as `form[password]`.
            if self.hides(&name) {
                names.note(&name);
                form.append_pair(&look::scrubbed(&name), GONE);
            } else {
                form.append_pair(&look::scrubbed(&name), &self.text(&value, &mut names));
            }
        }
        names.with(form.finish())
    }

    /// JSON, scrubbed and still JSON; what can't be read as JSON is scrubbed as text.
    pub fn json(&self, bytes: &[u8]) -> Scrubbed {
        let mut names = Names::default();
        match serde_json::from_slice(bytes) {
            Ok(value) => {
                let value = self.value(value, 0, &mut names);
                names.with(value.to_string())
            }
            Err(_) => {
                let text = String::from_utf8_lossy(bytes);
                let text = self.lines(&text, &mut names);
                names.with(text)
            }
        }
    }

    /// A line of text of its own, such as a user agent.
    pub fn line(&self, text: &str) -> String {
        self.text(text, &mut Names::default()).into_owned()
    }

    /// A path: only what looks like a secret is taken out.
    pub fn path(&self, path: &str) -> String {
        look::scrubbed(path).into_owned()
    }

    fn value(&self, value: Value, depth: usize, names: &mut Names) -> Value {
        if depth > MAX_DEPTH {
            return GONE.into();
        }
        match value {
            Value::String(text) => self.text(&text, names).into_owned().into(),
            Value::Number(number) => match look::scrubbed(&number.to_string()) {
                Cow::Borrowed(_) => Value::Number(number),
                Cow::Owned(gone) => gone.into(),
            },
            Value::Array(items) => items
                .into_iter()
                .map(|item| self.value(item, depth + 1, names))
                .collect(),
            Value::Object(members) => Value::Object(self.object(members, depth, names)),
            plain => plain,
        }
    }

    fn object(
        &self,
        members: Map<String, Value>,
        depth: usize,
        names: &mut Names,
    ) -> Map<String, Value> {
        // `{"name": "password", "value": ...}` and `{"field": "password", "before": ..., "after": ...}`: what is
        // secret stands beside its name.
        let is_told = ["name", "field", "key"].iter().any(|told| {
            let name = members.get(*told).and_then(Value::as_str);
            name.is_some_and(|name| self.hides(name))
        });
        members
            .into_iter()
            .map(|(name, value)| {
                let is_beside = is_told && matches!(&*name, "value" | "before" | "after");
                let value = if (is_beside || self.hides(&name)) && !is_empty(&value) {
                    names.note(&name);
                    GONE.into()
                } else {
                    self.value(value, depth + 1, names)
                };
                (look::scrubbed(&name).into_owned(), value)
            })
            .collect()
    }

    /// Text within JSON or a form: JSON in it is followed.
    fn text<'a>(&self, text: &'a str, names: &mut Names) -> Cow<'a, str> {
        let start = text.trim_start();
        if start.starts_with(['{', '['])
            && let Ok(value) = serde_json::from_str::<Value>(text)
        {
            return self.value(value, 1, names).to_string().into();
        }
        look::scrubbed_besides(text, self.named(text, names))
    }

    /// Where values stand behind secret names within text: `password=...`, `API key: ...`.
    fn named(&self, text: &str, names: &mut Names) -> Vec<Range<usize>> {
        let mut found: Vec<Range<usize>> = Vec::new();
        for (at, _) in text.match_indices([':', '=']) {
            // A value is passed over, so that no text is read more than a few times.
            if found.last().is_some_and(|value| at < value.end) {
                continue;
            }
            let name = look::name_at_end(&text[..at]);
            if name.is_empty() || !self.hides(name) {
                continue;
            }
            if let Some(value) = look::value_after(text, at) {
                names.note(name);
                found.push(value);
            }
        }
        found
    }

    /// Text of no known form: lines such as `password: ...` and `token=...` lose what stands behind the name.
    fn lines(&self, text: &str, names: &mut Names) -> String {
        let scrubbed: Vec<_> = text
            .split_inclusive(['\n', '&', ';', ',', '{', '}'])
            .map(|piece| {
                let Some(at) = piece.find([':', '=']) else {
                    return look::scrubbed(piece).into_owned();
                };
                let name = piece[..at].trim().trim_matches(['"', '\'']);
                if !self.hides(name) {
                    return look::scrubbed(piece).into_owned();
                }
                names.note(name);
                let end = piece
                    .trim_end_matches(['\n', '&', ';', ',', '{', '}'])
                    .len();
                format!("{}{GONE}{}", &piece[..=at], &piece[end.max(at + 1)..])
            })
            .collect();
        // Once more as a whole: a look may reach over a divider, and a name stand behind other words.
        let text = scrubbed.concat();
        look::scrubbed_besides(&text, self.named(&text, names)).into_owned()
    }
}

#[derive(Default)]
struct Names(BTreeSet<String>);

impl Names {
    fn note(&mut self, name: &str) {
        if self.0.len() < 20 {
            self.0
                .insert(look::scrubbed(name).chars().take(60).collect());
        }
    }

    fn with(self, text: String) -> Scrubbed {
        Scrubbed {
            text,
            names: self.0.into_iter().collect(),
        }
    }
}

/// Nothing is hidden where nothing stands; saying so helps who looks for a mistake.
fn is_empty(value: &Value) -> bool {
    value.is_null() || value.is_boolean() || value.as_str() == Some("")
}

/// A name's parts in lower case: `newPassword[0]`, `new_password` and `NEW-PASSWORD` are `new`, `password`.
fn parts(name: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut was_lower = false;
    for c in name.chars() {
        if !c.is_alphanumeric() {
            parts.push(String::new());
            was_lower = false;
            continue;
        }
        if c.is_uppercase() && was_lower {
            parts.push(String::new());
        }
        was_lower = c.is_lowercase() || c.is_numeric();
        let last = parts.last_mut().expect("there is always a part");
        last.extend(c.to_lowercase());
    }
    // `passwords`, `tokens2`: a plural or a number changes nothing.
    let parts = parts.into_iter().map(|part| {
        let part = part.trim_end_matches(|c: char| c.is_ascii_digit());
        part.strip_suffix('s')
            .filter(|one| one.len() > 2 && !one.ends_with('s'))
            .unwrap_or(part)
            .to_owned()
    });
    parts.filter(|part| !part.is_empty()).collect()
}

#[cfg(test)]
mod tests;
