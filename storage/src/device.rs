//! The names of devices, each with the number that entries keep; and looking at what was recorded before they were kept.

use crate::log::activity_of;
use crate::record::Effect;
use crate::sql::{sql, values};
use crate::{Error, Storage};
use domain::{Code, Device, Pattern};
use sea_orm::{ConnectionTrait, FromQueryResult};
use std::collections::{BTreeMap, HashMap};

/// How many ledger entries one step looks at.
const CHUNK: i64 = 500;

#[derive(FromQueryResult)]
struct Older {
    order_key: i64,
    body: String,
}

/// Every name that was ever recorded, by number.
pub(crate) async fn names(on: &impl ConnectionTrait) -> Result<HashMap<i16, String>, Error> {
    let rows = sql(on.get_database_backend(), "SELECT id, name FROM device", [])
        .rows(on)
        .await?;
    rows.iter()
        .map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?)))
        .collect()
}

/// The numbers of the devices that any pattern finds.
pub(crate) async fn found(
    on: &impl ConnectionTrait,
    patterns: &[Pattern],
) -> Result<Vec<i16>, Error> {
    let mut found: Vec<i16> = names(on)
        .await?
        .into_iter()
        .filter(|(_, name)| Device::is_found(name, patterns))
        .map(|(id, _)| id)
        .collect();
    found.sort_unstable();
    Ok(found)
}

/// The number of a name, a new one where it has none. For the one writer.
pub(crate) async fn number(on: &impl ConnectionTrait, name: &str) -> Result<i16, Error> {
    let backend = on.get_database_backend();
    let known = "SELECT id FROM device WHERE name = ?";
    if let Some(row) = sql(backend, known, values![name]).row(on).await? {
        return Ok(row.try_get_by_index(0)?);
    }
    let text =
        "INSERT INTO device (id, name) VALUES ((SELECT COALESCE(MAX(id), 0) + 1 FROM device), ?)";
    sql(backend, text, values![name]).execute(on).await?;
    let row = sql(backend, known, values![name]).row(on).await?;
    let row = row.ok_or(Error::Damaged {
        what: "device",
        detail: "its number is missing".to_owned(),
    })?;
    Ok(row.try_get_by_index(0)?)
}

impl Storage {
    /// Looks at the newest entries that were recorded before their devices were kept, at most 500, in one transaction.
    /// False when none is left.
    ///
    /// # Errors
    /// When the database fails: try again later.
    pub async fn device_step(&self) -> Result<bool, Error> {
        let backend = self.readers().get_database_backend();
        let text = "SELECT up_to FROM device_waiting WHERE id = 1";
        let waiting = sql(backend, text, []).row(self.readers()).await?;
        let up_to: i64 = waiting
            .map(|row| row.try_get_by_index(0))
            .transpose()?
            .unwrap_or(0);
        if up_to <= 0 {
            return Ok(false);
        }
        let from = (up_to - CHUNK).max(0);
        let text = "SELECT l.order_key, p.body FROM ledger l JOIN payload p ON p.seq = l.seq \
                    WHERE l.seq > ? AND l.seq <= ? AND l.kind = 'activity' AND l.order_key IS NOT NULL";
        let older: Vec<Older> = sql(backend, text, values![from, up_to])
            .all(self.readers())
            .await?;
        let mut devices: BTreeMap<String, Vec<i64>> = BTreeMap::new();
        for entry in older {
            // One that can't be read has none; that it was changed is for `verify` to say.
            let activity = activity_of(&entry.body).ok();
            if let Some(device) = activity.and_then(|activity| activity.origin.device()) {
                devices
                    .entry(device.name)
                    .or_default()
                    .push(entry.order_key);
            }
        }
        let moved = Effect::one(
            "UPDATE device_waiting SET up_to = ? WHERE id = 1 AND up_to = ?",
            values![from, up_to],
            "another process looked at these entries",
        );
        match self
            .recorder()
            .apply(vec![moved, noted(devices, up_to)])
            .await
        {
            Err(Error::Problem(problem)) if problem.code == Code::Conflict => Ok(true),
            Err(error) => Err(error),
            Ok(()) => Ok(from > 0),
        }
    }
}

/// Notes the devices of entries up to a ledger number. An entry whose content was erased meanwhile gets none.
fn noted(devices: BTreeMap<String, Vec<i64>>, up_to: i64) -> Effect {
    Effect::new(move |transaction| {
        let devices = devices.clone();
        Box::pin(async move {
            for (name, keys) in devices {
                let id = number(transaction, &name).await?;
                let mut update = sql(
                    transaction.get_database_backend(),
                    "UPDATE activity SET device_id = ? WHERE seq <= ? \
                     AND EXISTS (SELECT 1 FROM payload p WHERE p.seq = activity.seq) AND order_key IN ",
                    values![id, up_to],
                );
                update.list(keys);
                update.execute(transaction).await?;
            }
            Ok(())
        })
    })
}
