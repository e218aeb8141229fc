//! Routes. Every page is loaded when it is opened; each is rendered whole on the server.

use crate::account::AccountPage;
use crate::activity::ActivityRoute;
use crate::customers::CustomerRoute;
use crate::exports::ExportsRoute;
use crate::layout::Frame;
use crate::ledger::LedgerRoute;
use crate::messages::MessagesRoute;
use crate::operations::{OperationRoute, OperationsRoute};
use crate::orders::{OrdersRoute, ThreadRoute};
use crate::oversight::{RequestsRoute, SecurityRoute};
use crate::pages::{
    CodePage, ConnectPage, ForgottenPage, Home, KeysPage, LinkPage, NotFound, ProtectionPage,
    RetentionPage, RolesPage, RulePage, RulesPage, Settings, SetupPage, SignInPage, StorePage,
    TargetsPage, TemplatesPage, UsersPage, WhyPage,
};
use crate::preferences::Preferences;
use crate::webhooks::{WebhookRoute, WebhooksRoute};
use leptos::prelude::*;
use leptos_meta::provide_meta_context;
use leptos_router::components::{ParentRoute, Route, Router, Routes};
use leptos_router::{Lazy, SsrMode, path};

/// The app, below `body`.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    // On the server `shell` has read them for the same request.
    if use_context::<Preferences>().is_none() {
        Preferences::provide();
    }
    view! {
        <Router>
            <Routes fallback=|| view! { <NotFound /> }>
                <Route path=path!("/sign-in") view={Lazy::<SignInPage>::new()} ssr=SsrMode::Async />
                <Route path=path!("/sign-in/code") view={Lazy::<CodePage>::new()} ssr=SsrMode::Async />
                <Route path=path!("/forgot") view={Lazy::<ForgottenPage>::new()} ssr=SsrMode::Async />
                <Route path=path!("/link") view={Lazy::<LinkPage>::new()} ssr=SsrMode::Async />
                <Route path=path!("/setup") view={Lazy::<SetupPage>::new()} ssr=SsrMode::Async />
                <ParentRoute path=path!("") view=Frame ssr=SsrMode::Async>
                    <Route path=path!("") view=Home />
                    <Route path=path!("/activity") view={Lazy::<ActivityRoute>::new()} />
                    <Route path=path!("/messages") view={Lazy::<MessagesRoute>::new()} />
                    <Route path=path!("/orders") view={Lazy::<OrdersRoute>::new()} />
                    <Route path=path!("/orders/:number") view={Lazy::<ThreadRoute>::new()} />
                    <Route path=path!("/operations") view={Lazy::<OperationsRoute>::new()} />
                    <Route path=path!("/operations/:id") view={Lazy::<OperationRoute>::new()} />
                    <Route path=path!("/webhooks") view={Lazy::<WebhooksRoute>::new()} />
                    <Route path=path!("/webhooks/:id") view={Lazy::<WebhookRoute>::new()} />
                    <Route path=path!("/customers/:id") view={Lazy::<CustomerRoute>::new()} />
                    <Route path=path!("/exports") view={Lazy::<ExportsRoute>::new()} />
                    <Route path=path!("/security") view={Lazy::<SecurityRoute>::new()} />
                    <Route path=path!("/requests") view={Lazy::<RequestsRoute>::new()} />
                    <Route path=path!("/account") view={Lazy::<AccountPage>::new()} />
                    <Route path=path!("/connect") view={Lazy::<ConnectPage>::new()} />
                    <Route path=path!("/settings") view=Settings />
                    <Route path=path!("/settings/store") view={Lazy::<StorePage>::new()} />
                    <Route path=path!("/settings/users") view={Lazy::<UsersPage>::new()} />
                    <Route path=path!("/ledger") view={Lazy::<LedgerRoute>::new()} />
                    <Route path=path!("/settings/retention") view={Lazy::<RetentionPage>::new()} />
                    <Route path=path!("/settings/roles") view={Lazy::<RolesPage>::new()} />
                    <Route path=path!("/settings/keys") view={Lazy::<KeysPage>::new()} />
                    <Route path=path!("/settings/protection") view={Lazy::<ProtectionPage>::new()} />
                    <Route path=path!("/settings/rules") view={Lazy::<RulesPage>::new()} />
                    <Route path=path!("/settings/rules/:id") view={Lazy::<RulePage>::new()} />
                    <Route path=path!("/settings/why") view={Lazy::<WhyPage>::new()} />
                    <Route path=path!("/settings/templates") view={Lazy::<TemplatesPage>::new()} />
                    <Route path=path!("/settings/targets") view={Lazy::<TargetsPage>::new()} />
                </ParentRoute>
            </Routes>
        </Router>
    }
}
