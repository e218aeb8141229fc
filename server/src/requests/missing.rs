//! Which calls are missing from the log, counted by store since the process started.

use super::Passed;
use crate::metrics::CALLS_UNNOTED;
use chrono::{DateTime, Utc};
use domain::StoreId;
use domain::view::MissingCalls;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Why calls are missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    /// More came than could wait to be written.
    Crowd,
    /// They could not be written.
    Fault,
}

/// What is told of a call that is missing: its store, none where it was nobody's, and when it came.
pub(super) type Lost = (Option<StoreId>, DateTime<Utc>);

/// The counts. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Missing(Arc<Mutex<HashMap<Option<StoreId>, MissingCalls>>>);

impl Missing {
    /// Counts calls that are missing, here and in the metrics.
    pub(super) fn add(&self, cause: Cause, calls: impl IntoIterator<Item = Lost>) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all = 0;
        for (store, at) in calls {
            let known = counts.entry(store).or_insert(MissingCalls {
                since: at,
                crowded: 0,
                unwritten: 0,
            });
            known.since = known.since.min(at);
            match cause {
                Cause::Crowd => known.crowded += 1,
                Cause::Fault => known.unwritten += 1,
            }
            all += 1;
        }
        metrics::counter!(CALLS_UNNOTED).increment(all);
    }

    /// Of a store's log, in which a house's keeps nobody's calls, too. None when none is missing.
    pub(super) fn of(&self, store: StoreId, is_house: bool) -> Option<MissingCalls> {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let own = counts.get(&Some(store));
        let nobodys = counts.get(&None::<StoreId>).filter(|_| is_house);
        let both = own.into_iter().chain(nobodys).copied();
        both.reduce(|one, other| MissingCalls {
            since: one.since.min(other.since),
            crowded: one.crowded + other.crowded,
            unwritten: one.unwritten + other.unwritten,
        })
    }
}

/// What is told of a call when it is missing.
pub(super) fn lost(passed: &Passed) -> Lost {
    (passed.store_id(), passed.at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_is_told_of_its_own_and_the_house_of_nobodys_too() {
        let at = |micros: i64| DateTime::<Utc>::from_timestamp_micros(micros).unwrap();
        let (house, other) = (StoreId(1), StoreId(2));
        let missing = Missing::default();
        assert_eq!(missing.of(house, true), None);
        missing.add(Cause::Crowd, [(Some(other), at(9)), (None, at(5))]);
        missing.add(Cause::Fault, [(Some(other), at(7)), (Some(other), at(11))]);
        let told = |since, crowded, unwritten| {
            Some(MissingCalls {
                since: at(since),
                crowded,
                unwritten,
            })
        };
        assert_eq!(missing.of(other, false), told(7, 1, 2));
        assert_eq!(missing.of(house, true), told(5, 1, 0));
        assert_eq!(missing.of(house, false), None);
        missing.add(Cause::Fault, [(Some(house), at(3))]);
        assert_eq!(missing.of(house, true), told(3, 1, 1));
    }
}
