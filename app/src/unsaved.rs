//! What was changed on a page and not saved: asked about before a link, a key or the browser leads away from it.
//!
//! A dialog asks by itself ([`crate::dialog::Dialog`]); a page says with [`Unsaved::watch`] what would be lost.

use crate::dialog::discard;
use leptos::ev::{self, MouseEvent};
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast as _;
use leptos::web_sys::Element;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

/// Links that the router follows: others make a new page, before which the browser asks.
const FOLLOWED: &str = "a[href^='/']:not([rel~='external'], [target], [download])";

/// Whether something would be lost, and where somebody wants to go meanwhile. A handle: cheap to copy.
#[derive(Clone, Copy)]
pub struct Unsaved {
    is_there: RwSignal<bool>,
    to: RwSignal<Option<String>>,
}

impl Unsaved {
    /// Hands one to everything below.
    pub(crate) fn provide() -> Self {
        let unsaved = Self {
            is_there: RwSignal::new(false),
            to: RwSignal::new(None),
        };
        provide_context(unsaved);
        unsaved
    }

    /// As long as the page is there, `is_changed` says whether leaving it would lose something.
    pub fn watch(self, is_changed: Signal<bool>) {
        Effect::new(move || self.is_there.set(is_changed.get()));
        on_cleanup(move || {
            self.is_there.try_set(false);
        });
    }

    /// Whether going to an address waits for an answer.
    pub fn asks(self, href: &str) -> bool {
        let is_there = self.is_there.get_untracked();
        if is_there {
            self.to.set(Some(href.to_owned()));
        }
        is_there
    }

    /// Holds a press on a link back that would lead away.
    pub(crate) fn hold(self, event: &MouseEvent) {
        let has_modifier =
            event.ctrl_key() || event.meta_key() || event.alt_key() || event.shift_key();
        if has_modifier || event.button() != 0 {
            return;
        }
        let link = event
            .target()
            .and_then(|target| target.dyn_into::<Element>().ok())
            .and_then(|element| element.closest(FOLLOWED).ok().flatten());
        let href = link.and_then(|link| link.get_attribute("href"));
        if href.is_some_and(|href| self.asks(&href)) {
            event.prevent_default();
            event.stop_propagation();
        }
    }
}

/// The frame's way to ask.
pub fn use_unsaved() -> Unsaved {
    expect_context()
}

/// The question, while somebody wants to leave; the browser's own where a new page would be loaded.
#[component]
pub(crate) fn Leaving(
    /// What would be lost.
    unsaved: Unsaved,
) -> impl IntoView {
    let navigate = StoredValue::new(use_navigate());
    let handle = window_event_listener(ev::beforeunload, move |event| {
        if unsaved.is_there.try_get_untracked() == Some(true) {
            event.prevent_default();
        }
    });
    on_cleanup(move || handle.remove());
    move || {
        unsaved.to.get().map(|to| {
            let on_close = Callback::new(move |()| {
                unsaved.to.try_set(None);
            });
            let on_discard = Callback::new(move |()| {
                unsaved.is_there.set(false);
                navigate.with_value(|navigate| navigate(&to, NavigateOptions::default()));
            });
            discard(on_discard, on_close)
        })
    }
}
