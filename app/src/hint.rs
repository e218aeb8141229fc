//! Short words to the reader that go by themselves.

use leptos::prelude::*;
use std::time::Duration;

/// Says something for so long. What comes after it stays.
pub fn say_for(hint: RwSignal<Option<String>>, words: String, shown: Duration) {
    hint.try_set(Some(words.clone()));
    set_timeout(
        move || {
            hint.try_update(|hint| {
                if hint.as_deref() == Some(words.as_str()) {
                    *hint = None;
                }
            });
        },
        shown,
    );
}
