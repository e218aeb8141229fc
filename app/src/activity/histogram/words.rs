//! The plot in words.

use super::bars::{Bucket, Span};
use crate::activity::calls::Plot;
use crate::activity::clock::{clock_short, local, of_micros};
use crate::activity::search::Search;
use crate::activity::words::{day_short, number, range_words};
use crate::i18n::{Locale, tr};
use chrono::{Datelike, NaiveDate, NaiveDateTime, TimeDelta};
use domain::view::{BucketWidth, Count};

/// How many labels the axis has.
const LABELS: usize = 5;

/// When a bar begins, on the store's clock.
pub fn begin(bucket: &Bucket) -> NaiveDateTime {
    local(of_micros(bucket.from), bucket.offset_minutes)
}

/// When it ends.
pub fn end(bucket: &Bucket) -> NaiveDateTime {
    local(of_micros(bucket.to), bucket.to_offset_minutes)
}

/// `by six hours, `.
pub fn width_words(locale: Locale, width: BucketWidth) -> &'static str {
    match width {
        BucketWidth::Minute => tr!(locale, activity.plot.by_minute),
        BucketWidth::QuarterHour => tr!(locale, activity.plot.by_quarter_hour),
        BucketWidth::Hour => tr!(locale, activity.plot.by_hour),
        BucketWidth::SixHours => tr!(locale, activity.plot.by_six_hours),
        BucketWidth::Day => tr!(locale, activity.plot.by_day),
        BucketWidth::Week => tr!(locale, activity.plot.by_week),
        BucketWidth::Month => tr!(locale, activity.plot.by_month),
    }
}

/// The time of some bars: `16–20 Nov`.
pub fn stretch(locale: Locale, buckets: &[Bucket], span: Span, today: NaiveDate) -> String {
    let (Some(first), Some(last)) = (
        buckets.get(span.first),
        buckets.get(span.end.wrapping_sub(1)),
    ) else {
        return String::new();
    };
    range_words(locale, begin(first), end(last), today)
}

/// `Sent 9, Failed 3`: the parts that hold something, as the legend names and counts them.
fn told(log: Search, of: impl Fn(usize) -> u64) -> String {
    let parts = log.kind.legend.iter().enumerate();
    let parts: Vec<String> = parts
        .map(|(at, part)| (part, of(at)))
        .filter(|(_, n)| *n > 0)
        .map(|(part, n)| {
            let label = log.value_label(part.qualifier, part.value);
            format!("{} {}", label.unwrap_or(part.value), number(n))
        })
        .collect();
    parts.join(tr!(log.locale, activity.comma))
}

/// A bar: when, how many, and of what when that is not all normal.
pub fn described(log: Search, bucket: &Bucket) -> String {
    let (locale, today) = (log.locale, log.today());
    let count = Count {
        count: bucket.total(),
        is_exact: true,
    };
    let mut text = format!(
        "{} · {}",
        range_words(locale, begin(bucket), end(bucket), today),
        log.entries(count)
    );
    if bucket.of(0) < bucket.total() {
        text.push_str(tr!(locale, activity.comma));
        text.push_str(&told(log, |part| bucket.of(part)));
    }
    text
}

/// The text that stands for the picture.
pub fn equivalent(log: Search, plot: &Plot) -> String {
    let (locale, today) = (log.locale, log.today());
    let buckets = &plot.histogram.buckets;
    let total: u64 = buckets.iter().map(Bucket::total).sum();
    let parts = told(log, |part| {
        buckets.iter().map(|bucket| bucket.of(part)).sum()
    });
    let whole = stretch(
        locale,
        buckets,
        Span {
            first: 0,
            end: buckets.len(),
        },
        today,
    );
    if total == 0 {
        return tr!(locale, activity.plot.nothing).to_owned();
    }
    let peak = buckets.iter().max_by_key(|bucket| bucket.total());
    tr!(
        locale,
        activity.plot.equivalent,
        entries = log.entries(Count {
            count: total,
            is_exact: plot.histogram.is_exact
        }),
        time = whole,
        parts = parts,
        peak = peak.map_or_else(String::new, |b| range_words(
            locale,
            begin(b),
            end(b),
            today
        ))
    )
}

/// Labels for the axis, each with the part (0 to 1) of the plot's width at which its bar begins: the first and the last
/// bar and some between, evenly; none between for so few bars that two would be the same one's. Of a short time the
/// last label is its end.
pub fn axis(locale: Locale, buckets: &[Bucket], today: NaiveDate) -> Vec<(f64, String)> {
    let (Some(first), Some(last)) = (buckets.first(), buckets.last()) else {
        return Vec::new();
    };
    let length = end(last) - begin(first);
    (0..LABELS)
        .filter_map(|at| {
            let place = at * (buckets.len() - 1) / (LABELS - 1);
            let is_last = at + 1 == LABELS;
            let part = |bars: usize| bars as f64 / buckets.len() as f64;
            if at > 0 && !is_last && buckets.len() < LABELS {
                return Some((part(place), String::new()));
            }
            let bucket = buckets.get(place)?;
            let (part, time) = if is_last && length <= TimeDelta::days(2) {
                (part(place + 1), end(bucket))
            } else {
                (part(place), begin(bucket))
            };
            let words = if length <= TimeDelta::days(2) {
                clock_short(time)
            } else if length <= TimeDelta::days(4) {
                format!(
                    "{} {}",
                    day_short(locale, time.date(), today),
                    clock_short(time)
                )
            } else if time.year() == today.year() {
                day_short(locale, time.date(), today)
            } else {
                crate::activity::words::month_and_year(locale, time.date())
            };
            Some((part, words))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{DateTime, NaiveTime};

    #[test]
    fn a_bar_in_which_the_clock_is_changed_ends_on_the_clock_of_its_end() {
        let micros = |text: &str| {
            DateTime::parse_from_rfc3339(text)
                .unwrap()
                .timestamp_micros()
        };
        // March in Berlin: the clock is set forward on the 29th.
        let march = Bucket {
            from: micros("2026-02-28T23:00:00Z"),
            to: micros("2026-03-31T22:00:00Z"),
            offset_minutes: 60,
            to_offset_minutes: 120,
            ..Bucket::default()
        };
        let midnight = |text: &str| text.parse::<NaiveDate>().unwrap().and_time(NaiveTime::MIN);
        assert_eq!(begin(&march), midnight("2026-03-01"));
        assert_eq!(end(&march), midnight("2026-04-01"));
        let today = "2026-11-20".parse().unwrap();
        let whole = Span { first: 0, end: 1 };
        assert_eq!(stretch(Locale::en, &[march], whole, today), "1–31 Mar");
    }

    #[test]
    fn a_label_stands_at_its_bar_and_few_bars_have_them_at_both_ends_alone() {
        let start = DateTime::parse_from_rfc3339("2026-11-20T09:17:00Z").unwrap();
        let minute = |at: i64| Bucket {
            from: (start + TimeDelta::minutes(at)).timestamp_micros(),
            to: (start + TimeDelta::minutes(at + 1)).timestamp_micros(),
            ..Bucket::default()
        };
        let today = "2026-11-20".parse().unwrap();
        let labels = |count: i64| {
            let buckets: Vec<Bucket> = (0..count).map(minute).collect();
            axis(Locale::en, &buckets, today)
        };
        let words = |count| -> Vec<String> { labels(count).into_iter().map(|(_, w)| w).collect() };
        assert_eq!(words(4), ["09:17", "", "", "", "09:21"]);
        assert_eq!(words(5), ["09:17", "09:18", "09:19", "09:20", "09:22"]);
        // Of six bars the third label is the third bar's, and stands where that begins.
        let placed: Vec<(i64, String)> = labels(6)
            .into_iter()
            .map(|(part, words)| ((part * 6.0).round() as i64, words))
            .collect();
        let expected = [
            (0, "09:17"),
            (1, "09:18"),
            (2, "09:19"),
            (3, "09:20"),
            (6, "09:23"),
        ];
        assert_eq!(placed, expected.map(|(bar, words)| (bar, words.to_owned())));
    }
}
