//! The frame around every page of a signed-in person.

use crate::viewer::provide_viewer;
use leptos::prelude::*;
use leptos_router::components::Outlet;

/// Rail, sheet, tab bar.
#[component]
pub fn Frame() -> impl IntoView {
    provide_viewer();
    view! {
        <div class="app">
            <main class="sheet" id="main" tabindex="-1">
                <Outlet />
            </main>
        </div>
    }
}
