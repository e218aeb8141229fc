//! Forms that were filled in before somebody else saved: of two tabs that change one thing the later is told by whom it
//! was changed and what it is now, and nothing of it is written.

use crate::log::activity_of;
use crate::record::Effect;
use crate::record::message::damaged;
use crate::sql::{sql, values};
use crate::{Error, Scope, Storage};
use domain::{Activity, Problem};
use sea_orm::{ConnectionTrait as _, QueryResult};
use serde::Serialize;
use serde_json::Value;

/// Among how many of the newest activities of a name the one is looked for that changed a thing.
const LOOKED_AT: i64 = 200;

impl Storage {
    /// The refusal of a change to what is not any more as its form was loaded. `is_it` knows, among the activities of the
    /// name, the one that changed it; `now` is what it is, by field.
    pub(crate) async fn stale(
        &self,
        scope: &Scope,
        action: &str,
        is_it: impl Fn(&Activity) -> bool + Send,
        now: &[(String, String)],
    ) -> Result<Problem, Error> {
        let text = "SELECT p.body FROM action c JOIN activity a ON a.store_id = c.store_id AND a.action_id = c.id \
                    JOIN payload p ON p.seq = a.seq WHERE c.store_id = ? AND c.name = ? ORDER BY a.order_key DESC LIMIT ?";
        let values = values![scope.store_id().0, action, LOOKED_AT];
        let rows = sql(self.readers().get_database_backend(), text, values)
            .rows(self.readers())
            .await?;
        let mut by = None;
        for row in rows {
            let activity = activity_of(&row.try_get_by_index::<String>(0)?)?;
            if is_it(&activity) {
                by = activity.actor.name;
                break;
            }
        }
        Ok(Problem::stale(by.as_deref(), now))
    }
}

/// What of two states of a thing is not the same: each field with what it is now, as JSON, `null` for what is gone.
pub(crate) fn differing(
    was: &impl Serialize,
    now: &impl Serialize,
) -> Result<Vec<(String, String)>, Error> {
    let was = serde_json::to_value(was).map_err(damaged)?;
    let now = serde_json::to_value(now).map_err(damaged)?;
    let fields = |state: &Value| state.as_object().cloned().unwrap_or_default();
    let (was, now) = (fields(&was), fields(&now));
    let gone = was.keys().filter(|field| !now.contains_key(*field));
    let gone = gone.map(|field| (field.clone(), Value::Null.to_string()));
    let other = now
        .iter()
        .filter(|(field, value)| was.get(*field) != Some(*value));
    let other = other.map(|(field, value)| (field.clone(), value.to_string()));
    Ok(other.chain(gone).collect())
}

/// Refuses the whole writing when what a statement finds is not any more what was read before: somebody was faster.
pub(crate) fn still(
    text: &'static str,
    values: Vec<sea_orm::Value>,
    is_same: impl Fn(&[QueryResult]) -> Result<bool, Error> + Clone + Send + Sync + 'static,
) -> Effect {
    Effect::new(move |transaction| {
        let statement = sql(transaction.get_database_backend(), text, values.clone());
        let is_same = is_same.clone();
        Box::pin(async move {
            let rows = statement.rows(transaction).await?;
            if is_same(&rows)? {
                return Ok(());
            }
            Err(Problem::stale(None, &[]).into())
        })
    })
}
