//! The names of devices, each with the number that entries keep.

use crate::Error;
use crate::sql::{sql, values};
use domain::{Device, Pattern};
use sea_orm::ConnectionTrait;
use std::collections::HashMap;

/// How the names of programs that are no browser began in earlier builds: `HTTP Library curl`.
const EARLIER: &str = "HTTP Library ";

/// Every name that was ever recorded, by number, as it is given now: two numbers may have the same.
pub(crate) async fn names(on: &impl ConnectionTrait) -> Result<HashMap<i16, String>, Error> {
    let rows = sql(on.get_database_backend(), "SELECT id, name FROM device", [])
        .rows(on)
        .await?;
    rows.iter()
        .map(|row| {
            let name: String = row.try_get_by_index(1)?;
            let now = name.strip_prefix(EARLIER).unwrap_or(&name);
            Ok((row.try_get_by_index(0)?, now.to_owned()))
        })
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
