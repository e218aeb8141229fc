//! Bars from buckets: the paths of the plot, and places on it in both directions.

use domain::TimeRange;
use domain::view::{self, BucketWidth};
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;

/// The plot's width in its own units.
pub const WIDTH: f64 = 1_200.0;
/// The plot's height in its own units.
pub const HEIGHT: f64 = 44.0;
/// No bar with an entry is lower than this.
const LOWEST: f64 = 1.5;

/// A log over time, whatever it is a log of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Histogram {
    /// Oldest first, without gaps; also those without an entry.
    pub buckets: Vec<Bucket>,
    /// How wide they are.
    pub width: BucketWidth,
    /// False when only the newest entries were counted.
    pub is_exact: bool,
}

/// What fell into one stretch of time.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Bucket {
    /// Its first microsecond since 1970 UTC.
    pub from: i64,
    /// The first microsecond after it.
    pub to: i64,
    /// What the store's clock adds to UTC at `from`, in minutes.
    pub offset_minutes: i32,
    /// The same at `to`: another where the clock is changed in between.
    pub to_offset_minutes: i32,
    /// How many of each part of the log's legend, in its order.
    pub parts: Vec<u64>,
}

impl Bucket {
    /// All parts together.
    pub fn total(&self) -> u64 {
        self.parts.iter().sum()
    }

    /// How many of a part of the legend.
    pub fn of(&self, part: usize) -> u64 {
        self.parts.get(part).copied().unwrap_or(0)
    }
}

impl From<view::Histogram> for Histogram {
    fn from(histogram: view::Histogram) -> Self {
        let bucket = |bucket: view::Bucket| Bucket {
            from: bucket.from,
            to: bucket.to,
            offset_minutes: bucket.offset_minutes,
            to_offset_minutes: bucket.to_offset_minutes,
            parts: vec![bucket.success, bucket.pending, bucket.failed],
        };
        Self {
            buckets: histogram.buckets.into_iter().map(bucket).collect(),
            width: histogram.width,
            is_exact: histogram.is_exact,
        }
    }
}

/// What is drawn.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bars {
    /// The first part, which is normal, outside the selection.
    pub calm: String,
    /// Each part of the legend, the first one inside the selection.
    pub parts: Vec<String>,
}

/// How high each part of a bar is where an entry alone is as high as `one`.
fn heights(bucket: &Bucket, one: f64) -> Vec<f64> {
    // What is not normal must be seen, so its part is never thinner than a line.
    let part = |count: &u64| {
        if *count == 0 {
            0.0
        } else {
            (*count as f64 * one).max(LOWEST)
        }
    };
    let mut heights: Vec<f64> = bucket.parts.iter().map(part).collect();
    let beside: f64 = heights.iter().skip(1).sum();
    if let Some(normal) = heights.first_mut().filter(|height| **height > 0.0) {
        *normal = (bucket.total() as f64 * one - beside).max(LOWEST);
    }
    // Many thin parts must not push the last one out of the plot.
    let over = heights.iter().sum::<f64>() - HEIGHT;
    if over > 0.0
        && let Some(highest) = heights.iter_mut().max_by(|one, other| one.total_cmp(other))
    {
        *highest -= over;
    }
    heights
}

/// The paths of the bars; those whose middle is selected are darker. Without a selection all are.
pub fn bars(buckets: &[Bucket], selection: Option<TimeRange>) -> Bars {
    let parts = buckets.iter().map(|bucket| bucket.parts.len()).max();
    let mut bars = Bars {
        calm: String::new(),
        parts: vec![String::new(); parts.unwrap_or(0)],
    };
    let peak = buckets.iter().map(Bucket::total).max().unwrap_or(0).max(1) as f64;
    let step = WIDTH / buckets.len().max(1) as f64;
    let gap = (step * 0.2).clamp(0.6, 4.0);
    for (at, bucket) in buckets.iter().enumerate() {
        let middle = bucket.from + (bucket.to - bucket.from) / 2;
        let is_chosen = selection.is_none_or(|range| range.contains(middle));
        let left = at as f64 * step + gap / 2.0;
        let width = step - gap;
        let mut top = HEIGHT;
        let heights = heights(bucket, (HEIGHT - 2.0) / peak);
        for (part, height) in heights.into_iter().enumerate() {
            if height <= 0.0 {
                continue;
            }
            top -= height;
            let path = if part == 0 && !is_chosen {
                &mut bars.calm
            } else {
                &mut bars.parts[part]
            };
            // Writing into a string can't fail.
            let _ = write!(
                path,
                "M{left:.1} {top:.1}h{width:.1}v{height:.1}h-{width:.1}z"
            );
        }
    }
    bars
}

/// The time that all bars cover.
pub fn frame(histogram: &Histogram) -> Option<TimeRange> {
    Some(TimeRange {
        from: histogram.buckets.first()?.from,
        to: histogram.buckets.last()?.to,
    })
}

/// The bucket at a part (0 to 1) of the plot's width.
pub fn bucket_at(buckets: &[Bucket], part: f64) -> usize {
    let at = (part.clamp(0.0, 1.0) * buckets.len() as f64).floor() as usize;
    at.min(buckets.len().saturating_sub(1))
}

/// A stretch of bars, both ends included: what is being dragged or selected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The first bar.
    pub first: usize,
    /// The bar after the last one.
    pub end: usize,
}

impl Span {
    /// Between two bars in any order, both included.
    pub fn between(one: usize, other: usize) -> Self {
        Self {
            first: one.min(other),
            end: one.max(other) + 1,
        }
    }

    /// The bars that a selection touches; none when it covers nothing of the plot or all of it.
    pub fn of(buckets: &[Bucket], selection: TimeRange) -> Option<Self> {
        let first = buckets.iter().position(|b| b.to > selection.from)?;
        let end = buckets.iter().rposition(|b| b.from < selection.to)? + 1;
        (first < end && end - first < buckets.len()).then_some(Self { first, end })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buckets(totals: &[(u64, u64)]) -> Vec<Bucket> {
        totals
            .iter()
            .enumerate()
            .map(|(at, (success, failed))| Bucket {
                from: at as i64 * 10,
                to: at as i64 * 10 + 10,
                parts: vec![*success, 0, *failed],
                ..Bucket::default()
            })
            .collect()
    }

    #[test]
    fn a_single_failure_among_thousands_is_still_seen() {
        let bars = bars(&buckets(&[(10_000, 1), (0, 0)]), None);
        assert!(bars.parts[2].contains("v1.5"));
        assert!(bars.calm.is_empty() && bars.parts[1].is_empty());
        assert_eq!(bars.parts[0].matches('M').count(), 1);
    }

    #[test]
    fn each_of_many_parts_is_seen_and_none_leaves_the_plot() {
        for parts in [vec![0, 10_000, 1, 1, 1, 1], vec![10_000, 1, 1, 1, 1, 1]] {
            let bucket = Bucket {
                to: 10,
                parts,
                ..Bucket::default()
            };
            let heights = heights(&bucket, (HEIGHT - 2.0) / bucket.total() as f64);
            let seen = heights.iter().filter(|height| **height >= LOWEST).count();
            assert_eq!(seen, bucket.parts.iter().filter(|n| **n > 0).count());
            assert!(heights.iter().sum::<f64>() <= HEIGHT + 0.001);
            let paths = bars(&[bucket], None).parts;
            assert_eq!(paths.iter().filter(|path| !path.is_empty()).count(), seen);
        }
    }

    #[test]
    fn what_is_not_selected_is_drawn_calm() {
        let bars = bars(
            &buckets(&[(5, 0), (5, 0), (5, 0)]),
            Some(TimeRange { from: 10, to: 20 }),
        );
        assert_eq!(bars.parts[0].matches('M').count(), 1);
        assert_eq!(bars.calm.matches('M').count(), 2);
    }

    #[test]
    fn a_span_covers_the_bars_that_the_selection_touches() {
        let buckets = buckets(&[(1, 0), (1, 0), (1, 0), (1, 0)]);
        let span = Span::of(&buckets, TimeRange { from: 12, to: 30 });
        assert_eq!(span, Some(Span { first: 1, end: 3 }));
        assert_eq!(Span::of(&buckets, TimeRange::ALL), None);
        assert_eq!(Span::between(2, 0), Span { first: 0, end: 3 });
    }

    #[test]
    fn places_stay_on_the_plot() {
        let buckets = buckets(&[(1, 0), (1, 0)]);
        assert_eq!(bucket_at(&buckets, -1.0), 0);
        assert_eq!(bucket_at(&buckets, 0.6), 1);
        assert_eq!(bucket_at(&buckets, 1.0), 1);
    }
}
