//! Taking in what arrives over the socket about exports. What was missed is read again after a loss: no mark is kept.

use super::state::ExportLog;
use super::words::is_under_way;
use crate::activity::live::{Follower, Live, greeted, lose_count};
use chrono::{DateTime, Utc};
use domain::view::{ExportEvent, ExportRow};
use leptos::prelude::*;
use serde::Deserialize;

#[derive(Deserialize)]
struct Greeting {
    #[serde(rename = "type")]
    kind: String,
}

impl Follower for ExportLog {
    fn live(self) -> Live {
        self.live
    }

    fn now(self) -> DateTime<Utc> {
        self.moment.exactly()
    }

    fn topic(self) -> String {
        "exports".to_owned()
    }

    fn take(self, text: &str, is_greeted: &mut bool) -> bool {
        let is_hello = serde_json::from_str::<Greeting>(text).is_ok_and(|g| g.kind == "hello");
        if is_hello {
            *is_greeted = true;
            // What changed before the greeting, or while the connection was lost, is read.
            let was_lost = self.live.lost_at.try_get_untracked().flatten().is_some();
            let is_moving = |rows: &Vec<ExportRow>| rows.iter().any(|row| is_under_way(row.status));
            if was_lost || self.rows.try_with_untracked(is_moving) == Some(true) {
                self.reload();
            }
            greeted(self.live);
            if was_lost {
                // The log is read anew, and nobody tells what of it is new.
                lose_count();
            }
            return true;
        }
        match serde_json::from_str::<ExportEvent>(text) {
            Ok(ExportEvent::Export { row }) if *is_greeted => self.put(*row),
            Ok(ExportEvent::Resync { .. }) => {
                lose_count();
                self.reload();
            }
            _ => {}
        }
        false
    }
}
