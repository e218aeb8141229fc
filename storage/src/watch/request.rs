//! The operations log: calls in, pages and details out, and erasing by age.

use super::filter::Log;
use super::walk::Entry;
use super::{request_row, shown_request};
use crate::log::{row, uuid_of};
use crate::record::watch::entry_of;
use crate::record::{Effect, Record};
use crate::sql::{sql, values};
use crate::{Error, Page, Principal, Scope, Storage};
use domain::entry::EntryFilter;
use domain::request::{RequestEntry, RequestHas, Surface, TOOK_NAMES};
use domain::view::{
    ActivityRow, Count, Histogram, LogFacets, MessageRow, RequestDetail, RequestPage, RequestRow,
};
use domain::{MessageId, OrderKey, Permission, Role, Seq, StoreId};
use sea_orm::{ConnectionTrait, FromQueryResult};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// How many calls one ledger entry holds at most.
const BATCH: usize = 500;
/// How many things that a call caused are shown.
const EFFECTS: i64 = 100;
/// How many batches one erasure names.
const ERASED: i64 = 500;

#[derive(FromQueryResult)]
struct Effected {
    request_id: String,
    count: i64,
}

impl Storage {
    /// Records calls, already scrubbed: one ledger entry for each store and 500 calls, which keeps a digest of
    /// each. Durable when this returns; to be called after the answers were given.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn record_requests(
        &self,
        entries: Vec<(StoreId, RequestEntry)>,
    ) -> Result<(), Error> {
        let mut stores: BTreeMap<StoreId, Vec<RequestEntry>> = BTreeMap::new();
        for (store, entry) in entries {
            stores.entry(store).or_default().push(entry);
        }
        for (store, mut entries) in stores {
            while !entries.is_empty() {
                let rest = entries.split_off(entries.len().min(BATCH));
                let batch = std::mem::replace(&mut entries, rest);
                self.recorder()
                    .write(
                        store,
                        String::new(),
                        vec![Record::Requests(batch)],
                        Vec::new(),
                        None,
                    )
                    .await?;
            }
        }
        Ok(())
    }

    /// A page of the operations log.
    ///
    /// # Errors
    /// Forbidden without [`Permission::ReadRequests`].
    pub async fn list_requests(
        &self,
        scope: &Scope,
        filter: &EntryFilter,
        page: Page,
    ) -> Result<RequestPage, Error> {
        let part = self.page_of(scope, Log::Requests, filter, page).await?;
        let entries: Vec<&RequestEntry> = part
            .found
            .iter()
            .filter_map(|found| match &found.entry {
                Entry::Request(entry) => Some(entry.as_ref()),
                Entry::Security(_) => None,
            })
            .collect();
        let calls = entries.iter().map(|e| e.request_id.as_str());
        let effects = effects_of(self.readers(), scope, calls).await?;
        let rows = entries.into_iter().map(|entry| {
            let effects = effects.get(&entry.request_id).copied().unwrap_or(0);
            request_row(scope, entry, effects)
        });
        Ok(RequestPage {
            rows: rows.collect(),
            next: part.next,
            searched_to: part.searched_to,
        })
    }

    /// How many calls match, counted up to 20,000 looked through.
    ///
    /// # Errors
    /// As [`Storage::list_requests`].
    pub async fn count_requests(
        &self,
        scope: &Scope,
        filter: &EntryFilter,
    ) -> Result<Count, Error> {
        self.count_of(scope, Log::Requests, filter).await
    }

    /// The numbers beside the filters: surfaces, how long they took, parts.
    ///
    /// # Errors
    /// As [`Storage::list_requests`].
    pub async fn requests_facets(
        &self,
        scope: &Scope,
        filter: &EntryFilter,
    ) -> Result<LogFacets, Error> {
        let lists = [
            ("surface", Surface::NAMES),
            ("took", TOOK_NAMES),
            ("has", RequestHas::NAMES),
        ];
        self.facets_of(scope, Log::Requests, filter, &lists).await
    }

    /// The operations log over time; answers of 400 to 499 count as pending, of 500 and more as failed.
    ///
    /// # Errors
    /// As [`Storage::list_requests`].
    pub async fn requests_histogram(
        &self,
        scope: &Scope,
        filter: &EntryFilter,
        buckets: u32,
    ) -> Result<Histogram, Error> {
        self.histogram_of(scope, Log::Requests, filter, buckets)
            .await
    }

    /// One call with what it caused. None when there is none or it is out of scope.
    ///
    /// # Errors
    /// As [`Storage::list_requests`].
    pub async fn get_request(
        &self,
        scope: &Scope,
        id: Uuid,
    ) -> Result<Option<RequestDetail>, Error> {
        scope.require(Permission::ReadRequests)?;
        let text = "SELECT body, seq FROM request_entry WHERE id = ? AND store_id = ?";
        let values = values![id.as_bytes().to_vec(), scope.store_id().0];
        let found = sql(self.readers().get_database_backend(), text, values)
            .row(self.readers())
            .await?;
        let Some(found) = found else { return Ok(None) };
        let entry = entry_of(&found.try_get_by_index::<String>(0)?)?;
        let seq = Seq(found.try_get_by_index(1)?);
        let proof = if scope.role().is_restricted() {
            None
        } else {
            self.proof(scope, seq).await?
        };
        let security = if scope.role().may(Permission::ReadSecurity) {
            self.security_of_request(scope, &entry.request_id).await?
        } else {
            Vec::new()
        };
        let activities = self.activities_of(scope, &entry.request_id).await?;
        let messages = self.messages_of(scope, &entry.request_id).await?;
        let calls = std::iter::once(entry.request_id.as_str());
        let effects = effects_of(self.readers(), scope, calls).await?;
        let effects = effects.values().copied().next().unwrap_or(0);
        Ok(Some(RequestDetail {
            row: request_row(scope, &entry, effects),
            entry: shown_request(scope, &entry),
            activities,
            messages,
            security,
            proof,
        }))
    }

    async fn activities_of(&self, scope: &Scope, request: &str) -> Result<Vec<ActivityRow>, Error> {
        let mut statement = sql(
            self.readers().get_database_backend(),
            "SELECT a.order_key FROM record_cause c \
             JOIN ledger l ON l.seq >= c.first_seq AND l.seq <= c.last_seq AND l.kind = 'activity' \
             JOIN activity a ON a.order_key = l.order_key JOIN action n ON n.id = a.action_id WHERE c.request_id = ",
            [],
        );
        statement
            .bind(request)
            .push(" AND a.store_id = ")
            .bind(scope.store_id().0)
            .push(" AND ");
        scope.push_condition(&mut statement);
        statement.push(" ORDER BY l.seq LIMIT ").bind(EFFECTS);
        let keys = statement
            .rows(self.readers())
            .await?
            .iter()
            .map(|row| row.try_get_by_index(0).map(OrderKey))
            .collect::<Result<Vec<_>, _>>()?;
        let rows = row::of_keys(self.readers(), scope, &keys).await?;
        let is_open = |row: &ActivityRow| {
            scope.allows_action(&domain::Action {
                name: row.action.clone(),
                categories: row.categories,
            })
        };
        Ok(rows.into_iter().filter(is_open).collect())
    }

    async fn messages_of(&self, scope: &Scope, request: &str) -> Result<Vec<MessageRow>, Error> {
        let text = "SELECT l.record_id FROM record_cause c \
                    JOIN ledger l ON l.seq >= c.first_seq AND l.seq <= c.last_seq AND l.kind = 'message' \
                    WHERE c.request_id = ? AND c.store_id = ? ORDER BY l.seq LIMIT ?";
        let values = values![request, scope.store_id().0, EFFECTS];
        let ids = sql(self.readers().get_database_backend(), text, values)
            .rows(self.readers())
            .await?;
        let mut rows = Vec::new();
        for id in ids {
            let id = MessageId(uuid_of(&id.try_get_by_index::<Vec<u8>>(0)?)?);
            rows.extend(self.get_message(scope, id).await?.map(|detail| detail.row));
        }
        Ok(rows)
    }

    /// The call that caused a record (an activity, a message), where the role reads the operations log.
    ///
    /// # Errors
    /// As [`Storage::list_requests`].
    pub async fn request_behind(
        &self,
        scope: &Scope,
        record: Uuid,
    ) -> Result<Option<RequestRow>, Error> {
        scope.require(Permission::ReadRequests)?;
        let text = "SELECT c.request_id FROM ledger l JOIN record_cause c ON c.first_seq = \
                    (SELECT MAX(b.first_seq) FROM record_cause b WHERE b.first_seq <= l.seq) \
                    WHERE l.record_id = ? AND l.store_id = ? AND c.last_seq >= l.seq";
        let values = values![record.as_bytes().to_vec(), scope.store_id().0];
        let row = sql(self.readers().get_database_backend(), text, values)
            .row(self.readers())
            .await?;
        match row {
            Some(row) => {
                self.request_of(scope, &row.try_get_by_index::<String>(0)?)
                    .await
            }
            None => Ok(None),
        }
    }

    /// Erases calls that are older than their store's policy keeps them; the ledger keeps the leaves and an
    /// entry that names what was erased. Returns how many calls. For a worker, once a day.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn erase_old_requests(&self) -> Result<u64, Error> {
        let mut erased = 0;
        for store in self.list_stores().await? {
            let policy = self.policy_of(store.id).await?;
            let days = chrono::Duration::days(i64::from(policy.request_days));
            let before = (self.ambient().clock.now() - days).timestamp_micros();
            loop {
                let count = self
                    .erase_batches(store.id, before, policy.request_days)
                    .await?;
                erased += count;
                if count == 0 {
                    break;
                }
            }
        }
        Ok(erased)
    }

    /// Erases some of the batches all of whose calls are older than a time.
    async fn erase_batches(&self, store: StoreId, before: i64, days: u32) -> Result<u64, Error> {
        let backend = self.readers().get_database_backend();
        let text = "SELECT seq, COUNT(*) FROM request_entry WHERE store_id = ? GROUP BY seq \
                    HAVING MAX(order_key) < ? ORDER BY seq LIMIT ?";
        let values = values![store.0, OrderKey::first_at(before).0, ERASED];
        let rows = sql(backend, text, values).rows(self.readers()).await?;
        let mut seqs: Vec<i64> = Vec::new();
        let mut count: i64 = 0;
        for row in &rows {
            seqs.push(row.try_get_by_index(0)?);
            count += row.try_get_by_index::<i64>(1)?;
        }
        if seqs.is_empty() {
            return Ok(0);
        }
        let mut ranges: Vec<(i64, i64)> = Vec::new();
        for seq in &seqs {
            match ranges.last_mut() {
                Some((_, to)) if *to + 1 == *seq => *to = *seq,
                _ => ranges.push((*seq, *seq)),
            }
        }
        let effects = [
            "DELETE FROM request_entry WHERE seq IN ",
            "DELETE FROM payload WHERE seq IN ",
        ]
        .into_iter()
        .map(|head| {
            let seqs = seqs.clone();
            Effect::new(move |transaction| {
                let mut statement = sql(transaction.get_database_backend(), head, []);
                statement.list(seqs.iter().copied());
                Box::pin(async move { statement.execute(transaction).await.map(drop) })
            })
        })
        .collect();
        let erasure = Record::Erasure {
            erased: ranges,
            reason: format!("calls are kept for {days} days"),
            by: Principal::System("retention").actor(Role::SuperAdmin),
            details: serde_json::Value::Null,
        };
        self.recorder()
            .write(store, String::new(), vec![erasure], effects, None)
            .await?;
        Ok(count.unsigned_abs())
    }
}

/// How many activities and messages calls caused; nothing is told to a role from whom some are hidden.
pub(super) async fn effects_of(
    on: &impl ConnectionTrait,
    scope: &Scope,
    requests: impl Iterator<Item = &str>,
) -> Result<HashMap<String, u32>, Error> {
    let requests: Vec<&str> = requests.collect();
    if scope.role().is_restricted() || requests.is_empty() {
        return Ok(HashMap::new());
    }
    let mut statement = sql(
        on.get_database_backend(),
        "SELECT c.request_id, COUNT(*) AS count FROM record_cause c \
         JOIN ledger l ON l.seq >= c.first_seq AND l.seq <= c.last_seq AND l.kind IN ('activity', 'message') \
         WHERE c.store_id = ",
        [],
    );
    statement
        .bind(scope.store_id().0)
        .push(" AND c.request_id IN ")
        .list(requests)
        .push(" GROUP BY c.request_id");
    let effected: Vec<Effected> = statement.all(on).await?;
    Ok(effected
        .into_iter()
        .map(|e| (e.request_id, u32::try_from(e.count).unwrap_or(u32::MAX)))
        .collect())
}
