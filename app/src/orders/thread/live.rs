//! Taking in what arrives over the socket.

use super::state::{ThreadLog, key_of};
use crate::activity::live::{Follower, Live, count_meanwhile, greeted_at, lose_count};
use crate::i18n::tr;
use crate::messages::live::{Heard, hear};
use crate::messages::words::counterpart;
use crate::orders::calls;
use chrono::{DateTime, Utc};
use domain::MessageId;
use domain::message::{DeliveryStatus, MessageDirection};
use domain::view::ThreadItem;
use leptos::prelude::*;
use leptos::task::spawn_local;

impl Follower for ThreadLog {
    fn live(self) -> Live {
        self.live
    }

    fn now(self) -> DateTime<Utc> {
        self.moment.exactly()
    }

    fn topic(self) -> String {
        format!("order:{}", self.number.try_get_value().unwrap_or_default())
    }

    fn take(self, text: &str, is_greeted: &mut bool) -> bool {
        let Some(heard) = hear(text) else {
            return false;
        };
        match heard {
            Heard::Hello { mark } => {
                *is_greeted = true;
                // Whoever is still here is told next.
                self.here.try_set(Vec::new());
                greeted_at(self.live, mark);
                return true;
            }
            Heard::Presence { people } => {
                self.here.try_set(people);
            }
            _ if !*is_greeted => {}
            Heard::Added { item, mark } | Heard::Changed { item, mark, .. } => {
                self.live.set_mark(mark);
                self.arrive(*item);
            }
            Heard::Order { row } => {
                if self.put(ThreadItem::Activity { row }) {
                    count_meanwhile();
                }
                self.read_order();
            }
            Heard::Resync { mark } => {
                self.live.set_mark(mark);
                lose_count();
                self.read_again();
            }
        }
        false
    }
}

impl ThreadLog {
    /// Reads the end of the thread again and shows nothing else: what was shown may have been erased.
    fn read_again(self) {
        let Some(number) = self.number.try_get_value() else {
            return;
        };
        spawn_local(async move {
            let Ok(found) = calls::thread(number, None, calls::STRETCH).await else {
                return;
            };
            let Some(thread) = found.map(|stretch| stretch.thread) else {
                // Nothing is left of an order of which only messages told.
                self.items.try_set(Vec::new());
                self.reachable.try_set(Vec::new());
                return;
            };
            self.order.try_set(thread.order);
            self.reachable.try_set(thread.reachable);
            self.before.try_set(thread.before);
            self.gaps.try_set(thread.gaps);
            let keys: Vec<String> = thread.items.iter().map(key_of).collect();
            self.items
                .try_update(|items| items.retain(|item| keys.contains(&item.key())));
            for item in thread.items {
                self.put(item);
            }
        });
    }

    /// Reads again how the order stands: its status, who it is assigned to, whether its customer waits.
    fn read_order(self) {
        let Some(number) = self.number.try_get_value() else {
            return;
        };
        spawn_local(async move {
            if let Ok(lines) = calls::lines(vec![number], String::new()).await
                && let Some(order) = lines.rows.into_iter().next()
            {
                self.order.try_set(order);
            }
        });
    }

    /// What became of a message of the thread, as it is shown. None when it isn't.
    fn status_of(self, id: MessageId) -> Option<Option<DeliveryStatus>> {
        self.items.with_untracked(|items| {
            items.iter().find_map(|old| match &*old.item {
                ThreadItem::Message { row, .. } if row.id == id => Some(row.status),
                _ => None,
            })
        })
    }

    fn arrive(self, item: ThreadItem) {
        let inbound = match &item {
            ThreadItem::Message { row, .. } if row.direction == MessageDirection::Inbound => {
                Some((counterpart(self.locale, row), row.occurred_at))
            }
            _ => None,
        };
        // Whether the customer still waits depends on what became of the answers: the server knows.
        let is_settled = match &item {
            ThreadItem::Message { row, .. } if row.direction == MessageDirection::Outbound => {
                let known = self.status_of(row.id);
                match known {
                    Some(known) => known != row.status,
                    None => row.status == Some(DeliveryStatus::Sent),
                }
            }
            _ => false,
        };
        let is_new = self.put(item);
        // Nor does the page know to whom an answer goes now.
        if is_settled || (is_new && inbound.is_some()) {
            self.reload();
        }
        if !is_new {
            return;
        }
        count_meanwhile();
        self.order.try_update(|order| {
            order.message_count = order.message_count.map(|count| count + 1);
            if let Some((_, at)) = &inbound {
                order.waiting_since = order.waiting_since.or(Some(*at));
            }
        });
        if let Some((name, _)) = inbound {
            let words = tr!(self.locale, messages.thread.arrived, name = name);
            self.said.try_set(words);
            self.mark_seen();
        }
    }
}
