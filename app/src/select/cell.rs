//! The checkbox of a row, and its cell where rows stand in a table.

use super::Selected;
use crate::activity::list::List;
use crate::activity::loaded::LogRow;
use leptos::ev::MouseEvent;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast as _;
use leptos::web_sys::HtmlInputElement;

/// The checkbox of a row; with shift, up to the row chosen before.
#[component]
pub fn PickBox<R>(
    /// The selection of the list.
    selected: Selected<R>,
    /// The list.
    list: List<R>,
    /// The row.
    id: R::Id,
    /// What it is called, for those who don't see it.
    label: String,
) -> impl IntoView
where
    R: LogRow,
{
    let is_on = Memo::new(move |_| selected.has(id));
    let pick = move |event: MouseEvent| {
        selected.pick(list, id, event.shift_key());
        // The box follows the selection and not the click: in a range it may stay as it is.
        let field = event
            .current_target()
            .and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        if let Some(field) = field {
            let is_on = is_on.get_untracked();
            request_animation_frame(move || field.set_checked(is_on));
        }
    };
    view! {
        <label>
            <input type="checkbox" aria-label=label prop:checked=is_on on:click=pick />
        </label>
    }
}

/// The checkbox of a row, in a cell of its own.
#[component]
pub fn PickCell<R>(
    /// The selection of the list.
    selected: Selected<R>,
    /// The list.
    list: List<R>,
    /// The row.
    id: R::Id,
    /// What it is called, for those who don't see it.
    label: String,
) -> impl IntoView
where
    R: LogRow,
{
    view! {
        <td role="cell" class="check">
            <PickBox selected list id label />
        </td>
    }
}
