//! What the sections of the drawer are made of.

use crate::activity::state::use_log;
use crate::activity::table::masked_title;
use crate::activity::words::Piece;
use crate::i18n::tr;
use domain::MASK;
use leptos::prelude::*;

/// The pieces of a sentence, each name in its own direction.
pub fn pieces(pieces: Vec<Piece>) -> impl IntoView {
    pieces
        .into_iter()
        .map(|piece| match piece {
            Piece::Word(text) => text.into_any(),
            Piece::Name(text) => view! { <bdi>{text}</bdi> }.into_any(),
            Piece::Code(text) => view! { <code dir="ltr">{text}</code> }.into_any(),
        })
        .collect_view()
}

/// A value that filters the list by itself when it is clicked; with Alt or Shift the list without it.
#[component]
pub fn By(
    /// The qualifier.
    qualifier: &'static str,
    /// The value, as the query holds it.
    #[prop(into)]
    value: String,
    /// What is shown; the value itself when nothing else is given.
    #[prop(into, optional)]
    label: Option<String>,
) -> impl IntoView {
    let log = use_log();
    let shown = label.unwrap_or_else(|| value.clone());
    // What is hidden can't be searched for either.
    if value.contains(MASK) || shown.contains(MASK) {
        let title = masked_title(log, MASK);
        return view! { <bdi title=title>{shown}</bdi> }.into_any();
    }
    let is_code = matches!(qualifier, "ip" | "trace" | "operation");
    view! {
        <button
            class="by"
            type="button"
            title=tr!(log.locale, activity.entry.filter_by)
            on:click=move |event| log.toggle(qualifier, &value, event.alt_key() || event.shift_key())
        >
            <bdi dir=is_code.then_some("ltr")>{shown}</bdi>
        </button>
    }
    .into_any()
}

/// A value of the entry; says so when it is hidden.
pub fn value(text: String) -> impl IntoView {
    let title = masked_title(use_log(), &text);
    view! { <bdi title=title>{text}</bdi> }
}
