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
    Ledger(crate::ledger::LedgerRoute),
    /// Its page.
    Account(crate::account::AccountPage),
    /// Its page.
    Connect(crate::pages::ConnectPage),
    /// Its page.
    Protection(crate::pages::ProtectionPage),
    /// Its page.
    Templates(crate::pages::TemplatesPage),
    /// Its page.
    Targets(crate::pages::TargetsPage),
    /// Its page.
    Users(crate::pages::UsersPage),
    /// Its page.
    Keys(crate::pages::KeysPage),
    /// Its page.
    Retention(crate::pages::RetentionPage),
    /// Its page.
    Store(crate::pages::StorePage),
    /// Its page.
    Rules(crate::pages::RulesPage),
    /// Its page.
    Rule(crate::pages::RulePage),
    /// Its page.
    Why(crate::pages::WhyPage),
    /// Its page.
    Roles(crate::pages::RolesPage),
}

/// Shows one of them.
#[lazy]
fn panel_part(page: Panel) -> AnyView {
    match page {
        Panel::Ledger(page) => page.shown(),
        Panel::Account(page) => page.shown(),
        Panel::Connect(page) => page.shown(),
        Panel::Protection(page) => page.shown(),
        Panel::Templates(page) => page.shown(),
        Panel::Targets(page) => page.shown(),
        Panel::Users(page) => page.shown(),
        Panel::Keys(page) => page.shown(),
        Panel::Retention(page) => page.shown(),
        Panel::Store(page) => page.shown(),
        Panel::Rules(page) => page.shown(),
        Panel::Rule(page) => page.shown(),
        Panel::Why(page) => page.shown(),
        Panel::Roles(page) => page.shown(),
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
    SignIn(crate::pages::SignInPage),
    /// Its page.
    Code(crate::pages::CodePage),
    /// Its page.
    Forgotten(crate::pages::ForgottenPage),
    /// Its page.
    Link(crate::pages::LinkPage),
    /// Its page.
    Setup(crate::pages::SetupPage),
}

/// Shows one of them.
#[lazy]
fn door_part(page: Door) -> AnyView {
    match page {
        Door::SignIn(page) => page.shown(),
        Door::Code(page) => page.shown(),
        Door::Forgotten(page) => page.shown(),
        Door::Link(page) => page.shown(),
        Door::Setup(page) => page.shown(),
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
    Security(crate::oversight::SecurityRoute),
    /// Its page.
    Requests(crate::oversight::RequestsRoute),
}

/// Shows one of them.
#[lazy]
fn watch_part(page: Watch) -> AnyView {
    match page {
        Watch::Security(page) => page.shown(),
        Watch::Requests(page) => page.shown(),
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

/// Orders, customers, bulk operations and shops' webhooks.
pub enum Trade {
    /// Its page.
    Orders(crate::orders::OrdersRoute),
    /// Its page.
    Thread(crate::orders::ThreadRoute),
    /// Its page.
    Customer(crate::customers::CustomerRoute),
    /// Its page.
    Operations(crate::operations::OperationsRoute),
    /// Its page.
    Operation(crate::operations::OperationRoute),
    /// Its page.
    Webhooks(crate::webhooks::WebhooksRoute),
    /// Its page.
    Webhook(crate::webhooks::WebhookRoute),
}

/// Shows one of them.
#[lazy]
fn trade_part(page: Trade) -> AnyView {
    match page {
        Trade::Orders(page) => page.shown(),
        Trade::Thread(page) => page.shown(),
        Trade::Customer(page) => page.shown(),
        Trade::Operations(page) => page.shown(),
        Trade::Operation(page) => page.shown(),
        Trade::Webhooks(page) => page.shown(),
        Trade::Webhook(page) => page.shown(),
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
