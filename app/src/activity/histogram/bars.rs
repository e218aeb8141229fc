//! Bars from buckets: the paths of the plot, and places on it in both directions.

use domain::TimeRange;
use domain::view::{Bucket, Histogram};
use std::fmt::Write as _;

/// The plot's width in its own units.
pub const WIDTH: f64 = 1_200.0;
/// The plot's height in its own units.
pub const HEIGHT: f64 = 44.0;
/// No bar with an entry is lower than this.
const LOWEST: f64 = 1.5;

/// What is drawn.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bars {
    /// Success outside the selection.
    pub calm: String,
    /// Success inside it.
    pub chosen: String,
    /// Pending.
    pub pending: String,
    /// Failed.
    pub failed: String,
}

/// The paths of the bars; those whose middle is selected are darker. Without a selection all are.
pub fn bars(buckets: &[Bucket], selection: Option<TimeRange>) -> Bars {
    let mut bars = Bars::default();
    let peak = buckets.iter().map(Bucket::total).max().unwrap_or(0).max(1) as f64;
    let step = WIDTH / buckets.len().max(1) as f64;
    let gap = (step * 0.2).clamp(0.6, 4.0);
    for (at, bucket) in buckets.iter().enumerate() {
        let total = bucket.total();
        if total == 0 {
            continue;
        }
        let middle = bucket.from + (bucket.to - bucket.from) / 2;
        let is_chosen = selection.is_none_or(|range| range.contains(middle));
        let left = at as f64 * step + gap / 2.0;
        let width = step - gap;
        // What is not normal must be seen, so its part is never thinner than a line.
        let scale = (HEIGHT - 2.0) / peak;
        let part = |count: u64| {
            if count == 0 {
                0.0
            } else {
                (count as f64 * scale).max(LOWEST)
            }
        };
        let (failed, pending) = (part(bucket.failed), part(bucket.pending));
        let whole = (total as f64 * scale).max(failed + pending + part(bucket.success).min(LOWEST));
        let success = (whole - failed - pending).max(0.0);
        let mut top = HEIGHT;
        let mut draw = |path: &mut String, height: f64| {
            if height > 0.0 {
                top -= height;
                // Writing into a string can't fail.
                let _ = write!(
                    path,
                    "M{left:.1} {top:.1}h{width:.1}v{height:.1}h-{width:.1}z"
                );
            }
        };
        draw(
            if is_chosen {
                &mut bars.chosen
            } else {
                &mut bars.calm
            },
            success,
        );
        draw(&mut bars.pending, pending);
        draw(&mut bars.failed, failed);
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
                success: *success,
                failed: *failed,
                ..Bucket::default()
            })
            .collect()
    }

    #[test]
    fn a_single_failure_among_thousands_is_still_seen() {
        let bars = bars(&buckets(&[(10_000, 1), (0, 0)]), None);
        assert!(bars.failed.contains("v1.5"));
        assert!(bars.calm.is_empty() && bars.pending.is_empty());
        assert_eq!(bars.chosen.matches('M').count(), 1);
    }

    #[test]
    fn what_is_not_selected_is_drawn_calm() {
        let bars = bars(
            &buckets(&[(5, 0), (5, 0), (5, 0)]),
            Some(TimeRange { from: 10, to: 20 }),
        );
        assert_eq!(bars.chosen.matches('M').count(), 1);
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
