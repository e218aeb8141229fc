//! Shopify's limit: a bucket of points that fills again by so many a second. Each answer says how full it is
//! (`extensions.cost`, <https://shopify.dev/docs/api/usage/limits>), and a call waits until its points are there.

use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// The bucket of a shop, as far as it is known.
pub(in crate::revert) struct Throttle(Mutex<Bucket>);

struct Bucket {
    available: f64,
    most: f64,
    /// Points a second.
    refill: f64,
    at: Instant,
    /// What each query cost the last time.
    costs: HashMap<&'static str, f64>,
}

impl Default for Throttle {
    /// As a shop of the smallest plan: what is right comes with the first answer.
    fn default() -> Self {
        Self(Mutex::new(Bucket {
            available: 1_000.0,
            most: 1_000.0,
            refill: 50.0,
            at: Instant::now(),
            costs: HashMap::new(),
        }))
    }
}

impl Bucket {
    fn refresh(&mut self, now: Instant) {
        let gained = now.saturating_duration_since(self.at).as_secs_f64() * self.refill;
        self.available = (self.available + gained).min(self.most);
        self.at = now;
    }
}

impl Throttle {
    /// Takes the points of a query at this moment, and says how long to wait until they are there. `guess` is what it costs as long as
    /// nobody has told.
    pub(super) fn take(&self, now: Instant, query: &'static str, guess: f64) -> Duration {
        let mut bucket = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        bucket.refresh(now);
        let cost = bucket
            .costs
            .get(query)
            .copied()
            .unwrap_or(guess)
            .min(bucket.most);
        bucket.available -= cost;
        let lacking = (-bucket.available).max(0.0);
        Duration::from_secs_f64(lacking / bucket.refill.max(1.0))
    }

    /// Learns at this moment from an answer's `extensions.cost`.
    pub(super) fn learn(&self, now: Instant, query: &'static str, cost: &Value) {
        let number = |value: &Value| value.as_f64().filter(|n| n.is_finite() && *n >= 0.0);
        let mut bucket = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cost) = number(&cost["requestedQueryCost"]) {
            bucket.costs.insert(query, cost);
        }
        let status = &cost["throttleStatus"];
        if let (Some(available), Some(most), Some(refill)) = (
            number(&status["currentlyAvailable"]),
            number(&status["maximumAvailable"]),
            number(&status["restoreRate"]),
        ) {
            (bucket.available, bucket.most, bucket.refill) = (available, most, refill);
            bucket.at = now;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn cost(available: u32) -> Value {
        json!({"requestedQueryCost": 20, "throttleStatus": {
            "maximumAvailable": 100.0, "currentlyAvailable": available, "restoreRate": 10.0
        }})
    }

    #[test]
    fn a_query_waits_for_the_points_that_it_lacks() {
        let throttle = Throttle::default();
        let now = Instant::now();
        assert_eq!(throttle.take(now, "write", 10.0), Duration::ZERO);
        throttle.learn(now, "write", &cost(30));
        assert_eq!(throttle.take(now, "write", 10.0), Duration::ZERO);
        // Ten are left and twenty are needed: ten more come in a second.
        assert_eq!(throttle.take(now, "write", 10.0), Duration::from_secs(1));
        let later = now + Duration::from_secs(3);
        assert_eq!(throttle.take(later, "write", 10.0), Duration::ZERO);
        // No query waits for more than there ever is.
        throttle.learn(later, "write", &cost(100));
        assert_eq!(throttle.take(later, "read", 900.0), Duration::ZERO);
    }
}
