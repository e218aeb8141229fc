//! Taking in what arrives over the socket: a message changes the line of its order, which is read again.

use super::lines::Lines;
use super::state::OrderList;
use crate::activity::live::{Follower, Live, count_meanwhile};
use crate::messages::live::{self, News};
use crate::orders::calls;
use chrono::{DateTime, Utc};
use domain::view::{MessageRow, OrderLines};
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::collections::BTreeSet;

/// What arrives within so long is read together.
const TOGETHER_MS: u32 = 150;
/// More than this at once, and the list is read again instead.
const TOO_MANY: usize = 100;

impl Follower for OrderList {
    fn live(self) -> Live {
        self.live
    }

    fn now(self) -> DateTime<Utc> {
        self.moment.exactly()
    }

    fn topic(self) -> String {
        "messages".to_owned()
    }

    fn take(self, text: &str, is_greeted: &mut bool) -> bool {
        let is_greeting = live::take(self.live, text, is_greeted, |news| match news {
            News::Added(row) => {
                count_meanwhile();
                self.changed(row);
            }
            News::Changed(row, _) => self.changed(row),
            News::Resync => self.reload(),
        });
        if is_greeting {
            // What could not be read while the connection was lost.
            self.read_soon();
        }
        is_greeting
    }
}

impl OrderList {
    fn changed(self, row: MessageRow) {
        if let Some(number) = row.order {
            self.stale.try_update_value(|stale| stale.insert(number));
            self.read_soon();
        }
    }

    /// Reads the lines that are not as they were in a moment, one batch after another, so that none overtakes a newer one.
    fn read_soon(self) {
        let is_there = self.stale.try_with_value(|stale| !stale.is_empty());
        if is_there != Some(true) || self.is_reading.try_get_value() != Some(false) {
            return;
        }
        self.is_reading.set_value(true);
        spawn_local(async move {
            loop {
                TimeoutFuture::new(TOGETHER_MS).await;
                let Some(stale) = self.stale.try_update_value(std::mem::take) else {
                    // The page was left.
                    return;
                };
                if stale.is_empty() || !self.read(stale).await {
                    break;
                }
            }
            self.is_reading.try_set_value(false);
        });
    }

    /// Whether the lines of some orders could be read.
    async fn read(self, stale: BTreeSet<String>) -> bool {
        if stale.len() > TOO_MANY {
            self.reload();
            return true;
        }
        let Some(words) = self.words.try_get_value() else {
            return false;
        };
        let numbers = stale.iter().cloned().collect();
        let answer = calls::lines(numbers, words.clone()).await;
        if self.words.try_get_value().as_ref() != Some(&words) {
            // Another list is shown by now, which was read later.
            return true;
        }
        match answer {
            Ok(lines) => {
                self.take_in(lines);
                true
            }
            Err(_) => {
                // Until the connection is back, or something else happens.
                self.stale.try_update_value(|waiting| waiting.extend(stale));
                false
            }
        }
    }

    fn take_in(self, told: OrderLines) {
        self.waiting_count.try_set(told.waiting_count);
        let is_ready = self.is_ready();
        self.lines.try_update(|lines| {
            for row in told.rows {
                let is_found = told.found.contains(&row.number);
                lines.take(row, is_found);
            }
            if is_ready || lines.is_empty() {
                lines.settle();
            }
        });
        self.count_soon();
    }

    /// Counts again what is found, while something is selected.
    fn count_soon(self) {
        if self.selected.is_any() {
            self.live.count_soon(move || self.count());
        }
    }

    /// Reads the first page again.
    fn reload(self) {
        let Some(words) = self.words.try_get_value() else {
            return;
        };
        spawn_local(async move {
            let answer = calls::list(words.clone(), None).await;
            if let Ok(orders) = answer
                && self.words.try_get_value().as_ref() == Some(&words)
            {
                self.waiting_count.try_set(orders.page.waiting_count);
                self.lines.try_set(Lines::new(&words, orders.page));
                self.count_soon();
            }
        });
    }
}
