//! What lists show of an entry, compared with what was recorded.

use super::Row;
use crate::log::{detail::OutcomePayload, row};
use crate::record::actor_of;
use crate::sql::Bytes;
use domain::{Activity, Actor, IpRange, search_text};
use serde::Deserialize;
use std::collections::HashMap;
use uuid::Uuid;

/// The projection of an entry with its text: columns of [`COLUMNS`], in their order. All are none where lists show nothing
/// of it.
#[derive(Deserialize)]
pub(super) struct Shown {
    store_id: Option<i64>,
    seq: Option<i64>,
    id: Option<Bytes>,
    occurred_at: Option<i64>,
    outcome: Option<i16>,
    has: Option<i16>,
    ip: Option<Bytes>,
    subject_type: Option<String>,
    subject_id: Option<String>,
    subject_name: Option<String>,
    description: Option<String>,
    error: Option<String>,
    first_change: Option<String>,
    change_count: Option<i64>,
    operation_id: Option<String>,
    identity: Option<String>,
    action: Option<String>,
    categories: Option<i64>,
    open: Option<String>,
    personal: Option<String>,
}

/// What [`Shown`] is read from, under these names.
pub(super) const COLUMNS: [&str; 20] = [
    "shown_store_id",
    "shown_seq",
    "shown_id",
    "shown_occurred_at",
    "shown_outcome",
    "shown_has",
    "shown_ip",
    "shown_subject_type",
    "shown_subject_id",
    "shown_subject_name",
    "shown_description",
    "shown_error",
    "shown_first_change",
    "shown_change_count",
    "shown_operation_id",
    "shown_identity",
    "shown_action",
    "shown_categories",
    "shown_open",
    "shown_personal",
];

/// Actors by their kept text: a few that come again and again.
#[derive(Default)]
pub(super) struct Actors(HashMap<String, Option<Actor>>);

impl Actors {
    fn of(&mut self, identity: &str) -> Option<&Actor> {
        if !self.0.contains_key(identity) {
            self.0.insert(identity.to_owned(), actor_of(identity).ok());
        }
        self.0.get(identity)?.as_ref()
    }
}

impl Shown {
    /// Whether it is what follows from the payload and the record that ended it.
    pub(super) fn agrees(
        &self,
        entry: &Row,
        id: Uuid,
        mut activity: Activity,
        actors: &mut Actors,
    ) -> bool {
        if let Some(ended) = &entry.ended {
            let Ok(ended) = serde_json::from_str::<OutcomePayload>(ended) else {
                return false;
            };
            row::end(&mut activity, ended.outcome, ended.error);
        }
        let text = search_text(&activity);
        let subject = activity.subject.as_ref();
        let first_change = self.first_change.as_deref().map(serde_json::from_str);
        let ip = activity.origin.ip.map(IpRange::bytes_of);
        self.store_id == Some(entry.store_id)
            && self.seq == Some(entry.seq)
            && self
                .id
                .as_ref()
                .is_some_and(|shown| shown.0 == id.as_bytes())
            && self.occurred_at == Some(activity.occurred_at.timestamp_micros())
            && self.outcome == Some(activity.outcome.number())
            && self.has == Some(activity.has().bits())
            && self.ip.as_ref().map(|shown| shown.0.as_slice())
                == ip.as_ref().map(|ip| ip.as_slice())
            && self.subject_type.as_ref() == subject.map(|s| &s.kind)
            && self.subject_id.as_ref() == subject.map(|s| &s.id)
            && self.subject_name.as_ref() == subject.and_then(|s| s.name.as_ref())
            && self.description == activity.description
            && self.error == activity.error
            && self.change_count == Some(activity.changes.len() as i64)
            && first_change.and_then(Result::ok).as_ref() == activity.changes.first()
            && self.operation_id == activity.operation_id
            && self
                .identity
                .as_deref()
                .is_some_and(|identity| actors.of(identity) == Some(&activity.actor))
            && self.action.as_ref() == Some(&activity.action.name)
            && self.categories == Some(i64::from(activity.action.categories.bits()))
            && self.open.as_ref() == Some(&text.open)
            && self.personal.as_ref() == Some(&text.personal)
    }
}
