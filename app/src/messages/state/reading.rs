//! Reading from the server, and taking in what it answers.

use super::{MessageLog, Opened};
use crate::AppError;
use crate::activity::any_log::AnyLog as _;
use crate::activity::calls::Answer;
use crate::activity::loaded::Loaded;
use crate::activity::state::More;
use crate::messages::calls::{self, Listing};
use domain::query::{MESSAGE, Query};
use domain::view::MessageDetail;
use domain::{Direction, MessageId};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::sync::Arc;

impl MessageLog {
    /// Shows another list.
    pub(super) fn show(self, q: String) {
        if self.draft.with_untracked(|draft| draft.trim() != q) {
            self.draft.set(q.clone());
            let query = Query::parse_as(&q, &MESSAGE);
            self.mistakes.set(query.errors().to_vec());
        }
        self.load(q);
        self.read_counts();
        if self.volumes.with_untracked(Option::is_some) {
            self.read_volumes();
        }
    }

    /// Reads a list from its beginning.
    pub fn load(self, q: String) {
        self.is_loading.set(true);
        spawn_local(async move {
            let answer = calls::list(q.clone(), None).await;
            // Another list may have been asked for meanwhile, or the page left.
            if self.address.try_with_untracked(|address| address.q == q) == Some(true) {
                self.take(q, answer);
            }
        });
    }

    /// Puts the first page of a list into its place. A query that is not understood leaves the last list.
    pub(super) fn take(self, q: String, answer: Result<Answer<Listing>, AppError>) {
        self.is_loading.set(false);
        match answer {
            Ok(Answer::Found(listing)) => {
                self.failure.set(None);
                self.mistakes.set(Vec::new());
                let loaded = Loaded::new(listing.page, Direction::Newest);
                if self.shown.with_untracked(|shown| *shown != q) {
                    self.selected.clear();
                }
                self.list.loaded.set(loaded);
                self.more.set(More::Idle);
                self.list.reset_window();
                self.list.scroll_to(0.0);
                self.live.follow(&q, listing.mark);
                self.shown.set(q);
                self.goes_on_if_stopped();
            }
            Ok(Answer::Mistaken(mistakes)) => self.mistakes.set(mistakes),
            Err(error) => self.failure.set(Some(error)),
        }
    }

    /// Reads the volumes of what is shown.
    pub fn read_volumes(self) {
        let q = self.address.with_untracked(|address| address.q.clone());
        spawn_local(async move {
            if let Ok(volumes) = calls::volumes(q.clone()).await
                && self.address.try_with_untracked(|address| address.q == q) == Some(true)
            {
                self.volumes.set(Some(volumes));
            }
        });
    }

    /// Loads the message that the address opens.
    pub(super) fn open(self, key: Option<String>) {
        let Some(key) = key else {
            self.entry.set(None);
            return;
        };
        self.entry.set(Some(Opened {
            key: key.clone(),
            detail: None,
        }));
        match key.parse::<MessageId>() {
            Ok(id) => {
                self.list.cursor.set(Some(id));
                self.read_message(id, key);
            }
            Err(_) => self.put_detail(&key, Ok(None)),
        }
    }

    pub(super) fn read_message(self, id: MessageId, key: String) {
        spawn_local(async move {
            let detail = calls::detail(id).await;
            self.put_detail(&key, detail.map(|detail| detail.map(Arc::new)));
        });
    }

    fn put_detail(self, key: &str, detail: Result<Option<Arc<MessageDetail>>, AppError>) {
        self.entry.try_update(|entry| {
            if let Some(entry) = entry.as_mut().filter(|entry| entry.key == key) {
                entry.detail = Some(detail);
            }
        });
    }

    /// Loads the open message again.
    pub fn reopen(self) {
        self.open(
            self.address
                .with_untracked(|address| address.message.clone()),
        );
    }
}
