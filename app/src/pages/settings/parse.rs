//! From JSON text to what it stands for.

use crate::AppError;
use domain::{Code, Problem};
use serde::de::DeserializeOwned;

/// What the text stands for.
pub fn of<T: DeserializeOwned>(text: &str) -> Result<T, AppError> {
    let read = serde_json::from_str(text);
    Ok(read.map_err(|error| Problem::new(Code::InvalidFields, error.to_string()))?)
}
