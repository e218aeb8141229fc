//! What lists show of an entry, compared with what was recorded.

use crate::log::{detail::OutcomePayload, row};
use crate::record::actor_of;
use domain::{Activity, Actor, Change, IpRange, search_text};
use std::collections::HashMap;
use uuid::Uuid;

/// The projection of an entry with its text, as it stands in the database.
pub(super) struct Shown<'p> {
    pub(super) occurred_at: Option<i64>,
    pub(super) outcome: Option<i64>,
    pub(super) has: Option<i64>,
    pub(super) change_count: Option<i64>,
    pub(super) actor_id: Option<i64>,
    pub(super) action_id: Option<i64>,
    pub(super) categories: Option<i64>,
    pub(super) id: &'p [u8],
    pub(super) ip: Option<&'p [u8]>,
    pub(super) identity: Option<&'p [u8]>,
    pub(super) action: Option<&'p [u8]>,
    pub(super) subject_type: Option<&'p [u8]>,
    pub(super) subject_id: Option<&'p [u8]>,
    pub(super) subject_name: Option<&'p [u8]>,
    pub(super) description: Option<&'p [u8]>,
    pub(super) error: Option<&'p [u8]>,
    pub(super) first_change: Option<&'p [u8]>,
    pub(super) operation_id: Option<&'p [u8]>,
    pub(super) open: Option<&'p [u8]>,
    pub(super) personal: Option<&'p [u8]>,
}

/// How many actors are kept at once.
const MOST_ACTORS: usize = 10_000;

/// Actors as they were read from their kept text: a few that come again and again.
#[derive(Default)]
pub(super) struct Actors(HashMap<i64, (Vec<u8>, Option<Actor>)>);

impl Actors {
    /// The actor whose row has this id and text.
    fn of(&mut self, id: i64, identity: &[u8]) -> Option<&Actor> {
        let is_known = |(known, _): &(Vec<u8>, _)| known == identity;
        if !self.0.get(&id).is_some_and(is_known) {
            if self.0.len() >= MOST_ACTORS {
                self.0.clear();
            }
            let actor = str::from_utf8(identity).ok().map(actor_of);
            let actor = actor.and_then(Result::ok);
            self.0.insert(id, (identity.to_owned(), actor));
        }
        self.0.get(&id)?.1.as_ref()
    }
}

/// Whether the kept text is this change.
fn is_change(kept: Option<&[u8]>, change: Option<&Change>) -> bool {
    let (Some(kept), Some(change)) = (kept, change) else {
        return kept.is_none() && change.is_none();
    };
    // As it was written, nearly always.
    serde_json::to_vec(change).is_ok_and(|text| text == kept)
        || serde_json::from_slice(kept).is_ok_and(|kept: Change| kept == *change)
}

fn bytes(text: Option<&String>) -> Option<&[u8]> {
    text.map(String::as_bytes)
}

impl Shown<'_> {
    /// Whether it is what follows from the payload and the record that ended it.
    pub(super) fn agrees(
        &self,
        ended: Option<&[u8]>,
        id: Uuid,
        mut activity: Activity,
        actors: &mut Actors,
    ) -> bool {
        if let Some(ended) = ended {
            let Ok(ended) = serde_json::from_slice::<OutcomePayload>(ended) else {
                return false;
            };
            row::end(&mut activity, ended.outcome, ended.error);
        }
        let text = search_text(&activity);
        let subject = activity.subject.as_ref();
        let ip = activity.origin.ip.map(IpRange::bytes_of);
        self.id == id.as_bytes()
            && self.occurred_at == Some(activity.occurred_at.timestamp_micros())
            && self.outcome == Some(i64::from(activity.outcome.number()))
            && self.has == Some(i64::from(activity.has().bits()))
            && self.ip == ip.as_ref().map(|ip| ip.as_slice())
            && self.subject_type == subject.map(|s| s.kind.as_bytes())
            && self.subject_id == subject.map(|s| s.id.as_bytes())
            && self.subject_name == bytes(subject.and_then(|s| s.name.as_ref()))
            && self.description == bytes(activity.description.as_ref())
            && self.error == bytes(activity.error.as_ref())
            && self.change_count == Some(activity.changes.len() as i64)
            && is_change(self.first_change, activity.changes.first())
            && self.operation_id == bytes(activity.operation_id.as_ref())
            && self
                .actor_id
                .zip(self.identity)
                .is_some_and(|(id, identity)| actors.of(id, identity) == Some(&activity.actor))
            && self.action == Some(activity.action.name.as_bytes())
            && self.categories == Some(i64::from(activity.action.categories.bits()))
            && self.open == Some(text.open.as_bytes())
            && self.personal == Some(text.personal.as_bytes())
    }
}
