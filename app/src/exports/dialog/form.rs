//! The form in the dialog.

use super::Draft;
use super::columns::ColumnChoice;
use super::fields::{Formats, Language, Matched, What, Zone};
use super::when::{Repeat, When};
use crate::AppError;
use crate::dialog::{CancelButton, Dialog, DialogHandle, SubmitButton};
use crate::exports::calls;
use crate::exports::words::source_label;
use crate::form::{FormNote, focus_first_fault};
use crate::i18n::{Locale, code, tr, use_locale};
use crate::icons::{self, Icon};
use crate::pages::trouble_text;
use crate::select::count_selection;
use domain::export::{ExportFormat, ExportOptions, ScheduleDraft, Selection};
use domain::view::{ExportRow, SelectionCount};
use domain::{Code, FieldProblem, Role};
use leptos::html;
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;

/// What is typed is counted after so long without a further key.
const COUNT_AFTER: Duration = Duration::from_millis(300);

/// The dialog.
#[component]
pub fn ExportForm(
    /// The language of the page.
    locale: Locale,
    /// What it holds at first.
    draft: Draft,
    /// The role of who asks.
    role: Role,
    /// The id of its title: another one where it lies over another dialog.
    #[prop(default = "dialog-title")]
    title_id: &'static str,
    /// Called when it was closed.
    on_close: Callback<()>,
    /// Called with the export that was asked for.
    on_made: Callback<ExportRow>,
) -> impl IntoView {
    let handle = DialogHandle::new();
    let is_schedule = draft.schedule.is_some();
    let may_be_once = !is_schedule;
    // What was picked one by one can't be asked for anew.
    let may_repeat = !draft.is_once
        && draft.selection.q().is_some()
        && matches!(&draft.selection, Selection::Matching { except, .. } if except.is_empty());
    let selection = RwSignal::new(draft.selection);
    let first = draft.options;
    let format = RwSignal::new(first.format);
    let columns = RwSignal::new(first.columns);
    let zone = RwSignal::new(first.time_zone);
    let language = RwSignal::new(if draft.is_free {
        first.language
    } else {
        code(locale).to_owned()
    });
    let has_bom = RwSignal::new(first.has_bom);
    let name = RwSignal::new(first.name.unwrap_or_default());
    let repeat = RwSignal::new(draft.repeat);
    let schedule = draft.schedule;
    let counted = RwSignal::new(None::<Result<SelectionCount, AppError>>);
    let error = RwSignal::new(None::<AppError>);
    // The addresses that were sent: what is wrong is said of their place among them.
    let asked_to = RwSignal::new(Vec::<String>::new());
    let form = NodeRef::<html::Form>::new();
    let is_pending = RwSignal::new(false);
    let is_saved = RwSignal::new(false);
    let changed = crate::exports::schedules::on_changed();
    follow_count(selection, counted);
    let options = move || ExportOptions {
        format: format.get_untracked(),
        columns: columns.get_untracked(),
        time_zone: zone.get_untracked(),
        language: language.get_untracked(),
        has_bom: has_bom.get_untracked() && format.get_untracked() == ExportFormat::Csv,
        name: Some(name.get_untracked().trim().to_owned()).filter(|name| !name.is_empty()),
    };
    let fail = move |found: AppError| {
        is_pending.try_set(false);
        error.try_set(Some(found));
        focus_first_fault(form);
    };
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if is_pending.get_untracked() {
            return;
        }
        is_pending.set(true);
        error.set(None);
        let (selection, options) = (selection.get_untracked(), options());
        match repeat.get_untracked() {
            None => spawn_local(async move {
                match calls::create(selection, options).await {
                    Ok(row) => {
                        handle.close();
                        on_made.run(row);
                    }
                    Err(found) => fail(found),
                }
            }),
            Some(repeat) => {
                let draft = ScheduleDraft {
                    id: schedule,
                    name: options
                        .name
                        .clone()
                        .unwrap_or_else(|| source_label(locale, selection.source()).to_owned()),
                    source: selection.source(),
                    q: selection.q().unwrap_or_default().to_owned(),
                    email_to: repeat.addresses(),
                    every: repeat.every,
                    at: repeat.at,
                    is_on: repeat.is_on,
                    options,
                };
                asked_to.set(draft.email_to.clone());
                spawn_local(async move {
                    match calls::save_schedule(draft).await {
                        Ok(_) => {
                            is_saved.try_set(true);
                            changed.run(());
                        }
                        Err(found) => fail(found),
                    }
                });
            }
        }
    };
    let at_error = Signal::derive(move || {
        error.with(|error| {
            let fault = error.as_ref()?.field("at");
            fault.map(|_| tr!(locale, exports.fault.at).to_owned())
        })
    });
    let email_error = Signal::derive(move || {
        error.with(|error| {
            let mut fields = error.as_ref()?.0.fields.iter();
            let field = fields.find(|field| is_of_addresses(field))?;
            let place = field.pointer.strip_prefix("/email_to/");
            let place = place.and_then(|place| place.parse::<usize>().ok());
            let wrong = asked_to.with_untracked(|asked| asked.get(place?).cloned());
            Some(match wrong {
                Some(wrong) => tr!(locale, exports.fault.email, address = wrong.as_str()),
                None if field.code == "too_large" => tr!(locale, exports.fault.too_many).to_owned(),
                None => tr!(locale, account.fault.email).to_owned(),
            })
        })
    });
    let note = move || {
        error.with(|error| {
            let error = error.as_ref()?;
            let text = match (error.code(), error.0.fields.first()) {
                // Said at its field.
                (Code::InvalidFields, Some(field))
                    if field.pointer == "/at" || is_of_addresses(field) =>
                {
                    return None;
                }
                (Code::InvalidFields, Some(field)) if error.0.gone_since().is_none() => {
                    field.message.clone()
                }
                _ => trouble_text(locale, error),
            };
            Some(view! { <FormNote text /> })
        })
    };
    // An empty file helps nobody; a schedule may find something later.
    let is_empty = move || {
        repeat.with(Option::is_none)
            && counted.with(|counted| matches!(counted, Some(Ok(found)) if found.count.count == 0))
    };
    let title = if is_schedule {
        tr!(locale, exports.change_schedule)
    } else {
        tr!(locale, exports.title_dialog)
    };
    view! {
        <Dialog title title_id handle on_close>
            <Show when=move || is_saved.get()>
                <Saved handle />
            </Show>
            <form node_ref=form on:submit=submit novalidate hidden=move || is_saved.get()>
                <div class="modal-body">
                    {note}
                    {if draft.is_free {
                        view! { <What selection role columns /> }.into_any()
                    } else {
                        ().into_any()
                    }}
                    <Matched selection counted />
                    <Formats format />
                    <Show when=move || format.get() != ExportFormat::JsonLines>
                        {move || {
                            let source = selection.with(Selection::source);
                            view! { <ColumnChoice source chosen=columns /> }
                        }}
                    </Show>
                    <div class="pair-fields">
                        <Zone zone />
                        <Language language />
                    </div>
                    <Show when=move || format.get() == ExportFormat::Csv>
                        <label class="row-flex">
                            <input
                                type="checkbox"
                                prop:checked=has_bom
                                on:change=move |event| has_bom.set(event_target_checked(&event))
                            />
                            <span>{tr!(locale, exports.bom)}</span>
                        </label>
                    </Show>
                    <div class="field">
                        <label for="x-name">{tr!(locale, exports.name)}</label>
                        <input
                            class="input"
                            id="x-name"
                            maxlength="100"
                            dir="auto"
                            autocomplete="off"
                            placeholder=move || {
                                source_label(locale, selection.with(Selection::source))
                            }
                            prop:value=name
                            on:input=move |event| name.set(event_target_value(&event))
                        />
                    </div>
                    {may_repeat
                        .then(|| {
                            view! { <When repeat may_be_once at_error email_error /> }
                        })}
                    {role
                        .is_masked()
                        .then(|| {
                            view! {
                                <div class="note">
                                    <Icon glyph=icons::EYE_OFF />
                                    <p>{tr!(locale, exports.masked)}</p>
                                </div>
                            }
                        })}
                </div>
                <footer class="modal-foot">
                    <CancelButton handle />
                    <Show
                        when=is_empty
                        fallback=move || {
                            view! {
                                <Submit repeat=repeat is_pending />
                            }
                        }
                    >
                        <button class="btn primary" type="button" aria-disabled="true">
                            {tr!(locale, exports.export)}
                        </button>
                    </Show>
                </footer>
            </form>
        </Dialog>
    }
    .into_any()
}

/// Whether it is about the addresses that get a link: all of them, or one.
fn is_of_addresses(field: &FieldProblem) -> bool {
    field.pointer.starts_with("/email_to")
}

/// The schedule was saved: where it stands.
#[component]
fn Saved(handle: DialogHandle) -> impl IntoView {
    let locale = use_locale();
    view! {
        <div class="modal-body">
            <div class="note success" role="status">
                <Icon glyph=icons::CHECK />
                <p>
                    {tr!(locale, exports.schedule_saved)} " "
                    <a class="link" href="/exports?show=schedules" on:click=move |_| handle.close()>
                        {tr!(locale, exports.see_schedules)}
                    </a>
                </p>
            </div>
        </div>
        <footer class="modal-foot">
            <button class="btn primary push" type="button" on:click=move |_| handle.close()>
                {tr!(locale, common.done)}
            </button>
        </footer>
    }
    .into_any()
}

/// The button says what it does: export now, or save the schedule.
#[component]
fn Submit(repeat: RwSignal<Option<Repeat>>, is_pending: RwSignal<bool>) -> impl IntoView {
    let locale = use_locale();
    move || {
        let label = if repeat.with(Option::is_some) {
            tr!(locale, exports.save_schedule)
        } else {
            tr!(locale, exports.export)
        };
        view! { <SubmitButton label is_pending /> }
    }
}

/// Counts what is selected, and again when it changes.
fn follow_count(
    selection: RwSignal<Selection>,
    counted: RwSignal<Option<Result<SelectionCount, AppError>>>,
) {
    let asking = StoredValue::new(None::<TimeoutHandle>);
    let count = move || {
        let asked = selection.get_untracked();
        spawn_local(async move {
            let answer = count_selection(asked.clone()).await;
            if selection.try_get_untracked().as_ref() == Some(&asked) {
                counted.try_set(Some(answer));
            }
        });
    };
    Effect::new(move |previous: Option<()>| {
        selection.track();
        if let Some(handle) = asking.try_update_value(Option::take).flatten() {
            handle.clear();
        }
        if previous.is_none() {
            count();
        } else {
            counted.set(None);
            asking.set_value(set_timeout_with_handle(count, COUNT_AFTER).ok());
        }
    });
}
