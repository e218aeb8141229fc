//! Search or jump: one field that finds everything, from every page, with cmd-K.

mod dialog;
mod entries;

pub use dialog::CommandDialog;

use crate::asked::{Asked, AskedDialog};
use crate::i18n::{tr, use_locale};
use crate::icons::{self, Icon};
use crate::layout::key_of;
use crate::preferences::use_preferences;
use domain::view::Viewer;
use leptos::ev::{self, KeyboardEvent};
use leptos::prelude::*;

/// Whether the dialog is open. A handle: cheap to copy.
#[derive(Clone, Copy)]
pub struct Command(RwSignal<bool>);

impl Command {
    /// For everything below.
    pub fn provide() {
        provide_context(Self(RwSignal::new(false)));
    }
}

/// The button in the rail.
#[component]
pub fn CommandButton() -> impl IntoView {
    let locale = use_locale();
    let keys = use_preferences().shortcut("⌘K");
    let Command(is_open) = expect_context();
    view! {
        <button
            class="rail-btn find"
            type="button"
            title=tr!(locale, find.command)
            aria-haspopup="dialog"
            on:click=move |_| is_open.set(true)
        >
            <Icon glyph=icons::SEARCH />
            <span>{tr!(locale, find.command)}</span>
            <kbd class="push" aria-hidden="true">{keys}</kbd>
        </button>
    }
    .into_any()
}

/// The dialog, and the keys that open it. Its code is loaded when it is opened.
#[component]
pub fn CommandK(
    /// Who is signed in.
    viewer: Viewer,
) -> impl IntoView {
    let Command(is_open) = expect_context();
    let viewer = StoredValue::new(viewer);
    Effect::new(move |_| {
        let listener = window_event_listener(ev::keydown, move |event: KeyboardEvent| {
            let is_it = (event.meta_key() || event.ctrl_key())
                && !event.shift_key()
                && !event.alt_key()
                && key_of(&event).eq_ignore_ascii_case("k");
            if is_it {
                event.prevent_default();
                is_open.update(|is_open| *is_open = !*is_open);
            }
        });
        on_cleanup(move || listener.remove());
    });
    move || {
        is_open.get().then(|| {
            let on_close = Callback::new(move |()| is_open.set(false));
            let asked = Asked::Command {
                viewer: viewer.get_value(),
            };
            view! { <AskedDialog asked on_close /> }
        })
    }
}
