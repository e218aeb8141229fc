//! That the entry stands in the ledger: the browser recomputes the leaf and walks the proof to the root.

use crate::activity::any_log::AnyLog as _;
use crate::activity::clock::{clock, local};
use crate::activity::state::{Log, use_log};
use crate::activity::words::{day_short, number};
use crate::i18n::tr;
use crate::icons::{self, Icon};
use crate::ledger::proves;
use domain::view::{ActivityDetail, Proof};
use domain::{ActivityId, Seq};
use leptos::prelude::*;
use std::sync::Arc;

/// Number, leaf, checkpoint, proof; and the id, for roles without them too.
#[component]
pub fn Ledger(detail: Arc<ActivityDetail>) -> impl IntoView {
    let log = use_log();
    let locale = log.locale;
    let id = detail.row.id;
    let whole = id.to_string();
    let proof = detail
        .proof
        .clone()
        .map(|proof| proof_facts(log, id, proof));
    view! {
        <section class="section" id="ledger" aria-labelledby="d-ledger">
            <h2 id="d-ledger">{tr!(locale, activity.ledger.title)}</h2>
            <dl class="facts">
                <dt>{tr!(locale, activity.column.id)}</dt>
                <dd>
                    <code title=whole.clone()>{format!("…{}", whole.get(whole.len() - 12..).unwrap_or(&whole))}</code>
                    " "
                    <CopyButton text=whole label=tr!(locale, activity.ledger.copy_id) />
                </dd>
                {proof}
            </dl>
        </section>
    }
}

fn proof_facts(log: Log, id: ActivityId, proof: Proof) -> impl IntoView {
    let locale = log.locale;
    let Seq(seq) = proof.seq;
    let leaf = proof.leaf.to_hex();
    let short = match (leaf.get(..4), leaf.get(4..8), leaf.get(60..)) {
        (Some(one), Some(two), Some(last)) => format!("{one} {two} … {last}"),
        _ => leaf.clone(),
    };
    let recorded = local(proof.recorded_at, proof.offset_minutes);
    let day = recorded.date();
    let hashes = proof.inclusion.path.len() as u64;
    let size = number(proof.inclusion.size);
    let by_server = proof.is_verified;
    // The server's word until the browser has looked itself.
    let by_browser = RwSignal::new(None::<bool>);
    let record = id.to_string();
    Effect::new(move |_| by_browser.set(Some(proves(Some(&record), &proof))));
    let state = move || match (by_browser.get(), by_server) {
        (Some(true), true) => tr!(locale, activity.ledger.here),
        (None, true) => tr!(locale, activity.ledger.by_server),
        _ => tr!(locale, activity.ledger.mismatch),
    };
    let is_wrong = move || !by_server || by_browser.get() == Some(false);
    view! {
        <dt>{tr!(locale, activity.ledger.number)}</dt>
        <dd>
            <bdi>{number(seq.unsigned_abs())}</bdi>
            " "
            <span class="dim">
                "· " {tr!(locale, activity.ledger.recorded)} " "
                {move || day_short(locale, day, log.today())} " " <bdi>{clock(recorded)}</bdi>
            </span>
        </dd>
        <dt>{tr!(locale, activity.ledger.leaf)}</dt>
        <dd>
            <code title=leaf.clone()>{short}</code>
            " "
            <CopyButton text=leaf label=tr!(locale, activity.ledger.copy_leaf) />
        </dd>
        <dt>{tr!(locale, activity.ledger.checkpoint)}</dt>
        <dd><bdi>{size}</bdi></dd>
        <dt>{tr!(locale, activity.ledger.proof)}</dt>
        <dd class:wrong=is_wrong>
            {tr!(locale, activity.ledger.hashes, count = hashes)} {tr!(locale, activity.comma)} {state}
            " "
            <a class="link" href=format!("/activity/{id}/proof") rel="external" download="">
                {tr!(locale, ledger.download_proof)}
            </a>
        </dd>
    }
}

#[component]
fn CopyButton(text: String, label: &'static str) -> impl IntoView {
    let log = use_log();
    view! {
        <button class="icon-btn copy" type="button" aria-label=label title=label on:click=move |_| log.copy(text.clone())>
            <Icon glyph=icons::COPY class="i-s" />
        </button>
    }
}
