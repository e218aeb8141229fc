//! A long press on a row, which selects it where there is no room for its box.
//!
//! Android tells of one by `contextmenu`, iOS by nothing at all: so a finger that rests is timed, and whichever comes
//! first counts.

use super::Selected;
use crate::activity::browser;
use crate::activity::list::List;
use crate::activity::loaded::LogRow;
use leptos::ev::PointerEvent;
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use leptos::web_sys::Event;
use std::time::Duration;

/// A finger that has rested for so long has pressed.
const HELD_AFTER: Duration = Duration::from_millis(500);
/// The click that a long press may bring comes this soon after it.
const CLICK_WITHIN: Duration = Duration::from_millis(400);
/// A finger that moved further than this, in pixels, scrolls.
const STILL: f64 = 10.0;

/// A finger on the list.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) enum Press {
    /// There is none, or it scrolls.
    #[default]
    None,
    /// It rests since a moment, there.
    Rests {
        x: f64,
        y: f64,
        timer: TimeoutHandle,
    },
    /// It has selected: what else it brings selects and opens nothing.
    Held,
}

/// What a row makes of pointers. A handle: cheap to copy.
pub struct RowPress<R: LogRow> {
    selected: Selected<R>,
    list: List<R>,
    id: R::Id,
}

impl<R: LogRow> Clone for RowPress<R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R: LogRow> Copy for RowPress<R> {}

impl<R: LogRow> RowPress<R> {
    /// Of a row of a list.
    pub fn new(selected: Selected<R>, list: List<R>, id: R::Id) -> Self {
        Self { selected, list, id }
    }

    /// A pointer goes down: a finger alone is timed.
    pub fn down(self, event: &PointerEvent) {
        self.put(Press::None);
        if event.pointer_type() != "touch" || !event.is_primary() || !browser::is_narrow() {
            return;
        }
        let (x, y) = place(event);
        let hold = move || {
            if matches!(self.press(), Press::Rests { .. }) {
                self.hold();
            }
        };
        if let Ok(timer) = set_timeout_with_handle(hold, HELD_AFTER) {
            self.put(Press::Rests { x, y, timer });
        }
    }

    /// It moves: one that scrolls does not press.
    pub fn moved(self, event: &PointerEvent) {
        if let Press::Rests { x, y, .. } = self.press() {
            let (here_x, here_y) = place(event);
            if (here_x - x).hypot(here_y - y) > STILL {
                self.put(Press::None);
            }
        }
    }

    /// It is lifted, or the browser takes it.
    pub fn ended(self) {
        match self.press() {
            Press::None => {}
            Press::Rests { .. } => self.put(Press::None),
            Press::Held => set_timeout(
                move || {
                    if self.press() == Press::Held {
                        self.put(Press::None);
                    }
                },
                CLICK_WITHIN,
            ),
        }
    }

    /// The browser tells of a long press by itself, or of a mouse's other button.
    pub fn menu(self, event: &Event) {
        if !browser::is_narrow() {
            return;
        }
        event.prevent_default();
        match self.press() {
            Press::None => self.pick(),
            Press::Rests { .. } => self.hold(),
            Press::Held => {}
        }
    }

    /// A click, before anything in the row has it: that of a long press opens nothing.
    pub fn click(self, event: &Event) {
        if self.press() == Press::Held {
            self.put(Press::None);
            event.prevent_default();
            event.stop_propagation();
        }
    }

    fn hold(self) {
        self.put(Press::Held);
        self.pick();
    }

    fn pick(self) {
        self.selected.pick(self.list, self.id, false);
    }

    /// None where the list is gone.
    fn press(self) -> Press {
        self.selected.press.try_get_value().unwrap_or_default()
    }

    fn put(self, press: Press) {
        if let Press::Rests { timer, .. } = self.press() {
            timer.clear();
        }
        self.selected.press.set_value(press);
    }
}

fn place(event: &PointerEvent) -> (f64, f64) {
    (f64::from(event.client_x()), f64::from(event.client_y()))
}
