//! The past that rules look at: the newest of the security log, group by group, and what the store's own people and
//! programs did.

use crate::log::{activity_of, zone};
use crate::record::watch::event_of;
use crate::sql::{sql, values};
use crate::{Error, Storage};
use chrono::{DateTime, Utc};
use domain::security::SecurityEvent;
use domain::security::unusual::{Deed, LOOKED_AT};
use domain::view::StoreView;
use domain::{Device, OrderKey};

/// How many events of each group are looked through.
const MOST_EVENTS: i64 = 20_000;
/// Among how many of the newest activities those of the store's own people are looked for; by an index alone.
const MOST_ACTIVITIES: i64 = 100_000;
/// How many of these are looked through.
const MOST_DEEDS: i64 = 10_000;

/// What rules look at, oldest first.
pub(super) struct Past {
    pub(super) events: Vec<SecurityEvent>,
    pub(super) deeds: Vec<Deed>,
    /// Set when there was more than is looked through: from this time on all of it was.
    pub(super) looked_from: Option<DateTime<Utc>>,
}

impl Storage {
    /// A store's past since a time; alarms themselves are none of it.
    pub(super) async fn past(
        &self,
        store: &StoreView,
        from: DateTime<Utc>,
        with_deeds: bool,
    ) -> Result<Past, Error> {
        let backend = self.readers().get_database_backend();
        let first = OrderKey::first_at(from.timestamp_micros()).0;
        let mut events = Vec::new();
        let mut looked_from = None;
        for (kinds, outcomes) in LOOKED_AT {
            let text = "SELECT p.body, e.order_key FROM security_event e JOIN payload p ON p.seq = e.seq \
                        WHERE e.store_id = ? AND e.order_key >= ? AND e.kind IN ";
            let mut statement = sql(backend, text, values![store.id.0, first]);
            statement
                .list(kinds.iter().map(|kind| kind.number()))
                .push(" AND e.outcome IN ")
                .list(outcomes.iter().map(|outcome| outcome.number()))
                .push(" ORDER BY e.order_key DESC LIMIT ")
                .bind(MOST_EVENTS);
            let rows = statement.rows(self.readers()).await?;
            let is_cut = rows.len() as i64 == MOST_EVENTS;
            let mut key = 0;
            for row in rows {
                key = row.try_get_by_index(1)?;
                events.push((key, event_of(&row.try_get_by_index::<String>(0)?)?));
            }
            if is_cut {
                looked_from = looked_from.max(Some(zone::time_of(OrderKey(key).micros())));
            }
        }
        events.sort_by_key(|(key, _)| *key);
        let deeds = if with_deeds {
            self.deeds(store, first).await?
        } else {
            Vec::new()
        };
        Ok(Past {
            events: events.into_iter().map(|(_, event)| event).collect(),
            deeds,
            looked_from,
        })
    }

    /// What the store's own people and programs did, oldest first.
    async fn deeds(&self, store: &StoreView, first: i64) -> Result<Vec<Deed>, Error> {
        // Whoever is of a type has it among their keys.
        let text = "SELECT p.body FROM (SELECT n.order_key FROM \
                    (SELECT order_key, actor_id FROM activity WHERE store_id = ? AND order_key >= ? ORDER BY order_key DESC LIMIT ?) n \
                    WHERE n.actor_id IN (SELECT actor_id FROM actor_key WHERE store_id = ? AND text IN ('user', 'api_key')) \
                    ORDER BY n.order_key DESC LIMIT ?) m \
                    JOIN activity a ON a.order_key = m.order_key JOIN payload p ON p.seq = a.seq ORDER BY m.order_key DESC";
        let values = values![store.id.0, first, MOST_ACTIVITIES, store.id.0, MOST_DEEDS];
        let rows = sql(self.readers().get_database_backend(), text, values)
            .rows(self.readers())
            .await?;
        let mut deeds = Vec::with_capacity(rows.len());
        for row in rows.iter().rev() {
            let activity = activity_of(&row.try_get_by_index::<String>(0)?)?;
            let origin = &activity.origin;
            let device = origin.user_agent.as_deref().and_then(Device::words_of);
            let place = origin.ip.and_then(|ip| self.recorder().place_of(ip));
            deeds.extend(Deed::of(&activity, device, place));
        }
        Ok(deeds)
    }
}
