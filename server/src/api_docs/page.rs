//! The page around it: contents, introduction, calls, objects.

use super::call::Call;
use super::object::object;
use super::words::{anchor, escape, markdown, sections};
use serde_json::Value;
use std::fmt::Write as _;

/// The whole page for a document.
pub fn page(document: &Value) -> String {
    let title = escape(document["info"]["title"].as_str().unwrap_or_default());
    let version = escape(document["info"]["version"].as_str().unwrap_or_default());
    let introduction = document["info"]["description"].as_str().unwrap_or_default();
    let calls = calls(document);
    let contents = contents(document, introduction, &calls);
    let mut out = format!(
        "<!doctype html><html lang=en><head><meta charset=utf-8><title>{title}</title>\
         <meta name=viewport content=\"width=device-width, initial-scale=1, viewport-fit=cover\">\
         <meta name=color-scheme content=\"light dark\">\
         <link rel=icon href=\"/favicon.svg\" type=\"image/svg+xml\">\
         <link rel=stylesheet href=\"/api/docs/docs.css\"></head><body>\
         <a class=skip href=\"#main\">Skip to content</a>\
         <header class=top><a class=home href=\"/\">Storetrail</a> <span>API {version}</span>\
         <a class=file href=\"/api/v1/openapi.json\">openapi.json</a></header>\
         <nav class=side aria-label=Contents>{contents}</nav>\
         <details class=fold><summary>Contents</summary><nav aria-label=Contents>{contents}</nav></details>\
         <main id=main><section class=introduction><h1>{title}</h1>{introduction}</section>",
        introduction = markdown(introduction),
    );
    for tag in document["tags"].as_array().into_iter().flatten() {
        let name = tag["name"].as_str().unwrap_or_default();
        let _ = write!(
            out,
            "<section class=group><h2 id=\"{}\">{}</h2>{}",
            anchor(name),
            escape(name),
            markdown(tag["description"].as_str().unwrap_or_default()),
        );
        for call in calls.iter().filter(|call| call.tag() == name) {
            out.push_str(&call.section(document));
        }
        out.push_str("</section>");
    }
    out.push_str("<section class=group><h2 id=objects>Objects</h2><p>What is sent and answered, by name.</p><div class=objects>");
    for (name, schema) in document["components"]["schemas"]
        .as_object()
        .into_iter()
        .flatten()
    {
        out.push_str(&object(name, schema));
    }
    out.push_str("</div></section></main></body></html>");
    out
}

fn calls(document: &Value) -> Vec<Call<'_>> {
    let mut calls = Vec::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for method in ["post", "get", "put", "delete"] {
            if let Some(operation) = item.get(method) {
                calls.push(Call {
                    path,
                    method,
                    operation,
                });
            }
        }
    }
    calls
}

fn contents(document: &Value, introduction: &str, calls: &[Call<'_>]) -> String {
    let mut out = String::from("<h2>Using it</h2><ul>");
    for (anchor, title) in sections(introduction) {
        let _ = write!(out, "<li><a href=\"#{anchor}\">{}</a></li>", escape(&title));
    }
    out.push_str("</ul>");
    for tag in document["tags"].as_array().into_iter().flatten() {
        let name = tag["name"].as_str().unwrap_or_default();
        let _ = write!(out, "<h2>{}</h2><ul>", escape(name));
        for call in calls.iter().filter(|call| call.tag() == name) {
            let _ = write!(
                out,
                "<li><a href=\"#{}\"><span class=\"method {method}\">{}</span> {}</a></li>",
                escape(call.id()),
                call.method.to_uppercase(),
                escape(call.title()),
                method = call.method,
            );
        }
        out.push_str("</ul>");
    }
    out.push_str("<ul><li><a href=\"#objects\">Objects</a></li></ul>");
    out
}
