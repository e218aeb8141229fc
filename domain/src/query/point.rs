//! The words of `created:`, read without a clock.

use super::Mistake;
use super::error::Fault;
use super::nearest::nearest;
use chrono::{Datelike, Days, Months, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};

/// A value of `created:`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum TimeSpec {
    /// The whole stretch that the point names.
    One(Point),
    /// From the beginning of the first to the end of the second; none for an open end.
    Range(Option<Point>, Option<Point>),
}

/// A point or stretch of time that a word names.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Point {
    /// A stretch of the calendar, `ago` whole ones before the present one.
    Period(Period, u32),
    /// So long before now.
    Ago(u32, Unit),
    /// The calendar's days from the first to before the second, on the store's clock.
    Days(NaiveDate, NaiveDate),
    /// From a time of the store's clock on, for so long.
    Local(NaiveDateTime, TimeDelta),
    /// From a time in UTC on, for so long.
    Utc(NaiveDateTime, TimeDelta),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Period {
    Day,
    Week,
    Month,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Minutes,
    Hours,
    Days,
    Weeks,
}

/// The words that name a stretch.
pub(super) const PERIODS: [(&str, Point); 6] = [
    ("today", Point::Period(Period::Day, 0)),
    ("yesterday", Point::Period(Period::Day, 1)),
    ("this_week", Point::Period(Period::Week, 0)),
    ("last_week", Point::Period(Period::Week, 1)),
    ("this_month", Point::Period(Period::Month, 0)),
    ("last_month", Point::Period(Period::Month, 1)),
];

/// The words that are proposed besides.
pub(super) const PROPOSED: [&str; 10] = [
    "today",
    "yesterday",
    "24h",
    "7d",
    "30d",
    "12w",
    "this_week",
    "last_week",
    "this_month",
    "last_month",
];

const EXPECTED: &str = "a day such as 2026-11-01, a range such as 2026-11-01..2026-11-20, or today, 24h, 7d, this_week";

/// The years that a time may have: from the first that is stored to the last with room in the order key.
const YEARS: std::ops::RangeInclusive<i32> = 1970..=2254;

/// The longest time back: a hundred years.
const MAX_DAYS_AGO: u64 = 36_525;

pub(super) fn read_time(text: &str) -> Result<TimeSpec, Fault> {
    let Some((from, to)) = text.split_once("..") else {
        return match read_point(text) {
            Ok(point) => Ok(TimeSpec::One(point)),
            Err(fault) => Err(comparison(text).unwrap_or(fault)),
        };
    };
    if from.is_empty() && to.is_empty() {
        return Err(Fault::new(
            Mistake::InvalidTime,
            "the range has no ends".to_owned(),
            "a time before or after the dots, such as 2026-11-01..",
        ));
    }
    let end = |part: &str| (!part.is_empty()).then(|| read_point(part)).transpose();
    let ends = match (end(from), end(to)) {
        (Ok(first), Ok(last)) => (first, last),
        (Err(fault), Ok(_)) => return Err(fault.embedded("", &format!("..{to}"))),
        (Ok(_), Err(fault)) => return Err(fault.embedded(&format!("{from}.."), "")),
        // With one end mended the range would be wrong still.
        (Err(fault), Err(_)) => return Err(fault.embedded("", &format!("..{to}")).proposing(None)),
    };
    if let (Some(first), Some(last)) = ends
        && let (Some(first), Some(last)) = (start_of(first), start_of(last))
        && is_reversed(first, last)
    {
        return Err(reversed(text));
    }
    Ok(TimeSpec::Range(ends.0, ends.1))
}

/// That a range ends before it begins; the proposal turns it round.
pub(super) fn reversed(text: &str) -> Fault {
    let turned = text
        .split_once("..")
        .map(|(from, to)| format!("{to}..{from}"));
    Fault::new(
        Mistake::ReversedRange,
        format!("the range {text} ends before it begins"),
        "the earlier time first",
    )
    .proposing(turned)
}

/// `>2026-11-01` and the like, as other query languages write it: understood as far as the proposal.
fn comparison(text: &str) -> Option<Fault> {
    let is_after = text.starts_with('>');
    let rest = text.strip_prefix(['>', '<'])?;
    let point = rest.strip_prefix('=').unwrap_or(rest);
    read_point(point).ok()?;
    let range = if is_after {
        format!("{point}..")
    } else {
        format!("..{point}")
    };
    Some(invalid(text).proposing(range))
}

fn read_point(text: &str) -> Result<Point, Fault> {
    let word = text.to_lowercase().replace('-', "_");
    if let Some((_, point)) = PERIODS.iter().find(|(name, _)| *name == word) {
        return Ok(*point);
    }
    let is_written = text.starts_with(|c: char| c.is_ascii_digit());
    if is_written && text.ends_with(|c: char| c.is_ascii_alphabetic()) && !text.contains(['-', ':'])
    {
        return read_ago(text);
    }
    if is_written {
        return read_written(text);
    }
    let near = nearest(&word, PERIODS.iter().map(|(name, _)| *name));
    Err(invalid(text).proposing(near.map(str::to_owned)))
}

fn invalid(text: &str) -> Fault {
    Fault::new(
        Mistake::InvalidTime,
        format!("`{text}` is not a time"),
        EXPECTED,
    )
}

/// `30m`, `24h`, `7d`, `12w`.
fn read_ago(text: &str) -> Result<Point, Fault> {
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(invalid(text));
    }
    let (unit, per_day) = match text[digits.len()..].to_ascii_lowercase().as_str() {
        "m" => (Unit::Minutes, 24 * 60),
        "h" => (Unit::Hours, 24),
        "d" => (Unit::Days, 1),
        "w" => (Unit::Weeks, 0),
        long => {
            let short = ["min", "h", "d", "w"]
                .iter()
                .find(|unit| long.starts_with(**unit));
            let proposal = short.map(|unit| format!("{digits}{}", &unit[..1]));
            return Err(invalid(text).proposing(proposal));
        }
    };
    let most = match unit {
        Unit::Weeks => MAX_DAYS_AGO / 7,
        _ => MAX_DAYS_AGO * per_day,
    };
    match digits.parse::<u32>() {
        Ok(amount) if amount > 0 && u64::from(amount) <= most => Ok(Point::Ago(amount, unit)),
        _ => Err(Fault::new(
            Mistake::TimeOutOfRange,
            format!("`{text}` is out of range"),
            format!("1 to {most} before the unit"),
        )),
    }
}

/// A year, month, day or time in digits.
fn read_written(text: &str) -> Result<Point, Fault> {
    let (date, time) = match text.split_once(['T', 't']) {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let parts: Vec<&str> = date.split('-').collect();
    let widths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    let digits = |part: &&str| part.bytes().all(|b| b.is_ascii_digit());
    if !matches!(widths.as_slice(), [4] | [4, 2] | [4, 2, 2])
        || !parts.iter().all(digits)
        || (time.is_some() && parts.len() < 3)
    {
        return Err(invalid(text).proposing(with_two_digits(&parts, time)));
    }
    let number = |at: usize| parts.get(at).map(|part| part.parse::<u32>().unwrap_or(0));
    let year = number(0).unwrap_or(0).cast_signed();
    let first = calendar_day(text, year, number(1).unwrap_or(1), number(2).unwrap_or(1))?;
    let Some(time) = time else {
        let after = match parts.len() {
            1 => first.checked_add_months(Months::new(12)),
            2 => first.checked_add_months(Months::new(1)),
            _ => first.checked_add_days(Days::new(1)),
        };
        return Ok(Point::Days(first, after.unwrap_or(first)));
    };
    read_clock(text, first, time)
}

/// `2026-1-5` as `2026-01-05`.
fn with_two_digits(parts: &[&str], time: Option<&str>) -> Option<String> {
    let [year, month, day] = parts else {
        return None;
    };
    let padded = format!("{year}-{month:0>2}-{day:0>2}");
    let is_new = padded.len() > parts.join("-").len();
    let whole = match time {
        Some(time) => format!("{padded}T{time}"),
        None => padded,
    };
    (is_new && year.len() == 4 && read_written(&whole).is_ok()).then_some(whole)
}

fn calendar_day(text: &str, year: i32, month: u32, day: u32) -> Result<NaiveDate, Fault> {
    if !YEARS.contains(&year) {
        return Err(Fault::new(
            Mistake::TimeOutOfRange,
            format!("the year {year} is out of range"),
            format!("a year from {} to {}", YEARS.start(), YEARS.end()),
        ));
    }
    if let Some(date) = NaiveDate::from_ymd_opt(year, month, day) {
        return Ok(date);
    }
    let last = NaiveDate::from_ymd_opt(year, month, 1)
        .and_then(|first| first.checked_add_months(Months::new(1)))
        .and_then(|next| next.pred_opt());
    Err(match last {
        Some(last) => Fault::new(
            Mistake::ImpossibleTime,
            format!("{year}-{month:02} has no day {day}"),
            format!("a day from 1 to {}", last.day()),
        )
        .proposing((day > 0).then(|| last.to_string())),
        None => Fault::new(
            Mistake::ImpossibleTime,
            format!("`{text}` has no month {month}"),
            "a month from 01 to 12",
        ),
    })
}

/// The part after the `T`: hours and minutes, perhaps seconds, perhaps a zone.
fn read_clock(text: &str, date: NaiveDate, time: &str) -> Result<Point, Fault> {
    let (clock, zone) = match time.find(['Z', 'z', '+', '-']) {
        Some(at) => time.split_at(at),
        None => (time, ""),
    };
    if !matches!(clock.len(), 5 | 8 | 12 | 15) {
        return Err(invalid(text));
    }
    let (clock, unit) = read_time_of_day(clock).ok_or_else(|| {
        Fault::new(
            Mistake::ImpossibleTime,
            format!("`{clock}` is not a time of day"),
            "hours and minutes from 00:00 to 23:59, such as 2026-11-01T09:00",
        )
    })?;
    let local = date.and_time(clock);
    if zone.is_empty() {
        return Ok(Point::Local(local, unit));
    }
    let offset = read_offset(zone).ok_or_else(|| {
        Fault::new(
            Mistake::InvalidTime,
            format!("`{zone}` is not a zone"),
            "Z for UTC, or an offset such as +03:00",
        )
    })?;
    Ok(Point::Utc(local - offset, unit))
}

/// `09:00`, `09:00:30`, `09:00:30.250`, `09:00:30.250001`, each with the stretch that it names.
///
/// By hand: chrono's parser of formats is large where every kilobyte is downloaded.
fn read_time_of_day(text: &str) -> Option<(NaiveTime, TimeDelta)> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut parts = whole.split(':').map(two_digits);
    let (hour, minute) = (parts.next()??, parts.next()??);
    let second = parts.next();
    if parts.next().is_some() || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (micros, unit) = match (second, fraction.len()) {
        (None, 0) => (0, TimeDelta::minutes(1)),
        (Some(_), 0) => (0, TimeDelta::seconds(1)),
        (Some(_), 3) => (
            fraction.parse::<u32>().ok()? * 1_000,
            TimeDelta::milliseconds(1),
        ),
        (Some(_), 6) => (fraction.parse().ok()?, TimeDelta::microseconds(1)),
        _ => return None,
    };
    let time = NaiveTime::from_hms_micro_opt(hour, minute, second.unwrap_or(Some(0))?, micros)?;
    Some((time, unit))
}

fn two_digits(part: &str) -> Option<u32> {
    (part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit()))
        .then(|| part.parse().ok())
        .flatten()
}

/// `Z`, `+03`, `+0300`, `-03:30`.
fn read_offset(zone: &str) -> Option<TimeDelta> {
    if zone.eq_ignore_ascii_case("z") {
        return Some(TimeDelta::zero());
    }
    let is_west = zone.starts_with('-');
    let digits = zone.get(1..)?;
    let (hours, minutes) = match digits.len() {
        2 => (digits, "00"),
        4 => digits.split_at(2),
        5 => digits.split_once(':')?,
        _ => return None,
    };
    let (hours, minutes) = (two_digits(hours)?, two_digits(minutes)?);
    if hours > 23 || minutes > 59 {
        return None;
    }
    let offset = TimeDelta::minutes(i64::from(hours * 60 + minutes));
    Some(if is_west { -offset } else { offset })
}

/// Begin and end of what the calendar alone can tell: whether it stands in UTC, and both.
fn start_of(point: Point) -> Option<(bool, NaiveDateTime, NaiveDateTime)> {
    match point {
        Point::Days(first, after) => Some((
            false,
            first.and_time(NaiveTime::MIN),
            after.and_time(NaiveTime::MIN),
        )),
        Point::Local(from, unit) => Some((false, from, from + unit)),
        Point::Utc(from, unit) => Some((true, from, from + unit)),
        Point::Period(..) | Point::Ago(..) => None,
    }
}

/// Whether two ends of one clock stand the wrong way round.
fn is_reversed(
    first: (bool, NaiveDateTime, NaiveDateTime),
    last: (bool, NaiveDateTime, NaiveDateTime),
) -> bool {
    first.0 == last.0 && first.1 >= last.2
}
