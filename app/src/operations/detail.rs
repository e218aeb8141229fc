//! The page of one operation.

use super::OperationRoute;
use super::aside::Aside;
use super::calls::Opened;
use super::figures::Figures;
use super::items::Items;
use super::revert::RevertDialog;
use super::state::{OperationLog, Stopping, use_operation};
use super::words::{asked_label, clock_words, state_of};
use crate::activity::live::{self as socket, bar::ConnectionBar};
use crate::activity::words::{entries, number};
use crate::dialog::{CancelButton, Dialog, DialogHandle};
use crate::i18n::{tr, use_locale};
use crate::icons::{self, Icon};
use crate::pages::{Opening, admitted, not_read};
use domain::Permission;
use domain::operation::revert::Part;
use domain::operation::{Control, OperationState, OperationStep};
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
                socket::when_online(again);
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
                    <Silent />
                </section>
                <Items />
            </div>
            <p class="vh" role="status">{move || log.said.get()}</p>
        </section>
        <Aside />
        {move || log.reverting.get().map(|asked| view! { <RevertDialog asked /> })}
        {move || log.stopping.get().map(|how| view! { <StopDialog how /> })}
    }
    .into_any()
}

/// Why a revert waits for its target, and when it is tried again by itself.
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
    let why = Memo::new(move |_| {
        log.detail.with(|detail| {
            let is_waiting =
                detail.row.state == OperationState::Stalled && detail.row.reverts.is_some();
            let stalled = detail
                .trail
                .iter()
                .find(|step| step.step == OperationStep::Stalled)?;
            stalled.reason.clone().filter(|_| is_waiting)
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
    let why = move || {
        let why = why.get()?;
        Some(
            view! { <p class="small">{tr!(locale, operations.step.waits)} ": " <bdi>{why}</bdi></p> },
        )
    };
    view! { {why} {words} }.into_any()
}

/// Ends, for those who may, what a source left that is gone.
#[component]
fn Silent() -> impl IntoView {
    let log = use_operation();
    let locale = log.locale;
    let can_end = Memo::new(move |_| log.can_end_here());
    view! {
        <Show when=move || can_end.get()>
            <p>
                <button class="btn small danger" type="button" on:click=move |_| log.stopping.set(Some(Stopping::Here))>
                    <Icon glyph=icons::CIRCLE_STOP />
                    {tr!(locale, operations.control.end)}
                </button>
            </p>
        </Show>
    }
    .into_any()
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
                <button class="btn small danger" type="button" on:click=move |_| log.stopping.set(Some(Stopping::Asked))>
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

/// Asks before an operation is stopped, or ended here.
#[component]
fn StopDialog(how: Stopping) -> impl IntoView {
    let log = use_operation();
    let locale = log.locale;
    let handle = DialogHandle::new();
    let (name, done) = log
        .detail
        .with_untracked(|detail| (detail.row.name.clone(), detail.row.done()));
    let n = number(done);
    let (title, text, label) = match how {
        Stopping::Asked => (
            tr!(locale, operations.control.cancel_title, name = name),
            tr!(locale, operations.control.cancel_text, count = done, n = n),
            tr!(locale, operations.control.cancel_do),
        ),
        Stopping::Here => (
            tr!(locale, operations.control.end_title, name = name),
            tr!(locale, operations.control.end_text, n = n),
            tr!(locale, operations.control.end_do),
        ),
    };
    let stop = move |_| {
        match how {
            Stopping::Asked => log.ask(Control::Cancel),
            Stopping::Here => log.end_here(),
        }
        handle.close();
    };
    view! {
        <Dialog
            title
            handle
            on_close=Callback::new(move |()| log.stopping.set(None))
        >
            <div class="modal-body">
                <p>{text}</p>
            </div>
            <footer class="modal-foot">
                <CancelButton handle is_first=true />
                <button class="btn danger-solid" type="button" on:click=stop>
                    {label}
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
