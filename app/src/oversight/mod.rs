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
// Files are made where the logs are.
#[cfg(feature = "ssr")]
pub mod told;
mod watched;

use domain::view::{RequestRow, SecurityRow};
use leptos::prelude::*;
use leptos_router::LazyRoute;
use page::{Sources, page};

/// The security log as a route.
#[derive(Clone, Copy)]
pub struct SecurityRoute(Sources<SecurityRow>);

impl LazyRoute for SecurityRoute {
    fn data() -> Self {
        Self(Sources::start())
    }

    async fn view(this: Self) -> AnyView {
        crate::parts::Watch::Security(this).view().await
    }

    async fn preload() {
        crate::parts::Watch::preload().await;
    }
}

impl SecurityRoute {
    /// The page.
    pub(crate) fn shown(self) -> AnyView {
        let SecurityRoute(sources) = self;
        page(sources)
    }
}

/// The operations log as a route.
#[derive(Clone, Copy)]
pub struct RequestsRoute(Sources<RequestRow>);

impl LazyRoute for RequestsRoute {
    fn data() -> Self {
        Self(Sources::start())
    }

    async fn view(this: Self) -> AnyView {
        crate::parts::Watch::Requests(this).view().await
    }

    async fn preload() {
        crate::parts::Watch::preload().await;
    }
}

impl RequestsRoute {
    /// The page.
    pub(crate) fn shown(self) -> AnyView {
        let RequestsRoute(sources) = self;
        page(sources)
    }
}
