use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeZone, Utc, Weekday};
use chrono_tz::{
    Africa::Cairo, America::New_York, Asia::Riyadh, Europe::Berlin, Pacific::Apia, Tz,
};
use domain::query::{Mistake, Query, created_between, created_days};
use domain::{Test, TimeRange};
use proptest::prelude::*;

fn range_in(value: &str, now: &str, zone: Tz, week: Weekday) -> TimeRange {
    let now = DateTime::parse_from_rfc3339(now).unwrap().to_utc();
    let filter = Query::parse(&format!("created:{value}"))
        .to_filter(now, &zone, week)
        .unwrap_or_else(|errors| panic!("{value}: {errors:?}"));
    match filter.clauses[0].test {
        Test::Created(ref ranges) => ranges[0],
        ref other => panic!("{other:?}"),
    }
}

/// Friday, 20 November 2026, 12:14 in Riyadh.
fn range(value: &str) -> TimeRange {
    range_in(value, "2026-11-20T09:14:03Z", Riyadh, Weekday::Sun)
}

fn shown(range: TimeRange) -> String {
    let end = |micros: i64| match micros {
        i64::MIN | i64::MAX => "open".to_owned(),
        micros => DateTime::from_timestamp_micros(micros)
            .unwrap()
            .to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true),
    };
    format!("{} {}", end(range.from), end(range.to))
}

#[test]
fn words_and_dates_mean_the_stores_calendar() {
    for (value, expected) in [
        ("today", "2026-11-19T21:00:00Z 2026-11-20T21:00:00Z"),
        ("Yesterday", "2026-11-18T21:00:00Z 2026-11-19T21:00:00Z"),
        ("this_week", "2026-11-14T21:00:00Z 2026-11-21T21:00:00Z"),
        ("last-week", "2026-11-07T21:00:00Z 2026-11-14T21:00:00Z"),
        ("this_month", "2026-10-31T21:00:00Z 2026-11-30T21:00:00Z"),
        ("last_month", "2026-09-30T21:00:00Z 2026-10-31T21:00:00Z"),
        ("7d", "2026-11-13T09:14:03Z open"),
        ("30d", "2026-10-21T09:14:03Z open"),
        ("24h", "2026-11-19T09:14:03Z open"),
        ("30m", "2026-11-20T08:44:03Z open"),
        ("12w", "2026-08-28T09:14:03Z open"),
        ("2026-11-01", "2026-10-31T21:00:00Z 2026-11-01T21:00:00Z"),
        ("2026-11", "2026-10-31T21:00:00Z 2026-11-30T21:00:00Z"),
        ("2026", "2025-12-31T21:00:00Z 2026-12-31T21:00:00Z"),
        ("2024-02-29", "2024-02-28T21:00:00Z 2024-02-29T21:00:00Z"),
        (
            "2026-11-01T09:00",
            "2026-11-01T06:00:00Z 2026-11-01T06:01:00Z",
        ),
        (
            "2026-11-01t09:00:30",
            "2026-11-01T06:00:30Z 2026-11-01T06:00:31Z",
        ),
        (
            "2026-11-01T09:00:30.250",
            "2026-11-01T06:00:30.250Z 2026-11-01T06:00:30.251Z",
        ),
        (
            "2026-11-01T09:00Z",
            "2026-11-01T09:00:00Z 2026-11-01T09:01:00Z",
        ),
        (
            "2026-11-01T09:00+03:30",
            "2026-11-01T05:30:00Z 2026-11-01T05:31:00Z",
        ),
        (
            "2026-11-01T09:00:00-0500",
            "2026-11-01T14:00:00Z 2026-11-01T14:00:01Z",
        ),
        (
            "2026-11-01T09:00+03",
            "2026-11-01T06:00:00Z 2026-11-01T06:01:00Z",
        ),
    ] {
        assert_eq!(shown(range(value)), expected, "{value}");
    }
}

#[test]
fn a_range_holds_the_whole_of_both_ends() {
    for (value, expected) in [
        (
            "2026-11-01..2026-11-20",
            "2026-10-31T21:00:00Z 2026-11-20T21:00:00Z",
        ),
        (
            "2026-11-01..2026-11-01",
            "2026-10-31T21:00:00Z 2026-11-01T21:00:00Z",
        ),
        (
            "2026-11-01T09:00..2026-11-01T09:00",
            "2026-11-01T06:00:00Z 2026-11-01T06:01:00Z",
        ),
        (
            "2026-11-01T09:00..2026-11-01",
            "2026-11-01T06:00:00Z 2026-11-01T21:00:00Z",
        ),
        (
            "2026-11-01..2026-11-01T09:00",
            "2026-10-31T21:00:00Z 2026-11-01T06:01:00Z",
        ),
        ("2026-11-01..", "2026-10-31T21:00:00Z open"),
        ("..2026-11-01", "open 2026-11-01T21:00:00Z"),
        (
            "yesterday..today",
            "2026-11-18T21:00:00Z 2026-11-20T21:00:00Z",
        ),
        ("last_month..", "2026-09-30T21:00:00Z open"),
        ("30d..7d", "2026-10-21T09:14:03Z 2026-11-13T09:14:03Z"),
        ("..7d", "open 2026-11-13T09:14:03Z"),
        ("7d..", "2026-11-13T09:14:03Z open"),
        (
            "2026-09..2026-10",
            "2026-08-31T21:00:00Z 2026-10-31T21:00:00Z",
        ),
    ] {
        assert_eq!(shown(range(value)), expected, "{value}");
    }
}

#[test]
fn several_times_are_any_of_them() {
    let filter = Query::parse("created:today,2026-11-01")
        .to_filter(crate::samples::now(), &Utc, Weekday::Mon)
        .unwrap();
    assert!(matches!(&filter.clauses[0].test, Test::Created(ranges) if ranges.len() == 2));
}

#[test]
fn a_week_begins_when_the_store_says() {
    let week = |now: &str, first: Weekday| shown(range_in("this_week", now, Tz::UTC, first));
    for (now, first, expected) in [
        (
            "2026-11-20T12:00:00Z",
            Weekday::Mon,
            "2026-11-16T00:00:00Z 2026-11-23T00:00:00Z",
        ),
        (
            "2026-11-20T12:00:00Z",
            Weekday::Sat,
            "2026-11-14T00:00:00Z 2026-11-21T00:00:00Z",
        ),
        (
            "2026-11-20T12:00:00Z",
            Weekday::Fri,
            "2026-11-20T00:00:00Z 2026-11-27T00:00:00Z",
        ),
        (
            "2026-11-16T00:00:00Z",
            Weekday::Mon,
            "2026-11-16T00:00:00Z 2026-11-23T00:00:00Z",
        ),
        (
            "2026-11-15T23:59:59Z",
            Weekday::Mon,
            "2026-11-09T00:00:00Z 2026-11-16T00:00:00Z",
        ),
    ] {
        assert_eq!(week(now, first), expected);
    }
}

#[test]
fn the_day_is_the_stores_and_not_the_servers() {
    let today = |now: &str, zone: Tz| shown(range_in("today", now, zone, Weekday::Mon));
    assert_eq!(
        today("2026-11-20T23:30:00Z", Riyadh),
        "2026-11-20T21:00:00Z 2026-11-21T21:00:00Z"
    );
    assert_eq!(
        today("2026-11-20T03:30:00Z", New_York),
        "2026-11-19T05:00:00Z 2026-11-20T05:00:00Z"
    );
    let month = shown(range_in(
        "last_month",
        "2026-01-01T02:00:00Z",
        New_York,
        Weekday::Mon,
    ));
    assert_eq!(month, "2025-11-01T04:00:00Z 2025-12-01T05:00:00Z");
}

#[test]
fn days_around_a_change_of_the_clocks_have_23_and_25_hours() {
    let hours = |value: &str, zone: Tz| {
        let range = range_in(value, "2026-06-01T00:00:00Z", zone, Weekday::Mon);
        (range.to - range.from) / 3_600_000_000
    };
    assert_eq!(hours("2026-03-29", Berlin), 23);
    assert_eq!(hours("2026-10-25", Berlin), 25);
    assert_eq!(hours("2026-10-26", Berlin), 24);
    // Cairo's clocks jump from midnight to one, and fall from midnight to eleven.
    assert_eq!(hours("2026-04-24", Cairo), 23);
    assert_eq!(hours("2026-10-29", Cairo), 25);
    assert_eq!(hours("2026-03", Berlin), 31 * 24 - 1);
}

#[test]
fn a_time_shown_twice_counts_from_its_first_to_its_last_moment() {
    let berlin = |value: &str| {
        shown(range_in(
            value,
            "2026-12-01T00:00:00Z",
            Berlin,
            Weekday::Mon,
        ))
    };
    assert_eq!(
        berlin("2026-10-25T02:30"),
        "2026-10-25T00:30:00Z 2026-10-25T01:31:00Z"
    );
    assert_eq!(
        berlin("2026-10-25T02:30..2026-10-25T02:40"),
        "2026-10-25T00:30:00Z 2026-10-25T01:41:00Z"
    );
    assert_eq!(
        berlin("2026-10-25T02:30+02:00"),
        "2026-10-25T00:30:00Z 2026-10-25T00:31:00Z"
    );
}

#[test]
fn a_time_that_the_clocks_skip_is_the_moment_of_the_skip() {
    let berlin = |value: &str| {
        shown(range_in(
            value,
            "2026-12-01T00:00:00Z",
            Berlin,
            Weekday::Mon,
        ))
    };
    assert_eq!(berlin("2026-03-29T02:30.."), "2026-03-29T01:00:00Z open");
    assert_eq!(berlin("..2026-03-29T02:30"), "open 2026-03-29T01:00:00Z");
    assert_eq!(
        berlin("2026-03-29T01:30..2026-03-29T02:30"),
        "2026-03-29T00:30:00Z 2026-03-29T01:00:00Z"
    );
    let nothing = range_in(
        "2026-03-29T02:30..2026-03-29T02:40",
        "2026-12-01T00:00:00Z",
        Berlin,
        Weekday::Mon,
    );
    assert!(nothing.is_empty());
    // Samoa had no 30 December 2011.
    let skipped = range_in("2011-12-30", "2012-06-01T00:00:00Z", Apia, Weekday::Mon);
    assert!(skipped.is_empty());
    let around = range_in(
        "2011-12-29..2011-12-31",
        "2012-06-01T00:00:00Z",
        Apia,
        Weekday::Mon,
    );
    assert_eq!((around.to - around.from) / 3_600_000_000, 48);
}

#[test]
fn days_ago_have_the_same_time_of_day() {
    let ago = |value: &str| {
        shown(range_in(
            value,
            "2026-10-26T12:00:00Z",
            Berlin,
            Weekday::Mon,
        ))
    };
    assert_eq!(ago("2d"), "2026-10-24T11:00:00Z open");
    assert_eq!(ago("48h"), "2026-10-24T12:00:00Z open");
    assert_eq!(ago("1w"), "2026-10-19T11:00:00Z open");
}

#[test]
fn a_range_that_only_the_clock_shows_to_be_reversed_is_refused() {
    for (value, proposal) in [
        ("today..yesterday", "yesterday..today"),
        ("7d..30d", "30d..7d"),
        ("today..2026-11-01", "2026-11-01..today"),
        ("2027-01-01..today", "today..2027-01-01"),
    ] {
        let query = Query::parse(&format!("linen created:{value}"));
        assert!(query.is_valid(), "{value}");
        let errors = query
            .to_filter(crate::samples::now(), &Utc, Weekday::Mon)
            .unwrap_err();
        assert_eq!(errors[0].mistake, Mistake::ReversedRange);
        assert_eq!((errors[0].from, errors[0].to), (14, 14 + value.len()));
        assert_eq!(errors[0].proposal.as_deref(), Some(proposal));
    }
}

fn local(text: &str) -> NaiveDateTime {
    NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").unwrap()
}

#[test]
fn a_brushed_stretch_is_written_as_short_as_it_can_be() {
    for (from, to, written) in [
        (
            "2026-11-16 00:00:00",
            "2026-11-21 00:00:00",
            "2026-11-16..2026-11-20",
        ),
        ("2026-11-16 00:00:00", "2026-11-17 00:00:00", "2026-11-16"),
        (
            "2026-11-16 06:00:00",
            "2026-11-16 12:00:00",
            "2026-11-16T06:00..2026-11-16T11:59",
        ),
        (
            "2026-11-16 06:00:00",
            "2026-11-16 06:01:00",
            "2026-11-16T06:00",
        ),
        (
            "2026-11-16 06:00:10",
            "2026-11-16 06:00:20",
            "2026-11-16T06:00:10..2026-11-16T06:00:19",
        ),
        (
            "2026-11-16 06:00:00",
            "2026-11-16 06:00:00",
            "2026-11-16T06:00",
        ),
    ] {
        assert_eq!(created_between(local(from), local(to)), written);
    }
}

#[test]
fn the_calendar_marks_the_days_of_a_value() {
    let day = |text: &str| text.parse::<NaiveDate>().ok();
    let days = |value: &str| created_days(value, local("2026-11-20 12:14:03"), Weekday::Sun);
    for (value, first, last) in [
        ("today", "2026-11-20", "2026-11-20"),
        ("this_week", "2026-11-15", "2026-11-21"),
        ("2026-11-01..2026-11-20", "2026-11-01", "2026-11-20"),
        (
            "2026-11-16T06:00..2026-11-17T11:59",
            "2026-11-16",
            "2026-11-17",
        ),
        ("7d", "2026-11-13", ""),
        ("..2026-11-01", "", "2026-11-01"),
    ] {
        assert_eq!(days(value), Some((day(first), day(last))), "{value}");
    }
    assert_eq!(days("never"), None);
    assert_eq!(days("today..yesterday"), None);
}

fn minute() -> impl Strategy<Value = NaiveDateTime> {
    (0i64..100 * 365 * 24 * 60).prop_map(|minutes| {
        DateTime::from_timestamp(minutes * 60, 0)
            .unwrap()
            .naive_utc()
    })
}

fn zone() -> impl Strategy<Value = Tz> {
    prop::sample::select(vec![
        Tz::UTC,
        Riyadh,
        Berlin,
        New_York,
        Cairo,
        Apia,
        Tz::Asia__Kathmandu,
        Tz::Australia__Lord_Howe,
    ])
}

proptest! {
    #[test]
    fn days_follow_each_other_without_gap_or_overlap(day in 366u64..60_000, zone in zone()) {
        let date = NaiveDate::from_ymd_opt(1970, 1, 1).unwrap() + chrono::Days::new(day);
        let next = date.succ_opt().unwrap();
        let at = |date: NaiveDate| range_in(&date.to_string(), "2026-06-01T00:00:00Z", zone, Weekday::Mon);
        prop_assert_eq!(at(date).to, at(next).from);
        prop_assert!(at(date).from <= at(date).to);
    }

    #[test]
    fn what_the_brush_wrote_means_what_was_brushed(a in minute(), b in minute(), zone in zone()) {
        let (from, to) = (a.min(b), a.max(b));
        prop_assume!(from < to);
        let written = created_between(from, to);
        let range = range_in(&written, "2026-06-01T00:00:00Z", zone, Weekday::Mon);
        if let (Some(first), Some(after)) = (
            zone.from_local_datetime(&from).single(),
            zone.from_local_datetime(&to).single(),
        ) {
            // At the seam of a skip the last minute may be missing; elsewhere both are exact.
            prop_assert_eq!(range.from, first.timestamp_micros());
            let before = zone.from_local_datetime(&(to - chrono::TimeDelta::minutes(1))).single();
            if before.is_some() {
                prop_assert_eq!(range.to, after.timestamp_micros());
            }
        }
    }

    #[test]
    fn any_value_of_created_is_a_range_or_a_mistake(value in "[0-9dhmwTZ:.+-]{1,24}|(today|last_week|[0-9]{1,4}[dhmw]|2026-[01][0-9]-[0-3][0-9])?(\\.\\.)?(today|[0-9]{1,4}[dhmw]|2026-[01][0-9]-[0-3][0-9](T[0-2][0-9]:[0-9]{2}(Z|\\+0[0-9]:00)?)?)?", zone in zone()) {
        let query = Query::parse(&format!("created:{value}"));
        match query.to_filter(crate::samples::now(), &zone, Weekday::Sat) {
            Ok(filter) => prop_assert!(filter.time_range().from <= filter.time_range().to),
            Err(errors) => prop_assert!(!errors.is_empty()),
        }
    }
}
