//! That the message stands in the ledger.

use crate::i18n::tr;
use crate::ledger::proof_lines;
use crate::messages::state::use_messages;
use domain::view::MessageDetail;
use leptos::prelude::*;
use std::sync::Arc;

/// The proof of its entry, and the file with that and those of its history; nothing for roles that may not count.
#[component]
pub fn Ledger(detail: Arc<MessageDetail>) -> impl IntoView {
    let locale = use_messages().locale;
    let id = detail.row.id;
    let lines = detail.proof.clone().map(|proof| {
        let href = format!("/messages/{id}/proof");
        proof_lines(locale, Some(id.to_string()), href, proof)
    });
    lines
        .map(|lines| {
            view! {
                <section class="section" aria-labelledby="m-ledger">
                    <h2 id="m-ledger">{tr!(locale, activity.ledger.title)}</h2>
                    <dl class="facts">{lines}</dl>
                </section>
            }
        })
        .into_any()
}
