//! How an order's customer can be written to, and what an answer to them answers.

use super::opt_out::folded_address;
use crate::phone;
use crate::record::message::{damaged, message_of};
use crate::sql::{sql, values};
use crate::{Error, Scope, Storage};
use domain::MASK;
use domain::followup::message_guard;
use domain::message::{
    Channel, Delivery, DeliveryStatus, FailureReason, Message, MessageDirection, MessageType,
    Verdict, e164, is_message_id,
};
use domain::view::FailedWay;
use sea_orm::FromQueryResult;
use std::collections::HashMap;

/// How many messages of each channel and direction are looked at, the newest; as many of those that failed.
const MOST: i64 = 20;
/// How many Message-IDs an answer names: the thread's first and the newest.
const MOST_REFERENCES: usize = 20;

#[derive(FromQueryResult)]
struct Columns {
    shown: String,
    delivery: String,
    body: Option<String>,
}

/// The ways to an order's customer.
pub(super) struct Ways {
    /// Addresses and numbers by channel, of each the one to answer to first.
    pub(super) known: Vec<(Channel, String)>,
    /// Those of them where the last message failed.
    pub(super) failed: Vec<FailedWay>,
}

/// What the last message told of an address, in any spelling: the reason why it failed, or that it did not.
type Told = HashMap<(Channel, String), Option<FailureReason>>;

impl Storage {
    /// The addresses and numbers of an order's customer by channel. Of each channel the one to answer to stands first:
    /// whoever wrote last (a program is nobody), then what the store knows of the customer, then to whom was written
    /// last without failing, at last to whom nothing went but what failed.
    pub(super) async fn ways_to(&self, scope: &Scope, number: &str) -> Result<Ways, Error> {
        // The channel stands above all else in a facet's number, the status above the reading and the files. A line
        // holds no headers, and those tell a program's mail.
        let mut statement = sql(
            self.readers().get_database_backend(),
            "SELECT m.shown, m.delivery, CASE WHEN m.is_inbound THEN p.body END AS body FROM (SELECT m.order_key, \
             ROW_NUMBER() OVER (PARTITION BY m.facet / 1024, m.is_inbound, \
             CASE WHEN (m.facet / 8) % 8 = ? THEN 1 ELSE 0 END ORDER BY m.order_key DESC) AS place \
             FROM message m WHERE m.order_number IS NOT NULL AND m.store_id = ? AND m.order_number = ? AND ",
            values![
                i32::from(DeliveryStatus::Failed.number()),
                scope.store_id().0,
                number
            ],
        );
        scope.push_message_condition(&mut statement);
        statement
            .push(
                ") newest JOIN message m ON m.order_key = newest.order_key LEFT JOIN payload p ON p.seq = m.seq \
                 WHERE newest.place <= ",
            )
            .bind(MOST)
            .push(" ORDER BY m.order_key DESC");
        let found: Vec<Columns> = statement.all(self.readers()).await?;
        let (mut wrote, mut written, mut failed) = (Vec::new(), Vec::new(), Vec::new());
        let mut told = Told::new();
        // The newest first: what it tells counts.
        let mut tell = |channel, address: &str, outcome| {
            told.entry((channel, folded_address(address)))
                .or_insert(outcome);
        };
        for c in found {
            let message: Message = match &c.body {
                Some(body) => message_of(body)?,
                None => serde_json::from_str(&c.shown).map_err(damaged)?,
            };
            let channel = message.channel;
            if message.direction == MessageDirection::Outbound {
                let Some(to) = message.to.into_iter().next() else {
                    continue;
                };
                let delivery: Delivery = serde_json::from_str(&c.delivery).map_err(damaged)?;
                match delivery.verdict {
                    Verdict::NotDelivered { reason, .. } => {
                        tell(channel, &to.address, Some(reason));
                    }
                    Verdict::HandedOver {
                        is_underway: false, ..
                    } => tell(channel, &to.address, None),
                    _ => {}
                }
                let went = if delivery.status == Some(DeliveryStatus::Failed) {
                    &mut failed
                } else {
                    &mut written
                };
                went.push((channel, to.address));
            } else if message_guard(&message, 0).is_none()
                && let Some(from) = message.reply_to.or(message.from)
            {
                tell(channel, &from.address, None);
                wrote.push((channel, from.address));
            }
        }
        // A number without its country can't be sent to: one that was is better.
        let (local, known): (Vec<_>, Vec<_>) = self
            .known_of_customer(scope, number)
            .await?
            .into_iter()
            .partition(|(channel, to)| *channel != Channel::Email && e164(to).is_none());
        let mut reachable: Vec<(Channel, String)> = Vec::new();
        let all = wrote.into_iter().chain(known).chain(written);
        for (channel, address) in all.chain(local).chain(failed) {
            let key = folded_address(&address);
            let is_there = |(there, other): &(Channel, String)| {
                *there == channel && folded_address(other) == key
            };
            if !key.is_empty() && !reachable.iter().any(is_there) {
                reachable.push((channel, address));
            }
        }
        // Keeps the order within a channel.
        reachable.sort_by_key(|(channel, _)| *channel);
        if scope.role().is_masked() {
            for (_, address) in &mut reachable {
                MASK.clone_into(address);
            }
            reachable.dedup();
            told.clear();
        }
        let failed = reachable.iter().filter_map(|(channel, address)| {
            let reason = *told.get(&(*channel, folded_address(address)))?;
            Some(FailedWay {
                channel: *channel,
                address: address.clone(),
                reason: reason?,
            })
        });
        Ok(Ways {
            failed: failed.collect(),
            known: reachable,
        })
    }

    /// The address and number that the store knows of an order's customer.
    async fn known_of_customer(
        &self,
        scope: &Scope,
        number: &str,
    ) -> Result<Vec<(Channel, String)>, Error> {
        let text = "SELECT c.email, c.phone FROM sales_order o JOIN customer c ON c.store_id = o.store_id AND c.id = o.customer_id \
                    WHERE o.store_id = ? AND o.number = ?";
        let row = sql(
            self.readers().get_database_backend(),
            text,
            values![scope.store_id().0, number],
        )
        .row(self.readers())
        .await?;
        let Some(row) = row else {
            return Ok(Vec::new());
        };
        let (email, phone): (Option<String>, Option<String>) =
            (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        // `00966...` names its country too.
        let phone = phone.map(|text| {
            let number = e164(&text).or_else(|| phone::meant(&text, None));
            number.unwrap_or(text)
        });
        let ways = [
            (Channel::Email, email),
            (Channel::Sms, phone.clone()),
            (Channel::Whatsapp, phone),
        ];
        Ok(ways
            .into_iter()
            .filter_map(|(channel, to)| Some((channel, to?.trim().to_owned())))
            .collect())
    }

    /// Has an answer by mail name what it answers, so that it stands in the same conversation on the other side: the
    /// last mail of the thread that a person wrote, and what that one named (RFC 5322 3.6.4).
    pub(super) async fn refer(&self, scope: &Scope, message: &mut Message) -> Result<(), Error> {
        let is_answer = message.channel == Channel::Email
            && message.kind == MessageType::Reply
            && message.references.is_empty();
        let Some(number) = message.order.as_ref().filter(|_| is_answer) else {
            return Ok(());
        };
        let text = "SELECT p.body FROM message m JOIN payload p ON p.seq = m.seq WHERE m.order_number IS NOT NULL \
                    AND m.store_id = ? AND m.order_number = ? AND m.is_inbound = ? AND m.facet / 1024 = ? \
                    ORDER BY m.order_key DESC LIMIT ?";
        let values = values![
            scope.store_id().0,
            number.clone(),
            true,
            i32::from(Channel::Email.number()),
            MOST
        ];
        let rows = sql(self.readers().get_database_backend(), text, values)
            .rows(self.readers())
            .await?;
        for row in rows {
            let mail = message_of(&row.try_get_by_index::<String>(0)?)?;
            let is_by_person = message_guard(&mail, 0).is_none();
            let own = mail.message_id.filter(|id| is_message_id(id));
            if let Some(own) = own.filter(|_| is_by_person) {
                message.references = named(mail.references, own);
                break;
            }
        }
        Ok(())
    }
}

/// The Message-IDs that the answer to a mail names, the mail's own last.
fn named(mut ids: Vec<String>, own: String) -> Vec<String> {
    ids.retain(|id| *id != own && is_message_id(id));
    let surplus = (ids.len() + 1).saturating_sub(MOST_REFERENCES);
    if surplus > 0 {
        ids.drain(1..=surplus);
    }
    ids.push(own);
    ids
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_names_the_first_and_the_newest() {
        let ids: Vec<String> = (0..30).map(|n| format!("{n}@x")).collect();
        let all = named(ids, "own@x".to_owned());
        assert_eq!(all.len(), MOST_REFERENCES);
        assert_eq!((all[0].as_str(), all[1].as_str()), ("0@x", "12@x"));
        assert_eq!(all.last().map(String::as_str), Some("own@x"));
        let few = ["a@x", "no id", "own@x", "b@x"].map(str::to_owned);
        assert_eq!(
            named(few.to_vec(), "own@x".to_owned()),
            ["a@x", "b@x", "own@x"]
        );
        assert_eq!(named(Vec::new(), "own@x".to_owned()), ["own@x"]);
    }
}
