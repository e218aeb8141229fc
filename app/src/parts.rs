//! Pages that the browser loads together.
//!
//! Each part that the browser's module is cut into divides what it shares with the others into smaller files: with a
//! part a page, one page would be loaded in four hundred of them. So pages that are small, or opened one after the
//! other, are one part. The logs and the exports are parts of their own.

use leptos::lazy;
use leptos::prelude::*;

/// Settings, accounts and what is set up once.
pub enum Panel {
    /// Its page.
    LedgerRoute(crate::ledger::LedgerRoute),
    /// Its page.
    AccountPage(crate::account::AccountPage),
    /// Its page.
    ConnectPage(crate::pages::ConnectPage),
    /// Its page.
    ProtectionPage(crate::pages::ProtectionPage),
    /// Its page.
    TemplatesPage(crate::pages::TemplatesPage),
    /// Its page.
    UsersPage(crate::pages::UsersPage),
    /// Its page.
    KeysPage(crate::pages::KeysPage),
    /// Its page.
    RetentionPage(crate::pages::RetentionPage),
    /// Its page.
    StorePage(crate::pages::StorePage),
    /// Its page.
    RulesPage(crate::pages::RulesPage),
    /// Its page.
    RolesPage(crate::pages::RolesPage),
}

/// Shows one of them.
#[lazy]
fn panel_part(page: Panel) -> AnyView {
    match page {
        Panel::LedgerRoute(page) => page.shown(),
        Panel::AccountPage(page) => page.shown(),
        Panel::ConnectPage(page) => page.shown(),
        Panel::ProtectionPage(page) => page.shown(),
        Panel::TemplatesPage(page) => page.shown(),
        Panel::UsersPage(page) => page.shown(),
        Panel::KeysPage(page) => page.shown(),
        Panel::RetentionPage(page) => page.shown(),
        Panel::StorePage(page) => page.shown(),
        Panel::RulesPage(page) => page.shown(),
        Panel::RolesPage(page) => page.shown(),
    }
}

impl Panel {
    /// The page, once its code is there.
    pub async fn view(self) -> AnyView {
        panel_part(self).await
    }

    /// Loads the code.
    pub async fn preload() {
        #[cfg(feature = "hydrate")]
        __preload_panel_part().await;
    }
}

/// What leads in.
pub enum Door {
    /// Its page.
    SignInPage(crate::pages::SignInPage),
    /// Its page.
    CodePage(crate::pages::CodePage),
    /// Its page.
    ForgottenPage(crate::pages::ForgottenPage),
    /// Its page.
    LinkPage(crate::pages::LinkPage),
    /// Its page.
    SetupPage(crate::pages::SetupPage),
}

/// Shows one of them.
#[lazy]
fn door_part(page: Door) -> AnyView {
    match page {
        Door::SignInPage(page) => page.shown(),
        Door::CodePage(page) => page.shown(),
        Door::ForgottenPage(page) => page.shown(),
        Door::LinkPage(page) => page.shown(),
        Door::SetupPage(page) => page.shown(),
    }
}

impl Door {
    /// The page, once its code is there.
    pub async fn view(self) -> AnyView {
        door_part(self).await
    }

    /// Loads the code.
    pub async fn preload() {
        #[cfg(feature = "hydrate")]
        __preload_door_part().await;
    }
}

/// The logs that watch.
pub enum Watch {
    /// Its page.
    SecurityRoute(crate::oversight::SecurityRoute),
    /// Its page.
    RequestsRoute(crate::oversight::RequestsRoute),
}

/// Shows one of them.
#[lazy]
fn watch_part(page: Watch) -> AnyView {
    match page {
        Watch::SecurityRoute(page) => page.shown(),
        Watch::RequestsRoute(page) => page.shown(),
    }
}

impl Watch {
    /// The page, once its code is there.
    pub async fn view(self) -> AnyView {
        watch_part(self).await
    }

    /// Loads the code.
    pub async fn preload() {
        #[cfg(feature = "hydrate")]
        __preload_watch_part().await;
    }
}

/// Orders, customers and bulk operations.
pub enum Trade {
    /// Its page.
    OrdersRoute(crate::orders::OrdersRoute),
    /// Its page.
    ThreadRoute(crate::orders::ThreadRoute),
    /// Its page.
    CustomerRoute(crate::customers::CustomerRoute),
    /// Its page.
    OperationsRoute(crate::operations::OperationsRoute),
    /// Its page.
    OperationRoute(crate::operations::OperationRoute),
}

/// Shows one of them.
#[lazy]
fn trade_part(page: Trade) -> AnyView {
    match page {
        Trade::OrdersRoute(page) => page.shown(),
        Trade::ThreadRoute(page) => page.shown(),
        Trade::CustomerRoute(page) => page.shown(),
        Trade::OperationsRoute(page) => page.shown(),
        Trade::OperationRoute(page) => page.shown(),
    }
}

impl Trade {
    /// The page, once its code is there.
    pub async fn view(self) -> AnyView {
        trade_part(self).await
    }

    /// Loads the code.
    pub async fn preload() {
        #[cfg(feature = "hydrate")]
        __preload_trade_part().await;
    }
}
