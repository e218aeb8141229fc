//! Which inbound messages the rules have yet to see: noted in the message's own transaction, so that a process that
//! dies between receiving and evaluating forgets none.

use crate::log::uuid_of;
use crate::record::{Effect, NewMessage};
use crate::sql::{sql, values};
use crate::{Error, Scope, Storage};
use chrono::{DateTime, Duration, Utc};
use domain::message::MessageDirection;
use domain::view::StoreView;
use domain::{Code, MessageId, Problem, StoreId};
use sea_orm::FromQueryResult;

/// What happened longer before it was told is history, which nobody waits to have answered.
const FRESH: Duration = Duration::hours(24);

#[derive(FromQueryResult)]
struct Columns {
    message_id: Vec<u8>,
    id: i64,
    name: String,
    domain: String,
    time_zone: String,
    is_sample: bool,
}

impl Storage {
    /// The messages that came before a time and whose rules were not evaluated yet, the oldest first, at most
    /// `limit`: their process ended in between, or another system told of them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn due_followups(
        &self,
        before: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<(StoreView, MessageId)>, Error> {
        let text = "SELECT d.message_id, s.id, s.name, s.domain, s.time_zone, s.is_sample FROM followup_due d \
                    JOIN store s ON s.id = d.store_id WHERE d.received_at < ? AND s.removed_at IS NULL \
                    ORDER BY d.received_at LIMIT ?";
        let values = values![before.timestamp_micros(), i64::from(limit)];
        let found: Vec<Columns> = sql(self.backend(), text, values)
            .all(self.readers())
            .await?;
        found
            .into_iter()
            .map(|c| {
                let store = StoreView {
                    id: StoreId(c.id),
                    name: c.name,
                    domain: c.domain,
                    time_zone: c.time_zone,
                    is_sample: c.is_sample,
                };
                Ok((store, MessageId(uuid_of(&c.message_id)?)))
            })
            .collect()
    }

    /// Notes, in the transaction of a new message, that the rules have yet to see it.
    pub(crate) fn to_follow_up(&self, scope: &Scope, new: &NewMessage) -> Option<Effect> {
        let now = self.ambient().clock.now();
        let is_followed = new.message.direction == MessageDirection::Inbound
            && now - new.message.occurred_at < FRESH;
        is_followed.then(|| {
            Effect::statement(
                "INSERT INTO followup_due (message_id, store_id, received_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                values![
                    new.id.0.as_bytes().to_vec(),
                    scope.store_id().0,
                    now.timestamp_micros()
                ],
            )
        })
    }
}

/// The rules have nothing to say to it.
pub(super) fn taken_out(id: MessageId) -> Effect {
    let text = "DELETE FROM followup_due WHERE message_id = ?";
    Effect::statement(text, values![id.0.as_bytes().to_vec()])
}

/// Refuses the whole transaction when the message was evaluated before.
pub(super) fn once(id: MessageId) -> Effect {
    Effect::new(move |transaction| {
        let delete = sql(
            sea_orm::ConnectionTrait::get_database_backend(transaction),
            "DELETE FROM followup_due WHERE message_id = ?",
            values![id.0.as_bytes().to_vec()],
        );
        Box::pin(async move {
            match delete.execute(transaction).await? {
                0 => Err(Problem::new(Code::Conflict, "this was evaluated before").into()),
                _ => Ok(()),
            }
        })
    })
}
