//! Short words to the reader: copied, which key comes next.

use super::Log;
use crate::activity::browser;
use crate::i18n::tr;
use leptos::prelude::*;
use std::time::Duration;

const SHOWN: Duration = Duration::from_millis(1_800);

impl Log {
    /// Puts text on the clipboard and says so.
    pub fn copy(self, text: impl AsRef<str>) {
        browser::copy(text.as_ref(), move |is_allowed| {
            let words = if is_allowed {
                tr!(self.locale, activity.copied)
            } else {
                tr!(self.locale, activity.not_copied)
            };
            self.say(words);
        });
    }

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
