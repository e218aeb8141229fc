//! Which store a text that came in is for, where several send from one number.

use crate::{Error, Scope, Storage};
use domain::message::{
    Channel, DeliveryStatus, MessageClause, MessageDirection, MessageFilter, MessageTest,
    phone_digits,
};
use domain::{Pattern, StoreId};

impl Storage {
    /// The store that last wrote to a number by a channel, in any spelling. The sample writes to nobody.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn last_writer_to(
        &self,
        channel: Channel,
        number: &str,
    ) -> Result<Option<StoreId>, Error> {
        let Some(digits) = phone_digits(number) else {
            return Ok(None);
        };
        // What was not sent, or stopped, asked nobody for an answer.
        let written = [
            DeliveryStatus::Pending,
            DeliveryStatus::Sent,
            DeliveryStatus::Failed,
        ]
        .into_iter()
        .fold(0, |bits, status| bits | 1 << status.number());
        let tests = [
            MessageTest::Channel(1 << channel.number()),
            MessageTest::Direction(1 << MessageDirection::Outbound.number()),
            MessageTest::Status(written),
            MessageTest::Term("to", vec![Pattern::exact(&digits)]),
        ];
        let clauses = tests.into_iter().map(|test| MessageClause {
            is_negated: false,
            test,
        });
        let filter = MessageFilter {
            clauses: clauses.collect(),
        };
        let mut last = None;
        for store in self.list_stores().await? {
            if store.is_sample {
                continue;
            }
            let id = store.id;
            let scope = Scope::system("received", store);
            let found = self.newest_messages(&scope, &filter, 1).await?;
            if let Some(row) = found.rows.first()
                && last.is_none_or(|(at, _)| at < row.occurred_at)
            {
                last = Some((row.occurred_at, id));
            }
        }
        Ok(last.map(|(_, id)| id))
    }
}
