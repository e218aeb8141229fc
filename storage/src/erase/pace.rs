//! How much is done in one transaction, entries or pages: as much as others can wait for.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// For how long one step may keep others from writing.
const STEP: Duration = Duration::from_millis(15);
/// The most that go at once.
const MOST: usize = 100;
/// With how many a process begins.
const FIRST: usize = 10;

/// How much the next step takes, learned from how long the last one took.
pub(crate) struct Pace {
    next: AtomicUsize,
    most: usize,
}

impl Default for Pace {
    fn default() -> Self {
        Self::new(FIRST, MOST)
    }
}

impl Pace {
    /// Begins with so many, and never takes more at once than `most`.
    pub(crate) fn new(first: usize, most: usize) -> Self {
        Self {
            next: AtomicUsize::new(first),
            most,
        }
    }

    /// How many entries or pages the next step takes, at least one.
    pub(crate) fn amount(&self) -> usize {
        self.next.load(Ordering::Relaxed)
    }

    /// So many took so long.
    pub(crate) fn took(&self, amount: usize, took: Duration) {
        let fits = STEP.as_nanos() * amount as u128 / took.as_nanos().max(1);
        // One quick step is no promise.
        let most = self.amount().saturating_mul(2).min(self.most);
        let next = usize::try_from(fits).unwrap_or(most).clamp(1, most);
        self.next.store(next, Ordering::Relaxed);
    }
}

/// Since when a step keeps others from writing. It does until it is committed: SQLite writes its index of texts only then, which
/// takes longer than all the rest.
#[derive(Clone, Default)]
pub(crate) struct Held(Arc<Mutex<Option<Instant>>>);

impl Held {
    /// Its transaction comes to what it deletes, perhaps not for the first time.
    pub(crate) fn begin(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// For how long now; nothing before it began.
    pub(crate) fn elapsed(&self) -> Duration {
        let begun = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        begun.map_or(Duration::ZERO, |begun| begun.elapsed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_as_long_as_others_can_wait() {
        let pace = Pace::default();
        assert_eq!(pace.amount(), FIRST);
        pace.took(10, Duration::from_millis(50));
        assert_eq!(pace.amount(), 3);
        pace.took(3, Duration::from_secs(5));
        assert_eq!(pace.amount(), 1);
        for expected in [2, 4, 8, 16, 32, 64, MOST, MOST] {
            pace.took(pace.amount(), Duration::ZERO);
            assert_eq!(pace.amount(), expected);
        }
    }
}
