//! The ledger page: its size and head, the signed checkpoints, the key they are verified with.
//!
//! What belongs here: everything of `/ledger`. What an entry proves stands in its drawer.

mod calls;
mod page;

use crate::AppError;
use crate::wire::Told;
use calls::LedgerPageView;
use leptos::prelude::*;
use leptos_router::LazyRoute;

/// The ledger page as a route.
#[derive(Clone, Copy)]
pub struct LedgerRoute(Told<Result<LedgerPageView, AppError>>);

impl LazyRoute for LedgerRoute {
    fn data() -> Self {
        Self(crate::wire::told_first(|| (), |()| calls::read()))
    }

    async fn view(this: Self) -> AnyView {
        crate::parts::Panel::Ledger(this).view().await
    }

    async fn preload() {
        crate::parts::Panel::preload().await;
    }
}

impl LedgerRoute {
    /// The page.
    pub(crate) fn shown(self) -> AnyView {
        let LedgerRoute(source) = self;
        view! { <page::LedgerPage source /> }.into_any()
    }
}
