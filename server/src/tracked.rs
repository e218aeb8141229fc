//! A message as its own tokens open it: links, pictures and reply addresses name no session and no store.

use crate::problem::ApiError;
use crate::state::AppState;
use chrono::{DateTime, Utc};
use domain::MessageId;
use domain::message::{Attempt, DeliveryFact, FactKind, Message};
use domain::view::{MessageDetail, StoreView};
use storage::Scope;

/// A message and its store.
pub(crate) struct Tracked {
    /// Its store.
    pub store: StoreView,
    /// The message with everything about it.
    pub detail: MessageDetail,
}

impl Tracked {
    /// The message that a token names, if it is there still. Whoever asks has checked the token.
    ///
    /// # Errors
    /// A fault of the database.
    pub(crate) async fn find(state: &AppState, id: MessageId) -> Result<Option<Self>, ApiError> {
        let storage = &state.storage;
        let Some(located) = storage.locate_message(id).await? else {
            return Ok(None);
        };
        let stores = storage.list_stores().await?;
        let Some(store) = stores
            .into_iter()
            .find(|store| store.id == located.store_id)
        else {
            return Ok(None);
        };
        let scope = Scope::system("link", store.clone());
        let detail = storage.get_message(&scope, id).await?;
        Ok(detail.map(|detail| Self { store, detail }))
    }

    /// The message itself.
    pub(crate) fn message(&self) -> &Message {
        &self.detail.message
    }

    /// When it was handed over last.
    pub(crate) fn handed_over_at(&self) -> Option<DateTime<Utc>> {
        let attempts = self.detail.delivery.attempts.iter();
        attempts.filter_map(|attempt| attempt.begun_at).max()
    }

    /// The last try that was handed over.
    fn last_attempt(&self) -> Option<Attempt> {
        let attempts = &self.detail.delivery.attempts;
        let last = attempts
            .iter()
            .rev()
            .find(|attempt| attempt.begun_at.is_some())?;
        Some(Attempt {
            number: last.number,
            id: last.id,
        })
    }

    /// Records what became known of it. False when it was known.
    ///
    /// # Errors
    /// A fault of the database.
    pub(crate) async fn record(
        &self,
        state: &AppState,
        kind: FactKind,
        at: DateTime<Utc>,
    ) -> Result<bool, ApiError> {
        let fact = DeliveryFact {
            at,
            attempt: self.last_attempt(),
            kind,
        };
        let id = self.detail.row.id;
        Ok(state.storage.record_fact(self.store.id, id, fact).await?)
    }
}
