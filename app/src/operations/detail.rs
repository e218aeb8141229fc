//! The page of one operation.

use super::OperationRoute;
use super::aside::Aside;
use super::calls::Opened;
use super::figures::Figures;
use super::items::Items;
use super::revert::RevertDialog;
use super::state::{OperationLog, use_operation};
use super::words::{asked_label, clock_words, state_of};
use crate::activity::live::{self as socket, bar::ConnectionBar};
use crate::activity::words::{entries, number};
use crate::dialog::{CancelButton, Dialog, DialogHandle};
use crate::i18n::{tr, use_locale};
use crate::icons::{self, Icon};
use crate::pages::{Opening, admitted, not_read};
use domain::Permission;
use domain::operation::revert::Part;
use domain::operation::{Control, OperationState};
use domain::view::Viewer;
use leptos::prelude::*;
use leptos_meta::Title;

/// The page.
#[component]
pub fn OperationPage(source: OperationRoute) -> impl IntoView {
    let locale = use_locale();
    let viewer = crate::use_viewer();
    let section = tr!(locale, operations.title);
    let content = move |viewer: Viewer| async move {
        match source.opened.await {
            Ok(Some(opened)) => view! { <Whole viewer opened /> }.into_any(),
            Ok(None) => view! { <Gone /> }.into_any(),
            Err(error) => {
                let again = move || source.opened.refetch();
                let failed = not_read(tr!(locale, operations.failed_to_load), &error, again);
                view! { <Title text=section /> {failed} }.into_any()
            }
        }
    };
    view! {
        <Transition fallback=Opening>
            {move || Suspend::new(admitted(viewer, section, Permission::ReadOperations, content))}
        </Transition>
    }
    .into_any()
}

#[component]
fn Whole(viewer: Viewer, opened: Opened) -> impl IntoView {
    let locale = use_locale();
    let name = opened.detail.row.name.clone();
    let log = OperationLog::new(locale, viewer, opened);
    provide_context(log);
    log.moment.go_on();
    log.list.follow_size(move || log.scrolled());
    let owner = Owner::current();
    // Only a browser follows: effects don't run on the server.
    Effect::new(move |_| {
        if let Some(owner) = &owner {
            owner.with(|| socket::start(log));
        }
    });
    view! {
        <Title text=name.clone() />
        <section class="stage operation" aria-labelledby="h">
            <Bar name />
            <ConnectionBar live=log.live moment=log.moment entries=entries />
            <div
                class="scroll"
                tabindex="0"
                role="region"
                aria-label=tr!(locale, operations.items)
                node_ref=log.list.scroll
                on:scroll=move |_| log.scrolled()
            >
                <section class="op-sum">
                    <Figures row=log.row() />
                    <Waits />
                </section>
                <Items />
            </div>
            <p class="vh" role="status">{move || log.said.get()}</p>
        </section>
        <Aside />
        {move || log.reverting.get().map(|asked| view! { <RevertDialog asked /> })}
        <Show when=move || log.is_stopping.get()>
            <StopDialog />
        </Show>
    }
    .into_any()
}

/// When a revert that waits for its target is tried again by itself.
#[component]
fn Waits() -> impl IntoView {
    let log = use_operation();
    let locale = log.locale;
    let due = Memo::new(move |_| {
        log.detail.with(|detail| {
            let at = detail.retry_at?;
            let is_waiting = detail.row.state == OperationState::Stalled;
            is_waiting.then_some((at, detail.row.offset_minutes))
        })
    });
    // A try that finds the target away as before tells nobody: it is read when the next one is.
    Effect::new(move |_| {
        let now = log.moment.now.get();
        if due.get_untracked().is_some_and(|(at, _)| at <= now) {
            log.reload();
        }
    });
    let words = move || {
        let (at, offset) = due.get()?;
        let words = if at > log.moment.now.get() {
            tr!(locale, operations.tried_again, at = clock_words(at, offset))
        } else {
            tr!(locale, operations.tried_again_soon).to_owned()
        };
        Some(view! { <p class="dim small">{words}</p> })
    };
    view! { {words} }.into_any()
}

/// Its name, its state, what can be done.
#[component]
fn Bar(name: String) -> impl IntoView {
    let log = use_operation();
    let locale = log.locale;
    let row = log.row();
    let state = move || row.with(|row| state_of(locale, row.state));
    let asked = move || {
        row.with(|row| row.asked)
            .map(|control| view! { <span class="chip line only-wide">{asked_label(locale, control)}</span> })
    };
    view! {
        <header class="bar rule op-bar">
            <a class="icon-btn only-narrow" href="/operations" aria-label=tr!(locale, operations.back)>
                <Icon glyph=icons::ARROW_LEFT class="flip" />
            </a>
            <h1 id="h">
                <a class="dim only-wide" href="/operations">{tr!(locale, operations.title)}</a>
                <span class="dim only-wide">" / "</span>
                <bdi>{name}</bdi>
            </h1>
            <span class=move || state().0>{move || view! { <Icon glyph=state().1 /> }} {move || state().2}</span>
            {asked}
            <span class="push"></span>
            <Show when=move || log.can(Control::Pause)>
                <button class="btn small" type="button" on:click=move |_| log.ask(Control::Pause)>
                    <Icon glyph=icons::PAUSE />
                    {tr!(locale, operations.control.pause)}
                </button>
            </Show>
            <Show when=move || log.can(Control::Resume)>
                <button class="btn small" type="button" on:click=move |_| log.ask(Control::Resume)>
                    <Icon glyph=icons::ROTATE_CCW class="flip" />
                    {tr!(locale, operations.control.resume)}
                </button>
            </Show>
            <Show when=move || log.can(Control::Cancel)>
                <button class="btn small danger" type="button" on:click=move |_| log.is_stopping.set(true)>
                    <Icon glyph=icons::CIRCLE_STOP />
                    {tr!(locale, operations.control.cancel)}
                </button>
            </Show>
            <Show when=move || log.can_revert()>
                <button class="btn small danger" type="button" on:click=move |_| log.revert(Part::Whole)>
                    <Icon glyph=icons::UNDO_2 class="flip" />
                    {tr!(locale, operations.revert.open)}
                </button>
            </Show>
            <button
                class="icon-btn only-middle"
                type="button"
                popovertarget="about-operation"
                aria-label=tr!(locale, operations.about)
            >
                <Icon glyph=icons::PANEL_RIGHT class="flip" />
            </button>
        </header>
    }
    .into_any()
}

/// Asks before an operation is stopped.
#[component]
fn StopDialog() -> impl IntoView {
    let log = use_operation();
    let locale = log.locale;
    let handle = DialogHandle::new();
    let (name, done) = log
        .detail
        .with_untracked(|detail| (detail.row.name.clone(), number(detail.row.done())));
    let stop = move |_| {
        log.ask(Control::Cancel);
        handle.close();
    };
    view! {
        <Dialog
            title=tr!(locale, operations.control.cancel_title, name = name)
            handle
            on_close=Callback::new(move |()| log.is_stopping.set(false))
        >
            <div class="modal-body">
                <p>{tr!(locale, operations.control.cancel_text, n = done)}</p>
            </div>
            <footer class="modal-foot">
                <CancelButton handle is_first=true />
                <button class="btn danger-solid" type="button" on:click=stop>
                    {tr!(locale, operations.control.cancel_do)}
                </button>
            </footer>
        </Dialog>
    }
    .into_any()
}

#[component]
fn Gone() -> impl IntoView {
    let locale = use_locale();
    crate::status::set(404);
    view! {
        <Title text=tr!(locale, operations.gone) />
        <section class="stage" aria-labelledby="h">
            <div class="blank">
                <Icon glyph=icons::LAYERS />
                <h1 id="h">{tr!(locale, operations.gone)}</h1>
                <p>{tr!(locale, operations.gone_why)}</p>
                <a class="btn" href="/operations">{tr!(locale, operations.back)}</a>
            </div>
        </section>
    }
    .into_any()
}
