//! What is sent and answered: each schema as a list of its fields.

use super::example::name_of;
use super::words::{escape, markdown};
use serde_json::Value;
use std::fmt::Write as _;

/// The section of one schema.
pub fn object(name: &str, schema: &Value) -> String {
    let name = escape(name);
    let mut out = format!(
        "<section class=object id=\"object-{name}\"><h3><a href=\"#object-{name}\">{name}</a></h3>"
    );
    if let Some(description) = schema["description"].as_str() {
        out.push_str(&markdown(description));
    }
    out.push_str(&body(schema));
    out.push_str("</section>");
    out
}

fn body(schema: &Value) -> String {
    if let Some(parts) = schema["allOf"].as_array() {
        return parts
            .iter()
            .map(|part| match name_of(part) {
                Some(_) => format!("<p class=kind>All of {}, and:</p>", kind(part)),
                None => body(part),
            })
            .collect();
    }
    if let Some(forms) = schema["oneOf"].as_array()
        && forms.iter().any(is_form)
    {
        return forms.iter().map(form).collect();
    }
    if let Some(fields) = schema["properties"].as_object() {
        let required: Vec<&str> = texts(&schema["required"]);
        // What refuses other fields is sent; the rest is answered.
        let must = if schema["additionalProperties"] == false {
            "required"
        } else {
            "always"
        };
        let fields = fields.iter().map(|(name, field)| {
            let is_required = required.contains(&name.as_str());
            self::field(name, field, is_required.then_some(must))
        });
        return format!("<dl>{}</dl>", fields.collect::<String>());
    }
    format!("<p class=kind>{}</p>", kind(schema))
}

/// Whether one of several forms has fields of its own, rather than a name.
fn is_form(schema: &Value) -> bool {
    schema["properties"].is_object() || schema["allOf"].is_array()
}

/// One of the forms that a thing has: what it is, and its fields.
fn form(schema: &Value) -> String {
    let words = schema["description"].as_str().map(markdown);
    format!(
        "<div class=form>{}{}</div>",
        words.unwrap_or_default(),
        body(schema)
    )
}

/// One field or parameter: its name, its kind and bounds, in a word when it must be there, what it is.
pub fn field(name: &str, schema: &Value, must: Option<&str>) -> String {
    let mut out = format!(
        "<div><dt><code>{}</code> <span class=kind>{}</span>",
        escape(name),
        kind(schema)
    );
    if let Some(must) = must {
        let _ = write!(out, " <span class=must>{must}</span>");
    }
    out.push_str("</dt><dd>");
    let description = schema["description"].as_str().or_else(|| {
        // Of a reference that may be null, the words stand beside the reference.
        schema["oneOf"].get(0)?["description"].as_str()
    });
    if let Some(description) = description {
        out.push_str(&markdown(description));
    }
    out.push_str("</dd></div>");
    out
}

/// What kind of value, in words, with its bounds. References are links.
pub fn kind(schema: &Value) -> String {
    if let Some(name) = name_of(schema) {
        let name = escape(name);
        return format!("<a href=\"#object-{name}\">{name}</a>");
    }
    for choice in ["oneOf", "anyOf"] {
        if let Some(choices) = schema[choice].as_array() {
            let kinds: Vec<String> = choices.iter().map(kind).collect();
            return kinds.join(" or ");
        }
    }
    if let Some(places) = schema["prefixItems"].as_array() {
        let kinds: Vec<String> = places.iter().map(kind).collect();
        return format!("list of {}", kinds.join(", then "));
    }
    if let Some(values) = schema["enum"].as_array() {
        let values = values.iter().filter_map(Value::as_str);
        let values: Vec<String> = values
            .map(|v| format!("<code>{}</code>", escape(v)))
            .collect();
        return values.join(" ");
    }
    let names = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        Value::String(name) => vec![name.as_str()],
        _ => vec!["any JSON"],
    };
    let names: Vec<String> = names
        .into_iter()
        .map(|name| match name {
            "array" if schema["items"].is_object() => format!("list of {}", kind(&schema["items"])),
            name => word(name, schema["format"].as_str()).to_owned(),
        })
        .collect();
    format!("{}{}", names.join(" or "), bounds(schema))
}

fn word<'a>(name: &'a str, format: Option<&'a str>) -> &'a str {
    match (name, format) {
        ("string", Some("date-time")) => "time",
        ("string", Some("uuid")) => "uuid",
        ("string", _) => "text",
        ("integer", _) => "whole number",
        ("boolean", _) => "true or false",
        (other, _) => other,
    }
}

fn bounds(schema: &Value) -> String {
    let number = |name: &str| schema[name].as_f64();
    let mut out = String::new();
    match (number("minimum"), number("maximum")) {
        (Some(least), Some(most)) => {
            let _ = write!(out, ", {least} to {most}");
        }
        (Some(least), None) if least != 0.0 => {
            let _ = write!(out, ", from {least}");
        }
        _ => {}
    }
    if let Some(most) = number("maxLength") {
        let _ = write!(out, ", at most {most} characters");
    }
    if let Some(most) = number("maxItems") {
        let _ = write!(out, ", at most {most}");
    }
    out
}

fn texts(value: &Value) -> Vec<&str> {
    value
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_kind_is_told_in_words() {
        let name = json!({"$ref": "#/components/schemas/Actor"});
        assert_eq!(
            kind(&json!({"oneOf": [name, {"type": "null"}]})),
            "<a href=\"#object-Actor\">Actor</a> or null"
        );
        assert_eq!(
            kind(&json!({"type": ["string", "null"], "maxLength": 5})),
            "text or null, at most 5 characters"
        );
        assert_eq!(
            kind(&json!({"type": "array", "items": {"type": "integer"}})),
            "list of whole number"
        );
        let pair = [json!({"enum": ["email", "sms"]}), json!({"type": "string"})];
        assert_eq!(
            kind(&json!({"type": "array", "items": false, "prefixItems": pair})),
            "list of <code>email</code> <code>sms</code>, then text"
        );
        assert_eq!(kind(&json!({})), "any JSON");
    }

    #[test]
    fn each_form_of_a_thing_is_shown_with_its_fields() {
        let name = json!({"$ref": "#/components/schemas/Answer"});
        let tag = json!({"type": "object", "properties": {"fact": {"enum": ["answered"]}}});
        let shown = object(
            "Fact",
            &json!({"oneOf": [
                {"type": "object", "description": "It waits.", "properties": {"due_at": {"type": "string"}}},
                {"allOf": [name, tag], "description": "It was answered."},
            ]}),
        );
        for part in [
            "It waits.",
            "<code>due_at</code>",
            "It was answered.",
            "#object-Answer",
            "<code>answered</code>",
        ] {
            assert!(shown.contains(part), "{part}: {shown}");
        }
        let either = json!({"oneOf": [name, {"type": "null"}]});
        assert!(!object("Either", &either).contains("class=form"));
    }
}
