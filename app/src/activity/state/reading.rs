//! Reading from the server, and taking in what it answers and what arrives.

use super::{Entry, Log, More};
use crate::AppError;
use crate::activity::address::Address;
use crate::activity::any_log::AnyLog as _;
use crate::activity::browser;
use crate::activity::calls::{self, Answer, Listing};
use crate::activity::live;
use crate::activity::loaded::Loaded;
use crate::activity::snapshots::{self, Snapshot};
use chrono::NaiveDate;
use domain::ActivityId;
use domain::view::DayCount;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::sync::Arc;

impl Log {
    /// Shows another list: as it was left when the reader steps back to it, else from the server.
    pub(super) fn show(self, wanted: Address) {
        live::flush(self);
        self.keep();
        if self.draft.with_untracked(|draft| draft.trim() != wanted.q) {
            self.draft.set(wanted.q.clone());
            self.mistakes
                .set(domain::query::Query::parse(&wanted.q).errors().to_vec());
        }
        // Above a list that could not be read the counts of the last one are gone.
        let is_other_query = self.failure.with_untracked(Option::is_some)
            || self.shown.with_untracked(|shown| shown.q != wanted.q);
        if let Some(snapshot) = browser::is_stepping_back()
            .then(|| snapshots::take(&self.key_of(&wanted)))
            .flatten()
        {
            self.restore(wanted, snapshot);
        } else {
            self.load(wanted);
        }
        if is_other_query {
            self.read_counts();
        }
    }

    /// Reads a list from its beginning.
    pub fn load(self, wanted: Address) {
        self.is_loading.set(true);
        spawn_local(async move {
            let answer = calls::list(wanted.q.clone(), wanted.direction, None).await;
            // Another list may have been asked for meanwhile, or the page left.
            if self.wanted.try_get_untracked().as_ref() == Some(&wanted) {
                self.take(wanted, answer);
            }
        });
    }

    /// Puts the first page of a list into its place. A query that is not understood leaves the last list.
    pub fn take(self, list: Address, answer: Result<Answer<Listing>, AppError>) {
        self.is_loading.set(false);
        match answer {
            Ok(Answer::Found(listing)) => {
                self.failure.set(None);
                self.mistakes.set(Vec::new());
                if self.shown.with_untracked(|shown| *shown != list) {
                    self.days.update(std::collections::HashMap::clear);
                    self.selected.clear();
                }
                self.list
                    .loaded
                    .set(Loaded::new(listing.page, list.direction));
                self.more.set(More::Idle);
                self.list.reset_window();
                self.list.scroll_to(0.0);
                // It came for the last list, which asks for it again when one steps back to it.
                live::forget_waiting();
                self.live.follow(&list.q, listing.mark);
                self.shown.set(list);
                self.read_days();
                self.goes_on_if_stopped();
            }
            Ok(Answer::Mistaken(mistakes)) => self.mistakes.set(mistakes),
            Err(error) => self.failure.set(Some(error)),
        }
    }

    fn restore(self, list: Address, snapshot: Snapshot) {
        self.is_loading.set(false);
        self.failure.set(None);
        // What is selected belongs to the list that was left.
        if self.shown.with_untracked(|shown| *shown != list) {
            self.selected.clear();
        }
        self.list.loaded.set(snapshot.loaded);
        self.more.set(More::Idle);
        self.list.cursor.set(snapshot.cursor);
        self.days.set(snapshot.days);
        live::forget_waiting();
        self.live.follow(&list.q, snapshot.mark);
        self.shown.set(list);
        let top = snapshot.scrolled;
        self.list.fit_window(top);
        // The rows must stand in the document before it can be scrolled.
        request_animation_frame(move || {
            self.list.scroll_to(top);
            self.goes_on_if_stopped();
        });
    }

    /// Keeps the list as it is, for who steps back to it.
    pub fn keep(self) {
        let key = self.shown.with_untracked(|shown| self.key_of(shown));
        let mut loaded = self.list.loaded.get_untracked();
        // The mark lies behind what waits to be put into the list.
        live::take_in(self, &mut loaded);
        snapshots::keep(
            key,
            Snapshot {
                loaded,
                scrolled: self.list.scrolled.get_value(),
                cursor: self.list.cursor.get_untracked(),
                days: self.days.get_untracked(),
                mark: self.live.mark(),
            },
        );
    }

    /// Takes the list up as it was left, when the page was opened by a step back.
    pub fn restore_first(self) {
        let list = self.shown.get_untracked();
        if let Some(snapshot) = snapshots::take(&self.key_of(&list)) {
            self.restore(list, snapshot);
        }
    }

    fn key_of(self, list: &Address) -> String {
        let reader = self
            .viewer
            .with_value(|v| format!("{} {}", v.id, v.store.id.0));
        format!("{reader} {}", list.href())
    }

    /// Asks for the counts of the days that are loaded and not counted yet.
    pub fn read_days(self) {
        let missing: Vec<NaiveDate> = self.days.with_untracked(|known| {
            self.list.loaded.with_untracked(|l| {
                l.days()
                    .filter(|day| !known.contains_key(day))
                    .take(60)
                    .collect()
            })
        });
        self.count_days(&missing);
    }

    pub(super) fn count_days(self, days: &[NaiveDate]) {
        if days.is_empty() || !browser::IS_HERE {
            return;
        }
        let names: Vec<String> = days.iter().map(NaiveDate::to_string).collect();
        let q = self.shown.with_untracked(|shown| shown.q.clone());
        spawn_local(async move {
            if let Ok(counts) = calls::day_counts(q.clone(), names.join(",")).await
                && self.shown.try_with_untracked(|shown| shown.q == q) == Some(true)
            {
                self.take_days(counts);
            }
        });
    }

    pub(super) fn take_days(self, counts: Vec<DayCount>) {
        self.days.update(|days| {
            days.extend(
                counts
                    .into_iter()
                    .filter_map(|c| Some((c.day.parse().ok()?, c.count))),
            );
        });
    }

    /// Loads the entry that the address opens.
    pub(super) fn open(self, key: Option<String>) {
        let Some(key) = key else {
            self.entry.set(None);
            return;
        };
        self.entry.set(Some(Entry {
            key: key.clone(),
            detail: None,
            around: None,
        }));
        let Ok(id) = key.parse::<ActivityId>() else {
            self.put_detail(&key, Ok(None));
            return;
        };
        self.list.cursor.set(Some(id));
        self.read_entry(id, key);
    }

    pub(super) fn read_entry(self, id: ActivityId, key: String) {
        spawn_local({
            let key = key.clone();
            async move {
                let detail = calls::detail(id).await;
                self.put_detail(&key, detail.map(|d| d.map(Arc::new)));
            }
        });
        spawn_local(async move {
            if let Ok(Some(around)) = calls::surroundings(id).await {
                self.entry.try_update(|entry| {
                    if let Some(entry) = entry.as_mut().filter(|entry| entry.key == key) {
                        entry.around = Some(Arc::new(around));
                    }
                });
            }
        });
    }

    fn put_detail(
        self,
        key: &str,
        detail: Result<Option<Arc<domain::view::ActivityDetail>>, AppError>,
    ) {
        self.entry.try_update(|entry| {
            if let Some(entry) = entry.as_mut().filter(|entry| entry.key == key) {
                entry.detail = Some(detail);
            }
        });
    }

    /// Loads the open entry again.
    pub fn reopen(self) {
        self.open(self.address.with_untracked(|address| address.entry.clone()));
    }
}
