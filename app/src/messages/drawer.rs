//! The drawer: one message with everything about it. The answer first, then the evidence.

mod act;
mod again;
mod bar;
mod facts;
mod files;
mod ledger;
mod seen;
mod trail;
mod verdict;

pub use act::{ActButton, MessageAct, Tell, refused};

use super::state::use_messages;
use crate::erase::ErasedNote;
use crate::failed::Failed;
use crate::i18n::tr;
use crate::icons::{self, Icon};
use bar::Bar;
use domain::view::MessageDetail;
use leptos::prelude::*;
use std::sync::Arc;

/// The drawer, while the address opens a message.
#[component]
pub fn Drawer() -> impl IntoView {
    let log = use_messages();
    let is_open = Memo::new(move |_| log.address.with(|address| address.message.is_some()));
    view! {
        <Show when=move || is_open.get()>
            <aside class="drawer wide" id="message" tabindex="-1" aria-labelledby="m-title">
                <Bar />
                <Content />
            </aside>
        </Show>
    }
    .into_any()
}

/// What is known of the message.
#[component]
fn Content() -> impl IntoView {
    let log = use_messages();
    let locale = log.locale;
    // A status that changes must not load the frame again: it is made anew only for another message.
    let id = Memo::new(move |_| log.opened.get());
    let detail = Memo::new(move |_| {
        log.entry
            .with(|entry| entry.as_ref().and_then(|entry| entry.detail.clone()))
    });
    let state = Memo::new(move |_| {
        detail.with(|detail| match detail {
            Some(Ok(Some(_))) => (0, None),
            Some(Ok(None)) => (1, None),
            Some(Err(error)) => (2, Some(error.clone())),
            None => (3, None),
        })
    });
    let known = Signal::derive(move || detail.get().and_then(|detail| detail.ok().flatten()));
    move || {
        id.track();
        match state.get() {
            (0, _) => whole_message(known),
            (1, _) => view! {
                <div class="blank">
                    <Icon glyph=icons::SEARCH />
                    <h2 id="m-title">{tr!(locale, messages.gone)}</h2>
                    {log.opened.get_untracked().map(|id| view! { <ErasedNote id=id.to_string() /> })}
                    <p>{tr!(locale, messages.gone_why)}</p>
                </div>
            }
            .into_any(),
            (_, Some(error)) => {
                let again = Callback::new(move |()| log.reopen());
                let title = tr!(locale, messages.failure.detail);
                view! { <Failed title id="m-title" error again /> }.into_any()
            }
            _ => view! { <Arriving /> }.into_any(),
        }
    }
}

#[component]
fn Arriving() -> impl IntoView {
    let locale = use_messages().locale;
    view! {
        <div class="section arriving" role="status" aria-label=tr!(locale, activity.table.loading)>
            <h2 id="m-title"><span class="skel" style="inline-size:18rem"></span></h2>
            <p><span class="skel" style="inline-size:14rem"></span></p>
            <p><span class="skel" style="inline-size:11rem"></span></p>
        </div>
    }
}

/// What is in the drawer.
fn whole_message(known: Signal<Option<Arc<MessageDetail>>>) -> AnyView {
    let first = known.get_untracked();
    let seen = first
        .clone()
        .map(|detail| view! { <seen::Seen detail=detail.clone() /> <files::Files detail /> });
    let parts = move || {
        known.get().map(|detail| {
            view! {
                <verdict::Verdict detail=detail.clone() />
                <trail::Trails detail />
            }
        })
    };
    let rest = move || {
        known.get().map(|detail| {
            view! {
                <facts::Facts detail=detail.clone() />
                <trail::History detail=detail.clone() />
                <ledger::Ledger detail />
            }
        })
    };
    view! {
        {parts}
        {seen}
        {rest}
    }
    .into_any()
}
