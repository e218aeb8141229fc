//! Reading from the server, and taking in what it answers.

use super::{MessageLog, Opened, plot_of};
use crate::AppError;
use crate::activity::calls::Answer;
use crate::activity::histogram::bars::frame;
use crate::activity::loaded::Loaded;
use crate::activity::state::More;
use crate::messages::calls::{self, Listing};
use domain::query::{MESSAGE, Query};
use domain::view::MessageDetail;
use domain::{Direction, MessageId};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::sync::Arc;
use std::time::Duration;

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

    /// Reads the list that is shown again.
    pub fn reload(self) {
        self.load(self.address.with_untracked(|address| address.q.clone()));
        self.read_counts();
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
            }
            Ok(Answer::Mistaken(mistakes)) => self.mistakes.set(mistakes),
            Err(error) => self.failure.set(Some(error)),
        }
    }

    /// Reads the next page while the reader scrolls towards it. A search that stopped goes on only when asked.
    pub fn load_more(self) {
        let has_stopped = |loaded: &Loaded<_>| loaded.searched_to.is_some();
        if !self.list.loaded.with_untracked(has_stopped) {
            self.go_on();
        }
    }

    /// Reads the next page, unless it is on its way or there is none.
    pub fn go_on(self) {
        let after = self
            .list
            .loaded
            .with_untracked(|loaded| loaded.next.clone());
        let Some(after) = after.filter(|_| self.more.get_untracked() != More::Loading) else {
            return;
        };
        self.more.set(More::Loading);
        let q = self.shown.get_untracked();
        spawn_local(async move {
            let answer = calls::list(q.clone(), Some(after.clone())).await;
            let is_still_next = self
                .list
                .loaded
                .try_with_untracked(|l| l.next.as_ref() == Some(&after));
            if self.shown.try_get_untracked() != Some(q) || is_still_next != Some(true) {
                return;
            }
            match answer {
                Ok(Answer::Found(listing)) => {
                    self.more.set(More::Idle);
                    self.list
                        .loaded
                        .update(|loaded| loaded.append(listing.page));
                    self.list.fit_window(self.list.scrolled.get_value());
                }
                _ => self.more.set(More::Failed),
            }
        });
    }

    /// Reads counts and bars for the query in the address.
    pub fn read_counts(self) {
        let q = self.address.with_untracked(|address| address.q.clone());
        let is_same =
            move |q: &str| self.address.try_with_untracked(|address| address.q == q) == Some(true);
        spawn_local({
            let q = q.clone();
            async move {
                if let Ok(Answer::Found(facets)) = calls::facets(q.clone()).await
                    && is_same(&q)
                {
                    self.facets.set(Some(facets));
                }
            }
        });
        let kept = self
            .plot
            .with_untracked(|plot| plot.as_ref().and_then(|p| frame(&p.histogram)));
        spawn_local(async move {
            if let Ok(Answer::Found(bars)) = calls::histogram(q.clone(), kept).await
                && is_same(&q)
            {
                self.plot.set(Some(plot_of(bars)));
            }
        });
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

    /// Shows what waits, from the top.
    pub fn release(self) {
        if self.list.loaded.with_untracked(Loaded::is_to_be_read_again) {
            self.reload();
            return;
        }
        let added = self.list.loaded.try_update(Loaded::release).unwrap_or(0);
        if added > 0 {
            self.list.scroll_to(0.0);
            self.settle_soon();
        }
    }

    pub(super) fn settle_soon(self) {
        self.list.fit_window(self.list.scrolled.get_value());
        set_timeout(
            move || {
                self.list.loaded.try_update_untracked(Loaded::settle);
            },
            Duration::from_secs(3),
        );
    }
}
