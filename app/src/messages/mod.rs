//! The message log: what was sent and received, and whether it arrived.
//!
//! What belongs here: everything of `/messages`, and what threads and customers say of a message ([`words`]). The
//! query field, filters, bars and list are the activity log's ([`crate::activity::search`]); [`kind`] says what is
//! different. [`calls`] asks the server; [`state`] is what the parts of the page share.

pub(crate) mod address;
pub(crate) mod calls;
pub(crate) mod drawer;
mod keys;
mod kind;
// A socket is a browser's.
#[cfg(not(feature = "ssr"))]
pub(crate) mod live;
mod page;
mod state;
pub(crate) mod status;
mod table;
mod tabs;
mod unmatched;
mod volumes;
pub(crate) mod words;

use crate::i18n::{tr, use_locale};
use crate::parts::{Page, Place};
use leptos::prelude::*;
use page::{MessagesPage, Sources};

/// The message log as a route.
#[derive(Clone, Copy)]
pub struct MessagesRoute(Sources);

impl Page for MessagesRoute {
    const PLACE: Place = Place::Messages;

    fn start() -> Self {
        Self(Sources::start())
    }

    fn shown(self) -> AnyView {
        let Self(sources) = self;
        view! { <MessagesPage sources /> }.into_any()
    }
}

/// The keys that work on this page, for the dialog of shortcuts: each with what it does.
pub fn shortcuts() -> Vec<(&'static [&'static str], &'static str)> {
    let locale = use_locale();
    vec![
        (&["/"], tr!(locale, messages.keys.query)),
        (&["j", "k"], tr!(locale, messages.keys.next)),
        (&["Enter", "o"], tr!(locale, messages.keys.open)),
        (&["Esc"], tr!(locale, messages.keys.close)),
        (&["x"], tr!(locale, find.keys.pick)),
        (&["Shift", "j"], tr!(locale, find.keys.extend)),
        (&["⌘ A"], tr!(locale, find.keys.all)),
        (&["e"], tr!(locale, find.keys.export)),
        (&["r"], tr!(locale, messages.keys.restart)),
        (&["f"], tr!(locale, messages.keys.filter)),
        (&["."], tr!(locale, messages.keys.copy)),
        (&["⌘ ↵"], tr!(locale, messages.keys.send)),
    ]
}
