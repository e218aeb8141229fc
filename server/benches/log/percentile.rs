//! Times and what to say of them.

use std::time::Duration;

/// Measured times.
#[derive(Default)]
pub struct Times(Vec<Duration>);

impl Times {
    /// Adds one.
    pub fn add(&mut self, time: Duration) {
        self.0.push(time);
    }

    /// Adds those of another.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// How many there are.
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// `p50 0.41 ms, p99 2.10 ms, max 3.00 ms of 1000`.
    pub fn summary(&mut self) -> String {
        self.0.sort_unstable();
        let at = |share: f64| {
            let place =
                ((self.0.len() as f64 * share).ceil() as usize).clamp(1, self.0.len().max(1)) - 1;
            self.0
                .get(place)
                .map_or(0.0, |time| time.as_secs_f64() * 1e3)
        };
        format!(
            "p50 {:.2} ms, p99 {:.2} ms, max {:.2} ms of {}",
            at(0.5),
            at(0.99),
            at(1.0),
            self.0.len()
        )
    }
}
