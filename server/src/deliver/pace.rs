//! How many messages leave in a second.

use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// Hands out turns at an even pace.
pub(super) struct Pace {
    every: Duration,
    next: Instant,
}

impl Pace {
    /// At most `per_second` turns a second, 1 or more.
    pub(super) fn new(per_second: u32) -> Self {
        Self {
            every: Duration::from_secs(1) / per_second.max(1),
            next: Instant::now(),
        }
    }

    /// Waits for the next turn. Turns that nobody took are not saved up for longer than a tenth of a second.
    pub(super) async fn turn(&mut self) {
        let saved = Instant::now().checked_sub(Duration::from_millis(100));
        self.next = self.next.max(saved.unwrap_or(self.next));
        sleep_until(self.next).await;
        self.next += self.every;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn turns_come_no_faster_than_was_set() {
        let mut pace = Pace::new(1_000);
        let begun = Instant::now();
        for _ in 0..=50 {
            pace.turn().await;
        }
        assert!(begun.elapsed() >= Duration::from_millis(49));
    }
}
