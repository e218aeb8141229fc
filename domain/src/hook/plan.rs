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
        Network "network" "The database, the network or the other system failed.",
    }
}

/// The waits between ten tries, in seconds: 75 hours and a half, as Standard Webhooks suggests.
const WAITS: [i64; 9] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];

/// What in the words of an error tells its cause; the first that is found counts.
const TELLING: [(FailureCause, &[&str]); 4] = [
    (
        FailureCause::Configuration,
        &[
            "STORETRAIL_WEBHOOK_",
            "401 Unauthorized",
            "403 Forbidden",
            "nobody gets this store's alarms",
            "nothing is written to the shop",
            "webhooks are called by https",
            "it concerns no order",
            "there is nothing to tag",
            "there is no template",
            "is for another channel",
        ],
    ),
    (FailureCause::RateLimit, &["429 Too Many Requests"]),
    (
        FailureCause::InvalidData,
        &[
            "400 Bad Request",
            "422 Unprocessable Entity",
            "was never told",
        ],
    ),
    (
        FailureCause::Network,
        &[
            "error sending request",
            "can't be reached",
            "answer broke off",
            "it took longer than",
            "500 Internal Server Error",
            "501 Not Implemented",
            "502 Bad Gateway",
            "503 Service Unavailable",
            "504 Gateway Timeout",
            "505 HTTP Version Not Supported",
            "506 Variant Also Negotiates",
            "507 Insufficient Storage",
            "508 Loop Detected",
            "510 Not Extended",
            "511 Network Authentication Required",
        ],
    ),
];

/// What follows an HTTP status that has no name of its own.
const NAMELESS: &str = " <unknown status code>";

/// Whether an answer's status without a name, such as 520, is of a server that failed.
fn is_nameless_fault(words: &str) -> bool {
    let before = words.split_once(NAMELESS).map(|(before, _)| before);
    let status = before.and_then(|before| before.get(before.len().checked_sub(3)?..));
    status.is_some_and(|status| status.starts_with('5'))
}

impl FailureCause {
    /// The cause that is told by an error's words: the network library's, or those of a call's answer. None for an error
    /// that is told in words of its own.
    pub fn of_words(words: &str) -> Option<Self> {
        let mut all = TELLING.iter();
        let found = all.find(|(_, signs)| signs.iter().any(|sign| words.contains(*sign)));
        let found = found.map(|(cause, _)| *cause);
        found.or_else(|| is_nameless_fault(words).then_some(Self::Network))
    }

    /// It in English.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::RateLimit => "too much at once",
            Self::InvalidData => "wrong data",
            Self::Configuration => "a setting is in the way",
            Self::Network => "database, network or other system",
        }
    }

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
    fn the_words_of_an_error_tell_its_cause() {
        let dns = "error sending request: client error (Connect): dns error: no such host";
        let inside = "error sending request: its address is internal; STORETRAIL_WEBHOOK_NETWORKS lists those";
        for (words, cause) in [
            (dns, Some(FailureCause::Network)),
            (
                "the bridge answered 503 Service Unavailable",
                Some(FailureCause::Network),
            ),
            ("429 Too Many Requests", Some(FailureCause::RateLimit)),
            (
                "the bridge refused the batch: 422 Unprocessable Entity",
                Some(FailureCause::InvalidData),
            ),
            (
                "which tags order 2001 has was never told: send an activity",
                Some(FailureCause::InvalidData),
            ),
            (inside, Some(FailureCause::Configuration)),
            ("it concerns no order", Some(FailureCause::Configuration)),
            (
                "there is no template Where it is",
                Some(FailureCause::Configuration),
            ),
            ("500 Internal Server Error", Some(FailureCause::Network)),
            (
                "the webhook: 520 <unknown status code>",
                Some(FailureCause::Network),
            ),
            ("499 <unknown status code>", None),
            ("order 1042 is not known", None),
        ] {
            assert_eq!(FailureCause::of_words(words), cause, "{words}");
        }
    }

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
