//! Orders: the list with those that wait for an answer first, and the thread of one order.
//!
//! What belongs here: everything of `/orders`. [`calls`] asks the server; [`thread`] is the conversation, [`composer`]
//! what is written into it. What is said of a message is in [`crate::messages::words`].

mod calls;
pub(crate) mod composer;
mod list;
mod thread;
mod totals;

pub use list::{OrderLine, OrdersPage};
pub use thread::ThreadRoute;

use crate::i18n::{tr, use_locale};
use crate::parts::{Page, Place, Trade};
use leptos::prelude::*;
use list::Listing;

/// The list of orders as a route.
#[derive(Clone, Copy)]
pub struct OrdersRoute(Listing);

impl Page for OrdersRoute {
    const PLACE: Place = Place::Trade(Trade::Orders);

    fn start() -> Self {
        Self(Listing::start())
    }

    fn shown(self) -> AnyView {
        let OrdersRoute(listing) = self;
        view! { <OrdersPage listing /> }.into_any()
    }
}

/// The keys that work on the list and in a thread, for the dialog of shortcuts: each with what it does.
pub fn shortcuts() -> Vec<(&'static [&'static str], &'static str)> {
    let locale = use_locale();
    vec![
        (&["/"], tr!(locale, messages.orders.keys.find)),
        (&["j", "k"], tr!(locale, messages.orders.keys.next)),
        (&["Enter", "o"], tr!(locale, activity.keys.open)),
        (&["x"], tr!(locale, find.keys.pick)),
        (&["Shift", "j"], tr!(locale, find.keys.extend)),
        (&["⌘ A"], tr!(locale, find.keys.all)),
        (&["e"], tr!(locale, find.keys.export)),
        (&["r"], tr!(locale, messages.orders.keys.write)),
        (&["."], tr!(locale, messages.orders.keys.copy)),
    ]
}
