//! Rows of the list, from columns or from an activity in memory, as a scope may see them.

use super::{activity_of, outcome_of, uuid_of, zone};
use crate::record::actor_of;
use crate::sql::{Bytes, Packed, hex_of, sql};
use crate::{Error, Scope};
use domain::view::{ActivityDetail, ActivityRow};
use domain::{
    Action, Activity, ActivityId, Actor, CategorySet, Facts, IpRange, MASK, OrderKey, Origin,
    Outcome, Reference, Seq, mask_activity,
};
use sea_orm::ConnectionTrait;
use serde::Deserialize;
use std::collections::HashMap;

/// The columns of [`COLUMNS`], in their order.
#[derive(Deserialize)]
struct Columns {
    order_key: i64,
    seq: i64,
    id: Bytes,
    occurred_at: i64,
    outcome: i16,
    ip: Option<Bytes>,
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

const COLUMNS: [&str; 18] = [
    "order_key",
    "seq",
    "id",
    "occurred_at",
    "outcome",
    "ip",
    "subject_type",
    "subject_id",
    "subject_name",
    "description",
    "error",
    "first_change",
    "change_count",
    "operation_id",
    "identity",
    "action",
    "categories",
    "body",
];

/// Entries as they were read and not taken apart yet: what that costs can be left to another thread.
pub(crate) struct PackedRows {
    scope: Scope,
    keys: Vec<OrderKey>,
    packed: Packed,
}

impl PackedRows {
    /// Reads the entries of the keys given. The keys were found through the scope. `is_whole`: with their content.
    pub(crate) async fn read(
        on: &impl ConnectionTrait,
        scope: &Scope,
        keys: Vec<OrderKey>,
        is_whole: bool,
    ) -> Result<Self, Error> {
        // A masked role's rows are made from the whole payload: a name to be hidden may stand only there.
        let packed = packed_of(on, &keys, is_whole || scope.role().is_masked()).await?;
        Ok(Self {
            scope: scope.clone(),
            keys,
            packed,
        })
    }

    /// How many entries were asked for.
    pub(crate) const fn len(&self) -> usize {
        self.keys.len()
    }

    /// Their lines, in the order of the keys.
    pub(crate) fn lines(&self) -> Result<Vec<ActivityRow>, Error> {
        let mut actors = HashMap::new();
        self.columns()?
            .into_iter()
            .map(|c| c.into_row(&self.scope, &mut actors))
            .collect()
    }

    /// The whole of them, in the order of the keys, without history and proof: what files hold.
    pub(crate) fn whole(&self) -> Result<Vec<ActivityDetail>, Error> {
        self.columns()?
            .into_iter()
            .map(|c| {
                let (id, seq) = (ActivityId(uuid_of(&c.id.0)?), Seq(c.seq));
                let activity = c.into_activity()?;
                Ok(super::detail::of_activity(&self.scope, id, seq, &activity))
            })
            .collect()
    }

    fn columns(&self) -> Result<Vec<Columns>, Error> {
        let mut columns: Vec<Columns> = self.packed.rows()?;
        let is_in_order = self.keys.len() == columns.len()
            && self
                .keys
                .iter()
                .zip(&columns)
                .all(|(key, c)| key.0 == c.order_key);
        if !is_in_order {
            let places: HashMap<i64, usize> = self.keys.iter().map(|k| k.0).zip(0..).collect();
            columns.sort_by_cached_key(|c| places.get(&c.order_key).copied());
        }
        Ok(columns)
    }
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
    PackedRows::read(on, scope, keys.to_vec(), false)
        .await?
        .lines()
}

async fn packed_of(
    on: &impl ConnectionTrait,
    keys: &[OrderKey],
    is_whole: bool,
) -> Result<Packed, Error> {
    let (body, join) = if is_whole {
        ("p.body", "LEFT JOIN payload p ON p.seq = a.seq")
    } else {
        ("CAST(NULL AS TEXT)", "")
    };
    let backend = on.get_database_backend();
    let (id, ip) = (hex_of(backend, "a.id"), hex_of(backend, "a.ip"));
    let mut statement = sql(
        backend,
        &format!(
            "SELECT a.order_key, a.seq, {id} AS id, a.occurred_at, a.outcome, {ip} AS ip, a.subject_type, a.subject_id, \
             a.subject_name, a.description, a.error, a.first_change, a.change_count, a.operation_id, r.identity, \
             n.name AS action, n.categories, {body} AS body FROM "
        ),
        [],
    );
    statement
        .keys(keys.iter().map(|key| key.0))
        .push(&format!(
            " JOIN activity a ON a.order_key = k.value JOIN actor r ON r.id = a.actor_id JOIN action n ON n.id = a.action_id {join}"
        ));
    statement.packed(on, &COLUMNS).await
}

/// The entry of a key as its line tells it, for one whose content was erased.
pub(crate) async fn line_of_key(
    on: &impl ConnectionTrait,
    key: OrderKey,
) -> Result<Option<Activity>, Error> {
    let columns: Vec<Columns> = packed_of(on, &[key], false).await?.rows()?;
    columns
        .into_iter()
        .next()
        .map(Columns::into_activity)
        .transpose()
}

impl Columns {
    /// The activity in its present state: whole where the content is at hand, else what the line tells.
    fn into_activity(self) -> Result<Activity, Error> {
        let outcome = outcome_of(self.outcome)?;
        if let Some(body) = &self.body {
            let mut activity = activity_of(body)?;
            activity.outcome = outcome;
            activity.error = self.error;
            return Ok(activity);
        }
        Ok(Activity {
            action: Action {
                name: self.action,
                categories: CategorySet::of_bits(u32::try_from(self.categories).unwrap_or(0)),
            },
            outcome,
            occurred_at: zone::time_of(self.occurred_at),
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
            changes: Vec::new(),
            origin: Origin {
                ip: self
                    .ip
                    .and_then(|ip| ip.0.try_into().ok())
                    .map(IpRange::address_of),
                ..Origin::default()
            },
            related: Vec::new(),
            operation_id: self.operation_id,
            rule: None,
            error: self.error,
            details: None,
        })
    }

    fn into_row(
        self,
        scope: &Scope,
        actors: &mut HashMap<String, Actor>,
    ) -> Result<ActivityRow, Error> {
        let id = ActivityId(uuid_of(&self.id.0)?);
        let outcome = outcome_of(self.outcome)?;
        if scope.role().is_masked() {
            let seq = Seq(self.seq);
            return Ok(of_activity(scope, id, seq, &self.into_activity()?));
        }
        let occurred_at = zone::time_of(self.occurred_at);
        let actor = match actors.get(&self.identity) {
            Some(actor) => actor.clone(),
            None => {
                let actor = actor_of(&self.identity)?;
                actors.insert(self.identity, actor.clone());
                actor
            }
        };
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
            actor,
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
                .and_then(|ip| ip.0.try_into().ok())
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
