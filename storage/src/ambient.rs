//! Clock and randomness, handed in so that tests decide them.

use chrono::{DateTime, TimeZone as _, Utc};
use std::sync::{Arc, Mutex};

/// Tells the time, to the microsecond.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>);

impl Clock {
    /// A clock that asks `tell` each time.
    pub fn new(tell: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        Self(Arc::new(tell))
    }

    /// A clock that stands still.
    pub fn fixed(time: DateTime<Utc>) -> Self {
        Self::new(move || time)
    }

    /// The time, cut to microseconds: what is kept is what is hashed.
    pub fn now(&self) -> DateTime<Utc> {
        let now = (self.0)();
        Utc.timestamp_micros(now.timestamp_micros())
            .single()
            .unwrap_or(now)
    }
}

type Fill = dyn FnMut(&mut [u8]) + Send;

/// Fills bytes with randomness.
#[derive(Clone)]
pub struct Entropy(Arc<Mutex<Fill>>);

impl Entropy {
    /// Randomness from `fill`.
    pub fn new(fill: impl FnMut(&mut [u8]) + Send + 'static) -> Self {
        Self(Arc::new(Mutex::new(fill)))
    }

    /// `N` random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        let mut fill = self
            .0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        fill(&mut bytes);
        bytes
    }
}

/// What storage takes from its surroundings.
#[derive(Clone)]
pub struct Ambient {
    /// The time.
    pub clock: Clock,
    /// Randomness: cryptographically secure outside tests.
    pub entropy: Entropy,
}

impl Ambient {
    /// The machine's clock and its secure randomness.
    pub fn system() -> Self {
        Self {
            #[expect(
                clippy::disallowed_methods,
                reason = "the one place that asks the machine"
            )]
            clock: Clock::new(chrono::Utc::now),
            entropy: Entropy::new(|bytes| rand::fill(bytes)),
        }
    }

    /// A UUIDv7 of this clock and this randomness (RFC 9562 5.7).
    pub fn uuid(&self) -> uuid::Uuid {
        let millis = self.clock.now().timestamp_millis().unsigned_abs();
        uuid::Builder::from_unix_timestamp_millis(millis, &self.entropy.bytes::<10>()).into_uuid()
    }
}
