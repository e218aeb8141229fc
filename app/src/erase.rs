//! Erasing: what is selected, or everything about a person. Content goes, the ledger keeps the leaf.
//!
//! What belongs here: the two dialogs and what they ask of the server. Both say the exact number and what goes, what
//! stays and what is recorded; the number is typed; afterwards they show how far it is. A file of what goes can be made
//! first ([`first`]): the dialog stays as it is meanwhile.

pub(crate) mod calls;
mod dialog;
mod first;
mod gap;
mod person;
mod progress;

pub use dialog::EraseDialog;
pub use gap::{ErasedNote, GapRow, WasErased, gap_words};
pub use person::{ErasePerson, PersonDialog};
pub use progress::{kind_words, kinds_of, left_words, report_lines};

use crate::asked::{Asked, AskedDialog};
use crate::select::{Act, Picking};
use domain::{Permission, Role};
use leptos::prelude::*;

/// The dialog for what is selected in the list that is shown. Its code is loaded when it is opened.
#[component]
pub fn EraseSelected(
    /// What is selected.
    picking: Picking,
    /// The role of who asks.
    role: Role,
    /// Called when something was erased.
    on_done: Callback<()>,
) -> impl IntoView {
    let is_open = Memo::new(move |_| picking.act.get() == Some(Act::Erase));
    move || {
        if !is_open.get() || !role.may(Permission::Erase) {
            return ().into_any();
        }
        let selection = picking.selection.run(());
        let on_close = Callback::new(move |()| {
            if picking.act.get_untracked() == Some(Act::Erase) {
                picking.act.set(None);
            }
        });
        let on_done = Callback::new(move |()| {
            picking.clear.run(());
            on_done.run(());
        });
        let asked = Asked::Erase {
            selection,
            role,
            on_done,
        };
        view! { <AskedDialog asked on_close /> }.into_any()
    }
}
