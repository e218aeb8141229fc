//! On the server.

use crate::orders::composer::FileDraft;
use leptos::web_sys::{Element, HtmlInputElement};
use uuid::Uuid;

/// Whether this runs in a browser.
pub const IS_HERE: bool = false;

/// No clock.
pub fn milliseconds() -> f64 {
    0.0
}

/// Nobody's clock.
pub fn time_zone() -> Option<String> {
    None
}

/// No key: nothing is sent from here.
pub fn new_key() -> Uuid {
    Uuid::nil()
}

/// Nobody looks.
pub fn is_visible() -> bool {
    false
}

/// Nothing is focused.
pub fn has_focus_within(_selector: &str) -> bool {
    false
}

/// Nothing is asked.
pub fn has_dialog() -> bool {
    false
}

/// Nothing is open.
pub fn has_popover() -> bool {
    false
}

/// Nothing to focus.
pub fn focus(_selector: &str) {}

/// Nothing to focus.
pub fn focus_at_end(_selector: &str) {}

/// Nothing to press.
pub fn press(_selector: &str) -> bool {
    false
}

/// Nothing to focus.
pub fn focus_next(_selector: &str, _by: i32) {}

/// Nothing to leave.
pub fn blur() {}

/// Nothing to close.
pub fn hide_popover(_id: &str) {}

/// Nothing to scroll.
pub fn reveal(_selector: &str) {}

/// Nothing moves.
pub fn keep_place(_list: &str, _id: &str) {}

/// No clipboard.
pub fn copy(_text: &str, _then: impl FnOnce(bool) + 'static) {}

/// No address.
pub fn address() -> String {
    String::new()
}

/// Nothing to measure.
pub fn above_rows(_list: &Element) -> f64 {
    0.0
}

/// Nothing to measure.
pub fn row_heights(_list: &Element) -> Option<(f64, f64)> {
    None
}

/// Nothing to measure.
pub fn part_of_width(_element: &Element, _client_x: f64) -> f64 {
    0.0
}

/// Nobody asks.
pub fn is_narrow() -> bool {
    false
}

/// Nobody asks.
pub fn is_rtl() -> bool {
    false
}

/// No pointer.
pub fn capture(_element: &Element, _pointer: i32) {}

/// No caret.
pub fn caret(_field: &HtmlInputElement) -> usize {
    0
}

/// No caret.
pub fn set_caret(_field: &HtmlInputElement, _at: usize) {}

/// Nothing is kept.
pub fn kept(_name: &str) -> Option<String> {
    None
}

/// Keeps nothing.
pub fn keep(_name: &str, _value: &str) {}

/// The value of a cookie of the request.
pub fn cookie(name: &str) -> Option<String> {
    use axum::http::header::COOKIE;
    let parts = leptos::prelude::use_context::<axum::http::request::Parts>()?;
    parts
        .headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then(|| value.to_owned()))
}

/// Keeps nothing: nobody chooses here.
pub fn keep_cookie(_name: &str, _value: &str) {}

/// Keeps nothing: nobody is here.
pub fn keep_cookie_for(_name: &str, _value: &str, _seconds: u32) {}

/// Nothing has a size.
pub fn on_resize(_element: &Element, _then: impl Fn() + 'static) {}

/// No history.
pub fn hear_steps() {}

/// No history.
pub fn hold_steps(_held: impl Fn() -> Option<String> + 'static) {}

/// No history.
pub fn step_back() {}

/// No history.
pub fn is_stepping_back() -> bool {
    false
}

/// Nothing: an address is sent without its fragment.
pub fn fragment() -> Option<String> {
    None
}

/// Nothing.
pub fn show_target(_id: &str) {}

/// Nothing.
pub fn fit_keyboard() {}

/// Nothing.
pub fn read_files(_field: &HtmlInputElement, _then: impl Fn(FileDraft) + Clone + 'static) {}

/// Nothing.
pub fn fetch_file(_address: String, _then: impl FnOnce(Option<String>) + 'static) {}
