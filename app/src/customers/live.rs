//! Taking in what arrives over the socket: once something was erased, what is shown may be gone.

use super::{CustomerLog, page};
use crate::activity::browser;
use crate::activity::live::{Follower, Live};
use crate::messages::live::{News, take};
use chrono::{DateTime, Utc};
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// How often it is looked whether a dialog is still open.
const LOOK_MS: u32 = 500;

impl Follower for CustomerLog {
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
        take(self.live, text, is_greeted, |news| {
            // Each message would move the page under its reader.
            if matches!(news, News::Resync) {
                self.look_again();
            }
        })
    }
}

impl CustomerLog {
    /// Shows what is there now where it is not what is shown. A dialog of the page is not taken away: it is waited for.
    fn look_again(self) {
        let Some(id) = self.source.id.try_get_untracked() else {
            return;
        };
        spawn_local(async move {
            while browser::has_dialog() {
                TimeoutFuture::new(LOOK_MS).await;
            }
            let Ok(there) = page(id.clone()).await else {
                return;
            };
            let is_open = self.source.id.try_get_untracked() == Some(id);
            let is_shown = self.shown.try_with_value(|shown| *shown == there);
            if is_open && is_shown == Some(false) {
                self.source.page.refetch();
            }
        });
    }
}
