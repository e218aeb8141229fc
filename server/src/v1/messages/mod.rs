//! The calls about messages and order threads: one file each.

pub mod attachment;
pub mod count;
pub mod eml;
pub mod events;
pub mod get;
pub mod histogram;
pub mod list;
pub mod orders;
pub(super) mod reading;
pub mod release;
pub mod restart;
pub mod send;
pub mod send_again;
pub mod several;
pub mod stop;
pub mod thread;
pub mod unmatched;
pub mod volumes;

use crate::problem::{ApiError, Fault};
use serde::Serialize;
use serde_json::Value;

/// An answer as JSON, without the ledger numbers that its reader may not know.
///
/// # Errors
/// A fault when it can't be JSON, which can't be.
fn shown(answer: &impl Serialize) -> Result<Value, ApiError> {
    let mut value = serde_json::to_value(answer)
        .map_err(|error| ApiError::Fault(Fault::Defect(format!("an answer: {error}").into())))?;
    drop_missing_numbers(&mut value);
    Ok(value)
}

fn drop_missing_numbers(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(drop_missing_numbers),
        Value::Object(fields) => {
            if fields.get("seq").is_some_and(Value::is_null) {
                fields.shift_remove("seq");
            }
            fields.values_mut().for_each(drop_missing_numbers);
        }
        _ => {}
    }
}
