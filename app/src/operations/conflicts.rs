//! What was changed since an operation, with a choice for each and for all: loaded page by page, as far as it is scrolled.

use super::calls;
use super::planned::{since_words, unread};
use super::state::{Reverting, use_operation};
use super::window;
use super::words::value_words;
use crate::AppError;
use crate::activity::list::List;
use crate::activity::loaded::{LogRow, PageOf};
use crate::activity::words::{field_label, number};
use crate::i18n::{tr, use_locale};
use chrono::{DateTime, Utc};
use domain::Seq;
use domain::operation::PlannedKind;
use domain::operation::revert::{Choice, Planned};
use domain::view::PlannedRow;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::collections::BTreeSet;
use std::sync::Arc;

/// How high a conflict's row is, in pixels, until it was measured.
const ROW: f64 = 51.0;

/// What is chosen. A handle: cheap to copy.
#[derive(Clone, Copy)]
pub struct Choosing {
    overwrite: RwSignal<bool>,
    except: RwSignal<BTreeSet<u64>>,
}

impl Choosing {
    /// Everything is kept.
    pub fn new() -> Self {
        Self {
            overwrite: RwSignal::new(false),
            except: RwSignal::new(BTreeSet::new()),
        }
    }

    /// How many of so many conflicts are overwritten: what is chosen one by one is among those that are loaded, the others
    /// follow the choice for all. Followed.
    pub fn overwritten(self, conflicts: u64) -> u64 {
        let exceptions = self.except.with(BTreeSet::len) as u64;
        if self.overwrite.get() {
            conflicts.saturating_sub(exceptions)
        } else {
            exceptions
        }
    }

    /// The choice as it is sent.
    pub fn choice(self) -> Choice {
        Choice {
            overwrite: self.overwrite.get_untracked(),
            except: self.except.get_untracked().into_iter().collect(),
        }
    }

    fn overwrites(self, place: u64) -> bool {
        self.overwrite.get() != self.except.with(|except| except.contains(&place))
    }

    fn choose(self, place: u64, overwrite: bool) {
        let is_exception = self.overwrite.get_untracked() != overwrite;
        self.except.update(|except| {
            if is_exception {
                except.insert(place);
            } else {
                except.remove(&place);
            }
        });
    }

    fn choose_all(self, overwrite: bool) {
        self.overwrite.set(overwrite);
        self.except.update(BTreeSet::clear);
    }
}

impl LogRow for PlannedRow {
    type Id = u64;

    fn id(&self) -> u64 {
        self.item.place
    }

    fn moment(&self) -> (DateTime<Utc>, i32) {
        (DateTime::UNIX_EPOCH, 0)
    }

    fn seq(&self) -> Option<Seq> {
        None
    }
}

/// The conflicts that are loaded, and the way to the others. A handle: cheap to copy.
#[derive(Clone, Copy)]
struct Found {
    list: List<PlannedRow>,
    asked: StoredValue<Reverting>,
    as_of: i64,
    is_loading: RwSignal<bool>,
    error: RwSignal<Option<AppError>>,
}

impl Found {
    /// After scrolling: the next page is on its way before the end is seen, as long as the last one came.
    fn scrolled(self) {
        if self.list.look() && self.error.with_untracked(Option::is_none) {
            self.go_on();
        }
    }

    /// Asks for the conflicts after those that are loaded.
    fn go_on(self) {
        let next = self
            .list
            .loaded
            .with_untracked(|loaded| loaded.next.clone());
        if next.is_none() || self.is_loading.get_untracked() {
            return;
        }
        self.is_loading.set(true);
        self.error.set(None);
        spawn_local(self.read(next));
    }

    /// Reads pages until one has conflicts, or none is left.
    async fn read(self, mut next: Option<String>) {
        let (asked, as_of) = (self.asked.get_value(), self.as_of);
        while let Some(after) = next.take() {
            let kind = PlannedKind::ChangedSince;
            let (id, part) = (asked.id.clone(), asked.part.clone());
            let answer = calls::planned(id, part, as_of, kind, Some(after)).await;
            // The dialog may be closed by now.
            if self.is_loading.try_get_untracked().is_none() {
                return;
            }
            match answer {
                Ok(page) => {
                    next = page.next.clone().filter(|_| page.rows.is_empty());
                    let page = PageOf::new(page.rows, page.next, None);
                    self.list.loaded.update(|loaded| loaded.append(page));
                    self.list.fit_window(self.list.scrolled.get_value());
                }
                Err(error) => self.error.set(Some(error)),
            }
        }
        self.is_loading.set(false);
    }
}

/// The conflicts of a dry run.
#[component]
pub fn Conflicts(
    /// The first of them.
    first: PageOf<PlannedRow>,
    /// How many there are.
    count: u64,
    /// Up to which ledger number the dry run looked.
    as_of: i64,
    /// What it is a dry run of.
    asked: StoredValue<Reverting>,
    /// What is chosen.
    choosing: Choosing,
    /// Makes another dry run.
    look_again: Callback<()>,
) -> impl IntoView {
    let locale = use_locale();
    let n = number(count);
    let title = tr!(
        locale,
        operations.revert.conflicts,
        count = count,
        n = n.as_str()
    );
    // The head is one of them.
    let all_rows = count.cast_signed() + 1;
    let found = Found {
        list: window::list(first, ROW),
        asked,
        as_of,
        is_loading: RwSignal::new(false),
        error: RwSignal::new(None),
    };
    found.list.follow_size(move || found.scrolled());
    let rows = window::rows(found.list, move |row: Arc<PlannedRow>| {
        view! { <Pick list=found.list row=Arc::unwrap_or_clone(row) choosing /> }.into_any()
    });
    let error = move || {
        let error = found.error.get()?;
        Some(unread(locale, &error, look_again, move || found.go_on()))
    };
    view! {
        <section aria-labelledby="conflicts">
            <div class="section-head op-conflicts">
                <h3 id="conflicts">{title}</h3>
                <span class="push row-flex">
                    <button class="btn small" type="button" on:click=move |_| choosing.choose_all(false)>
                        {tr!(locale, operations.revert.keep_all, n = n.as_str())}
                    </button>
                    <button class="btn small" type="button" on:click=move |_| choosing.choose_all(true)>
                        {tr!(locale, operations.revert.overwrite_all, n = n.as_str())}
                    </button>
                </span>
            </div>
            <div class="picks" node_ref=found.list.scroll on:scroll=move |_| found.scrolled()>
                <table role="table" aria-rowcount=all_rows aria-labelledby="conflicts">
                    <thead role="rowgroup">
                        <tr role="row">
                            <th role="columnheader" scope="col">{tr!(locale, operations.revert.thing)}</th>
                            <th role="columnheader" scope="col" class="num">{tr!(locale, operations.revert.it_set)}</th>
                            <th role="columnheader" scope="col" class="num">{tr!(locale, operations.revert.now)}</th>
                            <th role="columnheader" scope="col" class="num">{tr!(locale, operations.revert.restores)}</th>
                            <th role="columnheader" scope="col" class="pick">{tr!(locale, operations.revert.choice)}</th>
                        </tr>
                    </thead>
                    {rows}
                </table>
                <Show when=move || found.is_loading.get()>
                    <p class="end dim" role="status">{tr!(locale, operations.loading)}</p>
                </Show>
                {error}
            </div>
        </section>
    }
    .into_any()
}

#[component]
fn Pick(list: List<PlannedRow>, row: PlannedRow, choosing: Choosing) -> impl IntoView {
    let log = use_operation();
    let locale = log.locale;
    let item = row.item;
    let place = item.place;
    let words = move |value: &serde_json::Value| value_words(locale, value);
    let set = item.after.as_ref().map(words);
    let (now, restores) = match &row.planned {
        Planned::Conflict { now, to } => (words(now), words(to)),
        _ => return ().into_any(),
    };
    let who = item.since.as_ref().map(|since| since_words(log, since));
    let label = format!(
        "{} {}",
        item.subject.label(),
        field_label(locale, &item.field)
    );
    let group = format!("pick-{place}");
    let index = move || list.index_of(place);
    let overwrites = Memo::new(move |_| choosing.overwrites(place));
    // On a phone the heads of the columns can't be seen.
    let head = |words: &'static str| view! { <div class="only-narrow dim small" aria-hidden="true">{words}</div> };
    let (set_told, now_told, restores_told) = (set.clone(), now.clone(), restores.clone());
    view! {
        <tr role="row" data-row="" aria-rowindex=index class:chosen=overwrites>
            <td role="cell"><b class="strong"><bdi>{item.subject.label().to_owned()}</bdi></b> {who}</td>
            <td role="cell" class="num dim" title=set_told>{head(tr!(locale, operations.revert.it_set))}<bdi>{set}</bdi></td>
            <td role="cell" class="num" title=now_told>{head(tr!(locale, operations.revert.now))}<bdi>{now}</bdi></td>
            <td role="cell" class="num" title=restores_told>
                {head(tr!(locale, operations.revert.restores))}<bdi>{restores}</bdi>
            </td>
            <td role="cell">
                <span class="seg" role="radiogroup" aria-label=label>
                    <label>
                        <input
                            type="radio"
                            name=group.clone()
                            prop:checked=move || !overwrites.get()
                            on:change=move |_| choosing.choose(place, false)
                        />
                        {tr!(locale, operations.revert.keep)}
                    </label>
                    <label>
                        <input
                            type="radio"
                            name=group
                            prop:checked=overwrites
                            on:change=move |_| choosing.choose(place, true)
                        />
                        {tr!(locale, operations.revert.overwrite)}
                    </label>
                </span>
            </td>
        </tr>
    }
    .into_any()
}
