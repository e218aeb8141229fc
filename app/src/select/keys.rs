//! The keys of a selection: `x`, shift with `j` and `k`, all with cmd, `e`.

use super::{Act, Picking, Selected};
use crate::activity::list::List;
use crate::activity::loaded::LogRow;
use crate::layout::key_of;
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;

/// Does what a single key means to a selection. False when it means nothing. `step` moves the cursor.
pub fn key<R: LogRow>(
    event: &KeyboardEvent,
    selected: Selected<R>,
    list: List<R>,
    picking: Picking,
    step: impl Fn(isize),
) -> bool {
    match key_of(event).as_str() {
        "x" | "X" => {
            let Some(id) = list.cursor.get_untracked() else {
                return false;
            };
            selected.pick(list, id, event.shift_key());
        }
        "J" => selected.extend(list, || step(1)),
        "K" => selected.extend(list, || step(-1)),
        "e" => picking.act.set(Some(Act::Export)),
        _ => return false,
    }
    true
}

/// Whether a key press means "everything that is loaded", and nobody is typing.
pub fn is_all(event: &KeyboardEvent) -> bool {
    let is_alone = !event.shift_key() && !event.alt_key() && !event.default_prevented();
    let is_typing = crate::activity::browser::has_focus_within(
        "input:not([type=checkbox]), textarea, select, dialog, .drawer, [contenteditable]",
    );
    is_alone && (event.meta_key() || event.ctrl_key()) && key_of(event) == "a" && !is_typing
}
