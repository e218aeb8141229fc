//! When a mail that was put off is tried again (RFC 5321 4.5.4.1).

use chrono::{DateTime, TimeDelta, Utc};

/// How long to wait between attempts, and when to give up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetryPlan {
    /// The wait after the first attempt, after the second and so on; the last one repeats.
    waits: Vec<TimeDelta>,
    /// How long after the first attempt no further one is begun.
    give_up_after: TimeDelta,
}

/// What comes after an attempt that failed for the time being.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Another one, at this time.
    At(DateTime<Utc>),
    /// None: it has been tried long enough.
    GiveUp,
}

impl RetryPlan {
    /// What `mail_retry` is without being set: twice in the first hour, for five days.
    pub const DEFAULT: &str = "30m 30m 1h 2h 4h until 5d";

    /// Reads a plan such as [`RetryPlan::DEFAULT`]: waits of `s`, `m`, `h` or `d`, then `until` and how long in all.
    /// None when it isn't one: there is at least one wait, none is shorter than a second, the whole is at most 30
    /// days.
    pub fn parse(text: &str) -> Option<Self> {
        let (waits, until) = text.split_once("until")?;
        let waits: Vec<_> = waits.split_whitespace().map(span).collect::<Option<_>>()?;
        let give_up_after = span(until.trim())?;
        let is_plan = !waits.is_empty() && give_up_after <= TimeDelta::days(30);
        is_plan.then_some(Self {
            waits,
            give_up_after,
        })
    }

    /// The plan for a server that can't be reached at all: nothing was handed over, so it may be sooner.
    pub fn for_unreachable(&self) -> Self {
        let soon = [1, 2, 5, 10, 30].map(TimeDelta::minutes);
        Self {
            waits: soon.to_vec(),
            give_up_after: self.give_up_after,
        }
    }

    /// What comes after `attempts` of them (1 or more), the first begun at `first_at`, the last ended at `now`.
    pub fn next(&self, attempts: u32, first_at: DateTime<Utc>, now: DateTime<Utc>) -> Next {
        let at = usize::try_from(attempts.max(1) - 1).unwrap_or(usize::MAX);
        let last = self.waits.len() - 1;
        let next = now + self.waits[at.min(last)];
        if next - first_at > self.give_up_after {
            Next::GiveUp
        } else {
            Next::At(next)
        }
    }
}

impl Default for RetryPlan {
    fn default() -> Self {
        Self::parse(Self::DEFAULT).expect("the default is a plan")
    }
}

fn span(text: &str) -> Option<TimeDelta> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let number: i64 = number
        .parse()
        .ok()
        .filter(|n| (1..=1_000_000).contains(n))?;
    match unit {
        "s" => TimeDelta::try_seconds(number),
        "m" => TimeDelta::try_minutes(number),
        "h" => TimeDelta::try_hours(number),
        "d" => TimeDelta::try_days(number),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone as _;

    #[test]
    fn the_default_does_what_the_rfc_asks() {
        let plan = RetryPlan::default();
        let first = Utc.with_ymd_and_hms(2026, 11, 20, 9, 0, 0).unwrap();
        let mut tries = vec![first];
        while let Next::At(next) = plan.next(tries.len() as u32, first, *tries.last().unwrap()) {
            tries.push(next);
        }
        let in_first_hour = tries
            .iter()
            .filter(|at| **at - first <= TimeDelta::hours(1))
            .count();
        assert_eq!(in_first_hour, 3, "the first attempt and two more");
        assert!(
            tries
                .windows(2)
                .all(|pair| pair[1] - pair[0] >= TimeDelta::minutes(30))
        );
        let lasted = *tries.last().unwrap() - first;
        assert!(
            lasted > TimeDelta::days(4) && lasted <= TimeDelta::days(5),
            "{lasted}"
        );
    }

    #[test]
    fn what_is_no_plan_is_none() {
        for text in [
            "",
            "30m",
            "until 5d",
            "30m until",
            "x until 5d",
            "0m until 5d",
            "-1m until 5d",
            "30m until 31d",
            "30é until 5d",
            "9999999999999h until 5d",
        ] {
            assert_eq!(RetryPlan::parse(text), None, "{text}");
        }
        assert!(RetryPlan::parse("5s until 20s").is_some());
    }

    #[test]
    fn after_the_last_wait_it_repeats_and_after_the_time_it_gives_up() {
        let plan = RetryPlan::parse("1m 2m until 10m").unwrap();
        let first = Utc.with_ymd_and_hms(2026, 11, 20, 9, 0, 0).unwrap();
        let minutes = |n| first + TimeDelta::minutes(n);
        assert_eq!(plan.next(0, first, first), Next::At(minutes(1)));
        assert_eq!(plan.next(1, first, first), Next::At(minutes(1)));
        assert_eq!(plan.next(7, first, minutes(5)), Next::At(minutes(7)));
        assert_eq!(plan.next(7, first, minutes(9)), Next::GiveUp);
    }
}
