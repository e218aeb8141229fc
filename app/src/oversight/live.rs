//! Taking in what arrives over the socket.
//!
//! These logs have no marks to resume from: after each greeting the first page is read once more, and what it has
//! that the list hasn't arrives. When it has nothing of the list, more was missed: the list is read anew.

use super::state::Watch;
use super::watched::Watched;
use crate::activity::any_log::AnyLog as _;
use crate::activity::calls::Answer;
use crate::activity::live::{Follower, Live, count_meanwhile, greeted, lose_count};
use crate::activity::loaded::{Arrival, Loaded};
use chrono::{DateTime, Utc};
use domain::Direction;
use domain::view::WatchEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::Deserialize;

#[derive(Deserialize)]
struct Said {
    #[serde(rename = "type")]
    kind: String,
}

impl<R: Watched> Follower for Watch<R> {
    fn live(self) -> Live {
        self.live
    }

    fn now(self) -> DateTime<Utc> {
        self.moment.exactly()
    }

    fn topic(self) -> String {
        R::TOPIC.to_owned()
    }

    fn take(self, text: &str, is_greeted: &mut bool) -> bool {
        let Ok(said) = serde_json::from_str::<Said>(text) else {
            return false;
        };
        if said.kind == "hello" {
            *is_greeted = true;
            greeted(self.live);
            self.catch_up();
            return true;
        }
        if !*is_greeted {
            return false;
        }
        match serde_json::from_str::<WatchEvent>(text) {
            Ok(WatchEvent::Reload) => self.catch_up(),
            Ok(event) => {
                if let Some(row) = R::heard(event) {
                    self.arrive(row);
                }
            }
            Err(_) => {}
        }
        false
    }
}

impl<R: Watched> Watch<R> {
    fn arrive(self, row: R) {
        let (is_ready, now) = (self.is_ready(), self.moment.exactly());
        let id = row.id();
        let arrival = self
            .list
            .loaded
            .try_update(|loaded| loaded.arrive(row, is_ready, now))
            .unwrap_or(Arrival::Nothing);
        if arrival == Arrival::Nothing {
            return;
        }
        count_meanwhile();
        self.selected.arrived(std::iter::once(id));
        if arrival == Arrival::Shown {
            self.settle_soon();
        }
        self.count_soon();
    }

    /// Lets arrive what the newest page has and the list hasn't.
    fn catch_up(self) {
        let Some(q) = self.shown.try_get_untracked() else {
            return;
        };
        // What arrives from here on says nothing about what was missed before.
        let Some(known) = self.list.loaded.try_with_untracked(Loaded::ids) else {
            return;
        };
        spawn_local(async move {
            let Ok(Answer::Found(page)) = R::list(q.clone(), None).await else {
                return;
            };
            if self.shown.try_get_untracked() != Some(q) {
                return;
            }
            let newest = Loaded::<R>::new(page, Direction::Newest);
            if newest.leaves_a_hole_to(&known) {
                lose_count();
                self.read_again();
                return;
            }
            for line in newest.lines().iter().rev() {
                self.arrive((*line.row).clone());
            }
        });
    }
}
