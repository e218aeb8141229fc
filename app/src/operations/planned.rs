//! What a dry run only counts, item by item and each with why it is not restored, or not for sure: read page by page once
//! it is opened.

use super::calls;
use super::state::{OperationLog, Reverting, use_operation};
use super::words::{moment_words, value_words};
use crate::AppError;
use crate::activity::words::field_label;
use crate::failed::{MoreFailed, why};
use crate::i18n::{Locale, tr};
use crate::icons::{self, Icon};
use domain::Code;
use domain::operation::PlannedKind;
use domain::operation::revert::{Planned, Why};
use domain::view::{PlannedRow, Since};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The items that are read, and the way to the others. A handle: cheap to copy.
#[derive(Clone, Copy)]
struct Found {
    kind: PlannedKind,
    asked: StoredValue<Reverting>,
    as_of: i64,
    rows: RwSignal<Vec<PlannedRow>>,
    next: RwSignal<Option<String>>,
    is_loading: RwSignal<bool>,
    error: RwSignal<Option<AppError>>,
}

impl Found {
    /// Asks for the items after those that were read.
    fn go_on(self) {
        if self.is_loading.get_untracked() {
            return;
        }
        self.is_loading.set(true);
        self.error.set(None);
        spawn_local(self.read());
    }

    /// Reads pages until one has items, or none is left.
    async fn read(self) {
        let asked = self.asked.get_value();
        loop {
            let (id, part) = (asked.id.clone(), asked.part.clone());
            let after = self.next.get_untracked();
            let answer = calls::planned(id, part, self.as_of, self.kind, after).await;
            // The dialog may be closed by now.
            if self.is_loading.try_get_untracked().is_none() {
                return;
            }
            match answer {
                Ok(page) => {
                    let is_enough = !page.rows.is_empty() || page.next.is_none();
                    self.next.set(page.next);
                    self.rows.update(|rows| rows.extend(page.rows));
                    if is_enough {
                        break;
                    }
                }
                Err(error) => {
                    self.error.set(Some(error));
                    break;
                }
            }
        }
        self.is_loading.set(false);
    }
}

/// The items of one kind, behind how many they are.
#[component]
pub fn Listed(
    /// Which kind.
    kind: PlannedKind,
    /// How many they are, in words.
    summary: String,
    /// Up to which ledger number the dry run looked.
    as_of: i64,
    /// What it is a dry run of.
    asked: StoredValue<Reverting>,
    /// Makes another dry run.
    look_again: Callback<()>,
) -> impl IntoView {
    let log = use_operation();
    let locale = log.locale;
    let found = Found {
        kind,
        asked,
        as_of,
        rows: RwSignal::new(Vec::new()),
        next: RwSignal::new(None),
        is_loading: RwSignal::new(false),
        error: RwSignal::new(None),
    };
    let was_opened = StoredValue::new(false);
    let open = move |_| {
        if !was_opened.get_value() {
            was_opened.set_value(true);
            found.go_on();
        }
    };
    let line = move |row: PlannedRow| line(log, row);
    let more = move || {
        let has_more = found.next.with(Option::is_some) && !found.is_loading.get();
        has_more.then(|| {
            view! {
                <button class="btn small" type="button" on:click=move |_| found.go_on()>
                    {tr!(locale, operations.more)}
                </button>
            }
        })
    };
    let error = move || {
        let error = found.error.get()?;
        Some(unread(locale, &error, look_again, move || found.go_on()))
    };
    view! {
        <details class="missing" on:toggle=open>
            <summary><Icon glyph=icons::CHEVRON_RIGHT class="i-s flip" />{summary}</summary>
            <ul>
                <For each=move || found.rows.get() key=|row: &PlannedRow| row.item.place children=line />
            </ul>
            <Show when=move || found.is_loading.get()>
                <p class="end dim" role="status">{tr!(locale, operations.loading)}</p>
            </Show>
            {more}
            {error}
        </details>
    }
    .into_any()
}

/// Why more of a dry run can't be read, and the button that reads on: by another dry run where this one is not true any
/// more.
pub fn unread(
    locale: Locale,
    error: &AppError,
    look_again: Callback<()>,
    go_on: impl Fn() + Send + Sync + 'static,
) -> AnyView {
    // What was changed since is only seen by another dry run.
    let is_old = error.code() == Code::Conflict;
    let again = Callback::new(move |()| {
        if is_old {
            look_again.run(());
        } else {
            go_on();
        }
    });
    let label = is_old.then_some(tr!(locale, operations.revert.again));
    view! { <MoreFailed text=why(locale, error) code=error.code() label again /> }.into_any()
}

/// An item, and why.
fn line(log: OperationLog, row: PlannedRow) -> AnyView {
    let locale = log.locale;
    let item = row.item;
    let why = match row.planned {
        Planned::Forgotten { now, .. } => {
            let value = value_words(locale, &now);
            tr!(locale, operations.revert.forgotten_why, value = value)
        }
        Planned::Impossible { why: Why::NoBefore } => {
            tr!(locale, operations.revert.no_before).to_owned()
        }
        Planned::Impossible {
            why: Why::NotWritable(words),
        } => words,
        _ => tr!(locale, operations.item.gone).to_owned(),
    };
    let who = item
        .since
        .as_ref()
        .filter(|since| since.is_gone)
        .map(|since| since_words(log, since));
    view! {
        <li>
            <b class="strong"><bdi>{item.subject.label().to_owned()}</bdi></b> ", " {field_label(locale, &item.field)} ": "
            <span dir="auto">{why}</span> " " {who}
        </li>
    }
    .into_any()
}

/// Who changed or deleted it, and when.
pub fn since_words(log: OperationLog, since: &Since) -> AnyView {
    let today = log.moment.today_untracked();
    let at = moment_words(log.locale, since.at, log.moment.offset_minutes, today);
    view! { <small><bdi>{since.by.label().to_owned()}</bdi> ", " {at}</small> }.into_any()
}
