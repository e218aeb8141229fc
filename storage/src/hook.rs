//! Shops' webhooks: connections, deliveries with their raw bodies, and what came of processing them.
//!
//! A delivery is state; that it came, what it caused and that it failed are records of the activity log, joined by its
//! trace. [`receive`] keeps it, [`work`] claims and settles it, [`apply`] turns it into records, [`act`] is what people
//! do about one that failed.

mod act;
mod apply;
mod connection;
mod list;
mod receive;
mod sample;
mod work;

pub use connection::{SealedConnection, Sealing};
pub use list::HookFilter;
pub use receive::{KeptHook, NewHook};
pub use sample::{SampleConnection, SampleCourse, SampleHook};
pub use work::HookJob;

use crate::log::zone;
use crate::{Error, Scope, Storage};
use domain::hook::{FailureCause, HookResult, HookState, Platform};
use domain::view::HookRow;
use domain::{HookId, Reference, StoreId};
use sea_orm::FromQueryResult;
use std::sync::Arc;
use tokio::sync::{Notify, broadcast};

/// How many changes a slow listener may be behind.
const BEHIND: usize = 1_024;

/// Who is told of deliveries and of work.
pub(crate) struct Bells {
    changed: broadcast::Sender<(StoreId, HookId)>,
    work: Arc<Notify>,
}

impl Default for Bells {
    fn default() -> Self {
        Self {
            changed: broadcast::channel(BEHIND).0,
            work: Arc::default(),
        }
    }
}

impl Storage {
    /// Notified when there is a delivery to process. Polling is the truth: another process may have kept it.
    pub fn hook_wakeup(&self) -> Arc<Notify> {
        self.inner.hook_bells.work.clone()
    }

    /// Each delivery that this process changed. Who falls behind loads the list again.
    pub fn subscribe_hooks(&self) -> broadcast::Receiver<(StoreId, HookId)> {
        self.inner.hook_bells.changed.subscribe()
    }

    fn hook_changed(&self, store: StoreId, id: HookId) {
        // An error means that nobody listens.
        let _ = self.inner.hook_bells.changed.send((store, id));
    }

    fn wake_hooks(&self) {
        self.inner.hook_bells.work.notify_one();
    }
}

/// The columns of a row in a list.
const ROW: &str = "d.number, d.id, d.connection_name, d.platform, d.topic, d.state, d.result, d.subject_type, d.subject_id, \
     d.subject_name, d.trace_id, d.received_at, d.repeats, d.tries, d.due_at, d.cause, d.error";

#[derive(FromQueryResult)]
struct Columns {
    number: i64,
    id: Vec<u8>,
    connection_name: String,
    platform: i16,
    topic: String,
    state: i16,
    result: Option<i16>,
    subject_type: Option<String>,
    subject_id: Option<String>,
    subject_name: Option<String>,
    trace_id: String,
    received_at: i64,
    repeats: i64,
    tries: i64,
    due_at: Option<i64>,
    cause: Option<i16>,
    error: Option<String>,
}

impl Columns {
    fn row(self, scope: &Scope) -> Result<HookRow, Error> {
        let received_at = zone::time_of(self.received_at);
        let state = HookState::of_number(self.state).ok_or_else(|| damaged("state", self.state))?;
        let subject = match (self.subject_type, self.subject_id) {
            (Some(kind), Some(id)) => Some(Reference {
                kind,
                id,
                name: self.subject_name,
            }),
            _ => None,
        };
        Ok(HookRow {
            id: HookId(crate::log::uuid_of(&self.id)?),
            connection: self.connection_name,
            platform: platform_of(self.platform)?,
            topic: self.topic,
            state,
            result: self.result.and_then(HookResult::of_number),
            subject,
            received_at,
            offset_minutes: zone::offset_minutes(zone::of(scope.store()), received_at),
            repeats: count(self.repeats),
            tries: count(self.tries),
            // While a worker has it, nothing is planned.
            due_at: self
                .due_at
                .filter(|_| state != HookState::Processing)
                .map(zone::time_of),
            cause: self.cause.and_then(FailureCause::of_number),
            error: self.error,
            trace_id: self.trace_id,
        })
    }
}

fn platform_of(number: i16) -> Result<Platform, Error> {
    Platform::of_number(number).ok_or_else(|| damaged("platform", number))
}

fn damaged(what: &str, number: i16) -> Error {
    Error::Damaged {
        what: "webhook delivery",
        detail: format!("there is no {what} {number}"),
    }
}

fn count(number: i64) -> u32 {
    u32::try_from(number).unwrap_or(0)
}
