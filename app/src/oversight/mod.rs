//! The two logs that watch: the security log and the operations log, which pages call Requests.
//!
//! What belongs here: everything of `/security` and `/requests`. Both are one page over another [`watched::Watched`]:
//! its rows, its words, what it asks the server. The query field, filters, bars and list are the activity log's.

mod address;
mod blank;
mod drawer;
mod keys;
// A socket is a browser's.
#[cfg(not(feature = "ssr"))]
mod live;
mod page;
mod parts;
mod reading;
mod requests;
mod security;
mod state;
mod table;
mod tabs;
mod watched;

use domain::view::{RequestRow, SecurityRow};
use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};
use page::{Sources, page};

/// The security log as a route.
#[derive(Clone, Copy)]
pub struct SecurityRoute(Sources<SecurityRow>);

#[lazy_route]
impl LazyRoute for SecurityRoute {
    fn data() -> Self {
        Self(Sources::start())
    }

    fn view(this: Self) -> AnyView {
        let SecurityRoute(sources) = this;
        page(sources)
    }
}

/// The operations log as a route.
#[derive(Clone, Copy)]
pub struct RequestsRoute(Sources<RequestRow>);

#[lazy_route]
impl LazyRoute for RequestsRoute {
    fn data() -> Self {
        Self(Sources::start())
    }

    fn view(this: Self) -> AnyView {
        let RequestsRoute(sources) = this;
        page(sources)
    }
}
