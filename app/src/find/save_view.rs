//! Keeping the query that is shown as a view, and changing the view that is shown.

use super::built_in::name_of;
use super::calls;
use super::views::use_views;
use crate::AppError;
use crate::activity::browser;
use crate::activity::search::use_search;
use crate::asides::{Aside, aside};
use crate::i18n::tr;
use crate::icons::{self, Icon};
use crate::pages::trouble_text;
use domain::export::Source;
use domain::view::{BuiltInView, SavedView, ViewDraft};
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The id of the panel.
const PANEL: &str = "view-panel";
/// The id of the button that deletes a view, once it is asked for.
const DELETE_SURE: &str = "view-delete";

/// The button and its panel. There is nothing to keep while the query is empty.
#[component]
pub fn SaveView(
    /// The log.
    log: Source,
) -> impl IntoView {
    let search = use_search();
    let views = use_views();
    let locale = search.locale;
    let view = Memo::new(move |_| search.q.with(|q| views.with_query(log, q.trim())));
    let is_empty = Memo::new(move |_| search.q.with(|q| q.trim().is_empty()));
    // What everybody has is not kept by anybody.
    let built_in = Memo::new(move |_| {
        let of_log = search.q.with(|q| BuiltInView::of_query(q));
        of_log.filter(|_| log == Source::Activity && view.with(Option::is_none))
    });
    let label = move || {
        let name = view.get().map(|view| view.name);
        let name = name.or_else(|| built_in.get().map(|view| name_of(locale, view).to_owned()));
        match name {
            Some(name) => view! { <bdi class="trunc">{name}</bdi> <Icon glyph=icons::CHEVRON_DOWN class="i-s" /> }.into_any(),
            None => tr!(locale, find.save_view).into_any(),
        }
    };
    let panel = move || {
        if let Some(view) = built_in.get() {
            return view! {
                <p class="strong">{name_of(locale, view)}</p>
                <p class="hint">{tr!(locale, find.built_in.note)}</p>
            }
            .into_any();
        }
        let view = view.get();
        view! { <Suspense>{Suspend::new(aside(Aside::View { view, log }))}</Suspense> }.into_any()
    };
    view! {
        <Show when=move || !is_empty.get()>
            <button
                class="btn save-view"
                type="button"
                popovertarget=PANEL
                style="anchor-name:--view-panel"
                aria-label=move || {
                    (view.with(Option::is_none) && built_in.get().is_none())
                        .then(|| tr!(locale, find.save_view))
                }
            >
                <Icon glyph=icons::BOOKMARK_PLUS />
                <span class="only-wide row-flex">{label}</span>
            </button>
            <div
                class="menu pop view-panel"
                id=PANEL
                popover="auto"
                role="dialog"
                aria-label=tr!(locale, find.view)
                style="position-anchor:--view-panel"
            >
                {panel}
            </div>
        </Show>
    }
    .into_any()
}

/// What the button opens.
#[component]
pub fn ViewPanel(
    /// The view that is shown; none for a new one.
    view: Option<SavedView>,
    /// The log.
    log: Source,
) -> impl IntoView {
    match view {
        Some(view) if !view.is_own => view! { <Foreign view /> }.into_any(),
        view => view! { <Form view log /> }.into_any(),
    }
}

/// Why what was asked of the views was not done.
#[component]
fn Trouble() -> impl IntoView {
    let locale = use_search().locale;
    let error = use_views().error;
    move || {
        let text = error.with(|error| error.as_ref().map(|error| trouble_text(locale, error)));
        text.map(|text| view! { <p class="error-text" role="alert">{text}</p> })
    }
}

/// Name, shared, default; order and end of a view that is there.
#[component]
fn Form(
    /// The view that is shown; none for a new one.
    view: Option<SavedView>,
    /// The log.
    log: Source,
) -> impl IntoView {
    let search = use_search();
    let views = use_views();
    let locale = search.locale;
    let id = view.as_ref().map(|view| view.id);
    let name = RwSignal::new(
        view.as_ref()
            .map(|view| view.name.clone())
            .unwrap_or_default(),
    );
    let is_shared = RwSignal::new(view.as_ref().is_some_and(|view| view.is_shared));
    let is_default = RwSignal::new(view.as_ref().is_some_and(|view| view.is_default));
    let error = RwSignal::new(None::<AppError>);
    let save = move |event: SubmitEvent| {
        event.prevent_default();
        let draft = ViewDraft {
            id,
            log,
            name: name.get_untracked(),
            q: search.q.get_untracked().trim().to_owned(),
            is_shared: is_shared.get_untracked(),
            is_default: is_default.get_untracked(),
        };
        error.set(None);
        views.error.set(None);
        spawn_local(async move {
            match calls::save_view(draft).await {
                Ok(all) => {
                    views.all.try_set(all);
                    browser::hide_popover(PANEL);
                }
                Err(found) => {
                    error.try_set(Some(found));
                }
            }
        });
    };
    let fault = move || {
        error.with(|error| {
            let error = error.as_ref()?;
            Some(match error.field("name") {
                Some(_) => tr!(locale, find.fault.name).to_owned(),
                None => trouble_text(locale, error),
            })
        })
    };
    let save_label = if id.is_some() {
        tr!(locale, common.save)
    } else {
        tr!(locale, find.save_view)
    };
    view! {
        <form on:submit=save novalidate>
            <div class="field">
                <label for="v-name">{tr!(locale, find.view_name)}</label>
                <input
                    class="input"
                    id="v-name"
                    maxlength="60"
                    dir="auto"
                    autocomplete="off"
                    autofocus
                    prop:value=name
                    on:input=move |event| name.set(event_target_value(&event))
                />
                {move || fault().map(|text| view! { <p class="error-text" role="alert">{text}</p> })}
            </div>
            <label class="row-flex">
                <input
                    type="checkbox"
                    prop:checked=is_shared
                    on:change=move |event| is_shared.set(event_target_checked(&event))
                />
                {tr!(locale, find.shared)}
            </label>
            <label class="row-flex">
                <input
                    type="checkbox"
                    prop:checked=is_default
                    on:change=move |event| is_default.set(event_target_checked(&event))
                />
                {tr!(locale, find.default)}
            </label>
            <div class="row-flex">
                {view
                    .map(|view| {
                        view! {
                            <Order view=view.clone() />
                            <Delete view />
                        }
                    })}
                <button class="btn small primary push">{save_label}</button>
            </div>
            <Trouble />
        </form>
    }
    .into_any()
}

/// Deletes a view; asks once more in its own place.
#[component]
fn Delete(view: SavedView) -> impl IntoView {
    let locale = use_search().locale;
    let views = use_views();
    let id = view.id;
    let is_sure = RwSignal::new(false);
    let sure = if view.is_shared {
        tr!(locale, find.delete_shared_sure)
    } else {
        tr!(locale, find.delete_sure)
    };
    move || {
        if is_sure.try_get() == Some(true) {
            view! {
                <button
                    class="btn small danger"
                    id=DELETE_SURE
                    type="button"
                    // Safari takes the focus from a button that is pressed: it would be gone before the click.
                    on:mousedown=move |event| event.prevent_default()
                    on:click=move |_| {
                        views.act(calls::delete_view(id), || browser::hide_popover(PANEL));
                    }
                    // Also when it is taken away with what it deleted: nothing is drawn in the middle of that.
                    on:blur=move |_| {
                        request_animation_frame(move || {
                            is_sure.try_set(false);
                        });
                    }
                >
                    {sure}
                </button>
            }
            .into_any()
        } else {
            let ask = move |_| {
                is_sure.set(true);
                // It can have the focus once it is drawn.
                request_animation_frame(|| browser::focus(&format!("#{DELETE_SURE}")));
            };
            view! {
                <button class="btn small danger" type="button" on:click=ask>
                    {tr!(locale, find.delete_view)}
                </button>
            }
            .into_any()
        }
    }
}

/// A view that somebody else shares.
#[component]
fn Foreign(view: SavedView) -> impl IntoView {
    let search = use_search();
    let views = use_views();
    let locale = search.locale;
    let (id, is_default) = (view.id, !view.is_default);
    let label = if view.is_default {
        tr!(locale, find.not_default)
    } else {
        tr!(locale, find.default)
    };
    view! {
        <p class="strong"><bdi>{view.name.clone()}</bdi></p>
        <p class="hint">{tr!(locale, find.shared_by_other)}</p>
        <div class="row-flex">
            <Order view />
            <button
                class="btn small push"
                type="button"
                on:click=move |_| views.act(calls::set_default_view(id, is_default), || {})
            >
                {label}
            </button>
        </div>
        <Trouble />
    }
    .into_any()
}

/// One place up or down in the rail.
#[component]
fn Order(view: SavedView) -> impl IntoView {
    let search = use_search();
    let views = use_views();
    let locale = search.locale;
    let id = view.id;
    view! {
        <button
            class="icon-btn"
            type="button"
            aria-label=tr!(locale, find.earlier)
            title=tr!(locale, find.earlier)
            on:click=move |_| views.shift(id, false)
        >
            <Icon glyph=icons::CHEVRON_UP />
        </button>
        <button
            class="icon-btn"
            type="button"
            aria-label=tr!(locale, find.later)
            title=tr!(locale, find.later)
            on:click=move |_| views.shift(id, true)
        >
            <Icon glyph=icons::CHEVRON_DOWN />
        </button>
    }
    .into_any()
}
