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

use leptos::prelude::*;
use leptos_router::LazyRoute;
use list::Listing;

/// The list of orders as a route.
#[derive(Clone, Copy)]
pub struct OrdersRoute(Listing);

impl LazyRoute for OrdersRoute {
    fn data() -> Self {
        Self(Listing::start())
    }

    async fn view(this: Self) -> AnyView {
        crate::parts::Trade::Orders(this).view().await
    }

    async fn preload() {
        crate::parts::Trade::preload().await;
    }
}

impl OrdersRoute {
    /// The page.
    pub(crate) fn shown(self) -> AnyView {
        let OrdersRoute(listing) = self;
        view! { <OrdersPage listing /> }.into_any()
    }
}
