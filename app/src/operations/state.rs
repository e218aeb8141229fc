//! What the page of an operation knows, for all of its parts.

use super::calls::{self, Opened, Showing};
use super::window;
use crate::AppError;
use crate::activity::clock::Moment;
use crate::activity::list::List;
use crate::activity::live::Live;
use crate::activity::loaded::{Loaded, LogRow, PageOf};
use crate::i18n::{Locale, tr};
use crate::select::{Picks, Selected};
use chrono::{DateTime, Utc};
use domain::operation::revert::Part;
use domain::operation::{Control, ItemOutcome, MAX_RETRIED, OperationState};
use domain::view::{ItemPage, ItemRow, OperationDetail, OperationRow, Viewer};
#[cfg(not(feature = "ssr"))]
use domain::{Cursor, OrderKey};
use domain::{Direction, Permission, Seq};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::collections::BTreeSet;

/// How many items a page has.
#[cfg(not(feature = "ssr"))]
const PAGE: usize = 100;
/// How high an item's row is, in pixels, until it was measured.
const ROW: f64 = 37.0;

impl LogRow for ItemRow {
    type Id = u64;

    fn id(&self) -> u64 {
        self.place
    }

    fn moment(&self) -> (DateTime<Utc>, i32) {
        (DateTime::UNIX_EPOCH, 0)
    }

    fn seq(&self) -> Option<Seq> {
        None
    }

    /// What was not changed can't be taken back. Where what failed is shown, that is selected instead.
    fn is_pickable(&self) -> bool {
        self.outcome == ItemOutcome::Changed
    }
}

impl From<ItemPage> for PageOf<ItemRow> {
    fn from(page: ItemPage) -> Self {
        Self::new(page.rows, page.next, None)
    }
}

/// What is to be taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reverting {
    /// Of which operation: of a revert's that is to try once more, not the revert itself.
    pub id: String,
    /// Which items.
    pub part: Part,
}

/// How an operation is to be stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopping {
    /// Its source is asked to.
    Asked,
    /// It is ended here: its source is gone.
    Here,
}

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
    /// The items that are loaded, and those of them that can be seen.
    pub list: List<ItemRow>,
    /// Which of them are selected.
    pub selected: Selected<ItemRow>,
    /// Which items are shown.
    pub showing: RwSignal<Showing>,
    /// Whether items are on their way.
    pub is_loading: RwSignal<bool>,
    /// Why the last call failed.
    pub error: RwSignal<Option<AppError>>,
    /// What the dialog takes back, while it is open.
    pub reverting: RwSignal<Option<Reverting>>,
    /// How the dialog stops it, while it is open.
    pub stopping: RwSignal<Option<Stopping>>,
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
            list: window::list(opened.items.into(), ROW),
            selected: Selected::default(),
            showing: RwSignal::new(Showing::default()),
            is_loading: RwSignal::new(false),
            error: RwSignal::new(None),
            reverting: RwSignal::new(None),
            stopping: RwSignal::new(None),
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
            self.selected.only(if showing.is_of_failed() {
                has_failed
            } else {
                ItemRow::is_pickable
            });
            self.load(None);
        }
    }

    /// After scrolling: the next page is on its way before the end is seen, as long as the last one came.
    pub fn scrolled(self) {
        if self.list.look() && self.error.with_untracked(Option::is_none) {
            self.go_on();
        }
    }

    /// Asks for the items after those that are loaded.
    fn go_on(self) {
        if let Some(after) = self.next()
            && !self.is_loading.get_untracked()
        {
            self.load(Some(after));
        }
    }

    /// Asks again for what could not be loaded.
    pub fn try_again(self) {
        let is_first = self.list.loaded.with_untracked(Loaded::is_empty);
        let after = self.next().filter(|_| !is_first);
        self.error.set(None);
        self.load(after);
    }

    fn next(self) -> Option<String> {
        self.list
            .loaded
            .with_untracked(|loaded| loaded.next.clone())
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
                    self.list.loaded.update(|loaded| {
                        if after.is_none() {
                            *loaded = Loaded::new(page, Direction::Oldest);
                        } else {
                            loaded.append(page);
                        }
                    });
                    self.list.fit_window(self.list.scrolled.get_value());
                    // The first rows may only be there now.
                    request_animation_frame(move || {
                        if self.showing.try_get_untracked().is_some() {
                            self.list.measure();
                        }
                    });
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

    /// Reads it again once more was missed than is told one by one.
    #[cfg(not(feature = "ssr"))]
    pub fn catch_up(self) {
        let id = self.id.get_value();
        spawn_local(async move {
            if let Ok(Some(detail)) = calls::get(id).await
                && self.showing.try_get_untracked().is_some()
            {
                self.arrive(detail.row.clone());
                self.detail.set(detail);
            }
        });
    }

    /// Takes in how the operation stands now.
    #[cfg(not(feature = "ssr"))]
    pub fn arrive(self, row: OperationRow) {
        let before = self.detail.with_untracked(|detail| detail.row.clone());
        let is_first = before.done() == 0 && row.done() > 0;
        // What comes after the end changes only what stands beside the row: who tries again what failed. So does another
        // reason to wait, or that its source could not be told: then the row is as it was.
        let has_stepped = before.state != row.state
            || before.asked != row.asked
            || row.state.is_ended()
            || before == row;
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
        let (shown, last, is_at_end) = self.list.loaded.with_untracked(|loaded| {
            let last = loaded.lines().last().map_or(0, |line| line.row.place);
            (loaded.len(), last, loaded.next.is_none())
        });
        if is_first || (is_at_end && shown < PAGE) {
            self.load(None);
        } else if is_at_end {
            let cursor = Cursor {
                after: OrderKey(last.cast_signed()),
                direction: Direction::Oldest,
            };
            self.list
                .loaded
                .update(|loaded| loaded.next = Some(cursor.to_string()));
        }
    }

    /// Takes in how another operation stands now: it may be the one that takes this one back.
    #[cfg(not(feature = "ssr"))]
    pub fn hear_of(self, other: &OperationRow) {
        self.detail.maybe_update(|detail| detail.hear_of(other));
    }

    /// Asks the operation to wait, go on or end, or to try again what failed.
    pub fn ask(self, control: Control) {
        self.wish(control, BTreeSet::new());
    }

    /// Asks it to try again what is selected of what failed.
    pub fn retry_picked(self) {
        if let Part::These(places) = self.picked() {
            self.wish(Control::Retry, places);
        }
    }

    fn wish(self, control: Control, only: BTreeSet<u64>) {
        let id = self.id.get_value();
        spawn_local(async move {
            let answer = calls::ask(id, control, only).await;
            self.answered(answer, |locale, row| {
                if row.reverts.is_some() {
                    tr!(locale, operations.control.own)
                } else {
                    tr!(locale, operations.control.asked)
                }
            });
        });
    }

    /// Ends it here: its source is gone.
    pub fn end_here(self) {
        let id = self.id.get_value();
        spawn_local(async move {
            let answer = calls::end(id).await;
            self.answered(answer, |locale, row| {
                super::words::state_of(locale, row.state).2
            });
        });
    }

    /// Takes in what came of a call, and says so.
    fn answered(
        self,
        answer: Result<OperationRow, AppError>,
        words: impl FnOnce(Locale, &OperationRow) -> &'static str,
    ) {
        match answer {
            Ok(row) => {
                let words = words(self.locale, &row);
                if self.detail.try_update(|detail| detail.row = row).is_none() {
                    return;
                }
                self.selected.clear();
                self.said.try_set(words.to_owned());
                self.reload();
            }
            Err(error) => {
                let why = error.0.message;
                self.said
                    .try_set(tr!(self.locale, operations.control.failed, why = why));
            }
        }
    }

    /// Whether who looks may take operations back.
    pub fn may_revert(self) -> bool {
        self.viewer
            .with_value(|viewer| viewer.may(Permission::Revert))
    }

    /// Whether something of it can be taken back by who looks. Followed.
    pub fn can_revert(self) -> bool {
        self.may_revert()
            && self
                .detail
                .with(|detail| detail.row.state.is_ended() && detail.row.changed > 0)
    }

    /// What can be selected of what is shown: what failed, to ask for it once more, or what was changed, to take it back.
    /// None for who may not, and while it can't be done. Followed.
    pub fn pickable(self) -> Option<ItemOutcome> {
        if self.showing.with(|showing| showing.is_of_failed()) {
            self.can(Control::Retry).then_some(ItemOutcome::Failed)
        } else {
            self.can_revert().then_some(ItemOutcome::Changed)
        }
    }

    /// Whether more is selected than can be asked for at once. Followed.
    pub fn is_too_much(self) -> bool {
        self.selected
            .count()
            .is_some_and(|count| count > MAX_RETRIED as u64)
    }

    /// Asks what taking a part of it back would do.
    pub fn revert(self, part: Part) {
        let id = self.id.get_value();
        self.reverting.set(Some(Reverting { id, part }));
    }

    /// The part of it that is selected.
    pub fn picked(self) -> Part {
        self.selected.picks.with_untracked(|picks| match picks {
            Picks::These(places) => Part::These(places.iter().copied().collect()),
            Picks::AllBut { except, .. } if except.is_empty() => Part::Whole,
            Picks::AllBut { except, .. } => Part::AllBut(except.iter().copied().collect()),
        })
    }

    /// Whether it can be ended here because its source is silent. A revert has no source: it goes on by itself. Followed.
    pub fn can_end_here(self) -> bool {
        self.may_revert()
            && self.detail.with(|detail| {
                detail.row.state == OperationState::Stalled && detail.row.reverts.is_none()
            })
    }

    /// Whether it can be asked for something at the moment.
    pub fn can(self, control: Control) -> bool {
        self.may_revert()
            && self.detail.with(|detail| {
                let row = &detail.row;
                let runs = !row.state.is_ended();
                let fits = match control {
                    Control::Pause => runs && !matches!(row.state, OperationState::Paused),
                    Control::Resume => {
                        matches!(row.state, OperationState::Paused | OperationState::Stalled)
                    }
                    Control::Cancel => runs,
                    Control::Retry => row.state.again(row.failed).is_ok(),
                };
                fits && row.controls.contains(&control) && row.asked != Some(control)
            })
    }
}

/// Whether an item failed.
fn has_failed(item: &ItemRow) -> bool {
    item.outcome == ItemOutcome::Failed
}
