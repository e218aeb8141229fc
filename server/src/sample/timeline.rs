//! The story day by day: what people do, and between it the hum of machines that makes the number exact.

use super::draft::Draft;
use super::people::store;
use super::plan::busyness;
use super::rhythm::{Rhythm, day_of, end_of_day};
use super::world::World;
use super::{ACTIVITIES, DAYS, SampleRecord};
use chrono::{DateTime, TimeDelta, Utc};
use domain::Activity;

/// The trace of the first activity: it stands at the very start of the story.
pub(super) const FIRST: &str = "maison-noor-opens";
/// The trace of the last activity: where it stands, the story is complete.
pub(super) const LAST: &str = "maison-noor-so-far";

/// How many activities an ordinary day has when the story doesn't end.
const A_DAY: f64 = 480.0;
/// How many orders there are in the story, about.
const ORDERS: f64 = 4_450.0;
/// What each of the last days keeps free, so that the last one need not be cut short when it turns out busy.
const SLACK: f64 = 1.35;
const LAST_DAYS: TimeDelta = TimeDelta::days(8);

/// The records of the sample store in the order of their times, made a day at a time.
pub(super) struct Timeline {
    world: World,
    from: DateTime<Utc>,
    /// When the story ends and how many entries of the log are still to come until then.
    until: Option<(DateTime<Utc>, usize)>,
    /// Records of a day that belong to the next.
    late: Vec<(DateTime<Utc>, SampleRecord)>,
    ready: std::vec::IntoIter<(DateTime<Utc>, SampleRecord)>,
}

impl Timeline {
    /// The story of the [`DAYS`] days before `now`.
    pub fn until(seed: u64, now: DateTime<Utc>) -> Self {
        let start = now - TimeDelta::days(DAYS);
        let mut timeline = Self::new(seed, start, Some((now, ACTIVITIES)));
        let mut weight = 0.0;
        let mut from = start;
        while from < now {
            let to = end_of_day(from).min(now);
            weight += Rhythm::Web.factor(day_of(from)) * Rhythm::Web.share(from, to);
            from = to;
        }
        timeline.world.orders_a_day = ORDERS / weight;
        timeline
    }

    /// A story without end.
    pub fn endless(seed: u64, start: DateTime<Utc>) -> Self {
        Self::new(seed, start, None)
    }

    fn new(seed: u64, start: DateTime<Utc>, until: Option<(DateTime<Utc>, usize)>) -> Self {
        let mut world = World::new(seed, start);
        for at in 0..world.customers.len() {
            let record = world.customers[at].record();
            world.note(record);
        }
        let words = format!(
            "Took over {} products and {} customers from the old shop",
            world.products.len(),
            world.customers.len()
        );
        let opening = Draft::new("job.completed", store())
            .on(super::draft::thing(
                "job",
                "job_4100",
                "Move to the new shop",
            ))
            .says(words)
            .traced(FIRST);
        world.put(opening);
        Self {
            world,
            from: start,
            until,
            late: Vec::new(),
            ready: Vec::new().into_iter(),
        }
    }

    /// Lets the next day happen. False when the story is over.
    fn next_day(&mut self) -> bool {
        let from = self.from;
        let to = match self.until {
            Some((end, _)) if from >= end => return false,
            Some((end, _)) => end_of_day(from).min(end),
            None => end_of_day(from),
        };
        let is_last = self.until.is_some_and(|(end, _)| to == end);
        self.world.today = day_of(from);
        self.world.plan_day(from, to);
        self.world.run_until(to);

        let mut records = std::mem::take(&mut self.late);
        records.append(&mut self.world.out);
        // What an automation does in the milliseconds around midnight belongs to the day of its time.
        let (mut records, late): (Vec<_>, Vec<_>) =
            records.into_iter().partition(|(at, _)| *at < to);
        self.late = late;
        let count = records.iter().filter(|(_, r)| r.is_entry()).count();
        let wanted = self.wanted(from, to, is_last);
        for _ in count..wanted {
            let at = Rhythm::Machine.draw(&mut self.world.dice, from, to);
            let mut activity = self.world.hum().0;
            activity.occurred_at = at.unwrap_or(from);
            let record = SampleRecord::Activity {
                activity,
                mark: None,
            };
            records.push((at.unwrap_or(from), record));
        }
        records.sort_by_key(|(at, _)| *at);
        if let Some((_, left)) = &mut self.until {
            // Never more than were promised, the last one kept free; what is dropped is the newest.
            *left -= keep_first(&mut records, left.saturating_sub(1));
        }
        if is_last {
            self.close(&mut records, to);
        }
        self.ready = records.into_iter();
        self.from = to;
        true
    }

    /// How many entries the time between two moments should have, the last day's one at the end not counted.
    fn wanted(&self, from: DateTime<Utc>, to: DateTime<Utc>, is_last: bool) -> usize {
        let weight = |from: DateTime<Utc>, to| {
            let is_near = self.until.is_some_and(|(end, _)| end - from < LAST_DAYS);
            let slack = if is_near { SLACK } else { 1.0 };
            slack * busyness(day_of(from)) * Rhythm::Machine.share(from, to)
        };
        let Some((end, left)) = self.until else {
            return (A_DAY * weight(from, to)) as usize;
        };
        if is_last {
            return left.saturating_sub(1);
        }
        let mut ahead = 0.0;
        let mut next = to;
        while next < end {
            let after = end_of_day(next).min(end);
            ahead += weight(next, after);
            next = after;
        }
        let today = weight(from, to);
        (left as f64 * today / (today + ahead)) as usize
    }

    /// Ends the story at `end` with what is known of the orders still open, and one last activity.
    fn close(&mut self, records: &mut Vec<(DateTime<Utc>, SampleRecord)>, end: DateTime<Utc>) {
        let world = &mut self.world;
        let open: Vec<SampleRecord> = world.orders.values().map(|o| o.record(world)).collect();
        records.extend(open.into_iter().map(|record| (end, record)));
        let closing = Draft::new("job.completed", store())
            .on(super::draft::thing(
                "job",
                "job_figures",
                "Figures of the hour",
            ))
            .says(format!("{} orders are under way", world.orders.len()))
            .traced(LAST);
        let mut activity: Box<Activity> = closing.0;
        activity.occurred_at = end;
        let record = SampleRecord::Activity {
            activity,
            mark: None,
        };
        records.push((end, record));
    }
}

/// Keeps the records up to the `most`th entry of the log and gives the number of entries kept.
fn keep_first(records: &mut Vec<(DateTime<Utc>, SampleRecord)>, most: usize) -> usize {
    let mut count = 0;
    records.retain(|(_, record)| {
        count += usize::from(record.is_entry());
        count <= most
    });
    count.min(most)
}

impl Iterator for Timeline {
    type Item = SampleRecord;

    fn next(&mut self) -> Option<SampleRecord> {
        loop {
            if let Some((_, record)) = self.ready.next() {
                return Some(record);
            }
            if !self.next_day() {
                return None;
            }
        }
    }
}
