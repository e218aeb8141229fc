//! Exports: files made from a filter or a selection, their log, their schedules.
//!
//! What belongs here: everything of `/exports`, the dialog that asks for one ([`dialog`]), and the notice when it is
//! done ([`jobs`]). [`calls`] asks the server; [`words`] says what is said of an export elsewhere too. The file itself
//! is a plain link: the server checks again who asks.

pub(crate) mod calls;
pub(crate) mod dialog;
mod drawer;
pub(crate) mod jobs;
mod kind;
#[cfg(not(feature = "ssr"))]
mod live;
mod page;
mod row;
mod schedules;
mod state;
pub(crate) mod words;

use crate::parts::{Page, Place};
use leptos::prelude::*;
use page::{ExportsPage, Sources};

/// Where the page lives.
pub const PATH: &str = "/exports";

/// The exports page as a route.
#[derive(Clone, Copy)]
pub struct ExportsRoute(Sources);

impl Page for ExportsRoute {
    const PLACE: Place = Place::Exports;

    fn start() -> Self {
        Self(Sources::start())
    }

    fn shown(self) -> AnyView {
        let Self(sources) = self;
        view! { <ExportsPage sources /> }.into_any()
    }
}
