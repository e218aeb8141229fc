//! What the security log and the operations log show, compared with what was recorded.

use super::kept::PRESENT;
use crate::record::message::damaged;
use crate::record::watch::{account_key, digest_of, event_of};
use crate::sql::{sql, values};
use crate::{Error, Storage};
use domain::IpRange;
use sea_orm::FromQueryResult;
use serde::Deserialize;
use std::collections::BTreeMap;
use uuid::Uuid;

const CHUNK: i64 = 1_000;

#[derive(FromQueryResult)]
struct Event {
    seq: i64,
    body: String,
    record_id: Vec<u8>,
    id: Option<Vec<u8>>,
    kind: Option<i16>,
    outcome: Option<i16>,
    account: Option<String>,
    ip: Option<Vec<u8>>,
    request_id: Option<String>,
}

#[derive(FromQueryResult)]
struct Batch {
    seq: i64,
    body: String,
}

#[derive(FromQueryResult)]
struct Call {
    id: Vec<u8>,
    body: String,
}

#[derive(Deserialize)]
struct Digests {
    entries: Vec<(Uuid, String)>,
}

impl Storage {
    /// Compares each event's row and each call with its record. Returns what is wrong, in words.
    pub(super) async fn check_watch(self) -> Result<Vec<String>, Error> {
        let mut faults = Vec::new();
        let backend = self.readers().get_database_backend();
        let mut after = 0;
        loop {
            let text = format!(
                "SELECT l.seq, p.body, l.record_id, e.id, e.kind, e.outcome, e.account, e.ip, e.request_id FROM ledger l \
                 JOIN payload p ON p.seq = l.seq LEFT JOIN security_event e ON e.order_key = l.order_key AND e.seq = l.seq \
                 WHERE l.kind = 'security' AND l.seq > ? AND l.{PRESENT} ORDER BY l.seq LIMIT ?"
            );
            let events: Vec<Event> = sql(backend, &text, values![after, CHUNK])
                .all(self.readers())
                .await?;
            let Some(last) = events.last() else { break };
            after = last.seq;
            for row in events {
                let event = event_of(&row.body)?;
                let ip = event.origin.ip.map(|ip| IpRange::bytes_of(ip).to_vec());
                let agrees = row.id.as_ref() == Some(&row.record_id)
                    && row.kind == Some(event.event.kind().number())
                    && row.outcome == Some(event.outcome.number())
                    && row.account == account_key(&event)
                    && row.ip == ip
                    && row.request_id == event.request_id;
                if !agrees {
                    faults.push(format!(
                        "entry {}: what the security log shows of it is not what was recorded",
                        row.seq
                    ));
                }
            }
        }
        let mut after = 0;
        loop {
            let text = format!(
                "SELECT l.seq, p.body FROM ledger l JOIN payload p ON p.seq = l.seq \
                 WHERE l.kind = 'requests' AND l.seq > ? AND l.{PRESENT} ORDER BY l.seq LIMIT 100"
            );
            let batches: Vec<Batch> = sql(backend, &text, values![after])
                .all(self.readers())
                .await?;
            let Some(last) = batches.last() else { break };
            after = last.seq;
            for batch in batches {
                if !self.agrees_with_calls(&batch).await? {
                    faults.push(format!(
                        "entry {}: the calls that the operations log shows are not those that were recorded",
                        batch.seq
                    ));
                }
            }
        }
        for (table, log) in [
            ("security_event", "security log"),
            ("request_entry", "operations log"),
        ] {
            let unrecorded = format!(
                "SELECT COUNT(*) FROM {table} e WHERE e.{PRESENT} \
                 AND NOT EXISTS (SELECT 1 FROM ledger l WHERE l.seq = e.seq AND l.kind IN ('security', 'requests'))"
            );
            let unrecorded = self.number(&unrecorded).await?;
            if unrecorded > 0 {
                faults.push(format!(
                    "the {log} shows {unrecorded} entries that were never recorded"
                ));
            }
        }
        Ok(faults)
    }

    async fn agrees_with_calls(&self, batch: &Batch) -> Result<bool, Error> {
        let digests: Digests = serde_json::from_str(&batch.body).map_err(damaged)?;
        let mut recorded: BTreeMap<Uuid, String> = digests.entries.into_iter().collect();
        let text = "SELECT id, body FROM request_entry WHERE seq = ?";
        let calls: Vec<Call> = sql(
            self.readers().get_database_backend(),
            text,
            values![batch.seq],
        )
        .all(self.readers())
        .await?;
        for call in calls {
            let id = crate::log::uuid_of(&call.id)?;
            if recorded.remove(&id).as_deref() != Some(digest_of(&call.body).as_str()) {
                return Ok(false);
            }
        }
        Ok(recorded.is_empty())
    }
}
