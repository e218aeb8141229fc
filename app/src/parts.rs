//! Pages that the browser loads together.
//!
//! Each part that the browser's module is cut into divides what it shares with the others into smaller files: with a
//! part a page, one page would be loaded in four hundred of them. So pages that are small, or opened one after the
//! other, are one part. The logs and the exports are parts of their own.
//!
//! What a page asks the server for belongs to its part too: [`Opened`] knows a page by its [`Place`] alone. Where a
//! route's `data` asks, the frame carries what reads each page's answers, which was half of its code.

use crate::account::AccountPage;
use crate::activity::ActivityRoute;
use crate::customers::CustomerRoute;
use crate::exports::ExportsRoute;
use crate::ledger::LedgerRoute;
use crate::messages::MessagesRoute;
use crate::operations::{OperationRoute, OperationsRoute};
use crate::orders::{OrdersRoute, ThreadRoute};
use crate::oversight::{RequestsRoute, SecurityRoute};
use crate::pages::{
    CodePage, ConnectPage, ForgottenPage, KeysPage, LinkPage, ProtectionPage, RetentionPage,
    RolesPage, RulePage, RulesPage, SetupPage, SignInPage, StorePage, TargetsPage, TemplatesPage,
    UsersPage, WhyPage,
};
use crate::webhooks::{WebhookRoute, WebhooksRoute};
use leptos::lazy;
use leptos::prelude::*;
use leptos_router::LazyRoute;
use std::marker::PhantomData;

/// A page of a part.
pub trait Page: Sized + 'static {
    /// Where its code is.
    const PLACE: Place;

    /// Asks for what it shows.
    fn start() -> Self;

    /// Shows it.
    fn shown(self) -> AnyView;
}

fn open<P: Page>() -> AnyView {
    P::start().shown()
}

/// A page as a route: loads its part, then opens it.
pub struct Opened<P>(PhantomData<fn() -> P>);

impl<P: Page> LazyRoute for Opened<P> {
    fn data() -> Self {
        Self(PhantomData)
    }

    async fn view(_: Self) -> AnyView {
        match P::PLACE {
            Place::Activity => activity_part().await,
            Place::Messages => messages_part().await,
            Place::Exports => exports_part().await,
            Place::Panel(page) => panel_part(page).await,
            Place::Door(page) => door_part(page).await,
            Place::Watch(page) => watch_part(page).await,
            Place::Trade(page) => trade_part(page).await,
        }
    }

    async fn preload() {
        #[cfg(feature = "hydrate")]
        match P::PLACE {
            Place::Activity => {
                __preload_activity_part().await;
                crate::asides::preload_open().await;
            }
            Place::Messages => {
                __preload_messages_part().await;
                crate::asides::preload_open().await;
            }
            Place::Exports => __preload_exports_part().await,
            Place::Panel(_) => __preload_panel_part().await,
            Place::Door(_) => __preload_door_part().await,
            Place::Watch(_) => __preload_watch_part().await,
            Place::Trade(_) => __preload_trade_part().await,
        }
    }
}

/// Which part a page is in, and which of its pages it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The activity log.
    Activity,
    /// The message log.
    Messages,
    /// The export log.
    Exports,
    /// Settings, accounts and what is set up once.
    Panel(Panel),
    /// What leads in.
    Door(Door),
    /// The logs that watch.
    Watch(Watch),
    /// Orders, customers, bulk operations and shops' webhooks.
    Trade(Trade),
}

#[lazy]
fn activity_part() -> AnyView {
    open::<ActivityRoute>()
}

#[lazy]
fn messages_part() -> AnyView {
    open::<MessagesRoute>()
}

#[lazy]
fn exports_part() -> AnyView {
    open::<ExportsRoute>()
}

/// Settings, accounts and what is set up once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Panel {
    /// [`LedgerRoute`].
    Ledger,
    /// [`AccountPage`].
    Account,
    /// [`ConnectPage`].
    Connect,
    /// [`ProtectionPage`].
    Protection,
    /// [`TemplatesPage`].
    Templates,
    /// [`TargetsPage`].
    Targets,
    /// [`UsersPage`].
    Users,
    /// [`KeysPage`].
    Keys,
    /// [`RetentionPage`].
    Retention,
    /// [`StorePage`].
    Store,
    /// [`RulesPage`].
    Rules,
    /// [`RulePage`].
    Rule,
    /// [`WhyPage`].
    Why,
    /// [`RolesPage`].
    Roles,
}

#[lazy]
fn panel_part(page: Panel) -> AnyView {
    match page {
        Panel::Ledger => open::<LedgerRoute>(),
        Panel::Account => open::<AccountPage>(),
        Panel::Connect => open::<ConnectPage>(),
        Panel::Protection => open::<ProtectionPage>(),
        Panel::Templates => open::<TemplatesPage>(),
        Panel::Targets => open::<TargetsPage>(),
        Panel::Users => open::<UsersPage>(),
        Panel::Keys => open::<KeysPage>(),
        Panel::Retention => open::<RetentionPage>(),
        Panel::Store => open::<StorePage>(),
        Panel::Rules => open::<RulesPage>(),
        Panel::Rule => open::<RulePage>(),
        Panel::Why => open::<WhyPage>(),
        Panel::Roles => open::<RolesPage>(),
    }
}

/// What leads in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// [`SignInPage`].
    SignIn,
    /// [`CodePage`].
    Code,
    /// [`ForgottenPage`].
    Forgotten,
    /// [`LinkPage`].
    Link,
    /// [`SetupPage`].
    Setup,
}

#[lazy]
fn door_part(page: Door) -> AnyView {
    match page {
        Door::SignIn => open::<SignInPage>(),
        Door::Code => open::<CodePage>(),
        Door::Forgotten => open::<ForgottenPage>(),
        Door::Link => open::<LinkPage>(),
        Door::Setup => open::<SetupPage>(),
    }
}

/// The logs that watch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Watch {
    /// [`SecurityRoute`].
    Security,
    /// [`RequestsRoute`].
    Requests,
}

#[lazy]
fn watch_part(page: Watch) -> AnyView {
    match page {
        Watch::Security => open::<SecurityRoute>(),
        Watch::Requests => open::<RequestsRoute>(),
    }
}

/// Orders, customers, bulk operations and shops' webhooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trade {
    /// [`OrdersRoute`].
    Orders,
    /// [`ThreadRoute`].
    Thread,
    /// [`CustomerRoute`].
    Customer,
    /// [`OperationsRoute`].
    Operations,
    /// [`OperationRoute`].
    Operation,
    /// [`WebhooksRoute`].
    Webhooks,
    /// [`WebhookRoute`].
    Webhook,
}

#[lazy]
fn trade_part(page: Trade) -> AnyView {
    match page {
        Trade::Orders => open::<OrdersRoute>(),
        Trade::Thread => open::<ThreadRoute>(),
        Trade::Customer => open::<CustomerRoute>(),
        Trade::Operations => open::<OperationsRoute>(),
        Trade::Operation => open::<OperationRoute>(),
        Trade::Webhooks => open::<WebhooksRoute>(),
        Trade::Webhook => open::<WebhookRoute>(),
    }
}
