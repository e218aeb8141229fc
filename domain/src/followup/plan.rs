//! When what failed is tried again.

use chrono::TimeDelta;

/// The waits between the tries of an action, in seconds: about a day and a half in all.
pub const WAITS: [i64; 8] = [10, 60, 300, 1_800, 7_200, 21_600, 43_200, 57_600];

/// The waits between the tries of a signed call, in seconds: 75 hours and a half, as Standard Webhooks suggests.
pub const CALL_WAITS: [i64; 9] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];

/// A wait of so many seconds, and up to a tenth more: `jitter` spreads what failed together.
pub fn spread(seconds: i64, jitter: u8) -> TimeDelta {
    TimeDelta::milliseconds(seconds * (1_000 + i64::from(jitter % 11) * 10))
}

/// How long after its `tries`-th try (from 1) something is tried again by these waits; none after the last one. `jitter`: as
/// [`spread`] takes it.
pub fn wait_after(waits: &[i64], tries: u32, jitter: u8) -> Option<TimeDelta> {
    let at = usize::try_from(tries.max(1) - 1).ok()?;
    waits.get(at).map(|wait| spread(*wait, jitter))
}

/// The waits that are left behind the next try, once `tries` tries are over; in seconds, without their tenth. Behind the
/// last one it is out of tries.
pub fn left(waits: &[i64], tries: u32) -> Vec<i64> {
    let over = usize::try_from(tries).unwrap_or(usize::MAX);
    waits.iter().skip(over).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_waits_grow_and_end() {
        for waits in [&WAITS[..], &CALL_WAITS[..]] {
            let mut last = TimeDelta::zero();
            let most = u32::try_from(waits.len()).expect("few");
            for tries in 1..=most {
                let wait = wait_after(waits, tries, 7).expect("there is a next try");
                assert!(wait > last, "try {tries}");
                last = wait;
            }
            assert_eq!(wait_after(waits, most + 1, 0), None);
            assert_eq!(wait_after(waits, 0, 0), wait_after(waits, 1, 0));
            let tenth = TimeDelta::milliseconds(waits[0] * 1_100);
            assert!(wait_after(waits, 1, 10).expect("a wait") <= tenth);
        }
    }

    #[test]
    fn what_is_left_of_the_plan_is_what_follows_the_next_try() {
        for waits in [&WAITS[..], &CALL_WAITS[..]] {
            assert_eq!(left(waits, 0), waits);
            // Each failure leaves one wait less: the one that it begins is told by when the next try is due.
            for tries in 1..=u32::try_from(waits.len()).expect("few") {
                let begun = wait_after(waits, tries, 0).expect("a wait").num_seconds();
                let before = left(waits, tries - 1);
                assert_eq!(before[0], begun);
                assert_eq!(left(waits, tries), before[1..]);
            }
            assert!(left(waits, u32::MAX).is_empty());
        }
    }
}
