//! The views in the rail, under their log, with what is new since they were last looked at.

use super::built_in::BuiltInViews;
use super::views::{href_of, path_of, use_views};
use crate::activity::words::count_words;
use crate::i18n::{tr, use_locale};
use domain::ViewId;
use domain::export::Source;
use domain::view::{Count, SavedView};
use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_query_map};

/// The views of a log.
#[component]
pub fn RailViews(
    /// The log.
    log: Source,
) -> impl IntoView {
    let views = use_views();
    let location = use_location();
    let params = use_query_map();
    let current = Memo::new(move |_| {
        if location.pathname.get() != path_of(log) {
            return None;
        }
        let q = params.with(|params| params.get("q").unwrap_or_default());
        views.with_query(log, &q).map(|view| view.id)
    });
    // What is looked at is no longer new: when it is opened, and when it is left.
    Effect::new(move |previous: Option<Option<ViewId>>| {
        let now = current.get();
        let before = previous.flatten();
        if now != before {
            for id in [before, now].into_iter().flatten() {
                views.looked_at(id);
            }
        }
        now
    });
    let shown = Memo::new(move |_| {
        views.all.with(|all| {
            all.iter()
                .filter(|view| view.log == log)
                .cloned()
                .collect::<Vec<_>>()
        })
    });
    let kept = move || {
        let all = shown.get();
        (!all.is_empty()).then(|| {
            let lines = all
                .into_iter()
                .map(|view| view! { <Line view current /> })
                .collect_view();
            view! { <ul class="views">{lines}</ul> }
        })
    };
    view! {
        {kept}
        {(log == Source::Activity).then(|| view! { <BuiltInViews /> })}
    }
    .into_any()
}

#[component]
fn Line(view: SavedView, current: Memo<Option<ViewId>>) -> impl IntoView {
    let locale = use_locale();
    let id = view.id;
    let is_current = move || (current.get() == Some(id)).then_some("page");
    let count = view.new_count.filter(|count: &Count| count.count > 0);
    let new = move || {
        count.filter(|_| current.get() != Some(id)).map(|count| {
            let words = count_words(count);
            let label = tr!(locale, find.new_since, n = words.as_str());
            let title = label.clone();
            view! {
                <span class="n" title=title>
                    <span aria-hidden="true">{words}</span>
                    <span class="vh">{label}</span>
                </span>
            }
        })
    };
    view! {
        <li>
            <a href=href_of(&view) aria-current=is_current title=view.q.clone()>
                <span class="trunc"><bdi>{view.name.clone()}</bdi></span>
                {new}
            </a>
        </li>
    }
    .into_any()
}
