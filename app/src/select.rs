//! Selecting rows of a log: some of them, or all that match except some.
//!
//! [`picks`] is pure: which rows are selected. [`Selected`] is that of one list, with a bar that says how many and what
//! can be done with them ([`bar`]). Each log makes a [`Picking`] from its list and provides it; to use it for another
//! log, do the same.

mod acts;
mod bar;
mod calls;
mod cell;
mod keys;
mod picks;
mod press;
mod range;

pub use acts::{ExportButton, SelectedActs};
pub use bar::{LoadedBox, PickLoaded, SelectionBar};
pub use calls::count_selection;
pub use cell::{PickBox, PickCell};
pub use keys::{is_all, key};
pub use picks::Picks;
pub use press::RowPress;

use crate::AppError;
use crate::activity::list::List;
use crate::activity::loaded::LogRow;
use crate::hint::say_for;
use crate::i18n::{Locale, tr};
use crate::pages::trouble_text;
use domain::Code;
use domain::export::{Selection, Source};
use domain::view::Count;
use leptos::prelude::*;
use leptos::task::spawn_local;
use press::Press;
use std::time::Duration;

/// How long it is said that nothing was selected.
const SAID: Duration = Duration::from_secs(8);

/// What can be done with what is selected or found. One at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Make a file of it.
    Export,
    /// Delete its content.
    Erase,
}

/// How many of the rows that are loaded are selected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Share {
    /// None.
    None,
    /// Some.
    Some,
    /// Each one.
    All,
}

/// The selection of one list. A handle: cheap to copy.
pub struct Selected<R: LogRow> {
    /// Which rows.
    pub picks: RwSignal<Picks<R::Id>>,
    /// How many match where all are selected; none while they are being counted.
    total: RwSignal<Option<u64>>,
    /// Where the last range began.
    anchor: StoredValue<Option<R::Id>>,
    /// The finger that may be pressing a row.
    press: StoredValue<Press>,
    /// Which rows can be selected.
    fits: StoredValue<fn(&R) -> bool>,
    /// The query that the address asks for while its list is not the one that was read.
    asked: Signal<Option<String>>,
}

impl<R: LogRow> Clone for Selected<R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R: LogRow> Copy for Selected<R> {}

impl<R: LogRow> Default for Selected<R> {
    fn default() -> Self {
        Self {
            picks: RwSignal::new(Picks::default()),
            total: RwSignal::new(None),
            anchor: StoredValue::new(None),
            press: StoredValue::new(Press::None),
            fits: StoredValue::new(R::is_pickable as fn(&R) -> bool),
            asked: Signal::derive(|| None),
        }
    }
}

impl<R: LogRow> Selected<R> {
    /// Of a list that may be on its way or could not be read: `asked` is then the query of its address, by which everything
    /// that is found is meant until it is there.
    pub fn of_asked(asked: Signal<Option<String>>) -> Self {
        Self {
            asked,
            ..Self::default()
        }
    }

    /// Whether a row is selected. Followed.
    pub fn has(self, id: R::Id) -> bool {
        self.picks.with(|picks| picks.has(id))
    }

    /// Whether anything is selected, not followed: rows don't move meanwhile.
    pub fn is_any(self) -> bool {
        self.picks
            .try_with_untracked(|picks| !picks.is_empty())
            .unwrap_or(false)
    }

    /// Lets everything go. True when something was selected.
    pub fn clear(self) -> bool {
        let had_any = self.is_any();
        if had_any {
            self.picks.set(Picks::default());
        }
        self.anchor.set_value(None);
        had_any
    }

    /// Lets everything go: from now on other rows can be selected.
    pub fn only(self, fits: fn(&R) -> bool) {
        self.clear();
        self.fits.set_value(fits);
    }

    /// What arrived after everything was selected is not part of it. Nothing arrives on the server.
    #[cfg(not(feature = "ssr"))]
    pub fn arrived(self, ids: impl Iterator<Item = R::Id>) {
        if self
            .picks
            .with_untracked(|picks| matches!(picks, Picks::AllBut { .. }))
        {
            self.picks.update(|picks| picks.leave_out_new(ids));
        }
    }

    /// How many are selected; none while that is being counted. Followed.
    pub fn count(self) -> Option<u64> {
        let total = self.total.get();
        self.picks.with(|picks| picks.count(total))
    }

    /// How many of the rows that are loaded are selected. Followed.
    pub fn share(self, list: List<R>) -> Share {
        self.picks.with(|picks| {
            list.loaded
                .with(|loaded| range::share(picks, loaded, self.fits.get_value()))
        })
    }

    /// Selects all rows that are loaded, or lets them go.
    pub fn toggle_loaded(self, list: List<R>) {
        if untrack(|| self.share(list)) == Share::All {
            self.clear();
        } else {
            self.pick_loaded(list);
        }
    }

    /// Selects everything, also what is not loaded: so many.
    pub fn pick_all(self, total: u64) {
        self.picks.set(Picks::all(String::new(), None));
        self.total.set(Some(total));
    }

    /// So many match by now, where what arrives is part of all that match.
    pub fn recounted(self, total: u64) {
        self.total.set(Some(total));
    }

    /// Selects everything that a query finds up to a mark, also what is not loaded, and counts it. Where it can't be
    /// counted nothing is selected, and `trouble` hears why.
    fn pick_matching(
        self,
        source: Source,
        (q, mark): (String, Option<String>),
        trouble: Callback<AppError>,
    ) {
        self.picks.set(Picks::all(q, mark));
        self.total.set(None);
        let selection = self.selection(source);
        spawn_local(async move {
            let answer = count_selection(selection.clone()).await;
            let is_same = self
                .picks
                .try_with_untracked(|picks| picks.is_all_of(&selection));
            match answer {
                _ if is_same != Some(true) => {}
                Ok(counted) => {
                    self.total.set(Some(counted.count.count));
                    self.picks.update(|picks| picks.up_to(counted.up_to));
                }
                Err(error) => {
                    self.clear();
                    trouble.run(error);
                }
            }
        });
    }

    /// What is selected, as the server understands it.
    fn selection(self, source: Source) -> Selection {
        self.picks.with_untracked(|picks| picks.selection(source))
    }

    /// What the bar and the dialogs need of it. `found` is the query that the list shows and the mark up to which it
    /// was read, which counts while the list is the one that is asked for; `hint` is where the list says something for a
    /// moment.
    pub fn picking(
        self,
        source: Source,
        list: List<R>,
        matching: Signal<Option<Count>>,
        found: Callback<(), (String, Option<String>)>,
        (locale, hint): (Locale, RwSignal<Option<String>>),
    ) -> Picking {
        let trouble = Callback::new(move |error: AppError| {
            let words = match error.code() {
                Code::Conflict => tr!(locale, find.select.outdated).to_owned(),
                _ => trouble_text(locale, &error),
            };
            say_for(hint, words, SAID);
        });
        let share = Memo::new(move |_| self.share(list));
        // Without a mark: up to which nothing was read.
        let found = move || match self.asked.get_untracked() {
            Some(q) => (q, None),
            None => found.run(()),
        };
        Picking {
            source,
            count: Signal::derive(move || self.count()),
            is_any: Memo::new(move |_| self.picks.with(|picks| !picks.is_empty())).into(),
            is_all: Memo::new(move |_| {
                self.picks
                    .with(|picks| matches!(picks, Picks::AllBut { .. }))
            })
            .into(),
            share: share.into(),
            matching,
            pick_loaded: Callback::new(move |()| self.toggle_loaded(list)),
            pick_matching: Callback::new(move |()| {
                self.pick_matching(source, found(), trouble);
            }),
            clear: Callback::new(move |()| {
                self.clear();
            }),
            selection: Callback::new(move |()| {
                if self.is_any() {
                    self.selection(source)
                } else {
                    let (q, up_to) = found();
                    Selection::Matching {
                        source,
                        q,
                        up_to,
                        except: Vec::new(),
                    }
                }
            }),
            act: RwSignal::new(None),
        }
    }
}

/// What is selected in the list that is shown, and how to change it. A handle: cheap to copy.
#[derive(Clone, Copy)]
pub struct Picking {
    /// Of which log.
    pub source: Source,
    /// How many are selected; none while that is being counted.
    pub count: Signal<Option<u64>>,
    /// Whether anything is selected.
    pub is_any: Signal<bool>,
    /// Whether it is all that match, perhaps except some.
    pub is_all: Signal<bool>,
    /// How many of the rows that are loaded.
    pub share: Signal<Share>,
    /// How many match; none while they are being counted.
    pub matching: Signal<Option<Count>>,
    /// Selects all rows that are loaded, or lets them go.
    pub pick_loaded: Callback<()>,
    /// Selects all that match.
    pub pick_matching: Callback<()>,
    /// Lets everything go.
    pub clear: Callback<()>,
    /// What is selected; everything that is found when nothing is.
    pub selection: Callback<(), Selection>,
    /// What is being done with it: the dialog that is open.
    pub act: RwSignal<Option<Act>>,
}

/// What is selected in the list that is shown.
pub fn use_picking() -> Picking {
    expect_context()
}
