//! Looking at what was recorded before entries kept their device and the fields that changed, and customers their words, so
//! that it is found by them.

use crate::log::activity_of;
use crate::record::{Effect, insert_terms, posting_hash};
use crate::sql::{sql, values};
use crate::{Error, Storage, device};
use domain::{Code, StoreId, Term};
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// How many ledger entries one step looks at.
const CHUNK: i64 = 500;

#[derive(FromQueryResult)]
struct Columns {
    store_id: i64,
    order_key: i64,
    body: String,
}

/// What an older entry is to be found by.
#[derive(Clone)]
struct Older {
    store: StoreId,
    order_key: i64,
    device: Option<String>,
    /// The names of the fields that changed.
    fields: Vec<Term>,
}

impl Older {
    /// None when there is nothing: nor in an entry that can't be read; that it was changed is for `verify` to say.
    fn of(columns: Columns) -> Option<Self> {
        let activity = activity_of(&columns.body).ok()?;
        let device = activity.origin.device().map(|device| device.name);
        let mut fields = activity.terms();
        fields.retain(|term| term.text.starts_with("changed:"));
        (device.is_some() || !fields.is_empty()).then_some(Self {
            store: StoreId(columns.store_id),
            order_key: columns.order_key,
            device,
            fields,
        })
    }
}

impl Storage {
    /// Looks at the newest entries that were recorded before their devices and changed fields were kept, at most 500, in
    /// one transaction; after them at customers who were told of before their words were. False when none is left.
    ///
    /// # Errors
    /// When the database fails: try again later.
    pub async fn older_step(&self) -> Result<bool, Error> {
        let backend = self.readers().get_database_backend();
        let text = "SELECT up_to FROM older_waiting WHERE id = 1";
        let waiting = sql(backend, text, []).row(self.readers()).await?;
        let up_to: i64 = waiting
            .map(|row| row.try_get_by_index(0))
            .transpose()?
            .unwrap_or(0);
        if up_to <= 0 {
            return self.older_customers_step().await;
        }
        let from = (up_to - CHUNK).max(0);
        let text = "SELECT l.store_id, l.order_key, p.body FROM ledger l JOIN payload p ON p.seq = l.seq \
                    WHERE l.seq > ? AND l.seq <= ? AND l.kind = 'activity' AND l.order_key IS NOT NULL";
        let found: Vec<Columns> = sql(backend, text, values![from, up_to])
            .all(self.readers())
            .await?;
        let older: Vec<Older> = found.into_iter().filter_map(Older::of).collect();
        let moved = Effect::one(
            "UPDATE older_waiting SET up_to = ? WHERE id = 1 AND up_to = ?",
            values![from, up_to],
            "another process looked at these entries",
        );
        let noted = Effect::new(move |transaction| {
            let older = older.clone();
            Box::pin(async move { note(transaction, &older, up_to).await })
        });
        match self.recorder().apply(vec![moved, noted]).await {
            Err(Error::Problem(problem)) if problem.code == Code::Conflict => Ok(true),
            Err(error) => Err(error),
            Ok(()) => Ok(true),
        }
    }
}

/// Notes what entries up to a ledger number are found by; not those whose content was erased meanwhile.
async fn note(transaction: &DatabaseTransaction, older: &[Older], up_to: i64) -> Result<(), Error> {
    let backend = transaction.get_database_backend();
    let mut there = sql(
        backend,
        "SELECT order_key FROM activity WHERE seq <= ? \
         AND EXISTS (SELECT 1 FROM payload p WHERE p.seq = activity.seq) AND order_key IN ",
        values![up_to],
    );
    there.list(older.iter().map(|entry| entry.order_key));
    let mut keys: HashSet<i64> = HashSet::new();
    for row in there.rows(transaction).await? {
        keys.insert(row.try_get_by_index(0)?);
    }
    let mut devices: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
    let mut terms: BTreeSet<(StoreId, &Term)> = BTreeSet::new();
    let mut postings = Vec::new();
    for entry in older.iter().filter(|entry| keys.contains(&entry.order_key)) {
        if let Some(name) = &entry.device {
            devices.entry(name).or_default().push(entry.order_key);
        }
        for term in &entry.fields {
            terms.insert((entry.store, term));
            postings.extend(values![
                posting_hash(entry.store, &term.text, term.is_personal),
                entry.order_key
            ]);
        }
    }
    for (name, keys) in devices {
        let id = device::number(transaction, name).await?;
        let text = "UPDATE activity SET device_id = ? WHERE order_key IN ";
        let mut update = sql(backend, text, values![id]);
        update.list(keys);
        update.execute(transaction).await?;
    }
    let terms = terms
        .into_iter()
        .flat_map(|(store, term)| values![store.0, term.text.clone(), term.is_personal]);
    insert_terms(transaction, terms.collect(), postings).await
}
