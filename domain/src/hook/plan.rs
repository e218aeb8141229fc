//! Why a delivery could not be processed, and when it is tried again.

use super::closed_list;
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

closed_list! {
    /// Why processing failed.
    FailureCause {
        RateLimit "rate_limit" "Too much at this moment.",
        InvalidData "invalid_data" "The body is wrong: trying again changes nothing, editing it may.",
        Configuration "configuration" "A setting is in the way, such as a connection that is switched off.",
        Network "network" "The database or network could not be reached.",
    }
}

/// The waits between ten tries, in seconds: 75 hours and a half, as Standard Webhooks suggests.
const WAITS: [i64; 9] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];

impl FailureCause {
    /// How many tries there are at most.
    pub const fn most_tries(self) -> u32 {
        match self {
            Self::InvalidData => 1,
            _ => WAITS.len() as u32 + 1,
        }
    }

    /// How long until the next try after `tries` (from 1) failed; none when they are used up. `jitter` of 0 to 255 adds
    /// up to a tenth, so that what failed together does not come back together.
    pub fn retry_after(self, tries: u32, jitter: u8) -> Option<TimeDelta> {
        if tries >= self.most_tries() {
            return None;
        }
        let seconds = WAITS.get(usize::try_from(tries.max(1) - 1).ok()?)?;
        let share = i64::from(jitter) * 100 / 255;
        Some(TimeDelta::milliseconds(seconds * (1_000 + share)))
    }

    /// The waits that are left after `tries` failed, in seconds and without jitter.
    pub fn plan(self, tries: u32) -> Vec<i64> {
        if tries >= self.most_tries() {
            return Vec::new();
        }
        let made = usize::try_from(tries.max(1) - 1).unwrap_or(usize::MAX);
        WAITS.iter().skip(made).copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_end() {
        let cause = FailureCause::Network;
        let mut before = TimeDelta::zero();
        for tries in 1..10 {
            let least = cause.retry_after(tries, 0).expect("a try is left");
            let most = cause.retry_after(tries, 255).expect("a try is left");
            assert!(least > before, "{tries}");
            assert!(most > least && most <= least + least / 10, "{tries}");
            before = most;
        }
        assert_eq!(cause.retry_after(10, 0), None);
        assert_eq!(cause.plan(9), [86_400]);
        assert!(cause.plan(10).is_empty());
    }

    #[test]
    fn what_is_wrong_in_itself_is_not_tried_again() {
        assert_eq!(FailureCause::InvalidData.retry_after(1, 7), None);
        assert!(FailureCause::InvalidData.plan(1).is_empty());
    }
}
