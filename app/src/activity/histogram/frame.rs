//! Which stretch of time the bars cover when the query selects a part of it.

use domain::{Clause, Filter, Test, TimeRange};

/// A fresh frame is this many times as long as the selection.
const TIMES: i64 = 6;
/// A frame is kept while the selection fills at least this part of it.
const SMALLEST_PART: i64 = 20;
/// A frame is never shorter than this many microseconds: a minute's bars can't be split.
const SHORTEST: i64 = 60 * 60 * 1_000_000;

/// The frame of a selection: the one there is while the selection can be seen and moved in it, else a
/// stretch around the selection that ends no later than now. All times in microseconds since 1970 UTC.
pub fn frame_of(selection: TimeRange, kept: Option<TimeRange>, now: i64) -> TimeRange {
    let end = selection.to.min(now.max(selection.from.saturating_add(1)));
    if selection.from <= 0 {
        return TimeRange {
            from: selection.from,
            to: end,
        };
    }
    let length = end.saturating_sub(selection.from).max(1);
    if let Some(kept) = kept
        && kept.from <= selection.from
        && end <= kept.to
        && kept.to.saturating_sub(kept.from) / SMALLEST_PART <= length
    {
        return kept;
    }
    let frame = length.saturating_mul(TIMES).max(SHORTEST);
    let to = end.saturating_add((frame - length) / 3).min(now.max(end));
    TimeRange {
        from: to.saturating_sub(frame).max(0),
        to,
    }
}

/// The filter with its positive times replaced by a frame.
pub fn within(filter: Filter, frame: TimeRange) -> Filter {
    let mut clauses: Vec<Clause> = filter
        .clauses
        .into_iter()
        .filter(|clause| clause.is_negated || !matches!(clause.test, Test::Created(_)))
        .collect();
    clauses.push(Clause {
        is_negated: false,
        test: Test::Created(vec![frame]),
    });
    Filter { clauses }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400_000_000;

    #[test]
    fn five_days_up_to_now_stand_at_the_end_of_thirty() {
        let now = 20_000 * DAY;
        let selection = TimeRange {
            from: now - 5 * DAY,
            to: i64::MAX,
        };
        assert_eq!(
            frame_of(selection, None, now),
            TimeRange {
                from: now - 30 * DAY,
                to: now
            }
        );
    }

    #[test]
    fn a_frame_stays_while_the_selection_can_be_seen_in_it() {
        let now = 20_000 * DAY;
        let kept = TimeRange {
            from: now - 120 * DAY,
            to: now,
        };
        let month = TimeRange {
            from: now - 60 * DAY,
            to: now - 30 * DAY,
        };
        assert_eq!(frame_of(month, Some(kept), now), kept);
        let day = TimeRange {
            from: now - 60 * DAY,
            to: now - 59 * DAY,
        };
        let zoomed = frame_of(day, Some(kept), now);
        assert_eq!(zoomed.to - zoomed.from, 6 * DAY);
        assert!(zoomed.from < day.from && day.to < zoomed.to);
    }

    #[test]
    fn only_positive_times_give_way_to_the_frame() {
        let created = |is_negated, from| Clause {
            is_negated,
            test: Test::Created(vec![TimeRange { from, to: from + 1 }]),
        };
        let filter = Filter {
            clauses: vec![created(false, 1), created(true, 5)],
        };
        let frame = TimeRange { from: 0, to: 9 };
        let within = within(filter, frame);
        assert_eq!(within.clauses.len(), 2);
        assert_eq!(within.time_range(), frame);
    }
}
