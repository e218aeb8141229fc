//! Short words to the reader: copied, which key comes next.

use super::Log;
use leptos::prelude::*;
use std::time::Duration;

const SHOWN: Duration = Duration::from_millis(1_800);

impl Log {
    /// Says something for a moment.
    pub fn say(self, words: &str) {
        let words = words.to_owned();
        self.hint.try_set(Some(words.clone()));
        set_timeout(
            move || {
                // What came after it stays.
                self.hint.try_update(|hint| {
                    if hint.as_deref() == Some(words.as_str()) {
                        *hint = None;
                    }
                });
            },
            SHOWN,
        );
    }
}
