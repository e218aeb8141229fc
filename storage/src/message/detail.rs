//! One message with everything about it, and its files.

use super::act::Found;
use super::row;
use crate::log::{uuid_of, zone};
use crate::record::message::{damaged, delivery_of};
use crate::sql::{sql, values};
use crate::watch::viewed::{Viewed, reference};
use crate::{Error, Scope, Storage};
use domain::message::{Attachment, BlobRef, Channel, DeliveryFact, FactKind};
use domain::view::{MessageDetail, MessageStep};
use domain::{MessageId, Seq};
use sea_orm::FromQueryResult;

#[derive(FromQueryResult)]
struct Step {
    seq: i64,
    recorded_at: i64,
    body: String,
}

#[derive(serde::Deserialize)]
struct FactPayload {
    fact: DeliveryFact,
}

/// Where the raw mail of a message is kept, if its content stands and is open to the scope.
fn raw_of(scope: &Scope, found: &Found) -> Option<BlobRef> {
    let raw = row::raw_of(scope, &found.message, &found.facts);
    raw.filter(|_| found.has_content)
}

impl Storage {
    /// One message with its history. None when there is none or it is out of scope.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn get_message(
        &self,
        scope: &Scope,
        id: MessageId,
    ) -> Result<Option<MessageDetail>, Error> {
        let Some(found) = self.found(scope, id).await? else {
            return Ok(None);
        };
        let backend = self.readers().get_database_backend();
        let is_masked = scope.role().is_masked();
        let is_restricted = scope.role().is_restricted();
        let zone = zone::of(scope.store());
        let step = |fact: DeliveryFact, recorded_at: i64, seq: i64| MessageStep {
            recorded_at: zone::time_of(recorded_at),
            offset_minutes: zone::offset_minutes(zone, fact.at),
            fact: row::fact(scope, &found.message, fact),
            seq: (!is_restricted).then_some(Seq(seq)),
        };
        let text = "SELECT l.seq, l.recorded_at, p.body FROM ledger l JOIN payload p ON p.seq = l.seq \
                    WHERE l.order_key = ? AND l.kind = 'message_fact' ORDER BY l.seq";
        let later: Vec<Step> = sql(backend, text, values![found.order_key])
            .all(self.readers())
            .await?;
        let recorded = sql(
            backend,
            "SELECT recorded_at FROM ledger WHERE seq = ?",
            values![found.seq],
        )
        .row(self.readers())
        .await?;
        let recorded_at: i64 = recorded
            .map(|row| row.try_get_by_index(0))
            .transpose()?
            .unwrap_or(0);
        let first = found.facts.len().saturating_sub(later.len());
        let mut history: Vec<MessageStep> = found
            .facts
            .iter()
            .take(first)
            .map(|fact| step(fact.clone(), recorded_at, found.seq))
            .collect();
        for entry in later {
            let payload: FactPayload = serde_json::from_str(&entry.body).map_err(damaged)?;
            history.push(step(payload.fact, entry.recorded_at, entry.seq));
        }
        let opens = found
            .facts
            .iter()
            .filter_map(|fact| row::read_mark(scope, fact));
        let sent_again_as = found.facts.iter().filter_map(|fact| match &fact.kind {
            FactKind::Resent { as_message, .. } => Some(*as_message),
            _ => None,
        });
        let delivery = delivery_of(&found.message, &found.facts);
        let seq = Seq(found.seq);
        let mut row = row::of_message(scope, id, seq, &found.message, &delivery, found.due_at);
        self.bar_restarts(scope, [&mut row]);
        Ok(Some(MessageDetail {
            row,
            message: found.message.shown_to(scope.role()),
            delivery: if is_masked {
                row::mask_delivery(&delivery)
            } else {
                delivery
            },
            history,
            opens: opens.collect(),
            is_masked,
            sent_again_as: sent_again_as.collect(),
            missed: row::missed(scope, &found.message, &found.facts),
            proof: None,
            call: None,
            has_raw: found.message.channel == Channel::Email && raw_of(scope, &found).is_some(),
        }))
    }

    /// A message's file, by its place. None when there is none or it is out of scope.
    ///
    /// # Errors
    /// When the database or the object store fails.
    pub async fn attachment(
        &self,
        scope: &Scope,
        id: MessageId,
        place: usize,
    ) -> Result<Option<(Attachment, Vec<u8>)>, Error> {
        let Some(found) = self.found(scope, id).await? else {
            return Ok(None);
        };
        let shown = found.message.shown_to(scope.role());
        let Some(attachment) = shown.attachments.into_iter().nth(place) else {
            return Ok(None);
        };
        let bytes = self.get_object(&attachment.blob).await?;
        if bytes.is_some() {
            self.note_viewed(scope, Viewed::File, reference("message", id.to_string()))
                .await?;
        }
        Ok(bytes.map(|bytes| (attachment, bytes)))
    }

    /// The raw mail as it came, or the very bytes that the last try handed over. None when there is none or it is
    /// out of scope, hidden or erased.
    ///
    /// # Errors
    /// When the database or the object store fails.
    pub async fn raw_message(
        &self,
        scope: &Scope,
        id: MessageId,
    ) -> Result<Option<Vec<u8>>, Error> {
        let Some(found) = self.found(scope, id).await? else {
            return Ok(None);
        };
        match raw_of(scope, &found) {
            Some(blob) => {
                self.note_viewed(scope, Viewed::File, reference("message", id.to_string()))
                    .await?;
                self.get_object(&blob).await
            }
            None => Ok(None),
        }
    }

    /// The ids of the messages that match, newest first, at most `limit`: for acting on several at once.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn message_ids(
        &self,
        scope: &Scope,
        filter: &domain::message::MessageFilter,
        limit: usize,
    ) -> Result<Vec<MessageId>, Error> {
        let plan = super::plan::Plan::new(self, scope, filter).await?;
        let limit = limit.min(1_000);
        let (mut keys, mut next) = (Vec::new(), Some(None));
        // Where little matches, a walk stops before it has found all that there is.
        while let Some(after) = next.filter(|_| keys.len() < limit) {
            let left = limit - keys.len();
            let found = plan.keys(after, domain::Direction::Newest, left).await?;
            next = found.stopped_at.map(Some);
            keys.extend(found.keys);
        }
        let mut statement = plan.statement("SELECT id FROM message WHERE order_key IN ");
        statement
            .list(keys.iter().map(|k| k.0))
            .push(" ORDER BY order_key DESC");
        let rows = statement.rows(self.readers()).await?;
        rows.iter()
            .map(|row| Ok(MessageId(uuid_of(&row.try_get_by_index::<Vec<u8>>(0)?)?)))
            .collect()
    }
}
