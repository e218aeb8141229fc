//! Newtype ids, so that an activity's id is never taken for a user's.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    };
}

uuid_id! {
    /// An activity's id: UUIDv7 (RFC 9562), made when it is recorded.
    ActivityId
}
uuid_id! {
    /// A user of Storetrail: UUIDv7.
    UserId
}
uuid_id! {
    /// An API key: UUIDv7. The secret itself is stored only as a hash.
    KeyId
}
uuid_id! {
    /// A message: UUIDv7, made when it is recorded.
    MessageId
}
uuid_id! {
    /// One try at handing a message to a provider: UUIDv7.
    AttemptId
}
uuid_id! {
    /// A template or follow-up rule: UUIDv7.
    RuleId
}
uuid_id! {
    /// A session, for lists: UUIDv7. It opens nothing; the token does.
    SessionId
}

uuid_id! {
    /// A shop's connection: UUIDv7.
    ConnectionId
}
uuid_id! {
    /// A delivery of a shop's webhook: UUIDv7.
    HookId
}
uuid_id! {
    /// An export: UUIDv7.
    ExportId
}
uuid_id! {
    /// A schedule of exports: UUIDv7.
    ScheduleId
}
uuid_id! {
    /// An erasure: UUIDv7.
    ErasureId
}
uuid_id! {
    /// A legal hold: UUIDv7.
    HoldId
}
uuid_id! {
    /// A view that somebody keeps: UUIDv7.
    ViewId
}

/// A store's number inside one instance, from 1. Small, because every row and index carries it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StoreId(pub i64);

/// A record's number in the ledger, from 1, without holes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seq(pub i64);

/// Where an activity stands in its store's time order.
///
/// The upper bits are `occurred_at` in microseconds since 1970, the lower [`OrderKey::TIE_BITS`] count
/// records of the same microsecond in the order of their arrival. So ordering by this one integer is
/// ordering by (`occurred_at`, `seq`), and it serves as the table's primary key and the text index's row
/// id. When a microsecond is full (an import that knows only the day), the key runs on into the next
/// one; the record's own time is not touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OrderKey(pub i64);

impl OrderKey {
    /// How many low bits count records of one microsecond: 1,024 of them. Leaves room until the year 2255.
    pub const TIE_BITS: u32 = 10;

    /// The first key of a microsecond (since 1970, UTC).
    pub const fn first_at(micros: i64) -> Self {
        Self(micros << Self::TIE_BITS)
    }

    /// The microsecond this key stands in.
    pub const fn micros(self) -> i64 {
        self.0 >> Self::TIE_BITS
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
