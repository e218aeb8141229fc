//! Rows of the list, from columns or from an activity in memory, as a scope may see them.

use super::{activity_of, outcome_of, uuid_of, zone};
use crate::record::actor_of;
use crate::sql::sql;
use crate::{Error, Scope};
use domain::view::ActivityRow;
use domain::{
    Activity, ActivityId, CategorySet, Facts, IpRange, MASK, OrderKey, Outcome, Reference, Seq,
    mask_activity,
};
use sea_orm::{ConnectionTrait, FromQueryResult};

#[derive(FromQueryResult)]
struct Columns {
    order_key: i64,
    seq: i64,
    id: Vec<u8>,
    occurred_at: i64,
    outcome: i16,
    ip: Option<Vec<u8>>,
    subject_type: Option<String>,
    subject_id: Option<String>,
    subject_name: Option<String>,
    description: Option<String>,
    error: Option<String>,
    first_change: Option<String>,
    change_count: i64,
    operation_id: Option<String>,
    identity: String,
    action: String,
    categories: i64,
    body: Option<String>,
}

/// The rows of the keys given, in their order. The keys were found through the scope.
pub(crate) async fn of_keys(
    on: &impl ConnectionTrait,
    scope: &Scope,
    keys: &[OrderKey],
) -> Result<Vec<ActivityRow>, Error> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    // A masked role's rows are made from the whole payload: a name to be hidden may stand only there.
    let is_masked = scope.role().is_masked();
    let (body, join) = if is_masked {
        ("p.body", "LEFT JOIN payload p ON p.seq = a.seq")
    } else {
        ("NULL", "")
    };
    let mut statement = sql(
        on.get_database_backend(),
        &format!(
            "SELECT a.order_key, a.seq, a.id, a.occurred_at, a.outcome, a.ip, a.subject_type, a.subject_id, a.subject_name, \
             a.description, a.error, a.first_change, a.change_count, a.operation_id, r.identity, n.name AS action, \
             n.categories, {body} AS body FROM activity a JOIN actor r ON r.id = a.actor_id \
             JOIN action n ON n.id = a.action_id {join} WHERE a.order_key IN "
        ),
        [],
    );
    statement.list(keys.iter().map(|k| k.0));
    let mut columns: Vec<Columns> = statement.all(on).await?;
    let place = |key: i64| keys.iter().position(|k| k.0 == key);
    columns.sort_by_cached_key(|c| place(c.order_key));
    columns.into_iter().map(|c| c.into_row(scope)).collect()
}

impl Columns {
    fn into_row(self, scope: &Scope) -> Result<ActivityRow, Error> {
        let id = ActivityId(uuid_of(&self.id)?);
        let outcome = outcome_of(self.outcome)?;
        if scope.role().is_masked() {
            let Some(body) = self.body else {
                return Err(Error::Damaged {
                    what: "activity",
                    detail: format!("{id} has no payload"),
                });
            };
            let mut activity = activity_of(&body)?;
            activity.outcome = outcome;
            activity.error = self.error;
            return Ok(of_activity(scope, id, Seq(self.seq), &activity));
        }
        let occurred_at = zone::time_of(self.occurred_at);
        let first_change = self
            .first_change
            .as_deref()
            .map(serde_json::from_str)
            .transpose();
        Ok(ActivityRow {
            id,
            seq: (!scope.role().is_restricted()).then_some(Seq(self.seq)),
            occurred_at,
            offset_minutes: zone::offset_minutes(zone::of(scope.store()), occurred_at),
            action: self.action,
            categories: CategorySet::of_bits(u32::try_from(self.categories).unwrap_or(0)),
            outcome,
            actor: actor_of(&self.identity)?,
            subject: self
                .subject_type
                .zip(self.subject_id)
                .map(|(kind, id)| Reference {
                    kind,
                    id,
                    name: self.subject_name,
                }),
            description: self.description,
            error: self.error,
            first_change: first_change.map_err(|e| Error::Damaged {
                what: "change",
                detail: e.to_string(),
            })?,
            change_count: u32::try_from(self.change_count).unwrap_or(u32::MAX),
            ip: self
                .ip
                .and_then(|ip| ip.try_into().ok())
                .map(|ip| IpRange::address_of(ip).to_string()),
            operation_id: self.operation_id,
        })
    }
}

/// The row of a record in memory.
pub(crate) fn of_facts(scope: &Scope, facts: &Facts, seq: Seq) -> ActivityRow {
    of_activity(scope, facts.id, seq, &facts.activity)
}

/// The row of an activity in its present state.
pub(crate) fn of_activity(
    scope: &Scope,
    id: ActivityId,
    seq: Seq,
    activity: &Activity,
) -> ActivityRow {
    let is_masked = scope.role().is_masked();
    let masked;
    let shown = if is_masked {
        masked = mask_activity(activity);
        &masked
    } else {
        activity
    };
    let ip = activity.origin.ip.map(|ip| {
        if is_masked {
            MASK.to_owned()
        } else {
            ip.to_string()
        }
    });
    ActivityRow {
        id,
        seq: (!scope.role().is_restricted()).then_some(seq),
        occurred_at: shown.occurred_at,
        offset_minutes: zone::offset_minutes(zone::of(scope.store()), shown.occurred_at),
        action: shown.action.name.clone(),
        categories: shown.action.categories,
        outcome: shown.outcome,
        actor: shown.actor.clone(),
        subject: shown.subject.clone(),
        description: shown.description.clone(),
        error: shown.error.clone(),
        first_change: shown.changes.first().cloned(),
        change_count: u32::try_from(shown.changes.len()).unwrap_or(u32::MAX),
        ip,
        operation_id: shown.operation_id.clone(),
    }
}

/// The outcome and error that a later record gave.
pub(crate) fn end(activity: &mut Activity, outcome: Outcome, error: Option<String>) {
    activity.outcome = outcome;
    if error.is_some() {
        activity.error = error;
    }
}
