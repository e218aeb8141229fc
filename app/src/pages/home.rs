//! `/`: leads to what there is to do.

use crate::find::use_views;
use crate::i18n::use_locale;
use crate::layout::first_place;
use crate::pages::Trouble;
use domain::Permission;
use leptos::prelude::*;
use leptos_router::components::Redirect;

/// Leads to the first page that the role opens: the log for most, with the view that the person chose for it. Before
/// anything has arrived, to how to make it arrive.
#[component]
pub fn Home() -> impl IntoView {
    let locale = use_locale();
    let viewer = crate::use_viewer();
    let views = use_views();
    view! {
        <Transition>
            {move || Suspend::new(async move {
                match viewer.await {
                    Ok(viewer) => {
                        views.ready().await;
                        let is_first_run = !viewer.has_entries && viewer.may(Permission::ManageKeys);
                        let place = if is_first_run {
                            "/connect"
                        } else {
                            first_place(locale, &viewer)
                        };
                        let path = untrack(|| views.href_to(place));
                        view! { <Redirect path /> }.into_any()
                    }
                    Err(error) => view! { <Trouble error /> }.into_any(),
                }
            })}
        </Transition>
    }
    .into_any()
}
