//! What shops delivered by their webhooks: the list, and one delivery with its body, tries and what it caused.
//!
//! What belongs here: everything of `/webhooks`. [`calls`] asks the server, [`words`] says what is shown; [`list`] and
//! [`detail`] are the two pages. Connections are made on `/connect`, by [`connect`].

mod calls;
pub mod connect;
mod detail;
mod list;
#[cfg(not(feature = "ssr"))]
mod live;
mod words;

use crate::AppError;
use crate::parts::{Page, Place, Trade};
use crate::wire::Told;
pub use calls::list_connections;
use calls::{Asked, Stretch};
use domain::view::HookDetail;
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
pub use words::{cause_words, result_words, state_label, waits_words};

/// The list as a route.
#[derive(Clone, Copy)]
pub struct WebhooksRoute {
    asked: Memo<Asked>,
    stretch: Told<Result<Stretch, AppError>>,
}

impl Page for WebhooksRoute {
    const PLACE: Place = Place::Trade(Trade::Webhooks);

    fn start() -> Self {
        let query = use_query_map();
        let asked = Memo::new(move |_| query.with(Asked::of));
        Self {
            asked,
            stretch: crate::wire::told(move || asked.get(), |asked| calls::list(asked, None)),
        }
    }

    fn shown(self) -> AnyView {
        view! { <list::WebhooksPage source=self /> }.into_any()
    }
}

/// One delivery as a route.
#[derive(Clone, Copy)]
pub struct WebhookRoute {
    found: Told<Result<Option<HookDetail>, AppError>>,
}

impl Page for WebhookRoute {
    const PLACE: Place = Place::Trade(Trade::Webhook);

    fn start() -> Self {
        let params = use_params_map();
        let id = Memo::new(move |_| params.with(|params| params.get("id").unwrap_or_default()));
        Self {
            found: crate::wire::told(move || id.get(), calls::open),
        }
    }

    fn shown(self) -> AnyView {
        view! { <detail::WebhookPage source=self /> }.into_any()
    }
}
