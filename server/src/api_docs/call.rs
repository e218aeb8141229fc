//! One call: what it does and takes on one side, how it is made and answered on the other.

use super::ORIGIN;
use super::example::{example_of, paint};
use super::object::{field, kind};
use super::words::{escape, markdown};
use crate::problem::PROBLEM_JSON;
use serde_json::Value;
use std::fmt::Write as _;

/// One operation of the document.
pub struct Call<'a> {
    /// Its path.
    pub path: &'a str,
    /// Its method, lower case.
    pub method: &'a str,
    /// What the document says of it.
    pub operation: &'a Value,
}

impl Call<'_> {
    /// Its name and anchor.
    pub fn id(&self) -> &str {
        self.operation["operationId"].as_str().unwrap_or_default()
    }

    /// Its title.
    pub fn title(&self) -> &str {
        self.operation["summary"].as_str().unwrap_or(self.path)
    }

    /// The group it belongs to.
    pub fn tag(&self) -> &str {
        self.operation["tags"][0].as_str().unwrap_or_default()
    }

    /// Its section.
    pub fn section(&self, document: &Value) -> String {
        let id = escape(self.id());
        let mut out = format!(
            "<section class=call id=\"{id}\"><header><h3><a href=\"#{id}\">{title}</a></h3>\
             <p class=line><span class=\"method {method}\">{verb}</span> <code>{path}</code></p></header>",
            title = escape(self.title()),
            method = self.method,
            verb = self.method.to_uppercase(),
            path = breakable(self.path),
        );
        let _ = write!(
            out,
            "<div class=words>{}{}{}{}</div><div class=code>{}{}</div></section>",
            self.operation["description"]
                .as_str()
                .map(markdown)
                .unwrap_or_default(),
            self.parameters(),
            self.body(),
            self.answers(),
            self.request(document),
            self.answer(document),
        );
        out
    }

    fn parameters(&self) -> String {
        let parameters = self.operation["parameters"].as_array();
        let fields: String = parameters
            .into_iter()
            .flatten()
            .map(|parameter| {
                let mut schema = parameter["schema"].clone();
                let place = match parameter["in"].as_str() {
                    Some("path") => "In the path. ",
                    Some("header") => "A header. ",
                    _ => "",
                };
                let words = parameter["description"].as_str().unwrap_or_default();
                if let Some(schema) = schema.as_object_mut() {
                    schema.insert("description".to_owned(), format!("{place}{words}").into());
                }
                let is_required = parameter["required"].as_bool().unwrap_or(false);
                field(
                    parameter["name"].as_str().unwrap_or_default(),
                    &without_null(schema),
                    is_required.then_some("required"),
                )
            })
            .collect();
        if fields.is_empty() {
            return fields;
        }
        format!("<h4>Parameters</h4><dl>{fields}</dl>")
    }

    fn body(&self) -> String {
        let kinds: Vec<String> = self.operation["requestBody"]["content"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, content)| match name.as_str() {
                "application/json" => {
                    format!("{} as <code>{name}</code>", kind(&content["schema"]))
                }
                name => format!("lines as <code>{}</code>", escape(name)),
            })
            .collect();
        if kinds.is_empty() {
            return String::new();
        }
        format!("<h4>Body</h4><p>{}</p>", kinds.join(", or "))
    }

    fn answers(&self) -> String {
        let mut out = String::from("<h4>Answers</h4><dl class=answers>");
        for (status, response) in self.operation["responses"]
            .as_object()
            .into_iter()
            .flatten()
        {
            let content = &response["content"];
            let schema = &content["application/json"]["schema"];
            let kind = if schema.is_object() {
                kind(schema)
            } else {
                media_types(content)
            };
            let _ = write!(
                out,
                "<div><dt><b class=\"s{}\">{status}</b> <span class=kind>{kind}</span></dt><dd>{}",
                &status[..1],
                markdown(response["description"].as_str().unwrap_or_default()),
            );
            for (name, header) in response["headers"].as_object().into_iter().flatten() {
                let words = header["description"].as_str().unwrap_or_default();
                let _ = write!(
                    out,
                    "<p><code>{}</code>: {}</p>",
                    escape(name),
                    escape_code(words)
                );
            }
            out.push_str("</dd></div>");
        }
        out.push_str("</dl>");
        out
    }

    fn request(&self, document: &Value) -> String {
        let mut path = self.path.to_owned();
        let mut query = Vec::new();
        let mut headers = Vec::new();
        let needs_key = self.operation["security"][0]
            .as_object()
            .is_some_and(|scheme| !scheme.is_empty());
        if needs_key {
            headers.push("Authorization: Bearer st_...".to_owned());
        }
        for parameter in self.operation["parameters"]
            .as_array()
            .into_iter()
            .flatten()
        {
            let name = parameter["name"].as_str().unwrap_or_default();
            let example = match &parameter["example"] {
                Value::Null => continue,
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            match parameter["in"].as_str() {
                Some("path") => path = path.replace(&format!("{{{name}}}"), &example),
                Some("header") => headers.push(format!("{name}: {example}")),
                _ => query.push(format!("-d {name}={example}")),
            }
        }
        let json = &self.operation["requestBody"]["content"]["application/json"]["schema"];
        let mut lines = vec![format!("curl {ORIGIN}{path}")];
        if let "put" | "delete" = self.method {
            let method = self.method.to_uppercase();
            lines[0] = format!("curl -X {method} {ORIGIN}{path}");
        } else if !query.is_empty() {
            lines[0] = format!("curl -G {ORIGIN}{path}");
        }
        lines.extend(headers.iter().map(|header| format!("-H \"{header}\"")));
        lines.extend(query.iter().map(|pair| match pair.split_once(' ') {
            Some((_, pair)) => format!("--data-urlencode \"{pair}\""),
            None => pair.clone(),
        }));
        let mut shell: String = lines
            .iter()
            .map(|l| escape(l))
            .collect::<Vec<_>>()
            .join(" \\\n  ");
        if json.is_object() {
            let body = paint(&example_of(json, document));
            let _ = write!(
                shell,
                " \\\n  -H &quot;Content-Type: application/json&quot; \\\n  -d '{body}'"
            );
        }
        format!("<h4>Call</h4><pre class=shell tabindex=0><code>{shell}</code></pre>")
    }

    fn answer(&self, document: &Value) -> String {
        let responses = self.operation["responses"].as_object();
        let good = responses
            .into_iter()
            .flatten()
            .find(|(status, _)| status.starts_with('2'));
        let Some((status, response)) = good else {
            return String::new();
        };
        let schema = &response["content"]["application/json"]["schema"];
        let example = example_of(schema, document);
        if example.as_object().is_none_or(serde_json::Map::is_empty) {
            return String::new();
        }
        format!(
            "<h4>Answer {status}</h4><pre tabindex=0><code>{}</code></pre>",
            paint(&example)
        )
    }
}

/// The types of an answer that is a file. That refusals are problems is said once, in the introduction.
fn media_types(content: &Value) -> String {
    let names = content.as_object().into_iter().flatten();
    let names: Vec<String> = names
        .map(|(name, _)| name.as_str())
        .filter(|name| *name != PROBLEM_JSON && *name != "*/*")
        .map(|name| format!("<code>{}</code>", escape(name)))
        .collect();
    names.join(" ")
}

/// The schema of an optional parameter: it is left out, never null.
fn without_null(mut schema: Value) -> Value {
    if let Some(Value::Array(kinds)) = schema.get_mut("type") {
        kinds.retain(|kind| kind != "null");
    }
    if let Some(Value::Array(choices)) = schema.get_mut("oneOf") {
        choices.retain(|choice| choice["type"] != "null");
        if let Some(only) = choices.first_mut().and_then(Value::as_object_mut) {
            only.remove("description");
        }
    }
    schema
}

/// A path that a narrow screen may break before its slashes.
fn breakable(path: &str) -> String {
    escape(path).replace('/', "<wbr>/")
}

fn escape_code(words: &str) -> String {
    let html = markdown(words);
    html.trim()
        .trim_start_matches("<p>")
        .trim_end_matches("</p>")
        .to_owned()
}
