//! Another list is on its way: rows in the shape of those to come, after 150 ms.

use crate::i18n::{tr, use_locale};
use leptos::prelude::*;

/// Lies over the old list, which stays until the new one is there.
#[component]
pub fn Loading() -> impl IntoView {
    let locale = use_locale();
    view! {
        <div class="loading">
            <p class="vh" role="status">{tr!(locale, activity.table.loading)}</p>
            <SkeletonRows />
        </div>
    }
}

/// As many rows as fit.
#[component]
pub fn SkeletonRows() -> impl IntoView {
    let rows = (0..24)
        .map(|at: u32| {
            let actor = 4.5 + f64::from(at * 7 % 5) * 0.5;
            let what = 6.0 + f64::from(at * 11 % 7);
            view! {
                <div class="next-row">
                    <span class="skel" style="inline-size:3.25rem"></span>
                    <span class="skel" style=format!("inline-size:{actor}rem")></span>
                    <span class="skel" style="inline-size:7rem"></span>
                    <span class="skel" style=format!("inline-size:{what}rem")></span>
                </div>
            }
        })
        .collect_view();
    view! { <div class="next-rows" aria-hidden="true">{rows}</div> }
}
