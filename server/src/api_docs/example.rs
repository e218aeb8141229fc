//! Examples: values made up from a schema, and JSON painted.

use super::words::escape;
use serde_json::{Map, Value, json};
use std::fmt::Write as _;

/// How deep schemas are followed.
const DEEPEST: u32 = 12;

/// A value that the schema describes: its own example where it has one.
pub fn example_of(schema: &Value, document: &Value) -> Value {
    follow(schema, document, DEEPEST)
}

fn follow(schema: &Value, document: &Value, depth: u32) -> Value {
    if depth == 0 {
        return Value::Null;
    }
    if let Some(example) = schema.get("example").or_else(|| schema["examples"].get(0)) {
        return example.clone();
    }
    if let Some(target) = resolve(schema, document) {
        return follow(target, document, depth - 1);
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        let may_be_null = choices.iter().any(|choice| choice["type"] == "null");
        let first = choices.first().unwrap_or(&Value::Null);
        // A thing is shown; a lone value that is mostly missing is not made up.
        let is_thing =
            resolve(first, document).is_some_and(|target| target["properties"].is_object());
        if may_be_null && !is_thing {
            return Value::Null;
        }
        return follow(first, document, depth - 1);
    }
    if let Some(parts) = schema["allOf"].as_array() {
        let mut whole = Map::new();
        for part in parts {
            if let Value::Object(fields) = follow(part, document, depth - 1) {
                whole.extend(fields);
            }
        }
        return Value::Object(whole);
    }
    if let Some(first) = schema["enum"].get(0) {
        return first.clone();
    }
    let kind = match &schema["type"] {
        Value::Array(_) => return Value::Null,
        kind => kind.as_str(),
    };
    match kind {
        Some("object") => {
            let fields = schema["properties"].as_object();
            let filled = fields.into_iter().flatten();
            Value::Object(
                filled
                    .map(|(name, field)| (name.clone(), follow(field, document, depth - 1)))
                    .collect(),
            )
        }
        Some("array") => match schema["prefixItems"].as_array() {
            Some(places) => places
                .iter()
                .map(|place| follow(place, document, depth - 1))
                .collect(),
            None => json!([follow(&schema["items"], document, depth - 1)]),
        },
        Some("integer" | "number") => schema
            .get("minimum")
            .filter(|n| **n != json!(0))
            .cloned()
            .unwrap_or(json!(3)),
        Some("boolean") => json!(true),
        Some("string") => text_example(schema),
        _ => Value::Null,
    }
}

fn text_example(schema: &Value) -> Value {
    match (schema["format"].as_str(), schema["pattern"].as_str()) {
        (Some("uuid"), _) => json!("0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e5f"),
        (_, Some("^[0-9a-f]{64}$")) => {
            json!("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")
        }
        _ => json!("..."),
    }
}

/// What a `$ref` points at.
pub fn resolve<'a>(schema: &Value, document: &'a Value) -> Option<&'a Value> {
    document.pointer(schema["$ref"].as_str()?.strip_prefix('#')?)
}

/// The name that a `$ref` ends with.
pub fn name_of(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.rsplit('/').next()
}

/// JSON on lines of its own, with its keys, texts and constants marked for the style sheet. What fits on a line
/// stays on one.
pub fn paint(value: &Value) -> String {
    let mut out = String::new();
    write_value(&mut out, value, 0);
    out
}

/// How many characters a line may have.
const WIDTH: usize = 72;

fn write_value(out: &mut String, value: &Value, indent: usize) {
    let fits = value.to_string().chars().count() + indent <= WIDTH;
    let (open, close, parts): (char, char, Vec<(Option<&String>, &Value)>) = match value {
        Value::Object(fields) if !fields.is_empty() => {
            ('{', '}', fields.iter().map(|(k, v)| (Some(k), v)).collect())
        }
        Value::Array(items) if !items.is_empty() => {
            ('[', ']', items.iter().map(|v| (None, v)).collect())
        }
        Value::String(_) => {
            let _ = write!(out, "<i>{}</i>", escape(&value.to_string()));
            return;
        }
        other => {
            let _ = write!(out, "<b>{other}</b>");
            return;
        }
    };
    let is_flat = fits && indent > 0 && parts.iter().all(|(_, v)| !v.is_object());
    out.push(open);
    for (at, (key, part)) in parts.iter().enumerate() {
        if at > 0 {
            out.push_str(if is_flat { ", " } else { "," });
        }
        if !is_flat {
            let _ = write!(out, "\n{:1$}", "", indent + 2);
        }
        if let Some(key) = key {
            let _ = write!(
                out,
                "<u>{}</u>: ",
                escape(&Value::from(key.as_str()).to_string())
            );
        }
        write_value(out, part, indent + 2);
    }
    if !is_flat {
        let _ = write!(out, "\n{:1$}", "", indent);
    }
    out.push(close);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_is_made_of_the_schema() {
        let document = json!({"components": {"schemas": {
            "Name": {"type": "string", "examples": ["Sara"]},
            "One": {"type": "object", "properties": {
                "name": {"$ref": "#/components/schemas/Name"},
                "other": {"oneOf": [{"$ref": "#/components/schemas/Name"}, {"type": "null"}]},
                "error": {"type": ["string", "null"]},
                "kind": {"enum": ["user"]},
                "many": {"type": "array", "items": {"type": "integer"}},
                "pair": {"type": "array", "items": false, "prefixItems": [
                    {"enum": ["email"]}, {"$ref": "#/components/schemas/Name"},
                ]},
            }},
        }}});
        let example = example_of(&json!({"$ref": "#/components/schemas/One"}), &document);
        assert_eq!(
            example,
            json!({
                "name": "Sara", "other": null, "error": null, "kind": "user", "many": [3], "pair": ["email", "Sara"],
            })
        );
    }

    #[test]
    fn painted_json_is_escaped() {
        assert_eq!(paint(&json!("<a>")), "<i>&quot;&lt;a&gt;&quot;</i>");
        let painted = paint(&json!({"a": [1, 2], "b": {"c": null}}));
        assert!(
            painted.contains("<u>&quot;a&quot;</u>: [<b>1</b>, <b>2</b>],"),
            "{painted}"
        );
    }
}
