//! What was changed on a page and not saved: asked about before a link, a key, a step through the history or the browser
//! leads away from it.
//!
//! A dialog asks by itself ([`crate::dialog::Dialog`]); a page says with [`Unsaved::watch`] what would be lost.

use crate::activity::browser;
use crate::dialog::discard;
use leptos::ev::{self, MouseEvent};
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast as _;
use leptos::web_sys::Element;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

/// Links that the router follows: others make a new page, before which the browser asks.
const FOLLOWED: &str = "a[href^='/']:not([rel~='external'], [target], [download])";

/// Where somebody wants to go.
#[derive(Clone)]
enum Way {
    /// To an address.
    To(String),
    /// Where a step through the history led: below the page, which was put above it again.
    Back,
}

/// Whether something would be lost, and where somebody wants to go meanwhile. A handle: cheap to copy.
#[derive(Clone, Copy)]
pub struct Unsaved {
    is_there: RwSignal<bool>,
    way: RwSignal<Option<Way>>,
}

impl Unsaved {
    /// Hands one to everything below.
    pub(crate) fn provide() -> Self {
        let unsaved = Self {
            is_there: RwSignal::new(false),
            way: RwSignal::new(None),
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
        self.asks_for(|| Way::To(href.to_owned()))
    }

    fn asks_for(self, way: impl FnOnce() -> Way) -> bool {
        let is_there = self.is_there.get_untracked();
        if is_there {
            self.way.set(Some(way()));
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
pub(crate) fn Leaving<A>(
    /// What would be lost.
    unsaved: Unsaved,
    /// Where the page is, as the router knows it.
    address: A,
) -> impl IntoView
where
    A: Fn() -> String + 'static,
{
    let navigate = StoredValue::new(use_navigate());
    browser::hold_steps(move || unsaved.asks_for(|| Way::Back).then(&address));
    let handle = window_event_listener(ev::beforeunload, move |event| {
        if unsaved.is_there.try_get_untracked() == Some(true) {
            event.prevent_default();
        }
    });
    on_cleanup(move || handle.remove());
    move || {
        unsaved.way.get().map(|way| {
            let on_close = Callback::new(move |()| {
                unsaved.way.try_set(None);
            });
            let on_discard = Callback::new(move |()| {
                unsaved.is_there.set(false);
                match &way {
                    Way::To(href) => {
                        navigate.with_value(|navigate| navigate(href, NavigateOptions::default()));
                    }
                    Way::Back => browser::step_back(),
                }
            });
            discard(on_discard, on_close)
        })
    }
}
