//! Preferences of the document that is shown.

use super::{COMMAND, YEAR_SECONDS};
use crate::i18n::Locale;
use leptos::prelude::*;
use leptos::wasm_bindgen::{JsCast as _, JsValue};
use web_sys::HtmlDocument;

/// The value of a cookie.
pub fn read(name: &str) -> Option<String> {
    let cookies = document().dyn_into::<HtmlDocument>().ok()?.cookie().ok()?;
    cookies
        .split(';')
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then(|| value.to_owned()))
}

/// The language in which the server rendered the page.
pub fn locale() -> Locale {
    document()
        .document_element()
        .and_then(|html| html.get_attribute("lang"))
        .and_then(|code| code.parse().ok())
        .unwrap_or_default()
}

/// Whether the server took the keyboard for one with a command key: what it wrote must not change under the reader.
pub fn has_command_key() -> bool {
    document()
        .document_element()
        .and_then(|html| html.get_attribute("data-keys"))
        .is_some_and(|keys| keys == COMMAND)
}

/// Keeps a value for a year.
pub fn keep(name: &str, value: &str) {
    let cookie = format!("{name}={value}; Path=/; Max-Age={YEAR_SECONDS}; SameSite=Lax");
    // Through the property and not `set_cookie` of the interface, because a browser that refuses cookies throws.
    if let Ok(document) = document().dyn_into::<HtmlDocument>() {
        let _: Result<(), JsValue> = document.set_cookie(&cookie);
    }
}

/// Sets an attribute of `html`, which carries theme and density.
pub fn set_attribute(name: &str, value: &str) {
    if let Some(html) = document().document_element() {
        let _: Result<(), JsValue> = html.set_attribute(name, value);
    }
}
