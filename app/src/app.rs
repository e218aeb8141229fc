//! Routes. Every page is loaded when it is opened; each is rendered whole on the server.

use crate::account::AccountPage;
use crate::activity::ActivityRoute;
use crate::activity::browser::hear_steps;
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
use crate::parts::Opened;
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
    hear_steps();
    view! {
        <Router>
            <Routes fallback=|| view! { <NotFound /> }>
                <Route path=path!("/sign-in") view={Lazy::<Opened<SignInPage>>::new()} ssr=SsrMode::Async />
                <Route path=path!("/sign-in/code") view={Lazy::<Opened<CodePage>>::new()} ssr=SsrMode::Async />
                <Route path=path!("/forgot") view={Lazy::<Opened<ForgottenPage>>::new()} ssr=SsrMode::Async />
                <Route path=path!("/link") view={Lazy::<Opened<LinkPage>>::new()} ssr=SsrMode::Async />
                <Route path=path!("/setup") view={Lazy::<Opened<SetupPage>>::new()} ssr=SsrMode::Async />
                <ParentRoute path=path!("") view=Frame ssr=SsrMode::Async>
                    <Route path=path!("") view=Home />
                    <Route path=path!("/activity") view={Lazy::<Opened<ActivityRoute>>::new()} />
                    <Route path=path!("/messages") view={Lazy::<Opened<MessagesRoute>>::new()} />
                    <Route path=path!("/orders") view={Lazy::<Opened<OrdersRoute>>::new()} />
                    <Route path=path!("/orders/:number") view={Lazy::<Opened<ThreadRoute>>::new()} />
                    <Route path=path!("/operations") view={Lazy::<Opened<OperationsRoute>>::new()} />
                    <Route path=path!("/operations/:id") view={Lazy::<Opened<OperationRoute>>::new()} />
                    <Route path=path!("/webhooks") view={Lazy::<Opened<WebhooksRoute>>::new()} />
                    <Route path=path!("/webhooks/:id") view={Lazy::<Opened<WebhookRoute>>::new()} />
                    <Route path=path!("/customers/:id") view={Lazy::<Opened<CustomerRoute>>::new()} />
                    <Route path=path!("/exports") view={Lazy::<Opened<ExportsRoute>>::new()} />
                    <Route path=path!("/security") view={Lazy::<Opened<SecurityRoute>>::new()} />
                    <Route path=path!("/requests") view={Lazy::<Opened<RequestsRoute>>::new()} />
                    <Route path=path!("/account") view={Lazy::<Opened<AccountPage>>::new()} />
                    <Route path=path!("/connect") view={Lazy::<Opened<ConnectPage>>::new()} />
                    <Route path=path!("/settings") view=Settings />
                    <Route path=path!("/settings/store") view={Lazy::<Opened<StorePage>>::new()} />
                    <Route path=path!("/settings/users") view={Lazy::<Opened<UsersPage>>::new()} />
                    <Route path=path!("/ledger") view={Lazy::<Opened<LedgerRoute>>::new()} />
                    <Route path=path!("/settings/retention") view={Lazy::<Opened<RetentionPage>>::new()} />
                    <Route path=path!("/settings/roles") view={Lazy::<Opened<RolesPage>>::new()} />
                    <Route path=path!("/settings/keys") view={Lazy::<Opened<KeysPage>>::new()} />
                    <Route path=path!("/settings/protection") view={Lazy::<Opened<ProtectionPage>>::new()} />
                    <Route path=path!("/settings/rules") view={Lazy::<Opened<RulesPage>>::new()} />
                    <Route path=path!("/settings/rules/:id") view={Lazy::<Opened<RulePage>>::new()} />
                    <Route path=path!("/settings/why") view={Lazy::<Opened<WhyPage>>::new()} />
                    <Route path=path!("/settings/templates") view={Lazy::<Opened<TemplatesPage>>::new()} />
                    <Route path=path!("/settings/targets") view={Lazy::<Opened<TargetsPage>>::new()} />
                </ParentRoute>
            </Routes>
        </Router>
    }
}
