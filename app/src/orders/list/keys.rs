//! The keys of this page: from line to line, open one, find one. Those of the selection are every log's, for roles
//! that may select.

use super::state::OrderList;
use crate::activity::any_log::keys::on_keys;
use crate::activity::browser;
use crate::layout::key_of;
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;

/// The link of the line of the cursor.
const HERE: &str = ".order-line.cursor a.name";

/// Listens while the page is shown.
pub fn listen(list: OrderList) {
    let OrderList {
        selected,
        rows,
        may_pick,
        ..
    } = list;
    let step = move |by: isize| {
        if rows.step_cursor(by).is_some() {
            // The line has the cursor once it is drawn.
            request_animation_frame(|| browser::focus(HERE));
        }
    };
    let escape = move |event: &KeyboardEvent| {
        if selected.clear() {
            event.prevent_default();
        } else {
            rows.cursor.set(None);
        }
    };
    let act = move |event: &KeyboardEvent| {
        match key_of(event).as_str() {
            "/" => browser::focus(".plain-find"),
            "j" => step(1),
            "k" => step(-1),
            "o" => return Some(browser::press(HERE)),
            _ => return None,
        }
        Some(true)
    };
    on_keys((selected, rows), may_pick, step, escape, act);
}
