//! What else there is: JSON as a tree.

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
    let reader = Reader::of(locale, &detail.row);
    let description = detail.row.description.clone();
    let details = detail.details.clone();
    if description.is_none() && details.is_none() {
        return ().into_any();
    }
    view! {
        <section class="section" aria-labelledby="d-details">
            <h2 id="d-details">{tr!(locale, activity.entry.details)}</h2>
            {description.map(|text| view! { <p class="description" dir="auto">{text}</p> })}
            {details.map(|details| view! { <div class="tree">{branch(reader, &details, 0)}</div> })}
        </section>
    }
    .into_any()
}

fn branch(reader: Reader, node: &Value, depth: usize) -> AnyView {
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
        leaf => return value(reader.whole("", leaf)).into_any(),
    };
    let items = items
        .into_iter()
        .map(|(name, value)| item(reader, name, value, depth))
        .collect_view();
    view! { <ul>{items}</ul> }.into_any()
}

fn item(reader: Reader, name: String, node: &Value, depth: usize) -> AnyView {
    let is_leaf = match node {
        Value::Object(fields) => fields.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => true,
    };
    let named = reader.named(&name, node);
    if is_leaf || named.is_some() {
        let shown = named.unwrap_or_else(|| reader.whole(&name, node));
        return view! { <li><bdi class="key">{name}</bdi> " " {value(shown)}</li> }.into_any();
    }
    let size = reader.brief(&name, node);
    view! {
        <li>
            <details open=depth + 1 < OPEN>
                <summary><bdi class="key">{name}</bdi> " " <span class="dim">{size}</span></summary>
                {branch(reader, node, depth + 1)}
            </details>
        </li>
    }
    .into_any()
}
