//! The two logs that watch: the security log and the operations log, which pages call Requests.
//!
//! What belongs here: everything of `/security` and `/requests`. Both are one page over another [`watched::Watched`]:
//! its rows, its words, what it asks the server. The query field, filters, bars and list are the activity log's.

mod address;
mod blank;
mod drawer;
// A socket is a browser's.
#[cfg(not(feature = "ssr"))]
mod live;
mod own;
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

pub(crate) use security::findings::{href as finding_href, words as finding_words};
pub(crate) use security::words::rule_words;

use crate::parts::{Page, Place, Watch};
use domain::view::{RequestRow, SecurityRow};
use leptos::prelude::*;
use page::{Sources, page};

pub use requests::call_behind;

/// The security log as a route.
#[derive(Clone, Copy)]
pub struct SecurityRoute(Sources<SecurityRow>);

impl Page for SecurityRoute {
    const PLACE: Place = Place::Watch(Watch::Security);

    fn start() -> Self {
        Self(Sources::start())
    }

    fn shown(self) -> AnyView {
        let SecurityRoute(sources) = self;
        page(sources)
    }
}

/// The operations log as a route.
#[derive(Clone, Copy)]
pub struct RequestsRoute(Sources<RequestRow>);

impl Page for RequestsRoute {
    const PLACE: Place = Place::Watch(Watch::Requests);

    fn start() -> Self {
        Self(Sources::start())
    }

    fn shown(self) -> AnyView {
        let RequestsRoute(sources) = self;
        page(sources)
    }
}
