//! The proposals under the field.

use super::editing::Editing;
use super::proposals::{Proposal, Section};
use crate::i18n::{Locale, tr};
use crate::icons::Icon;
use leptos::prelude::*;

/// The proposals under the field; gone when there is none.
#[component]
pub fn Proposals(editing: Editing) -> impl IntoView {
    let locale = editing.log().locale;
    let options = move || {
        let mut last = None;
        editing
            .proposals()
            .into_iter()
            .enumerate()
            .map(|(at, proposal)| {
                let head =
                    (last != Some(proposal.section)).then(|| heading(locale, proposal.section));
                last = Some(proposal.section);
                view! {
                    {head.map(|head| view! { <li class="label" role="presentation">{head}</li> })}
                    <Choice editing at proposal />
                }
            })
            .collect_view()
    };
    let dir = crate::i18n::direction(locale);
    view! {
        <div class="suggest" dir=dir hidden=move || !editing.is_open()>
            <ul id="proposals" role="listbox" aria-label=tr!(locale, activity.query.proposals)>{options}</ul>
            <div class="foot" aria-hidden="true">
                <span><kbd>"↑"</kbd><kbd>"↓"</kbd> {tr!(locale, activity.query.choose)}</span>
                <span><kbd>"↵"</kbd> {tr!(locale, activity.query.add)}</span>
                <span class="only-wide"><kbd>"Alt ↵"</kbd> {tr!(locale, activity.query.exclude)}</span>
            </div>
        </div>
    }
}

fn heading(locale: Locale, section: Section) -> &'static str {
    match section {
        Section::Values => tr!(locale, activity.query.values),
        Section::Qualifiers => tr!(locale, activity.query.qualifiers),
        Section::Found => tr!(locale, activity.query.found),
        Section::Recent => tr!(locale, activity.query.recent),
    }
}

#[component]
fn Choice(editing: Editing, at: usize, proposal: Proposal) -> impl IntoView {
    let log = editing.log();
    let (typed, rest) = proposal
        .insert
        .split_at(proposal.typed.min(proposal.insert.len()));
    let (typed, rest) = (typed.to_owned(), rest.to_owned());
    let count = proposal.count.map(|count| log.entries(count));
    let label = proposal.label.clone();
    let glyph = proposal.glyph;
    view! {
        <li
            role="option"
            id=format!("proposal-{at}")
            aria-selected=move || editing.is_active(at).to_string()
            // The focus stays in the field.
            on:pointerdown=|event| event.prevent_default()
            on:click=move |event| editing.accept(&proposal, event.alt_key())
        >
            <Icon glyph />
            <span class="what" dir="ltr"><mark>{typed}</mark>{rest}</span>
            {label.map(|label| view! { <bdi class="dim trunc">{label}</bdi> })}
            <span class="n">{count}</span>
        </li>
    }
}
