//! What the page of an operation knows, for all of its parts.

use super::calls::{self, Opened, Showing};
use crate::AppError;
use crate::activity::clock::Moment;
use crate::activity::live::Live;
use crate::i18n::{Locale, tr};
use domain::operation::{Control, OperationState};
use domain::view::{ItemRow, OperationDetail, OperationRow, Viewer};
#[cfg(not(feature = "ssr"))]
use domain::{Cursor, Direction, OrderKey};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// How many items a page has.
#[cfg(not(feature = "ssr"))]
const PAGE: usize = 100;

/// What the page knows. A handle: cheap to copy.
#[derive(Clone, Copy)]
pub struct OperationLog {
    /// The language.
    pub locale: Locale,
    /// Who is signed in.
    pub viewer: StoredValue<Viewer>,
    /// The operation's id.
    pub id: StoredValue<String>,
    /// What stands beside the items; its head as it is now.
    pub detail: RwSignal<OperationDetail>,
    /// The items shown.
    pub items: RwSignal<Vec<ItemRow>>,
    /// What comes after them: the cursor.
    pub next: RwSignal<Option<String>>,
    /// Which items are shown.
    pub showing: RwSignal<Showing>,
    /// Whether items are on their way.
    pub is_loading: RwSignal<bool>,
    /// Why the last call failed.
    pub error: RwSignal<Option<AppError>>,
    /// Whether the dialog that takes it back is open.
    pub is_reverting: RwSignal<bool>,
    /// Whether the dialog that stops it is open.
    pub is_stopping: RwSignal<bool>,
    /// Something to be said for a moment.
    pub said: RwSignal<String>,
    /// The store's clock.
    pub moment: Moment,
    /// How it stands with the socket.
    pub live: Live,
}

/// The page's handle.
pub fn use_operation() -> OperationLog {
    expect_context()
}

impl OperationLog {
    /// What the page knows from the start.
    pub fn new(locale: Locale, viewer: Viewer, opened: Opened) -> Self {
        let moment = Moment::new(viewer.now, viewer.offset_minutes);
        let live = Live::new();
        live.follow("", Some(opened.mark));
        Self {
            locale,
            viewer: StoredValue::new(viewer),
            id: StoredValue::new(opened.detail.row.id.0.clone()),
            detail: RwSignal::new(opened.detail),
            items: RwSignal::new(opened.items.rows),
            next: RwSignal::new(opened.items.next),
            showing: RwSignal::new(Showing::default()),
            is_loading: RwSignal::new(false),
            error: RwSignal::new(None),
            is_reverting: RwSignal::new(false),
            is_stopping: RwSignal::new(false),
            said: RwSignal::new(String::new()),
            moment,
            live,
        }
    }

    /// The head, as it is now.
    pub fn row(self) -> Signal<OperationRow> {
        Signal::derive(move || self.detail.with(|detail| detail.row.clone()))
    }

    /// Shows other items.
    pub fn show(self, showing: Showing) {
        if self.showing.get_untracked() != showing {
            self.showing.set(showing);
            self.load(None);
        }
    }

    /// Asks for the items after those shown.
    pub fn go_on(self) {
        if let Some(after) = self.next.get_untracked()
            && !self.is_loading.get_untracked()
        {
            self.load(Some(after));
        }
    }

    /// Asks again for what could not be loaded.
    pub fn try_again(self) {
        let after = self.next.get_untracked();
        let is_first = self.items.with_untracked(Vec::is_empty);
        self.error.set(None);
        self.load(after.filter(|_| !is_first));
    }

    fn load(self, after: Option<String>) {
        self.is_loading.set(true);
        let (id, showing) = (self.id.get_value(), self.showing.get_untracked());
        spawn_local(async move {
            let cause = showing.cause.map(|cause| cause.to_string());
            let answer = calls::items(id, showing.outcome, cause, after.clone()).await;
            // Meanwhile other items may have been asked for.
            if self.showing.try_get_untracked() != Some(showing) {
                return;
            }
            self.is_loading.try_set(false);
            match answer {
                Ok(page) => {
                    self.error.try_set(None);
                    self.items.try_update(|items| {
                        if after.is_none() {
                            items.clear();
                        }
                        items.extend(page.rows);
                    });
                    self.next.try_set(page.next);
                }
                Err(error) => {
                    self.error.try_set(Some(error));
                }
            }
        });
    }

    /// Reads what stands beside the items again.
    pub fn reload(self) {
        let id = self.id.get_value();
        spawn_local(async move {
            if let Ok(Some(detail)) = calls::get(id).await {
                self.detail.try_set(detail);
            }
        });
    }

    /// Takes in how the operation stands now.
    #[cfg(not(feature = "ssr"))]
    pub fn arrive(self, row: OperationRow) {
        let before = self.detail.with_untracked(|detail| detail.row.clone());
        let is_first = before.done() == 0 && row.done() > 0;
        let has_stepped = before.state != row.state || before.asked != row.asked;
        if before.state != row.state {
            let (_, _, word) = super::words::state_of(self.locale, row.state);
            self.said.try_set(word.to_owned());
        }
        let has_failed = before.failed != row.failed;
        self.detail.try_update(|detail| detail.row = row);
        if has_stepped || has_failed {
            self.reload();
        }
        // The list is not moved under the reader: a short one fills itself, a long one whose end was reached can go on.
        let (shown, last) = self
            .items
            .with_untracked(|items| (items.len(), items.last().map_or(0, |item| item.place)));
        let is_at_end = self.next.get_untracked().is_none();
        if is_first || (is_at_end && shown < PAGE) {
            self.load(None);
        } else if is_at_end {
            let cursor = Cursor {
                after: OrderKey(last.cast_signed()),
                direction: Direction::Oldest,
            };
            self.next.try_set(Some(cursor.to_string()));
        }
    }

    /// Asks the operation to wait, go on or end.
    pub fn ask(self, control: Control) {
        let id = self.id.get_value();
        spawn_local(async move {
            match calls::ask(id, control).await {
                Ok(row) => {
                    self.detail.try_update(|detail| detail.row = row);
                    self.said
                        .try_set(tr!(self.locale, operations.control.told).to_owned());
                    self.reload();
                }
                Err(error) => {
                    let why = error.0.message;
                    self.said
                        .try_set(tr!(self.locale, operations.control.failed, why = why));
                }
            }
        });
    }

    /// Whether it can be asked for something at the moment.
    pub fn can(self, control: Control) -> bool {
        let may = self
            .viewer
            .with_value(|viewer| viewer.may(domain::Permission::Revert));
        may && self.detail.with(|detail| {
            let row = &detail.row;
            let fits = match control {
                Control::Pause => !matches!(row.state, OperationState::Paused),
                Control::Resume => {
                    matches!(row.state, OperationState::Paused | OperationState::Stalled)
                }
                Control::Cancel => true,
            };
            fits && !row.state.is_ended()
                && row.controls.contains(&control)
                && row.asked != Some(control)
        })
    }
}
