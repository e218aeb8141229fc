//! The operations log: calls in, pages and details out.

use super::filter::Log;
use super::walk::Entry;
use super::{request_row, shown_request};
use crate::log::{row, uuid_of};
use crate::record::Record;
use crate::record::watch::entry_of;
use crate::sql::{sql, values};
use crate::{Error, Page, Scope, Storage};
use domain::entry::EntryFilter;
use domain::request::{RequestEntry, RequestHas, Surface, TOOK_NAMES};
use domain::view::{
    ActivityRow, Count, Histogram, LogFacets, MessageRow, RequestDetail, RequestPage, RequestRow,
};
use domain::{MessageId, OrderKey, Permission, Seq, StoreId};
use sea_orm::{ConnectionTrait, FromQueryResult};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// How many calls one ledger entry holds at most.
const BATCH: usize = 500;
/// How many things that a call caused are shown.
const EFFECTS: i64 = 100;

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
