//! Taking in what arrives over the socket of rules: of an entry nothing but its mark is wanted.

use super::follow::Following;
use crate::activity::live::{Follower, Live, greeted_at};
use chrono::{DateTime, Utc};
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::Deserialize;

/// What arrives within so long is read together: a rule may fire many times a second.
const TOGETHER_MS: u32 = 1_000;

#[derive(Deserialize)]
struct Said {
    #[serde(rename = "type")]
    kind: String,
    mark: Option<String>,
}

impl Follower for Following {
    fn live(self) -> Live {
        self.live
    }

    fn now(self) -> DateTime<Utc> {
        self.moment.exactly()
    }

    fn topic(self) -> String {
        "activity".to_owned()
    }

    fn take(self, text: &str, is_greeted: &mut bool) -> bool {
        let Ok(Said {
            kind,
            mark: Some(mark),
        }) = serde_json::from_str(text)
        else {
            return false;
        };
        if kind == "hello" {
            *is_greeted = true;
            // What happened after the page was made and before this is told by nobody else.
            if self.live.mark().is_none() {
                self.read_soon();
            }
            greeted_at(self.live, mark);
            return true;
        }
        if *is_greeted {
            self.live.set_mark(mark);
            self.read_soon();
        }
        false
    }
}

impl Following {
    fn read_soon(self) {
        if self.is_due.try_get_value() != Some(false) {
            return;
        }
        self.is_due.set_value(true);
        spawn_local(async move {
            TimeoutFuture::new(TOGETHER_MS).await;
            // Nothing is there any more when the page was left.
            if self.is_due.try_get_value().is_some() {
                self.is_due.set_value(false);
                self.changed.run(());
            }
        });
    }
}
