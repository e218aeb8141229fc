//! When exports are due that make themselves again and again.

use chrono::{DateTime, NaiveTime, TimeZone as _, Utc};
use chrono_tz::{America::Sao_Paulo, Asia::Riyadh, Europe::Berlin, Pacific::Apia, Tz};
use domain::export::Every;
use proptest::prelude::*;

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().expect("a time")
}

fn time(hour: u32, minute: u32) -> NaiveTime {
    NaiveTime::from_hms_opt(hour, minute, 0).expect("a time of day")
}

#[test]
fn a_time_that_the_clocks_skip_is_the_first_moment_after_the_skip() {
    // Berlin's clocks went from 02:00 to 03:00 on 29 March 2026.
    let next = Every::Day.next_after(utc("2026-03-28T12:00:00Z"), time(2, 30), &Berlin);
    assert_eq!(next, utc("2026-03-29T01:00:00Z"));
    let next = Every::Day.next_after(next, time(2, 30), &Berlin);
    assert_eq!(next, utc("2026-03-30T00:30:00Z"), "the next day as ever");
    // Where they skip midnight.
    let next = Every::Day.next_after(utc("2018-11-03T12:00:00Z"), time(0, 0), &Sao_Paulo);
    assert_eq!(next, utc("2018-11-04T03:00:00Z"));
    // Samoa had no 30 December 2011.
    let next = Every::Day.next_after(utc("2011-12-29T23:00:00Z"), time(12, 0), &Apia);
    assert_eq!(next, utc("2011-12-30T10:00:00Z"));
}

#[test]
fn a_time_that_comes_twice_counts_once() {
    // Berlin's clocks went from 03:00 to 02:00 on 25 October 2026.
    let first = Every::Day.next_after(utc("2026-10-24T12:00:00Z"), time(2, 30), &Berlin);
    assert_eq!(first, utc("2026-10-25T00:30:00Z"));
    let second = Every::Day.next_after(first, time(2, 30), &Berlin);
    assert_eq!(second, utc("2026-10-26T01:30:00Z"));
}

#[test]
fn the_last_day_stands_for_days_that_a_month_lacks() {
    let every = Every::Month { day: 31 };
    let mut at = utc("2027-01-31T00:00:00Z");
    let mut due = Vec::new();
    for _ in 0..4 {
        at = every.next_after(at, time(7, 30), &Riyadh);
        due.push(at.to_rfc3339());
    }
    assert_eq!(
        due,
        [
            "2027-01-31T04:30:00+00:00",
            "2027-02-28T04:30:00+00:00",
            "2027-03-31T04:30:00+00:00",
            "2027-04-30T04:30:00+00:00",
        ]
    );
}

#[test]
fn weeks_begin_on_monday() {
    let sunday = Every::Week { weekday: 6 };
    // A Friday.
    let next = sunday.next_after(utc("2026-11-20T09:00:00Z"), time(8, 0), &Riyadh);
    assert_eq!(next, utc("2026-11-22T05:00:00Z"));
    let next = sunday.next_after(next, time(8, 0), &Riyadh);
    assert_eq!(next, utc("2026-11-29T05:00:00Z"));
}

fn every() -> impl Strategy<Value = Every> {
    prop_oneof![
        Just(Every::Day),
        (0_u8..7).prop_map(|weekday| Every::Week { weekday }),
        (1_u8..=31).prop_map(|day| Every::Month { day }),
    ]
}

proptest! {
    #[test]
    fn what_is_due_lies_ahead_and_not_too_far(
        every in every(), at in 0_u32..1_440, seconds in 0_i64..4_000_000_000,
        zone in prop::sample::select(vec![Berlin, Riyadh, Sao_Paulo, Apia, Tz::UTC]),
    ) {
        let after = Utc.timestamp_opt(seconds, 0).single().expect("a time");
        let next = every.next_after(after, time(at / 60, at % 60), &zone);
        let most = match every {
            Every::Day => 3,
            Every::Week { .. } => 9,
            Every::Month { .. } => 33,
        };
        prop_assert!(next > after);
        prop_assert!((next - after).num_days() <= most, "{} days", (next - after).num_days());
        // Asked just before, it is the same.
        prop_assert_eq!(every.next_after(next - chrono::TimeDelta::seconds(1), time(at / 60, at % 60), &zone), next);
    }
}
