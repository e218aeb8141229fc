//! Chance that repeats itself: the same seed gives the same store.

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

/// A seeded generator with the questions that a believable store asks of it.
pub(super) struct Dice(StdRng);

impl Dice {
    /// Dice that fall the same way for the same `seed`.
    pub fn of(seed: u64) -> Self {
        Self(StdRng::seed_from_u64(seed))
    }

    /// True in a share `p` of all throws.
    pub fn chance(&mut self, p: f64) -> bool {
        self.0.random::<f64>() < p
    }

    /// From 0 up to, not including, 1.
    pub fn share(&mut self) -> f64 {
        self.0.random()
    }

    /// An index below `count`; 0 when `count` is 0.
    pub fn below(&mut self, count: usize) -> usize {
        if count < 2 {
            return 0;
        }
        self.0.random_range(0..count)
    }

    /// An index below `count` that is small far more often than large: what sells well stands in front.
    pub fn skewed(&mut self, count: usize) -> usize {
        let share = self.share();
        ((share * share * count as f64) as usize).min(count.saturating_sub(1))
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        self.0.random_range(low..=high)
    }

    /// One of a table that is never empty.
    pub fn pick<T: Copy>(&mut self, table: &[T]) -> T {
        table[self.below(table.len())]
    }

    /// The index of one of `weights`, heavy ones more often.
    pub fn weighted(&mut self, weights: &[u32]) -> usize {
        let mut left = self.0.random_range(0..weights.iter().sum::<u32>().max(1));
        for (at, weight) in weights.iter().enumerate() {
            if left < *weight {
                return at;
            }
            left -= weight;
        }
        0
    }

    /// A count that is `mean` on average and a quarter more or less on most days.
    pub fn about(&mut self, mean: f64) -> u32 {
        let spread = 0.75 + 0.5 * self.share();
        (mean * spread + self.share()) as u32
    }

    /// 64 random bits as 16 hexadecimal digits.
    pub fn hex(&mut self) -> String {
        format!("{:016x}", self.0.random::<u64>())
    }
}
