//! What lists show of an entry, compared with what was recorded.

use super::Row;
use crate::log::{detail::OutcomePayload, row};
use crate::record::actor_of;
use domain::{Activity, ActivityId, Facts, IpRange};
use sea_orm::FromQueryResult;
use uuid::Uuid;

/// The projection of an entry with its text.
#[derive(FromQueryResult)]
pub(super) struct Shown {
    #[sea_orm(from_alias = "shown_store_id")]
    store_id: i64,
    #[sea_orm(from_alias = "shown_seq")]
    seq: i64,
    #[sea_orm(from_alias = "shown_id")]
    id: Vec<u8>,
    #[sea_orm(from_alias = "shown_occurred_at")]
    occurred_at: i64,
    #[sea_orm(from_alias = "shown_outcome")]
    outcome: i16,
    #[sea_orm(from_alias = "shown_has")]
    has: i16,
    #[sea_orm(from_alias = "shown_ip")]
    ip: Option<Vec<u8>>,
    #[sea_orm(from_alias = "shown_subject_type")]
    subject_type: Option<String>,
    #[sea_orm(from_alias = "shown_subject_id")]
    subject_id: Option<String>,
    #[sea_orm(from_alias = "shown_subject_name")]
    subject_name: Option<String>,
    #[sea_orm(from_alias = "shown_description")]
    description: Option<String>,
    #[sea_orm(from_alias = "shown_error")]
    error: Option<String>,
    #[sea_orm(from_alias = "shown_first_change")]
    first_change: Option<String>,
    #[sea_orm(from_alias = "shown_change_count")]
    change_count: i64,
    #[sea_orm(from_alias = "shown_operation_id")]
    operation_id: Option<String>,
    #[sea_orm(from_alias = "shown_identity")]
    identity: Option<String>,
    #[sea_orm(from_alias = "shown_action")]
    action: Option<String>,
    #[sea_orm(from_alias = "shown_categories")]
    categories: Option<i64>,
    #[sea_orm(from_alias = "shown_open")]
    open: Option<String>,
    #[sea_orm(from_alias = "shown_personal")]
    personal: Option<String>,
}

impl Shown {
    /// Whether it is what follows from the payload and the record that ended it.
    pub(super) fn agrees(&self, entry: &Row, id: Uuid, mut activity: Activity) -> bool {
        if let Some(ended) = &entry.ended {
            let Ok(ended) = serde_json::from_str::<OutcomePayload>(ended) else {
                return false;
            };
            row::end(&mut activity, ended.outcome, ended.error);
        }
        let facts = Facts::new(ActivityId(id), activity);
        let activity = &facts.activity;
        let subject = activity.subject.as_ref();
        let first_change = self.first_change.as_deref().map(serde_json::from_str);
        let actor = self.identity.as_deref().map(actor_of);
        self.store_id == entry.store_id
            && self.seq == entry.seq
            && self.id == id.as_bytes()
            && self.occurred_at == activity.occurred_at.timestamp_micros()
            && self.outcome == activity.outcome.number()
            && self.has == facts.has.bits()
            && self.ip == activity.origin.ip.map(|ip| IpRange::bytes_of(ip).to_vec())
            && self.subject_type.as_ref() == subject.map(|s| &s.kind)
            && self.subject_id.as_ref() == subject.map(|s| &s.id)
            && self.subject_name.as_ref() == subject.and_then(|s| s.name.as_ref())
            && self.description == activity.description
            && self.error == activity.error
            && self.change_count == activity.changes.len() as i64
            && first_change.and_then(Result::ok).as_ref() == activity.changes.first()
            && self.operation_id == activity.operation_id
            && actor.and_then(Result::ok).as_ref() == Some(&activity.actor)
            && self.action.as_ref() == Some(&activity.action.name)
            && self.categories == Some(i64::from(activity.action.categories.bits()))
            && self.open.as_ref() == Some(&facts.text.open)
            && self.personal.as_ref() == Some(&facts.text.personal)
    }
}
