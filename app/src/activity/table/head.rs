//! The head of the table.

use crate::activity::columns::{Column, Columns};
use crate::activity::state::use_log;
use crate::select::PickLoaded;
use leptos::prelude::*;

/// The names of the columns.
#[component]
pub fn Head() -> impl IntoView {
    let locale = use_log().locale;
    let columns = expect_context::<Columns>();
    let cells = move || {
        columns
            .shown()
            .into_iter()
            .map(|column: Column| {
                view! {
                    <th role="columnheader" scope="col" class=column.head_class()>
                        {column.label(locale)}
                    </th>
                }
            })
            .collect_view()
    };
    view! {
        <thead role="rowgroup">
            <tr role="row"><PickLoaded /> {cells}</tr>
        </thead>
    }
}
