//! Keys that work on every page.

use super::present;
use crate::activity::browser;
use crate::find::use_views;
use crate::preferences::use_preferences;
use crate::unsaved::use_unsaved;
use leptos::ev::{self, KeyboardEvent};
use leptos::html;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast as _;
use leptos_router::hooks::use_navigate;
use web_sys::{Element, HtmlElement};

/// How long after `g` its second key counts, in milliseconds.
const PAIR_MS: f64 = 1_500.0;

/// Listens for `?`, which opens and closes `help`, and for `g` followed by a place. Any key says that somebody is there.
pub fn listen(help: NodeRef<html::Dialog>) {
    let say_present = present::listen();
    let preferences = use_preferences();
    let unsaved = use_unsaved();
    let navigate = use_navigate();
    let views = use_views();
    let pressed_g_at = StoredValue::new(f64::NEG_INFINITY);
    let handle = window_event_listener(ev::keydown, move |event| {
        say_present();
        if !preferences.single_keys.get_untracked() || !is_single_key(&event) {
            return;
        }
        let key = key_of(&event);
        let is_second = event.time_stamp() - pressed_g_at.get_value() < PAIR_MS;
        pressed_g_at.set_value(f64::NEG_INFINITY);
        match key.as_str() {
            "a" | "m" | "o" | "b" | "s" if is_second => {
                event.prevent_default();
                let place = match key.as_str() {
                    "a" => "/activity",
                    "m" => "/messages",
                    "b" => "/operations",
                    "s" => "/security",
                    _ => "/orders",
                };
                let href = untrack(|| views.href_to(place));
                if !unsaved.asks(&href) {
                    navigate(&href, leptos_router::NavigateOptions::default());
                }
            }
            "g" => pressed_g_at.set_value(event.time_stamp()),
            "?" => {
                event.prevent_default();
                if let Some(dialog) = help.get_untracked() {
                    let dialog: &HtmlElement = dialog.unchecked_ref();
                    // Fails only in a browser without popovers, which has no help to show.
                    let _ = dialog.toggle_popover();
                }
            }
            _ => {}
        }
    });
    on_cleanup(move || handle.remove());
}

/// Which key was pressed, as a Latin keyboard names it: where the keys write Arabic or other letters, by the place of the key. A key
/// that writes Latin letters is what it writes, wherever it lies.
pub fn key_of(event: &KeyboardEvent) -> String {
    latin(event.key(), &event.code(), event.shift_key())
}

fn latin(key: String, code: &str, has_shift: bool) -> String {
    if key.is_ascii() {
        return key;
    }
    match (code, has_shift) {
        ("Slash", false) => "/".to_owned(),
        ("Slash", true) => "?".to_owned(),
        ("Period", false) => ".".to_owned(),
        _ => match code.strip_prefix("Key") {
            Some(letter) if has_shift => letter.to_owned(),
            Some(letter) => letter.to_ascii_lowercase(),
            None => key,
        },
    }
}

/// Whether a key press is a single key that nothing else wants: no modifier but shift, nobody typing, no dialog open.
///
/// Pages with keys of their own ask this first.
pub fn is_single_key(event: &KeyboardEvent) -> bool {
    let has_modifier = event.ctrl_key() || event.meta_key() || event.alt_key();
    if has_modifier || event.default_prevented() || event.is_composing() {
        return false;
    }
    let is_typing = event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok())
        .and_then(|element| element.closest(TYPED_INTO).ok().flatten())
        .is_some();
    !is_typing && !browser::has_dialog()
}

const TYPED_INTO: &str =
    "input:not([type=checkbox], [type=radio], [type=button]), textarea, select, [contenteditable]";

#[cfg(test)]
mod tests {
    use super::latin;

    #[test]
    fn a_key_that_writes_arabic_is_known_by_its_place() {
        for (key, code, has_shift, known) in [
            ("ت", "KeyJ", false, "j"),
            ("ـ", "KeyJ", true, "J"),
            ("لا", "KeyB", false, "b"),
            ("ظ", "Slash", false, "/"),
            ("؟", "Slash", true, "?"),
            ("ز", "Period", false, "."),
            // One that writes Latin letters is what it writes.
            ("a", "KeyQ", false, "a"),
            ("?", "Minus", true, "?"),
            ("Enter", "Enter", false, "Enter"),
            ("ö", "Semicolon", false, "ö"),
        ] {
            assert_eq!(latin(key.to_owned(), code, has_shift), known, "{key}");
        }
    }
}
