//! Reading from the server, and taking in what it answers.

use super::state::{Opened, Watch};
use super::watched::Watched;
use crate::AppError;
use crate::activity::any_log::AnyLog as _;
use crate::activity::calls::Answer;
use crate::activity::loaded::Loaded;
use crate::activity::state::More;
use domain::Direction;
use domain::query::Query;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::sync::Arc;
use uuid::Uuid;

impl<R: Watched> Watch<R> {
    /// Shows another list.
    pub(super) fn show(self, q: String) {
        if self.draft.with_untracked(|draft| draft.trim() != q) {
            self.draft.set(q.clone());
            let query = Query::parse_as(&q, R::kind().dialect);
            self.mistakes.set(query.errors().to_vec());
        }
        self.load(q);
        self.read_counts();
    }

    /// Reads a list from its beginning.
    pub(super) fn load(self, q: String) {
        self.is_loading.set(true);
        spawn_local(async move {
            let answer = R::list(q.clone(), None).await;
            // Another list may have been asked for meanwhile, or the page left.
            if self.address.try_with_untracked(|address| address.q == q) == Some(true) {
                self.take_page(q, answer);
            }
        });
    }

    /// Puts the first page of a list into its place. A query that is not understood leaves the last list.
    pub(super) fn take_page(self, q: String, answer: Result<Answer<R::Page>, AppError>) {
        self.is_loading.set(false);
        match answer {
            Ok(Answer::Found(page)) => {
                self.failure.set(None);
                self.mistakes.set(Vec::new());
                if self.shown.with_untracked(|shown| *shown != q) {
                    self.selected.clear();
                }
                self.list.loaded.set(Loaded::new(page, Direction::Newest));
                self.more.set(More::Idle);
                self.list.reset_window();
                self.list.scroll_to(0.0);
                self.live.follow(&q, None);
                self.shown.set(q);
                self.goes_on_if_stopped();
            }
            Ok(Answer::Mistaken(mistakes)) => self.mistakes.set(mistakes),
            Err(error) => self.failure.set(Some(error)),
        }
    }

    /// Loads the entry that the address opens.
    pub(super) fn open(self, key: Option<String>) {
        let Some(key) = key else {
            self.entry.set(None);
            return;
        };
        self.entry.set(Some(Opened {
            key: key.clone(),
            detail: None,
        }));
        match key.parse::<Uuid>() {
            Ok(id) => {
                self.list.cursor.set(Some(id));
                spawn_local(async move {
                    let detail = R::read(id).await;
                    self.put_detail(&key, detail.map(|detail| detail.map(Arc::new)));
                });
            }
            Err(_) => self.put_detail(&key, Ok(None)),
        }
    }

    fn put_detail(self, key: &str, detail: Result<Option<Arc<R::Detail>>, AppError>) {
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
