//! The views that everybody has: what they are called, and their place in the rail.

use super::views::path_of;
use crate::activity::address::href_of;
use crate::i18n::{Locale, tr, use_locale};
use domain::export::Source;
use domain::view::BuiltInView;
use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_query_map};

/// What such a view is called.
pub fn name_of(locale: Locale, view: BuiltInView) -> &'static str {
    match view {
        BuiltInView::PermissionChanges => tr!(locale, find.built_in.permission_changes),
        BuiltInView::Deletions => tr!(locale, find.built_in.deletions),
        BuiltInView::BulkOperations => tr!(locale, find.built_in.bulk_operations),
    }
}

/// The views that everybody has, below the activity log.
#[component]
pub fn BuiltInViews() -> impl IntoView {
    let locale = use_locale();
    let location = use_location();
    let params = use_query_map();
    let current = Memo::new(move |_| {
        if location.pathname.get() != path_of(Source::Activity) {
            return None;
        }
        params.with(|params| BuiltInView::of_query(&params.get("q").unwrap_or_default()))
    });
    let lines = BuiltInView::ALL
        .into_iter()
        .map(|view| {
            let is_current = move || (current.get() == Some(view)).then_some("page");
            view! {
                <li>
                    <a href=href_of(view.q()) aria-current=is_current title=view.q()>
                        <span class="trunc">{name_of(locale, view)}</span>
                    </a>
                </li>
            }
        })
        .collect_view();
    view! {
        <details class="built-in" open=move || current.get().is_some()>
            <summary>{tr!(locale, find.built_in.title)}</summary>
            <ul class="views">{lines}</ul>
        </details>
    }
    .into_any()
}
