//! `/`: leads to what there is to do.

use crate::layout::WithViewer;
use domain::Permission;
use leptos::prelude::*;
use leptos_router::components::Redirect;

/// Leads to the log; before anything has arrived, to how to make it arrive.
#[component]
pub fn Home() -> impl IntoView {
    view! {
        <WithViewer let:viewer>
            {
                let is_first_run = !viewer.has_entries && viewer.may(Permission::ManageKeys);
                view! { <Redirect path=if is_first_run { "/connect" } else { "/activity" } /> }
            }
        </WithViewer>
    }
    .into_any()
}
