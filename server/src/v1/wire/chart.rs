//! Numbers: how many, and over time.

use super::{Channel, MessageDirection, MessageType, Time, activity::same_names};
use chrono::{DateTime, Utc};
use domain::view;
use serde::Serialize;
use utoipa::ToSchema;

/// How many entries match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Count {
    /// How many were counted.
    #[schema(examples(3482))]
    pub count: u64,
    /// False when counting stopped there: read it as "more than". Counting stops at 10,000 where no count is kept.
    pub is_exact: bool,
}

/// The log over time.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(example = json!({"buckets": [{"from": "2026-11-19T21:00:00.000000Z", "to": "2026-11-20T21:00:00.000000Z",
    "success": 412, "pending": 3, "failed": 7}], "width": "day", "is_exact": true, "counted_from": null}))]
pub struct Histogram {
    /// Oldest first, without gaps; also those without an entry.
    pub buckets: Vec<Bucket>,
    /// How wide they are, on the store's clock.
    pub width: BucketWidth,
    /// False when only the newest entries were counted.
    pub is_exact: bool,
    /// When `is_exact` is false: nothing older than this was counted.
    #[schema(required)]
    pub counted_from: Option<Time>,
}

/// The entries of one stretch of time by outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Bucket {
    /// Its first moment.
    pub from: Time,
    /// The first moment after it.
    pub to: Time,
    /// How many succeeded.
    pub success: u64,
    /// How many are pending.
    pub pending: u64,
    /// How many failed.
    pub failed: u64,
}

/// The messages over time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MessageHistogram {
    /// Oldest first, without gaps.
    pub buckets: Vec<MessageBucket>,
    /// False when only the newest messages were counted.
    pub is_exact: bool,
}

/// The messages of one stretch of time by status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MessageBucket {
    /// Its first moment, in microseconds since 1970 UTC.
    #[schema(examples(1_795_122_000_000_000_i64))]
    pub from: i64,
    /// The first moment after it, in the same way.
    #[schema(examples(1_795_208_400_000_000_i64))]
    pub to: i64,
    /// What the store's clock adds to UTC at `from`, in minutes.
    #[schema(examples(180))]
    pub offset_minutes: i32,
    /// The same at `to`.
    #[schema(examples(180))]
    pub to_offset_minutes: i32,
    /// How many are not sent, pending, sent, stopped and failed, in this order.
    #[schema(value_type = Vec<u64>, min_items = 5, max_items = 5)]
    pub by_status: [u64; 5],
    /// How many came in.
    pub received: u64,
}

/// How many messages went by type, channel and day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MessageVolumes {
    /// Oldest day first; days without a message are left out.
    pub volumes: Vec<MessageVolume>,
    /// False when only the newest messages were counted.
    pub is_exact: bool,
}

/// How many messages of a type went by a channel on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MessageVolume {
    /// The day on the store's clock.
    #[schema(examples("2026-11-20"))]
    pub day: String,
    /// The type.
    #[serde(rename = "type")]
    pub kind: MessageType,
    /// The channel.
    pub channel: Channel,
    /// The direction.
    pub direction: MessageDirection,
    /// How many.
    #[schema(examples(412))]
    pub count: u64,
    /// How many of them were sent: the others wait, were stopped, failed, or are inbound.
    #[schema(examples(405))]
    pub sent: u64,
}

/// A width on the store's clock: days have 23 to 25 hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BucketWidth {
    /// A minute.
    Minute,
    /// 15 minutes.
    QuarterHour,
    /// An hour.
    Hour,
    /// Six hours.
    SixHours,
    /// A day.
    Day,
    /// A week.
    Week,
    /// A month.
    Month,
}

same_names!(view::BucketWidth => BucketWidth {
    Minute, QuarterHour, Hour, SixHours, Day, Week, Month
});

impl From<view::Count> for Count {
    fn from(count: view::Count) -> Self {
        Self {
            count: count.count,
            is_exact: count.is_exact,
        }
    }
}

impl From<view::Histogram> for Histogram {
    fn from(histogram: view::Histogram) -> Self {
        Self {
            buckets: histogram.buckets.into_iter().map(Into::into).collect(),
            width: histogram.width.into(),
            is_exact: histogram.is_exact,
            counted_from: histogram.counted_from.map(Time),
        }
    }
}

impl From<view::Bucket> for Bucket {
    fn from(bucket: view::Bucket) -> Self {
        Self {
            from: moment(bucket.from),
            to: moment(bucket.to),
            success: bucket.success,
            pending: bucket.pending,
            failed: bucket.failed,
        }
    }
}

/// Microseconds since 1970 as a time; what no calendar holds becomes its nearest end.
fn moment(micros: i64) -> Time {
    let end = if micros < 0 {
        DateTime::<Utc>::MIN_UTC
    } else {
        DateTime::<Utc>::MAX_UTC
    };
    Time(DateTime::from_timestamp_micros(micros).unwrap_or(end))
}
