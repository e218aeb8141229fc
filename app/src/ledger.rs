//! The ledger page: its size and head, the signed checkpoints, the key they are verified with.
//!
//! What belongs here: everything of `/ledger`, and what drawers of all kinds say of their entry's proof.

mod calls;
mod page;
mod proved;

pub use proved::{proof_lines, proves};

use crate::AppError;
use crate::parts::{Page, Panel, Place};
use crate::wire::Told;
use calls::LedgerPageView;
use leptos::prelude::*;

/// The ledger page as a route.
#[derive(Clone, Copy)]
pub struct LedgerRoute(Told<Result<LedgerPageView, AppError>>);

impl Page for LedgerRoute {
    const PLACE: Place = Place::Panel(Panel::Ledger);

    fn start() -> Self {
        Self(crate::wire::told_first(|| (), |()| calls::read()))
    }

    fn shown(self) -> AnyView {
        let LedgerRoute(source) = self;
        view! { <page::LedgerPage source /> }.into_any()
    }
}
