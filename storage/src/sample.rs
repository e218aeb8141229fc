//! The sample store: its people, and removing it. What it held goes, what proves that it was there stays.

use crate::account::{invited, join_new, own_activity};
use crate::erase::{self, TextIndex};
use crate::export::requester_of;
use crate::log::activity_of;
use crate::record::{Effect, Idempotency, Record, posting_hash, text};
use crate::role::power_told;
use crate::sql::{insert_many, sql, values};
use crate::{Error, NewUser, Principal, Scope, Storage};
use chrono::{DateTime, Utc};
use domain::security::{SecurityEventName, SecurityOutcome};
use domain::view::StoreView;
use domain::{
    Activity, Actor, Category, Code, OrderKey, Origin, Permission, Problem, Role, StoreId, UserId,
};
use sea_orm::{ConnectionTrait as _, DatabaseTransaction, DbBackend, FromQueryResult};
use sha2::{Digest as _, Sha256};

/// How many entries go in one transaction: others write in between.
const CHUNK: i64 = 500;
/// With at most so many entries of other stores the text index is made anew.
const FEW_OTHERS: i64 = 20_000;

/// How somebody came to the sample store, as its story has it.
#[derive(Debug, Clone)]
pub struct SampleArrival {
    /// When.
    pub at: DateTime<Utc>,
    /// Who invited them.
    pub by: Actor,
    /// From where.
    pub origin: Origin,
}

/// Refuses in `words` what is done to sample stores only.
pub(crate) fn require_sample(scope: &Scope, words: &str) -> Result<(), Error> {
    if scope.store().is_sample {
        Ok(())
    } else {
        Err(Problem::new(Code::Conflict, words).into())
    }
}

#[derive(FromQueryResult)]
struct Doomed {
    order_key: i64,
    seq: i64,
    body: Option<String>,
}

impl Storage {
    /// Writes what is told of the past of a sample store. The same `key` tells it once.
    pub(crate) async fn tell_past(
        &self,
        scope: &Scope,
        records: Vec<Record>,
        effects: Vec<Effect>,
        key: String,
    ) -> Result<(), Error> {
        let idempotency = Idempotency {
            request_digest: Sha256::digest(&key).into(),
            key,
            answer: |_| Vec::new(),
        };
        self.recorder()
            .write(
                scope.store_id(),
                scope.principal_key(),
                records,
                effects,
                Some(idempotency),
            )
            .await
            .map(drop)
    }

    /// As [`Storage::add_user`], at a time of the sample's story: its people act from its first day on.
    ///
    /// # Errors
    /// As [`Storage::add_user`]; conflict when the store is not a sample, since nobody comes into another's past.
    pub async fn add_sample_user(
        &self,
        scope: &Scope,
        user: NewUser,
        role: Role,
        arrival: SampleArrival,
    ) -> Result<UserId, Error> {
        require_sample(scope, "only people of the sample store arrive in its past")?;
        self.add_user_as(scope, user, role, Some(arrival)).await
    }

    /// Gives the scope's person their role in a sample store, unless they have one there: whoever loads it looks at it,
    /// also who is no super admin or became one after it was made. Records `user.invited` there, by themselves.
    ///
    /// # Errors
    /// Forbidden by role; conflict when the store is not a sample.
    pub async fn join_sample(&self, scope: &Scope, sample: StoreView) -> Result<(), Error> {
        scope.require(Permission::ManageSample)?;
        let there = Scope::system("sample store", sample);
        require_sample(&there, "only the sample store is joined like this")?;
        let Principal::User { id, name, .. } = scope.principal() else {
            return Ok(());
        };
        let (store, role) = (there.store_id(), scope.role());
        let now = self.ambient().clock.now().timestamp_micros();
        let effects = vec![join_new(*id, store, role, now)];
        let word = self.role_word(scope, role).await?;
        let activity = self.done_by(scope, invited(self.ambient(), *id, name, &word));
        let mut event = self.event(
            scope,
            SecurityEventName::UserInvited,
            SecurityOutcome::Success,
        );
        event.subject.clone_from(&activity.subject);
        event.changes.clone_from(&activity.changes);
        event.details = power_told(None, role);
        let records = vec![
            Record::Activity(activity),
            Record::Security(Box::new(event)),
        ];
        let joined = self
            .recorder()
            .write(store, scope.principal_key(), records, effects, None)
            .await;
        match joined {
            // They have a role there already.
            Err(Error::Problem(problem)) if problem.code == Code::InvalidFields => Ok(()),
            joined => joined.map(drop),
        }
    }

    /// The scope in the sample store of the scope's principal, who may look at a store of their own: it is removed from there
    /// too.
    ///
    /// # Errors
    /// Forbidden by role; not found where they have no role in a sample store.
    pub async fn in_sample(&self, scope: &Scope) -> Result<Scope, Error> {
        scope.require(Permission::ManageSample)?;
        if scope.store().is_sample {
            return Ok(scope.clone());
        }
        let principal = requester_of(scope.principal());
        for store in self.list_stores().await? {
            if store.is_sample
                && let Some(there) = self.scope_of_requester(&principal, store.id).await?
            {
                return Ok(there.at(scope.caller().clone()));
            }
        }
        Err(Problem::not_found("sample store").into())
    }

    /// Whether the stores in which a person has a role are samples, all of them: nothing is ever mailed to them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn is_of_sample(&self, user: UserId) -> Result<bool, Error> {
        // Samples come last.
        let stores = self.stores_of(user).await?;
        Ok(stores.first().is_some_and(|store| store.is_sample))
    }

    /// Removes the sample store with its entries, keys, and those users who have no role elsewhere. It is out
    /// of sight when this returns; its content is deleted in the background, also after a restart. The ledger
    /// keeps the leaves and an entry that names what was erased; if the person has another store, its log
    /// says so too.
    ///
    /// # Errors
    /// Forbidden by role; conflict when the store is not a sample.
    pub async fn remove_sample(&self, scope: &Scope) -> Result<(), Error> {
        scope.require(Permission::ManageSample)?;
        require_sample(scope, "only the sample store is removed like this")?;
        let store = scope.store_id();
        // First out of sight, so that the writer takes nothing more for it and the ranges are complete.
        self.recorder().apply(vec![self.hide(store)]).await?;
        let count = self.write_erasure(store, scope.actor()).await?;
        if let Principal::User { id, .. } = scope.principal()
            && let Some(other) = self.stores_of(*id).await?.first()
        {
            let activity = Activity {
                actor: scope.actor(),
                origin: scope.caller().origin(),
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
        self.delete_in_background(store, false);
        Ok(())
    }

    /// Ends the store for everybody; whoever looks at it and has another store looks at that one now.
    fn hide(&self, store: StoreId) -> Effect {
        let now = self.ambient().clock.now().timestamp_micros();
        Effect::new(move |transaction| {
            Box::pin(async move {
                let backend = transaction.get_database_backend();
                let text = "UPDATE store SET removed_at = ? WHERE id = ? AND removed_at IS NULL";
                let hidden = sql(backend, text, values![now, store.0]);
                if hidden.execute(transaction).await? == 0 {
                    return Err(Problem::not_found("store").into());
                }
                let other = "SELECT m.store_id FROM membership m JOIN store t ON t.id = m.store_id \
                             WHERE m.user_id = session.user_id AND m.is_blocked = ? AND t.removed_at IS NULL \
                             ORDER BY t.is_sample, t.id LIMIT 1";
                let text = format!(
                    "UPDATE session SET store_id = ({other}) WHERE store_id = ? AND EXISTS ({other})"
                );
                sql(backend, &text, values![false, store.0, false])
                    .execute(transaction)
                    .await?;
                // Nothing more is recorded in it, so nothing that waits there could end.
                for text in [
                    "UPDATE export SET status = 'cancelled', lease = NULL, lease_until = NULL \
                     WHERE store_id = ? AND status IN ('queued', 'running')",
                    "UPDATE erasure SET status = 'failed', lease_until = NULL \
                     WHERE store_id = ? AND status IN ('queued', 'running')",
                    "DELETE FROM erasure_file WHERE erasure IN (SELECT id FROM erasure WHERE store_id = ?)",
                    // Its name is free for the next sample at once.
                    "DELETE FROM shop_connection WHERE store_id = ?",
                ] {
                    sql(backend, text, values![store.0])
                        .execute(transaction)
                        .await?;
                }
                Ok(())
            })
        })
    }

    /// Writes down what is erased of a store that is out of sight; returns how many entries.
    async fn write_erasure(&self, store: StoreId, by: Actor) -> Result<i64, Error> {
        let erased = self.ranges(store).await?;
        let count = erased.iter().map(|(from, to)| to - from + 1).sum();
        let erasure = Record::Erasure {
            erased,
            reason: "sample store removed".to_owned(),
            by,
            details: serde_json::Value::Null,
        };
        self.recorder()
            .write(store, String::new(), vec![erasure], Vec::new(), None)
            .await?;
        Ok(count)
    }

    fn delete_in_background(&self, store: StoreId, is_resumed: bool) {
        let storage = self.clone();
        tokio::spawn(async move {
            if let Err(error) = storage.delete_content(store, is_resumed).await {
                tracing::error!(store = store.0, %error, "the sample's content is not deleted yet; the next start goes on");
            }
        });
    }

    /// Goes on with removals that a stop interrupted.
    pub(crate) async fn finish_removals(&self) -> Result<(), Error> {
        // The table of actions is emptied last.
        let text = "SELECT id, EXISTS (SELECT 1 FROM ledger l WHERE l.store_id = store.id AND l.kind = 'erasure') \
                    FROM store WHERE removed_at IS NOT NULL AND EXISTS (SELECT 1 FROM action n WHERE n.store_id = store.id)";
        for row in sql(self.readers().get_database_backend(), text, [])
            .rows(self.readers())
            .await?
        {
            let store = StoreId(row.try_get_by_index(0)?);
            if !row.try_get_by_index::<bool>(1)? {
                let by = Principal::System("removal").actor(Role::SuperAdmin);
                self.write_erasure(store, by).await?;
            }
            self.delete_in_background(store, true);
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

    /// Whether making the text index anew is quicker than taking the store's entries out of it one by one:
    /// where little else is in it. A removal that was interrupted may have begun like that, so it ends like that.
    async fn remakes_index(&self, store: StoreId, is_resumed: bool) -> Result<bool, Error> {
        let backend = self.readers().get_database_backend();
        if backend != DbBackend::Sqlite {
            return Ok(false);
        }
        let text = "SELECT COUNT(*) FROM (SELECT 1 FROM activity WHERE store_id <> ? LIMIT ?)";
        let others: i64 = sql(backend, text, values![store.0, FEW_OTHERS + 1])
            .row(self.readers())
            .await?
            .map(|row| row.try_get_by_index(0))
            .transpose()?
            .unwrap_or(0);
        Ok(is_resumed || others <= FEW_OTHERS)
    }

    async fn delete_content(&self, store: StoreId, is_resumed: bool) -> Result<(), Error> {
        let remakes_index = self.remakes_index(store, is_resumed).await?;
        // Outcomes first: the places in time of deleted activities are free for others.
        self.delete_payloads(store, "l.kind NOT IN ('activity', 'erasure')")
            .await?;
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
                    Box::pin(delete_chunk(transaction, store, remakes_index))
                })])
                .await?;
        }
        if remakes_index {
            let remake = "INSERT INTO activity_fts (activity_fts) VALUES ('rebuild')";
            self.recorder()
                .apply(vec![Effect::statement(remake, Vec::new())])
                .await?;
        }
        self.delete_messages(store).await?;
        self.delete_payloads(store, "l.kind <> 'erasure'").await?;
        self.drop_files_of(store).await?;
        let by_store = [
            "DELETE FROM export_download WHERE export_id IN (SELECT id FROM export WHERE store_id = ?)",
            "DELETE FROM export_email WHERE export_id IN (SELECT id FROM export WHERE store_id = ?)",
            "DELETE FROM export WHERE store_id = ?",
            "DELETE FROM export_schedule WHERE store_id = ?",
            "DELETE FROM erased_range WHERE erasure_id IN (SELECT id FROM erasure WHERE store_id = ?)",
            "DELETE FROM erased_gap WHERE store_id = ?",
            "DELETE FROM erasure WHERE store_id = ?",
            "DELETE FROM legal_hold WHERE store_id = ?",
            "DELETE FROM retention_rule WHERE store_id = ?",
            "DELETE FROM saved_view_of_person WHERE view_id IN (SELECT id FROM saved_view WHERE store_id = ?)",
            "DELETE FROM saved_view WHERE store_id = ?",
            "DELETE FROM hour_count WHERE store_id = ?",
            "DELETE FROM term WHERE store_id = ?",
            "DELETE FROM actor_key WHERE store_id = ?",
            "DELETE FROM actor WHERE store_id = ?",
            "DELETE FROM action WHERE store_id = ?",
            "DELETE FROM operation_item WHERE operation IN (SELECT o.number FROM operation o WHERE o.store_id = ?)",
            "DELETE FROM operation_cause WHERE operation IN (SELECT o.number FROM operation o WHERE o.store_id = ?)",
            "DELETE FROM operation_event WHERE operation IN (SELECT o.number FROM operation o WHERE o.store_id = ?)",
            "DELETE FROM revert_item WHERE store_id = ?",
            "DELETE FROM revert_target WHERE store_id = ?",
            "DELETE FROM operation WHERE store_id = ?",
            "DELETE FROM field_value WHERE store_id = ?",
            "DELETE FROM webhook_attempt WHERE delivery IN (SELECT d.number FROM webhook_delivery d WHERE d.store_id = ?)",
            "DELETE FROM webhook_delivery WHERE store_id = ?",
            "DELETE FROM shop_subject WHERE store_id = ?",
            "DELETE FROM shop_connection WHERE store_id = ?",
            "DELETE FROM sales_order WHERE store_id = ?",
            "DELETE FROM customer WHERE store_id = ?",
            "DELETE FROM customer_word WHERE store_id = ?",
            "DELETE FROM session WHERE store_id = ?",
            "DELETE FROM api_key WHERE store_id = ?",
            "DELETE FROM own_role WHERE store_id = ?",
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
        // Who has no role anywhere goes with all that is theirs.
        for text in [
            "DELETE FROM account_link WHERE NOT EXISTS (SELECT 1 FROM membership m WHERE m.user_id = account_link.user_id)",
            "DELETE FROM sign_in_step WHERE NOT EXISTS (SELECT 1 FROM membership m WHERE m.user_id = sign_in_step.user_id)",
            "DELETE FROM totp WHERE NOT EXISTS (SELECT 1 FROM membership m WHERE m.user_id = totp.user_id)",
            "DELETE FROM recovery_code WHERE NOT EXISTS (SELECT 1 FROM membership m WHERE m.user_id = recovery_code.user_id)",
            "DELETE FROM openid_identity WHERE NOT EXISTS (SELECT 1 FROM membership m WHERE m.user_id = openid_identity.user_id)",
            "DELETE FROM passkey WHERE NOT EXISTS (SELECT 1 FROM membership m WHERE m.user_id = passkey.user_id)",
        ] {
            effects.push(Effect::statement(text, Vec::new()));
        }
        effects.push(erase::purge_wanted());
        effects.push(Effect::statement(
            "DELETE FROM user_account WHERE NOT EXISTS (SELECT 1 FROM membership m WHERE m.user_id = user_account.id)",
            Vec::new(),
        ));
        self.recorder().apply(effects).await?;
        // What was deleted still stands in the write-ahead log until that begins anew. While somebody reads an older
        // state it can't: the worker that erases tries again.
        self.inner.folding.ask();
        self.fold_log().await.map(drop)
    }

    /// Deletes the store's messages with all that was made from them.
    async fn delete_messages(&self, store: StoreId) -> Result<(), Error> {
        let of_store = "order_key IN (SELECT m.order_key FROM message m WHERE m.store_id = ?)";
        let mut texts = Vec::new();
        if self.readers().get_database_backend() == DbBackend::Sqlite {
            texts.push(format!(
                "INSERT INTO message_fts (message_fts, rowid, open, personal) \
                 SELECT 'delete', order_key, open, personal FROM message_text WHERE {of_store}"
            ));
        }
        for table in ["message_text", "message_posting", "message_name"] {
            texts.push(format!("DELETE FROM {table} WHERE {of_store}"));
        }
        for table in [
            "message",
            "message_total",
            "message_hour",
            "message_term",
            "outbox",
            "opt_out",
            "order_thread",
            "order_seen",
            "template",
            "followup_rule",
            "followup_due",
            "webhook_job",
            "rule_version",
            "rule_cursor",
            "rule_clock",
            "rule_run",
            "rule_action",
            "reported_rule",
            "security_event",
            "request_entry",
            "record_cause",
            "alarm_rule",
            "alarm_raised",
            "policy",
        ] {
            texts.push(format!("DELETE FROM {table} WHERE store_id = ?"));
        }
        let deleted = Effect::new(|transaction| {
            Box::pin(erase::note_deleted(transaction, TextIndex::Messages))
        });
        let effects = texts.into_iter().map(|text| {
            Effect::new(move |transaction| {
                let statement = sql(transaction.get_database_backend(), &text, values![store.0]);
                Box::pin(async move { statement.execute(transaction).await.map(drop) })
            })
        });
        self.recorder()
            .apply(effects.chain([deleted]).collect())
            .await
    }

    /// Deletes what the store's records of some kinds hold.
    async fn delete_payloads(&self, store: StoreId, kinds: &str) -> Result<(), Error> {
        let backend = self.readers().get_database_backend();
        let mut after = 0;
        loop {
            let text = format!(
                "SELECT l.seq FROM ledger l JOIN payload p ON p.seq = l.seq \
                 WHERE l.store_id = ? AND {kinds} AND l.seq > ? ORDER BY l.seq LIMIT ?"
            );
            let rows = sql(backend, &text, values![store.0, after, CHUNK])
                .rows(self.readers())
                .await?;
            let seqs = rows
                .iter()
                .map(|row| row.try_get_by_index(0))
                .collect::<Result<Vec<i64>, _>>()?;
            let Some(last) = seqs.last() else {
                return Ok(());
            };
            after = *last;
            let delete = Effect::new(move |transaction| {
                let mut statement = sql(backend, "DELETE FROM payload WHERE seq IN ", []);
                statement.list(seqs.iter().copied());
                Box::pin(async move { statement.execute(transaction).await.map(drop) })
            });
            self.recorder().apply(vec![delete]).await?;
        }
    }
}

async fn delete_chunk(
    transaction: &DatabaseTransaction,
    store: StoreId,
    remakes_index: bool,
) -> Result<(), Error> {
    let backend = transaction.get_database_backend();
    let text = "SELECT a.order_key, a.seq, p.body FROM activity a LEFT JOIN payload p ON p.seq = a.seq \
                WHERE a.store_id = ? ORDER BY a.order_key LIMIT ?";
    let doomed: Vec<Doomed> = sql(backend, text, values![store.0, CHUNK])
        .all(transaction)
        .await?;
    if !remakes_index {
        erase::note_deleted(transaction, TextIndex::Activities).await?;
    }
    let mut postings = Vec::new();
    for entry in &doomed {
        if !remakes_index {
            text::remove(transaction, OrderKey(entry.order_key)).await?;
        }
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
            "DELETE FROM activity_text WHERE order_key IN ",
            doomed.iter().map(|d| d.order_key).collect::<Vec<_>>(),
        ),
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
