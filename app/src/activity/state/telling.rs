//! Short words to the reader: copied, which key comes next.

use super::Log;
use crate::hint::say_for;
use std::time::Duration;

const SHOWN: Duration = Duration::from_millis(1_800);

impl Log {
    /// Says something for a moment.
    pub fn say(self, words: &str) {
        say_for(self.hint, words.to_owned(), SHOWN);
    }
}
