//! The dialog that erases what is selected.

use super::calls;
use super::first::{FileFirst, First};
use super::progress::{Progress, kinds_of};
use crate::account::proof::{Proof, ProofDialog};
use crate::activity::words::number;
use crate::dialog::{CancelButton, Dialog, DialogHandle};
use crate::exports::dialog::{Draft, ExportForm};
use crate::exports::jobs::use_jobs;
use crate::exports::words::records;
use crate::form::{FieldError, FormNote};
use crate::i18n::{tr, use_locale};
use crate::icons::{self, Icon};
use crate::pages::trouble_text;
use crate::select::count_selection;
use crate::{AppError, use_viewer};
use domain::export::{Selection, Source};
use domain::view::{ErasureRow, ExportRow, SelectionCount};
use domain::{Permission, Role};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// Asks whether what is selected shall be erased: the number is typed.
#[component]
pub fn EraseDialog(
    /// What is selected.
    selection: Selection,
    /// The role of who asks.
    role: Role,
    /// Called when it was closed.
    on_close: Callback<()>,
    /// Called when it was erased.
    on_done: Callback<()>,
) -> impl IntoView {
    let locale = use_locale();
    let handle = DialogHandle::new();
    let source = selection.source();
    let selection = StoredValue::new(selection);
    let counted = RwSignal::new(None::<Result<SelectionCount, AppError>>);
    let asked = RwSignal::new(None::<ErasureRow>);
    let first = First::new();
    let jobs = use_jobs();
    let on_close = Callback::new(move |()| {
        if asked.with_untracked(Option::is_none) {
            first.leave(jobs);
        }
        on_close.run(());
    });
    Effect::new(move |_| {
        spawn_local(async move {
            let answer = count_selection(selection.get_value()).await;
            if let Ok(found) = &answer {
                // What is erased is what was counted: nothing that arrives from now on.
                selection.try_update_value(|selection| {
                    if let Selection::Matching { up_to, .. } = selection {
                        up_to.get_or_insert_with(|| found.up_to.clone());
                    }
                });
            }
            counted.try_set(Some(answer));
        });
    });
    let title = move || match counted.get() {
        Some(Ok(found)) if found.count.count > found.held => tr!(
            locale,
            erase.question,
            records = records(locale, source, found.count.count.saturating_sub(found.held))
        ),
        _ => tr!(locale, erase.title).to_owned(),
    };
    let content = move || {
        if let Some(row) = asked.get() {
            return view! { <Progress row handle on_done /> }.into_any();
        }
        match counted.get() {
            None => view! {
                <div class="modal-body" role="status" aria-label=tr!(locale, activity.table.loading)>
                    <p><span class="skel" style="inline-size:14rem"></span></p>
                    <p><span class="skel" style="inline-size:10rem"></span></p>
                </div>
            }
            .into_any(),
            Some(Err(error)) => {
                let text = trouble_text(locale, &error);
                view! { <div class="modal-body"><FormNote text /></div> }.into_any()
            }
            Some(Ok(found)) if found.count.count <= found.held => {
                view! { <Nothing held=found.held handle /> }.into_any()
            }
            Some(Ok(found)) => {
                view! { <Ask found source selection role handle first asked /> }.into_any()
            }
        }
    };
    let on_form_closed = Callback::new(move |()| {
        first.is_asking.try_set(false);
    });
    let on_made = Callback::new(move |row: ExportRow| first.follow(row));
    // Over this dialog, so that what was typed here stays.
    let form = move || {
        first.is_asking.get().then(|| {
            let draft = Draft::once(selection.get_value());
            view! {
                <ExportForm
                    locale
                    draft
                    role
                    title_id="first-title"
                    on_close=on_form_closed
                    on_made
                />
            }
        })
    };
    view! {
        <Dialog title=Signal::derive(title) handle on_close>
            {content}
            {form}
        </Dialog>
    }
    .into_any()
}

/// Says that nothing of it can be erased, and why.
#[component]
fn Nothing(held: u64, handle: DialogHandle) -> impl IntoView {
    let locale = use_locale();
    let viewer = use_viewer();
    let link = move || {
        let viewer = viewer.get().and_then(Result::ok);
        viewer
            .is_some_and(|viewer| viewer.may(Permission::ManageRetention))
            .then(|| {
                view! {
                    <p>
                        <a
                            class="link"
                            href="/settings/retention#r-holds"
                            on:click=move |_| handle.close()
                        >
                            {tr!(locale, retention.holds)}
                        </a>
                    </p>
                }
            })
    };
    let why = if held > 0 {
        view! {
            <div class="note pending">
                <Icon glyph=icons::LOCK />
                <p>{tr!(locale, erase.all_held, count = held, n = number(held))}</p>
            </div>
            {link}
        }
        .into_any()
    } else {
        view! { <p>{tr!(locale, exports.nothing)}</p> }.into_any()
    };
    view! {
        <div class="modal-body">{why}</div>
        <footer class="modal-foot">
            <CancelButton handle is_first=true />
        </footer>
    }
    .into_any()
}

/// What goes, what stays, what is recorded; reason and number.
#[component]
fn Ask(
    found: SelectionCount,
    source: Source,
    selection: StoredValue<Selection>,
    role: Role,
    handle: DialogHandle,
    first: First,
    asked: RwSignal<Option<ErasureRow>>,
) -> impl IntoView {
    let locale = use_locale();
    let total = found.count.count;
    let goes = total.saturating_sub(found.held);
    let kinds = kinds_of(locale, &found.kinds);
    let held = (found.held > 0).then(|| {
        view! {
            <div class="note pending">
                <Icon glyph=icons::LOCK />
                <p>{tr!(locale, erase.held, count = found.held, n = number(found.held))}</p>
            </div>
        }
    });
    let files = RwSignal::new(0_u64);
    let has_file = Memo::new(move |_| first.has_file());
    Effect::new(move |_| {
        // One that is made first is one more. Read, not only tracked: a memo that nobody read follows nothing.
        has_file.get();
        let work = calls::files(selection.get_value());
        spawn_local(async move {
            if let Ok(count) = work.await {
                files.try_set(count);
            }
        });
    });
    let files_go = move || {
        let count = files.get();
        (count > 0).then(|| {
            view! { <p>{tr!(locale, erase.files, count = count, n = number(count))}</p> }
        })
    };
    let send = Callback::new(move |(reason, typed): (String, u64)| {
        let work = calls::request(selection.get_value(), reason, typed);
        Sending::of(work)
    });
    // Of which filter: what stands behind the dialog may be another list.
    let filter = selection.with_value(|selection| {
        let q = selection.q().filter(|q| !q.is_empty())?.to_owned();
        Some(view! { <p><code class="q-in" dir="ltr">{q}</code></p> })
    });
    let may_export = role.may(Permission::Export);
    let file_first = may_export.then(|| view! { <FileFirst first /> });
    let start = view! {
        <p class="strong">{kinds}</p>
        {filter}
        {held}
        <p>{tr!(locale, erase.what_goes)}</p>
        {files_go}
        <p class="soft">{tr!(locale, erase.what_stays)}</p>
        {file_first}
    }
    .into_any();
    let label = tr!(
        locale,
        erase.button,
        records = records(locale, source, goes)
    );
    let waits = Signal::derive(move || first.holds_back());
    view! { <Confirm start number_to_type=goes label send handle asked waits /> }.into_any()
}

type Answer = std::pin::Pin<Box<dyn Future<Output = Result<ErasureRow, AppError>> + Send>>;

/// What is being asked of the server.
pub struct Sending(Answer);

impl Sending {
    /// A call that is to be made.
    pub fn of(work: impl Future<Output = Result<ErasureRow, AppError>> + Send + 'static) -> Self {
        Self(Box::pin(work))
    }
}

/// A reason and the number, typed; then the button. Enter alone does nothing.
#[component]
pub fn Confirm(
    /// What goes and what stays.
    start: AnyView,
    /// The number to be typed.
    number_to_type: u64,
    /// What the button says.
    label: String,
    /// Asks for the erasure, with the reason and the number typed.
    send: Callback<(String, u64), Sending>,
    /// What closes the dialog.
    handle: DialogHandle,
    /// The erasure, once it was asked for.
    asked: RwSignal<Option<ErasureRow>>,
    /// Whether something has to end before: what, `start` says.
    #[prop(optional)]
    waits: Option<Signal<bool>>,
) -> impl IntoView {
    let locale = use_locale();
    let reason = RwSignal::new(String::new());
    let typed = RwSignal::new(String::new());
    let error = RwSignal::new(None::<AppError>);
    let is_pending = RwSignal::new(false);
    let is_tried = RwSignal::new(false);
    let waits = move || waits.is_some_and(|waits| waits.get());
    let typed_number = move || {
        let digits: String =
            typed.with(|typed| typed.chars().filter(char::is_ascii_digit).collect());
        digits.parse::<u64>().ok()
    };
    let fits = move || typed_number() == Some(number_to_type);
    let proof = Proof::provide();
    let again = StoredValue::new(None::<Callback<()>>);
    let has_reason = move || reason.with(|reason| !reason.trim().is_empty());
    let reason_error = Signal::derive(move || {
        (is_tried.get() && !has_reason()).then(|| tr!(locale, erase.fault.reason).to_owned())
    });
    let number_error = Signal::derive(move || {
        (is_tried.get() && !fits())
            .then(|| tr!(locale, erase.fault.number, number = number(number_to_type)))
    });
    let go = move || {
        is_tried.set(true);
        let is_busy = is_pending.get_untracked() || untrack(waits);
        if is_busy || !untrack(fits) || !untrack(has_reason) {
            return;
        }
        is_pending.set(true);
        error.set(None);
        let Sending(work) = send.run((reason.get_untracked(), number_to_type));
        spawn_local(async move {
            let answer = work.await;
            is_pending.try_set(false);
            match answer {
                Ok(row) => {
                    asked.try_set(Some(row));
                }
                Err(found) => {
                    let is_asked = proof.ask(&found, move || {
                        if let Some(again) = again.try_get_value().flatten() {
                            again.run(());
                        }
                    });
                    error.try_set(Some(found).filter(|_| !is_asked));
                }
            }
        });
    };
    again.set_value(Some(Callback::new(move |()| go())));
    let note = move || {
        error.with(|error| {
            let error = error.as_ref()?;
            let text = error.0.fields.first().map_or_else(
                || trouble_text(locale, error),
                |field| field.message.clone(),
            );
            Some(view! { <FormNote text /> })
        })
    };
    let invalid =
        |error: Signal<Option<String>>| move || error.with(Option::is_some).then_some("true");
    view! {
        // Enter is not enough: only a press of the button erases.
        <form class="erase-form" on:submit=|event| event.prevent_default() novalidate>
            <div class="modal-body">
                {note}
                {start}
                <div class="field">
                    <label for="e-number">
                        {tr!(locale, erase.type_number, number = number(number_to_type))}
                    </label>
                    <input
                        class="input"
                        id="e-number"
                        inputmode="numeric"
                        autocomplete="off"
                        dir="ltr"
                        autofocus
                        aria-invalid=invalid(number_error)
                        aria-describedby="e-number-error"
                        on:input=move |event| typed.set(event_target_value(&event))
                    />
                    <FieldError id="e-number-error".to_owned() error=number_error />
                </div>
                <div class="field">
                    <label for="e-reason">{tr!(locale, erase.reason)}</label>
                    <input
                        class="input"
                        id="e-reason"
                        maxlength="500"
                        dir="auto"
                        autocomplete="off"
                        aria-invalid=invalid(reason_error)
                        aria-describedby="e-reason-error"
                        on:input=move |event| reason.set(event_target_value(&event))
                    />
                    <FieldError id="e-reason-error".to_owned() error=reason_error />
                    <p class="hint">{tr!(locale, erase.reason_hint)}</p>
                </div>
            </div>
            <footer class="modal-foot">
                <CancelButton handle />
                <button
                    class="btn danger-solid"
                    type="button"
                    aria-disabled=move || (is_pending.get() || waits()).then_some("true")
                    on:click=move |_| go()
                >
                    {move || {
                        is_pending.get().then(|| view! { <Icon glyph=icons::LOADER class="i spin" /> })
                    }}
                    {label}
                </button>
            </footer>
        </form>
        <ProofDialog proof />
    }
    .into_any()
}
