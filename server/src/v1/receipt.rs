//! The answer to what was recorded.

use super::idempotency::REPLAYED;
use super::wire::{self, LedgerReceipt, Receipts};
use crate::problem::{ApiError, Fault};
use axum::Json;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::ActivityId;
use serde::Serialize;
use storage::Scope;
use storage::record::{Receipt, Recorded};

/// Makes an answer's body of receipts. It is chosen before the call is recorded, for what it makes is kept and replayed.
pub type Answer = fn(&[Receipt]) -> Vec<u8>;

/// The answer to one object.
pub fn answer_one(scope: &Scope) -> Answer {
    if scope.role().is_restricted() {
        |receipts| one(receipts, false)
    } else {
        |receipts| one(receipts, true)
    }
}

/// The answer to an outcome: what it is about has an id already.
pub fn answer_outcome(scope: &Scope) -> Answer {
    if scope.role().is_restricted() {
        |receipts| outcome(receipts, false)
    } else {
        |receipts| outcome(receipts, true)
    }
}

/// The answer to a message: also whether it goes out.
pub fn answer_message(scope: &Scope) -> Answer {
    if scope.role().is_restricted() {
        |receipts| message(receipts, false)
    } else {
        |receipts| message(receipts, true)
    }
}

/// The answer to a message that is sent again.
pub fn answer_again(receipts: &[Receipt]) -> Vec<u8> {
    match receipts {
        [one, ..] => json(&wire::SentAgain { id: one.id }),
        [] => many(receipts, false),
    }
}

/// The answer to an array or NDJSON.
pub fn answer_many(scope: &Scope) -> Answer {
    if scope.role().is_restricted() {
        |receipts| many(receipts, false)
    } else {
        |receipts| many(receipts, true)
    }
}

fn one(receipts: &[Receipt], counts: bool) -> Vec<u8> {
    match receipts {
        [one, ..] => json(&wire::Receipt::of(one, counts)),
        [] => many(receipts, counts),
    }
}

fn outcome(receipts: &[Receipt], counts: bool) -> Vec<u8> {
    match receipts {
        [one, ..] => json(&LedgerReceipt::of(one, counts)),
        [] => many(receipts, counts),
    }
}

fn message(receipts: &[Receipt], counts: bool) -> Vec<u8> {
    match receipts {
        [one, ..] => json(&wire::MessageReceipt::of(one, counts)),
        [] => many(receipts, counts),
    }
}

fn many(receipts: &[Receipt], counts: bool) -> Vec<u8> {
    let receipts = receipts.iter();
    json(&Receipts {
        items: receipts.map(|one| wire::Receipt::of(one, counts)).collect(),
    })
}

fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("ids and numbers are always JSON")
}

/// The whole answer: 201, the body that `answer` makes or that was stored, and the headers. Without `about`,
/// `Location` names the entry of the body, if it is one.
pub fn recorded(recorded: Recorded, answer: Answer, about: Option<ActivityId>) -> Response {
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
    let entry = about.or_else(|| entry_of(&body));
    if let Some(location) = entry.and_then(location) {
        headers.insert(header::LOCATION, location);
    }
    (StatusCode::CREATED, headers, Body::from(body)).into_response()
}

/// The whole answer to a message: as [`recorded`], and `Location` names the message.
pub fn recorded_message(done: Recorded, answer: Answer) -> Response {
    let mut response = recorded(done, answer, None);
    let place = response
        .headers()
        .get(header::LOCATION)
        .and_then(|at| at.to_str().ok());
    let place = place.map(|at| at.replace("/activities/", "/messages/"));
    if let Some(place) = place.and_then(|at| HeaderValue::try_from(at).ok()) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    response
}

/// The answer to an upsert.
///
/// # Errors
/// A fault when nothing was recorded, which can't be.
pub fn upserted(recorded: Recorded, scope: &Scope) -> Result<Json<LedgerReceipt>, ApiError> {
    let counts = !scope.role().is_restricted();
    match recorded {
        Recorded::New(receipts) if !receipts.is_empty() => {
            Ok(Json(LedgerReceipt::of(&receipts[0], counts)))
        }
        _ => Err(ApiError::Fault(Fault::Defect(
            "an upsert without a receipt".into(),
        ))),
    }
}

/// The one entry that the answer names; none for answers that name many.
fn entry_of(body: &[u8]) -> Option<ActivityId> {
    #[derive(serde::Deserialize)]
    struct Named {
        id: ActivityId,
    }
    let named: Named = serde_json::from_slice(body).ok()?;
    Some(named.id)
}

fn location(entry: ActivityId) -> Option<HeaderValue> {
    HeaderValue::try_from(format!("/api/v1/activities/{entry}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Seq;
    use domain::message::{DeliveryStatus, NotSentReason};
    use uuid::Uuid;

    #[test]
    fn one_receipt_stands_alone_and_many_stand_in_items() {
        let receipts = [1, 2].map(|n| Receipt {
            id: Uuid::from_u128(n),
            seq: Seq(n as i64),
            status: Some(DeliveryStatus::NotSent),
            reason: Some(NotSentReason::NoSender),
        });
        let alone = one(&receipts[..1], true);
        assert_eq!(
            String::from_utf8(alone.clone()).unwrap(),
            r#"{"id":"00000000-0000-0000-0000-000000000001","seq":1}"#
        );
        assert_eq!(
            entry_of(&alone).and_then(location).unwrap(),
            "/api/v1/activities/00000000-0000-0000-0000-000000000001"
        );
        assert_eq!(
            String::from_utf8(message(&receipts[..1], true)).unwrap(),
            r#"{"id":"00000000-0000-0000-0000-000000000001","seq":1,"status":"not_sent","reason":"no_sender"}"#
        );
        let all = many(&receipts, true);
        assert!(all.starts_with(br#"{"items":[{"id":"#));
        assert_eq!(entry_of(&all), None);
        assert_eq!(outcome(&receipts[..1], true), br#"{"seq":1}"#);
        // Who may not count what is hidden from them is told no number.
        assert_eq!(outcome(&receipts[..1], false), b"{}");
        for told in [
            one(&receipts, false),
            message(&receipts, false),
            many(&receipts, false),
        ] {
            let told = String::from_utf8(told).unwrap();
            assert!(told.contains("\"id\"") && !told.contains("seq"), "{told}");
        }
    }
}
