//! What lists show of an entry, compared with what was recorded.

use super::{Contents, Row};
use crate::log::{detail::OutcomePayload, row};
use crate::record::actor_of;
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
    occurred_at: Option<i64>,
    outcome: Option<i16>,
    has: Option<i16>,
    change_count: Option<i64>,
    categories: Option<i64>,
}

/// The rest of a projection, as it stands in the database.
pub(super) struct ShownBytes<'p> {
    id: Option<&'p [u8]>,
    ip: Option<&'p [u8]>,
    identity: Option<&'p [u8]>,
    action: Option<&'p [u8]>,
    subject_type: Option<&'p [u8]>,
    subject_id: Option<&'p [u8]>,
    subject_name: Option<&'p [u8]>,
    description: Option<&'p [u8]>,
    error: Option<&'p [u8]>,
    first_change: Option<&'p [u8]>,
    operation_id: Option<&'p [u8]>,
    open: Option<&'p [u8]>,
    personal: Option<&'p [u8]>,
}

impl<'p> ShownBytes<'p> {
    /// `texts`: in the order of the fields.
    pub(super) fn new(
        id: Option<&'p [u8]>,
        ip: Option<&'p [u8]>,
        texts: [Option<&'p [u8]>; 11],
    ) -> Self {
        let mut texts = texts.into_iter();
        let mut next = || texts.next().flatten();
        Self {
            id,
            ip,
            identity: next(),
            action: next(),
            subject_type: next(),
            subject_id: next(),
            subject_name: next(),
            description: next(),
            error: next(),
            first_change: next(),
            operation_id: next(),
            open: next(),
            personal: next(),
        }
    }
}

/// What [`Shown`] is read from, under these names.
pub(super) const COLUMNS: [&str; 7] = [
    "shown_store_id",
    "shown_seq",
    "shown_occurred_at",
    "shown_outcome",
    "shown_has",
    "shown_change_count",
    "shown_categories",
];

/// Actors by their kept text: a few that come again and again.
#[derive(Default)]
pub(super) struct Actors(HashMap<Vec<u8>, Option<Actor>>);

impl Actors {
    fn of(&mut self, identity: &[u8]) -> Option<&Actor> {
        if !self.0.contains_key(identity) {
            let actor = str::from_utf8(identity).ok().map(actor_of);
            self.0
                .insert(identity.to_owned(), actor.and_then(Result::ok));
        }
        self.0.get(identity)?.as_ref()
    }
}

fn bytes(text: Option<&String>) -> Option<&[u8]> {
    text.map(String::as_bytes)
}

impl Shown {
    /// Whether there is a row, and it names this entry as its own.
    pub(super) fn is_of(&self, seq: i64) -> bool {
        self.seq == Some(seq)
    }

    /// Whether it is what follows from the payload and the record that ended it.
    pub(super) fn agrees(
        &self,
        entry: &Row,
        contents: &Contents<'_>,
        id: Uuid,
        mut activity: Activity,
        actors: &mut Actors,
    ) -> bool {
        if let Some(ended) = contents.ended {
            let Ok(ended) = serde_json::from_slice::<OutcomePayload>(ended) else {
                return false;
            };
            row::end(&mut activity, ended.outcome, ended.error);
        }
        let text = search_text(&activity);
        let subject = activity.subject.as_ref();
        let shown = &contents.shown;
        let first_change = shown.first_change.map(serde_json::from_slice);
        let ip = activity.origin.ip.map(IpRange::bytes_of);
        self.store_id == Some(entry.store_id)
            && self.seq == Some(entry.seq)
            && shown.id == Some(id.as_bytes())
            && self.occurred_at == Some(activity.occurred_at.timestamp_micros())
            && self.outcome == Some(activity.outcome.number())
            && self.has == Some(activity.has().bits())
            && shown.ip == ip.as_ref().map(|ip| ip.as_slice())
            && shown.subject_type == subject.map(|s| s.kind.as_bytes())
            && shown.subject_id == subject.map(|s| s.id.as_bytes())
            && shown.subject_name == bytes(subject.and_then(|s| s.name.as_ref()))
            && shown.description == bytes(activity.description.as_ref())
            && shown.error == bytes(activity.error.as_ref())
            && self.change_count == Some(activity.changes.len() as i64)
            && first_change.and_then(Result::ok).as_ref() == activity.changes.first()
            && shown.operation_id == bytes(activity.operation_id.as_ref())
            && shown
                .identity
                .is_some_and(|identity| actors.of(identity) == Some(&activity.actor))
            && shown.action == Some(activity.action.name.as_bytes())
            && self.categories == Some(i64::from(activity.action.categories.bits()))
            && shown.open == Some(text.open.as_bytes())
            && shown.personal == Some(text.personal.as_bytes())
    }
}
