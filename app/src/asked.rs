//! The dialogs that are opened now and then, as one part of the program that the browser loads with the first of them.
//!
//! One part and not one a dialog: each part of its own divides what they share into smaller files.

use crate::erase::{EraseDialog, PersonDialog};
use crate::exports::dialog::{Draft, ExportForm};
use crate::find::CommandDialog;
use crate::i18n::use_locale;
use domain::Role;
use domain::export::Selection;
use domain::view::{ErasureRow, ExportRow, Viewer};
use leptos::lazy;
use leptos::prelude::*;

/// A dialog with what it needs.
pub enum Asked {
    /// Export something.
    Export {
        /// What it holds at first.
        draft: Draft,
        /// The role of who asks.
        role: Role,
        /// Called with the export that was asked for.
        on_made: Callback<ExportRow>,
    },
    /// Erase what is selected.
    Erase {
        /// It.
        selection: Selection,
        /// The role of who asks.
        role: Role,
        /// Called when it was erased.
        on_done: Callback<()>,
    },
    /// Erase everything about a customer.
    Person {
        /// The store's id for them.
        customer: String,
        /// What they are called.
        name: String,
        /// The erasure, once it was asked for.
        asked: RwSignal<Option<ErasureRow>>,
        /// Called when it has ended.
        on_done: Callback<()>,
    },
    /// Search or jump.
    Command {
        /// Who is signed in.
        viewer: Viewer,
    },
}

/// A dialog, open as long as it is rendered.
#[component]
pub fn AskedDialog(
    /// Which.
    asked: Asked,
    /// Called when it was closed.
    on_close: Callback<()>,
) -> impl IntoView {
    view! { <Suspense>{Suspend::new(async move { dialog(asked, on_close).await })}</Suspense> }
        .into_any()
}

#[lazy]
fn dialog(asked: Asked, on_close: Callback<()>) -> AnyView {
    match asked {
        Asked::Export {
            draft,
            role,
            on_made,
        } => {
            let locale = use_locale();
            view! { <ExportForm locale draft role on_close on_made /> }.into_any()
        }
        Asked::Erase {
            selection,
            role,
            on_done,
        } => view! { <EraseDialog selection role on_close on_done /> }.into_any(),
        Asked::Person {
            customer,
            name,
            asked,
            on_done,
        } => view! { <PersonDialog customer name asked on_done on_close /> }.into_any(),
        Asked::Command { viewer } => view! { <CommandDialog viewer on_close /> }.into_any(),
    }
}
