//! How many messages: from kept counts where only facets and time are asked for, else by looking at a bounded
//! number of the newest, and said to be so.

use super::plan::Plan;
use crate::log::zone;
use crate::sql::{sql, values};
use crate::{Error, Scope, Storage};
use chrono::{DateTime, TimeZone as _, Utc};
use chrono_tz::Tz;
use domain::message::{
    Channel, DeliveryStatus, Facet, MessageClause, MessageDirection, MessageFilter, MessageTest,
};
use domain::view::{
    Count, MessageBucket, MessageFacets, MessageHistogram, MessageVolume, MessageVolumes,
};
use domain::{Direction, OrderKey};
use sea_orm::ConnectionTrait as _;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// How many messages are counted one by one.
const COUNTED: usize = 10_000;
const MICROS_PER_HOUR: i64 = 3_600_000_000;
/// How many stretches of time one statement counts.
const COUNTED_TOGETHER: usize = 100;

/// Messages counted by the beginning of their stretch of time (microseconds) and facet.
pub(super) struct Tally {
    pub(super) counts: HashMap<(i64, Facet), u64>,
    pub(super) is_exact: bool,
}

impl Tally {
    fn count(&self, is_wanted: impl Fn(Facet) -> bool) -> Count {
        let wanted = self
            .counts
            .iter()
            .filter(|((_, facet), _)| is_wanted(*facet));
        Count {
            count: wanted.map(|(_, n)| n).sum(),
            is_exact: self.is_exact,
        }
    }
}

impl Storage {
    /// How many match.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_messages(
        &self,
        scope: &Scope,
        filter: &MessageFilter,
    ) -> Result<Count, Error> {
        Ok(self.sums(scope, filter).await?.count(|_| true))
    }

    /// Counts per channel, status and direction under the rest of the filter.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn message_facets(
        &self,
        scope: &Scope,
        filter: &MessageFilter,
    ) -> Result<MessageFacets, Error> {
        let without = |is_left_out: fn(&MessageClause) -> bool| MessageFilter {
            clauses: filter
                .clauses
                .iter()
                .filter(|c| c.is_negated || !is_left_out(c))
                .cloned()
                .collect(),
        };
        let without_channel = without(|c| matches!(c.test, MessageTest::Channel(_)));
        let without_status = without(|c| matches!(c.test, MessageTest::Status(_)));
        let without_direction = without(|c| matches!(c.test, MessageTest::Direction(_)));
        let by_channel = self.sums(scope, &without_channel).await?;
        // Looking at ten thousand messages is done once where the questions are the same.
        let other;
        let by_status = if without_status == without_channel {
            &by_channel
        } else {
            other = self.sums(scope, &without_status).await?;
            &other
        };
        let another;
        let by_direction = if without_direction == without_channel {
            &by_channel
        } else if without_direction == without_status {
            by_status
        } else {
            another = self.sums(scope, &without_direction).await?;
            &another
        };
        let matching = if *filter == without_channel {
            by_channel.count(|_| true)
        } else if *filter == without_status {
            by_status.count(|_| true)
        } else if *filter == without_direction {
            by_direction.count(|_| true)
        } else {
            self.count_messages(scope, filter).await?
        };
        Ok(MessageFacets {
            all: by_channel.count(|_| true),
            channels: Channel::ALL
                .iter()
                .map(|channel| (*channel, by_channel.count(|f| f.channel == *channel)))
                .collect(),
            statuses: DeliveryStatus::ALL
                .iter()
                .map(|status| (*status, by_status.count(|f| f.status == Some(*status))))
                .collect(),
            directions: MessageDirection::ALL
                .iter()
                .map(|direction| {
                    let count = by_direction.count(|f| f.direction == *direction);
                    (*direction, count)
                })
                .collect(),
            matching,
        })
    }

    /// The messages over time, in at most `buckets` stretches of whole days or hours of the store's clock.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn message_histogram(
        &self,
        scope: &Scope,
        filter: &MessageFilter,
        buckets: u32,
    ) -> Result<MessageHistogram, Error> {
        let tally = self.message_tally(scope, filter).await?;
        let times = || tally.counts.keys().map(|(at, _)| *at);
        let (Some(first), Some(last)) = (times().min(), times().max()) else {
            return Ok(MessageHistogram {
                buckets: Vec::new(),
                is_exact: tally.is_exact,
            });
        };
        let most = i64::from(buckets.clamp(1, 400));
        let zone = zone::of(scope.store());
        let minutes = |at: i64| zone::offset_minutes(zone, zone::time_of(at));
        let offset = i64::from(minutes(first)) * 60_000_000;
        let place = |at: i64, width: i64| (at + offset).div_euclid(width) * width - offset;
        // Whole hours, then days, then weeks: what the eye takes for even.
        let even = [1, 3, 6, 12, 24, 24 * 7]
            .map(|hours| hours * MICROS_PER_HOUR)
            .into_iter()
            .find(|width| (place(last, *width) - place(first, *width)) / *width < most);
        let (from, width) = match even {
            Some(width) => (place(first, width), width),
            // Then as many days as it takes, from the first one on.
            None => {
                let day = 24 * MICROS_PER_HOUR;
                let from = place(first, day);
                (from, ((place(last, day) - from) / day / most + 1) * day)
            }
        };
        let mut found: Vec<MessageBucket> = (0..=(last - from) / width)
            .map(|n| {
                let (from, to) = (from + n * width, from + (n + 1) * width);
                MessageBucket {
                    from,
                    to,
                    offset_minutes: minutes(from),
                    to_offset_minutes: minutes(to),
                    ..MessageBucket::default()
                }
            })
            .collect();
        for ((at, facet), n) in &tally.counts {
            let index = usize::try_from((*at - from) / width).unwrap_or(0);
            if let Some(bucket) = found.get_mut(index) {
                match facet.status {
                    Some(status) => bucket.by_status[status as usize] += n,
                    None => bucket.received += n,
                }
            }
        }
        Ok(MessageHistogram {
            buckets: found,
            is_exact: tally.is_exact,
        })
    }

    /// Volumes by type, channel, direction and day of the store's clock.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn message_volumes(
        &self,
        scope: &Scope,
        filter: &MessageFilter,
    ) -> Result<MessageVolumes, Error> {
        let tally = self.message_tally(scope, filter).await?;
        let zone: Tz = zone::of(scope.store());
        let mut counts = BTreeMap::new();
        for ((at, facet), n) in tally.counts {
            let day = zone
                .from_utc_datetime(&DateTime::<Utc>::naive_utc(&zone::time_of(at)))
                .format("%Y-%m-%d")
                .to_string();
            let (count, sent): &mut (u64, u64) = counts
                .entry((day, facet.kind, facet.channel, facet.direction))
                .or_default();
            *count += n;
            if facet.status == Some(DeliveryStatus::Sent) {
                *sent += n;
            }
        }
        Ok(MessageVolumes {
            volumes: counts
                .into_iter()
                .map(
                    |((day, kind, channel, direction), (count, sent))| MessageVolume {
                        day,
                        kind,
                        channel,
                        direction,
                        count,
                        sent,
                    },
                )
                .collect(),
            is_exact: tally.is_exact,
        })
    }

    /// Counts by facet alone: at once where nothing else is asked for.
    pub(super) async fn sums(&self, scope: &Scope, filter: &MessageFilter) -> Result<Tally, Error> {
        let plan = Plan::new(self, scope, filter).await?;
        if plan.is_impossible || !plan.is_kept() || plan.micros_range() != (i64::MIN, i64::MAX) {
            return self.tally_of(scope, &plan, false).await;
        }
        let counts = plan
            .facets
            .iter()
            .map(|(facet, n)| ((0, *facet), n.unsigned_abs()));
        Ok(Tally {
            counts: counts.collect(),
            is_exact: true,
        })
    }

    /// Counts by stretches of time, none of which belongs to two days of the store's clock.
    async fn message_tally(&self, scope: &Scope, filter: &MessageFilter) -> Result<Tally, Error> {
        let plan = Plan::new(self, scope, filter).await?;
        self.tally_of(scope, &plan, true).await
    }

    async fn tally_of(
        &self,
        scope: &Scope,
        plan: &Plan<'_>,
        is_by_day: bool,
    ) -> Result<Tally, Error> {
        let mut tally = Tally {
            counts: HashMap::new(),
            is_exact: true,
        };
        if plan.is_impossible {
            return Ok(tally);
        }
        if plan.is_kept() {
            self.kept(scope, plan, is_by_day, &mut tally).await?;
            return Ok(tally);
        }
        let found = plan.keys(None, Direction::Newest, COUNTED + 1).await?;
        tally.is_exact = found.keys.len() <= COUNTED && found.stopped_at.is_none();
        let keys: Vec<OrderKey> = found.keys.into_iter().take(COUNTED).collect();
        for chunk in keys.chunks(1_000) {
            let mut statement =
                plan.statement("SELECT order_key, facet FROM message WHERE order_key IN ");
            statement.list(chunk.iter().map(|key| key.0));
            for row in statement.rows(&plan.database).await? {
                let key = OrderKey(row.try_get_by_index(0)?);
                if let Some(facet) = Facet::of_number(row.try_get_by_index(1)?) {
                    *tally.counts.entry((key.micros(), facet)).or_default() += 1;
                }
            }
        }
        Ok(tally)
    }

    /// From the counts kept per hour (of UTC), and the messages of the hours that the range's ends cut or, `is_by_day`,
    /// in which the store's day changes.
    async fn kept(
        &self,
        scope: &Scope,
        plan: &Plan<'_>,
        is_by_day: bool,
        tally: &mut Tally,
    ) -> Result<(), Error> {
        let zone = zone::of(scope.store());
        let midnight = |from: i64, to: i64| {
            is_by_day
                .then(|| midnight_between(zone, from, to))
                .flatten()
        };
        let backend = plan.database.get_database_backend();
        let store = scope.store_id().0;
        let (from, to) = plan.micros_range();
        let hour = |micros: i64| micros.div_euclid(MICROS_PER_HOUR);
        let is_cut =
            |micros: i64| micros > i64::MIN && micros < i64::MAX && micros % MICROS_PER_HOUR != 0;
        let first = if from == i64::MIN {
            0
        } else {
            hour(from) + i64::from(is_cut(from))
        };
        let end = if to == i64::MAX {
            i64::MAX / MICROS_PER_HOUR
        } else {
            hour(to)
        };
        let mut rows = Vec::new();
        let mut with_midnight = BTreeSet::new();
        if first < end {
            let text = "SELECT hour, facet, n FROM message_hour WHERE store_id = ? AND hour >= ? AND hour < ? AND n > 0";
            for row in sql(backend, text, values![store, first, end])
                .rows(&plan.database)
                .await?
            {
                let hour: i64 = row.try_get_by_index(0)?;
                let (from, to) = (hour * MICROS_PER_HOUR, (hour + 1) * MICROS_PER_HOUR);
                if midnight(from, to).is_some() {
                    with_midnight.insert((from, to, true));
                } else {
                    rows.push((from, row.try_get_by_index(1)?, row.try_get_by_index(2)?));
                }
            }
        }
        let mut cut = if first <= end {
            vec![
                (from, first * MICROS_PER_HOUR, is_cut(from)),
                (end.saturating_mul(MICROS_PER_HOUR), to, is_cut(to)),
            ]
        } else {
            vec![(from, to, true)]
        };
        cut.extend(with_midnight);
        cut.retain(|(from, to, is_cut)| *is_cut && from < to);
        let parts: Vec<(i64, i64)> = cut
            .into_iter()
            .flat_map(|(from, to, _)| match midnight(from, to) {
                Some(midnight) => vec![(from, midnight), (midnight, to)],
                None => vec![(from, to)],
            })
            .collect();
        let text = "SELECT MIN(order_key), facet, COUNT(*) FROM message WHERE store_id = ? AND order_key >= ? AND order_key < ? GROUP BY facet";
        for parts in parts.chunks(COUNTED_TOGETHER) {
            let text = vec![text; parts.len()].join(" UNION ALL ");
            let mut bound = Vec::new();
            for (from, to) in parts {
                let (from, to) = (OrderKey::first_at(*from), OrderKey::first_at(*to));
                bound.extend(values![store, from.0, to.0]);
            }
            for row in sql(backend, &text, bound).rows(&plan.database).await? {
                let key = OrderKey(row.try_get_by_index(0)?);
                rows.push((
                    key.micros(),
                    row.try_get_by_index(1)?,
                    row.try_get_by_index(2)?,
                ));
            }
        }
        let allowed: Vec<i32> = plan.facets.iter().map(|(f, _)| f.number()).collect();
        for (at, number, n) in rows {
            let n: i64 = n;
            if let Some(facet) = Facet::of_number(number).filter(|_| allowed.contains(&number)) {
                *tally.counts.entry((at, facet)).or_default() += n.max(0).unsigned_abs();
            }
        }
        Ok(())
    }
}

/// When the day changes on the zone's clock, if it does within a stretch of at most an hour of UTC.
fn midnight_between(zone: Tz, from: i64, to: i64) -> Option<i64> {
    if zone::offset_minutes(zone, zone::time_of(from)) % 60 == 0 {
        return None;
    }
    let last = zone.from_utc_datetime(&zone::time_of(to - 1).naive_utc());
    let midnight = zone::start_of(zone, last.date_naive()).timestamp_micros();
    (from < midnight && midnight < to).then_some(midnight)
}
