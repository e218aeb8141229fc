//! The document as a judge: every answer must be one that it announces, in the shape that it describes.

use crate::v1_calls::Answer;
use axum::http::Method;
use jsonschema::Validator;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// The document with its schemas closed: a field that is not described is a mistake.
pub struct Document {
    /// As it is served.
    pub json: Value,
    closed: Value,
    validators: BTreeMap<(String, u16), Validator>,
    media_types: BTreeMap<(String, u16), Vec<String>>,
}

/// Answers that any call can give, and so none announces: the table of codes does.
const EVERYWHERE: [u16; 2] = [404, 405];

/// Refusals that every call announces, and that come when the server is in trouble or called too fast.
const AT_ANY_TIME: [u16; 3] = [429, 500, 503];

impl Document {
    /// The document of this build.
    pub fn get() -> &'static Self {
        static DOCUMENT: LazyLock<Document> = LazyLock::new(Document::load);
        &DOCUMENT
    }

    fn load() -> Self {
        let json = serde_json::to_value(server::v1::document()).unwrap();
        let mut closed = json.clone();
        close(&mut closed, false);
        let (mut validators, mut media_types) = (BTreeMap::new(), BTreeMap::new());
        for (id, operation) in operations(&json) {
            for (status, response) in operation["responses"].as_object().unwrap() {
                let contents = response["content"].as_object().unwrap();
                let (_, content) = contents.iter().next().unwrap();
                let mut schema = content["schema"].clone();
                close(&mut schema, false);
                schema["components"] = closed["components"].clone();
                let key = (id.clone(), status.parse::<u16>().unwrap());
                media_types.insert(key.clone(), contents.keys().cloned().collect());
                validators.insert(key, jsonschema::validator_for(&schema).unwrap());
            }
        }
        Self {
            json,
            closed: closed["components"].take(),
            validators,
            media_types,
        }
    }

    /// A validator for one of the document's schemas, as it stands.
    pub fn schema(&self, name: &str) -> Validator {
        let schema = json!({
            "$ref": format!("#/components/schemas/{name}"),
            "components": self.json["components"],
        });
        jsonschema::validator_for(&schema).unwrap()
    }

    /// A validator for one of the document's schemas that refuses every field that it doesn't name.
    pub fn closed(&self, name: &str) -> Validator {
        let mut schema = json!({"$ref": format!("#/components/schemas/{name}")});
        close(&mut schema, false);
        schema["components"] = self.closed.clone();
        jsonschema::validator_for(&schema).unwrap()
    }

    /// Each place in an answer that is called an object without a name for any field of it.
    fn nameless(&self) -> BTreeSet<String> {
        let (mut seen, mut found) = (BTreeSet::new(), BTreeSet::new());
        for (id, operation) in operations(&self.json) {
            for response in operation["responses"].as_object().unwrap().values() {
                for content in response["content"].as_object().unwrap().values() {
                    self.look(&content["schema"], &id, &mut seen, &mut found);
                }
            }
        }
        found
    }

    fn look(
        &self,
        schema: &Value,
        at: &str,
        seen: &mut BTreeSet<String>,
        found: &mut BTreeSet<String>,
    ) {
        if let Some(place) = schema["$ref"].as_str() {
            let name = place.rsplit('/').next().unwrap();
            if seen.insert(name.to_owned()) {
                let target = &self.json["components"]["schemas"][name];
                self.look(target, name, seen, found);
            }
            return;
        }
        let fields = schema["properties"].as_object();
        for (name, field) in fields.into_iter().flatten() {
            self.look(field, &format!("{at}/{name}"), seen, found);
        }
        for several in ["allOf", "oneOf", "anyOf", "prefixItems"] {
            for part in schema[several].as_array().into_iter().flatten() {
                self.look(part, at, seen, found);
            }
        }
        for inner in ["items", "additionalProperties"] {
            if let Some(inner) = schema.get(inner) {
                self.look(inner, at, seen, found);
            }
        }
        let kind = &schema["type"];
        let mut kinds = kind.as_array().into_iter().flatten().chain([kind]);
        let is_open =
            !is_described(&schema["properties"]) && !schema["additionalProperties"].is_object();
        if is_open && kinds.any(|kind| kind == "object") {
            found.insert(at.to_owned());
        }
    }

    /// Each operation's id with every status that it announces, but for what comes at any time.
    pub fn announced(&self) -> Vec<(String, u16)> {
        let all = self.validators.keys();
        let own = all.filter(|(_, status)| !AT_ANY_TIME.contains(status));
        own.cloned().collect()
    }

    /// Checks an answer and returns the operation's id; none for a path that is not in the document.
    pub fn check(&self, method: &Method, path: &str, answer: &Answer) -> Option<String> {
        let Some(id) = self.operation(method, path) else {
            let is_refused = EVERYWHERE.contains(&answer.status) || answer.status == 401;
            assert!(
                is_refused,
                "{method} {path} is not in the document: {answer:?}"
            );
            return None;
        };
        let key = (id.clone(), answer.status);
        let validator = self
            .validators
            .get(&key)
            .unwrap_or_else(|| panic!("{id} does not announce {}: {answer:?}", answer.status));
        let kind = answer.header("content-type");
        let essence = kind.split(';').next().unwrap_or_default();
        let announced = &self.media_types[&key];
        assert!(
            announced
                .iter()
                .any(|name| name == "*/*" || name == essence),
            "{id} announces {announced:?} with {}, and answered {kind}",
            answer.status
        );
        // JSON Lines are many texts, and a file.
        if !kind.contains("json") || kind.contains("jsonl") {
            return Some(id);
        }
        let body = answer.json();
        let wrong: Vec<String> = validator
            .iter_errors(&body)
            .map(|error| format!("{} at {}", error, error.instance_path()))
            .collect();
        assert!(
            wrong.is_empty(),
            "{id} {}: {wrong:#?}\n{body:#}",
            answer.status
        );
        Some(id)
    }

    fn operation(&self, method: &Method, path: &str) -> Option<String> {
        let path = format!("/api/v1{}", path.split('?').next().unwrap());
        let method = match *method {
            Method::HEAD => "get".to_owned(),
            ref other => other.as_str().to_lowercase(),
        };
        let paths = self.json["paths"].as_object().unwrap();
        // A path without a placeholder goes before one with.
        let exact = paths.get(&path);
        let item = exact.or_else(|| {
            let (_, item) = paths.iter().find(|(template, _)| is_of(template, &path))?;
            Some(item)
        })?;
        Some(
            item.get(&method)?["operationId"]
                .as_str()
                .unwrap()
                .to_owned(),
        )
    }
}

/// Each operation by its id.
pub fn operations(document: &Value) -> Vec<(String, Value)> {
    let paths = document["paths"].as_object().unwrap();
    paths
        .values()
        .flat_map(|item| item.as_object().unwrap().values())
        .map(|operation| {
            (
                operation["operationId"].as_str().unwrap().to_owned(),
                operation.clone(),
            )
        })
        .collect()
}

fn is_of(template: &str, path: &str) -> bool {
    let (template, path): (Vec<&str>, Vec<&str>) =
        (template.split('/').collect(), path.split('/').collect());
    template.len() == path.len()
        && template
            .iter()
            .zip(&path)
            .all(|(part, given)| part == given || (part.starts_with('{') && !given.is_empty()))
}

/// Makes a schema refuse fields that it doesn't describe. Parts of an `allOf` stay open, and the forms of a named schema,
/// which may be such a part: the whole is closed.
fn close(schema: &mut Value, is_part: bool) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(|item| close(item, is_part)),
        Value::Object(fields) => {
            let is_schema = fields.contains_key("$ref")
                || fields.contains_key("allOf")
                || fields.get("properties").is_some_and(is_described);
            for (name, inner) in fields.iter_mut() {
                match name.as_str() {
                    "example" | "examples" | "enum" | "required" => {}
                    "schemas" => each(inner, |schema| close(schema, true)),
                    "properties" => each(inner, |schema| close(schema, false)),
                    "allOf" => close(inner, true),
                    "oneOf" | "anyOf" => close(inner, is_part),
                    _ => close(inner, false),
                }
            }
            if is_schema && !is_part {
                fields.insert("unevaluatedProperties".to_owned(), false.into());
            }
        }
        _ => {}
    }
}

fn is_described(properties: &Value) -> bool {
    properties
        .as_object()
        .is_some_and(|fields: &Map<_, _>| !fields.is_empty())
}

fn each(map: &mut Value, run: impl Fn(&mut Value)) {
    map.as_object_mut().unwrap().values_mut().for_each(run);
}

#[test]
fn every_answer_names_its_fields() {
    let nameless = Document::get().nameless();
    // Any JSON object that was sent with an activity, and the document itself.
    let open: BTreeSet<String> = ["Activity/details", "get_document"]
        .map(str::to_owned)
        .into();
    assert_eq!(nameless, open);
}

#[test]
fn a_field_that_the_document_does_not_name_is_refused() {
    let at = "2026-11-20T09:14:03Z";
    let fact = json!({"at": at, "fact": "answered", "answer": "accepted"});
    let condition = json!({"condition": "query", "query": "a", "is_met": true, "seen": null});
    let verdict = json!({"verdict": "handing_over", "at": at});
    let details = json!({"checked": condition, "at": at});
    for (name, mut answer, within) in [
        ("DeliveryFact", fact, ""),
        ("CheckedCondition", condition, ""),
        ("Verdict", verdict, ""),
        ("WhyDetails", details, "/checked"),
    ] {
        let validator = Document::get().closed(name);
        let wrong = validator.validate(&answer).map_err(|e| e.to_string());
        assert_eq!(wrong, Ok(()), "{name}");
        answer.pointer_mut(within).unwrap()["more"] = 1.into();
        assert!(!validator.is_valid(&answer), "{name}");
    }
}
