//! The bar that says how many are selected and what can be done with them.

use super::{Act, Share, use_picking};
use crate::activity::search::use_search;
use crate::activity::words::number;
use crate::i18n::{Locale, tr, use_locale};
use crate::icons::{self, Icon};
use domain::view::Count;
use domain::{Permission, Role};
use leptos::html;
use leptos::prelude::*;

/// The head's cell with the box that selects all rows that are loaded.
#[component]
pub fn PickLoaded() -> impl IntoView {
    let picking = use_picking();
    view! {
        <th role="columnheader" scope="col" class="c-check">
            <LoadedBox share=picking.share pick=picking.pick_loaded />
        </th>
    }
    .into_any()
}

/// The box that selects all rows that are loaded.
#[component]
pub fn LoadedBox(
    /// How many of them are selected.
    share: Signal<Share>,
    /// Selects them, or lets them go.
    pick: Callback<()>,
) -> impl IntoView {
    let locale = use_locale();
    let field = NodeRef::<html::Input>::new();
    // A property only: no attribute says that a box is between on and off.
    let follow = move || {
        let share = share.get();
        if let Some(field) = field.get() {
            field.set_indeterminate(share == Share::Some);
            field.set_checked(share == Share::All);
        }
    };
    Effect::new(move |_| follow());
    view! {
        <label>
            <input
                type="checkbox"
                aria-label=tr!(locale, find.select.loaded)
                node_ref=field
                on:change=move |_| {
                    pick.run(());
                    untrack(follow);
                }
            />
        </label>
    }
    .into_any()
}

/// Lies over the head of the table while something is selected, so that nothing moves.
#[component]
pub fn SelectionBar(
    /// The role of who looks.
    role: Role,
    /// What else can be done with what is selected: buttons.
    #[prop(optional, into)]
    acts: Option<ViewFn>,
    /// `3 orders`: how so many are called, where the page has no query that says it.
    #[prop(optional)]
    entries: Option<fn(Locale, Count) -> String>,
) -> impl IntoView {
    let locale = use_locale();
    let picking = use_picking();
    let entries = entries.unwrap_or_else(|| use_search().kind.entries);
    let acts = StoredValue::new(acts);
    let words = move || match picking.count.get() {
        Some(count) => tr!(locale, find.select.count, count = count, n = number(count)),
        None => tr!(locale, find.select.counting).to_owned(),
    };
    let all = move || {
        let matching = picking.matching.get()?;
        let is_more = !matching.is_exact || picking.count.get() != Some(matching.count);
        (!picking.is_all.get() && is_more).then(|| {
            view! {
                <button class="all" type="button" on:click=move |_| picking.pick_matching.run(())>
                    {tr!(locale, find.select.matching, entries = entries(locale, matching))}
                </button>
            }
        })
    };
    let may_export = role.may(Permission::Export);
    let may_erase = role.may(Permission::Erase) && picking.source.is_erasable();
    view! {
        <Show when=move || picking.is_any.get()>
            <div class="selbar" role="toolbar" aria-label=tr!(locale, find.select.title)>
                <LoadedBox share=picking.share pick=picking.pick_loaded />
                <b role="status">{words}</b>
                {all}
                {(may_export || may_erase).then(|| view! { <span class="sep"></span> })}
                {acts.with_value(|acts| acts.as_ref().map(ViewFn::run))}
                {may_export
                    .then(|| {
                        view! {
                            <button type="button" on:click=move |_| picking.act.set(Some(Act::Export))>
                                <Icon glyph=icons::FILE_DOWN />
                                <span>{tr!(locale, find.select.export)}</span>
                            </button>
                        }
                    })}
                {may_erase
                    .then(|| {
                        view! {
                            <button
                                class="danger"
                                type="button"
                                on:click=move |_| picking.act.set(Some(Act::Erase))
                            >
                                <Icon glyph=icons::ERASER />
                                <span>{tr!(locale, find.select.erase)}</span>
                            </button>
                        }
                    })}
                <button
                    class="icon-btn push"
                    type="button"
                    aria-label=tr!(locale, find.select.clear)
                    title=tr!(locale, find.select.clear)
                    on:click=move |_| picking.clear.run(())
                >
                    <Icon glyph=icons::X />
                </button>
            </div>
        </Show>
    }
    .into_any()
}
