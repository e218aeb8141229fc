//! The dialogs for what is selected or found.

use super::{Act, use_picking};
use crate::erase::EraseSelected;
use crate::exports::dialog::ExportSelected;
use crate::i18n::{tr, use_locale};
use crate::icons::{self, Icon};
use domain::{Permission, Role};
use leptos::prelude::*;

/// The dialogs of the list that is shown; each is loaded when it is opened.
#[component]
pub fn SelectedActs(
    /// The role of who looks.
    role: Role,
    /// Reads the list again.
    on_erased: Callback<()>,
) -> impl IntoView {
    let picking = use_picking();
    let erase = picking
        .source
        .is_erasable()
        .then(|| view! { <EraseSelected picking role on_done=on_erased /> });
    view! {
        <ExportSelected picking role />
        {erase}
    }
    .into_any()
}

/// Exports what is found, or what is selected.
#[component]
pub fn ExportButton(
    /// The role of who looks.
    role: Role,
) -> impl IntoView {
    let locale = use_locale();
    let picking = use_picking();
    if !role.may(Permission::Export) {
        return ().into_any();
    }
    view! {
        <button
            class="btn small"
            type="button"
            aria-label=tr!(locale, find.select.export)
            on:click=move |_| picking.act.set(Some(Act::Export))
        >
            <Icon glyph=icons::FILE_DOWN />
            <span class="only-wide">{tr!(locale, find.select.export)}</span>
        </button>
    }
    .into_any()
}
