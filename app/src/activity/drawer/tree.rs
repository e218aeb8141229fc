//! What else there is: JSON as a tree.

use super::erased;
use super::parts::value;
use crate::activity::state::use_log;
use crate::activity::words::Reader;
use crate::i18n::tr;
use domain::view::ActivityDetail;
use leptos::prelude::*;
use serde_json::Value;
use std::sync::Arc;

/// So deep the tree is open from the start.
const OPEN: usize = 2;

/// The details of the entry: its description whole, then what the store sent besides.
#[component]
pub fn Details(detail: Arc<ActivityDetail>) -> impl IntoView {
    let locale = use_log().locale;
    let tree = Tree {
        reader: Reader::of(locale, &detail.row),
        is_erasure: detail.row.action == "log.erased",
    };
    let description = detail.row.description.clone();
    let details = detail.details.clone();
    if description.is_none() && details.is_none() {
        return ().into_any();
    }
    view! {
        <section class="section" aria-labelledby="d-details">
            <h2 id="d-details">{tr!(locale, activity.entry.details)}</h2>
            {description.map(|text| view! { <p class="description" dir="auto">{text}</p> })}
            {details.map(|details| view! { <div class="tree">{branch(tree, &details, 0)}</div> })}
        </section>
    }
    .into_any()
}

/// For whom the tree is made, and of what.
#[derive(Clone, Copy)]
struct Tree {
    reader: Reader,
    /// Whether it is what an erasure tells, whose fields have words of their own.
    is_erasure: bool,
}

impl Tree {
    /// What a field is called: by its own name where nothing better is known.
    fn label(self, name: &str, depth: usize) -> String {
        let known = (self.is_erasure && depth == 0)
            .then(|| erased::label(self.reader.locale(), name))
            .flatten();
        known.map_or_else(|| name.to_owned(), str::to_owned)
    }

    /// A value that its field gives a name.
    fn named(self, name: &str, node: &Value, depth: usize) -> Option<String> {
        let told = (self.is_erasure && depth == 0)
            .then(|| erased::value(self.reader.locale(), name, node))
            .flatten();
        told.or_else(|| self.reader.named(name, node))
    }
}

fn branch(tree: Tree, node: &Value, depth: usize) -> AnyView {
    let items: Vec<(String, &Value)> = match node {
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| (name.clone(), value))
            .collect(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(at, value)| (at.to_string(), value))
            .collect(),
        leaf => return value(tree.reader.whole("", leaf)).into_any(),
    };
    let items = items
        .into_iter()
        .map(|(name, value)| item(tree, name, value, depth))
        .collect_view();
    view! { <ul>{items}</ul> }.into_any()
}

fn item(tree: Tree, name: String, node: &Value, depth: usize) -> AnyView {
    let is_leaf = match node {
        Value::Object(fields) => fields.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => true,
    };
    let label = tree.label(&name, depth);
    let named = tree.named(&name, node, depth);
    if is_leaf || named.is_some() {
        let shown = named.unwrap_or_else(|| tree.reader.whole(&name, node));
        return view! { <li><bdi class="key">{label}</bdi> " " {value(shown)}</li> }.into_any();
    }
    let size = tree.reader.brief(&name, node);
    view! {
        <li>
            <details open=depth + 1 < OPEN>
                <summary><bdi class="key">{label}</bdi> " " <span class="dim">{size}</span></summary>
                {branch(tree, node, depth + 1)}
            </details>
        </li>
    }
    .into_any()
}
