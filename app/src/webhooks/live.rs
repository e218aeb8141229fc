//! Taking in what arrives over the socket about deliveries. What was missed is read again: no mark is kept.

use super::detail::Delivery;
use super::list::HookList;
use crate::activity::live::{Follower, Live, greeted};
use chrono::{DateTime, Utc};
use domain::view::{HookEvent, HookRow};
use leptos::prelude::*;
use serde::Deserialize;

#[derive(Deserialize)]
struct Greeting {
    #[serde(rename = "type")]
    kind: String,
}

/// Takes in what came; true when it was the greeting.
fn take(
    live: Live,
    text: &str,
    is_greeted: &mut bool,
    arrive: impl Fn(HookRow),
    reload: impl Fn(),
) -> bool {
    if serde_json::from_str::<Greeting>(text).is_ok_and(|greeting| greeting.kind == "hello") {
        *is_greeted = true;
        // What changed before the greeting, or while the connection was lost, is read.
        reload();
        greeted(live);
        return true;
    }
    match serde_json::from_str::<HookEvent>(text) {
        Ok(HookEvent::Webhook { row }) if *is_greeted => arrive(*row),
        Ok(HookEvent::Resync { .. }) => reload(),
        _ => {}
    }
    false
}

impl Follower for HookList {
    fn live(self) -> Live {
        self.live
    }

    fn now(self) -> DateTime<Utc> {
        self.moment.exactly()
    }

    fn topic(self) -> String {
        "webhooks".to_owned()
    }

    fn take(self, text: &str, is_greeted: &mut bool) -> bool {
        let arrive = |row| self.arrive(row);
        take(self.live, text, is_greeted, arrive, || self.reload())
    }
}

impl Follower for Delivery {
    fn live(self) -> Live {
        self.live
    }

    fn now(self) -> DateTime<Utc> {
        self.moment.exactly()
    }

    fn topic(self) -> String {
        "webhooks".to_owned()
    }

    fn take(self, text: &str, is_greeted: &mut bool) -> bool {
        let arrive = |row: HookRow| {
            if self
                .detail
                .try_with_untracked(|detail| detail.row.id == row.id)
                == Some(true)
            {
                self.reload();
            }
        };
        take(self.live, text, is_greeted, arrive, || self.reload())
    }
}
