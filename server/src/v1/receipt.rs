//! The answer to what was recorded.

use super::idempotency::REPLAYED;
use super::wire::{self, Receipts, UpsertReceipt};
use crate::problem::{ApiError, Fault};
use axum::Json;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use storage::record::{Receipt, Recorded};

/// The answer to one object.
pub fn answer_one(receipts: &[Receipt]) -> Vec<u8> {
    match receipts {
        [one, ..] => json(&wire::Receipt::from(one)),
        [] => answer_many(receipts),
    }
}

/// The answer to an array or NDJSON.
pub fn answer_many(receipts: &[Receipt]) -> Vec<u8> {
    json(&Receipts {
        items: receipts.iter().map(Into::into).collect(),
    })
}

fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("ids and numbers are always JSON")
}

/// The whole answer: 201, the body that `answer` makes or that was stored, and the headers.
pub fn recorded(recorded: Recorded, answer: fn(&[Receipt]) -> Vec<u8>) -> Response {
    let mut headers = HeaderMap::new();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    let body = match recorded {
        Recorded::New(receipts) => answer(&receipts),
        Recorded::Replayed(stored) => {
            headers.insert(REPLAYED, HeaderValue::from_static("true"));
            stored
        }
    };
    if let Some(location) = location(&body) {
        headers.insert(header::LOCATION, location);
    }
    (StatusCode::CREATED, headers, Body::from(body)).into_response()
}

/// The answer to an upsert.
///
/// # Errors
/// A fault when nothing was recorded, which can't be.
pub fn upserted(recorded: Recorded) -> Result<Json<UpsertReceipt>, ApiError> {
    match recorded {
        Recorded::New(receipts) if !receipts.is_empty() => Ok(Json(UpsertReceipt {
            seq: receipts[0].seq.0,
        })),
        _ => Err(ApiError::Fault(Fault::Defect(
            "an upsert without a receipt".into(),
        ))),
    }
}

/// Where the one entry is that the answer names; none for answers that name many.
fn location(body: &[u8]) -> Option<HeaderValue> {
    #[derive(serde::Deserialize)]
    struct Named {
        id: uuid::Uuid,
    }
    let Named { id } = serde_json::from_slice(body).ok()?;
    HeaderValue::try_from(format!("/api/v1/activities/{id}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Seq;
    use uuid::Uuid;

    #[test]
    fn one_receipt_stands_alone_and_many_stand_in_items() {
        let receipts = [1, 2].map(|n| Receipt {
            id: Uuid::from_u128(n),
            seq: Seq(n as i64),
        });
        let one = answer_one(&receipts[..1]);
        assert_eq!(
            String::from_utf8(one.clone()).unwrap(),
            r#"{"id":"00000000-0000-0000-0000-000000000001","seq":1}"#
        );
        assert_eq!(
            location(&one).unwrap(),
            "/api/v1/activities/00000000-0000-0000-0000-000000000001"
        );
        let many = answer_many(&receipts);
        assert!(many.starts_with(br#"{"items":[{"id":"#));
        assert_eq!(location(&many), None);
    }
}
