//! Keeping what a shop delivers, once, before it is answered.

use super::SealedConnection;
use crate::account::own_activity;
use crate::log::uuid_of;
use crate::record::{Effect, Record};
use crate::sql::{sql, values};
use crate::{Caller, Error, Storage};
use domain::hook::HookState;
use domain::{Actor, Category, Code, HookId, Reference};
use serde_json::json;
use sha2::{Digest as _, Sha256};

/// A delivery whose signature fits.
#[derive(Debug, Clone)]
pub struct NewHook {
    /// What it is about, in the shop's words, at most 200 characters.
    pub topic: String,
    /// What tells it from every other of its connection, at most 500 characters.
    pub key: String,
    /// The headers that matter, by name.
    pub headers: Vec<(String, String)>,
    /// As it came.
    pub body: Vec<u8>,
    /// The trace that the sender named; one of our own otherwise.
    pub trace_id: Option<String>,
}

/// What became of a delivery that came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeptHook {
    /// It is durable now and will be processed.
    New(HookId),
    /// It came before.
    Repeated(HookId),
}

impl Storage {
    /// Keeps a delivery; it is durable when this returns. Records `webhook.received` with the body's digest. What it is
    /// about is noted as far as its body tells that, so that it is found while it waits and when it fails.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keep_hook(
        &self,
        connection: &SealedConnection,
        new: NewHook,
        caller: &Caller,
    ) -> Result<KeptHook, Error> {
        if let Some(known) = self.hook_of_key(connection, &new.key).await? {
            return self.note_repeat(connection, known).await;
        }
        let key = new.key.clone();
        let id = HookId(self.ambient().uuid());
        match self.insert_hook(connection, id, new, caller).await {
            Ok(()) => {
                self.hook_changed(connection.store_id, id);
                self.wake_hooks();
                Ok(KeptHook::New(id))
            }
            // The same came twice at the same moment.
            Err(Error::Problem(problem)) if problem.code == Code::Conflict => {
                match self.hook_of_key(connection, &key).await? {
                    Some(known) => self.note_repeat(connection, known).await,
                    None => Err(Error::Problem(problem)),
                }
            }
            Err(error) => Err(error),
        }
    }

    async fn insert_hook(
        &self,
        connection: &SealedConnection,
        id: HookId,
        new: NewHook,
        caller: &Caller,
    ) -> Result<(), Error> {
        let now = self.ambient().clock.now();
        let at = now.timestamp_micros();
        let view = &connection.view;
        let trace = new.trace_id.unwrap_or_else(|| id.0.simple().to_string());
        let digest = Sha256::digest(&new.body).to_vec();
        let bytes = i64::try_from(new.body.len()).unwrap_or(i64::MAX);
        let hex = hex(&digest);
        let headers =
            serde_json::to_string(&new.headers).map_err(crate::record::message::damaged)?;
        let subject = self
            .thing_named(
                connection.store_id,
                view.id,
                view.platform,
                &new.topic,
                &new.body,
            )
            .await?;
        let (kind, subject_id) = subject
            .as_ref()
            .map(|s| (s.kind.clone(), s.id.clone()))
            .unzip();
        let insert = Effect::one(
            "INSERT INTO webhook_delivery (id, store_id, connection_id, connection_name, platform, topic, state, delivery_key, \
             headers, body, bytes, sha256, subject_type, subject_id, subject_name, trace_id, received_at, repeats, tries, \
             tries_before, due_at) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, ?) ON CONFLICT (connection_id, delivery_key) DO NOTHING",
            values![
                id.0.as_bytes().to_vec(),
                connection.store_id.0,
                view.id.0.as_bytes().to_vec(),
                view.name.clone(),
                view.platform.number(),
                new.topic.clone(),
                HookState::Received.number(),
                new.key,
                headers,
                new.body,
                bytes,
                digest,
                kind,
                subject_id,
                subject.and_then(|s| s.name),
                trace.clone(),
                at,
                at,
            ],
            "this delivery came before",
        );
        let mut activity = own_activity(
            self.ambient(),
            "webhook.received",
            Category::System,
            Some(reference(id, &new.topic)),
            Vec::new(),
        );
        activity.actor = Actor {
            name: Some(format!("{} · {}", view.platform.label(), view.name)),
            ..Actor::system()
        };
        activity.origin = caller.origin();
        activity.origin.trace_id = Some(trace);
        activity.details = Some(json!({
            "connection": view.name, "platform": view.platform, "bytes": bytes, "sha256": hex,
        }));
        let records = vec![Record::Activity(activity)];
        let seen = Effect::statement(
            "UPDATE shop_connection SET first_at = COALESCE(first_at, ?), last_at = ? WHERE id = ?",
            values![at, at, view.id.0.as_bytes().to_vec()],
        );
        self.recorder()
            .write(
                connection.store_id,
                "webhooks".to_owned(),
                records,
                vec![insert, seen],
                None,
            )
            .await
            .map(drop)
    }

    async fn hook_of_key(
        &self,
        connection: &SealedConnection,
        key: &str,
    ) -> Result<Option<HookId>, Error> {
        let text = "SELECT id FROM webhook_delivery WHERE connection_id = ? AND delivery_key = ?";
        let values = values![connection.view.id.0.as_bytes().to_vec(), key];
        let row = sql(self.backend(), text, values)
            .row(self.readers())
            .await?;
        row.map(|row| Ok(HookId(uuid_of(&row.try_get_by_index::<Vec<u8>>(0)?)?)))
            .transpose()
    }

    async fn note_repeat(
        &self,
        connection: &SealedConnection,
        id: HookId,
    ) -> Result<KeptHook, Error> {
        let text = "UPDATE webhook_delivery SET repeats = repeats + 1 WHERE id = ?";
        let effect = Effect::statement(text, values![id.0.as_bytes().to_vec()]);
        self.recorder().apply(vec![effect]).await?;
        self.hook_changed(connection.store_id, id);
        Ok(KeptHook::Repeated(id))
    }
}

/// A delivery as records refer to it.
pub(super) fn reference(id: HookId, topic: &str) -> Reference {
    Reference {
        kind: "webhook".to_owned(),
        id: id.to_string(),
        name: Some(topic.to_owned()),
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
