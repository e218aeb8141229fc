//! What lists show of messages, compared with what was recorded about them.

use super::kept::PRESENT;
use super::{Erased, VerifyReport};
use crate::message::row::slim;
use crate::record::message::{damaged, delivery_of, message_of};
use crate::sql::{sql, values};
use crate::{Error, Storage};
use domain::MessageId;
use domain::message::{AttemptView, Delivery, DeliveryFact, Message, MessageFacts, ReportStatus};
use sea_orm::FromQueryResult;
use serde::Deserialize;
use std::sync::Arc;

/// How many messages are read at a time.
const CHUNK: i64 = 1_000;

#[derive(FromQueryResult)]
struct Row {
    order_key: i64,
    seq: i64,
    id: Vec<u8>,
    facet: i32,
    shown: String,
    facts: String,
    delivery: String,
    body: Option<String>,
    open: Option<String>,
    personal: Option<String>,
}

#[derive(Deserialize)]
struct Created {
    facts: Vec<DeliveryFact>,
}

#[derive(Deserialize)]
struct Told {
    fact: DeliveryFact,
}

/// What was derived, as it is derived now. Earlier builds kept of a try that was stopped that nothing was told of it, and
/// kept one that was not to be sent: a row that nothing touched since still says so.
fn as_now(mut derived: Delivery, now: &Delivery) -> Delivery {
    let is_silent = |kept: &AttemptView| {
        kept.begun_at.is_none() && kept.status == ReportStatus::Unknown && kept.status_at.is_none()
    };
    let is_known = |kept: &AttemptView| now.attempts.iter().any(|one| one.number == kept.number);
    derived
        .attempts
        .retain(|kept| !is_silent(kept) || is_known(kept));
    for (kept, now) in derived.attempts.iter_mut().zip(&now.attempts) {
        let was_silent = kept.status == ReportStatus::Unknown && kept.status_at.is_none();
        if was_silent && now.status == ReportStatus::Canceled {
            kept.status = now.status;
            kept.status_at = now.status_at;
            kept.retry_at = now.retry_at;
        }
    }
    derived
}

impl Storage {
    /// Compares each message's row and text with its records, and the kept counts with the rows. `erased`: what was erased before.
    pub(super) async fn check_messages(
        &self,
        mut erased: Arc<Erased>,
        report: &mut VerifyReport,
    ) -> Result<(), Error> {
        let mut after = i64::MIN;
        loop {
            let text = format!(
                "SELECT m.order_key, m.seq, m.id, m.facet, m.shown, m.facts, m.delivery, p.body, t.open, t.personal FROM message m \
                 LEFT JOIN ledger l ON l.seq = m.seq AND l.order_key = m.order_key AND l.kind = 'message' \
                 LEFT JOIN payload p ON p.seq = l.seq LEFT JOIN message_text t ON t.order_key = m.order_key \
                 WHERE m.order_key > ? AND m.{PRESENT} ORDER BY m.order_key LIMIT ?"
            );
            let rows: Vec<Row> = sql(
                self.readers().get_database_backend(),
                &text,
                values![after, CHUNK],
            )
            .all(self.readers())
            .await?;
            let Some(last) = rows.last().map(|row| row.order_key) else {
                break;
            };
            after = last;
            let is_unexplained = |row: &Row| row.body.is_none() && !erased.contains(row.seq);
            if rows.iter().any(is_unexplained) {
                // Something may have been erased since.
                erased = Arc::new(self.erased().await?);
            }
            for row in rows {
                let is_erased = row.body.is_none() && erased.contains(row.seq);
                let agrees = match self.agrees(&row).await {
                    Ok(agrees) => agrees,
                    Err(Error::Damaged { .. }) => false,
                    Err(error) => return Err(error),
                };
                if !is_erased && !agrees {
                    let what = "what the message log shows of it is not what was recorded";
                    report.shown_wrong(row.seq, what);
                }
            }
        }
        let differing = format!(
            "SELECT COUNT(*) FROM (SELECT store_id, facet FROM (\
             SELECT store_id, facet, COUNT(*) AS n FROM message WHERE {PRESENT} GROUP BY store_id, facet \
             UNION ALL SELECT store_id, facet, -n FROM message_total WHERE {PRESENT}) AS counted \
             GROUP BY store_id, facet HAVING SUM(n) <> 0) AS differing"
        );
        let by_hour = format!(
            "SELECT COUNT(*) FROM (SELECT hour FROM (\
             SELECT store_id, (order_key / 1024) / 3600000000 AS hour, facet, COUNT(*) AS n FROM message WHERE {PRESENT} \
             GROUP BY store_id, (order_key / 1024) / 3600000000, facet \
             UNION ALL SELECT store_id, hour, facet, -n FROM message_hour WHERE {PRESENT}) AS counted \
             GROUP BY store_id, hour, facet HAVING SUM(n) <> 0) AS differing"
        );
        let differing = self.number(&differing).await? + self.number(&by_hour).await?;
        if differing > 0 {
            report.fault(format!(
                "the kept counts of messages differ from the log in {differing} places"
            ));
        }
        Ok(())
    }

    /// Whether a message's row is what follows from its records.
    async fn agrees(&self, row: &Row) -> Result<bool, Error> {
        let Some(body) = &row.body else {
            return Ok(false);
        };
        let message = message_of(body)?;
        let created: Created = serde_json::from_str(body).map_err(damaged)?;
        let mut facts = created.facts;
        let text = "SELECT p.body FROM ledger l JOIN payload p ON p.seq = l.seq \
                    WHERE l.order_key = ? AND l.kind = 'message_fact' ORDER BY l.seq";
        let later = sql(
            self.readers().get_database_backend(),
            text,
            values![row.order_key],
        )
        .rows(self.readers())
        .await?;
        for entry in later {
            let told: Told =
                serde_json::from_str(&entry.try_get_by_index::<String>(0)?).map_err(damaged)?;
            facts.push(told.fact);
        }
        let delivery = delivery_of(&message, &facts);
        let (Ok(shown), Ok(known), Ok(derived)) = (
            serde_json::from_str::<Message>(&row.shown),
            serde_json::from_str::<Vec<DeliveryFact>>(&row.facts),
            serde_json::from_str::<Delivery>(&row.delivery),
        ) else {
            return Ok(false);
        };
        let id = MessageId(crate::log::uuid_of(&row.id)?);
        let slim = slim(&message);
        let all = MessageFacts::new(id, message, delivery);
        Ok(shown == slim
            && known == facts
            && as_now(derived, &all.delivery) == all.delivery
            && row.facet == all.facet().number()
            && row.open.as_ref() == Some(&all.text.open)
            && row.personal.as_ref() == Some(&all.text.personal))
    }
}
