//! Removing the sample store: what it held goes, what proves that it was there stays.

use crate::account::own_activity;
use crate::log::activity_of;
use crate::record::{Effect, Record, posting_hash, remove_text};
use crate::sql::{insert_many, sql, values};
use crate::{Error, Scope, Storage};
use domain::{Activity, Category, Code, OrderKey, Permission, Problem, StoreId};
use sea_orm::{ConnectionTrait as _, DatabaseTransaction, FromQueryResult};

/// How many entries go in one transaction: others write in between.
const CHUNK: i64 = 500;

#[derive(FromQueryResult)]
struct Doomed {
    order_key: i64,
    seq: i64,
    body: Option<String>,
}

impl Storage {
    /// Removes the sample store with its entries, keys, and those users who have no role elsewhere. It is out
    /// of sight when this returns; its content is deleted in the background, also after a restart. The ledger
    /// keeps the leaves and an entry that names what was erased; if the person has another store, its log
    /// says so too.
    ///
    /// # Errors
    /// Forbidden by role; conflict when the store is not a sample.
    pub async fn remove_sample(&self, scope: &Scope) -> Result<(), Error> {
        scope.require(Permission::ManageSample)?;
        if !scope.store().is_sample {
            return Err(
                Problem::new(Code::Conflict, "only the sample store is removed like this").into(),
            );
        }
        let store = scope.store_id();
        let now = self.ambient().clock.now();
        let erased = self.ranges(store).await?;
        let count: i64 = erased.iter().map(|(from, to)| to - from + 1).sum();
        let hide = Effect::statement(
            "UPDATE store SET removed_at = ? WHERE id = ? AND removed_at IS NULL",
            values![now.timestamp_micros(), store.0],
        );
        let erasure = Record::Erasure {
            erased,
            reason: "sample store removed".to_owned(),
            by: scope.actor(),
        };
        self.recorder()
            .write(
                store,
                scope.principal_key(),
                vec![erasure],
                vec![hide],
                None,
            )
            .await?;
        if let crate::Principal::User { id, .. } = scope.principal()
            && let Some(other) = self.stores_of(*id).await?.first()
        {
            let activity = Activity {
                actor: scope.actor(),
                description: Some(format!(
                    "Sample store {} removed with {count} ledger entries",
                    scope.store().name
                )),
                ..own_activity(
                    self.ambient(),
                    "log.erased",
                    Category::System,
                    None,
                    Vec::new(),
                )
            };
            let records = vec![Record::Activity(activity)];
            self.recorder()
                .write(other.id, scope.principal_key(), records, Vec::new(), None)
                .await?;
        }
        let storage = self.clone();
        tokio::spawn(async move {
            if let Err(error) = storage.delete_content(store).await {
                tracing::error!(store = store.0, %error, "the sample's content is not deleted yet; the next start goes on");
            }
        });
        Ok(())
    }

    /// Goes on with removals that a stop interrupted.
    pub(crate) async fn finish_removals(&self) -> Result<(), Error> {
        let text = "SELECT id FROM store WHERE removed_at IS NOT NULL AND (EXISTS (SELECT 1 FROM activity a WHERE a.store_id = store.id) \
                    OR EXISTS (SELECT 1 FROM membership m WHERE m.store_id = store.id))";
        for row in sql(self.readers().get_database_backend(), text, [])
            .rows(self.readers())
            .await?
        {
            let (storage, store) = (self.clone(), StoreId(row.try_get_by_index(0)?));
            tokio::spawn(async move {
                if let Err(error) = storage.delete_content(store).await {
                    tracing::error!(store = store.0, %error, "the sample's content is not deleted yet; the next start goes on");
                }
            });
        }
        Ok(())
    }

    /// The ledger numbers of a store as ranges.
    async fn ranges(&self, store: StoreId) -> Result<Vec<(i64, i64)>, Error> {
        let text = "SELECT seq FROM ledger WHERE store_id = ? AND kind <> 'erasure' ORDER BY seq";
        let mut ranges: Vec<(i64, i64)> = Vec::new();
        for row in sql(
            self.readers().get_database_backend(),
            text,
            values![store.0],
        )
        .rows(self.readers())
        .await?
        {
            let seq: i64 = row.try_get_by_index(0)?;
            match ranges.last_mut() {
                Some((_, to)) if *to + 1 == seq => *to = seq,
                _ => ranges.push((seq, seq)),
            }
        }
        Ok(ranges)
    }

    async fn delete_content(&self, store: StoreId) -> Result<(), Error> {
        loop {
            let text = "SELECT 1 FROM activity WHERE store_id = ? LIMIT 1";
            let left = sql(
                self.readers().get_database_backend(),
                text,
                values![store.0],
            )
            .row(self.readers())
            .await?;
            if left.is_none() {
                break;
            }
            self.recorder()
                .apply(vec![Effect::new(move |transaction| {
                    Box::pin(delete_chunk(transaction, store))
                })])
                .await?;
        }
        let by_store = [
            "DELETE FROM payload WHERE seq IN (SELECT seq FROM ledger WHERE store_id = ? AND kind <> 'erasure')",
            "DELETE FROM hour_count WHERE store_id = ?",
            "DELETE FROM term WHERE store_id = ?",
            "DELETE FROM actor_key WHERE store_id = ?",
            "DELETE FROM actor WHERE store_id = ?",
            "DELETE FROM action WHERE store_id = ?",
            "DELETE FROM sales_order WHERE store_id = ?",
            "DELETE FROM customer WHERE store_id = ?",
            "DELETE FROM session WHERE store_id = ?",
            "DELETE FROM api_key WHERE store_id = ?",
            "DELETE FROM membership WHERE store_id = ?",
        ];
        let mut effects: Vec<Effect> = by_store
            .into_iter()
            .map(|text| Effect::statement(text, values![store.0]))
            .collect();
        effects.push(Effect::statement(
            "DELETE FROM session WHERE NOT EXISTS (SELECT 1 FROM membership m WHERE m.user_id = session.user_id)",
            Vec::new(),
        ));
        effects.push(Effect::statement(
            "DELETE FROM user_account WHERE NOT EXISTS (SELECT 1 FROM membership m WHERE m.user_id = user_account.id)",
            Vec::new(),
        ));
        self.recorder().apply(effects).await
    }
}

async fn delete_chunk(transaction: &DatabaseTransaction, store: StoreId) -> Result<(), Error> {
    let backend = transaction.get_database_backend();
    let text = "SELECT a.order_key, a.seq, p.body FROM activity a LEFT JOIN payload p ON p.seq = a.seq \
                WHERE a.store_id = ? ORDER BY a.order_key LIMIT ?";
    let doomed: Vec<Doomed> = sql(backend, text, values![store.0, CHUNK])
        .all(transaction)
        .await?;
    let mut postings = Vec::new();
    for entry in &doomed {
        remove_text(transaction, OrderKey(entry.order_key)).await?;
        if let Some(body) = &entry.body {
            for term in activity_of(body)?.terms() {
                postings.extend(values![
                    posting_hash(store, &term.text, term.is_personal),
                    entry.order_key
                ]);
            }
        }
    }
    // A delete by pairs, in the form of an insert of few statement texts.
    insert_many(
        transaction,
        "DELETE FROM posting WHERE (term, order_key) IN (",
        ")",
        2,
        postings,
    )
    .await?;
    for (head, keys) in [
        (
            "DELETE FROM activity WHERE order_key IN ",
            doomed.iter().map(|d| d.order_key).collect::<Vec<_>>(),
        ),
        (
            "DELETE FROM payload WHERE seq IN ",
            doomed.iter().map(|d| d.seq).collect(),
        ),
    ] {
        let mut statement = sql(backend, head, []);
        statement.list(keys);
        statement.execute(transaction).await?;
    }
    Ok(())
}
