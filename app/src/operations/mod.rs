//! Bulk operations: the list, one operation with its items, and the dialog that takes it back.
//!
//! What belongs here: everything of `/operations`. [`calls`] asks the server, [`words`] says what is shown; [`list`] and
//! [`detail`] are the two pages.

mod aside;
mod calls;
mod conflicts;
mod detail;
mod figures;
mod items;
mod list;
#[cfg(not(feature = "ssr"))]
mod live;
mod planned;
mod revert;
mod state;
mod window;
mod words;

pub use words::moment_words;

use crate::AppError;
use crate::parts::{Page, Place, Trade};
use crate::wire::Told;
use calls::{Opened, Stretch};
use domain::operation::OperationTab;
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

/// The list as a route.
#[derive(Clone, Copy)]
pub struct OperationsRoute {
    tab: Memo<Option<OperationTab>>,
    stretch: Told<Result<Stretch, AppError>>,
}

impl Page for OperationsRoute {
    const PLACE: Place = Place::Trade(Trade::Operations);

    fn start() -> Self {
        let query = use_query_map();
        let tab = Memo::new(move |_| query.with(|query| query.get("tab")?.parse().ok()));
        Self {
            tab,
            stretch: crate::wire::told(move || tab.get(), |tab| calls::list(tab, None)),
        }
    }

    fn shown(self) -> AnyView {
        view! { <list::OperationsPage source=self /> }.into_any()
    }
}

/// One operation as a route.
#[derive(Clone, Copy)]
pub struct OperationRoute {
    opened: Told<Result<Option<Opened>, AppError>>,
}

impl Page for OperationRoute {
    const PLACE: Place = Place::Trade(Trade::Operation);

    fn start() -> Self {
        let params = use_params_map();
        let id = Memo::new(move |_| params.with(|params| params.get("id").unwrap_or_default()));
        Self {
            opened: crate::wire::told(move || id.get(), calls::open),
        }
    }

    fn shown(self) -> AnyView {
        view! { <detail::OperationPage source=self /> }.into_any()
    }
}

/// Where an operation is.
pub fn href_of(id: &str) -> String {
    format!("/operations/{id}")
}
