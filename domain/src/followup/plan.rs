//! When what failed is tried again.

use chrono::TimeDelta;

/// The waits between the tries of an action, in seconds: about a day and a half in all.
pub const WAITS: [i64; 8] = [10, 60, 300, 1_800, 7_200, 21_600, 43_200, 57_600];

/// A wait of so many seconds, and up to a tenth more: `jitter` spreads what failed together.
pub fn spread(seconds: i64, jitter: u8) -> TimeDelta {
    TimeDelta::milliseconds(seconds * (1_000 + i64::from(jitter % 11) * 10))
}

/// How long after its `tries`-th try (from 1) an action is tried again; none after the last one. `jitter`: as
/// [`spread`] takes it.
pub fn wait_after(tries: u32, jitter: u8) -> Option<TimeDelta> {
    let at = usize::try_from(tries.max(1) - 1).ok()?;
    WAITS.get(at).map(|wait| spread(*wait, jitter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_waits_grow_and_end() {
        let mut last = TimeDelta::zero();
        for tries in 1..=8 {
            let wait = wait_after(tries, 7).expect("there is a next try");
            assert!(wait > last, "try {tries}");
            last = wait;
        }
        assert_eq!(wait_after(9, 0), None);
        assert_eq!(wait_after(0, 0), wait_after(1, 0));
        assert!(wait_after(1, 10).expect("a wait") <= TimeDelta::seconds(11));
    }
}
